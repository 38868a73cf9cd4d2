"""A cursor comes back from strangers: it is what this service wrote, or refused before it is looked up."""

import base64
from uuid import UUID

import pytest

from extension_api import paging
from extension_api.errors import InvalidRequest

ID = UUID(int=7)


def wrapped(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_there_and_back() -> None:
    for name in ("ads", "", "Ümläut, \N{GRINNING FACE}", '"quoted"\\'):
        assert paging.read(paging.written((name, ID)) or "") == (name, ID)
    assert paging.read_numbered(paging.written((7, "password")) or "") == (7, "password")
    assert paging.read("") is None
    assert paging.read_numbered("") is None
    assert paging.written(None) is None


@pytest.mark.parametrize(
    "given",
    [
        "!",
        "ü",
        wrapped("no json"),
        wrapped("[]"),
        wrapped(f'["a", "{ID}", 1]'),
        wrapped('["a", "no id"]'),
        wrapped(f'["a\\u0000b", "{ID}"]'),
        wrapped(f'["a\\ud800b", "{ID}"]'),
    ],
)
def test_what_this_service_never_wrote(given: str) -> None:
    with pytest.raises(InvalidRequest, match="is not the `next` of a page"):
        paging.read(given)


def test_a_number_and_a_field_that_were_never_written() -> None:
    for given in (wrapped('["1", "password"]'), wrapped('[1, "a\\u0000b"]')):
        with pytest.raises(InvalidRequest):
            paging.read_numbered(given)

"""What becomes of another program's way of matching: the nearest strategy, never a wider one."""

import pytest

from extension_api.transfer import formats, nearest
from extension_api.transfer.ready import Ready, made_ready
from matcher import Affiliations, Link, MatchTable
from tests.extension_api.transfer.samples import bitwarden, bitwarden_item


def ready(*uris: tuple[int | None, str]) -> Ready:
    (found,) = made_ready(formats.read(bitwarden(bitwarden_item("Ads", *uris))))
    assert isinstance(found, Ready)
    return found


def matches(found: Ready, page: str) -> bool:
    links = [Link("r", url, strategy, veto, expression) for url, strategy, veto, expression in found.links]  # type: ignore[arg-type]
    return bool(MatchTable.compile(links, Affiliations.none()).find(page))


@pytest.mark.parametrize(
    ("match", "uri", "holds", "holds_not"),
    [
        (None, "https://ads.example-one.com/login", "https://example-one.com/", "https://example-one.com.evil.test/"),
        (0, "ads.example-one.com", "https://www.example-one.com/x", "https://example-two.com/"),
        (1, "https://ads.example-one.com:8443/login", "https://ads.example-one.com:8443/", "https://ads.example-one.com/"),
        (2, "https://ads.example-one.com", "https://ads.example-one.com/x", "https://ads.example-one.com.evil.test/"),
        (2, "https://ads.example-one.com/app/", "https://ads.example-one.com/app/x", "https://ads.example-one.com/b"),
        (2, "https://ads.example-one.com/app", "https://ads.example-one.com/apple?x", "https://ads.example-one.com/b"),
        (2, "https://ads.example-one.com/a?t=1", "https://ads.example-one.com/a?t=12", "https://ads.example-one.com/a?u"),
        (3, "https://ads.example-one.com/a", "https://ads.example-one.com/a", "https://ads.example-one.com/a/b"),
        (4, r"^https://[a-z]+\.example-one\.com/in", "https://b.example-one.com/in?x", "https://b.example-one.com/no"),
        (4, r"https?:\/\/ads\.example-one\.com(:\d+)?/", "https://ADS.example-one.com/x", "https://example-two.com/"),
        (4, r"^https://(www\.)?example-one\.com/(a|b)$", "https://www.example-one.com/B", "https://example-one.com/c"),
    ],
)  # fmt: skip
def test_ways_of_matching(match: int | None, uri: str, holds: str, holds_not: str) -> None:
    found = ready((match, uri))
    assert found.troubles == ()
    assert matches(found, holds)
    assert not matches(found, holds_not)


def test_never_keeps_the_item_from_that_address_alone() -> None:
    found = ready((0, "https://example-one.com"), (5, "https://ads.example-one.com/admin"))
    assert matches(found, "https://ads.example-one.com/")
    assert not matches(found, "https://ads.example-one.com/admin")


@pytest.mark.parametrize(
    "written", [".*", "^https://.*/login", r"example", "evil", r"^https://[^/]+\.com/", "(", "a.b"]
)
def test_an_expression_that_names_no_site_makes_no_link(written: str) -> None:
    found = ready((4, written))
    assert found.links == ()
    assert len(found.troubles) == 1


def test_the_end_of_a_longer_name_is_not_taken_for_a_site() -> None:
    assert nearest.expression(r"^https://.*example\.com/").url == ""
    assert nearest.expression(r"^https://.*\.example\.com/").url == "https://example.com/"
    assert nearest.expression(r"^https://[a-z]example\.co\.uk/").url == "https://co.uk/"
    assert ready((4, r"^https://[a-z]example\.co\.uk/")).links == ()


def test_a_bad_address_is_told_and_the_item_comes_without_it() -> None:
    found = ready(
        (None, "https://ann:hunter2@ads.example-one.com/?token=hunter2"),
        (None, "androidapp://com.example.app"),
        (None, "https://ads.example-one.com/"),
        (None, "https://"),
        (None, "https://ads.example-one.com/"),
    )
    assert [url for url, *_ in found.links] == ["https://ads.example-one.com/"]
    assert [trouble.partition(",")[0] for trouble in found.troubles] == ["address 1", "address 2", "address 4"]
    assert "hunter2" not in " ".join(found.troubles)


def test_a_name_that_many_share_is_linked_as_that_host() -> None:
    assert ready((0, "https://github.io/x")).links == (("https://github.io/x", "host", False, None),)

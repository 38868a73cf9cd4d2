"""New passwords over the API: whose rules they keep to; and the import of the rules of sites."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.errors import InvalidRequest
from extension_api.generate import service
from extension_api.generate.grammar import parse
from extension_api.kernel import Kernel
from tests.extension_api.conftest import People

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "affiliations" / "password-rules.json"
DIGITS = "minlength: 4; maxlength: 6; allowed: digit"


def imported(kernel: Kernel, sites: object) -> service.Imported:
    with kernel.database.writing() as session:
        return service.replace_all(session, COMMAND_LINE, json.dumps(sites).encode(), now=kernel.clock.now())


@pytest.fixture
def sites(kernel: Kernel) -> Kernel:
    done = imported(
        kernel,
        {
            "bank.test": {"password-rules": DIGITS},
            "deep.bank.test": {"password-rules": "allowed: upper"},
            "only.test": {"password-rules": DIGITS, "exact-domain-match-only": True},
            "BÜCHER.test": {"password-rules": DIGITS},
        },
    )
    assert (done.sites, done.refused) == (4, {})
    return kernel


@pytest.mark.parametrize(
    ("page", "source", "site"),
    [
        (None, "default", None),
        ("https://elsewhere.test/", "default", None),
        ("https://bank.test/join", "site", "bank.test"),
        ("https://www.login.bank.test:8443/", "site", "bank.test"),
        ("https://x.deep.bank.test/", "site", "deep.bank.test"),
        ("https://only.test/", "site", "only.test"),
        ("https://www.only.test/", "default", None),
        ("https://evilbank.test/", "default", None),
        ("https://bank.test.evil.test/", "default", None),
        ("https://bücher.test/", "site", "xn--bcher-kva.test"),
        ("https://127.0.0.1/", "default", None),
    ],
)
def test_whose_rules(person: People, sites: Kernel, page: str | None, source: str, site: str | None) -> None:
    answer = person("anna").call("POST", "/generate", {"page_url": page})
    body = answer.get_json()
    assert (body["source"], body["site"]) == (source, site)
    if site == "bank.test":
        assert parse(DIGITS).keeps(body["password"])
    if source == "default":
        assert (len(body["password"]), body["bits"] >= 100) == (20, True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_the_page_asks_for_goes_first(person: People, sites: Kernel) -> None:
    anna = person("anna")
    rules = "required: lower; required: [!]; maxlength: 9"
    body = anna.call("POST", "/generate", {"page_url": "https://bank.test/", "rules": rules}).get_json()
    assert body["source"] == "page"
    assert parse(rules).keeps(body["password"])
    assert len(body["password"]) == 9
    assert (
        anna.call("POST", "/generate", {"page_url": "https://bank.test/", "rules": " "}).get_json()["source"] == "site"
    )
    for wrong in ({"rules": "required: letters"}, {"rules": "maxlength: 1; required: lower; required: upper"}):
        answer = anna.call("POST", "/generate", wrong)
        assert (answer.status_code, answer.get_json()["type"]) == (422, "urn:wayfill:problem:invalid-request")
        assert len(answer.get_json()["detail"]) > 20
    assert (
        anna.call("POST", "/generate", {"page_url": "nonsense"}).get_json()["type"]
        == "urn:wayfill:problem:invalid-page"
    )
    assert anna.call("POST", "/generate", {"length": 0}).status_code == 422
    assert anna.call("POST", "/generate", {"avoid_ambiguous": True, "length": 40}).status_code == 200


def test_an_import_takes_the_place_of_the_last_and_names_what_it_leaves_out(sites: Kernel) -> None:
    done = imported(
        sites,
        {
            "new.test": {"password-rules": "minlength: 8"},
            "bad.test": {"password-rules": "minlength: eight"},
            "never.test": {"password-rules": "required: lower; required: upper; maxlength: 1"},
            "co.uk": {"password-rules": "minlength: 8"},
            "spaced name": {"password-rules": "minlength: 8"},
            "none.test": {},
            "shape.test": 7,
        },
    )
    assert done.sites == 1
    assert set(done.refused) == {"bad.test", "never.test", "co.uk", "spaced name", "none.test", "shape.test"}
    assert all(len(reason) > 10 for reason in done.refused.values())
    with sites.database.reading() as session:
        assert service.choose(session, "https://bank.test/", None).source == "default"
        assert service.choose(session, "https://new.test/", None).source == "site"
        events = session.scalars(select(Event.detail).where(Event.action == "password-rules:import")).all()
    assert events == ["4 sites", "1 sites"]


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b'{"a": 1'])
def test_a_file_that_is_none_changes_nothing(sites: Kernel, text: bytes) -> None:
    with pytest.raises(InvalidRequest, match="no file of password rules"), sites.database.writing() as session:
        service.replace_all(session, COMMAND_LINE, text, now=1)
    with sites.database.reading() as session:
        assert service.choose(session, "https://bank.test/", None).source == "site"


@pytest.mark.skipif(not REAL.is_file(), reason="the shared data with the real rules of sites is not here")
def test_the_real_file_is_imported_whole(kernel: Kernel) -> None:
    done = imported(kernel, json.loads(REAL.read_bytes()))
    assert done.refused == {}
    assert done.sites >= 434

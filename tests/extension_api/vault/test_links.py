"""Records and links over the API: who may, what is refused and with which words, and that nothing of a secret shows."""

from uuid import uuid4

import pytest

from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from tests.extension_api.conftest import People, Records, fill_body
from tests.practice.engines import Engine

LINK = {"url": "https://login.example-two.test/", "strategy": "host"}


def test_an_editor_links_lists_and_removes(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    added = anna.call("POST", f"/records/{ads.id}/links", LINK)
    assert added.status_code == 201
    assert added.get_json()["link"] | {"id": 0} == LINK | {
        "id": 0,
        "veto": False,
        "primary": False,
        "expression": None,
    }
    listed = anna.call("GET", f"/records/{ads.id}/links").get_json()["links"]
    assert [(link["url"], link["primary"]) for link in listed] == [
        ("https://ads.example-one.test/", True),
        ("https://login.example-two.test/", False),
    ]
    gone = anna.call("DELETE", f"/records/{ads.id}/links/{listed[1]['id']}")
    assert gone.status_code == 204
    assert len(anna.call("GET", f"/records/{ads.id}/links").get_json()["links"]) == 1


def test_each_change_raises_the_revision_by_one(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    before = anna.call("GET", "/match-table").get_json()["revision"]
    link = anna.call("POST", f"/records/{ads.id}/links", LINK).get_json()
    assert link["revision"] == before + 1
    anna.call("DELETE", f"/records/{ads.id}/links/{link['link']['id']}")
    assert anna.call("GET", "/match-table").get_json()["revision"] == before + 2


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("", "invalid-link"),
        ("ftp://example.test/", "invalid-link"),
        ("javascript:alert(1)", "invalid-link"),
        ("https://user@example.test/", "invalid-link"),
        ("https://co.uk/", "invalid-link"),
        ("/login", "invalid-link"),
        ("https://example.test/" + "a" * 9000, "invalid-link"),
        ("a" * 30_000, "invalid-request"),
    ],
)
def test_a_bad_address_is_refused_with_a_reason(person: People, record: Records, url: str, slug: str) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    before = anna.call("GET", "/match-table").get_json()["revision"]
    refused = anna.call("POST", f"/records/{ads.id}/links", {"url": url, "strategy": "domain"})
    assert refused.status_code == 422
    body = refused.get_json()
    assert body["type"] == f"urn:wayfill:problem:{slug}"
    assert len(body["detail"]) > 10
    assert anna.call("GET", "/match-table").get_json()["revision"] == before


def test_a_link_given_twice_is_a_conflict(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    assert anna.call("POST", f"/records/{ads.id}/links", LINK).status_code == 201
    again = anna.call("POST", f"/records/{ads.id}/links", LINK | {"url": "HTTPS://LOGIN.example-two.test:443"})
    assert again.status_code == 409


def test_who_may_fill_may_not_link_and_a_stranger_sees_nothing(person: People, record: Records) -> None:
    filler, stranger = person("filler"), person("stranger")
    ads = record(grants={filler.account: Permission.FILL})
    other = record("Other", grants={filler.account: Permission.EDIT})
    link = filler.call("GET", f"/records/{ads.id}/links").get_json()["links"][0]["id"]
    assert filler.call("POST", f"/records/{ads.id}/links", LINK).status_code == 403
    assert filler.call("DELETE", f"/records/{ads.id}/links/{link}").status_code == 403
    # A link of another record is not found under one that the caller may edit.
    assert filler.call("DELETE", f"/records/{other.id}/links/{link}").status_code == 404
    forbidden = [
        stranger.call("GET", f"/records/{ads.id}/links"),
        stranger.call("POST", f"/records/{ads.id}/links", LINK),
        stranger.call("DELETE", f"/records/{ads.id}/links/{link}"),
    ]
    missing = [
        stranger.call("GET", f"/records/{uuid4()}/links"),
        stranger.call("POST", f"/records/{uuid4()}/links", LINK),
        stranger.call("DELETE", f"/records/{uuid4()}/links/{link}"),
    ]
    assert {a.status_code for a in forbidden + missing} == {404}
    assert len({a.data for a in forbidden + missing}) == 1


def test_an_administrator_edits_links_but_fills_nothing(person: People, record: Records) -> None:
    root = person("root", administrator=True)
    ads = record()
    assert root.call("POST", f"/records/{ads.id}/links", LINK).status_code == 201
    body = {"record_id": str(ads.id), "page_url": LINK["url"], "top_url": LINK["url"], "fields": ["password"]}
    assert root.call("POST", "/fill", body).status_code == 404
    assert root.call("GET", "/match-table").get_json()["records"] == {}


def test_search_finds_own_records_by_title_name_and_address(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    record("Not hers")
    record("100% wool", grants={anna.account: Permission.EDIT}, linked=(("https://wool.test/", "host"),))

    def titles(text: str) -> list[str]:
        found = anna.call("GET", f"/records?q={text}").get_json()["records"]
        return [r["title"] for r in found]

    assert titles("") == ["100% wool", "Ads account"]
    assert titles("ADS ACC") == ["Ads account"]
    assert titles("wool.test") == ["100% wool"]
    assert titles("%25") == ["100% wool"]
    assert titles("_") == []
    first = anna.call("GET", "/records?q=ads%20acc").get_json()["records"][0]
    assert first == {
        "id": str(ads.id),
        "title": "Ads account",
        "username": "ads@example-one.test",
        "url": "https://ads.example-one.test/",
        "may_edit": False,
    }


def test_the_record_secret_is_sealed_in_the_database(record: Records, kernel: Kernel, engine: Engine) -> None:
    record(password="a-secret-to-look-for")
    stored = engine.stored(kernel.settings)
    assert b"Ads account" in stored
    assert b"a-secret-to-look-for" not in stored


def test_a_link_is_changed_in_place_and_made_primary(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    path = f"/records/{ads.id}/links"
    added = anna.call("POST", path, LINK).get_json()
    link = f"{path}/{added['link']['id']}"
    changed = anna.call("PATCH", link, {"strategy": "path", "url": "https://login.example-two.test/in"}).get_json()
    assert (changed["link"]["strategy"], changed["revision"]) == ("path", added["revision"] + 1)
    first = anna.call("PATCH", link, {"primary": True}).get_json()["link"]
    assert (first["primary"], first["url"]) == (True, "https://login.example-two.test/in")
    assert [each["url"] for each in anna.call("GET", path).get_json()["links"]] == [
        "https://login.example-two.test/in",
        "https://ads.example-one.test/",
    ]
    assert anna.call("GET", "/records").get_json()["records"][0]["url"] == "https://login.example-two.test/in"
    expression = {"strategy": "regex", "expression": "https://login.*"}
    assert anna.call("PATCH", link, expression).get_json()["link"]["expression"] == "https://login.*"
    assert anna.call("PATCH", link, {"strategy": "host"}).get_json()["link"]["expression"] is None


def test_a_changed_link_is_checked_like_a_new_one(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    path = f"/records/{ads.id}/links"
    link = f"{path}/{anna.call('POST', path, LINK).get_json()['link']['id']}"
    for wrong in (
        {"url": "co.uk", "strategy": "domain"},
        {"strategy": "regex"},
        {"strategy": "regex", "expression": "("},
        {"expression": "x"},
        {"primary": False},
    ):
        assert anna.call("PATCH", link, wrong).status_code == 422, wrong
    same = {"url": "https://ads.example-one.test/", "strategy": "domain"}
    assert anna.call("PATCH", link, same).status_code == 409
    assert anna.call("PATCH", link, {"veto": True, "primary": True}).status_code == 409
    assert anna.call("PATCH", f"{path}/{uuid4()}", {"veto": True}).status_code == 404
    other = record("Other", grants={anna.account: Permission.FILL})
    assert anna.call("PATCH", f"/records/{other.id}/links/{uuid4()}", {"veto": True}).status_code == 403


def test_a_veto_and_an_expression_rule_the_fill(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    path = f"/records/{ads.id}/links"
    veto = {"url": "https://evil.ads.example-one.test/", "strategy": "host", "veto": True}
    added = anna.call("POST", path, veto).get_json()["link"]
    assert (added["veto"], added["primary"]) == (True, False)
    for host, allowed in (("ads", 200), ("good.ads", 200), ("evil.ads", 403)):
        assert anna.call("POST", "/fill", fill_body(ads.id, f"https://{host}.example-one.test/")).status_code == allowed
    for place in ("in", "out"):
        body = {"url": "https://example-two.test/", "strategy": "regex", "expression": f"https://[a-z.-]+/{place}"}
        assert anna.call("POST", path, body).status_code == 201
    for place, allowed in (("in", 200), ("out", 200), ("elsewhere", 403)):
        filled = anna.call("POST", "/fill", fill_body(ads.id, f"https://login.example-two.test/{place}"))
        assert filled.status_code == allowed
        if allowed == 200:
            # Two expressions on one address are two links, told apart in the answer.
            listed = {each["id"]: each["expression"] for each in anna.call("GET", path).get_json()["links"]}
            assert listed[filled.get_json()["match"]["link"]["id"]] == f"https://[a-z.-]+/{place}"
    # Without any link that fills, a veto is nobody's first address.
    lone = record("Lone", grants={anna.account: Permission.EDIT}, linked=())
    anna.call("POST", f"/records/{lone.id}/links", veto)
    assert [each["primary"] for each in anna.call("GET", f"/records/{lone.id}/links").get_json()["links"]] == [False]
    assert anna.call("GET", "/records?q=Lone").get_json()["records"][0]["url"] is None

"""The match table over the API: what is in it, when it is unchanged, and that it is compiled once a revision."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, update

from extension_api.app import create_app
from extension_api.audit.service import COMMAND_LINE
from extension_api.kernel import Kernel
from extension_api.matching import tables, why
from extension_api.matching.tables import TableCache
from extension_api.permissions import Identity, Permission
from extension_api.redirects import affiliations
from extension_api.redirects.models import AffiliationRow
from extension_api.revision import Revision
from extension_api.vault import links
from extension_api.vault.models import LinkRow, Record
from matcher import Affiliations, Link, MatchTable
from tests.extension_api.conftest import START, People, Person, Records, fill_body


def test_the_table_holds_the_callers_records_and_no_secret(person: People, record: Records) -> None:
    anna, berta = person("anna"), person("berta")
    ads = record(grants={anna.account: Permission.FILL, berta.account: Permission.EDIT})
    record("Not hers", linked=(("https://not-hers.test/", "host"),))
    answer = anna.call("GET", "/match-table")
    body = answer.get_json()
    assert body["records"] == {
        str(ads.id): {"title": "Ads account", "username": "ads@example-one.test", "may_edit": False}
    }
    assert "made-up-record-secret" not in answer.text
    assert "not-hers" not in answer.text
    assert berta.call("GET", "/match-table").get_json()["records"][str(ads.id)]["may_edit"] is True


def test_unchanged_is_a_304_and_a_change_is_seen_at_once(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    first = anna.call("GET", "/match-table")
    tag = first.headers["ETag"]
    assert anna.call("GET", "/match-table").headers["ETag"] == tag
    unchanged = anna.call("GET", "/match-table", If_None_Match=tag)
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    anna.call("POST", f"/records/{ads.id}/links", {"url": "https://login.example-two.test/", "strategy": "host"})
    changed = anna.call("GET", "/match-table", If_None_Match=tag)
    assert changed.status_code == 200
    assert "login.example-two.test" in changed.text


def test_a_tag_belongs_to_one_person_and_one_answer(person: People, record: Records, kernel: Kernel) -> None:
    anna, berta, carla = person("anna"), person("berta"), person("carla")
    for who in (anna, berta):
        record(grants={who.account: Permission.FILL, carla.account: Permission.FILL})
    answers = [who.call("GET", "/match-table") for who in (anna, berta, carla)]
    assert len({answer.get_json()["revision"] for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 3
    # A cache that kept Anna's answer and asks for Berta must not be told that nothing changed.
    assert berta.call("GET", "/match-table", If_None_Match=answers[0].headers["ETag"]).status_code == 200
    dora, emil = person("dora"), person("emil")
    empty = [who.call("GET", "/match-table") for who in (dora, emil)]
    assert empty[0].data == empty[1].data
    assert empty[0].headers["ETag"] != empty[1].headers["ETag"], "who has the same is nobody's business"


def test_a_revision_that_comes_again_is_not_taken_for_the_same(person: People, record: Records, kernel: Kernel) -> None:
    """As after a backup was put back: other changes count up to the number that was there before."""
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    first = anna.call("GET", "/match-table")
    at = first.get_json()["revision"]
    with kernel.database.writing() as session:
        links.add(session, COMMAND_LINE, session.get_one(Record, ads.id), "https://b.test/", "host", now=START)
        session.execute(update(Revision).values(value=at))
    kernel.shared(TableCache)._tables.clear()
    second = anna.call("GET", "/match-table", If_None_Match=first.headers["ETag"])
    assert (second.status_code, second.get_json()["revision"]) == (200, at)


def test_rules_that_the_service_was_started_with_anew_are_seen(person: People, kernel: Kernel) -> None:
    anna = person("anna")
    tag = anna.call("GET", "/match-table").headers["ETag"]
    again = create_app(replace(kernel.settings, refresh_interval=90), clock=kernel.clock)
    asked = {"Authorization": f"Bearer {anna.token}", "If-None-Match": tag}
    answer = again.test_client().get("/api/v1/match-table", headers=asked)
    assert (answer.status_code, answer.get_json()["policy"]["refresh_interval"]) == (200, 90)
    again.extensions["wayfill"].database.close()


def test_an_unchanged_vault_is_never_compiled_again(
    person: People, record: Records, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    compiled = []
    real = MatchTable.compile

    def counted(
        links: Iterable[Link], affiliations: Affiliations, *, revision: int, orders: Iterable[int]
    ) -> MatchTable:
        compiled.append(revision)
        return real(links, affiliations, revision=revision, orders=orders)

    monkeypatch.setattr(MatchTable, "compile", counted)
    for _ in range(3):
        anna.call("GET", "/match-table")
        anna.call("POST", "/match", {"page_url": "https://ads.example-one.test/"})
    assert len(compiled) == 1
    record("Not hers")
    anna.call("POST", "/match", {"page_url": "https://ads.example-one.test/"})
    assert len(compiled) == 1, "what others are given does not concern her"
    anna.call("POST", f"/records/{ads.id}/links", {"url": "https://login.example-two.test/", "strategy": "host"})
    anna.call("GET", "/match-table")
    assert len(compiled) == 1, "a table that no page is held against is not compiled"
    anna.call("POST", "/match", {"page_url": "https://ads.example-one.test/"})
    assert len(compiled) == 2


def test_a_link_that_is_none_any_more_leaves_the_others_alone(
    person: People, record: Records, kernel: Kernel, caplog: pytest.LogCaptureFixture
) -> None:
    anna = person("anna")
    ads = record(
        grants={anna.account: Permission.FILL}, linked=(("https://a.test/", "host"), ("https://b.test/", "host"))
    )
    with kernel.database.writing() as session:
        first = session.scalars(select(LinkRow).order_by(LinkRow.position)).first()
        assert first is not None
        first.url, first.strategy = "https://co.uk/", "domain"
    answer = anna.call("POST", "/match", {"page_url": "https://b.test/"})
    assert [m["record_id"] for m in answer.get_json()["matches"]] == [str(ads.id)]
    assert "left out" in caplog.text


def test_the_cache_is_bounded(person: People, kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CACHED_PEOPLE", 2)
    people = [person(name) for name in ("anna", "berta", "carl")]
    for somebody in people:
        assert somebody.call("GET", "/match-table").status_code == 200
    assert list(kernel.shared(TableCache)._tables) == [p.account.id for p in people[1:]]


def test_match_gives_reasons_for_own_records_alone(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    other = record("Not hers")
    page = "https://ads.example-one.test/login"
    body = anna.call("POST", "/match", {"page_url": page, "record_id": str(ads.id)}).get_json()
    assert [m["record_id"] for m in body["matches"]] == [str(ads.id)]
    assert body["matches"][0]["title"] == "Ads account"
    assert body["matches"][0]["link"]["url"] == "https://ads.example-one.test/"
    assert "example-one.test" in body["explanation"]
    miss = anna.call("POST", "/match", {"page_url": "https://evil.test/", "record_id": str(ads.id)}).get_json()
    assert miss["matches"] == []
    assert "evil.test" in miss["explanation"] or "example-one.test" in miss["explanation"]
    assert anna.call("POST", "/match", {"page_url": page, "record_id": str(other.id)}).status_code == 404
    assert anna.call("POST", "/match", {"page_url": "nonsense"}).status_code == 422


def why_identity(who: Person) -> Identity:
    return Identity(who.account.id, who.account.name, False, UUID(int=0), "test", "")


LIVE, OFFICE = "https://login.live-example.test/", "https://portal.office-example.test/in"
SHARED = {"shared": ["live-example.test", "office-example.test"]}


def test_an_affiliation_offers_a_record_on_the_other_site_and_all_agree(
    person: People, record: Records, kernel: Kernel
) -> None:
    admin, anna = person("root", administrator=True), person("anna")
    one, two = (
        record(title, linked=((LIVE, "domain"),), grants={anna.account: Permission.EDIT}) for title in ("One", "Two")
    )
    names = {str(one.id): "One", str(two.id): "Two"}
    seen: set[str] = set()

    def offered() -> list[str]:
        """By the API; by the table's JSON; by a fill; by what is explained: each time anew, and all the same."""
        answer = anna.call("GET", "/match-table")
        assert answer.headers["ETag"] not in seen, "a change that nobody is told of"
        seen.add(answer.headers["ETag"])
        table = MatchTable.from_json(msgspec.json.encode(answer.get_json()["table"]))
        matches = anna.call("POST", "/match", {"page_url": OFFICE}).get_json()["matches"]
        found = [match["record_id"] for match in matches]
        assert all((match["strength"], match["close"]) == ("affiliated", False) for match in matches)
        assert [match.record for match in table.find(OFFICE)] == found
        for each in (one, two):
            status = anna.call("POST", "/fill", fill_body(each.id, OFFICE)).status_code
            assert status == (200 if str(each.id) in found else 403)
            asked = {"page_url": OFFICE, "record_id": str(each.id)}
            words = anna.call("POST", "/match", asked).get_json()["explanation"]
            assert ("shares its logins" in words) is (str(each.id) in found), words
            with kernel.database.reading() as session:
                personal = tables.compile_for(session, why_identity(anna), 0)
            assert (why.explain(personal, OFFICE, record_id=each.id).matches != []) is (str(each.id) in found)
        return sorted(names[each] for each in found)

    assert offered() == []
    shared = admin.call("POST", "/affiliations", SHARED).get_json()["id"]
    assert offered() == ["One", "Two"]
    anna.call("PATCH", f"/affiliations/{shared}", {"active": False, "record_id": str(one.id)})
    assert offered() == ["Two"]
    admin.call("PATCH", f"/affiliations/{shared}", {"active": False})
    assert offered() == []
    own = {"from": ["live-example.test"], "to": ["portal.office-example.test"], "record_id": str(one.id)}
    mine = anna.call("POST", "/affiliations", own).get_json()["id"]
    assert offered() == ["One"]
    admin.call("PATCH", f"/affiliations/{shared}", {"active": True})
    assert offered() == ["One", "Two"], "what either of two groups holds for"
    assert admin.call("DELETE", f"/affiliations/{mine}").status_code == 204
    assert offered() == ["Two"]
    with kernel.database.writing() as session:
        affiliations.import_file(session, COMMAND_LINE, b'[{"shared": ["a.test", "b.test"]}]', now=START)
    assert offered() == ["Two"], "an import leaves alone what was written by hand"


def test_a_table_names_nobody_elses_records_in_its_affiliations(person: People, record: Records) -> None:
    admin, anna = person("root", administrator=True), person("anna")
    hers = record("Hers", linked=((LIVE, "domain"),), grants={anna.account: Permission.FILL})
    other = record("Other", linked=((LIVE, "domain"),))
    shared = admin.call("POST", "/affiliations", SHARED).get_json()["id"]
    admin.call("POST", "/affiliations", {"shared": ["a.test", "b.test"], "record_id": str(other.id)})
    admin.call("PATCH", f"/affiliations/{shared}", {"active": False, "record_id": str(other.id)})
    told = anna.call("GET", "/match-table")
    assert told.get_json()["table"]["affiliations"] == [SHARED]
    assert (str(hers.id) in told.text, str(other.id) in told.text) == (True, False)


def test_an_affiliation_that_is_none_any_more_leaves_the_others_alone(
    person: People, record: Records, kernel: Kernel, caplog: pytest.LogCaptureFixture
) -> None:
    admin, anna = person("root", administrator=True), person("anna")
    record("Hers", linked=((LIVE, "domain"),), grants={anna.account: Permission.FILL})
    admin.call("POST", "/affiliations", SHARED)
    admin.call("POST", "/affiliations", {"shared": ["a.test", "b.test"]})
    with kernel.database.writing() as session:
        row = session.scalars(select(AffiliationRow).where(AffiliationRow.names.contains("a.test"))).one()
        row.names = '{"shared":["co.uk","b.test"]}'
    assert anna.call("GET", "/match-table").get_json()["table"]["affiliations"] == [SHARED]
    assert "left out" in caplog.text

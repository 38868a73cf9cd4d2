"""Proposals: one a record and address, with evidence and warnings, decided once; asked for by who may not edit."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from sqlalchemy import select

from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.redirects import proposals
from extension_api.redirects.ends import End
from extension_api.redirects.lookalike import resembled
from extension_api.redirects.steps import Chain, Hop, How
from extension_api.vault import links
from extension_api.vault.models import Record
from tests.extension_api.conftest import START, People, Person, Records
from tests.extension_api.redirects.test_chains import set_policy

ADS, LOGIN = "https://ads.example-one.test", "https://login.example-two.test"
LOOKS_LIKE = "https://login.examp1e-two.test"
Say: TypeAlias = Callable[..., Any]


def resolved(kernel: Kernel, record: Record, *origins: str, end: End = End.PAGE, accept: bool = False) -> None:
    """Have a walk found these hops."""
    hops = [Hop(f"{origin}/in", origin, How.HTTP, 200) for origin in origins]
    start = Hop(f"{ADS}/", ADS, How.START, 302)
    with kernel.database.writing() as session:
        found, now = session.get_one(Record, record.id), kernel.clock.now()
        proposals.take_resolved(session, found, Chain((start, *hops), end), accept_expected=accept, now=now)


def seen(person: Person, record: Record, *hops: str) -> Any:
    answer = person.call("POST", "/chains", {"record_id": str(record.id), "hops": list(hops)})
    return answer.get_json() | {"status": answer.status_code}


def all_of(person: Person, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.call("GET", f"/proposals{query}").get_json()["proposals"]
    return found


def urls(kernel: Kernel, record: Record) -> list[str]:
    with kernel.database.reading() as session:
        return [row.url for row in links.of_record(session, record.id)]


def test_what_is_resolved_and_seen_becomes_one_proposal_with_its_evidence(
    kernel: Kernel, clock: SetClock, person: People, record: Records
) -> None:
    anna, ben = person("anna"), person("ben")
    made = record(grants={anna.account: Permission.EDIT, ben.account: Permission.FILL})
    resolved(kernel, made, LOGIN)
    (first,) = all_of(anna)
    assert first["evidence"] == {
        "first_at": START, "resolved_at": START, "resolved_how": "http", "resolved_hops": 1,
        "seen_at": None, "seen_by": 0,
    }  # fmt: skip
    assert first["warnings"] == ["other-domain", "unseen", "young"]
    clock.advance(600)
    for who in (anna, ben, ben):
        (told,) = seen(who, made, f"{ADS}/start", f"{LOGIN}/session/authorize")["proposals"]
    clock.advance(24 * 3600)
    (again,) = all_of(person("root", administrator=True))
    assert (again["id"], again["evidence"]["seen_by"], again["evidence"]["seen_at"]) == (told["id"], 2, START + 600)
    assert again["warnings"] == ["other-domain"]


def test_what_a_browser_tells_is_held_against_the_links(kernel: Kernel, person: People, record: Records) -> None:
    anna = person("anna")
    made = record(grants={anna.account: Permission.FILL})
    away = record(title="Other", linked=(("https://www.example-nine.test/", "host"),))
    assert seen(anna, made, "https://elsewhere.test/", f"{LOGIN}/")["status"] == 403, "begins on no page of the record"
    assert seen(anna, made, f"{ADS}/", f"{ADS}/in")["proposals"] == [], "ends on a page that is linked"
    assert seen(anna, made, f"{ADS}/", "http://login.example-two.test/")["proposals"] == [], "from https to http"
    assert seen(anna, made, f"{ADS}/", "http://x.test/", f"{LOGIN}/")["proposals"] == [], "by way of http"
    assert seen(anna, away, "https://www.example-nine.test/", f"{LOGIN}/")["status"] == 404
    for hop in (f"{LOGIN}/?code=secret", f"{LOGIN}/#token", "https://pat:pw@x.test/", "ftp://x.test/", "x" * 2_001):
        assert seen(anna, made, f"{ADS}/", hop)["status"] == 422, hop
    assert seen(anna, made, *[f"{ADS}/"] * 21)["status"] == 422
    assert all_of(anna, f"?record={made.id}") == []
    set_policy(kernel, observe_chains=0)
    assert seen(anna, made, f"{ADS}/", f"{LOGIN}/")["status"] == 403
    set_policy(kernel, observe_chains=1)
    (told,) = seen(anna, made, f"{ADS}/", "https://between.example-three.test/", f"{LOGIN}/" + "y" * 900)["proposals"]
    assert (told["address"], len(told["page"])) == (LOGIN, len(LOGIN) + 300)


def test_nobody_floods_a_record_with_proposals(person: People, record: Records) -> None:
    anna = person("anna")
    made = record(grants={anna.account: Permission.FILL})
    for number in range(proposals.MOST_OPEN + 2):
        told = seen(anna, made, f"{ADS}/", f"https://h{number}.example-two.test/")
        assert len(told["proposals"]) == (1 if number < proposals.MOST_OPEN else 0)


def test_accepting_links_and_fills_from_then_on(kernel: Kernel, person: People, record: Records) -> None:
    anna = person("anna")
    made = record(grants={anna.account: Permission.EDIT})
    resolved(kernel, made, LOGIN)
    (proposal,) = all_of(anna)
    assert anna.call("POST", "/match", {"page_url": f"{LOGIN}/in"}).get_json()["matches"] == []
    answer = anna.call("POST", f"/proposals/{proposal['id']}/accept", {}).get_json()
    assert (answer["link"]["url"], answer["link"]["strategy"], answer["asked"]) == (f"{LOGIN}/", "host", False)
    assert len(anna.call("POST", "/match", {"page_url": f"{LOGIN}/in"}).get_json()["matches"]) == 1
    assert all_of(anna) == []
    again = anna.call("POST", f"/proposals/{proposal['id']}/accept", {}).get_json()
    assert (again["link"], urls(kernel, made)) == (None, [f"{ADS}/", f"{LOGIN}/"])
    resolved(kernel, made, LOGIN)
    assert all_of(anna) == [], "what is linked is not proposed"


@pytest.mark.parametrize(
    ("strategy", "linked"), [("domain", f"{LOGIN}/"), ("path", f"{LOGIN}/in"), ("exact", f"{LOGIN}/in")]
)
def test_a_proposal_is_accepted_with_the_strategy_that_is_asked_for(
    kernel: Kernel, person: People, record: Records, strategy: str, linked: str
) -> None:
    anna = person("anna")
    made = record(grants={anna.account: Permission.EDIT})
    resolved(kernel, made, LOGIN)
    answer = anna.call("POST", f"/proposals/{all_of(anna)[0]['id']}/accept", {"strategy": strategy}).get_json()
    assert (answer["link"]["url"], answer["link"]["strategy"]) == (linked, strategy)


def test_what_is_rejected_stays_so(kernel: Kernel, person: People, record: Records) -> None:
    anna = person("anna")
    made = record(grants={anna.account: Permission.EDIT})
    resolved(kernel, made, LOGIN)
    (proposal,) = all_of(anna)
    assert anna.call("POST", f"/proposals/{proposal['id']}/reject").get_json()["state"] == "rejected"
    resolved(kernel, made, LOGIN)
    assert seen(anna, made, f"{ADS}/", f"{LOGIN}/")["proposals"] == []
    assert all_of(anna) == []
    assert [each["address"] for each in all_of(anna, "?state=rejected")] == [LOGIN]
    assert anna.call("POST", f"/proposals/{proposal['id']}/accept", {}).status_code == 409


def test_who_may_not_edit_asks_and_the_owners_see_it(kernel: Kernel, person: People, record: Records) -> None:
    anna, ben = person("anna"), person("ben")
    made = record(grants={anna.account: Permission.EDIT, ben.account: Permission.FILL})
    (told,) = seen(ben, made, f"{ADS}/", f"{LOGIN}/")["proposals"]
    for _ in range(2):
        answer = ben.call("POST", f"/proposals/{told['id']}/accept", {}).get_json()
        assert (answer["asked"], answer["link"], answer["proposal"]["asked_by"]) == (True, None, [])
    assert all_of(ben) == []
    assert urls(kernel, made) == [f"{ADS}/"]
    (shown,) = all_of(anna)
    assert shown["asked_by"] == ["ben"]
    with kernel.database.reading() as session:
        asked = session.scalars(select(Event.detail).where(Event.action == "proposal:ask")).all()
    assert asked == [LOGIN]


def test_one_decision_for_one_address_behind_many_records(kernel: Kernel, person: People, record: Records) -> None:
    anna, ben = person("anna"), person("ben")
    mine = [record(title=f"Ads {n}", grants={anna.account: Permission.EDIT}) for n in range(3)]
    other = record(title="Ben's", grants={ben.account: Permission.EDIT, anna.account: Permission.FILL})
    for each in (*mine, other):
        resolved(kernel, each, LOGIN)
    answer = anna.call("POST", "/proposals/accept", {"address": LOGIN}).get_json()
    assert (answer["accepted"], answer["left"]) == (3, 0)
    assert [len(urls(kernel, each)) for each in (*mine, other)] == [2, 2, 2, 1]
    assert anna.call("POST", "/proposals/accept", {"address": LOGIN}).get_json()["accepted"] == 0


def test_pages_of_proposals_meet_and_hold_each_once(kernel: Kernel, person: People, record: Records) -> None:
    anna = person("anna")
    for number in range(7):
        resolved(kernel, record(title=f"Ads {number}", grants={anna.account: Permission.EDIT}), LOGIN)
    found, query = [], "limit=3"
    while query:
        page = anna.call("GET", f"/proposals?{query}").get_json()
        found += [each["id"] for each in page["proposals"]]
        query = f"limit=3&after={page['next']}" if page["next"] else ""
    assert (len(found), len(set(found))) == (7, 7)


def test_a_look_alike_is_marked_and_never_accepted_by_itself(kernel: Kernel, person: People, record: Records) -> None:
    admin, anna = person("root", administrator=True), person("anna")
    made = record(linked=((f"{ADS}/", "domain"), (f"{LOGIN}/", "host")), grants={anna.account: Permission.EDIT})
    names = {"shared": ["example-one.test", "example-two.test", "examp1e-two.test"]}
    assert admin.call("POST", "/affiliations", names).status_code == 201
    resolved(kernel, made, LOOKS_LIKE, accept=True)
    (proposal,) = all_of(anna)
    assert (proposal["address"], proposal["expected"]) == (LOOKS_LIKE, True)
    assert "look-alike" in proposal["warnings"]
    assert urls(kernel, made) == [f"{ADS}/", f"{LOGIN}/"]


@pytest.mark.parametrize("end", [End.STATUS, End.LOOP, End.HOPS, End.TIME, End.NAME, End.DOWNGRADE])
def test_a_walk_that_did_not_arrive_proposes_nothing(kernel: Kernel, person: People, record: Records, end: End) -> None:
    anna = person("anna")
    resolved(kernel, record(grants={anna.account: Permission.EDIT}), LOGIN, end=end)
    assert all_of(anna) == []


def test_a_veto_keeps_an_address_from_being_proposed(kernel: Kernel, person: People, record: Records) -> None:
    anna = person("anna")
    made = record(grants={anna.account: Permission.EDIT})
    body = {"url": LOGIN, "strategy": "domain", "veto": True}
    assert anna.call("POST", f"/records/{made.id}/links", body).status_code == 201
    resolved(kernel, made, LOGIN)
    assert seen(anna, made, f"{ADS}/", f"{LOGIN}/")["proposals"] == []
    assert all_of(anna) == []


def test_what_is_linked_by_hand_is_proposed_no_longer(kernel: Kernel, person: People, record: Records) -> None:
    anna = person("anna")
    made = record(grants={anna.account: Permission.EDIT})
    resolved(kernel, made, LOGIN)
    added = anna.call("POST", f"/records/{made.id}/links", {"url": LOGIN, "strategy": "host"}).get_json()
    assert all_of(anna) == []
    anna.call("DELETE", f"/records/{made.id}/links/{added['link']['id']}")
    assert len(all_of(anna)) == 1
    path = {"url": f"{LOGIN}/in", "strategy": "path"}
    assert anna.call("POST", f"/records/{made.id}/links", path).status_code == 201
    resolved(kernel, made, LOGIN)
    assert [each["address"] for each in all_of(anna, "?state=accepted")] == [LOGIN]


def test_a_login_does_not_begin_where_a_veto_keeps_the_record_away(person: People, record: Records) -> None:
    anna = person("anna")
    made = record(grants={anna.account: Permission.EDIT})
    veto = {"url": f"{ADS}/admin", "strategy": "path", "veto": True}
    assert anna.call("POST", f"/records/{made.id}/links", veto).status_code == 201
    assert seen(anna, made, f"{ADS}/admin/x", f"{LOGIN}/")["status"] == 403
    assert seen(anna, made, f"{ADS}/x", f"{LOGIN}/")["status"] == 200


def test_affiliations_expect_one_step_for_all_or_for_one_record(
    kernel: Kernel, person: People, record: Records
) -> None:
    admin, anna = person("root", administrator=True), person("anna")
    one, two = (record(title=t, grants={anna.account: Permission.EDIT}) for t in ("One", "Two"))
    for each in (one, two):
        resolved(kernel, each, LOGIN)

    def expected() -> dict[str, bool]:
        return {each["title"]: each["expected"] for each in all_of(anna)}

    assert expected() == {"One": False, "Two": False}
    made = admin.call("POST", "/affiliations", {"from": ["example-one.test"], "to": ["example-two.test"]}).get_json()
    assert expected() == {"One": True, "Two": True}
    assert "other-domain" not in all_of(anna)[0]["warnings"]
    off = {"active": False, "record_id": str(one.id)}
    assert anna.call("PATCH", f"/affiliations/{made['id']}", off).status_code == 200
    assert expected() == {"One": False, "Two": True}
    admin.call("PATCH", f"/affiliations/{made['id']}", {"active": False})
    assert expected() == {"One": False, "Two": False}
    own = {"shared": ["example-one.test", "login.example-two.test"], "record_id": str(two.id)}
    assert anna.call("POST", "/affiliations", own).status_code == 201
    assert expected() == {"One": False, "Two": True}
    assert (
        admin.call("POST", "/affiliations", {"from": ["example-one.test"], "to": ["example-two.test"]}).status_code
        == 409
    )
    for wrong in ({"shared": ["com", "a.test"]}, {"shared": ["127.0.0.1", "a.test"]}, {"shared": ["a.test"]}, {}):
        assert admin.call("POST", "/affiliations", wrong).status_code == 422, wrong


@pytest.mark.parametrize(
    ("host", "known", "is_so"),
    [
        ("login.examp1e-two.test", "login.example-two.test", True),
        ("login.paypa1.com", "www.paypal.com", True),
        ("rnicrosoft.com", "microsoft.com", True),
        ("xn--80ak6aa92e.com", "apple.com", True),  # all Cyrillic
        ("xn--pypal-4ve.com", "paypal.com", True),
        ("paypal.com.evil.test", "paypal.com", True),
        ("www.paypal.com", "paypal.com", False),
        ("paypal.com", "www.paypal.com", False),
        ("login.live.com", "login.microsoftonline.com", False),
        ("10.0.0.1", "paypal.com", False),
        ("xn--0.com", "paypal.com", False),
    ],
)
def test_names_that_look_alike(host: str, known: str, is_so: bool) -> None:
    assert (resembled(host, {known}) is not None) is is_so

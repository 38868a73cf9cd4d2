"""Groups on the console: made, named, filled and removed by administrators, with what each may reach."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from extension_api import paging
from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.people import groups
from extension_api.permissions import FRESH_FOR, Permission
from extension_api.vault import lists
from extension_api.vault.grants import give
from tests.extension_api.conftest import People, Records
from tests.extension_api.console.conftest import Html, Visitor, Visitors

GROUPS = "/console/groups"


@pytest.fixture
def browser(person: People, visitor: Visitors) -> Visitor:
    return visitor(person("root", administrator=True).account)


@pytest.fixture
def crew(kernel: Kernel) -> UUID:
    with kernel.database.writing() as session:
        return groups.add(session, COMMAND_LINE, "crew", now=kernel.clock.now()).id


def below(page: Html, prefix: str) -> list[str]:
    return [a.text for a in page.all("a") if (a.get("href") or "").startswith(f"{prefix}/")]


def reached(page: Html) -> list[str]:
    return [a.text for a in page.all("a") if (a.get("id") or "").startswith("reached-")]


def test_a_group_is_made_named_and_removed(browser: Visitor, kernel: Kernel) -> None:
    assert "There is no group yet" in browser.page(GROUPS).text
    made = browser.post(GROUPS, form=GROUPS, name="Ops <b>").location
    assert made.startswith(f"{GROUPS}/")
    page = browser.page(made)
    assert (page.one("h1").text, page.all("b")) == ("ops <b>", [])
    assert "Nobody belongs to it yet" in page.text
    taken = browser.post(GROUPS, form=GROUPS, name="OPS <B>")
    assert (taken.status_code, "named ops <b> already" in Html(taken.text).text) == (409, True)
    assert Html(taken.text).one("input", id="name").get("value") == "OPS <B>"
    browser.post(GROUPS, form=GROUPS, name="dev")
    refused = Html(browser.post(f"{made}/rename", form=made, name="DEV").text)
    assert "named dev already" in refused.one("p", id="name-refusal").text
    assert refused.one("input", id="name").get("aria-describedby") == "name-refusal"
    assert (refused.one("h1").text, refused.one("input", id="name").get("value")) == ("ops <b>", "DEV")
    assert browser.post(f"{made}/rename", form=made, name="Crew").location == made
    assert below(browser.page(GROUPS), GROUPS) == ["crew", "dev"]
    assert browser.post(f"{made}/remove", form=made).location == GROUPS
    assert "and with it all that it was given" in browser.page(GROUPS).text
    assert browser.get(made).status_code == 404
    with kernel.database.reading() as session:
        events = session.execute(select(Event.action, Event.account_name).where(Event.action.startswith("group:")))
        assert [tuple(row) for row in events] == [
            (f"group:{act}", "root") for act in ("add", "add", "change", "remove")
        ]


def test_people_join_after_a_fresh_proof_and_leave(
    browser: Visitor, person: People, crew: UUID, record: Records, kernel: Kernel, clock: SetClock, visitor: Visitors
) -> None:
    anna, made, page = person("anna").account, record("Ads account"), f"{GROUPS}/{crew}"
    with kernel.database.writing() as session:
        give(session, COMMAND_LINE, groups.require(session, crew), made, Permission.FILL, now=clock.now())
    hers = visitor(anna)
    assert hers.get(f"/console/records/{made.id}").status_code == 404
    clock.advance(FRESH_FOR)
    asked = browser.post(f"{page}/people", form=page, person="anna")
    back = browser.page(asked.location).one("input", name="next").attributes["value"]
    assert browser.page(back).one("input", id="person").get("value") == "anna"
    assert hers.get(f"/console/records/{made.id}").status_code == 404
    clock.advance(-FRESH_FOR)
    assert browser.post(f"{page}/people", form=page, person="ANNA").location == page
    shown = browser.page(page)
    assert "One person belongs to it" in shown.text
    assert below(shown, "/console/people") == ["anna"]
    assert hers.get(f"/console/records/{made.id}").status_code == 200
    again = browser.post(f"{page}/people", form=page, person="anna")
    assert (again.status_code, "anna belongs to crew already" in again.text) == (409, True)
    unknown = browser.post(f"{page}/people", form=page, person="nobody")
    assert unknown.status_code == 404
    assert Html(unknown.text).one("p", id="person-refusal").text == "There is no person named nobody."
    assert Html(unknown.text).one("input", id="person").get("value") == "nobody"
    assert browser.post(f"{page}/people/{anna.id}/remove", form=page).location == page
    assert hers.get(f"/console/records/{made.id}").status_code == 404
    assert browser.post(f"{page}/people/{anna.id}/remove", form=page).status_code == 404


def test_what_a_group_may_reach_and_its_people_come_by_page(
    browser: Visitor, person: People, crew: UUID, record: Records, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    now, members, made = kernel.clock.now(), [person(f"person-{n}").account for n in range(5)], []
    with kernel.database.writing() as session:
        group = groups.require(session, crew)
        for account in members:
            groups.add_member(session, COMMAND_LINE, group, session.get_one(Account, account.id), now=now)
        for n in range(3):
            place = lists.add(session, COMMAND_LINE, f"List {n}", None, now=now)
            give(session, COMMAND_LINE, group, place, Permission.EDIT, now=now)
            made.append(f"List {n}")
    for n in range(2):
        single = record(f"List {n} record")
        with kernel.database.writing() as session:
            give(session, COMMAND_LINE, groups.require(session, crew), single, Permission.FILL, now=now)
        made.append(f"List {n} record")
    seen: dict[str, list[str]] = {"after": [], "reach": []}
    for query, find in (("after", lambda page: below(page, "/console/people")), ("reach", reached)):
        at = f"{GROUPS}/{crew}"
        for _ in range(3):
            page = browser.page(at)
            seen[query] += find(page)
            following = [a.attributes["href"] for a in page.all("a") if a.text == "More"]
            at = next((more for more in following if query in more), "")
        assert at == ""
    assert seen == {"after": [account.name for account in members], "reach": sorted(made)}
    assert browser.get(f"{GROUPS}/{crew}?reach=made-up").status_code == 404
    assert below(browser.page(GROUPS), GROUPS) == ["crew"]
    for missing in (f"{GROUPS}/{uuid4()}", f"{GROUPS}?after=x"):
        assert browser.get(missing).status_code == 404

"""Blocked addresses: administrators see what is blocked and lift it, on record; nobody else does."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from extension_api import paging
from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.policy import Policy
from extension_api.throttle import service as throttle
from extension_api.throttle.models import Kind
from tests.extension_api.conftest import People
from tests.extension_api.console.conftest import Html, Visitor, Visitors

LIMITS = Policy()
BLOCKED = "/console/blocked"
Fail = Callable[..., bool]


@pytest.fixture
def fail(kernel: Kernel, clock: SetClock) -> Fail:
    def attempt(name: str = "anna", address: str = "192.0.2.1") -> bool:
        try:
            throttle.count(kernel, kind=Kind.PASSWORD, name=name, address=address)
        except throttle.Blocked:
            return False
        return True

    return attempt


@pytest.fixture
def browser(person: People, visitor: Visitors) -> Visitor:
    return visitor(person("root", administrator=True).account)


def lift(browser: Visitor) -> str:
    page = browser.page(BLOCKED)
    action = next(f.attributes["action"] for f in page.all("form") if f.attributes["action"].endswith("/lift"))
    answer = browser.send(action, {"csrf": page.token})
    assert (answer.status_code, answer.location) == (303, BLOCKED)
    return browser.page(BLOCKED).text


def test_nothing_is_blocked_at_first(browser: Visitor) -> None:
    assert "Nothing is blocked" in browser.page(BLOCKED).text


def test_a_person_at_an_address(browser: Visitor, person: People, fail: Fail, kernel: Kernel, clock: SetClock) -> None:
    person("anna")
    for _ in range(LIMITS.permitted_attempts + 3):
        fail()
    text = browser.page(BLOCKED).text
    assert "anna from 192.0.2.1 10 and 3 refused" in text
    assert "15 January 2027, 08:00 UTC" in text
    assert "Nothing is blocked" in lift(browser)
    assert fail()
    with kernel.database.reading() as session:
        event = session.scalars(select(Event).where(Event.action == "block:lift")).one()
    assert (event.account_name, event.detail) == ("root", "anna from 192.0.2.1 (password)")


def test_an_address_over_people(browser: Visitor, fail: Fail) -> None:
    for n in range(LIMITS.permitted_people + 1):
        fail(f"person-{n}")
    assert "192.0.2.1 for everybody who has not signed in from there before on 20 people" in browser.page(BLOCKED).text
    assert "Nothing is blocked" in lift(browser)
    assert [fail(f"person-{n}") for n in range(LIMITS.permitted_people + 1)] == [True] * 20 + [False]


def test_a_person_over_addresses_and_a_name_that_nobody_has(browser: Visitor, fail: Fail) -> None:
    for n in range(LIMITS.permitted_over_addresses):
        assert fail("typed-into-the-wrong-field", f"192.0.2.{n}")
    text = browser.page(BLOCKED).text
    assert "a name that nobody has from every address where they have not signed in before 50" in text
    assert "typed-into-the-wrong-field" not in text
    assert "Nothing is blocked" in lift(browser)
    assert fail("typed-into-the-wrong-field", "192.0.2.250")


def test_a_block_that_has_ended_is_not_lifted(browser: Visitor, fail: Fail, clock: SetClock) -> None:
    for _ in range(LIMITS.permitted_attempts):
        fail()
    page = browser.page(BLOCKED)
    action = next(f.attributes["action"] for f in page.all("form") if f.attributes["action"].endswith("/lift"))
    clock.advance(LIMITS.first_delay)
    assert browser.send(action, {"csrf": page.token}).status_code == 404
    for made_up in ("zz", "00", "%20", "a" * 64):
        assert browser.send(f"{BLOCKED}/{made_up}/lift", {"csrf": page.token}).status_code == 404


def test_more_leads_through_every_block_once(
    browser: Visitor, fail: Fail, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    for n in range(5):
        for _ in range(LIMITS.permitted_attempts):
            fail(f"person-{n}", f"192.0.2.{n}")
        clock.advance(n % 2)
    seen, at = [], BLOCKED
    while True:
        page = browser.page(at)
        seen += [
            e.text.split()[-1]
            for e in page.elements
            if e.get(
                "id",
            )
            and str(e.get("id")).startswith("block-")
        ]
        more = [a for a in page.all("a") if a.text == "More"]
        if not more:
            break
        at = more[0].attributes["href"]
    assert sorted(seen) == [f"192.0.2.{n}" for n in range(5)]


@pytest.mark.parametrize("made_up", ["x", "1.2", f"1.{'A' * 64}", f"{'9' * 30}.{'0' * 64}"])
def test_a_made_up_cursor_is_no_error_of_ours(browser: Visitor, made_up: str) -> None:
    assert browser.get(f"{BLOCKED}?after={made_up}").status_code == 404


def test_who_is_no_administrator_sees_and_lifts_nothing(person: People, visitor: Visitors, fail: Fail) -> None:
    browser = visitor(person("anna").account)
    for _ in range(LIMITS.permitted_attempts):
        fail()
    assert "Blocked addresses" not in browser.page("/console/records").text
    for path in (BLOCKED, "/console/settings"):
        assert browser.get(path).status_code == 403
        assert visitor().get(path).location == f"/console/sign-in?next={path.replace('/', '%2F')}"
    token = browser.page("/console/records").token
    assert browser.send(f"{BLOCKED}/{'0' * 64}/lift", {"csrf": token}).status_code == 403
    assert not fail()


def test_administrators_are_shown_the_way(browser: Visitor) -> None:
    page: Html = browser.page("/console/records")
    assert [a.text for a in page.all("a") if a.get("href") in (BLOCKED, "/console/settings")] == [
        "Blocked addresses",
        "Settings",
    ]

"""Going back within one document is the person's own navigation, too: the login under way ends there."""

import time
from typing import Any

from tests.e2e.household import PERSON, Household
from tests.practice.chromium import Person


def choice(pat: Person) -> dict[str, Any] | None:
    """The record chosen in the only tab that has one."""
    chosen = [tab["choice"] for tab in pat.storage("session").get("tabs", {}).values() if tab["choice"]]
    return chosen[0] if chosen else None


def test_a_step_back_over_a_fragment_ends_the_login_under_way(household: Household, pat: Person) -> None:
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(household.sites.login.start_at())
    pat.fill_from_popup(household.record)
    pat.page.evaluate("location.hash = 'step'")
    pat.page.wait_for_timeout(500)
    assert choice(pat), "the page's own step ended the login"
    pat.page.evaluate("history.back()")
    deadline = time.monotonic() + 5
    while choice(pat):
        assert time.monotonic() < deadline, "the login lives on"
        pat.page.wait_for_timeout(50)

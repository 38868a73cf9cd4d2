"""The main job: one act on the first page, and the login over two hosts is filled to its end."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.e2e.household import PERSON, RECORD_TITLE, SITE_USERNAME, Household, console_sign_in
from tests.practice.chromium import Person
from tests.practice.sites import Handover


@pytest.mark.parametrize("handover", list(Handover))
def test_both_pages_are_filled_after_one_act(household: Household, pat: Person, handover: Handover) -> None:
    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(household.sites.login.start_at(handover))
    pat.fill_from_popup(household.record)
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    pat.page.get_by_role("button", name="Continue").click()
    expect(pat.page.locator("#password")).not_to_have_value("")
    pat.page.get_by_role("button", name="Sign in").click()
    expect(pat.page.locator("#outcome")).to_have_text("Signed in")
    expect(pat.page.locator("#username-was")).to_have_text("right")
    expect(pat.page.locator("#password-was")).to_have_text("right")


def test_the_audit_shows_both_fills(own_household: Household, pat: Person) -> None:
    household = own_household  # the console shows a record's events of all times
    started = int(time.time())
    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(household.sites.login.start_at())
    pat.fill_by_command()
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    pat.page.get_by_role("button", name="Continue").click()
    expect(pat.page.locator("#password")).not_to_have_value("")

    fills = household.fills()
    assert [fill["page_host"] for fill in fills] == ["ads.example-one.test", "login.example-two.test"]
    assert {fill["record_id"] for fill in fills} == {household.record}
    assert all(started - 1 <= fill["at"] <= time.time() + 1 for fill in fills)

    console = console_sign_in(pat.context, household.service)
    console.goto(f"{household.service.public_url}/console/records/{household.record}")
    expect(console.locator("body")).to_contain_text(RECORD_TITLE)
    for host in ("ads.example-one.test", "login.example-two.test"):
        event = console.get_by_role("listitem").filter(has_text=f"Filled on {host}")
        expect(event).to_contain_text(PERSON.name)
        expect(event.locator("time")).to_have_attribute("datetime", re.compile(r"^20\d\d-"))

"""Signing out leaves nothing behind and fills nothing; signing in brings the table of that moment."""

import json

from playwright.sync_api import expect

from tests.e2e.household import PERSON, SITE_USERNAME, Household
from tests.practice.chromium import Person


def test_signed_out_nothing_is_kept_and_nothing_filled_and_signed_in_again_all_is_fresh(
    household: Household, pat: Person
) -> None:
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    session = pat.storage("session")["session"]
    access, refresh = session["access"], session["refresh"]
    assert household.service.ask("GET", "/api/v1/match-table", token=access).status == 200
    pat.page.goto(household.sites.login.start_at())

    pat.sign_out()
    kept = json.dumps([pat.storage(area) for area in ("session", "local", "sync")])
    assert access not in kept
    assert refresh not in kept
    assert household.record not in kept
    assert household.service.ask("GET", "/api/v1/match-table", token=access).status == 401
    again = household.service.ask("POST", "/api/v1/session/refresh", {"refresh_token": refresh})
    assert again.status == 401
    pat.fill_by_command()
    pat.page.wait_for_timeout(1_500)
    expect(pat.page.locator("#username")).to_have_value("")
    popup = pat.open_popup()
    popup.wait_for("#gate-button")
    assert popup.evaluate("document.querySelectorAll('#matches [data-record]').length") == 0
    popup.close()

    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.fill_by_command()
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    pat.page.get_by_role("button", name="Continue").click()
    expect(pat.page.locator("#password")).not_to_have_value("")
    pat.page.get_by_role("button", name="Sign in").click()
    expect(pat.page.locator("#outcome")).to_have_text("Signed in")


def test_a_wrong_password_is_told_and_nothing_kept(household: Household, pat: Person) -> None:
    pat.options.bring_to_front()
    pat.options.fill("#server", household.service.public_url)
    pat.options.fill("#username", PERSON.name)
    pat.options.fill("#password", "practice-password-wrong")
    pat.options.click("#sign-in")
    expect(pat.options.locator("#status")).to_be_visible()
    expect(pat.options.locator("#sign-out")).to_be_hidden()
    expect(pat.options.locator("#password")).to_have_value("")
    assert "session" not in pat.storage("session")

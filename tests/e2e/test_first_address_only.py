"""Only the first address is linked: what today's managers do, told to the person, with the way out of it."""

from playwright.sync_api import Browser, expect

from tests.e2e.household import (
    PERSON,
    RECORD_TITLE,
    SECOND_HOST,
    SITE_USERNAME,
    VISITOR,
    Account,
    Household,
    console_sign_in,
)
from tests.practice.chromium import Person

# Longer than a continuation takes, refresh of the table included; what has not come by then was not meant to come.
QUIET = 2_000


def to_password_page(pat: Person, household: Household, account: Account = PERSON) -> None:
    """Sign in, fill the first page from the popup, and go on to the second."""
    pat.sign_in(household.service.public_url, account.name, account.password)
    pat.page.goto(household.sites.login.start_at())
    pat.fill_from_popup(household.record)
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    pat.page.get_by_role("button", name="Continue").click()
    expect(pat.page.locator("#who")).to_have_text(SITE_USERNAME)
    pat.page.wait_for_timeout(QUIET)


def test_nothing_is_filled_before_the_person_acts(household: Household, pat: Person) -> None:
    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(household.sites.login.start_at())
    pat.page.wait_for_timeout(QUIET)
    expect(pat.page.locator("#username")).to_have_value("")
    pat.page.goto(f"{household.second}/password?login=somebody")
    pat.page.wait_for_timeout(QUIET)
    expect(pat.page.locator("#password")).to_have_value("")
    assert household.fills() == []


def test_the_unlinked_page_stays_empty_and_the_popup_says_why_and_links_it(household: Household, pat: Person) -> None:
    to_password_page(pat, household)
    expect(pat.page.locator("#password")).to_have_value("")

    popup = pat.open_popup()
    popup.wait_for("#why")
    assert SECOND_HOST in popup.text("#why")
    assert RECORD_TITLE in popup.text("#why")
    popup.wait_for("#link:enabled")
    offer = popup.text("#offer")
    assert "ads.example-one.test" in offer
    assert SECOND_HOST in offer
    assert "another site than those that are linked" in offer
    assert "within the last day" in offer
    popup.click("#link")
    expect(pat.page.locator("#password")).not_to_have_value("")
    pat.page.get_by_role("button", name="Sign in").click()
    expect(pat.page.locator("#outcome")).to_have_text("Signed in")


def test_who_may_only_fill_asks_and_the_owners_see_it_on_the_console(
    household: Household, pat: Person, other_browser: Browser
) -> None:
    to_password_page(pat, household, VISITOR)
    expect(pat.page.locator("#password")).to_have_value("")

    popup = pat.open_popup()
    popup.wait_for("#link:enabled")
    assert popup.text("#link") == "Ask the owners"
    service = household.service
    token = service.token(VISITOR.name, VISITOR.password)
    asked = {"url": f"{household.second}/", "strategy": "host"}
    answer = service.ask("POST", f"/api/v1/records/{household.record}/links", asked, token=token)
    assert (answer.status, answer.body["type"]) == (403, "urn:wayfill:problem:forbidden")
    popup.click("#link")
    popup.wait_for_text("#offer", "You have asked its owners")
    assert "You have asked" in popup.text("#result")
    expect(pat.page.locator("#password")).to_have_value("")

    page = console_sign_in(other_browser.new_context(), service)
    page.goto(f"{service.public_url}/console/proposals")
    expect(page.get_by_text(SECOND_HOST).first).to_be_visible()
    expect(page.get_by_text(VISITOR.name).first).to_be_visible()
    page.get_by_role("button", name="Link", exact=True).first.click()
    popup.click("#refresh")
    expect(pat.page.locator("#password")).not_to_have_value("")

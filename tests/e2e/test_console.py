"""The console as an administrator uses it in a browser: the first password, a refused address, a link taken away."""

from playwright.sync_api import Browser, expect

from tests.e2e.household import PERSON, SECOND_HOST, SITE_USERNAME, Account, Household, console_link, console_sign_in
from tests.practice.chromium import Person
from tests.practice.service import Service


def test_the_one_time_link_sets_the_first_password_once(service: Service, other_browser: Browser) -> None:
    link = service.succeed("init")
    assert link.startswith(f"{service.public_url}/console/welcome#")
    service.start()
    first = Account("admin", "practice-password-first")
    for password, accepted in ((first.password, True), ("practice-password-second", False)):
        page = other_browser.new_context().new_page()
        page.goto(link)
        assert link.split("#")[1] not in page.url
        page.fill("[name=password]", password)
        page.fill("[name=repeated]", password)
        page.get_by_role("button", name="Set password").click()
        if not accepted:
            expect(page.get_by_role("alert")).to_be_visible()
    console_sign_in(other_browser.new_context(), service, first)


def test_a_bad_address_is_refused_with_a_reason_and_nothing_is_linked(
    household: Household, other_browser: Browser
) -> None:
    console = console_sign_in(other_browser.new_context(), household.service)
    for address, reason in (("co.uk", "co.uk"), ("ftp://files.example-one.test/", "http"), ("https://", "no address")):
        console_link(console, household, address, "domain")
        expect(console.get_by_role("alert")).to_contain_text(reason)
        expect(console.locator("[name=url]")).to_have_value(address)
    rows = console.get_by_role("region", name="Linked websites").get_by_role("button", name="Remove")
    expect(rows).to_have_count(1)


def test_a_link_taken_away_fills_no_more(household: Household, pat: Person, other_browser: Browser) -> None:
    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(household.sites.login.start_at())
    pat.fill_from_popup(household.record)
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)

    console = console_sign_in(other_browser.new_context(), household.service)
    console.goto(f"{household.service.public_url}/console/records/{household.record}")
    row = console.get_by_role("row").filter(has_text=SECOND_HOST)
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)

    # The person's table is still the old one: it is the service that must refuse.
    pat.page.get_by_role("button", name="Continue").click()
    expect(pat.page.locator("#who")).to_have_text(SITE_USERNAME)
    pat.page.wait_for_timeout(2_000)
    expect(pat.page.locator("#password")).to_have_value("")
    assert [fill["page_host"] for fill in household.fills()] == ["ads.example-one.test"]

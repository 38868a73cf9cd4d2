"""What one test leaves in the shared browser and service is not there for the next."""

from playwright.sync_api import expect

from tests.e2e.household import PERSON, SITE_USERNAME, Household, console_sign_in
from tests.practice.chromium import Person


def test_nothing_is_left(household: Household, pat: Person) -> None:
    untouched = {area: pat.storage(area) for area in ("session", "local", "sync")}
    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    console_sign_in(pat.context, household.service)
    pat.page.bring_to_front()
    pat.page.goto(household.sites.login.start_at())
    pat.fill_from_popup(household.record)
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    assert household.fills()
    pat.options.goto("about:blank")

    household.put_back()
    pat.put_back()
    assert household.fills() == []
    assert {area: pat.storage(area) for area in ("session", "local", "sync")} == untouched
    assert pat.context.pages == [pat.page, pat.options]
    assert pat.context.cookies() == []
    pat.page.goto(f"{household.service.public_url}/console/")
    expect(pat.page.get_by_role("heading", name="Sign in to Wayfill")).to_be_visible()
    pat.page.goto(household.sites.login.start_at())
    popup = pat.open_popup()
    popup.wait_for("#gate-button")
    assert popup.evaluate("document.querySelectorAll('#matches [data-record]').length") == 0

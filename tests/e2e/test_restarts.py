"""What is stopped in the middle of a login, the service or the extension's background, does not end the login."""

import pytest
from playwright.sync_api import expect

from tests.e2e.household import PERSON, SITE_USERNAME, Household
from tests.practice.chromium import Person


@pytest.fixture
def on_first_page(household: Household, pat: Person) -> Household:
    """Signed in, both addresses linked, the username filled by the person's act."""
    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(household.sites.login.start_at())
    pat.fill_from_popup(household.record)
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    return household


def finish(pat: Person) -> None:
    expect(pat.page.locator("#password")).not_to_have_value("", timeout=15_000)
    pat.page.get_by_role("button", name="Sign in").click()
    expect(pat.page.locator("#outcome")).to_have_text("Signed in")


def test_the_service_is_restarted_between_the_pages(on_first_page: Household, pat: Person) -> None:
    assert on_first_page.service.stop() == 0
    on_first_page.service.start()
    pat.page.get_by_role("button", name="Continue").click()
    finish(pat)


def test_the_service_is_away_when_the_second_page_comes(on_first_page: Household, pat: Person) -> None:
    on_first_page.service.stop()
    pat.page.get_by_role("button", name="Continue").click()
    expect(pat.page.locator("#password")).to_be_visible()
    pat.page.wait_for_timeout(1_000)
    expect(pat.page.locator("#password")).to_have_value("")
    on_first_page.service.start()
    finish(pat)


def test_the_service_is_killed_between_the_pages(on_first_page: Household, pat: Person) -> None:
    on_first_page.service.kill()
    on_first_page.service.start()
    pat.page.get_by_role("button", name="Continue").click()
    finish(pat)


def test_the_background_is_stopped_between_the_pages(on_first_page: Household, pat: Person) -> None:
    assert on_first_page.service.is_ready()
    pat.stop_worker()
    pat.page.get_by_role("button", name="Continue").click()
    finish(pat)


def test_the_background_is_stopped_before_every_step(household: Household, pat: Person) -> None:
    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.stop_worker()
    pat.page.goto(household.sites.login.start_at())
    pat.stop_worker()
    pat.fill_from_popup(household.record)
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    pat.stop_worker()
    pat.page.get_by_role("button", name="Continue").click()
    finish(pat)

"""The keyboard command, pressed as a key in a browser window on a real X screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, expect

from tests.e2e.household import PERSON, SITE_USERNAME, Household
from tests.practice import programs
from tests.practice.chromium import Person, person
from tests.practice.screen import Screen, screen


@pytest.fixture
def x_screen() -> Iterator[Screen]:
    if programs.virtual_screen() is None or programs.key_presser() is None:
        pytest.skip("a real key needs Xvfb and xdotool; `make test` brings them where apt-get may")
    with screen() as result:
        yield result


@pytest.fixture
def pat_with_keyboard(playwright: Playwright, switches: list[str], x_screen: Screen) -> Iterator[Person]:
    with person(playwright, *switches, headless=False, environment=x_screen.environment) as result:
        result.give_key()
        yield result


def test_the_key_fills_and_the_login_goes_on(household: Household, pat_with_keyboard: Person, x_screen: Screen) -> None:
    pat = pat_with_keyboard
    household.link_second()
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(household.sites.login.start_at())
    expect(pat.page.locator("#username")).to_be_visible()
    x_screen.press("ctrl+shift+l")
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    pat.page.get_by_role("button", name="Continue").click()
    expect(pat.page.locator("#password")).not_to_have_value("")
    pat.page.get_by_role("button", name="Sign in").click()
    expect(pat.page.locator("#outcome")).to_have_text("Signed in")

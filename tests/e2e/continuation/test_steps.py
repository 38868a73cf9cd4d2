"""One act on the first page; then every way in which a login goes on, and where it has to end."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.continuation.conftest import Road
from tests.e2e.household import SITE_PASSWORD, SITE_USERNAME
from tests.practice.chromium import Person

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("fresh")]

CODE = re.compile(r"^\d{6}$")
PATIENCE = 1_200
"""Milliseconds in which a fill that must not come would have come."""


def begin(pat: Person, address: str) -> None:
    pat.page.goto(address)
    pat.fill_by_command()
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)


def proceed(page: Page) -> None:
    page.get_by_role("button").click()


def test_five_times_with_the_background_stopped_between_all_steps(road: Road, pat: Person) -> None:
    for _ in range(5):
        pat.stop_worker()
        pat.page.goto(road.at("/user", to=road.second("/password", to=road.second("/code"))))
        pat.stop_worker()
        pat.fill_from_popup(road.record)
        expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
        pat.stop_worker()
        proceed(pat.page)
        expect(pat.page.locator("#password")).to_have_value(SITE_PASSWORD)
        pat.stop_worker()
        proceed(pat.page)
        expect(pat.page.locator("[name=code]")).to_have_value(CODE)
        pat.stop_worker()
        proceed(pat.page)
        expect(pat.page.locator("#done")).to_be_visible()
    assert {"username", "password", "code"} == set(road.steps.values())


def test_a_list_of_accounts_and_a_page_of_nothing_let_it_live_on(road: Road, pat: Person) -> None:
    begin(pat, road.at("/user", to=road.second("/late", to=road.second("/chooser", to=road.second("/password")))))
    proceed(pat.page)
    expect(pat.page.get_by_role("heading", name="Choose an account")).to_be_visible()
    pat.page.wait_for_timeout(300)
    assert pat.page.url.startswith(road.second("/chooser").partition("?")[0])
    pat.page.get_by_role("link", name="pat").click()
    expect(pat.page.locator("#password")).to_have_value(SITE_PASSWORD)


def test_a_single_page_whose_inputs_a_framework_owns(road: Road, pat: Person) -> None:
    pat.page.goto(road.at("/single"))
    expect(pat.page.locator("#username")).to_be_visible()
    begin_button = pat.page.get_by_role("button", name="Continue")
    pat.fill_by_command()
    expect(begin_button).to_be_enabled()
    begin_button.click()
    sign_in = pat.page.get_by_role("button", name="Sign in")
    expect(sign_in).to_be_enabled()
    sign_in.click()
    expect(pat.page.locator("#done")).to_have_text("Signed in")
    values = road.steps.values()
    assert values["username"] == SITE_USERNAME
    assert values["password"] == SITE_PASSWORD
    assert CODE.match(values["code"])


def test_a_code_in_boxes_after_the_password_and_no_second_one(road: Road, pat: Person) -> None:
    boxes = road.second("/boxes", to=road.at("/boxes"))
    pat.page.goto(road.at("/both", to=boxes))
    pat.fill_by_command()
    expect(pat.page.locator("#password")).to_have_value(SITE_PASSWORD)
    proceed(pat.page)
    for place in range(1, 7):
        expect(pat.page.locator(f"[name=code{place}]")).to_have_value(re.compile(r"^\d$"))
    proceed(pat.page)
    expect(pat.page).to_have_url(re.compile(re.escape(road.at("/boxes").partition("?")[0])))
    pat.page.wait_for_timeout(PATIENCE)
    assert pat.page.locator("input").evaluate_all("all => all.map(one => one.value).join('')") == ""


def test_after_the_password_another_login_gets_nothing(road: Road, pat: Person) -> None:
    pat.page.goto(road.at("/both", to=road.second("/both")))
    pat.fill_by_command()
    expect(pat.page.locator("#password")).to_have_value(SITE_PASSWORD)
    proceed(pat.page)
    expect(pat.page).to_have_url(re.compile(re.escape(road.second("/both").partition("?")[0])))
    pat.page.wait_for_timeout(PATIENCE)
    expect(pat.page.locator("#password")).to_have_value("")


def test_it_goes_on_in_one_tab_that_the_page_opened_and_comes_back(road: Road, pat: Person) -> None:
    begin(pat, road.at("/opening", to=road.second("/password")))
    with pat.context.expect_page() as opened:
        pat.page.click("#open")
    first = opened.value
    expect(first.locator("#password")).to_have_value(SITE_PASSWORD)
    pat.page.bring_to_front()
    with pat.context.expect_page() as opened:
        pat.page.click("#open")
    opened.value.wait_for_timeout(PATIENCE)
    expect(opened.value.locator("#password")).to_have_value("")
    opened.value.close()


def test_a_tab_closed_half_way_gives_the_login_back(road: Road, pat: Person) -> None:
    begin(pat, road.at("/opening", to=road.second("/user")))
    with pat.context.expect_page() as opened:
        pat.page.click("#open")
    expect(opened.value.locator("#username")).to_have_value(SITE_USERNAME)
    opened.value.close()
    pat.page.bring_to_front()
    pat.page.evaluate(f"location.href = {road.second('/password')!r}")
    expect(pat.page.locator("#password")).to_have_value(SITE_PASSWORD)


def test_a_tab_that_the_person_opened_gets_nothing(road: Road, pat: Person) -> None:
    begin(pat, road.at("/user"))
    other = pat.context.new_page()
    other.goto(road.second("/password"))
    other.wait_for_timeout(PATIENCE)
    expect(other.locator("#password")).to_have_value("")

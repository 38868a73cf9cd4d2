"""One walk over pages that are harder to fill than a plain form, and one where a person has to point at the field."""

import pytest
from playwright.sync_api import expect

from tests.e2e.everyday.conftest import Day
from tests.e2e.household import SITE_PASSWORD, SITE_USERNAME
from tests.practice.chromium import Popup
from tests.practice.oddities import LIBRARIES


@pytest.mark.parametrize("name", ["angular", "arabic", "hebrew", "opening", "react", "vue"])
def test_filled_as_by_a_person(today: Day, name: str) -> None:
    if not all(file.exists() for file in LIBRARIES.values()):
        pytest.skip("no frameworks: run `npm ci` in tests/extension")
    page = today.page
    page.goto(f"{today.first}/odd/{name}")
    today.wait_for_badge("1")
    today.pat.fill_by_command()
    word = page.locator("input[type=password]")
    expect(word).to_have_value(SITE_PASSWORD)
    expect(page.locator("input").first).to_have_value(SITE_USERNAME)
    expect(page.get_by_role("button")).to_be_enabled()
    state = page.locator("#state")
    if state.count():
        expect(state).to_have_text(f"{SITE_USERNAME} {SITE_PASSWORD}")
    # A person goes on typing, and the page's own state follows.
    word.press("End")
    word.press("x")
    expect(word).to_have_value(f"{SITE_PASSWORD}x")
    if state.count():
        expect(state).to_have_text(f"{SITE_USERNAME} {SITE_PASSWORD}x")


def test_a_password_too_long_for_its_field_is_not_cut(today: Day) -> None:
    today.page.goto(f"{today.first}/odd/short")
    today.wait_for_badge("1")
    today.pat.fill_by_command()
    expect(today.page.locator("[name=username]")).to_have_value(SITE_USERNAME)
    today.page.wait_for_timeout(300)
    expect(today.page.locator("[name=password]")).to_have_value("")


def point(today: Day, kind: str) -> None:
    """Say in the popup that one will point at a field."""
    popup = today.popup()
    popup.click("#matches .icon-button")
    popup.click(".point summary")
    popup.click(f".point [data-kind={kind}]")
    popup.wait_until_closed()


def told(today: Day) -> Popup:
    """The popup, which opens by itself when the field is kept, and says what came of it."""
    for _ in range(200):
        if all("came" in pick for pick in today.pat.storage("session").get("picks", {}).values()):
            break
        today.page.wait_for_timeout(25)
    popup = today.popup()
    popup.wait_for("#result")
    return popup


def test_where_recognition_fails_a_person_points_at_the_field(today: Day) -> None:
    page = today.page
    page.goto(f"{today.first}/odd/depot")
    today.wait_for_badge("1")
    today.pat.fill_by_command()
    page.wait_for_timeout(500)
    assert page.locator("input").evaluate_all("all => all.map((one) => one.value).join('')") == ""
    looks = "document.documentElement.outerHTML"
    before = page.evaluate(looks)
    point(today, "username")
    expect(page.locator("[name=q2]")).to_have_css("cursor", "crosshair")
    assert page.evaluate(looks) == before, "the page's document says nothing of it"
    pressed = page.evaluate("pressed")
    page.get_by_label("Depot").click()
    told(today).wait_for_text("#result", "kept for everybody")
    assert page.evaluate("pressed") == pressed, "the page did not hear of the press"
    expect(page.locator("[name=q2]")).not_to_have_css("cursor", "crosshair")
    [kept] = today.ask("GET", "/match-table")["records"][today.record]["pins"]
    assert kept["page"] == f"{today.first}/odd/depot"
    assert [pin["field"]["names"] for pin in kept["pins"]] == [" q2"]
    today.pat.close_popup()
    page.reload()
    today.wait_until_looked_at(page)
    today.pat.fill_by_command()
    expect(page.locator("[name=q2]")).to_have_value(SITE_USERNAME)
    assert (
        page.locator("[name=q1], [name=q3], [name=fresh]").evaluate_all("all => all.map((one) => one.value)")
        == [""] * 3
    )
    # By keyboard, in a closed shadow root, and what may not be pointed at.
    point(today, "username")
    page.locator("[name=q3]").focus()
    page.keyboard.press("Enter")
    told(today).wait_for_text("#result", "kept for everybody")
    today.pat.close_popup()
    point(today, "username")
    place = page.evaluate("(({x, y}) => [x + 5, y + 5])(root.querySelector('input').getBoundingClientRect())")
    page.mouse.click(*place)
    told(today).wait_for_text("#result", "kept for everybody")
    today.pat.close_popup()
    page.reload()
    today.wait_until_looked_at(page)
    today.pat.fill_by_command()
    for _ in range(100):
        if page.evaluate("root.querySelector('input').value") == SITE_USERNAME:
            break
        page.wait_for_timeout(50)
    assert page.evaluate("root.querySelector('input').value") == SITE_USERNAME
    for name, words in (("q1", "of another kind"), ("fresh", "new password")):
        point(today, "password")
        page.locator(f"[name={name}]").click()
        told(today).wait_for_text("#result", words)
        today.pat.close_popup()
    point(today, "password")
    page.keyboard.press("Escape")
    expect(page.locator("[name=q2]")).not_to_have_css("cursor", "crosshair")
    popup = today.popup()
    popup.click("#matches .icon-button")
    popup.click(".point summary")
    popup.click(".point [data-act=unpin]")
    popup.wait_for_text("#result", "read by itself")
    assert "pins" not in today.ask("GET", "/match-table")["records"][today.record]

"""One walk over pages that are harder to fill than a plain form, and one where a person has to point at the field."""

import json
import re

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


# What the background asks the network, written down where it asks it; nothing is answered otherwise.
LISTEN = """() => {
  globalThis.asked = [];
  const own = fetch;
  globalThis.fetch = (address, options = {}) => {
    asked.push([options.method ?? "GET", String(address), [...new Headers(options.headers)], options.body ?? null]);
    return own(address, options);
  };
}"""


def test_the_service_hears_of_no_page_that_no_link_holds(today: Day) -> None:
    today.page.goto("about:blank")
    today.pat.options.evaluate("chrome.alarms.clear('refresh')")  # It asks by itself, whatever pages there are.
    today.pat.worker.evaluate(LISTEN)
    site = "https://unlinked.example-three.test"
    today.page.goto(f"{site}/welcome?who=made-up")
    today.page.evaluate("document.body.innerHTML = '<form><input type=search name=q></form><input name=size>'")
    today.page.wait_for_timeout(1_500)
    assert today.pat.worker.evaluate("asked") == []
    today.page.goto(f"{site}/sign-in?who=made-up")
    today.page.wait_for_timeout(1_500)
    # A page with a login field: one question whether anything changed, the same as on the interval.
    [(method, address, headers, body)] = today.pat.worker.evaluate("asked")
    assert (method, body) == ("GET", None)
    assert re.fullmatch(re.escape(f"{today.service.public_url}/api/v1/match-table") + r"(\?since=\d+)?", address)
    assert [name for name, _ in headers] == ["accept", "authorization", "if-none-match"]
    today.page.goto("https://another.example-three.test/sign-in")
    today.page.wait_for_timeout(1_000)
    assert len(today.pat.worker.evaluate("asked")) == 1, "once in five seconds"
    assert "example-three" not in json.dumps(today.pat.worker.evaluate("asked"))


def choose_in_menu(today: Day, entry: str) -> None:
    """What the browser tells the extension when an entry of its context menu is chosen."""
    today.page.bring_to_front()
    today.pat.worker.evaluate(
        """async (menuItemId) => {
          const [tab] = await chrome.tabs.query({active: true, lastFocusedWindow: true});
          chrome.contextMenus.onClicked.dispatch({menuItemId, editable: true}, tab);
        }""",
        entry,
    )


def test_the_menu_of_a_field_fills_copies_and_generates(today: Day) -> None:
    today.page.goto(f"{today.first}/sign-in")
    today.wait_for_badge("1")
    choose_in_menu(today, "fill")
    expect(today.page.locator("[name=password]")).to_have_value(SITE_PASSWORD)
    choose_in_menu(today, "copy_username")
    today.pat.context.grant_permissions(["clipboard-read"], origin=today.first)
    for _ in range(100):
        if today.page.evaluate("navigator.clipboard.readText()") == SITE_USERNAME:
            break
        today.page.wait_for_timeout(50)
    assert today.page.evaluate("navigator.clipboard.readText()") == SITE_USERNAME
    # A new password goes into the very field that the menu is of, and waits in the popup to be saved.
    today.page.goto("https://menu.example-two.test/sign-up")
    today.page.locator("#fresh").focus()
    choose_in_menu(today, "generate")
    expect(today.page.locator("#fresh")).not_to_have_value("")
    expect(today.page.locator("#again")).to_have_value("")
    today.wait_for_badge("+")
    popup = today.popup()
    popup.wait_for_text("#saving", "menu.example-two.test")
    popup.click("#saving-dismiss")
    # Where no record matches there is nothing to fill or copy: the popup says why.
    today.pat.close_popup()
    choose_in_menu(today, "copy_password")
    today.popup().wait_for_text("#why", "menu.example-two.test")


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

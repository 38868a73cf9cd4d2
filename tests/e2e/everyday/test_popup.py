"""The popup as a person uses it: search, one record in full, copy, reveal, a new login, rules for a site."""

import pytest
from playwright.sync_api import expect

from tests.e2e.everyday.conftest import Day
from tests.e2e.household import ADMINISTRATOR, PERSON, RECORD_TITLE, SITE_PASSWORD, SITE_USERNAME


def clipboard(today: Day) -> str:
    """What is on the clipboard, read by a page that may."""
    today.pat.context.grant_permissions(["clipboard-read"], origin=str(today.page.evaluate("origin")))
    today.page.bring_to_front()
    return str(today.page.evaluate("navigator.clipboard.readText()"))


def views(today: Day) -> int:
    return len([event for event in today.ask("GET", "/audit?limit=100")["events"] if event["action"] == "record:view"])


def test_a_record_is_found_shown_and_copied_and_leaves_the_clipboard(today: Day) -> None:
    today.page.goto(f"{today.first}/elsewhere")
    today.pat.options.evaluate("chrome.storage.local.set({clipboardSeconds: 10})")
    before = views(today)
    popup = today.popup()
    popup.type("#search", "practice")
    popup.click("#results button[data-record]")
    popup.wait_for_text("#detail", RECORD_TITLE)
    popup.click("[data-act=reveal][data-field=password]")
    popup.wait_for_text("#detail", SITE_PASSWORD)
    popup.click("[data-act=copy][data-field=password]")
    popup.wait_for_text("#result", "10")
    assert SITE_PASSWORD not in today.stored()
    popup.close()
    assert clipboard(today) == SITE_PASSWORD
    assert views(today) == before + 2
    for _ in range(300):
        if clipboard(today) != SITE_PASSWORD:
            break
        today.page.wait_for_timeout(50)
    assert clipboard(today) == ""


def test_a_new_login_is_generated_saved_and_put_into_the_sign_up_form(today: Day) -> None:
    address = "https://shop.example-two.test"
    today.page.goto(f"{address}/sign-up")
    today.page.fill("[name=email]", "anna@example.test")
    popup = today.popup()
    popup.click("#new")
    popup.wait_for("#new-password")
    assert popup.evaluate("document.querySelector('#new-username').value") == "anna@example.test"
    popup.click("#generate")
    popup.wait_for_text("#editor", "bits")
    popup.type("#new-title", "The shop")
    popup.click("#new-save")
    popup.wait_for_text("#result", "Saved")
    fresh = today.page.locator("#fresh").input_value()
    assert len(fresh) == 20
    assert fresh.islower()
    expect(today.page.locator("#again")).to_have_value(fresh)
    [saved] = today.records("The shop")
    assert (saved["username"], saved["url"]) == ("anna@example.test", f"{address}/")
    assert today.password_of(saved["id"]) == fresh
    popup.wait_for(f"#matches button[data-record='{saved['id']}']")


def test_a_page_is_linked_by_who_may_edit_and_the_others_get_its_address(today: Day) -> None:
    second = "https://second.example-two.test"
    today.page.goto(f"{second}/sign-in")
    popup = today.popup()
    popup.type("#search", RECORD_TITLE)
    popup.click("#results button[data-record]")
    popup.wait_for_text("#detail", "second.example-two.test is not linked")
    popup.click("#detail .here button")
    popup.wait_until_closed()
    expect(today.page.locator("[name=username]")).to_have_value(SITE_USERNAME)
    today.service.add_record(
        *("--title", "Only to fill", "--url", "https://only.example-two.test/", "--strategy", "host"),
        *("--username", "x", "--owner", ADMINISTRATOR.name, "--fill", PERSON.name),
        password="made-up-only-to-fill",
    )
    today.page.goto("https://third.example-two.test/sign-in")
    popup = today.popup()
    popup.type("#search", "Only to fill")
    popup.click("#results button[data-record]")
    popup.wait_for_text("#detail", "send them the address")
    assert popup.evaluate("[...document.querySelectorAll('[data-act]')].every((one) => one.disabled)")
    popup.click("#detail .here button")
    popup.wait_for_text("#result", "copied")
    assert clipboard(today) == "https://third.example-two.test"


@pytest.mark.parametrize(("rule", "filled"), [("never", False), ("ask", True)])
def test_a_rule_for_a_site_holds_for_every_way_of_filling(today: Day, rule: str, filled: bool) -> None:
    page = f"{today.first}/sign-in"
    today.page.goto(page)
    today.wait_for_badge("1")
    popup = today.popup()
    popup.select("#site-rule", rule)
    popup.wait_for_text("#result", "Kept")
    popup.close()
    try:
        today.wait_for_badge("1" if filled else "")
        today.pat.fill_by_command()
        popup = today.popup()
        if filled:
            popup.click("#matches button[data-record]")
            popup.wait_for_text("#matches .ask", "You want to be asked")
            expect(today.page.locator("[name=username]")).to_have_value("")
            popup.click("#matches .ask button")
            popup.wait_until_closed()
            expect(today.page.locator("[name=username]")).to_have_value(SITE_USERNAME)
        else:
            popup.wait_for_text("#why", "does nothing")
            assert popup.evaluate("document.querySelectorAll('#matches li').length") == 0
            answer = today.pat.worker.evaluate("typeof chrome.storage.session")
            assert answer == "object"
            expect(today.page.locator("[name=username]")).to_have_value("")
    finally:
        today.pat.options.evaluate("chrome.storage.local.set({sites: {}})")


def test_the_address_bar_opens_the_page_of_a_record_and_no_other(today: Day) -> None:
    open_it = "async (text) => { chrome.omnibox.onInputEntered.dispatch(text, 'currentTab'); }"
    suggest = """(text) => new Promise((resolve) => chrome.omnibox.onInputChanged.dispatch(text, resolve))"""
    [first] = today.pat.worker.evaluate(suggest, "practice")
    assert first["content"] == f"{today.first}/"
    assert RECORD_TITLE in first["description"]
    today.page.bring_to_front()
    today.pat.worker.evaluate(open_it, "https://evil.example-three.test/")
    today.page.wait_for_timeout(1_500)
    assert today.page.url == "about:blank"
    today.pat.close_popup()
    today.page.bring_to_front()
    today.pat.worker.evaluate(open_it, first["content"])
    today.page.wait_for_url(f"{today.first}/")

"""The popup as a person uses it: search, one record in full, copy, reveal, a new login, a generated password."""

from tests.e2e.everyday.conftest import Day
from tests.e2e.household import RECORD_TITLE, SITE_PASSWORD, SITE_USERNAME
from tests.practice.chromium import Popup


def type_into(popup: Popup, selector: str, words: str) -> None:
    popup.wait_for(selector)
    popup.evaluate(f"document.querySelector('{selector}').focus()")
    popup._send("Input.insertText", text=words)


def wait_for_text(popup: Popup, selector: str, words: str) -> None:
    for _ in range(400):
        if words in popup.text(selector):
            return
        popup._page.wait_for_timeout(25)
    raise AssertionError(f"{selector} reads {popup.text(selector)!r}; the popup:\n{popup.text()}")


def clipboard(today: Day) -> str:
    """What is on the clipboard, read by a page that may."""
    today.pat.context.grant_permissions(["clipboard-read"], origin=today.first)
    today.page.bring_to_front()
    return str(today.page.evaluate("navigator.clipboard.readText()"))


def test_a_record_is_found_shown_and_copied_and_leaves_the_clipboard(today: Day) -> None:
    today.page.goto(f"{today.first}/elsewhere")
    today.pat.options.evaluate("chrome.storage.local.set({clipboardSeconds: 10})")
    before = len(today.ask("GET", "/audit?limit=100")["events"])
    popup = today.popup()
    type_into(popup, "#search", "practice")
    popup.click("#results button[data-record]")
    wait_for_text(popup, "#detail", RECORD_TITLE)
    popup.click("[data-act=reveal][data-field=password]")
    wait_for_text(popup, "#detail", SITE_PASSWORD)
    popup.click("[data-act=copy][data-field=password]")
    wait_for_text(popup, "#result", "10")
    assert SITE_PASSWORD not in today.stored()
    popup.close()
    assert clipboard(today) == SITE_PASSWORD
    views = [event for event in today.ask("GET", "/audit?limit=100")["events"] if event["action"] == "record:view"]
    assert len(views) == 2
    assert len(today.ask("GET", "/audit?limit=100")["events"]) > before
    for _ in range(300):
        if clipboard(today) != SITE_PASSWORD:
            break
        today.page.wait_for_timeout(50)
    assert clipboard(today) == ""

"""What a person types into a login by hand: offered for saving when it worked, and gone when it is not wanted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.everyday.conftest import Day
from tests.e2e.household import RECORD_TITLE, SITE_PASSWORD, SITE_USERNAME

WRONG = "typed-wrong-by-hand"


@pytest.fixture(autouse=True)
def forgotten(today: Day) -> Iterator[None]:
    yield
    today.pat.options.evaluate("chrome.storage.local.set({sites: {}})")


def test_a_login_that_worked_is_offered_and_saved_and_wiped(today: Day) -> None:
    new = "https://new.example-two.test"
    today.visit(f"{new}/sign-in")
    today.type_login("hand@example.test", WRONG)
    expect(today.page.locator("#words")).to_have_text("That was wrong.")
    today.page.wait_for_timeout(1_500)
    assert today.badge() == ""
    assert WRONG not in today.stored()
    today.type_login("hand@example.test", SITE_PASSWORD)
    expect(today.page.locator("#welcome")).to_be_visible()
    assert today.page.locator("body > *").count() == 1  # Nothing over the page.
    today.wait_for_badge("+")
    popup = today.popup()
    popup.wait_for_text("#saving", "new.example-two.test")
    popup.type("#saving-title", "By hand")
    popup.click("#saving-save")
    popup.wait_for_text("#result", "Saved as a new record")
    [saved] = today.records("By hand")
    assert (saved["username"], saved["url"]) == ("hand@example.test", f"{new}/")
    assert today.password_of(saved["id"]) == SITE_PASSWORD
    assert SITE_PASSWORD not in today.stored()


def test_a_chain_is_one_login_with_both_hosts_linked(today: Day) -> None:
    start = "https://chain.example-two.test"
    today.visit(f"{start}/two")
    today.page.locator("[name=username]").press_sequentially("chain@example.test")
    today.page.get_by_role("button", name="Continue").click()
    today.page.wait_for_url("**/password?**")
    today.wait_until_looked_at(today.page)
    today.type_login("", SITE_PASSWORD)
    expect(today.page.locator("#welcome")).to_be_visible()
    today.wait_for_badge("+")
    popup = today.popup()
    popup.wait_for_text("#saving", "login.example-two.test")
    popup.click("#saving-save")
    popup.wait_for_text("#result", "Saved as a new record")
    [saved] = today.records("chain@example.test")
    links = [link["url"] for link in today.ask("GET", f"/records/{saved['id']}/links")["links"]]
    assert links == [f"{start}/", "https://login.example-two.test/"]


def wait_for_state(today: Day, wanted: str) -> None:
    """Wait until what was typed is in this state, without waking the background."""
    for _ in range(400):
        if [login["state"] for login in today.pat.storage("session").get("caught", {}).values()] == [wanted]:
            return
        today.page.wait_for_timeout(25)
    raise AssertionError(f"never {wanted}: {today.pat.storage('session').get('caught')}")


def test_a_chain_is_offered_with_the_background_stopped_between_all_steps(today: Day) -> None:
    for number in range(2):
        start = f"https://stopped{number}.example-two.test"
        name = f"stopped{number}@example.test"
        today.visit(f"{start}/two")
        today.pat.stop_worker()
        today.page.locator("[name=username]").press_sequentially(name)
        today.pat.stop_worker()
        today.pat.wait_until_awake()  # By the page in which something was typed.
        today.page.get_by_role("button", name="Continue").click()
        today.page.wait_for_url("**/password?**")
        wait_for_state(today, "typed")
        today.wait_until_looked_at(today.page)
        today.pat.stop_worker()
        today.page.locator("[name=password]").press_sequentially(SITE_PASSWORD)
        today.pat.stop_worker()
        today.pat.wait_until_awake()
        today.page.get_by_role("button", name="Sign in").click()
        expect(today.page.locator("#welcome")).to_be_visible()
        wait_for_state(today, "sent")
        today.pat.stop_worker()  # Before it has seen whether the login worked.
        popup = today.popup()
        popup.wait_for_text("#saving", f"stopped{number}.example-two.test")
        popup.wait_for_text("#saving", "login.example-two.test")
        assert popup.evaluate("document.querySelector('#saving-username').value") == name
        popup.click("#saving-dismiss")
        popup.wait_for("#search")
        popup.close()


def test_a_changed_password_updates_its_record_and_never_over_anothers_change(today: Day) -> None:
    today.visit(f"{today.first}/sign-in")
    today.type_login(SITE_USERNAME.upper(), SITE_PASSWORD)
    expect(today.page.locator("#welcome")).to_be_visible()
    today.wait_for_badge("+")
    popup = today.popup()
    popup.wait_for_text("#saving", RECORD_TITLE)
    assert popup.evaluate("document.querySelector('#saving-into').value") == today.record
    popup.wait_for_text("#saving-save", "Update")
    popup._page.wait_for_timeout(500)
    version = today.ask("GET", f"/records/{today.record}")["version"]
    today.ask("PATCH", f"/records/{today.record}", {"password": "changed-by-another"}, **{"If-Match": f'"{version}"'})
    popup.click("#saving-save")
    popup.wait_for_text("#result", "Somebody changed this record")
    assert today.password_of(today.record) == "changed-by-another"
    popup.click("#saving-save")
    popup.wait_for_text("#result", "new password")
    assert today.password_of(today.record) == SITE_PASSWORD


def test_a_login_that_a_script_takes_is_offered_and_goes_with_its_tab(today: Day) -> None:
    today.visit("https://script.example-two.test/script")
    today.type_login("script@example.test", "by-script-by-hand")
    expect(today.page.locator("#welcome")).to_be_visible()
    today.wait_for_badge("+")
    assert "by-script-by-hand" in today.stored()
    popup = today.popup()
    popup.click("#saving-dismiss")
    popup.wait_for("#search")
    assert "by-script-by-hand" not in today.stored()
    popup.close()
    other = today.pat.context.new_page()
    today.visit("https://script.example-two.test/script", other)
    other.locator("[name=username]").press_sequentially("script@example.test")
    other.locator("[name=password]").press_sequentially("closed-by-hand")
    other.get_by_role("button", name="Sign in").click()
    expect(other.locator("#welcome")).to_be_visible()
    other.wait_for_timeout(300)
    assert "closed-by-hand" in today.stored()
    other.close()
    today.page.wait_for_timeout(300)
    assert "closed-by-hand" not in today.stored()


def test_what_wayfill_filled_what_a_page_forges_and_sites_on_the_list_are_not_kept(today: Day) -> None:
    today.visit(f"{today.first}/sign-in")
    today.pat.fill_from_popup(today.record)
    expect(today.page.locator("[name=password]")).not_to_have_value("")
    today.page.get_by_role("button", name="Sign in").click()
    expect(today.page.locator("#welcome")).to_be_visible()
    today.visit("https://forged.example-two.test/sign-in")
    today.page.evaluate(
        """() => {
          document.querySelector("[name=username]").value = "forged";
          document.querySelector("[name=password]").value = "forged-by-page";
          document.forms[0].addEventListener("submit", (event) => event.preventDefault());
          document.forms[0].dispatchEvent(new SubmitEvent("submit", {bubbles: true, cancelable: true}));
          document.querySelector("button").click();
          const key = {bubbles: true, key: "Enter"};
          for (const type of ["input", "keydown"]) {
            document.querySelector("[name=password]").dispatchEvent(new KeyboardEvent(type, key));
          }
        }"""
    )
    today.pat.options.evaluate("chrome.storage.local.set({sites: {'example-two.test': 'never'}})")
    today.page.goto("https://listed.example-two.test/sign-in")
    today.page.wait_for_timeout(1_000)
    today.type_login("listed@example.test", SITE_PASSWORD)
    expect(today.page.locator("#welcome")).to_be_visible()
    today.page.wait_for_timeout(1_500)
    assert today.badge() == ""
    kept = today.stored()
    assert "forged-by-page" not in kept
    assert SITE_PASSWORD not in kept


def test_what_nobody_answers_is_wiped_in_time_and_with_the_session(today: Day) -> None:
    today.visit("https://late.example-two.test/sign-in")
    today.type_login("late@example.test", SITE_PASSWORD)
    expect(today.page.locator("#welcome")).to_be_visible()
    today.wait_for_badge("+")
    alarm = today.pat.options.evaluate("chrome.alarms.get('saving')")
    left = alarm["scheduledTime"] - today.pat.options.evaluate("Date.now()")
    assert 280_000 < left <= 300_000
    # The time is over: what the alarm does then, with the entry as old as it would be.
    today.pat.stop_worker()
    today.pat.options.evaluate(
        """async () => {
          const {caught} = await chrome.storage.session.get("caught");
          for (const login of Object.values(caught)) login.until = Date.now() - 1;
          await chrome.storage.session.set({caught});
          await chrome.alarms.create("saving", {when: Date.now() + 100});
        }"""
    )
    for _ in range(100):
        if SITE_PASSWORD not in today.stored():
            break
        today.page.wait_for_timeout(50)
    assert SITE_PASSWORD not in today.stored()

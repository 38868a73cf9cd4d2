"""The hands of `chain_run.py` in Chromium and in Firefox: real pages, real clicks, the real popup."""

import contextlib
import json
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, Frame
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

from tests.practice.chain_run import LIMIT
from tests.practice.chromium import Person
from tests.practice.firefox import FirefoxPerson

# What a person has to do on a page: a field that can be seen, or what leads on. A name that is asked for is typed.
TO_DO = "input:not([type=hidden]), #go"
FIELDS = """(() => { const found = {};
  const kinds = {username: "[autocomplete=username]", password: "[type=password]"};
  kinds.code = "[autocomplete=one-time-code]";
  for (const [kind, selector] of Object.entries(kinds)) {
    const field = document.querySelector(selector);
    if (field) found[kind] = field.value;
  }
  return found; })()"""
PRESS = """(() => {
  for (const field of document.querySelectorAll("input[required]")) field.value ||= "typed by hand";
  const others = document.querySelectorAll("input[type=email], input[name=q]");
  for (const field of others) field.value = "pat@example-one.test";
  const next = document.querySelector("#go, #login button, form button");
  if (!next) return false;
  next.setAttribute("data-next", "");
  return true; })()"""
LINK = "#link"


class ChromiumHands:
    """A person's hands in Chromium."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def open(self, address: str) -> None:
        """Go to an address; further tabs of the login before are closed."""
        self.person.close_popup()
        first = self.person.context.pages[0]
        for page in self.person.context.pages:
            if page not in (first, self.person.options):
                page.close()
        self.person.page = first
        first.bring_to_front()
        with contextlib.suppress(Error):  # A page that sends on at once, or that nobody answers for, is no fault here.
            first.goto("about:blank")
            first.goto(address, wait_until="commit")

    def where(self) -> str:
        """The host of the page or frame with something to do."""
        pages = [page for page in self.person.context.pages if page != self.person.options]
        if pages and pages[-1] != self.person.page:
            self.person.page = pages[-1]
        frame = self._frame()
        return urlsplit(frame.url).hostname or "" if frame else ""

    def top(self) -> str:
        """The host of the page itself."""
        return urlsplit(self.person.page.url).hostname or ""

    def _frame(self) -> Frame | None:
        for frame in reversed(self.person.page.frames):
            with contextlib.suppress(Error):
                if frame.url.startswith("http") and frame.evaluate(f"document.querySelector('{TO_DO}') !== null"):
                    return frame
        return None

    def fields(self) -> dict[str, str]:
        """What stands in its fields."""
        with contextlib.suppress(Error):
            if frame := self._frame():
                found: dict[str, str] = frame.evaluate(FIELDS)
                return found
        return {}

    def choose(self, record: str) -> None:
        """Choose a record in the popup, and say yes to what it asks."""
        popup = self.person.open_popup()
        popup.click(f"#matches button[data-record='{record}']")
        deadline = time.monotonic() + LIMIT
        asked = False
        while popup.is_open() and time.monotonic() < deadline:
            with contextlib.suppress(RuntimeError, Error):
                if not asked and popup.text(".ask .button"):
                    popup.click(".ask .button")
                    asked = True
                if popup.evaluate("document.querySelector('#result').textContent !== ''"):
                    popup.close()
            self.person.page.wait_for_timeout(20)

    def link(self) -> str:
        """Press the popup's offer."""
        popup = self.person.open_popup()
        popup.wait_for(f"{LINK}:enabled")
        words = popup.text("#offer")
        popup.click(LINK)
        popup.wait_until_closed()
        return words

    def press(self) -> None:
        """Go on."""
        self.person.close_popup()
        frame = self._frame()
        if frame is not None and frame.evaluate(PRESS):
            frame.click("[data-next]", no_wait_after=True)


class FirefoxHands:
    """A person's hands in Firefox."""

    def __init__(self, person: FirefoxPerson) -> None:
        self.person = person

    def _driver(self) -> Any:
        return self.person.driver

    def open(self, address: str) -> None:
        """Go to an address in a new tab; those of the login before are closed.

        The driver's own way to an address looks to Firefox like a link, with which a login under way lives on.
        """
        driver = self._driver()
        before = [handle for handle in driver.window_handles if handle != self.person.own]
        driver.switch_to.window(self.person.own)
        driver.switch_to.new_window("tab")
        self.person.site = driver.current_window_handle
        for handle in before:
            driver.switch_to.window(handle)
            driver.close()
        driver.switch_to.window(self.person.site)
        with contextlib.suppress(WebDriverException):
            driver.get(address)

    def where(self) -> str:
        """The host of the page or frame with something to do."""
        driver = self._driver()
        with contextlib.suppress(WebDriverException):
            newest = [handle for handle in driver.window_handles if handle != self.person.own][-1]
            if newest != self.person.site:
                self.person.site = newest
            return self._in(f"document.querySelector('{TO_DO}') ? location.hostname : ''") or ""
        return ""

    def top(self) -> str:
        """The host of the page itself."""
        return urlsplit(self._driver().current_url).hostname or ""

    def _in(self, expression: str) -> Any:
        """Ask the frame with something to do, else the page; the driver stays there."""
        driver = self._driver()
        driver.switch_to.window(self.person.site)
        for frame in driver.find_elements(By.TAG_NAME, "iframe"):
            driver.switch_to.frame(frame)
            if driver.execute_script(f"return document.querySelector('{TO_DO}') !== null"):
                return driver.execute_script(f"return {expression}")
            driver.switch_to.default_content()
        return driver.execute_script(f"return {expression}")

    def fields(self) -> dict[str, str]:
        """What stands in its fields."""
        with contextlib.suppress(WebDriverException):
            return self._in(FIELDS) or {}
        return {}

    def choose(self, record: str) -> None:
        """Choose a record in the popup, and say yes to what it asks."""
        self.person.press_in_popup(f"#matches button[data-record='{record}']", closes=False)

    def link(self) -> str:
        """Press the popup's offer."""
        return self.person.press_in_popup(LINK)

    def press(self) -> None:
        """Go on."""
        driver = self._driver()
        if self._in(PRESS):
            driver.find_element(By.CSS_SELECTOR, "[data-next]").click()


def summary(played: list[Any], browser: str) -> list[str]:
    """Say in lines what came of the shapes: the share first, then each that is not good."""
    logins = [each for each in played if each.shape.login]
    ways = [way for each in logins for way in ({w for found in each.ways.values() for w in found},)]
    good = sum(each.good for each in logins)
    resolved, seen = sum("resolved" in way for way in ways), sum("seen" in way for way in ways)
    none = sum(not each.faults and not each.ways for each in played if not each.shape.login)
    head = (
        f"{browser}: {good} of {len(logins)} login shapes proposed and then filled ({resolved} resolved, {seen} "
        f"observed); {none} of {len(played) - len(logins)} others without a proposal"
    )
    bad = [each for each in played if (each.shape.login and not each.good) or each.faults]
    return [head, *(f"  {each.shape.name}: {json.dumps(each.faults)} {each.ways}" for each in bad)]

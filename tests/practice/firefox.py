"""One person's Firefox with the extension in it as a temporary add-on, through Selenium and geckodriver.

The keyboard command is a real key press and the popup is the real one; both are reached through Firefox's own window,
which is why the driver is allowed into it.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.firefox.service import Service as DriverService
from selenium.webdriver.remote.webelement import WebElement

from tests.practice import programs
from tests.practice.chromium import EXTENSION, OPTIONS

ADD_ON = "wayfill@wayfill.example"
# Firefox gives every installation a random address; a fixed one lets the test open the extension's pages.
INTERNAL_ID = "11111111-2222-4333-8444-555555555555"
LIMIT = 30.0
TRUST = """Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)
  .addCertFromBase64(arguments[0], "C,,");"""

Result = TypeVar("Result")


@dataclass
class FirefoxPerson:
    """A person with Firefox: one tab for sites, one for the extension's own pages."""

    driver: webdriver.Firefox
    site: str
    own: str

    def address(self, path: str) -> str:
        """The address of one of the extension's own pages."""
        return f"moz-extension://{INTERNAL_ID}{path}"

    def sign_in(self, server: str, username: str, password: str) -> None:
        """Sign in on the options page."""
        self.driver.switch_to.window(self.own)
        self.driver.get(self.address(OPTIONS))
        # The page locks its button while it asks the background who is signed in.
        self.until(lambda: self.element("#sign-in").is_displayed() and self.element("#sign-in").is_enabled())
        for name, value in (("server", server), ("username", username), ("password", password)):
            field = self.element(f"#{name}")
            field.clear()
            field.send_keys(value)
        self.element("#sign-in").click()
        self.until(lambda: username in self.element("#status").text)
        self.driver.switch_to.window(self.site)

    def press_fill_key(self) -> None:
        """Press the real key, in Firefox's own window: a key sent to the page would not reach its shortcuts."""
        self.driver.switch_to.window(self.site)
        self.press_key()

    def press_key(self) -> None:
        """Press the key over whatever tab is in front."""
        with self.driver.context(self.driver.CONTEXT_CHROME):
            keys = ActionChains(self.driver).key_down(Keys.CONTROL).key_down(Keys.SHIFT).send_keys("l")
            keys.key_up(Keys.SHIFT).key_up(Keys.CONTROL).perform()

    def fill_from_popup(self, record: str) -> None:
        """Open the real popup over the site and choose a record in it."""
        self.press_in_popup(f"#matches button[data-record='{record}']", closes=False)

    def press_in_popup(self, selector: str, *, closes: bool = True) -> str:
        """Open the real popup over the site, press a button in it as soon as that can be done, say yes to a question.

        The driver cannot enter the popup, and going to another tab would close it; so the extension's own tab is
        told beforehand to wait for the popup's window, which it can reach, and to press the button there.

        Args:
            selector: Of the button.
            closes: Whether to wait until the popup has closed itself, and else only until the button is pressed.

        Returns:
            What the popup's main part read when the button was pressed.
        """
        self.driver.switch_to.window(self.own)
        if self.driver.current_url != self.address(OPTIONS):
            self.driver.get(self.address(OPTIONS))
        # One that is still going away would be taken for the one that is asked for.
        closing = "const all = browser.extension.getViews({type: 'popup'});"
        closing += "for (const one of all) one.close(); return !all[0];"
        self.until(lambda: self.driver.execute_script(closing))
        self.driver.execute_script(
            """clearInterval(window.waiting);
            const pressed = {words: null, open: true};
            // The title is what Firefox's own window sees of this tab.
            const tell = () => { document.title = JSON.stringify(pressed); };
            tell();
            window.waiting = setInterval(() => {
              const popup = browser.extension.getViews({type: "popup"})[0];
              const button = popup?.document.querySelector(arguments[0]);
              pressed.reads = popup?.document.querySelector("main")?.innerText;
              const question = popup?.document.querySelector(".ask .button");
              if (pressed.words !== null) {
                pressed.open = Boolean(popup);
                if (question && !pressed.said) question.click();
                pressed.said ||= Boolean(question);
              }
              else if (button && !button.disabled && button.checkVisibility()) {
                pressed.words = popup.document.querySelector("main").innerText;
                button.click();
              }
              tell();
              if (!pressed.open) clearInterval(window.waiting);
            }, 20);""",
            selector,
        )
        self.driver.switch_to.window(self.site)
        with self.driver.context(self.driver.CONTEXT_CHROME):
            self.until(lambda: self.driver.execute_script("return !document.querySelector('panel[panelopen]')"))
        self.open_popup()
        deadline = time.monotonic() + LIMIT
        while True:
            pressed = self._pressed()
            if pressed["words"] is not None and not (closes and pressed["open"]):
                return str(pressed["words"])
            if time.monotonic() > deadline:
                raise TimeoutError(f"{selector} cannot be pressed in the popup: {pressed}")
            time.sleep(0.05)

    def open_popup(self) -> None:
        """Open the real popup over the tab that is in front."""
        with self.driver.context(self.driver.CONTEXT_CHROME):
            self.driver.execute_script(
                """const {ExtensionParent} =
                  ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
                const {extension} = WebExtensionPolicy.getByID(arguments[0]);
                ExtensionParent.apiManager.global.browserActionFor(extension).openPopup(window, false);""",
                ADD_ON,
            )

    def _pressed(self) -> dict[str, Any]:
        with self.driver.context(self.driver.CONTEXT_CHROME):
            titles = self.driver.execute_script("return gBrowser.browsers.map((one) => one.contentTitle);")
        found: list[dict[str, Any]] = [json.loads(title) for title in titles if title.startswith("{")]
        return found[0] if found else {"words": None, "open": True}

    def element(self, selector: str) -> WebElement:
        """The element of the tab in use."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def value(self, selector: str) -> str:
        """The value in a field; empty when the field is not there yet."""
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return str(found[0].get_property("value")) if found else ""

    def stop_background(self) -> None:
        """Stop the event page as Firefox does when it was idle."""
        with self.driver.context(self.driver.CONTEXT_CHROME):
            self.driver.execute_async_script(
                """const done = arguments[arguments.length - 1];
                WebExtensionPolicy.getByID(arguments[0]).extension
                  .terminateBackground({ignoreDevToolsAttached: true}).then(() => done(true));""",
                ADD_ON,
            )

    def until(self, question: Callable[[], Result]) -> Result:
        """Ask until the answer is true; pages may come and go meanwhile."""
        deadline = time.monotonic() + LIMIT
        last: Any = None
        while time.monotonic() < deadline:
            try:
                if answer := question():
                    return answer
            except WebDriverException as error:
                last = error
            time.sleep(0.05)
        raise TimeoutError(f"it did not come to pass on {self.driver.current_url}: {last}")


@contextlib.contextmanager
def firefox_person(
    log: Path,
    authority: Path | None = None,
    *,
    home: Path | None = None,
    preferences: Mapping[str, str | int | bool] = MappingProxyType({}),
) -> Iterator[FirefoxPerson]:
    """Start a Firefox with the extension; every host name is on loopback.

    Args:
        log: Where the driver writes.
        authority: The one whose certificates count, besides the browser's own; without it every certificate is taken.
        home: The home folder that the browser sees, e.g. one with a policy for the extension in it.
        preferences: Further settings of the browser.
    """
    program, driver_program = programs.firefox(), programs.geckodriver()
    if program is None or driver_program is None:
        raise FileNotFoundError("no Firefox or no geckodriver; python -m tests.practice.install brings them")
    options = webdriver.FirefoxOptions()
    options.binary_location = str(program)
    options.accept_insecure_certs = authority is None
    options.add_argument("-headless")
    # Lets the driver open the extension's own pages and look inside the browser.
    options.add_argument("-remote-allow-system-access")
    options.set_preference("network.dns.forceResolve", "127.0.0.1")
    options.set_preference("extensions.webextensions.uuids", json.dumps({ADD_ON: INTERNAL_ID}))
    for name, value in preferences.items():
        options.set_preference(name, value)
    environment = {**os.environ, "HOME": str(home)} if home is not None else None
    service = DriverService(str(driver_program), log_output=str(log), env=environment)
    driver = webdriver.Firefox(options=options, service=service)
    try:
        if authority is not None:
            with driver.context(driver.CONTEXT_CHROME):
                driver.execute_script(TRUST, "".join(authority.read_text().splitlines()[1:-1]))
        driver.install_addon(str(EXTENSION), temporary=True)
        site = driver.current_window_handle
        driver.switch_to.new_window("tab")
        own = driver.current_window_handle
        driver.switch_to.window(site)
        yield FirefoxPerson(driver, site, own)
    finally:
        driver.quit()

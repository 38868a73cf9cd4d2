"""One person's Chromium with the extension in it: its own profile, the real popup, the background's inside.

The popup is opened and clicked as a person would (trusted events, through the browser's own protocol), because what
it does with the active tab is part of what is tested. Storage and the worker are looked at from the extension's own
context; nothing of the extension is replaced.
"""

import base64
import contextlib
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Error, Page, Playwright, Worker, expect

from tests.practice import programs

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
POPUP = "/popup/popup.html"
OPTIONS = "/options/options.html"
LIMIT = 30.0
"""Seconds after which something that a browser should have done did not happen."""

# The browser's own password saver asks over the pages; who uses another manager has turned it off.
PREFERENCES = {"credentials_enable_service": False, "profile": {"password_manager_enabled": False}}

# Events that come before the worker has set its listeners up are lost, so nothing may start earlier.
READY = """async () => {
  while (!(await chrome.storage.session.get("boot")).boot || self.serviceWorker.state !== "activated")
    await new Promise((resolve) => setTimeout(resolve, 20));
}"""


FORGET = """async () => {
  await chrome.alarms.clearAll();
  for (const area of ["session", "local", "sync"]) await chrome.storage[area].clear();
}"""


FRAMES = 600
"""Painted frames for which an element is waited for to stand still: ten seconds of a screen at rest."""
STANDS_STILL = f"""(async () => {{
  let before = "";
  for (let frame = 0; frame < {FRAMES}; frame++) {{
    await new Promise((painted) => requestAnimationFrame(painted));
    const element = document.querySelector(SELECTOR);
    if (!element) continue;
    element.scrollIntoView({{ block: "nearest" }});
    const box = element.getBoundingClientRect();
    const at = [box.x + box.width / 2, box.y + box.height / 2];
    if (JSON.stringify(at) === before && element.contains(document.elementFromPoint(...at))) return at;
    before = JSON.stringify(at);
  }}
  return null;
}})()"""
"""Where the middle of an element is after two frames that show it at one place."""


class Popup:
    """The open action popup, driven through a protocol session of its own."""

    def __init__(self, browser: CDPSession, target: str, page: Page) -> None:
        self._browser = browser
        self._page = page
        self._target = target
        self._answers: dict[int, dict[str, Any]] = {}
        self._last = 0
        self._session: str = browser.send("Target.attachToTarget", {"targetId": target, "flatten": False})["sessionId"]
        browser.on("Target.receivedMessageFromTarget", self._receive)

    def _receive(self, event: dict[str, Any]) -> None:
        if event["sessionId"] == self._session:
            message = json.loads(event["message"])
            if "id" in message:
                self._answers[message["id"]] = message

    def _send(self, method: str, **parameters: object) -> dict[str, Any]:
        self._last += 1
        message = json.dumps({"id": self._last, "method": method, "params": parameters})
        self._browser.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": message})
        deadline = time.monotonic() + LIMIT
        while self._last not in self._answers:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the popup did not answer {method}")
            self._page.wait_for_timeout(10)
        answer = self._answers.pop(self._last)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the popup."""
        result = self._send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def text(self, selector: str = "body") -> str:
        """What a person reads in the element; empty where there is none or it is hidden."""
        found = self.evaluate(
            f"(() => {{ const element = document.querySelector({json.dumps(selector)});"
            "return element?.checkVisibility() ? element.innerText : ''; })()"
        )
        return str(found).strip()

    def wait_for(self, selector: str) -> None:
        """Wait until an element is there and can be seen."""
        visible = f"document.querySelector({json.dumps(selector)})?.checkVisibility() === true"
        deadline = time.monotonic() + LIMIT
        while not self.evaluate(visible):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {selector} in the popup, which reads:\n{self.text()}")
            self._page.wait_for_timeout(20)

    def wait_for_text(self, selector: str, words: str) -> None:
        """Wait until an element reads so."""
        deadline = time.monotonic() + LIMIT
        while words not in self.text(selector):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{selector} does not say {words!r}; the popup reads:\n{self.text()}")
            self._page.wait_for_timeout(20)

    def type(self, selector: str, words: str) -> None:
        """Replace what a field holds, as typing does."""
        self.wait_for(selector)
        self.evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        self._send("Input.insertText", text=words)

    def select(self, selector: str, value: str) -> None:
        """Choose in a list; its own window is the browser's, so the choice is told by the event."""
        self.wait_for(selector)
        self.evaluate(
            f"(() => {{ const list = document.querySelector({json.dumps(selector)}); list.value = {json.dumps(value)};"
            "list.dispatchEvent(new Event('change', {bubbles: true})); return list.value; })()"
        )

    def click(self, selector: str) -> None:
        """Press the middle of the element with the mouse, once the popup is painted and the element stands still there.

        A popup drops what is pressed before its first frame, and one that still grows takes its buttons elsewhere.
        """
        self.wait_for(selector)
        box = self.evaluate(STANDS_STILL.replace("SELECTOR", json.dumps(selector)))
        assert box, f"{selector} does not stand still, or something covers it; the popup reads:\n{self.text()}"
        for kind in ("mousePressed", "mouseReleased"):
            # Nobody waits for these answers: a popup that closes itself on the click takes them with it.
            press = {"type": kind, "x": box[0], "y": box[1], "button": "left", "clickCount": 1}
            message = json.dumps({"id": 0, "method": "Input.dispatchMouseEvent", "params": press})
            self._browser.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": message})

    def is_open(self) -> bool:
        """Whether it is still there."""
        targets = self._browser.send("Target.getTargets")["targetInfos"]
        return any(target["targetId"] == self._target for target in targets)

    def close(self) -> None:
        """Close it, if it has not closed itself."""
        if self.is_open():
            self._browser.send("Target.closeTarget", {"targetId": self._target})
            self.wait_until_closed()

    def wait_until_closed(self) -> None:
        """Wait until it has closed itself."""
        deadline = time.monotonic() + LIMIT
        while self.is_open():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the popup stays open and reads:\n{self.text()}")
            self._page.wait_for_timeout(20)

    def picture(self) -> bytes:
        """The popup as PNG."""
        return base64.b64decode(self._send("Page.captureScreenshot", format="png")["data"])


@dataclass
class Person:
    """A person with a browser."""

    context: BrowserContext
    worker: Worker
    extension_id: str
    options: Page
    page: Page
    _browser: CDPSession = field(init=False)

    def __post_init__(self) -> None:
        browser = self.context.browser
        if browser is None:
            raise RuntimeError("this context has no browser")
        self._browser = browser.new_browser_cdp_session()

    def address(self, path: str) -> str:
        """The address of one of the extension's own pages."""
        return f"chrome-extension://{self.extension_id}{path}"

    def sign_in(self, server: str, username: str, password: str) -> None:
        """Sign in on the options page."""
        self.options.bring_to_front()
        self.options.fill("#server", server)
        self.options.fill("#username", username)
        self.options.fill("#password", password)
        self.options.click("#sign-in")
        expect(self.options.locator("#status")).to_contain_text(username)
        expect(self.options.locator("#sign-out")).to_be_visible()
        self.page.bring_to_front()

    def sign_out(self) -> None:
        """Sign out on the options page."""
        self.options.bring_to_front()
        self.options.click("#sign-out")
        expect(self.options.locator("#sign-in")).to_be_visible()
        self.page.bring_to_front()

    def open_popup(self) -> Popup:
        """Open the action popup over the page that is in front, or take the one that is open already."""
        deadline = time.monotonic() + LIMIT
        if self._popup_target() is None:
            # The extension may open it at the same moment; two at once are refused.
            with contextlib.suppress(Error):
                self.options.evaluate("chrome.action.openPopup()")
        while time.monotonic() < deadline:
            if (target := self._popup_target()) is not None:
                return Popup(self._browser, target, self.page)
            self.page.wait_for_timeout(20)
        raise TimeoutError("the popup did not open")

    def close_popup(self) -> None:
        """Close the popup, if one is open."""
        if self._popup_target() is not None:
            self.open_popup().close()

    def _popup_target(self) -> str | None:
        for target in self._browser.send("Target.getTargets")["targetInfos"]:
            if target["url"].startswith(self.address(POPUP)):
                found: str = target["targetId"]
                return found
        return None

    def fill_from_popup(self, record: str) -> None:
        """Open the popup and choose a record."""
        popup = self.open_popup()
        popup.click(f"#matches button[data-record='{record}']")
        popup.wait_until_closed()

    def fill_by_command(self) -> None:
        """What the browser tells the extension when the key is pressed."""
        self.page.bring_to_front()
        self.worker.evaluate(
            """async () => {
              const [tab] = await chrome.tabs.query({active: true, lastFocusedWindow: true});
              chrome.commands.onCommand.dispatch("fill-best", tab);
            }"""
        )

    def give_key(self, keys: str = "Ctrl+Shift+L") -> None:
        """Give the fill command its key: an extension from the command line gets none from its manifest."""
        page = self.context.new_page()
        page.goto("chrome://extensions/shortcuts")
        page.evaluate(
            "(command) => chrome.developerPrivate.updateExtensionCommand(command)",
            {"extensionId": self.extension_id, "commandName": "fill-best", "keybinding": keys},
        )
        page.close()
        self.page.bring_to_front()

    def storage(self, area: str) -> dict[str, Any]:
        """All that the extension keeps in `session`, `local` or `sync`, seen from an extension page."""
        stored: dict[str, Any] = self.options.evaluate("(area) => chrome.storage[area].get()", area)
        return stored

    def stop_worker(self) -> None:
        """Stop the background as the browser does when it was idle."""
        session = self.context.new_cdp_session(self.options)
        running: dict[str, bool] = {}

        def note(event: dict[str, Any]) -> None:
            for version in event["versions"]:
                # Once stopped is enough: an open page may wake it again at once.
                before = running.get(version["versionId"], True)
                running[version["versionId"]] = before and version["runningStatus"] != "stopped"

        session.on("ServiceWorker.workerVersionUpdated", note)
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        deadline = time.monotonic() + LIMIT
        while not running or any(running.values()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the background does not stop: {running}")
            self.page.wait_for_timeout(10)
        session.detach()

    def wait_until_awake(self) -> None:
        """Wait until the background runs, without asking it anything, which would wake it."""
        session = self.context.new_cdp_session(self.options)
        running: dict[str, bool] = {}

        def note(event: dict[str, Any]) -> None:
            for version in event["versions"]:
                running[version["versionId"]] = version["runningStatus"] == "running"

        session.on("ServiceWorker.workerVersionUpdated", note)
        session.send("ServiceWorker.enable")
        deadline = time.monotonic() + LIMIT
        while not any(running.values()):
            if time.monotonic() > deadline:
                raise TimeoutError("nothing has woken the background")
            self.page.wait_for_timeout(20)
        session.detach()

    def put_back(self) -> None:
        """Make it what it was when it had started, for who shares it: nobody signed in, no memory, one empty page."""
        for page in self.context.pages:
            if page not in (self.page, self.options):
                page.close()
        self.close_popup()
        self.page.goto("about:blank")
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.options.goto(self.address(OPTIONS))
        # What is kept goes while nobody is there who could write it again; `boot` is what the next one sets.
        self.stop_worker()
        self.options.evaluate(FORGET)
        self.options.reload()
        self.worker.evaluate(READY)
        self.page.bring_to_front()


@contextlib.contextmanager
def person(
    playwright: Playwright,
    *arguments: str,
    headless: bool = True,
    environment: dict[str, str] | None = None,
    size: tuple[int, int] = (1180, 760),
    extension: Path = EXTENSION,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[Person]:
    """Start a Chromium with the extension in a profile of its own.

    Args:
        playwright: A running Playwright.
        arguments: Further switches, e.g. the host names that are on loopback.
        headless: Whether to do without a window.
        environment: The browser's environment, if not this process's.
        size: Width and height of the window, or of the page where there is none.
        extension: Its folder.
        more: Further options of the context, e.g. `color_scheme` or `locale`.
    """
    program = programs.chromium(playwright)
    if program is None:
        raise FileNotFoundError("no Chromium; python -m tests.practice.install brings one")
    with tempfile.TemporaryDirectory(prefix="wayfill-chromium-", ignore_cleanup_errors=True) as profile:
        preferences = Path(profile, "Default", "Preferences")
        preferences.parent.mkdir()
        preferences.write_text(json.dumps(PREFERENCES))
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=program,
            headless=headless,
            env=dict(environment) if environment is not None else None,
            viewport={"width": size[0], "height": size[1]} if headless else None,
            no_viewport=None if headless else True,
            args=[
                # Playwright switches extensions off; this switch, not the next, lets ours in again.
                f"--disable-extensions-except={extension}",
                f"--load-extension={extension}",
                "--window-position=0,0",
                f"--window-size={size[0]},{size[1]}",
                *arguments,
            ],
            **more,
        )
        try:
            worker = context.service_workers[0] if context.service_workers else None
            if worker is None:
                worker = context.wait_for_event("serviceworker", timeout=LIMIT * 1000)
            worker.evaluate(READY)
            extension_id = worker.url.split("/")[2]
            options = context.new_page()
            options.goto(f"chrome-extension://{extension_id}{OPTIONS}")
            page = context.pages[0]
            page.bring_to_front()
            yield Person(context, worker, extension_id, options, page)
        finally:
            # The person may have closed the window, and Ctrl+C at a terminal reaches the browser as well.
            with contextlib.suppress(Error):
                context.close()

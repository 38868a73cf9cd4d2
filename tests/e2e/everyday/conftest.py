"""One person's ordinary day: a service, practice sites and a browser that all tests of one file share.

Starting a browser and a service takes seconds; what is done here to one record or site is not looked at by the next
test, each of which works on an address of its own or puts back what it changed.
"""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.e2e.household import (
    FIRST_HOST,
    PERSON,
    SECOND_HOST,
    SERVICE_NAME,
    SITE_PASSWORD,
    SITE_USERNAME,
)
from tests.practice.certificates import Certificates
from tests.practice.chromium import Person, Popup, person
from tests.practice.service import Service
from tests.practice.serving import serving
from tests.practice.shop import Shop


@dataclass
class Day:
    """What the tests of one file share."""

    service: Service
    shop: Shop
    pat: Person
    record: str

    @property
    def first(self) -> str:
        return f"https://{FIRST_HOST}"

    @property
    def page(self) -> Page:
        return self.pat.page

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The API, as the person."""
        token = self.service.token(PERSON.name, PERSON.password)
        answer = self.service.ask(method, f"/api/v1{path}", body, token=token, headers=headers)
        assert answer.status < 300, answer
        return answer.body

    def records(self, text: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", f"/records?q={quote(text)}")["records"]
        return found

    def password_of(self, record: str) -> str:
        return str(self.ask("POST", f"/records/{record}/reveal", {"field": "password"})["value"])

    def visit(self, address: str, page: Page | None = None) -> None:
        """Go to a page with a login and wait until the extension has looked at it, as it has before a person types."""
        page = page or self.page
        page.goto(address)
        self.wait_until_looked_at(page)

    def wait_until_looked_at(self, page: Page) -> None:
        """Wait until the extension knows the login on a page and listens."""
        for _ in range(600):
            tabs = self.pat.storage("session").get("tabs", {}).values()
            if any(tab["page"] and tab["page"]["address"] == page.url and tab["page"]["kinds"] for tab in tabs):
                break
            page.wait_for_timeout(25)
        page.wait_for_timeout(400)

    def type_login(self, username: str, password: str) -> None:
        """Type as a person does, and press the button."""
        if username:
            self.page.locator("[name=username]").press_sequentially(username)
        self.page.locator("[name=password]").press_sequentially(password)
        self.page.get_by_role("button", name="Sign in").click()

    def badge(self) -> str:
        return str(
            self.pat.options.evaluate(
                """async () => {
                  const [tab] = await chrome.tabs.query({active: true, lastFocusedWindow: true});
                  return chrome.action.getBadgeText({tabId: tab.id});
                }"""
            )
        )

    def wait_for_badge(self, wanted: str) -> None:
        for _ in range(200):
            if self.badge() == wanted:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the badge says {self.badge()!r}, not {wanted!r}")

    def popup(self) -> Popup:
        self.page.bring_to_front()
        return self.pat.open_popup()

    def stored(self) -> str:
        """All that the extension keeps, as text."""
        return str([self.pat.storage(area) for area in ("session", "local")])


@contextlib.contextmanager
def day(
    playwright: Playwright, certificates: Certificates, folder: Path, furnished: tuple[Path, str], **options: Any
) -> Iterator[Day]:
    """Start everything, with the person signed in."""
    service = Service(folder, SERVICE_NAME, certificates)
    data, record = furnished
    shutil.copytree(data, service.data)
    shop = Shop(f"https://{SECOND_HOST}", SITE_USERNAME, SITE_PASSWORD)
    try:
        service.start()
        with serving(shop, certificates.server_context()) as tls_port, serving(shop) as plain_port:
            rules = [f"MAP *.test:443 127.0.0.1:{tls_port}", f"MAP *.test:80 127.0.0.1:{plain_port}"]
            switches = [
                f"--host-resolver-rules={','.join([*rules, 'MAP *.test 127.0.0.1'])}",
                f"--ignore-certificate-errors-spki-list={certificates.spki_digest}",
            ]
            with person(playwright, *switches, **options) as pat:
                expect(pat.options.locator("#behaviour")).to_be_visible()
                pat.sign_in(service.public_url, PERSON.name, PERSON.password)
                yield Day(service, shop, pat, record)
    finally:
        service.kill()
        print(service.log_text())  # noqa: T201 - pytest shows it with a failed test


@pytest.fixture(scope="module")
def today(
    playwright: Playwright,
    certificates: Certificates,
    tmp_path_factory: pytest.TempPathFactory,
    furnished: tuple[Path, str],
) -> Iterator[Day]:
    with day(playwright, certificates, tmp_path_factory.mktemp("day"), furnished) as result:
        yield result


@pytest.fixture(autouse=True)
def tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close the popup and leave the page, so that nothing waits for the next test."""
    yield
    if "today" in request.fixturenames:
        given: Day = request.getfixturevalue("today")
        given.pat.close_popup()
        given.page.goto("about:blank")
        given.page.bring_to_front()

"""A team's vault kept in the console of a real browser, from an empty list to the audit, with scripts and without.

Every act is done by the page's own controls, found as a person finds them, by name and role. Both walks share one
service and one browser; each works on things of its own.
"""

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.e2e.household import ADMINISTRATOR, PERSON, console_sign_in
from tests.practice import programs
from tests.practice.service import Service

pytestmark = pytest.mark.browser
ALLOWED = 3
"""Wrong passwords that a person may give from one address, as the walk sets it."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, furnished: tuple[Path, str]) -> Iterator[Service]:
    result = Service(tmp_path_factory.mktemp("walk"))
    shutil.copytree(furnished[0], result.data)
    try:
        result.start()
        yield result
    finally:
        result.kill()
        print(result.log_text())  # noqa: T201 - pytest shows it with a failed test


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with contextlib.closing(playwright.chromium.launch(executable_path=programs.chromium(playwright))) as result:
        yield result


@dataclass
class Console:
    """An administrator's window, and what a person does in it."""

    page: Page
    service: Service
    wrong: list[str]
    """What the browser complained of, and every answer that was an error of the service."""

    def open(self, path: str) -> None:
        self.page.goto(f"{self.service.public_url}/console/{path}")

    def press(self, name: str, within: str = "") -> None:
        """Press a button or follow a link of that name; in the table's row that holds `within`, if it is given."""
        place = self.page.get_by_role("row").filter(has_text=within) if within else self.page.get_by_role("main")
        button, link = (place.get_by_role(role, name=name, exact=True) for role in ("button", "link"))
        button.or_(link).first.click()

    def type(self, **values: str) -> None:
        """Type into the fields of these names."""
        for name, value in values.items():
            self.page.locator(f"main [name={name}]").last.fill(value)

    def sees(self, text: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(text)

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)


def enter(browser: Browser, service: Service, *, scripts: bool) -> tuple[BrowserContext, Console]:
    context = browser.new_context(java_script_enabled=scripts)
    page = console_sign_in(context, service)
    console = Console(page, service, [])
    page.on("console", lambda said: console.wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: console.wrong.append(str(error)))
    page.on("response", lambda answer: console.wrong.append(answer.url) if answer.status >= 400 else None)
    return context, console


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_vault_is_kept_in_the_console(browser: Browser, service: Service, *, scripts: bool) -> None:
    mine = "scripted" if scripts else "plain"
    context, console = enter(browser, service, scripts=scripts)
    page = console.page

    # A person and a group.
    console.open("people")
    console.type(name=f"{mine}-person")
    console.press("Add person")
    expect(page.locator("#link")).to_have_value(
        re.compile(f"^{re.escape(service.public_url)}/console/welcome#.{{43}}$")
    )
    console.open("groups")
    console.type(name=f"{mine}-crew")
    console.press("Add group")
    console.type(person=f"{mine}-person")
    console.press("Put into the group")
    console.sees("One person belongs to it.")

    # A list in a folder, and a record in it with a drawn password.
    console.open("lists")
    console.press("New folder")
    console.type(name=f"{mine} folder")
    console.press("Add folder")
    console.press("New list")
    console.type(name=f"{mine} list")
    console.press("Add list")
    console.heading(f"{mine} list")
    # With scripts a folder opens in its place; without, it is a link to its own page.
    console.open("lists")
    if scripts:
        page.get_by_role("button", name=f"Show what is in {mine} folder").click()
    else:
        page.get_by_role("link", name=f"{mine} folder").click()
        console.heading(f"{mine} folder")
    page.get_by_role("main").get_by_role("link", name=f"{mine} list").click()
    console.press("New record")
    console.type(title=f"{mine} record", username="practice", url="co.uk")
    console.press("Generate")
    password = page.locator("main [name=password]")
    expect(password).not_to_have_value("")
    drawn = password.input_value()
    console.sees("A new password of")
    console.wrong.clear()
    console.press("Add record")
    console.sees("Not linked, and nothing was kept:")
    assert len(console.wrong) >= 1, "a refusal is no success"
    console.wrong.clear()
    expect(password).to_have_value(drawn)
    console.type(url="https://ads.example-one.test/")
    console.press("Add record")
    console.heading(f"{mine} record")
    record = page.url

    # A second website with all that a link may be; changed afterwards.
    console.press("Link by an expression, or keep the record from a page")
    console.type(url="login.example-two.test")
    page.select_option("main [name=strategy]", "path")
    console.press("Link website")
    console.press("Change", within="login.example-two.test")
    page.select_option("main [name=strategy]", "host")
    console.press("Keep the change")
    console.sees("The link is changed.")
    expect(page.get_by_role("row").filter(has_text="login.example-two.test")).to_contain_text(
        "this host and port alone"
    )

    # A value is looked at, changed, and given back.
    page.get_by_role("region", name="Values").get_by_role("button", name="Show").click()
    expect(page.locator("code.value")).to_have_text(drawn)
    console.press("Edit")
    console.type(title=f"{mine} record, renamed", password="practice-password-two")
    console.press("Keep the changes")
    console.heading(f"{mine} record, renamed")
    expect(page.locator("code.value")).to_have_count(0)
    console.press("Earlier values")
    console.press("Restore", within="Password")
    console.sees("The earlier value is back.")
    page.get_by_role("region", name="Values").get_by_role("button", name="Show").click()
    expect(page.locator("code.value")).to_have_text(drawn)

    # Access for the group on the list, and the reasons on the record.
    page.goto(record)
    console.press(f"{mine} list")
    console.press("Permissions")
    page.select_option("main .give-form [name=kind]", "group")
    console.type(name=f"{mine}-crew")
    console.press("Give")
    console.sees("Access is given.")
    page.goto(f"{record}/people")
    row = page.get_by_role("row").filter(has_text=f"{mine}-person")
    expect(row).to_contain_text(f"By the group “{mine}-crew”, on its list “{mine} list”")
    page.goto(record)
    console.press("Login chain: where this login goes, hop by hop")
    console.heading("Login chain")

    # A session of somebody else is ended; its next request is refused.
    token = service.token(PERSON.name, PERSON.password)
    console.open("people")
    console.press(PERSON.name)
    console.press("Sessions")
    console.press("End", within="practice script")
    console.sees("The session is ended.")
    assert service.ask("GET", "/api/v1/records", token=token).status == 401

    # Guesses are blocked, and the block is lifted.
    console.open("settings")
    console.type(permitted_attempts=str(ALLOWED))
    console.press("Keep settings")
    console.sees("The settings are kept")
    guess = {"username": f"{mine}-person", "password": "a wrong practice password", "device": "practice guess"}
    answers = [service.ask("POST", "/api/v1/session", guess).status for _ in range(ALLOWED + 1)]
    assert answers == [401] * ALLOWED + [429]
    console.open("blocked")
    console.press("Lift", within=f"{mine}-person")
    console.sees("The block is lifted.")
    assert service.ask("POST", "/api/v1/session", guess).status == 401

    # All of it is on record.
    console.open("audit")
    console.type(person=ADMINISTRATOR.name, record=record)
    console.press("Search")
    told = page.get_by_role("main").inner_text()
    for act in ("Added the record", "Linked a website", "Looked at a value", "Changed the record"):
        assert act in told, act
    with page.expect_download() as download:
        console.press("JSON lines")
    assert '"record:add"' in Path(download.value.path()).read_text()

    # It goes as it came: the record, its list, its folder.
    page.goto(record)
    for what in ("record", "list", "folder"):
        console.press("Remove")
        console.press(f"Remove the {what}")
        console.sees(f"The {what} is removed.")
    assert console.wrong == []
    context.close()

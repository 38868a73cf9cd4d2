"""One service, one theatre with three kinds of connection, and a signed-in person in each browser.

The theatre's ports are the real ones: browsers are told where hosts are, not ports. A record that is saved for a host
on https is saved for the port without encryption too, so that nothing but the scheme keeps that page from a fill.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Playwright
from selenium.common.exceptions import InsecureCertificateException

from tests.e2e.hostile.stage import PASSWORD, PLAYS, SECRET, USERNAME, Stage
from tests.e2e.household import PERSON, SERVICE_NAME
from tests.practice import programs
from tests.practice.certificates import Certificates, make
from tests.practice.chromium import Person, person
from tests.practice.firefox import FirefoxPerson, firefox_person
from tests.practice.service import Service
from tests.practice.serving import serving
from tests.practice.theatre import Theatre

HOSTS = {
    "home": "accounts.bank.test",
    "partner": "id.partner.test",
    "one": "login.chain-one.test",
    "two": "login.chain-two.test",
    "three": "login.chain-three.test",
    "sub": "evil.bank.test",
    "wide": "accounts.wide.test",
    "below": "evil.wide.test",
    "stranger": "www.stranger.test",
}
BROKEN_HOST = "accounts.broken.test"
LINKED = ("home", "partner", "one", "two", "three")


@dataclass
class World:
    """What both browsers meet."""

    theatre: Theatre
    service: Service
    certificates: Certificates
    record: str
    wide: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hostile")
    good = make(folder / "good", [*HOSTS.values(), SERVICE_NAME])
    bad = make(folder / "bad", [BROKEN_HOST], "An authority that nobody trusts")
    theatre = Theatre(PLAYS)
    service = Service(folder, SERVICE_NAME, good)
    with (
        serving(theatre, good.server_context()) as tls,
        serving(theatre) as plain,
        serving(theatre, bad.server_context()) as broken,
    ):
        encrypted = {site: f"https://{host}:{tls}" for site, host in HOSTS.items()}
        open_to_all = {site: f"http://{host}:{plain}" for site, host in HOSTS.items()}
        encrypted["unencrypted"] = open_to_all["unencrypted"] = open_to_all["stranger"]
        theatre.houses = {
            "https": encrypted,
            "http": open_to_all,
            "broken": {**encrypted, **dict.fromkeys(LINKED, f"https://{BROKEN_HOST}:{broken}")},
        }
        try:
            service.succeed("init", "--administrator", "unused-administrator")
            service.add_user(PERSON.name, PERSON.password)
            service.start()
            token = service.token(PERSON.name, PERSON.password)

            def ask(path: str, **body: object) -> Any:
                answer = service.ask("POST", f"/api/v1{path}", body, token=token)
                assert answer.status == 201, answer
                return answer.body

            secrets = {"username": USERNAME, "password": PASSWORD, "one_time_secret": SECRET}
            added = ask("/records", title="Bank", url=f"{encrypted['home']}/", strategy="host", **secrets)
            record: str = added["record"]["id"]
            links = [encrypted[site] for site in LINKED[1:]]
            links += [open_to_all[site].replace("http:", "https:") for site in LINKED]
            for link in [*links, theatre.houses["broken"]["home"]]:
                ask(f"/records/{record}/links", url=f"{link}/", strategy="host")
            added = ask("/records", title="Wide", url=f"{encrypted['wide']}/", strategy="domain", **secrets)
            yield World(theatre, service, good, record, added["record"]["id"])
        finally:
            service.kill()
            print(service.log_text())  # noqa: T201 - pytest shows it with a failed test


@dataclass
class ChromiumHand:
    """Acts in Chromium."""

    pat: Person
    keeper: Any

    def call(self, function: str, **arguments: Any) -> Any:
        """Run an async function in the extension's own page."""
        return self.keeper.evaluate(function, arguments)

    def press_key(self) -> None:
        """What the browser tells the extension when the key is pressed."""
        self.pat.worker.evaluate(
            """async () => {
              const [tab] = await chrome.tabs.query({active: true, lastFocusedWindow: true});
              chrome.commands.onCommand.dispatch("fill-best", tab);
            }"""
        )


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def stage(request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One browser after the other, in front of the same theatre."""
    if request.param == "chromium":
        with chromium(world, request.getfixturevalue("playwright")) as result:
            yield result
        return
    if programs.firefox() is None or programs.geckodriver() is None:
        pytest.skip("no Firefox or no geckodriver found; `make test` brings them")
    with firefox(world, tmp_path_factory.mktemp("firefox") / "geckodriver.log") as result:
        yield result


@contextlib.contextmanager
def chromium(world: World, playwright: Playwright) -> Iterator[Stage]:
    """A Chromium in which the person is signed in and has clicked the broken host's warning away."""
    switches = [
        "--host-resolver-rules=MAP *.test 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={world.certificates.spki_digest}",
    ]
    with person(playwright, *switches) as pat:
        pat.sign_in(world.service.public_url, PERSON.name, PERSON.password)
        # A person clicks the browser's warning away: from now on it lets them through to that host.
        with contextlib.suppress(Error):
            pat.page.goto(f"{world.theatre.houses['broken']['home']}/")
        pat.page.click("#details-button")
        pat.page.click("#proceed-link")
        pat.page.wait_for_url("https://*/", wait_until="load")
        pat.page.goto("about:blank")
        pat.options.goto(pat.address("/popup/popup.html"))
        world.theatre.houses["https"]["extension"] = pat.address("/")
        yield Stage(ChromiumHand(pat, pat.options), world.theatre, world.record, world.wide)


@dataclass
class FirefoxHand:
    """Acts in Firefox."""

    pat: FirefoxPerson

    def call(self, function: str, **arguments: Any) -> Any:
        """Run an async function in the extension's own page."""
        done = self.pat.driver.execute_async_script(
            f"const [given, done] = arguments;"
            f"({function})(given).then((value) => done([value]), (error) => done(String(error)));",
            arguments,
        )
        assert isinstance(done, list), done
        return done[0]

    def press_key(self) -> None:
        """Press the real key in Firefox's own window."""
        self.pat.press_key()


@contextlib.contextmanager
def firefox(world: World, log: Path) -> Iterator[Stage]:
    """The same in Firefox."""
    with firefox_person(log, authority=world.certificates.authority) as pat:
        pat.sign_in(world.service.public_url, PERSON.name, PERSON.password)
        with contextlib.suppress(InsecureCertificateException):
            pat.driver.get(f"{world.theatre.houses['broken']['home']}/")
        click_through(pat)
        pat.driver.get("about:blank")
        pat.driver.switch_to.window(pat.own)
        pat.driver.get(pat.address("/popup/popup.html"))
        world.theatre.houses["https"]["extension"] = pat.address("/")
        yield Stage(FirefoxHand(pat), world.theatre, world.record, world.wide)


def click_through(pat: FirefoxPerson) -> None:
    """A person clicks the browser's warning away: from now on it lets them through to that host."""
    # The second button comes late and takes no click at first.
    script = """for (const id of ["advanced-button", "exception-button"])
        document.querySelector("net-error-card")?.shadowRoot.getElementById(id)?.click();
      return document.documentURI.startsWith("https:");"""
    pat.until(lambda: pat.driver.execute_script(script))

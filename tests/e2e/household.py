"""The cast of the end-to-end tests: one service, one administrator, a person, a visitor, one record, two hosts.

Names and passwords are made up and say so. What a test changes, it changes through the product's own doors: the
console in an administrator's browser, the command line, the API.
"""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.practice.service import Service
from tests.practice.sites import PracticeLogin

FIRST_HOST = "ads.example-one.test"
SECOND_HOST = "login.example-two.test"
SERVICE_NAME = "wayfill.example-vault.test"
RECORD_TITLE = "Practice ads account"
SITE_USERNAME = "pat@example-one.test"
SITE_PASSWORD = "practice-password-one"


@dataclass(frozen=True)
class Account:
    name: str
    password: str


ADMINISTRATOR = Account("ada-administrator", "practice-password-of-ada")
PERSON = Account("pat-person", "practice-password-of-pat")
VISITOR = Account("vic-visitor", "practice-password-of-vic")


@dataclass(frozen=True)
class Sites:
    """The practice hosts as a browser sees them; on ordinary ports, which the browser is told to find on loopback."""

    login: PracticeLogin
    tls_port: int
    plain_port: int


@dataclass
class Household:
    """A running service with the accounts and the record, which the person may edit and the visitor only fill.

    Others may have used the service before: of its events only those count that came later.
    """

    service: Service
    sites: Sites
    record: str
    _last: int = 0

    def put_back(self) -> None:
        """Take away what was linked beside the first address, and forget the events until now."""
        token = self.service.token(ADMINISTRATOR.name, ADMINISTRATOR.password)

        def ask(method: str, path: str) -> Any:
            answer = self.service.ask(method, f"/api/v1{path}", token=token)
            assert answer.status < 300, answer
            return answer.body

        links = f"/records/{self.record}/links"
        for link in ask("GET", links)["links"]:
            if link["url"] != f"https://{FIRST_HOST}/":
                ask("DELETE", f"{links}/{link['id']}")
        events = ask("GET", "/audit?everybody=true&limit=1")["events"]
        self._last = events[0]["id"]

    @property
    def first(self) -> str:
        return self.sites.login.first

    @property
    def second(self) -> str:
        return self.sites.login.second

    def link(self, address: str, strategy: str = "host") -> None:
        """Link an address over the API, as an administrator, for tests that are about something else."""
        token = self.service.token(ADMINISTRATOR.name, ADMINISTRATOR.password)
        path = f"/api/v1/records/{self.record}/links"
        answer = self.service.ask("POST", path, {"url": address, "strategy": strategy}, token=token)
        assert answer.status == 201, answer

    def link_second(self) -> None:
        self.link(f"{self.second}/")

    def audit(self) -> list[dict[str, Any]]:
        """The person's own audit since the household was put back, newest first."""
        token = self.service.token(PERSON.name, PERSON.password)
        answer = self.service.ask("GET", "/api/v1/audit?limit=100", token=token)
        assert answer.status == 200, answer
        events: list[dict[str, Any]] = answer.body["events"]
        return [event for event in events if event["id"] > self._last]

    def fills(self) -> list[dict[str, Any]]:
        """The fills that were granted, in the audit, oldest first."""
        return [event for event in reversed(self.audit()) if event["action"] == "fill:grant"]


def furnish(service: Service, first: str) -> str:
    """Set a service up as an administrator would on the command line; gives the record's id."""
    service.succeed("init", "--administrator", "unused-administrator")
    service.add_user(ADMINISTRATOR.name, ADMINISTRATOR.password, administrator=True)
    service.add_user(PERSON.name, PERSON.password)
    service.add_user(VISITOR.name, VISITOR.password)
    record = service.add_record(
        *("--title", RECORD_TITLE, "--url", f"{first}/", "--strategy", "host"),
        *("--username", SITE_USERNAME, "--owner", ADMINISTRATOR.name, "--edit", PERSON.name),
        password=SITE_PASSWORD,
    )
    service.succeed("grant", record, VISITOR.name, "fill")
    return record


def console_sign_in(context: BrowserContext, service: Service, account: Account = ADMINISTRATOR) -> Page:
    """Sign in at the console, as a person does."""
    page = context.new_page()
    page.goto(f"{service.public_url}/console/sign-in")
    page.fill("[name=username]", account.name)
    page.fill("[name=password]", account.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("meta[name=wayfill-revision]")).to_be_attached()
    return page


def console_link(page: Page, household: Household, address: str, strategy: str = "host") -> None:
    """Link an address to the record on its page in the console."""
    page.goto(f"{household.service.public_url}/console/records/{household.record}")
    expect(page.get_by_role("heading", name="Linked websites")).to_be_visible()
    page.fill("[name=url]", address)
    page.select_option("[name=strategy]", strategy)
    page.get_by_role("button", name="Link website").click()

"""One service, one record with a one-time code and two hosts, and one browser for all tests of a file."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from playwright.sync_api import Playwright

from tests.e2e.household import FIRST_HOST, PERSON, SECOND_HOST, SERVICE_NAME, SITE_PASSWORD, SITE_USERNAME
from tests.practice.certificates import Certificates
from tests.practice.chromium import Person, person
from tests.practice.service import Service
from tests.practice.serving import serving
from tests.practice.steps import Steps

ONE_TIME_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Road:
    """The service with its record, and the hosts of the login."""

    service: Service
    steps: Steps
    record: str
    port: int

    def at(self, path: str, host: str = FIRST_HOST, to: str = "/done") -> str:
        """The address of a step that leads to another address."""
        return f"https://{host}:{self.port}{path}?to={quote(to, safe='')}"

    def second(self, path: str, to: str = "/done") -> str:
        """The address of a step on the second host."""
        return self.at(path, SECOND_HOST, to)


@contextlib.contextmanager
def furnished(certificates: Certificates, folder: "pytest.TempPathFactory") -> Iterator[Road]:
    """A service in which the person has a record of their own for both hosts."""
    service = Service(folder.mktemp("road"), SERVICE_NAME, certificates)
    service.succeed("init", "--administrator", "unused-administrator")
    service.add_user(PERSON.name, PERSON.password)
    service.start()
    steps = Steps()
    try:
        with serving(steps, certificates.server_context()) as port:
            token = service.token(PERSON.name, PERSON.password)
            body = {"title": "Road", "username": SITE_USERNAME, "password": SITE_PASSWORD, "strategy": "host"}
            body |= {"url": f"https://{FIRST_HOST}:{port}/", "one_time_secret": ONE_TIME_SECRET}
            added = service.ask("POST", "/api/v1/records", body, token=token)
            assert added.status == 201, added
            record = added.body["record"]["id"]
            link = {"url": f"https://{SECOND_HOST}:{port}/", "strategy": "host"}
            assert service.ask("POST", f"/api/v1/records/{record}/links", link, token=token).status == 201
            yield Road(service, steps, record, port)
    finally:
        service.kill()


@pytest.fixture(scope="module")
def road(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    with furnished(certificates, tmp_path_factory) as result:
        yield result


@pytest.fixture(scope="module")
def pat(playwright: Playwright, certificates: Certificates, road: Road) -> Iterator[Person]:
    switches = [
        "--host-resolver-rules=MAP *.test 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={certificates.spki_digest}",
    ]
    with person(playwright, *switches) as result:
        result.sign_in(road.service.public_url, PERSON.name, PERSON.password)
        yield result


@pytest.fixture
def fresh(road: Road, pat: Person) -> Iterator[None]:
    """Nothing was sent yet, no login is under way; tabs that a test opened are closed after it."""
    road.steps.sent.clear()
    pat.page.goto("about:blank")
    yield
    for page in pat.context.pages:
        if page not in (pat.page, pat.options):
            page.close()

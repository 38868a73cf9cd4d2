"""Fixtures of the end-to-end tests: real processes, real TLS, real browsers; started once, and put back for each test.

No fixture reaches past the product's own doors. Starting a browser and a service takes seconds, so that tests share
`household` and `pat`: whoever asks for them gets a service that runs with nothing but the cast in it, and a browser in
which nobody is signed in. What else a test changes (people, the record itself) it puts back, or it asks for `service`
and `furnished` and starts its own.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e.household import (
    FIRST_HOST,
    SECOND_HOST,
    SERVICE_NAME,
    SITE_PASSWORD,
    SITE_USERNAME,
    Household,
    Sites,
    furnish,
)
from tests.practice import programs
from tests.practice.certificates import Certificates, make
from tests.practice.chromium import Person, person
from tests.practice.service import Service
from tests.practice.serving import serving
from tests.practice.sites import PracticeLogin

LOOKALIKE_HOST = "login.example-two.test.evil.test"
# github.io is on the Public Suffix List: its children belong to strangers.
SUFFIX_HOST, SUFFIX_SIBLING = "alpha.github.io", "beta.github.io"
HOSTS = [FIRST_HOST, SECOND_HOST, SERVICE_NAME, LOOKALIKE_HOST, SUFFIX_HOST, SUFFIX_SIBLING]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make(tmp_path_factory.mktemp("certificates"), HOSTS)


@pytest.fixture(scope="session")
def practice(certificates: Certificates) -> Iterator[Sites]:
    """The practice hosts, for all tests of this process."""
    login = PracticeLogin(f"https://{FIRST_HOST}", f"https://{SECOND_HOST}", SITE_USERNAME, SITE_PASSWORD)
    with serving(login, certificates.server_context()) as tls_port, serving(login) as plain_port:
        yield Sites(login, tls_port, plain_port)


@pytest.fixture
def sites(practice: Sites) -> Sites:
    """The practice hosts, which have not been sent anything."""
    practice.login.forget()
    return practice


@pytest.fixture
def service(tmp_path: Path, certificates: Certificates) -> Iterator[Service]:
    """An installation of the test's own that nobody has set up yet; ended, and its log shown when the test fails."""
    result = Service(tmp_path, SERVICE_NAME, certificates)
    try:
        yield result
    finally:
        result.kill()
        print(result.log_text())  # noqa: T201 - pytest shows it with a failed test


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with the cast in it, and the record's id. Services work on copies."""
    service = Service(tmp_path_factory.mktemp("furnished"))
    return service.data, furnish(service, f"https://{FIRST_HOST}")


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, furnished: tuple[Path, str]
) -> Iterator[Service]:
    """The service of all households; tests ask for `household`, which puts it back."""
    result = Service(tmp_path_factory.mktemp("running"), SERVICE_NAME, certificates)
    shutil.copytree(furnished[0], result.data)
    try:
        result.start()
        yield result
    finally:
        result.kill()


@pytest.fixture
def household(running: Service, sites: Sites, furnished: tuple[Path, str]) -> Iterator[Household]:
    """A service with the cast, one record, its first address alone linked, and no event so far.

    A test may stop and kill it, change its settings and the record's links: the next one finds it running again, with
    none of either.
    """
    said = len(running.log_text())
    if running.settings:
        running.stop()
        running.settings.clear()
    if running.process is None or running.process.poll() is not None:
        running.start()
    result = Household(running, sites, furnished[1])
    result.put_back()
    yield result
    print(running.log_text()[said:])  # noqa: T201 - pytest shows it with a failed test


@pytest.fixture
def own_household(service: Service, sites: Sites, furnished: tuple[Path, str]) -> Household:
    """The same with a service of the test's own, for what cannot be put back."""
    data, record = furnished
    shutil.copytree(data, service.data)
    service.start()
    return Household(service, sites, record)


@pytest.fixture(scope="session")
def switches(practice: Sites, certificates: Certificates) -> list[str]:
    """What Chromium has to be told: where the practice hosts are, and which one key to trust."""
    rules = [
        f"MAP {pattern}:{port} 127.0.0.1:{there}"
        for pattern in ("*.test", "*.github.io")
        for port, there in ((443, practice.tls_port), (80, practice.plain_port))
    ]
    return [
        f"--host-resolver-rules={','.join([*rules, 'MAP *.test 127.0.0.1'])}",
        f"--ignore-certificate-errors-spki-list={certificates.spki_digest}",
    ]


@pytest.fixture(scope="session")
def browsing(playwright: Playwright, switches: list[str]) -> Iterator[Person]:
    """The person's browser for all tests; they ask for `pat`, which puts it back."""
    with person(playwright, *switches) as result:
        yield result


@pytest.fixture
def pat(browsing: Person) -> Person:
    """The person's browser: the extension as it is right after the browser's start, one empty page, no cookies."""
    browsing.put_back()
    return browsing


@pytest.fixture(scope="session")
def without_extension(playwright: Playwright, switches: list[str]) -> Iterator[Browser]:
    """The browser behind `other_browser`."""
    with contextlib.closing(
        playwright.chromium.launch(executable_path=programs.chromium(playwright), args=switches)
    ) as result:
        yield result


@pytest.fixture
def other_browser(without_extension: Browser) -> Iterator[Browser]:
    """Another browser without the extension, for the administrator; what a test opens in it is closed after it."""
    yield without_extension
    for context in without_extension.contexts:
        context.close()

"""Fixtures of the end-to-end tests: real processes, real TLS, real browsers, each test with its own of all three.

No fixture reaches past the product's own doors, and none is shared between tests but what cannot be changed by one.
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


@pytest.fixture
def sites(certificates: Certificates) -> Iterator[Sites]:
    login = PracticeLogin(f"https://{FIRST_HOST}", f"https://{SECOND_HOST}", SITE_USERNAME, SITE_PASSWORD)
    with serving(login, certificates.server_context()) as tls_port, serving(login) as plain_port:
        yield Sites(login, tls_port, plain_port)


@pytest.fixture
def service(tmp_path: Path, certificates: Certificates) -> Iterator[Service]:
    """An installation that nobody has set up yet; ended, come what may, and its log shown when a test fails."""
    result = Service(tmp_path, SERVICE_NAME, certificates)
    try:
        yield result
    finally:
        result.kill()
        print(result.log_text())  # noqa: T201 - pytest shows it with a failed test


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with the cast in it, and the record's id. Tests work on copies: six commands a test take long."""
    service = Service(tmp_path_factory.mktemp("furnished"))
    return service.data, furnish(service, f"https://{FIRST_HOST}")


@pytest.fixture
def household(service: Service, sites: Sites, furnished: tuple[Path, str]) -> Household:
    data, record = furnished
    shutil.copytree(data, service.data)
    service.start()
    return Household(service, sites, record)


@pytest.fixture
def switches(sites: Sites, certificates: Certificates) -> list[str]:
    """What Chromium has to be told: where the practice hosts are, and which one key to trust."""
    rules = [
        f"MAP {pattern}:{port} 127.0.0.1:{there}"
        for pattern in ("*.test", "*.github.io")
        for port, there in ((443, sites.tls_port), (80, sites.plain_port))
    ]
    return [
        f"--host-resolver-rules={','.join([*rules, 'MAP *.test 127.0.0.1'])}",
        f"--ignore-certificate-errors-spki-list={certificates.spki_digest}",
    ]


@pytest.fixture
def pat(playwright: Playwright, switches: list[str]) -> Iterator[Person]:
    """The person's browser, extension loaded, nobody signed in."""
    with person(playwright, *switches) as result:
        yield result


@pytest.fixture
def other_browser(playwright: Playwright, switches: list[str]) -> Iterator[Browser]:
    """Another browser without the extension, for the administrator."""
    with contextlib.closing(
        playwright.chromium.launch(executable_path=programs.chromium(playwright), args=switches)
    ) as result:
        yield result

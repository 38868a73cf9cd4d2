"""The same extension in Firefox: the two-host login from the key and from the popup, its background stopped between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.household import FIRST_HOST, PERSON, SECOND_HOST, SITE_PASSWORD, SITE_USERNAME, Household, Sites
from tests.practice import programs
from tests.practice.certificates import Certificates
from tests.practice.firefox import FirefoxPerson, firefox_person
from tests.practice.serving import serving
from tests.practice.sites import Handover, PracticeLogin


@pytest.fixture
def sites(certificates: Certificates) -> Iterator[Sites]:
    """As for Chromium, but on the port where they really are: Firefox can be told of hosts, not of ports."""
    login = PracticeLogin("", "", SITE_USERNAME, SITE_PASSWORD)
    with serving(login, certificates.server_context()) as port:
        login.first, login.second = f"https://{FIRST_HOST}:{port}", f"https://{SECOND_HOST}:{port}"
        yield Sites(login, port, port)


@pytest.fixture
def linked(household: Household) -> Household:
    household.link(f"{household.first}/")
    household.link_second()
    return household


@pytest.fixture
def pat(tmp_path: Path) -> Iterator[FirefoxPerson]:
    if programs.firefox() is None or programs.geckodriver() is None:
        pytest.skip("no Firefox or no geckodriver found; `make test` brings them")
    with firefox_person(tmp_path / "geckodriver.log") as result:
        yield result


def finish(pat: FirefoxPerson) -> None:
    """From the filled first page to the end of the login."""
    pat.until(lambda: pat.value("#username") == SITE_USERNAME)
    pat.element("button[type=submit]").click()
    pat.until(lambda: pat.value("#password") != "")
    pat.element("button[type=submit]").click()
    pat.until(lambda: pat.element("#outcome").text == "Signed in")


def test_the_key_fills_both_pages(linked: Household, pat: FirefoxPerson) -> None:
    pat.sign_in(linked.service.public_url, PERSON.name, PERSON.password)
    for handover in (Handover.SEE_OTHER, Handover.SCRIPT):
        pat.driver.get(linked.sites.login.start_at(handover))
        pat.until(lambda: pat.element("#username").is_displayed())
        pat.press_fill_key()
        finish(pat)
    assert [fill["page_host"] for fill in linked.fills()] == [FIRST_HOST, SECOND_HOST] * 2


def test_five_times_with_the_background_stopped_between_all_steps(linked: Household, pat: FirefoxPerson) -> None:
    pat.sign_in(linked.service.public_url, PERSON.name, PERSON.password)
    for _ in range(5):
        pat.stop_background()
        pat.driver.get(linked.sites.login.start_at())
        pat.until(lambda: pat.element("#username").is_displayed())
        pat.stop_background()
        pat.fill_from_popup(linked.record)
        pat.until(lambda: pat.value("#username") == SITE_USERNAME)
        pat.stop_background()
        pat.element("button[type=submit]").click()
        pat.until(lambda: pat.value("#password") == SITE_PASSWORD)
        pat.stop_background()
        pat.element("button[type=submit]").click()
        pat.until(lambda: pat.element("#outcome").text == "Signed in")
    assert [fill["page_host"] for fill in linked.fills()] == [FIRST_HOST, SECOND_HOST] * 5

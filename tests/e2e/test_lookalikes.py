"""Pages of strangers that look like the login: nothing of the record reaches them, by whatever way they are met."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import LOOKALIKE_HOST, SUFFIX_HOST, SUFFIX_SIBLING
from tests.e2e.household import FIRST_HOST, PERSON, SECOND_HOST, SITE_PASSWORD, SITE_USERNAME, Household
from tests.practice.chromium import Person

STRANGERS = [
    f"https://{LOOKALIKE_HOST}/",
    f"https://{SUFFIX_SIBLING}/",
    f"http://{SECOND_HOST}/password",
]
FORGED = [
    *STRANGERS,
    f"https://{SECOND_HOST}@{LOOKALIKE_HOST}/",
    f"https://{LOOKALIKE_HOST}\\@{SECOND_HOST}/",
    f"https://{SECOND_HOST}.{LOOKALIKE_HOST}/",
    f"https://evil{SECOND_HOST}/",
    f"https://{LOOKALIKE_HOST}/{SECOND_HOST}",
    f"https://{LOOKALIKE_HOST}?x=.{SECOND_HOST}",
    f"https://{SECOND_HOST}:444/",
    "https://github.io/",
    f"javascript://{SECOND_HOST}/%0aalert(1)",
    f"file://{SECOND_HOST}/",
    f"chrome-extension://{SECOND_HOST}/",
    SECOND_HOST,
    "",
]


@pytest.fixture
def linked(household: Household) -> Household:
    """The record with the second host and a host under a shared suffix, the latter by its whole domain."""
    household.link_second()
    household.link(f"https://{SUFFIX_HOST}/", "domain")
    return household


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_gets_nothing_in_the_middle_of_a_login(linked: Household, pat: Person, stranger: str) -> None:
    pat.sign_in(linked.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(linked.sites.login.start_at())
    pat.fill_from_popup(linked.record)
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    # The page itself goes on to the stranger's, as a hijacked sign-in page would: the login under way is still alive.
    pat.page.evaluate("(address) => { location.href = address; }", stranger)
    pat.page.wait_for_url(f"{stranger}*")
    pat.page.wait_for_timeout(1_500)
    expect(pat.page.locator("[type=password]")).to_have_value("")

    pat.fill_by_command()
    pat.page.wait_for_timeout(1_000)
    expect(pat.page.locator("[type=password]")).to_have_value("")
    popup = pat.open_popup()
    popup.wait_for("#why")
    assert popup.evaluate("document.querySelectorAll('#matches [data-record]').length") == 0
    host = stranger.split("/")[2]
    assert all(item.value not in (SITE_PASSWORD, SITE_USERNAME) for item in linked.sites.login.sent_to(host))
    assert [fill["page_host"] for fill in linked.fills()] == [FIRST_HOST]


def test_the_service_refuses_forged_page_addresses(linked: Household) -> None:
    token = linked.service.token(PERSON.name, PERSON.password)
    for forged in FORGED:
        asked = {"record_id": linked.record, "page_url": forged, "top_url": forged, "fields": ["username", "password"]}
        answer = linked.service.ask("POST", "/api/v1/fill", asked, token=token)
        assert answer.status in (403, 422), (forged, answer)
        assert answer.body["type"].removeprefix("urn:wayfill:problem:") in {"page-not-linked", "invalid-page"}, forged
        assert SITE_PASSWORD not in str(answer)
    assert linked.fills() == []


def test_the_same_question_for_a_linked_page_is_answered(linked: Household) -> None:
    """Without this one, the test above could pass because every question is refused."""
    token = linked.service.token(PERSON.name, PERSON.password)
    page = f"https://{SECOND_HOST}/password"
    asked = {"record_id": linked.record, "page_url": page, "top_url": page, "fields": ["password"]}
    answer = linked.service.ask("POST", "/api/v1/fill", asked, token=token)
    assert (answer.status, answer.body["values"]) == (200, {"password": SITE_PASSWORD})

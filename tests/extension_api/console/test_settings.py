"""Settings: every value of the policy has its field; what cannot be is refused with reasons; changes are on record."""

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from extension_api import policy
from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.console.settings import GROUPS
from extension_api.kernel import Kernel
from extension_api.permissions import FRESH_FOR
from extension_api.policy import Policy
from tests.extension_api.conftest import People
from tests.extension_api.console.conftest import Html, Visitor, Visitors

SETTINGS = "/console/settings"


@pytest.fixture
def browser(person: People, visitor: Visitors) -> Visitor:
    return visitor(person("root", administrator=True).account)


def filled(page: Html) -> dict[str, str]:
    return {e.attributes["name"]: e.attributes.get("value", "") for e in page.all("input")}


def keep(browser: Visitor, **values: str) -> TestResponse:
    return browser.send(SETTINGS, filled(browser.page(SETTINGS)) | values)


def details(kernel: Kernel) -> list[str | None]:
    with kernel.database.reading() as session:
        return list(session.scalars(select(Event.detail).where(Event.action == "policy:change")))


def test_every_value_has_its_field(browser: Visitor) -> None:
    names = [field.name for fields in GROUPS.values() for field in fields]
    assert sorted(names) == sorted(Policy.__struct_fields__)
    assert set(names) | {"csrf", "version"} == set(filled(browser.page(SETTINGS)))


def test_kept_as_they_are_nothing_changes(browser: Visitor, kernel: Kernel) -> None:
    assert keep(browser).status_code == 303
    assert details(kernel) == []
    assert policy.current(kernel) == policy.defaults(kernel.settings)


def test_a_change_holds_and_is_on_record_with_old_and_new(browser: Visitor, kernel: Kernel) -> None:
    answer = keep(browser, refresh_interval="45", trusted_networks=" 10.0.0.0/8   fd00::/8 ")
    assert (answer.status_code, answer.location) == (303, SETTINGS)
    assert "The settings are kept" in browser.page(SETTINGS).text
    assert filled(browser.page(SETTINGS))["trusted_networks"] == "10.0.0.0/8 fd00::/8"
    assert policy.current(kernel).refresh_interval == 45
    assert details(kernel) == ["refresh_interval: 60 -> 45; trusted_networks: none -> 10.0.0.0/8 fd00::/8"]


def test_what_cannot_be_is_refused_with_every_reason_and_stays_typed(browser: Visitor, kernel: Kernel) -> None:
    answer = keep(browser, refresh_interval="29", trusted_networks="0.0.0.0/0", audit_rows='"><b>')
    assert answer.status_code == 422
    page = Html(answer.text)
    assert page.one("p", id="refresh_interval-reason").text == "A whole number from 30 to 86,400."
    assert "too wide" in page.one("p", id="trusted_networks-reason").text
    assert page.one("input", name="audit_rows").get("value") == '"><b>'
    assert not page.all("b")
    assert {e.attributes["name"] for e in page.all("input", aria_invalid="true")} == {
        "refresh_interval",
        "trusted_networks",
        "audit_rows",
    }
    assert details(kernel) == []
    repaired = filled(page) | {"refresh_interval": "31", "trusted_networks": "", "audit_rows": "1000"}
    assert browser.send(SETTINGS, repaired).status_code == 303
    assert policy.current(kernel).refresh_interval == 31


def test_two_administrators_at_once(browser: Visitor, kernel: Kernel) -> None:
    earlier = filled(browser.page(SETTINGS))
    assert keep(browser, audit_rows="2000").status_code == 303
    late = browser.send(SETTINGS, earlier | {"continuation": "60"})
    assert late.status_code == 409
    assert "Somebody else" in Html(late.text).text
    assert policy.current(kernel).audit_rows == 2000
    assert browser.send(SETTINGS, earlier | {"version": "x"}).status_code == 409


def test_a_session_that_lies_open_is_asked_to_confirm(browser: Visitor, kernel: Kernel, clock: SetClock) -> None:
    fields = filled(browser.page(SETTINGS)) | {"audit_rows": "2000"}
    clock.advance(FRESH_FOR)
    for answer in (browser.get(SETTINGS), browser.send(SETTINGS, fields)):
        assert (answer.status_code, answer.location) == (303, "/console/confirm?next=%2Fconsole%2Fsettings")
    assert policy.current(kernel) == Policy()


def test_who_is_no_administrator_changes_nothing(person: People, visitor: Visitors, kernel: Kernel) -> None:
    browser = visitor(person("anna").account)
    token = browser.page("/console/records").token
    assert browser.send(SETTINGS, {"csrf": token, "version": "0", "refresh_interval": "45"}).status_code == 403
    assert policy.current(kernel) == Policy()


def test_the_page_for_a_first_password_says_how_long(browser: Visitor, visitor: Visitors) -> None:
    keep(browser, minimum_password_length="20")
    page = visitor().page("/console/welcome")
    assert page.one("input", id="password").get("minlength") == "20"
    assert "At least 20 characters" in page.text

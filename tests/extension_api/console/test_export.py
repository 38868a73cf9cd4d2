"""The export on the console: after a fresh proof, of what the person may view, on record."""

import json

from sqlalchemy import select

from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.permissions import FRESH_FOR, Permission
from tests.extension_api.conftest import People, Records
from tests.extension_api.console.conftest import Visitors

EXPORT = "/console/export"


def test_a_person_exports_what_they_may_view(
    kernel: Kernel, visitor: Visitors, person: People, record: Records
) -> None:
    anna = person("anna").account
    record("Viewed", password="made-up-1", grants={anna: Permission.VIEW})
    record("Filled", password="made-up-2", grants={anna: Permission.FILL})
    browser = visitor(anna)
    page = browser.page(EXPORT)
    assert "every password in clear" in page.text
    answer = browser.send(EXPORT, {"csrf": page.token, "format": "bitwarden-json"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=wayfill-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert [item["login"]["password"] for item in json.loads(answer.data)["items"]] == ["made-up-1"]
    csv = browser.send(EXPORT, {"csrf": page.token, "format": "csv"})
    assert b"made-up-1" in csv.data
    assert b"made-up-2" not in csv.data
    with kernel.database.reading() as session:
        events = session.scalars(select(Event).where(Event.action == "vault:export")).all()
    assert [(e.account_name, e.detail) for e in events] == [
        ("anna", "bitwarden-json, 1 records"),
        ("anna", "csv, 1 records"),
    ]


def test_who_did_not_prove_themselves_lately_is_asked_first(
    kernel: Kernel, clock: SetClock, visitor: Visitors, person: People
) -> None:
    browser = visitor(person("anna").account)
    token = browser.page(EXPORT).token
    clock.advance(FRESH_FOR)
    for answer in (browser.get(EXPORT), browser.send(EXPORT, {"csrf": token, "format": "csv"})):
        assert answer.status_code == 303
        assert answer.location == "/console/confirm?next=%2Fconsole%2Fexport"
    with kernel.database.reading() as session:
        assert session.scalar(select(Event.id).where(Event.action == "vault:export")) is None


def test_a_form_without_its_token_or_of_no_format(visitor: Visitors, person: People) -> None:
    browser = visitor(person("anna").account)
    token = browser.page(EXPORT).token
    assert browser.send(EXPORT, {"csrf": token, "format": "xml"}).status_code == 404
    assert browser.send(EXPORT, {"csrf": "x", "format": "csv"}).status_code in (400, 403)
    assert visitor().get(EXPORT).location == "/console/sign-in?next=%2Fconsole%2Fexport"

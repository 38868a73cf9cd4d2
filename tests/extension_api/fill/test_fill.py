"""The fill: the service decides from the page's address and the links, whatever it is told; and it is on record."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update

from extension_api.audit.models import Event
from extension_api.crypto import CannotOpen
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.vault.models import Grant, SealedField
from tests.extension_api.conftest import People, Records, fill_body
from tests.practice.engines import Engine

pytestmark = pytest.mark.every_engine

ADS, LOGIN = "https://ads.example-one.test/", "https://login.example-two.test/password?step=2"
TWO_HOSTS = (("https://ads.example-one.test/", "domain"), ("https://login.example-two.test/", "host"))


def events(kernel: Kernel, action: str) -> list[Event]:
    with kernel.database.reading() as session:
        return list(session.scalars(select(Event).where(Event.action == action).order_by(Event.id)))


def test_both_pages_of_a_login_and_both_on_record(person: People, record: Records, kernel: Kernel) -> None:
    anna = person("anna")
    ads = record(password="made-up-secret", linked=TWO_HOSTS, grants={anna.account: Permission.FILL})
    first = anna.call("POST", "/fill", fill_body(ads.id, ADS, "username"))
    second = anna.call("POST", "/fill", fill_body(ads.id, LOGIN, "password"))
    assert first.get_json()["values"] == {"username": "ads@example-one.test"}
    assert second.get_json()["values"] == {"password": "made-up-secret"}
    assert second.get_json()["match"]["strength"] == "host"
    assert second.get_json()["match"]["close"] is True
    assert second.headers["Cache-Control"] == "no-store"
    written = events(kernel, "fill:grant")
    assert [(e.page_host, e.record_id, e.account_name, e.at) for e in written] == [
        ("ads.example-one.test", ads.id, "anna", kernel.clock.now()),
        ("login.example-two.test", ads.id, "anna", kernel.clock.now()),
    ]
    assert all("made-up-secret" not in (e.detail or "") for e in written)


@pytest.mark.parametrize(
    "page",
    [
        "https://login.example-two.test.evil.test/",
        "https://other.example-two.test/",
        "http://login.example-two.test/",
        "http://ads.example-one.test/",
        "https://login.example-two.test:444/",
        "https://login.example-two.test@evil.test/",
        "https://evil.test\\@login.example-two.test/",
        "https://evil.test/login.example-two.test/",
        "https://evilexample-one.test/",
    ],
)
def test_no_other_page_whatever_is_claimed(person: People, record: Records, kernel: Kernel, page: str) -> None:
    anna = person("anna")
    ads = record(linked=TWO_HOSTS, grants={anna.account: Permission.MANAGE})
    refused = anna.call("POST", "/fill", fill_body(ads.id, page))
    assert refused.status_code == 403
    body = refused.get_json()
    assert body["type"] == "urn:wayfill:problem:page-not-linked"
    assert "made-up-record-secret" not in refused.text
    assert len(events(kernel, "fill:refuse")) == 1
    assert events(kernel, "fill:grant") == []


@pytest.mark.parametrize("page", ["", "nonsense", "file:///etc/passwd", "javascript:1", "https://", "data:text/html,x"])
def test_what_is_no_page_is_refused(person: People, record: Records, page: str) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    assert anna.call("POST", "/fill", fill_body(ads.id, page)).status_code == 422
    assert anna.call("POST", "/fill", fill_body(ads.id, ADS, top=page or "x")).status_code == 422


def test_missing_and_forbidden_records_are_one_answer(person: People, record: Records) -> None:
    anna = person("anna")
    answers = [anna.call("POST", "/fill", fill_body(i, ADS)) for i in (record().id, uuid4())]
    assert {a.status_code for a in answers} == {404}
    assert len({a.data for a in answers}) == 1


def test_a_permission_taken_bites_at_the_next_request(person: People, record: Records, kernel: Kernel) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    assert anna.call("POST", "/fill", fill_body(ads.id, ADS)).status_code == 200
    with kernel.database.writing() as session:
        session.execute(delete(Grant))
    assert anna.call("POST", "/fill", fill_body(ads.id, ADS)).status_code == 404


def test_a_permission_on_the_list_reaches_its_records(person: People, record: Records, kernel: Kernel) -> None:
    anna = person("anna")
    ads = record()
    with kernel.database.writing() as session:
        session.add(Grant(id=uuid4(), account_id=anna.account.id, list_id=ads.list_id, level=Permission.FILL))
    assert anna.call("POST", "/fill", fill_body(ads.id, ADS)).status_code == 200
    assert anna.call("POST", f"/records/{ads.id}/links", {"url": "https://x.test/"}).status_code == 403


def test_only_what_was_asked_for(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    assert list(anna.call("POST", "/fill", fill_body(ads.id, ADS, "username")).get_json()["values"]) == ["username"]
    assert anna.call("POST", "/fill", fill_body(ads.id, ADS) | {"fields": []}).status_code == 422
    assert anna.call("POST", "/fill", fill_body(ads.id, ADS, "notes")).status_code == 422


def test_a_frame_needs_a_close_match(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(linked=TWO_HOSTS, grants={anna.account: Permission.FILL})
    close = fill_body(ads.id, LOGIN, top="https://other.test/")
    loose = fill_body(ads.id, "https://sub.ads.example-one.test/", top="https://other.test/")
    assert anna.call("POST", "/fill", close).status_code == 200
    assert anna.call("POST", "/fill", loose).status_code == 403
    assert anna.call("POST", "/fill", loose | {"top_url": loose["page_url"]}).status_code == 200


NO_ROOM = {
    "sqlite": "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no room'); END",
    "postgres": "ALTER TABLE audit_event ADD CONSTRAINT no_room CHECK (action <> 'fill:grant')",
}


def test_no_audit_row_no_secret(person: People, record: Records, kernel: Kernel, engine: Engine) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})

    with kernel.database.writing() as session:
        session.execute(text(NO_ROOM[engine.name]))
    answer = anna.call("POST", "/fill", fill_body(ads.id, ADS))
    assert answer.status_code == 500
    assert "made-up-record-secret" not in answer.text
    assert "IntegrityError" not in answer.text


def test_a_secret_moved_to_another_record_does_not_open(
    person: People, record: Records, kernel: Kernel, caplog: pytest.LogCaptureFixture
) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    boss = record("Boss", password="secret-of-the-boss")
    with kernel.database.writing() as session:
        sealed = session.scalars(select(SealedField.sealed).where(SealedField.record_id == boss.id)).one()
        session.execute(update(SealedField).where(SealedField.record_id == ads.id).values(sealed=sealed))
    answer = anna.call("POST", "/fill", fill_body(ads.id, ADS))
    assert answer.status_code == 500
    assert "secret-of-the-boss" not in answer.text + caplog.text
    assert CannotOpen.__name__ in caplog.text

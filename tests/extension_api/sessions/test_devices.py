"""Sessions one a device: listed, ended by their person and by administrators, noted when used; and confirming."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.errors import ConfirmationRequired
from extension_api.factors import codes
from extension_api.kernel import Kernel
from extension_api.permissions import FRESH_FOR, require_fresh
from extension_api.sessions import service
from extension_api.sessions.models import Kind, SignedIn
from extension_api.sessions.service import LAST_USE_STEP
from tests.extension_api.conftest import People, Person
from tests.extension_api.factors.conftest import Factors, Identities
from tests.extension_api.factors.conftest import factor as factor
from tests.extension_api.factors.conftest import identity as identity

PASSWORD = "made-up-password-of-anna"


def sign_in(client: FlaskClient, device: str, name: str = "anna") -> str:
    body = {"username": name, "password": PASSWORD, "device": device}
    token: str = client.post("/api/v1/session", json=body).get_json()["access_token"]
    return token


def listed(person: Person, query: str = "") -> list[dict[str, object]]:
    found: list[dict[str, object]] = person.call("GET", f"/sessions{query}").get_json()["sessions"]
    return found


def last_use(kernel: Kernel) -> int:
    with kernel.database.reading() as session:
        return session.scalars(select(SignedIn.last_used_at)).one()


def test_a_person_sees_and_ends_their_sessions(
    client: FlaskClient, person: People, clock: SetClock, kernel: Kernel
) -> None:
    anna = person("anna", password=PASSWORD)
    person("bert")
    clock.advance(5)
    token = sign_in(client, "Laptop")
    found = listed(anna)
    assert [(row["device"], row["current"]) for row in found] == [("Laptop", False), ("test", True)]
    assert [row["last_used_at"] for row in found] == [clock.now(), clock.now() - 5]
    other = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/sessions", headers=other).status_code == 200
    assert anna.call("DELETE", f"/sessions/{found[0]['id']}").status_code == 204
    assert client.get("/api/v1/sessions", headers=other).status_code == 401
    assert [row["device"] for row in listed(anna)] == ["test"]
    assert anna.call("DELETE", f"/sessions/{found[0]['id']}").status_code == 404
    with kernel.database.reading() as session:
        event = session.scalars(select(Event).where(Event.action == "session:revoke")).one()
    assert (event.account_name, event.detail) == ("anna", "Laptop of anna")


def test_nobody_elses_but_for_an_administrator(client: FlaskClient, person: People, kernel: Kernel) -> None:
    anna, bert, root = person("anna"), person("bert"), person("root", administrator=True)
    (of_anna,) = listed(anna)
    assert bert.call("DELETE", f"/sessions/{of_anna['id']}").status_code == 404
    assert bert.call("GET", f"/sessions?account={anna.account.id}").status_code == 403
    assert listed(bert, f"?account={bert.account.id}") == listed(bert)
    assert listed(root, f"?account={anna.account.id}") == [of_anna | {"current": False}]
    assert anna.call("GET", "/match-table").status_code == 200
    assert root.call("DELETE", f"/sessions/{of_anna['id']}").status_code == 204
    assert anna.call("GET", "/match-table").status_code == 401
    refreshed = client.post("/api/v1/session/refresh", json={"refresh_token": anna.refresh_token})
    assert refreshed.status_code == 401


def test_ended_and_old_sessions_are_not_listed(person: People, clock: SetClock, kernel: Kernel) -> None:
    anna, root = person("anna"), person("root", administrator=True)
    asked = f"?account={anna.account.id}"
    assert len(listed(root, asked)) == 1
    with kernel.database.writing() as session:
        session.execute(update(Account).where(Account.name == "anna").values(disabled_at=clock.now()))
    assert listed(root, asked) == []


def test_last_use_is_noted_where_nothing_is_written_too(person: People, clock: SetClock, kernel: Kernel) -> None:
    anna, began = person("anna"), clock.now()
    clock.advance(LAST_USE_STEP - 1)
    assert anna.call("GET", "/match-table").status_code == 200
    assert anna.call("POST", "/match", {"page_url": "https://a.test/"}).status_code == 200
    assert last_use(kernel) == began
    clock.advance(1)
    assert anna.call("GET", "/match-table").status_code == 200
    assert last_use(kernel) == began + LAST_USE_STEP


def test_a_last_use_that_cannot_be_noted_fails_nothing(person: People, clock: SetClock, kernel: Kernel) -> None:
    anna, began = person("anna"), clock.now()
    clock.advance(LAST_USE_STEP)
    with kernel.database.writing() as other:
        other.connection()  # which begins it
        assert anna.call("GET", "/match-table").status_code == 200
        assert last_use(kernel) == began
    assert anna.call("GET", "/match-table").status_code == 200
    assert last_use(kernel) == clock.now()


def test_a_proof_is_fresh_for_five_minutes(person: People, identity: Identities, clock: SetClock) -> None:
    anna = person("anna")
    require_fresh(identity(anna), now=clock.now() + FRESH_FOR - 1)
    with pytest.raises(ConfirmationRequired):
        require_fresh(identity(anna), now=clock.now() + FRESH_FOR)
    with pytest.raises(ConfirmationRequired):
        require_fresh(identity(anna), now=clock.now() + 10, within=10)


def test_making_administrators_asks_for_a_fresh_proof(person: People, clock: SetClock, kernel: Kernel) -> None:
    root, anna = person("root", administrator=True, password=PASSWORD), person("anna")
    asking = [
        ("PATCH", f"/people/{anna.account.id}", {"administrator": True}),
        ("POST", "/people", {"name": "carl", "administrator": True}),
    ]
    clock.advance(FRESH_FOR)
    for method, path, body in asking:
        answer = root.call(method, path, body)
        assert (answer.status_code, answer.get_json()["type"]) == (403, "urn:wayfill:problem:confirmation-required")
    assert root.call("POST", "/people", {"name": "dora"}).status_code == 201
    assert root.call("POST", "/session/confirm", {"password": "wrong"}).status_code == 401
    assert root.call(*asking[0]).status_code == 403
    assert root.call("POST", "/session/confirm", {"password": PASSWORD}).status_code == 204
    for method, path, body in asking:
        assert root.call(method, path, body).status_code in (200, 201)
    with kernel.database.reading() as session:
        wanted = select(Event.action, Event.detail).where(Event.action.startswith("session:rea")).order_by(Event.id)
        found = session.execute(wanted).all()
    assert [tuple(row) for row in found] == [
        ("session:reauthenticate-refuse", "wrong password"),
        ("session:reauthenticate", "password"),
    ]


def test_ending_anothers_session_asks_for_a_fresh_proof_and_ones_own_does_not(
    person: People, clock: SetClock, kernel: Kernel
) -> None:
    root, anna = person("root", administrator=True), person("anna")
    (of_anna,) = listed(anna)
    clock.advance(FRESH_FOR)
    refused = root.call("DELETE", f"/sessions/{of_anna['id']}")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "urn:wayfill:problem:confirmation-required")
    assert len(listed(anna)) == 1
    assert anna.call("DELETE", f"/sessions/{of_anna['id']}").status_code == 204


def test_of_too_many_sessions_the_longest_unused_ends_on_record(
    person: People, clock: SetClock, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_SESSIONS", 3)
    anna, bert = person("anna"), person("bert")

    def begin(device: str) -> None:
        clock.advance(LAST_USE_STEP)
        with kernel.database.writing() as session:
            account = session.get_one(Account, anna.account.id)
            service.begin(session, account, kind=Kind.CONSOLE, device=device, address="192.0.2.7", now=clock.now())

    for device in ("first", "second"):
        begin(device)
    clock.advance(LAST_USE_STEP)
    assert len(listed(anna)) == 3, "and with that the oldest of them is the last used"
    begin("third")
    assert {row["device"] for row in listed(anna)} == {"third", "test", "second"}
    begin("fourth")
    assert {row["device"] for row in listed(anna)} == {"fourth", "third", "test"}
    assert len(listed(bert)) == 1
    with kernel.database.reading() as session:
        events = session.scalars(select(Event).where(Event.action == "session:revoke").order_by(Event.id)).all()
    assert [(event.account_name, event.address, event.detail) for event in events] == [
        ("anna", "192.0.2.7", f"{device} of anna, unused for the longest time of more than 3")
        for device in ("first", "second")
    ]


def test_who_has_a_second_factor_confirms_with_both(factor: Factors, clock: SetClock) -> None:
    anna = factor("anna", password=PASSWORD)
    clock.advance(codes.STEP)

    def confirm(**body: str) -> tuple[int, str]:
        answer = anna.person.call("POST", "/session/confirm", body)
        return answer.status_code, "" if answer.status_code == 204 else answer.get_json()["type"].split(":")[-1]

    assert confirm(password=PASSWORD) == (401, "second-factor-required")
    assert confirm(password=PASSWORD, code="000000") == (401, "wrong-credentials")
    assert confirm(password="wrong", code=anna.code()) == (401, "wrong-credentials")
    assert confirm(password=PASSWORD, code=anna.code()) == (204, "")
    assert confirm(password=PASSWORD, code=anna.code()) == (401, "wrong-credentials")


def test_guesses_at_confirming_are_counted_with_those_at_signing_in(
    client: FlaskClient, person: People, kernel: Kernel
) -> None:
    anna = person("anna", password=PASSWORD)
    answers = [anna.call("POST", "/session/confirm", {"password": "wrong"}).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    body = {"username": "anna", "password": PASSWORD, "device": "test"}
    assert client.post("/api/v1/session", json=body).status_code == 429

"""Signing in, rotating, signing out; every bad token gets one and the same answer."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.policy import Policy
from extension_api.sessions.models import SignedIn
from extension_api.sessions.service import ACCESS_LIFETIME, SESSION_LIFETIME
from tests.extension_api.conftest import People
from tests.practice.engines import Engine

PASSWORD = "made-up-password-of-anna"
LIMITS = Policy()


def sign_in(client: FlaskClient, name: str = "anna", password: str = PASSWORD) -> TestResponse:
    return client.post("/api/v1/session", json={"username": name, "password": password, "device": "test"})


def actions(kernel: Kernel) -> list[str]:
    with kernel.database.reading() as session:
        return list(session.scalars(select(Event.action).order_by(Event.id)))


def test_sign_in_gives_tokens_policy_and_revision(client: FlaskClient, person: People) -> None:
    person("anna", password=PASSWORD)
    answer = sign_in(client)
    assert answer.status_code == 201
    body = answer.get_json()
    assert body["account"]["name"] == "anna"
    assert body["policy"] == {"refresh_interval": 60, "continuation": 300, "observe_chains": True}
    assert body["access_expires_in"] == ACCESS_LIFETIME
    assert body["revision"] >= 1
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    seen = client.get("/api/v1/match-table", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert seen.status_code == 200


@pytest.mark.parametrize("name", ["ANNA", " Anna ", "\uff41\uff4e\uff4e\uff41"])
def test_one_person_however_the_name_is_typed(client: FlaskClient, person: People, name: str) -> None:
    person("anna", password=PASSWORD)
    assert sign_in(client, name).status_code == 201


def test_wrong_and_unknown_are_one_answer(client: FlaskClient, person: People, kernel: Kernel) -> None:
    person("anna", password=PASSWORD)
    person("new")
    answers = [sign_in(client, name, "something else entirely") for name in ("anna", "nobody", "new", "", "\a")]
    assert {a.status_code for a in answers} == {401}
    assert len({a.data for a in answers}) == 1
    assert actions(kernel).count("session:sign-in-refuse") == 5


def test_a_disabled_person_cannot_sign_in_and_is_out_at_once(
    client: FlaskClient, person: People, kernel: Kernel
) -> None:
    anna = person("anna", password=PASSWORD)
    assert anna.call("GET", "/match-table").status_code == 200
    with kernel.database.writing() as session:
        session.execute(update(Account).values(disabled_at=kernel.clock.now()))
    assert anna.call("GET", "/match-table").status_code == 401
    assert sign_in(client).status_code == 401
    refused = client.post("/api/v1/session/refresh", json={"refresh_token": anna.refresh_token})
    assert refused.status_code == 401


def test_every_bad_token_is_one_answer(client: FlaskClient, person: People, clock: SetClock) -> None:
    anna, expired = person("anna"), person("berta")
    ended = person("carl")
    assert ended.call("DELETE", "/session").status_code == 204
    tokens = ["", "x" * 43, anna.token[:-1], anna.token + "A", anna.token.swapcase(), ended.token, anna.refresh_token]
    headers = [{"Authorization": f"Bearer {token}"} for token in tokens]
    headers += [{}, {"Authorization": anna.token}, {"Authorization": f"Basic {anna.token}"}]
    answers = [client.get("/api/v1/match-table", headers=given) for given in headers]
    clock.advance(ACCESS_LIFETIME)
    answers.append(expired.call("GET", "/match-table"))
    assert {a.status_code for a in answers} == {401}
    assert len({a.data for a in answers}) == 1
    assert {a.headers["WWW-Authenticate"] for a in answers} == {"Bearer"}


def test_tokens_are_nowhere_in_the_database(person: People, kernel: Kernel, engine: Engine) -> None:
    anna = person("anna")
    stored = engine.stored(kernel.settings)
    assert b"anna" in stored
    assert anna.token.encode() not in stored
    assert anna.refresh_token.encode() not in stored


def refresh(client: FlaskClient, token: str) -> TestResponse:
    return client.post("/api/v1/session/refresh", json={"refresh_token": token})


def test_refresh_rotates_both(client: FlaskClient, person: People, clock: SetClock) -> None:
    anna = person("anna")
    clock.advance(ACCESS_LIFETIME + 1)
    body = refresh(client, anna.refresh_token).get_json()
    assert {body["access_token"], body["refresh_token"]}.isdisjoint({anna.token, anna.refresh_token})
    fresh = {"Authorization": f"Bearer {body['access_token']}"}
    assert client.get("/api/v1/match-table", headers=fresh).status_code == 200
    assert anna.call("GET", "/match-table").status_code == 401


def test_a_refresh_token_used_twice_ends_the_session(client: FlaskClient, person: People, kernel: Kernel) -> None:
    anna = person("anna")
    first = refresh(client, anna.refresh_token).get_json()
    second = refresh(client, first["refresh_token"]).get_json()
    assert refresh(client, anna.refresh_token).status_code == 401
    for token in (first["access_token"], second["access_token"]):
        got = client.get("/api/v1/match-table", headers={"Authorization": f"Bearer {token}"})
        assert got.status_code == 401
    assert refresh(client, second["refresh_token"]).status_code == 401
    assert actions(kernel).count("session:refresh-reused") == 1


def test_a_session_ends_by_itself(client: FlaskClient, person: People, clock: SetClock) -> None:
    anna = person("anna")
    clock.advance(max(SESSION_LIFETIME.values()))
    assert refresh(client, anna.refresh_token).status_code == 401


def test_last_use_is_noted(person: People, clock: SetClock, kernel: Kernel) -> None:
    anna = person("anna")
    clock.advance(100)
    anna.call("POST", "/match", {"page_url": "https://a.test/"})
    with kernel.database.reading() as session:
        assert session.scalars(select(SignedIn.last_used_at)).all() == [clock.now()]


def test_attempts_are_counted_before_they_are_judged(
    client: FlaskClient, person: People, clock: SetClock, kernel: Kernel
) -> None:
    person("anna", password=PASSWORD)
    with kernel.database.writing() as session:
        session.execute(update(Account).values(password_hash="not a hash, so nothing is slow"))
    for _ in range(LIMITS.permitted_attempts):
        assert sign_in(client, password="wrong wrong wrong").status_code == 401
    refused = sign_in(client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= LIMITS.first_delay
    clock.advance(LIMITS.first_delay)
    assert sign_in(client).status_code == 401


def test_a_right_password_forgives_earlier_mistakes(client: FlaskClient, person: People) -> None:
    person("anna", password=PASSWORD)
    for _ in range(2):
        for _ in range(LIMITS.permitted_attempts - 1):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 201


def test_a_password_typed_as_a_name_is_not_kept(
    client: FlaskClient, person: People, kernel: Kernel, engine: Engine
) -> None:
    person("anna", password=PASSWORD)
    assert sign_in(client, PASSWORD, "anna").status_code == 401
    assert sign_in(client, "ANNA", "wrong wrong wrong").status_code == 401
    with kernel.database.reading() as session:
        refused = select(Event.account_name).where(Event.action == "session:sign-in-refuse").order_by(Event.id)
        assert session.scalars(refused).all() == [None, "anna"]
    stored = engine.stored(kernel.settings)
    assert PASSWORD.encode() not in stored

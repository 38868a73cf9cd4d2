"""Signing in with a second factor over the API: what is asked when, and what is counted before it is judged."""

import json

import argon2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from extension_api.accounts import passwords
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.errors import NotFound
from extension_api.factors import codes, second
from extension_api.kernel import Kernel
from extension_api.sessions import signing_in
from extension_api.sessions.models import Kind
from extension_api.throttle.limits import CODES_FIRST_DELAY, CODES_PER_PAIR
from extension_api.throttle.models import Counter, KnownAddress
from tests.extension_api.conftest import People
from tests.extension_api.factors.conftest import Factor, Factors
from tests.extension_api.factors.conftest import factor as factor
from tests.extension_api.factors.conftest import identity as identity

PASSWORD = "made-up-password-of-anna"


@pytest.fixture
def anna(factor: Factors, clock: SetClock) -> Factor:
    made = factor("anna", password=PASSWORD)
    clock.advance(codes.STEP)
    return made


def sign_in(
    client: FlaskClient, code: str | None = None, *, name: str = "anna", password: str = PASSWORD
) -> TestResponse:
    body = {"username": name, "password": password, "device": "test"}
    return client.post("/api/v1/session", json=body if code is None else body | {"code": code})


def slug(answer: TestResponse) -> str:
    kind: str = answer.get_json()["type"]
    return kind.removeprefix("urn:wayfill:problem:")


def details(kernel: Kernel) -> list[tuple[str, str | None]]:
    with kernel.database.reading() as session:
        wanted = select(Event.action, Event.detail).where(Event.action.startswith("session:")).order_by(Event.id)
        found = session.execute(wanted)
        return [(row.action.removeprefix("session:"), row.detail) for row in found]


def attempts(kernel: Kernel, kind: str) -> int:
    with kernel.database.reading() as session:
        wanted = select(Counter.attempts).where(Counter.kind == kind, Counter.scope == "pair")
        return session.scalar(wanted) or 0


def test_a_code_is_asked_for_and_lets_in(client: FlaskClient, anna: Factor, kernel: Kernel) -> None:
    asked = sign_in(client)
    assert (asked.status_code, slug(asked)) == (401, "second-factor-required")
    for empty in ("", None):
        assert slug(sign_in(client, empty)) == "second-factor-required"
    answer = sign_in(client, anna.code())
    assert answer.status_code == 201
    assert answer.get_json()["account"]["name"] == "anna"
    assert details(kernel)[-2:] == [
        ("sign-in-refuse", "the password is right; a code is asked for"),
        ("sign-in", "extension, one-time code"),
    ]


def test_a_code_that_let_in_does_so_once(client: FlaskClient, anna: Factor, clock: SetClock) -> None:
    code = anna.code()
    assert sign_in(client, code).status_code == 201
    again = sign_in(client, code)
    assert (again.status_code, slug(again)) == (401, "wrong-credentials")
    clock.advance(codes.STEP)
    assert sign_in(client, code).status_code == 401, "in the step after, too"
    assert sign_in(client, anna.code()).status_code == 201


def test_a_recovery_code_lets_in_once(client: FlaskClient, anna: Factor, kernel: Kernel) -> None:
    assert sign_in(client, anna.recovery[3]).status_code == 201
    assert details(kernel)[-1] == ("sign-in", "extension, recovery code, 9 left")
    assert sign_in(client, anna.recovery[3]).status_code == 401
    assert sign_in(client, anna.recovery[4]).status_code == 201


def test_who_has_no_second_factor_is_not_asked(client: FlaskClient, person: People) -> None:
    person("bert", password=PASSWORD)
    assert sign_in(client, name="bert").status_code == 201
    assert sign_in(client, "123456", name="bert").status_code == 201


def test_without_the_password_nothing_tells(client: FlaskClient, anna: Factor, person: People, kernel: Kernel) -> None:
    person("bert", password=PASSWORD)
    answers = [
        sign_in(client, code, name=name, password="wrong wrong wrong")
        for name in ("anna", "bert", "nobody")
        for code in (None, "000000", anna.code(), anna.recovery[0])
    ]
    assert {a.status_code for a in answers} == {401}
    assert len({a.data for a in answers}) == 1
    assert attempts(kernel, "code") == 0, "a code was looked at"
    assert sign_in(client, anna.code()).status_code == 201, "a code was used up"


def test_wrong_codes_are_counted_before_they_are_judged(
    client: FlaskClient, anna: Factor, kernel: Kernel, clock: SetClock
) -> None:
    for number in range(CODES_PER_PAIR):
        assert attempts(kernel, "code") == number
        # The password's own counter would stop this first.
        with kernel.database.writing() as session:
            session.query(Counter).where(Counter.kind == "password").delete()
        wrong = sign_in(client, "000000")
        assert (wrong.status_code, slug(wrong)) == (401, "wrong-credentials")
    with kernel.database.writing() as session:
        session.query(Counter).where(Counter.kind == "password").delete()
    refused = sign_in(client, anna.code())
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= CODES_FIRST_DELAY
    clock.advance(CODES_FIRST_DELAY)
    assert sign_in(client, anna.code()).status_code == 201
    assert (attempts(kernel, "code"), attempts(kernel, "password")) == (0, 0)


def test_a_right_password_alone_forgives_nothing(client: FlaskClient, anna: Factor, kernel: Kernel) -> None:
    sign_in(client)
    assert attempts(kernel, "password") == 1
    with kernel.database.reading() as session:
        assert session.query(KnownAddress).all() == []
    sign_in(client, anna.code())
    assert attempts(kernel, "password") == 0


def test_no_code_is_in_what_is_stored_or_told(client: FlaskClient, anna: Factor, kernel: Kernel) -> None:
    code = anna.code()
    for answer in (sign_in(client, code), sign_in(client, code), sign_in(client, "x" * 101)):
        assert code not in answer.text
    assert code not in json.dumps(details(kernel))


def test_a_link_for_a_new_password_stands_in_for_no_code(anna: Factor, kernel: Kernel, client: FlaskClient) -> None:
    with kernel.database.writing() as session:
        account = accounts.require(session, "anna")
        link = accounts.issue_setup_code(account, now=kernel.clock.now())
    session = kernel.database.session(writes=True)
    assert (
        signing_in.begin_by_setup_code(
            kernel, session, link, "another-made-up-password", kind=Kind.CONSOLE, device="test", address="127.0.0.1"
        )
        is None
    )
    session.commit()
    session.close()
    assert anna.person.call("GET", "/sessions").status_code == 401, "sessions from before go on"
    assert slug(sign_in(client, password="another-made-up-password")) == "second-factor-required"
    assert sign_in(client, anna.code(), password="another-made-up-password").status_code == 201


def test_hashing_a_first_password_keeps_nobody_waiting(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    with kernel.database.writing() as session:
        account = accounts.add(session, COMMAND_LINE, "anna", administrator=False, now=kernel.clock.now())
        link = accounts.issue_setup_code(account, now=kernel.clock.now())
    hashed = passwords.hash_password(PASSWORD, minimum=12)
    written: list[str] = []

    def hash_and_write(_password: str, *, minimum: int) -> passwords.Hashed:
        with kernel.database.writing(patience_ms=0) as other:
            other.execute(update(Account).values(created_at=minimum))
        written.append("another writer got through")
        return hashed

    monkeypatch.setattr(passwords, "hash_password", hash_and_write)
    session = kernel.database.session(writes=True)
    assert (
        signing_in.begin_by_setup_code(
            kernel, session, link, PASSWORD, kind=Kind.CONSOLE, device="test", address="127.0.0.1"
        )
        is not None
    )
    session.commit()
    with pytest.raises(NotFound):
        signing_in.begin_by_setup_code(
            kernel, session, link, PASSWORD, kind=Kind.CONSOLE, device="test", address="127.0.0.1"
        )
    session.close()
    assert len(written) == 1, "an unknown code costs a hash"


@pytest.mark.real_hashes
def test_a_hash_of_an_older_profile_is_renewed_at_sign_in(client: FlaskClient, person: People, kernel: Kernel) -> None:
    person("anna", password=PASSWORD)
    older = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with kernel.database.writing() as session:
        session.execute(update(Account).values(password_hash=older))
    assert sign_in(client, password="wrong wrong wrong").status_code == 401

    def stored() -> str:
        with kernel.database.reading() as session:
            return session.scalars(select(Account.password_hash)).one() or ""

    assert stored() == older
    assert sign_in(client).status_code == 201
    renewed = stored()
    assert renewed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert sign_in(client).status_code == 201
    assert stored() == renewed, "hashed anew although the profile is the present one"


def test_who_is_disabled_while_the_hash_is_computed_stays_out(
    client: FlaskClient, person: People, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("anna", password=PASSWORD)
    really = passwords.matches

    def disable_meanwhile(password_hash: str | None, password: str) -> bool:
        with kernel.database.writing() as session:
            session.execute(update(Account).values(disabled_at=1))
        return really(password_hash, password)

    monkeypatch.setattr(passwords, "matches", disable_meanwhile)
    assert sign_in(client).status_code == 401
    assert details(kernel)[-1][0] == "sign-in-refuse"


def test_removing_the_second_factor_ends_the_asking(client: FlaskClient, anna: Factor, kernel: Kernel) -> None:
    with kernel.database.writing() as session:
        account = accounts.require(session, "anna")
        second.remove(session, COMMAND_LINE, account, now=kernel.clock.now())
    assert sign_in(client).status_code == 201

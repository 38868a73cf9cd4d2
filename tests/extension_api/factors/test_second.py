"""The second factor: set up, proved once a code, recovered, removed; sealed in its own place."""

import threading

import pytest
from sqlalchemy import delete, select, update

from extension_api.clock import SetClock
from extension_api.crypto import CannotOpen
from extension_api.db import Base
from extension_api.errors import Conflict, NotFound, WrongCredentials
from extension_api.factors import codes, recovery, second
from extension_api.factors.models import SECRET_FIELD, CodeSecret, RecoveryCode
from extension_api.kernel import Kernel
from extension_api.sealed import sealed_columns
from tests.extension_api.conftest import People
from tests.extension_api.factors.conftest import Factor, Factors, Identities
from tests.practice.engines import Engine


def prove(factor: Factor, code: str) -> str:
    kernel = factor.kernel
    with kernel.database.writing() as session:
        return second.prove(session, kernel.keyring, factor.person.account.id, code, now=kernel.clock.now())


def test_a_code_is_good_once(factor: Factors, clock: SetClock) -> None:
    anna = factor()
    clock.advance(codes.STEP)
    code = anna.code()
    assert prove(anna, code) == "one-time code"
    with pytest.raises(WrongCredentials):
        prove(anna, code)
    with pytest.raises(WrongCredentials):
        prove(anna, anna.code(-1))
    clock.advance(codes.STEP)
    assert prove(anna, anna.code()) == "one-time code"


def test_the_code_that_confirmed_is_used_too(factor: Factors) -> None:
    anna = factor()
    with pytest.raises(WrongCredentials):
        prove(anna, anna.code())


def test_a_transaction_that_is_undone_uses_nothing_up(factor: Factors, clock: SetClock) -> None:
    anna = factor()
    clock.advance(codes.STEP)
    database, keyring = anna.kernel.database, anna.kernel.keyring
    with database.writing() as session:
        second.prove(session, keyring, anna.person.account.id, anna.code(), now=clock.now())
        session.rollback()
    assert prove(anna, anna.code()) == "one-time code"


def test_of_many_who_bring_one_code_at_once_one_is_let_in(factor: Factors, clock: SetClock) -> None:
    anna = factor()
    clock.advance(codes.STEP)
    code, accepted, refused = anna.code(), [], []
    start = threading.Barrier(8)

    def bring() -> None:
        start.wait()
        try:
            accepted.append(prove(anna, code))
        except WrongCredentials as problem:
            refused.append(problem)

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(accepted), len(refused)) == (1, 7)


def test_ten_recovery_codes_each_good_once(factor: Factors) -> None:
    anna = factor()
    assert len(set(anna.recovery)) == recovery.HOW_MANY == 10
    for number, code in enumerate(anna.recovery):
        typed = code.lower().replace("-", " ") if number % 2 else code
        assert prove(anna, typed) == f"recovery code, {9 - number} left"
        with pytest.raises(WrongCredentials):
            prove(anna, code)


def test_new_recovery_codes_end_those_before(factor: Factors, identity: Identities) -> None:
    anna = factor()
    with anna.kernel.database.writing() as session:
        renewed = second.renew_recovery_codes(session, identity(anna.person), now=anna.kernel.clock.now())
    with pytest.raises(WrongCredentials):
        prove(anna, anna.recovery[0])
    assert prove(anna, renewed[0]) == "recovery code, 9 left"


def test_a_recovery_code_is_its_persons_alone(factor: Factors) -> None:
    anna, bert = factor("anna"), factor("bert")
    with pytest.raises(WrongCredentials):
        prove(bert, anna.recovery[0])
    with anna.kernel.database.writing() as session:
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == bert.person.account.id))
        session.execute(update(RecoveryCode).values(account_id=bert.person.account.id))
    with pytest.raises(WrongCredentials):
        prove(bert, anna.recovery[0])


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", "x" * 1000, "ü" * 24, "\0" * 24])
def test_what_is_no_code_at_all(factor: Factors, code: str) -> None:
    with pytest.raises(WrongCredentials):
        prove(factor(), code)


def test_nothing_counts_before_it_is_confirmed(kernel: Kernel, person: People, identity: Identities) -> None:
    anna, now = person("anna"), kernel.clock.now()
    with kernel.database.writing() as session:
        secret = second.set_up(session, kernel.keyring, anna.account.id, now=now)
        assert not second.is_on(session, anna.account.id)
        code = codes.code_at(secret, now // codes.STEP)
        with pytest.raises(WrongCredentials):
            second.prove(session, kernel.keyring, anna.account.id, code, now=now)
        with pytest.raises(WrongCredentials):
            second.confirm(session, kernel.keyring, identity(anna), "000000", now=now)
        assert not second.is_on(session, anna.account.id)
        # Begun anew, the earlier secret is worth nothing.
        assert second.set_up(session, kernel.keyring, anna.account.id, now=now) != secret
        with pytest.raises(WrongCredentials):
            second.confirm(session, kernel.keyring, identity(anna), code, now=now)


def test_a_secret_waits_a_quarter_of_an_hour(kernel: Kernel, person: People, identity: Identities) -> None:
    anna, now = person("anna"), kernel.clock.now()
    late = now + second.SET_UP_WITHIN
    with kernel.database.writing() as session:
        secret = second.set_up(session, kernel.keyring, anna.account.id, now=now)
        assert second.awaiting(session, kernel.keyring, anna.account.id, now=late - 1) == secret
        with pytest.raises(NotFound):
            second.awaiting(session, kernel.keyring, anna.account.id, now=late)
        code = codes.code_at(secret, late // codes.STEP)
        with pytest.raises(NotFound):
            second.confirm(session, kernel.keyring, identity(anna), code, now=late)


def test_it_is_not_replaced_unremoved(factor: Factors, identity: Identities) -> None:
    anna = factor()
    database, keyring, now = anna.kernel.database, anna.kernel.keyring, anna.kernel.clock.now()
    with database.writing() as session:
        with pytest.raises(Conflict):
            second.set_up(session, keyring, anna.person.account.id, now=now)
        second.remove(session, identity(anna.person), anna.person.account, now=now)
        assert not second.is_on(session, anna.person.account.id)
        assert session.scalars(select(RecoveryCode)).all() == []
        with pytest.raises(NotFound):
            second.remove(session, identity(anna.person), anna.person.account, now=now)
        with pytest.raises(NotFound):
            second.renew_recovery_codes(session, identity(anna.person), now=now)


def test_the_secret_is_sealed_for_its_person(factor: Factors, kernel: Kernel, engine: Engine) -> None:
    anna, bert = factor("anna"), factor("bert")
    stored = engine.stored(kernel.settings)
    assert b"anna" in stored
    assert anna.secret.encode() not in stored
    assert anna.recovery[0].encode() not in stored
    assert codes.plain(anna.recovery[0]).encode() not in stored
    with kernel.database.reading() as session:
        sealed = session.get_one(CodeSecret, anna.person.account.id).sealed_secret
    opened = kernel.keyring.open(sealed, record_id=anna.person.account.id, field=SECRET_FIELD)
    assert opened == anna.secret
    with pytest.raises(CannotOpen):
        kernel.keyring.open(sealed, record_id=bert.person.account.id, field=SECRET_FIELD)
    with pytest.raises(CannotOpen):
        kernel.keyring.open(sealed, record_id=anna.person.account.id, field="password")


def test_rotation_knows_where_the_secret_is() -> None:
    assert "code_secret.sealed_secret" in [column.name for column in sealed_columns(Base.metadata)]

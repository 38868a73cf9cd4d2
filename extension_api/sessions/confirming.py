"""Confirming who one is within a session, as dangerous acts ask for (`permissions.require_fresh`); a new password.

As at signing in, an attempt is counted before it is judged and no transaction is open while a hash is computed.
"""

from sqlalchemy import update
from sqlalchemy.orm import Session

from extension_api import policy
from extension_api.accounts import passwords
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action
from extension_api.errors import NotAuthenticated, SecondFactorRequired, WrongCredentials
from extension_api.factors import passkeys, proofs, second
from extension_api.factors.models import Purpose
from extension_api.factors.passkeys import PasskeyRefused
from extension_api.kernel import Kernel
from extension_api.permissions import Identity, require_fresh
from extension_api.sessions.models import SignedIn
from extension_api.sessions.service import end_all_of
from extension_api.sessions.signing_in import count_attempt, refuse
from extension_api.throttle import service as throttle
from extension_api.throttle.models import Kind as Tried

REFUSE = Action.SESSION_REAUTHENTICATE_REFUSE


def by_password(
    kernel: Kernel, session: Session, identity: Identity, password: str, code: str | None, *, now: int
) -> None:
    """Let the caller's session count as proved, by their password and, where they have a second factor, a code.

    Args:
        kernel: The installation.
        session: The request's transaction, not begun yet.
        identity: The caller.
        password: The password that was given.
        code: The code that was given.
        now: The time, in seconds since the epoch.

    Raises:
        WrongCredentials: The password or the code is wrong.
        SecondFactorRequired: The password is right, and a code is wanted too.
        TooManyAttempts: The permitted number of attempts is used up; nothing was looked at.
    """
    counted = [count_attempt(kernel, session, Tried.PASSWORD, identity, identity.name, now=now, refusal=REFUSE)]
    with kernel.database.reading() as reading:
        account = reading.get(Account, identity.account_id)
        wanted = second.is_on(reading, identity.account_id)
    if not passwords.matches(account.password_hash if account else None, password):
        refuse(session, identity, "wrong password", now=now, as_=REFUSE)
        raise WrongCredentials("The password is wrong")
    how = "password"
    if wanted:
        if not code:
            refuse(session, identity, "the password is right; a code is asked for", now=now, as_=REFUSE)
            raise SecondFactorRequired
        counted.append(count_attempt(kernel, session, Tried.CODE, identity, identity.name, now=now, refusal=REFUSE))
        try:
            how += f" and {second.prove(session, kernel.keyring, identity.account_id, code, now=now)}"
        except WrongCredentials:
            refuse(
                session, identity, "the password is right; the code is wrong or was used before", now=now, as_=REFUSE
            )
            raise
    for attempt in counted:
        throttle.forgive(session, kernel.settings, attempt, now=now)
    _proved(session, identity, how, now=now)


def by_passkey(kernel: Kernel, session: Session, identity: Identity, answer: str, *, now: int) -> None:
    """Let the caller's session count as proved, by a passkey of theirs.

    Raises:
        ProofOver: Nothing was begun in this session that this answers.
        PasskeyRefused: The answer proves nothing.
    """
    us = passkeys.require_party(kernel.settings)
    try:
        passkey = passkeys.prove(session, us, Purpose.CONFIRM, str(identity.session_id), answer, now=now)
    except PasskeyRefused as problem:
        refuse(session, identity, f"passkey: {problem.why}", now=now, as_=REFUSE)
        raise
    _proved(session, identity, f"passkey {passkey.name}", now=now)


def change_password(kernel: Kernel, session: Session, identity: Identity, password: str, *, now: int) -> None:
    """Give the caller a new password and end their other sessions.

    Args:
        kernel: The installation.
        session: The request's transaction, not begun yet.
        identity: The caller.
        password: The new password.
        now: The time, in seconds since the epoch.

    Raises:
        ConfirmationRequired: The session has not proved itself lately.
        InvalidRequest: It cannot be a password.
    """
    require_fresh(identity, now=now)
    with kernel.database.reading() as reading:
        minimum = policy.minimum_password_length(reading)
    hashed = passwords.hash_password(password, minimum=minimum)
    _require_living(session, identity)
    account = session.get_one(Account, identity.account_id)
    accounts.set_password(session, account, hashed, who=identity, now=now)
    end_all_of(session, account.id, now=now, but=identity.session_id)
    proofs.drop_all_of(session, account.id)


def _proved(session: Session, identity: Identity, how: str, *, now: int) -> None:
    _require_living(session, identity)
    session.execute(update(SignedIn).where(SignedIn.id == identity.session_id).values(proved_at=now))
    audit.record(session, identity, Action.SESSION_REAUTHENTICATE, now=now, detail=how)


def _require_living(session: Session, identity: Identity) -> None:
    # The caller was found before the slow hash; who was shut out meanwhile stays out.
    found = session.get(SignedIn, identity.session_id)
    if found is None or found.ended_at is not None or found.account.disabled_at is not None:
        raise NotAuthenticated

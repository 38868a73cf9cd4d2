"""The second factor of a person: set up, confirm, prove, remove. One-time codes first, recovery codes beside them.

Whoever calls `set_up`, `confirm`, `renew_recovery_codes` or `remove` for somebody has made sure that they proved
themselves lately; whoever calls `prove` has counted the attempt before.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import Keyring
from extension_api.errors import Conflict, NotFound, WrongCredentials
from extension_api.factors import codes, recovery
from extension_api.factors.models import SECRET_FIELD, CodeSecret
from extension_api.permissions import Identity

SET_UP_WITHIN: Final = 15 * 60
"""Seconds between seeing a secret and confirming it."""
WRONG_CODE: Final = "The code is wrong, was used already or is too old"


def is_on(session: Session, account_id: UUID) -> bool:
    """Tell whether a person has to bring a code beside their password."""
    found = session.get(CodeSecret, account_id)
    return found is not None and found.confirmed_at is not None


def set_up(session: Session, keyring: Keyring, account_id: UUID, *, now: int) -> str:
    """Return a new secret in base32, which counts once `confirm` has seen a code of it.

    Args:
        session: A writing transaction.
        keyring: Seals the secret.
        account_id: The person.
        now: The time, in seconds since the epoch.

    Raises:
        Conflict: The person has one already.
    """
    found = session.get(CodeSecret, account_id)
    if found is not None and found.confirmed_at is not None:
        raise Conflict("One-time codes are set up already; remove them first.")
    secret = codes.new_secret()
    sealed = keyring.seal(secret, record_id=account_id, field=SECRET_FIELD)
    session.merge(CodeSecret(account_id=account_id, sealed_secret=sealed, last_step=0, created_at=now))
    session.flush()
    return secret


def awaiting(session: Session, keyring: Keyring, account_id: UUID, *, now: int) -> str:
    """Return the secret that a person is setting up.

    Raises:
        NotFound: They are setting up none, or began too long ago.
    """
    return _open(keyring, _awaiting(session, account_id, now))


def confirm(session: Session, keyring: Keyring, identity: Identity, code: str, *, now: int) -> list[str]:
    """Let the secret count that the caller is setting up, and return their recovery codes, never to be shown again.

    Raises:
        NotFound: They are setting up none, or began too long ago.
        WrongCredentials: It is not the code of this moment.
    """
    found = _awaiting(session, identity.account_id, now)
    step = codes.step_of(_open(keyring, found), code, after=found.last_step, now=now)
    if step is None:
        raise WrongCredentials(WRONG_CODE)
    found.last_step, found.confirmed_at = step, now
    session.flush()
    audit.record(session, identity, Action.SECOND_FACTOR_ADD, now=now)
    return recovery.renew(session, identity.account_id)


def prove(session: Session, keyring: Keyring, account_id: UUID, code: str, *, now: int) -> str:
    """Accept a one-time or a recovery code, once; the answer says which, in words for the history.

    What makes a code used is written in the transaction that accepts it, so an accepted code can never come again.

    Args:
        session: The writing transaction that also writes what the code is the proof for.
        keyring: Opens the secret.
        account_id: The person.
        code: What was typed.
        now: The time, in seconds since the epoch.

    Raises:
        WrongCredentials: It is neither, or it was used before.
    """
    found = session.get(CodeSecret, account_id)
    if found is None or found.confirmed_at is None:
        raise WrongCredentials(WRONG_CODE)
    step = codes.step_of(_open(keyring, found), code, after=found.last_step, now=now)
    if step is not None:
        # Said again in the statement, for an engine on which two may read the same last step at the same time.
        later = (CodeSecret.account_id == account_id, CodeSecret.last_step < step)
        moved = session.execute(update(CodeSecret).where(*later).values(last_step=step).returning(CodeSecret.last_step))
        if moved.one_or_none() is not None:
            return "one-time code"
    elif recovery.use(session, account_id, code, now=now):
        return f"recovery code, {recovery.left(session, account_id)} left"
    raise WrongCredentials(WRONG_CODE)


def renew_recovery_codes(session: Session, identity: Identity, *, now: int) -> list[str]:
    """Return new recovery codes for the caller, never to be shown again; those before are worth nothing.

    Raises:
        NotFound: The caller has no second factor.
    """
    if not is_on(session, identity.account_id):
        raise NotFound("Set up one-time codes first; recovery codes stand in for them.")
    audit.record(session, identity, Action.SECOND_FACTOR_RECOVERY_CODES, now=now)
    return recovery.renew(session, identity.account_id)


def remove(session: Session, who: Identity | Actor, account: Account, *, now: int) -> None:
    """Take a person's one-time codes and recovery codes away: their password is enough from now on.

    Raises:
        NotFound: They have none.
    """
    if not is_on(session, account.id):
        raise NotFound(f"{account.name} has no one-time codes.")
    session.execute(delete(CodeSecret).where(CodeSecret.account_id == account.id))
    recovery.drop(session, account.id)
    audit.record(session, who, Action.SECOND_FACTOR_REMOVE, now=now, detail=account.name)


def _awaiting(session: Session, account_id: UUID, now: int) -> CodeSecret:
    found = session.get(CodeSecret, account_id)
    if found is None or found.confirmed_at is not None or now >= found.created_at + SET_UP_WITHIN:
        raise NotFound("Begin to set up one-time codes again; what was begun is over.")
    return found


def _open(keyring: Keyring, found: CodeSecret) -> str:
    return keyring.open(found.sealed_secret, record_id=found.account_id, field=SECRET_FIELD)

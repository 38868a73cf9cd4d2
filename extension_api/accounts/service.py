"""Adding people and letting them set their first password.

A name is compared in one canonical form, so that `Anna`, `anna` and the same in full-width letters are one person. The
code of a one-time link is stored as a digest, expires, and is gone once used.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extension_api import policy
from extension_api.accounts import passwords
from extension_api.accounts.models import NAME_LENGTH, Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import digest, new_token
from extension_api.errors import Conflict, InvalidRequest, NotFound
from extension_api.permissions import Identity

SETUP_LIFETIME: Final = 24 * 3600
"""Seconds for which a one-time link may be used."""


def canonical_name(name: str) -> str:
    """Return the form in which names are stored and compared (Unicode NFKC, case folded, no outer spaces).

    Raises:
        InvalidRequest: Nothing is left, it is too long, or it holds a control character.
    """
    canonical = unicodedata.normalize("NFKC", name).casefold().strip()
    if not 0 < len(canonical) <= NAME_LENGTH or any(unicodedata.category(c).startswith("C") for c in canonical):
        raise InvalidRequest(f"A name has 1 to {NAME_LENGTH} printable characters.")
    return canonical


def add(session: Session, who: Identity | Actor, name: str, *, administrator: bool, now: int) -> Account:
    """Add a person, who has no password yet.

    Args:
        session: The transaction.
        who: Who adds them.
        name: The name to sign in with.
        administrator: Whether they administer the installation.
        now: The time, in seconds since the epoch.

    Raises:
        Conflict: There is a person of that name.
        InvalidRequest: It is no name.
    """
    canonical = canonical_name(name)
    if find(session, canonical) is not None:
        raise Conflict(f"There is a person named {canonical} already.")
    account = Account(id=uuid4(), name=canonical, administrator=administrator, created_at=now)
    session.add(account)
    session.flush()
    audit.record(session, who, Action.ACCOUNT_ADD, now=now, detail=canonical)
    return account


def find(session: Session, name: str) -> Account | None:
    """Return the person of that name, if there is one."""
    return session.scalar(select(Account).where(Account.name == canonical_name(name)))


def require(session: Session, name: str) -> Account:
    """Return the person of that name.

    Raises:
        NotFound: There is none.
    """
    account = find(session, name)
    if account is None:
        raise NotFound(f"There is no person named {canonical_name(name)}.")
    return account


def names(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names of the accounts with these ids."""
    return {row.id: row.name for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))}


def all_names(session: Session) -> Sequence[str]:
    """Return the names of all people."""
    return session.scalars(select(Account.name)).all()


def any_administrator_ready(session: Session) -> bool:
    """Tell whether an administrator has set a password."""
    wanted = select(func.count()).where(
        Account.administrator, Account.password_hash.is_not(None), Account.disabled_at.is_(None)
    )
    return bool(session.scalar(wanted))


def issue_setup_code(account: Account, *, now: int) -> str:
    """Return a fresh one-time code with which the person sets a password; an earlier code ends.

    Args:
        account: The person, inside a writing transaction.
        now: The time, in seconds since the epoch.
    """
    code = new_token()
    account.setup_digest = digest(code)
    account.setup_expires_at = now + SETUP_LIFETIME
    return code


def set_first_password(session: Session, code: str, password: str, *, address: str, now: int) -> Account:
    """Set the password of the person whom `code` was made for; the code is used up.

    Raises:
        NotFound: The code is unknown, used or too old.
        InvalidRequest: It cannot be a password.
    """
    account = session.scalar(select(Account).where(Account.setup_digest == digest(code)))
    if account is None or account.disabled_at is not None or now >= (account.setup_expires_at or 0):
        raise NotFound("This link was used already or is too old; ask for a new one.")
    set_password(
        session, account, password, who=Actor(account_id=account.id, name=account.name, address=address), now=now
    )
    return account


def set_password(session: Session, account: Account, password: str, *, who: Identity | Actor, now: int) -> None:
    """Give `account` a new password.

    Raises:
        InvalidRequest: It cannot be a password.
    """
    minimum = policy.minimum_password_length(session)
    account.password_hash = passwords.hash_password(password, minimum=minimum)
    account.setup_digest = account.setup_expires_at = None
    audit.record(session, who, Action.ACCOUNT_PASSWORD_SET, now=now, detail=account.name)

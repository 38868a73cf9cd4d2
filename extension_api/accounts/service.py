"""Adding people and letting them set their first password.

A name is compared in one canonical form, so that `Anna`, `anna` and the same in full-width letters are one person. The
code of a one-time link is stored as a digest, expires, and is gone once used.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from extension_api.accounts import passwords
from extension_api.accounts.models import NAME_LENGTH, Account
from extension_api.accounts.passwords import Hashed
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import digest, new_token
from extension_api.db import Database
from extension_api.errors import Conflict, InvalidRequest, NotFound
from extension_api.permissions import Identity, require_fresh
from extension_api.settings import Settings

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
        ConfirmationRequired: They are to administer, and the caller's session has not proved itself lately.
        Conflict: There is a person of that name.
        InvalidRequest: It is no name.
    """
    if administrator and isinstance(who, Identity):
        require_fresh(who, now=now)
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


def reset(session: Session, who: Identity | Actor, account: Account, *, now: int) -> str:
    """Return a one-time code with which a person sets a new password; the one they have is good until then.

    Args:
        session: A writing transaction.
        who: Who makes it.
        account: The person.
        now: The time, in seconds since the epoch.

    Raises:
        Conflict: The person is disabled, so that the link would lead nowhere.
        ConfirmationRequired: The caller's session has not proved itself lately.
    """
    if account.disabled_at is not None:
        raise Conflict(f"{account.name} is disabled; enable them first.")
    if isinstance(who, Identity):
        require_fresh(who, now=now)
    audit.record(session, who, Action.ACCOUNT_CHANGE, now=now, detail=f"{account.name}: a link to set a new password")
    return issue_setup_code(account, now=now)


def setup_link(settings: Settings, code: str) -> str:
    """Return the link that brings a one-time code; it stands in the fragment, which no browser sends or server logs."""
    return f"{settings.public_url}/console/welcome#{code}"


def of_setup_code(session: Session, code: str, *, now: int) -> Account:
    """Return the person whom a one-time code was made for.

    Raises:
        NotFound: The code is unknown, used or too old.
    """
    account = session.scalar(select(Account).where(Account.setup_digest == digest(code)))
    if account is None or account.disabled_at is not None or now >= (account.setup_expires_at or 0):
        raise NotFound("This link was used already or is too old; ask for a new one.")
    return account


def set_first_password(session: Session, code: str, hashed: Hashed, *, address: str, now: int) -> Account:
    """Set the password of the person whom `code` was made for; the code is used up.

    Raises:
        NotFound: The code is unknown, used or too old.
    """
    account = of_setup_code(session, code, now=now)
    who = Actor(account_id=account.id, name=account.name, address=address)
    set_password(session, account, hashed, who=who, now=now)
    return account


def set_password(session: Session, account: Account, hashed: Hashed, *, who: Identity | Actor, now: int) -> None:
    """Give `account` a new password.

    Args:
        session: A writing transaction.
        account: The person.
        hashed: The password, hashed before the transaction began: a slow hash must not hold the write lock.
        who: Who sets it.
        now: The time, in seconds since the epoch.
    """
    account.password_hash = hashed
    account.setup_digest = account.setup_expires_at = None
    audit.record(session, who, Action.ACCOUNT_PASSWORD_SET, now=now, detail=account.name)


def raise_profile(database: Database, account: Account, password: str) -> None:
    """Hash a password anew whose stored hash is of an older profile, in a short transaction of its own.

    Args:
        database: The database.
        account: The person, read before; given the new hash as well.
        password: Their password, which was just found right.
    """
    renewed = passwords.renewed(account.password_hash, password)
    if renewed is None:
        return
    same = (Account.id == account.id, Account.password_hash == account.password_hash)
    with database.writing() as session:
        session.execute(update(Account).where(*same).values(password_hash=renewed))
    account.password_hash = renewed

"""What administrators do with people: find, add, disable, enable, make administrator. The caller has checked the right.

A disabled person is out at their next request, and their sessions are over for good. The installation always keeps an
administrator who can act: the last one can be neither disabled nor demoted.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api import paging, revision
from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Conflict, NotFound
from extension_api.paging import Cursor, Page
from extension_api.permissions import Identity, require_fresh
from extension_api.revision import Touched
from extension_api.sessions import service as sessions
from extension_api.text_search import holds


def page(session: Session, *, text: str = "", after: Cursor | None, limit: int) -> Page[Account]:
    """Return a page of the people, by name.

    Args:
        session: A transaction.
        text: What the name must hold; empty for all.
        after: Name and id of the last person of the page before.
        limit: How many at the most.
    """
    wanted = select(Account)
    if text:
        wanted = wanted.where(holds(Account.name, audit.name_as_stored(text)))
    if after is not None:
        wanted = wanted.where(paging.beyond(Account.name, Account.id, after))
    rows = session.scalars(wanted.order_by(Account.name, Account.id).limit(limit + 1)).all()
    return paging.page(rows, limit, lambda account: (account.name, account.id))


def require(session: Session, account_id: UUID) -> Account:
    """Return the person.

    Raises:
        NotFound: There is none such.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account


def disable(session: Session, who: Identity | Actor, account: Account, *, now: int) -> None:
    """Shut a person out at once; what they were granted stays for the day they are enabled again.

    Raises:
        ConfirmationRequired: The caller's session has not proved itself lately.
        Conflict: They are the last administrator who can act.
    """
    if account.disabled_at is not None:
        return
    _require_proof(who, now=now)
    _require_another(session, account)
    account.disabled_at = now
    session.flush()
    sessions.end_all_of(session, account.id, now=now)
    audit.record(session, who, Action.ACCOUNT_DISABLE, now=now, detail=account.name)


def enable(session: Session, who: Identity | Actor, account: Account, *, now: int) -> None:
    """Let a disabled person sign in again; no session of theirs comes back.

    Raises:
        ConfirmationRequired: The caller's session has not proved itself lately.
    """
    if account.disabled_at is None:
        return
    _require_proof(who, now=now)
    account.disabled_at = None
    session.flush()
    audit.record(session, who, Action.ACCOUNT_ENABLE, now=now, detail=account.name)


def set_administrator(
    session: Session, who: Identity | Actor, account: Account, *, administrator: bool, now: int
) -> None:
    """Make a person an administrator, or no longer one.

    Raises:
        ConfirmationRequired: The caller's session has not proved itself lately.
        Conflict: They are the last administrator who can act.
    """
    if account.administrator is administrator:
        return
    _require_proof(who, now=now)
    if not administrator:
        _require_another(session, account)
    account.administrator = administrator
    session.flush()
    # What a person may edit is told with their match table.
    revision.raise_by_one(session, Touched(account_id=account.id))
    detail = f"{account.name}: {'now' if administrator else 'no longer'} an administrator"
    audit.record(session, who, Action.ACCOUNT_ADMINISTRATOR_CHANGE, now=now, detail=detail)


def _require_proof(who: Identity | Actor, *, now: int) -> None:
    # A session that was left open or stolen must neither shut people out nor let them in.
    if isinstance(who, Identity):
        require_fresh(who, now=now)


def _require_another(session: Session, account: Account) -> None:
    if not account.administrator or account.disabled_at is not None:
        return
    # Locked, so that two administrators cannot each rely on the other and both go.
    administrators = session.scalars(
        select(Account)
        .where(Account.administrator, Account.disabled_at.is_(None))
        .order_by(Account.id)
        .with_for_update()
    ).all()
    others = [other for other in administrators if other.id != account.id]
    if account.password_hash is not None:
        # Who has never set a password cannot stand in for one who has.
        others = [other for other in others if other.password_hash is not None]
    if not others:
        raise Conflict(f"{account.name} is the last administrator who can sign in; make another one first.")

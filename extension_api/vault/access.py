"""Who may do what with which record: the one place where grants are read and a record is let through.

`require` raises for a missing and for a forbidden record alike. A person's level on a record is the highest of what
was granted on the record and on its list. An administrator may see and edit titles and links of every record, and give
permissions, but holds neither FILL nor VIEW unless granted: administering is not reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from extension_api import revision
from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Forbidden, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.vault.models import Grant, Record


@dataclass(frozen=True, slots=True)
class Held:
    """A record, and what the caller may do with it."""

    record: Record
    level: Permission | None
    administrator: bool

    def may(self, wanted: Permission) -> bool:
        """Tell whether the caller has `wanted` on this record."""
        if self.level is not None and self.level >= wanted:
            return True
        return self.administrator and wanted in (Permission.EDIT, Permission.MANAGE)


def require(session: Session, identity: Identity, record_id: UUID, wanted: Permission) -> Held:
    """Return the record if the caller has `wanted` on it.

    Raises:
        NotFound: There is no such record, or the caller may not know of it, or may not fill it: all alike.
        Forbidden: The caller sees the record, but this needs more than they have.
    """
    held = require_seen(session, identity, record_id)
    if not held.may(wanted):
        if wanted is Permission.FILL:
            raise NotFound
        raise Forbidden
    return held


def require_seen(session: Session, identity: Identity, record_id: UUID) -> Held:
    """Return the record if the caller may know of it.

    Raises:
        NotFound: There is no such record, or the caller may not know of it.
    """
    record = session.get(Record, record_id)
    if record is not None:
        grants = [Grant.record_id == record.id, Grant.list_id == record.list_id]
        level = session.scalar(
            select(func.max(Grant.level)).where(Grant.account_id == identity.account_id, or_(*grants))
        )
        if level is not None or identity.administrator:
            return Held(record, Permission(level) if level is not None else None, identity.administrator)
    raise NotFound


def seen_by(identity: Identity) -> ColumnElement[bool]:
    """Return the condition under which a record may be known to the caller."""
    return Record.id.is_not(None) if identity.administrator else fillable_by(identity)


def fillable_by(identity: Identity) -> ColumnElement[bool]:
    """Return the condition under which the caller may fill a record: any grant holds FILL."""
    own: Select[UUID | None] = select(Grant.record_id).where(
        Grant.account_id == identity.account_id, Grant.record_id.is_not(None)
    )
    lists: Select[UUID | None] = select(Grant.list_id).where(
        Grant.account_id == identity.account_id, Grant.list_id.is_not(None)
    )
    return or_(Record.id.in_(own), Record.list_id.in_(lists))


def levels(session: Session, identity: Identity, records: Sequence[Record]) -> dict[UUID, Held]:
    """Return what the caller may do with each of `records`, in one question to the database."""
    grants = session.execute(
        select(Grant.record_id, Grant.list_id, Grant.level).where(Grant.account_id == identity.account_id)
    ).all()
    on_record = {grant.record_id: grant.level for grant in grants if grant.record_id is not None}
    on_list = {grant.list_id: grant.level for grant in grants if grant.list_id is not None}
    answer = {}
    for record in records:
        level = max(on_record.get(record.id, 0), on_list.get(record.list_id, 0))
        answer[record.id] = Held(record, Permission(level) if level else None, identity.administrator)
    return answer


def people_of(session: Session, record: Record) -> list[tuple[str, Permission]]:
    """Return who holds a grant on `record` or its list, with their highest level, by name."""
    rows = session.execute(
        select(Account.name, func.max(Grant.level))
        .join(Grant, Grant.account_id == Account.id)
        .where(or_(Grant.record_id == record.id, Grant.list_id == record.list_id))
        .group_by(Account.name)
        .order_by(Account.name)
    )
    return [(name, Permission(level)) for name, level in rows]


def give(
    session: Session, who: Identity | Actor, account: Account, record: Record, level: Permission, *, now: int
) -> None:
    """Give a person a level on one record, in place of what they had on it; the caller has checked who may."""
    grant = session.scalar(select(Grant).where(Grant.account_id == account.id, Grant.record_id == record.id))
    if grant is None:
        grant = Grant(id=uuid4(), account_id=account.id, record_id=record.id, level=level)
        session.add(grant)
    grant.level = level
    revision.raise_by_one(session)
    audit.record(
        session,
        who,
        Action.PERMISSION_GIVE,
        now=now,
        record_id=record.id,
        detail=f"{account.name}: {level.name.lower()}",
    )

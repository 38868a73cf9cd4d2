"""Who may do what with which record and list: the one place where grants are read and an object is let through.

One rule for the API and the console: an object that the caller may not know of answers as a missing one does; whoever
may know of it is told that a right on it is lacking; and what is for administrators alone (`require_administrator`)
refuses everybody else before any object is looked at. A person's level on a record is the highest of what
they and their groups were granted on the record and on its list; on a list, of what was granted on that list alone, so
nothing flows from a record upward or to its neighbours. An administrator may see and edit titles and links of every
record, and give permissions (to themselves too, which is on record), but holds neither FILL nor VIEW unless granted:
administering is not reading.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    SQLColumnExpression,
    and_,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from extension_api.errors import Forbidden, NotFound
from extension_api.people.models import Membership
from extension_api.permissions import Identity, Permission, require_fresh
from extension_api.vault.models import Grant, Record, RecordList

ADMINISTERING = frozenset({Permission.EDIT, Permission.MANAGE})
"""What an administrator may do with every record and list."""
MANY_LISTS = 200
"""Lists from which on a walk by title over all records meets a page of the caller's sooner than a look at each list."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """A record, and what the caller may do with it.

    Args:
        record: The record.
        level: The caller's level on it, from whatever grant.
        administrator: Whether the caller is an administrator.
        list_level: The caller's level on the record's list; `None` for a guest of this record alone.
    """

    record: Record
    level: Permission | None
    administrator: bool
    list_level: Permission | None = None

    def may(self, wanted: Permission) -> bool:
        """Tell whether the caller has `wanted` on this record."""
        return _may(self.level, wanted, administrator=self.administrator)

    def may_on_list(self, wanted: Permission) -> bool:
        """Tell whether the caller has `wanted` on the list that this record is in."""
        return _may(self.list_level, wanted, administrator=self.administrator)

    @property
    def sees_list(self) -> bool:
        """Whether the caller may know which list the record is in, and who holds that list."""
        return self.list_level is not None or self.administrator


@dataclass(frozen=True, slots=True)
class HeldList:
    """A list, and what the caller may do with it."""

    list: RecordList
    level: Permission | None
    administrator: bool

    def may(self, wanted: Permission) -> bool:
        """Tell whether the caller has `wanted` on this list."""
        return _may(self.level, wanted, administrator=self.administrator)


@dataclass(frozen=True, slots=True)
class Holdings:
    """Every level that a person holds, by record and by list."""

    records: dict[UUID, int]
    lists: dict[UUID, int]
    administrator: bool

    def level(self, record_id: UUID, list_id: UUID) -> Permission | None:
        """Return the person's level on a record of a list."""
        return _level(max(self.records.get(record_id, 0), self.lists.get(list_id, 0)))

    def may(self, record_id: UUID, list_id: UUID, wanted: Permission) -> bool:
        """Tell whether the person has `wanted` on a record of a list."""
        return _may(self.level(record_id, list_id), wanted, administrator=self.administrator)


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
        found = _holdings(session, identity, [record.id], [record.list_id])
        level = found.level(record.id, record.list_id)
        if level is not None or identity.administrator:
            return Held(record, level, identity.administrator, _level(found.lists.get(record.list_id, 0)))
    raise NotFound


def require_list(session: Session, identity: Identity, list_id: UUID, wanted: Permission) -> HeldList:
    """Return the list if the caller has `wanted` on it.

    Raises:
        NotFound: There is no such list, or the caller may not know of it.
        Forbidden: The caller sees the list, but this needs more than they have.
    """
    held = require_list_seen(session, identity, list_id)
    if not held.may(wanted):
        raise Forbidden("You may not do this; ask who manages the list.")
    return held


def require_list_seen(session: Session, identity: Identity, list_id: UUID) -> HeldList:
    """Return the list if the caller may know of it; a guest of one of its records may not.

    Raises:
        NotFound: There is no such list, or the caller may not know of it.
    """
    found = session.get(RecordList, list_id)
    if found is not None:
        level = _level(_holdings(session, identity, [], [list_id]).lists.get(list_id, 0))
        if level is not None or identity.administrator:
            return HeldList(found, level, identity.administrator)
    raise NotFound


def require_proof(identity: Identity, level: Permission | None, *, now: int) -> None:
    """Check that who gives access only because they administer has proved themselves lately.

    An administrator may let anybody read, themselves too; a session that was left open or stolen must not.

    Args:
        identity: The caller, who was let through to MANAGE.
        level: What they were granted on the record or list.
        now: The time, in seconds since the epoch.

    Raises:
        ConfirmationRequired: They have not.
    """
    if level is not Permission.MANAGE:
        require_fresh(identity, now=now)


def seen_by(identity: Identity, *, many: bool = False) -> ColumnElement[bool]:
    """Return the condition under which a record may be known to the caller; `many` as for `fillable_by`."""
    return true() if identity.administrator else fillable_by(identity, many=many)


def fillable_by(identity: Identity, *, many: bool = False) -> ColumnElement[bool]:
    """Return the condition under which the caller may fill a record: any grant holds FILL.

    Args:
        identity: The caller.
        many: Whether that is a large part of all records: they are then found in passing rather than each by itself.
    """
    records = _granted(identity, Grant.record_id, Grant.record_id.is_not(None))
    record_id = unindexed(Record.id) if many else Record.id
    list_id = unindexed(Record.list_id) if many else Record.list_id
    return or_(record_id.in_(records), list_id.in_(granted_lists(identity)))


def holds_many(session: Session, identity: Identity) -> bool:
    """Tell whether the caller may know of so many lists that their records are better found in passing."""
    if identity.administrator:
        return True
    found = granted_lists(identity).limit(MANY_LISTS).subquery()
    return session.scalar(select(func.count()).select_from(found)) == MANY_LISTS


def unindexed(column: SQLColumnExpression[T]) -> SQLColumnExpression[T]:
    """Return a column in a form that no index answers, for where a walk along another index is known to be shorter."""
    return func.coalesce(column, column)


def list_seen_by(identity: Identity) -> ColumnElement[bool]:
    """Return the condition under which a list may be known to the caller."""
    return true() if identity.administrator else RecordList.id.in_(granted_lists(identity))


def granted_lists(identity: Identity, at_least: Permission = Permission.FILL) -> CompoundSelect[UUID | None]:
    """Return the ids of the lists on which the caller holds `at_least`."""
    # Every grant is at least FILL; without a look at the level an index alone answers.
    enough = () if at_least is Permission.FILL else (Grant.level >= at_least,)
    return _granted(identity, Grant.list_id, Grant.list_id.is_not(None), *enough)


def of(identity: Identity) -> ColumnElement[bool]:
    """Return the condition under which a grant is the caller's, by themselves or by a group of theirs."""
    groups = select(Membership.group_id).where(Membership.account_id == identity.account_id)
    return or_(Grant.account_id == identity.account_id, Grant.group_id.in_(groups))


def holdings(session: Session, identity: Identity) -> Holdings:
    """Return every level that the caller holds, in one question to the database."""
    own = select(Grant.record_id, Grant.list_id, Grant.level).where(Grant.account_id == identity.account_id)
    by_group = (
        select(Grant.record_id, Grant.list_id, Grant.level)
        .join(Membership, Membership.group_id == Grant.group_id)
        .where(Membership.account_id == identity.account_id)
    )
    return _gathered(session.execute(union_all(own, by_group)), administrator=identity.administrator)


def held_of(session: Session, identity: Identity, records: Collection[UUID], lists: Collection[UUID]) -> Holdings:
    """Return the levels that the caller holds on these records by themselves and on these lists."""
    return _holdings(session, identity, list(records), list(lists))


def levels(session: Session, identity: Identity, records: Sequence[Record]) -> dict[UUID, Held]:
    """Return what the caller may do with each of `records` (a page of them), in one question to the database."""
    found = _holdings(session, identity, [r.id for r in records], list({r.list_id for r in records}))
    return {
        r.id: Held(r, found.level(r.id, r.list_id), identity.administrator, _level(found.lists.get(r.list_id, 0)))
        for r in records
    }


def levels_on_lists(session: Session, identity: Identity, lists: Sequence[RecordList]) -> dict[UUID, HeldList]:
    """Return what the caller may do with each of `lists` (a page of them), in one question to the database."""
    found = _holdings(session, identity, [], [each.id for each in lists])
    return {each.id: HeldList(each, _level(found.lists.get(each.id, 0)), identity.administrator) for each in lists}


def _granted(
    identity: Identity, what: InstrumentedAttribute[UUID | None], *conditions: ColumnElement[bool]
) -> CompoundSelect[UUID | None]:
    # Two selects, each answered by one index; a single one with OR is 10 times slower for who holds 5,000 lists.
    own = select(what).where(Grant.account_id == identity.account_id, *conditions)
    by_group = (
        select(what)
        .join(Membership, Membership.group_id == Grant.group_id)
        .where(Membership.account_id == identity.account_id, *conditions)
    )
    return union_all(own, by_group)


def _holdings(session: Session, identity: Identity, record_ids: list[UUID], list_ids: list[UUID]) -> Holdings:
    # Four narrow ways in, each by a unique index, rather than all grants of a list or all of a person.
    on: list[ColumnElement[bool]] = []
    if record_ids:
        on.append(Grant.record_id.in_(record_ids))
    if list_ids:
        on.append(Grant.list_id.in_(list_ids))
    groups = select(Membership.group_id).where(Membership.account_id == identity.account_id)
    holders = (Grant.account_id == identity.account_id, Grant.group_id.in_(groups))
    ways = [and_(holder, place) for holder in holders for place in on]
    if not ways:
        return Holdings({}, {}, identity.administrator)
    rows = session.execute(select(Grant.record_id, Grant.list_id, Grant.level).where(or_(*ways)))
    return _gathered(rows, administrator=identity.administrator)


def _gathered(rows: Iterable[Row[UUID | None, UUID | None, int]], *, administrator: bool) -> Holdings:
    found = Holdings({}, {}, administrator)
    for record_id, list_id, level in rows:
        if record_id is not None:
            found.records[record_id] = max(level, found.records.get(record_id, 0))
        elif list_id is not None:
            found.lists[list_id] = max(level, found.lists.get(list_id, 0))
    return found


def _level(number: int) -> Permission | None:
    return Permission(number) if number else None


def _may(level: Permission | None, wanted: Permission, *, administrator: bool) -> bool:
    if level is not None and level >= wanted:
        return True
    return administrator and wanted in ADMINISTERING

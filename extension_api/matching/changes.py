"""What was changed between two revisions, as far as it concerns one person.

Each change says what it touched (`revision.py`). A change of somebody's rights is not followed in detail: what they may
fill is then looked at as a whole. As long as their rights stay the same, what they may fill now is what they might fill
then, but for records that came, went or moved; so nobody is told of a record that they never had.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api.people.models import Membership
from extension_api.permissions import Identity
from extension_api.revision import Revision, TableChange
from extension_api.vault import access

MOST: Final = 500
"""Changes that are looked through; who is further behind takes a whole table."""


@dataclass(frozen=True, slots=True)
class Point:
    """A revision and its stamp, by which one that comes again after a backup was put back is told from the first."""

    revision: int
    stamp: int


@dataclass(frozen=True, slots=True)
class Found:
    """What concerns a person: records that they may fill now, or could then."""

    records: frozenset[UUID]

    @property
    def nothing(self) -> bool:
        """Whether nothing concerns them."""
        return not self.records


def now(session: Session) -> Point:
    """Return the revision that this transaction sees."""
    return Point(*session.execute(select(Revision.value, Revision.stamp)).one())


def stamp_of(session: Session, revision: int) -> int | None:
    """Return the stamp of a revision, if its changes are kept."""
    return session.scalars(
        select(TableChange.stamp).where(TableChange.revision == revision, TableChange.place == 0)
    ).one_or_none()


def between(session: Session, identity: Identity, then: Point, now: Point) -> Found | None:
    """Return what concerns a person of all that was changed after `then`; `None` where only a whole table will do.

    Args:
        session: The transaction that `now` was read in.
        identity: The person.
        then: What they have.
        now: The present revision.
    """
    if not 0 <= now.revision - then.revision <= MOST or stamp_of(session, then.revision) != then.stamp:
        return None
    rows = session.execute(
        select(
            TableChange.record_id,
            TableChange.list_id,
            TableChange.former_list_id,
            TableChange.account_id,
            TableChange.group_id,
        )
        .where(TableChange.revision > then.revision)
        .order_by(TableChange.revision)
        .limit(MOST + 1)
    ).all()
    if len(rows) > MOST or any(not any(row) or row.account_id == identity.account_id for row in rows):
        return None
    groups = {row.group_id for row in rows if row.group_id is not None}
    if groups and _in_one_of(session, identity, groups):
        return None
    records = {row.record_id for row in rows if row.record_id is not None}
    lists = {each for row in rows for each in (row.list_id, row.former_list_id) if each is not None}
    held = access.held_of(session, identity, records, lists)
    mine = {
        row.record_id
        for row in rows
        if row.record_id in held.records or row.list_id in held.lists or row.former_list_id in held.lists
    }
    return Found(frozenset(each for each in mine if each is not None))


def _in_one_of(session: Session, identity: Identity, groups: set[UUID]) -> bool:
    own = Membership.account_id == identity.account_id
    return session.scalar(select(Membership.group_id).where(own, Membership.group_id.in_(groups)).limit(1)) is not None

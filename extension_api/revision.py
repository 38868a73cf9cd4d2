"""The revision: one number that grows whenever something that could change anybody's match table changes.

It is written in the transaction of the change itself, so whoever sees the change sees the number too. Beside it stands
what the change touched, so that a person's table need not be made anew for a change that does not concern them, and an
extension is told of the change alone; who raises the number and does not say what was touched has touched everybody's.
Each number bears a random stamp: it comes again after a backup was put back, the stamp does not.
"""

import os
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Uuid, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from extension_api.db import Base

_ONLY = 1
KEPT: Final = 10_000
"""Revisions whose changes are kept; who is further behind takes a whole table."""
CLEARED_EVERY: Final = 256
STAMP_BYTES: Final = 7
"""What fits into the engines' own integers, and is never seen twice."""


class Revision(Base):
    """The one row that holds the number."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    stamp: Mapped[int] = mapped_column(BigInteger)


class TableChange(Base):
    """What one revision touched; several rows where it is more than one thing, none of the ids for everybody."""

    __tablename__ = "table_change"

    revision: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    stamp: Mapped[int] = mapped_column(BigInteger)
    record_id: Mapped[UUID | None] = mapped_column(Uuid())
    list_id: Mapped[UUID | None] = mapped_column(Uuid())
    former_list_id: Mapped[UUID | None] = mapped_column(Uuid())
    account_id: Mapped[UUID | None] = mapped_column(Uuid())
    group_id: Mapped[UUID | None] = mapped_column(Uuid())


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One thing that a change touched.

    Args:
        record_id: A record that came, changed or went, in the list `list_id`, and before in `former_list_id`.
        list_id: The list that the record is in, or was in when it went.
        former_list_id: The list that it was moved from.
        account_id: A person whose rights are others now.
        group_id: A group whose members' rights are others now.
    """

    record_id: UUID | None = None
    list_id: UUID | None = None
    former_list_id: UUID | None = None
    account_id: UUID | None = None
    group_id: UUID | None = None


EVERYBODY: Final = Touched()


def current(session: Session) -> int:
    """Return the revision that this transaction sees."""
    return session.scalars(select(Revision.value).where(Revision.id == _ONLY)).one()


def raise_by_one(session: Session, *touched: Touched) -> int:
    """Count one change and return the new revision.

    Args:
        session: A writing transaction.
        *touched: What was touched; everybody's table if nothing is said.
    """
    stamp = int.from_bytes(os.urandom(STAMP_BYTES), "big")
    wanted = (
        update(Revision)
        .where(Revision.id == _ONLY)
        .values(value=Revision.value + 1, stamp=stamp)
        .returning(Revision.value)
    )
    value = session.scalars(wanted).one()
    rows = [
        {
            "revision": value,
            "place": place,
            "stamp": stamp,
            "record_id": each.record_id,
            "list_id": each.list_id,
            "former_list_id": each.former_list_id,
            "account_id": each.account_id,
            "group_id": each.group_id,
        }
        for place, each in enumerate(touched or (EVERYBODY,))
    ]
    session.execute(insert(TableChange), rows)
    if value % CLEARED_EVERY == 0:
        session.execute(delete(TableChange).where(TableChange.revision <= value - KEPT))
    return value

"""The revision: one number that grows whenever something that could change anybody's match table changes.

It is written in the transaction of the change itself, so whoever sees the change sees the number too.
"""

from sqlalchemy import BigInteger, Integer, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from extension_api.db import Base

_ONLY = 1


class Revision(Base):
    """The one row that holds the number."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


def current(session: Session) -> int:
    """Return the revision that this transaction sees."""
    return session.scalars(select(Revision.value).where(Revision.id == _ONLY)).one()


def raise_by_one(session: Session) -> int:
    """Count one change and return the new revision."""
    wanted = update(Revision).where(Revision.id == _ONLY).values(value=Revision.value + 1).returning(Revision.value)
    return session.scalars(wanted).one()

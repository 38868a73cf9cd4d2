"""The table of events. Rows are added and never changed.

No foreign key leads from here: an event outlives the record and the person that it tells of.
"""

from uuid import UUID

from sqlalchemy import BigInteger, Integer, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.db import Base

EVENT_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of its own integer type."""


class Event(Base):
    """One thing that happened."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(EVENT_ID, primary_key=True, autoincrement=True)
    at: Mapped[int] = mapped_column(BigInteger)
    """Seconds since the epoch."""
    action: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[UUID | None] = mapped_column(Uuid(), index=True)
    account_name: Mapped[str | None] = mapped_column(String(100))
    """The name at that time."""
    session_id: Mapped[UUID | None] = mapped_column(Uuid())
    device: Mapped[str | None] = mapped_column(String(100))
    address: Mapped[str | None] = mapped_column(String(64))
    """The network address that the request came from."""
    record_id: Mapped[UUID | None] = mapped_column(Uuid(), index=True)
    page_host: Mapped[str | None] = mapped_column(String(255))
    detail: Mapped[str | None] = mapped_column(Text())
    """Words for a person; never a secret."""

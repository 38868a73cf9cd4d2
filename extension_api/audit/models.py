"""The tables of the audit: the events, and the head of each lane of their chain (`chain.py`).

Rows of events are added and never changed; the oldest leave for an archive that still verifies. No foreign key leads
from here: an event outlives the record and the person that it tells of.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.db import Base
from extension_api.sealed import sealed_column

EVENT_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite keeps rows in the order of an id only in a column of its own integer type."""
NAME_LENGTH: Final = 100
ADDRESS_LENGTH: Final = 64
HOST_LENGTH: Final = 255
KEY_FIELD: Final = "audit-key"
"""What a lane's key is sealed as; in place of a record's id stands the lane's number."""
SEARCHED: Final = ("account_id", "account_name", "record_id", "page_host", "action")
"""What events are looked for by; each has an index in the order of time, so that a page is one short walk."""


class Event(Base):
    """One thing that happened."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_at", "at", "id"),
        *(Index(f"ix_audit_event_{name}_at", name, "at", "id") for name in SEARCHED),
    )

    id: Mapped[int] = mapped_column(EVENT_ID, primary_key=True, autoincrement=False)
    """The event's place in the chain, given by `chain.append`."""
    at: Mapped[int] = mapped_column(BigInteger)
    """Seconds since the epoch."""
    action: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[UUID | None] = mapped_column(Uuid())
    account_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    """The name at that time."""
    session_id: Mapped[UUID | None] = mapped_column(Uuid())
    device: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    address: Mapped[str | None] = mapped_column(String(ADDRESS_LENGTH))
    """The network address that the request came from."""
    record_id: Mapped[UUID | None] = mapped_column(Uuid())
    page_host: Mapped[str | None] = mapped_column(String(HOST_LENGTH))
    detail: Mapped[str | None] = mapped_column(Text())
    """Words for a person; never a secret."""
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The chain up to and with this event; missing only in rows from before there was a chain."""


class ChainHead(Base):
    """Where one lane of the chain stands."""

    __tablename__ = "audit_head"

    lane: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    lanes: Mapped[int] = mapped_column(Integer)
    """How many lanes there are in all."""
    sealed_key: Mapped[bytes] = sealed_column(lambda row: (UUID(int=row.lane), KEY_FIELD))
    """The lane's own key, sealed with the master key; a change of that reseals it and leaves the chain as it is."""
    linked: Mapped[int] = mapped_column(BigInteger)
    """How many events the lane has had."""
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The digest of the last of them."""
    archived: Mapped[int] = mapped_column(BigInteger)
    """How many of them, the oldest, are in archives and no longer in the table."""
    archived_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The digest of the last archived one, from which the table's chain goes on."""
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Over all of the above, under the lane's key."""

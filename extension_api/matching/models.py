"""The table of pinned fields: which field of a page a person pointed at for a record, and as what.

No value is ever in it, and nothing of a page but how to find one of its fields again. It goes with its record.
"""

from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.db import Base
from extension_api.vault.models import Record

PAGE_LENGTH = 1000


class PinnedField(Base):
    """One field of one page, for one record."""

    __tablename__ = "pinned_field"

    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), primary_key=True)
    page: Mapped[str] = mapped_column(String(PAGE_LENGTH), primary_key=True)
    """Scheme, host, port and path."""
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    field: Mapped[str] = mapped_column(Text)
    """How to find it again, as JSON (`pins.Field`)."""

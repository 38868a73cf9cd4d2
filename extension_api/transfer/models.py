"""Which items of which files came into a list, so that the same one is known when it comes again.

There is no secret in it, not even in a digest: a fingerprint is made of what is stored in clear beside it.
"""

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.db import Base
from extension_api.vault.models import Record, RecordList


class Imported(Base):
    """An item that came as a record, by the list that was named for it; it is forgotten with either.

    The record may lie elsewhere: in a list that was made of the item's folders, or where somebody has moved it.
    """

    __tablename__ = "imported_item"

    list_id: Mapped[UUID] = mapped_column(ForeignKey(RecordList.id, ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), index=True)

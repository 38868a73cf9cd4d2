"""The tables of lists, records, sealed fields, links and grants.

A secret is only ever in `sealed_field`; a title and a user name are not secrets to those who may fill.
"""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.accounts.models import Account
from extension_api.db import Base

TITLE_LENGTH = 200
USERNAME_LENGTH = 500


class RecordList(Base):
    """A list of records; permissions on it hold for each of them."""

    __tablename__ = "record_list"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH), unique=True)
    created_at: Mapped[int] = mapped_column(BigInteger)


class Record(Base):
    """One credential."""

    __tablename__ = "record"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey(RecordList.id), index=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), index=True)
    username: Mapped[str] = mapped_column(String(USERNAME_LENGTH))
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class SealedField(Base):
    """One secret field of a record, sealed for this record and this name."""

    __tablename__ = "sealed_field"

    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class LinkRow(Base):
    """One address tied to a record, as `matcher.Link` checked it."""

    __tablename__ = "link"
    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(Text)
    strategy: Mapped[str] = mapped_column(String(10))
    veto: Mapped[bool] = mapped_column(Boolean)
    expression: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
    """Place among the record's links; the first is the primary one."""
    created_at: Mapped[int] = mapped_column(BigInteger)


class Grant(Base):
    """A permission of a person on one list or on one record."""

    __tablename__ = "permission"
    __table_args__ = (
        CheckConstraint("(list_id IS NULL) <> (record_id IS NULL)", name="one_object"),
        Index("uq_permission_account_list", "account_id", "list_id", unique=True),
        Index("uq_permission_account_record", "account_id", "record_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"))
    list_id: Mapped[UUID | None] = mapped_column(ForeignKey(RecordList.id, ondelete="CASCADE"), index=True)
    record_id: Mapped[UUID | None] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), index=True)
    level: Mapped[int] = mapped_column(Integer)

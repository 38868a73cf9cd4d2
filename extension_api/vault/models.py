"""The tables of folders, lists, records, sealed fields and their history, links and grants.

A secret is only ever in `sealed_field` and `field_history`; a title and a user name are not secrets to those who may
fill. Indexes are made for keyset pages by name or title over 100,000 records, and for the check of one right.
"""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.accounts.models import NAME_LENGTH, Account
from extension_api.db import Base
from extension_api.people.models import Group
from extension_api.sealed import sealed_column

TITLE_LENGTH = 200
USERNAME_LENGTH = 500
FIELD_NAME_LENGTH = 100


class Folder(Base):
    """A folder of lists and folders. It carries no permission: what may be seen in it is said by its lists."""

    __tablename__ = "folder"
    __table_args__ = (
        Index("ix_folder_parent_id_name_id", "parent_id", "name", "id"),
        CheckConstraint("id <> parent_id", name="not_in_itself"),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("folder.id"))
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    created_at: Mapped[int] = mapped_column(BigInteger)


class RecordList(Base):
    """A list of records; permissions on it hold for each of them.

    Names may repeat: a refusal of a name that is taken would tell of lists that the person may not know.
    """

    __tablename__ = "record_list"
    __table_args__ = (
        Index("ix_record_list_name_id", "name", "id"),
        Index("ix_record_list_folder_id_name_id", "folder_id", "name", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    folder_id: Mapped[UUID | None] = mapped_column(ForeignKey(Folder.id))
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    personal_of: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id, ondelete="SET NULL"), unique=True)
    """The person whose own list it is, where new logins go that name no list."""
    created_at: Mapped[int] = mapped_column(BigInteger)


class Record(Base):
    """One credential."""

    __tablename__ = "record"
    __table_args__ = (
        Index("ix_record_title_id_list_id", "title", "id", "list_id"),
        Index("ix_record_list_id_title_id", "list_id", "title", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey(RecordList.id))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    username: Mapped[str] = mapped_column(String(USERNAME_LENGTH))
    version: Mapped[int] = mapped_column(Integer)
    """Grows with every change of a value, so that a change made from an old sight of the record can be refused."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class SealedField(Base):
    """One secret field of a record, sealed for this record and this name."""

    __tablename__ = "sealed_field"

    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(FIELD_NAME_LENGTH), primary_key=True)
    sealed: Mapped[bytes] = sealed_column(lambda row: (row.record_id, row.name))


def history_place(field: str, version: int) -> str:
    """Return the name under which an old value is sealed; no field of today can bear it (`fields.checked_name`)."""
    return f"history:{version}:{field}"


class OldValue(Base):
    """What a field held before, sealed for this record, this field and this version (`history_place`)."""

    __tablename__ = "field_history"
    __table_args__ = (
        Index("uq_field_history_record_id_field_version", "record_id", "field", "version", unique=True),
        Index("ix_field_history_record_id_version", "record_id", "version"),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"))
    field: Mapped[str] = mapped_column(String(FIELD_NAME_LENGTH))
    version: Mapped[int] = mapped_column(Integer)
    """The last version of the record that held it."""
    sealed: Mapped[bytes] = sealed_column(lambda row: (row.record_id, history_place(row.field, row.version)))
    replaced_at: Mapped[int] = mapped_column(BigInteger)
    replaced_by: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    """The name of who replaced it, at that time; nobody for the command line."""


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
    """Place among the record's links; the first that is no veto is the primary one."""
    created_at: Mapped[int] = mapped_column(BigInteger)


class Grant(Base):
    """A permission of a person or a group on one list or on one record."""

    __tablename__ = "permission"
    __table_args__ = (
        CheckConstraint("(list_id IS NULL) <> (record_id IS NULL)", name="one_object"),
        CheckConstraint("(account_id IS NULL) <> (group_id IS NULL)", name="one_holder"),
        Index("uq_permission_account_list", "account_id", "list_id", unique=True),
        Index("uq_permission_account_record", "account_id", "record_id", unique=True),
        Index("uq_permission_group_list", "group_id", "list_id", unique=True),
        Index("uq_permission_group_record", "group_id", "record_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey(Group.id, ondelete="CASCADE"))
    list_id: Mapped[UUID | None] = mapped_column(ForeignKey(RecordList.id, ondelete="CASCADE"), index=True)
    record_id: Mapped[UUID | None] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), index=True)
    level: Mapped[int] = mapped_column(Integer)

"""The tables of groups and of who belongs to them.

A group is flat: it holds people and never another group, so that who is in it can be read off in one look.
"""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.accounts.models import NAME_LENGTH, Account
from extension_api.db import Base


class Group(Base):
    """A group of people; a permission may be given to it as to a person."""

    __tablename__ = "person_group"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    """In the same canonical form as a person's name."""
    created_at: Mapped[int] = mapped_column(BigInteger)


class Membership(Base):
    """That a person belongs to a group. The person comes first in the key: every check of a right asks by person."""

    __tablename__ = "membership"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey(Group.id, ondelete="CASCADE"), primary_key=True, index=True)

"""The table of accounts."""

from uuid import UUID

from sqlalchemy import BigInteger, Boolean, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.db import Base

NAME_LENGTH = 100


class Account(Base):
    """A person."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    """As `canonical_name` gives it."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """Argon2id in PHC form; `None` until the person has set a password."""
    administrator: Mapped[bool] = mapped_column(Boolean)
    setup_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Digest of the one-time code that lets the person set a password."""
    setup_expires_at: Mapped[int | None] = mapped_column(BigInteger)
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)

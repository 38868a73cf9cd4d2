"""The tables of sessions and of the refresh tokens that were used up."""

import enum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extension_api.accounts.models import Account
from extension_api.db import Base

DEVICE_LENGTH = 100


class Kind(enum.StrEnum):
    """Where a session is used; a token of one kind is worth nothing in the other."""

    CONSOLE = "console"
    EXTENSION = "extension"


class SignedIn(Base):
    """One person signed in on one device."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    device: Mapped[str] = mapped_column(String(DEVICE_LENGTH))
    access_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    access_expires_at: Mapped[int] = mapped_column(BigInteger)
    refresh_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    """When nothing can prolong it any more."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int] = mapped_column(BigInteger)
    proved_at: Mapped[int] = mapped_column(BigInteger)
    """When its person last proved themselves in it: by a password, a code or a passkey."""
    ended_at: Mapped[int | None] = mapped_column(BigInteger)

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class SpentRefreshToken(Base):
    """A refresh token that was used; seeing it again means that two hold it."""

    __tablename__ = "spent_refresh_token"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SignedIn.id, ondelete="CASCADE"), index=True)

"""The tables of second factors, of passkeys, and of proofs that were begun and wait for their second half."""

import enum
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, ForeignKey, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extension_api.accounts.models import Account
from extension_api.db import Base
from extension_api.sealed import sealed_column

SECRET_FIELD = "one-time-code"  # noqa: S105 - a field's name
"""The field that a secret is sealed for, in the place of its account."""
NAME_LENGTH = 60
CREDENTIAL_LENGTH = 1023
"""Bytes of a credential's id at the most (WebAuthn level 3, section 4, "Credential ID")."""


class CodeSecret(Base):
    """What a person's one-time codes are made of; it counts once it has been confirmed by a code."""

    __tablename__ = "code_secret"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), primary_key=True)
    sealed_secret: Mapped[bytes] = sealed_column(lambda row: (row.account_id, SECRET_FIELD))
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The step of the last code that was accepted; no code of it or of an earlier one is accepted again."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    confirmed_at: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """A code for the day on which the device that makes the others is lost; good once."""

    __tablename__ = "recovery_code"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class Passkey(Base):
    """A key pair of a person's device; the service has the public half."""

    __tablename__ = "passkey"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(CREDENTIAL_LENGTH), unique=True)
    credential: Mapped[bytes] = mapped_column(LargeBinary)
    """Attested credential data (WebAuthn section 6.5.1): the id and the public key; no secret."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """The highest counter seen; authenticators that do not count say 0 for ever."""
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    synced: Mapped[bool] = mapped_column(Boolean)
    """Whether the device keeps a copy elsewhere (backup eligible, section 6.1.3)."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class Purpose(enum.StrEnum):
    """What a proof was begun for; it is worth nothing for another."""

    CODE = "code"
    """Signing in: the password was right, a code is to follow."""
    CONFIRM = "confirm"
    """A passkey, for somebody who is signed in to confirm who they are."""
    REGISTER = "register"
    """A new passkey."""
    SIGN_IN = "sign-in"
    """A passkey, for somebody who signs in."""


class BegunProof(Base):
    """The first half of a proof, waiting a few minutes for its second; used up by it."""

    __tablename__ = "begun_proof"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """Digest of the challenge or of the token that the second half brings back."""
    purpose: Mapped[str] = mapped_column(String(10))
    holder: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Digest of what only the browser that began it has: the second half must come from there."""
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    """Whose proof; `None` where a passkey will tell."""
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)

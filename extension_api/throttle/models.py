"""The tables of attempts and of addresses that people are known to sign in from.

A name is kept as a digest alone: a password typed into the wrong field must not lie here, and a name that nobody has
is counted exactly as one that somebody has. Rows go when their time has passed.
"""

import enum

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.db import Base


class Kind(enum.StrEnum):
    """What is tried; each kind has counters of its own."""

    CODE = "code"
    """A one-time code or a recovery code, after a right password."""
    PASSWORD = "password"  # noqa: S105 - a kind's name
    """A password."""


class Scope(enum.StrEnum):
    """What attempts are counted on."""

    PAIR = "pair"
    """One person, from one address."""
    ADDRESS = "address"
    """One address, over distinct people: stuffing of stolen lists, one password tried on everybody."""
    PERSON = "person"
    """One person, over all addresses: a guess spread over many machines."""


class Counter(Base):
    """What was tried in one scope since the last long enough pause."""

    __tablename__ = "attempt_counter"
    __table_args__ = (
        Index("ix_attempt_counter_address", "address", "scope", "kind"),
        Index("ix_attempt_counter_not_before", "not_before", "subject"),
    )

    subject: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """Digest of kind, scope, person and address."""
    kind: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(10))
    person: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Digest of the name; `None` for an address over people."""
    address: Mapped[str | None] = mapped_column(String(64))
    """The address or IPv6 network; `None` for a person over addresses."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    """Attempts that were judged; for an address, distinct people."""
    refused: Mapped[int] = mapped_column(Integer, default=0)
    """Attempts that this counter kept from being judged."""
    blocked_at: Mapped[int | None] = mapped_column(BigInteger)
    """When the permitted number was used up."""
    not_before: Mapped[int] = mapped_column(BigInteger, default=0)
    """Until then nothing is judged."""
    forget_at: Mapped[int] = mapped_column(BigInteger, index=True)


class KnownAddress(Base):
    """An address from which a person has signed in."""

    __tablename__ = "known_address"

    person: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """Digest of the name."""
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    last_at: Mapped[int] = mapped_column(BigInteger, index=True)

"""The tables of chains, proposals, what browsers saw, who asks for a link, and affiliations.

A chain's row is also its job: when it is due, who has leased it and until when. No address here has a query, and no
secret is in any of them.
"""

import enum
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.accounts.models import Account
from extension_api.db import Base
from extension_api.vault.models import Record

ORIGIN_LENGTH = 280
"""`https://`, a name of at most 253 characters, a port."""


class ChainRow(Base):
    """The login chain of one record: what the last walk found, and when the next one is due."""

    __tablename__ = "login_chain"
    __table_args__ = (Index("ix_login_chain_due_at_record_id", "due_at", "record_id"),)

    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), primary_key=True)
    start: Mapped[str] = mapped_column(Text)
    """The address of the record's primary link when the chain was last due."""
    due_at: Mapped[int | None] = mapped_column(BigInteger)
    """When it is to be walked; `None` for not until somebody asks."""
    lease: Mapped[UUID | None] = mapped_column(Uuid())
    """The run that walks it now; only that one may keep what it finds."""
    leased_until: Mapped[int] = mapped_column(BigInteger, default=0)
    walked_at: Mapped[int | None] = mapped_column(BigInteger)
    hops: Mapped[str] = mapped_column(Text, default="[]")
    """JSON of the hops of the last walk."""
    end: Mapped[str | None] = mapped_column(String(20))
    """Why the last walk ended."""
    arrived: Mapped[str | None] = mapped_column(String(ORIGIN_LENGTH))
    """The origin at which the last walk that arrived did so."""
    moved_from: Mapped[str | None] = mapped_column(String(ORIGIN_LENGTH))
    """Where it arrived before it went elsewhere; until somebody has looked."""
    moved_at: Mapped[int | None] = mapped_column(BigInteger, index=True)


class State(enum.StrEnum):
    """What has become of a proposal."""

    ACCEPTED = "accepted"
    OPEN = "open"
    REJECTED = "rejected"


class Proposal(Base):
    """An address that a record's login passes through and no link of it holds: one row a record and address."""

    __tablename__ = "link_proposal"
    __table_args__ = (
        Index("uq_link_proposal_record_id_address", "record_id", "address", unique=True),
        Index("ix_link_proposal_state_address_id", "state", "address", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(ORIGIN_LENGTH))
    """Scheme, host and port."""
    page: Mapped[str] = mapped_column(Text)
    """The address of the page there, without its query."""
    state: Mapped[str] = mapped_column(String(10))
    first_at: Mapped[int] = mapped_column(BigInteger)
    resolved_at: Mapped[int | None] = mapped_column(BigInteger)
    """When a walk last came by."""
    resolved_how: Mapped[str | None] = mapped_column(String(10))
    resolved_hops: Mapped[int | None] = mapped_column(Integer)
    """How many hops the walk needed."""
    seen_at: Mapped[int | None] = mapped_column(BigInteger)
    """When a browser last came by."""
    seen_by: Mapped[int] = mapped_column(Integer, default=0)
    """How many people's browsers did."""
    decided_at: Mapped[int | None] = mapped_column(BigInteger)


class Sighting(Base):
    """A person whose browser came by a proposed address."""

    __tablename__ = "proposal_sighting"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey(Proposal.id, ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), primary_key=True, index=True)
    at: Mapped[int] = mapped_column(BigInteger)


class LinkRequest(Base):
    """A person who may not edit the record and asks those who may for the link."""

    __tablename__ = "link_request"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey(Proposal.id, ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), primary_key=True, index=True)
    at: Mapped[int] = mapped_column(BigInteger)


class AffiliationRow(Base):
    """A set of sites that share one login, for every record or for one."""

    __tablename__ = "affiliation"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    names: Mapped[str] = mapped_column(Text)
    """JSON of the group, in the form of Apple's file, members canonical and sorted."""
    digest: Mapped[str] = mapped_column(String(64), index=True)
    """Digest of `names`, by which an import finds what it knows."""
    imported: Mapped[bool] = mapped_column(Boolean)
    active: Mapped[bool] = mapped_column(Boolean)
    record_id: Mapped[UUID | None] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), index=True)
    """The one record that it is for; `None` for all."""
    created_at: Mapped[int] = mapped_column(BigInteger)


class AffiliationOff(Base):
    """An affiliation that does not hold for one record."""

    __tablename__ = "affiliation_off"

    affiliation_id: Mapped[UUID] = mapped_column(ForeignKey(AffiliationRow.id, ondelete="CASCADE"), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id, ondelete="CASCADE"), primary_key=True, index=True)

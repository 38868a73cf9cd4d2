"""Linked addresses of a record. What may be a link is the matcher's to say; its reason is passed on as it is."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extension_api import revision
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Conflict, InvalidLinkGiven, NotFound
from extension_api.permissions import Identity
from extension_api.vault.models import LinkRow, Record
from matcher import InvalidLink, Link, Strategy

LINKS_PER_RECORD = 500
"""More than any login passes through; keeps a table from being filled by one record."""


def of_record(session: Session, record_id: UUID) -> Sequence[LinkRow]:
    """Return the links of a record in their order, the primary one first."""
    return session.scalars(select(LinkRow).where(LinkRow.record_id == record_id).order_by(LinkRow.position)).all()


def add(session: Session, who: Identity | Actor, record: Record, url: str, strategy: str, *, now: int) -> LinkRow:
    """Link an address to a record; the caller has checked who may.

    Args:
        session: The transaction.
        who: Who links it.
        record: The record.
        url: The address as it was typed.
        strategy: How it matches a page.
        now: The time, in seconds since the epoch.

    Raises:
        InvalidLinkGiven: The matcher refuses it; its reason is the detail.
        Conflict: The record has this link already, or as many as it may have.
    """
    link = checked(str(record.id), url, strategy)
    existing = of_record(session, record.id)
    if any(row.url == link.url and row.strategy == link.strategy and row.veto == link.veto for row in existing):
        raise Conflict(f"{link.url} is linked to this record already.")
    if len(existing) >= LINKS_PER_RECORD:
        raise Conflict(f"This record has {LINKS_PER_RECORD} links; remove one first.")
    row = LinkRow(
        id=uuid4(),
        record_id=record.id,
        url=link.url,
        strategy=link.strategy.value,
        veto=link.veto,
        expression=link.expression,
        position=1 + max((row.position for row in existing), default=-1),
        created_at=now,
    )
    session.add(row)
    session.flush()
    revision.raise_by_one(session)
    detail = f"{row.url} ({row.strategy})"
    audit.record(session, who, Action.LINK_ADD, now=now, record_id=record.id, detail=detail)
    return row


def remove(session: Session, who: Identity | Actor, record: Record, link_id: UUID, *, now: int) -> None:
    """Take a link off a record; the caller has checked who may.

    Raises:
        NotFound: The record has no such link.
    """
    row = session.get(LinkRow, link_id)
    if row is None or row.record_id != record.id:
        raise NotFound
    session.delete(row)
    session.flush()
    revision.raise_by_one(session)
    detail = f"{row.url} ({row.strategy})"
    audit.record(session, who, Action.LINK_REMOVE, now=now, record_id=record.id, detail=detail)


def checked(record: str, url: str, strategy: str) -> Link:
    """Return the link that the matcher makes of what was typed.

    Raises:
        InvalidLinkGiven: It refuses it.
    """
    try:
        return Link(record=record, url=url, strategy=Strategy(strategy))
    except InvalidLink as error:
        raise InvalidLinkGiven(str(error)) from None
    except ValueError:
        raise InvalidLinkGiven(f"There is no strategy {strategy!r}.") from None


def primary_urls(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the address of each record's primary link: the first that it has."""
    rows = session.execute(
        select(LinkRow.record_id, LinkRow.url).where(LinkRow.record_id.in_(ids)).order_by(LinkRow.position.desc())
    )
    # A later row replaces an earlier one, so the lowest position stays.
    return {row.record_id: row.url for row in rows}


def count_by_record(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many links each of these records has."""
    rows = session.execute(
        select(LinkRow.record_id, func.count()).where(LinkRow.record_id.in_(ids)).group_by(LinkRow.record_id)
    )
    return {row[0]: row[1] for row in rows}

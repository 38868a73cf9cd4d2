"""Linked addresses of a record. What may be a link is the matcher's to say; its reason is passed on as it is.

The primary link is the first that is no veto: the address at which the record's login begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extension_api import revision
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Conflict, InvalidLinkGiven, NotFound
from extension_api.permissions import Identity
from extension_api.plain_text import REFUSAL, keepable
from extension_api.revision import Touched
from extension_api.vault.models import LinkRow, Record
from matcher import InvalidLink, Link, Strategy

LINKS_PER_RECORD = 500
"""More than any login passes through; keeps a table from being filled by one record."""
LONGEST_WORDS: Final = 400
"""Characters of an address and of an expression that an event repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """What is to become of a link; `None` leaves a part as it is.

    Args:
        url: The address as it was typed.
        strategy: How it matches a page.
        veto: Whether it keeps the record from a page instead.
        expression: For `regex`: the expression; under another strategy it is dropped.
        primary: Whether it becomes the record's first link.
    """

    url: str | None = None
    strategy: str | None = None
    veto: bool | None = None
    expression: str | None = None
    primary: bool = False


def of_record(session: Session, record_id: UUID) -> Sequence[LinkRow]:
    """Return the links of a record in their order: the primary one first, vetoes last."""
    wanted = select(LinkRow).where(LinkRow.record_id == record_id)
    return session.scalars(wanted.order_by(LinkRow.veto, LinkRow.position)).all()


def add(
    session: Session,
    who: Identity | Actor,
    record: Record,
    url: str,
    strategy: str,
    *,
    veto: bool = False,
    expression: str | None = None,
    now: int,
) -> LinkRow:
    """Link an address to a record; the caller has checked who may.

    Args:
        session: The transaction.
        who: Who links it.
        record: The record.
        url: The address as it was typed.
        strategy: How it matches a page.
        veto: Whether it keeps the record from a page instead.
        expression: For `regex`, and for it alone: the expression.
        now: The time, in seconds since the epoch.

    Raises:
        InvalidLinkGiven: The matcher refuses it; its reason is the detail.
        Conflict: The record has this link already, or as many as it may have.
    """
    link = checked(str(record.id), url, strategy, veto=veto, expression=expression)
    existing = of_record(session, record.id)
    _require_new(link, existing)
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
    revision.raise_by_one(session, Touched(record_id=record.id, list_id=record.list_id))
    audit.record(session, who, Action.LINK_ADD, now=now, record_id=record.id, detail=_words(row))
    return row


def change(
    session: Session, who: Identity | Actor, record: Record, link_id: UUID, wanted: LinkChange, *, now: int
) -> LinkRow:
    """Change a link of a record; the caller has checked who may.

    Raises:
        NotFound: The record has no such link.
        InvalidLinkGiven: The matcher refuses what it would become; its reason is the detail.
        Conflict: The record has a link like that already, or a veto was to be the primary one.
    """
    row = require(session, record, link_id)
    before = _words(row)
    strategy = wanted.strategy or row.strategy
    expression = wanted.expression if wanted.expression is not None else row.expression
    if strategy != Strategy.REGEX and wanted.expression is None:
        expression = None
    link = checked(
        str(record.id),
        row.url if wanted.url is None else wanted.url,
        strategy,
        veto=row.veto if wanted.veto is None else wanted.veto,
        expression=expression,
    )
    others = [other for other in of_record(session, record.id) if other.id != row.id]
    _require_new(link, others)
    if wanted.primary and link.veto:
        raise Conflict("A link that keeps the record from a page cannot be its primary one.")
    row.url, row.strategy, row.veto, row.expression = link.url, link.strategy.value, link.veto, link.expression
    if wanted.primary:
        row.position = min((other.position for other in others), default=row.position + 1) - 1
    session.flush()
    revision.raise_by_one(session, Touched(record_id=record.id, list_id=record.list_id))
    detail = f"{before}: now {_words(row)}{', primary' if wanted.primary else ''}"
    audit.record(session, who, Action.LINK_CHANGE, now=now, record_id=record.id, detail=detail)
    return row


def remove(session: Session, who: Identity | Actor, record: Record, link_id: UUID, *, now: int) -> None:
    """Take a link off a record; the caller has checked who may.

    Raises:
        NotFound: The record has no such link.
    """
    row = require(session, record, link_id)
    session.delete(row)
    session.flush()
    revision.raise_by_one(session, Touched(record_id=record.id, list_id=record.list_id))
    audit.record(session, who, Action.LINK_REMOVE, now=now, record_id=record.id, detail=_words(row))


def require(session: Session, record: Record, link_id: UUID) -> LinkRow:
    """Return a link of this record.

    Raises:
        NotFound: The record has no such link.
    """
    row = session.get(LinkRow, link_id)
    if row is None or row.record_id != record.id:
        raise NotFound
    return row


def checked(record: str, url: str, strategy: str, *, veto: bool = False, expression: str | None = None) -> Link:
    """Return the link that the matcher makes of what was typed.

    Raises:
        InvalidLinkGiven: It refuses it.
    """
    if expression is not None and not keepable(expression):
        raise InvalidLinkGiven(f"The expression {REFUSAL}.")
    try:
        return Link(record=record, url=url, strategy=Strategy(strategy), veto=veto, expression=expression)
    except InvalidLink as error:
        raise InvalidLinkGiven(str(error)) from None
    except ValueError:
        raise InvalidLinkGiven(f"There is no strategy {strategy!r}.") from None


def primary_urls(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the address of each record's primary link; a record without one is left out."""
    rows = session.execute(
        select(LinkRow.record_id, LinkRow.url)
        .where(LinkRow.record_id.in_(ids), LinkRow.veto.is_(False))
        .order_by(LinkRow.position.desc())
    )
    # A later row replaces an earlier one, so the lowest position stays.
    return {row.record_id: row.url for row in rows}


def count_by_record(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many links each of these records has."""
    rows = session.execute(
        select(LinkRow.record_id, func.count()).where(LinkRow.record_id.in_(ids)).group_by(LinkRow.record_id)
    )
    return {row[0]: row[1] for row in rows}


def _require_new(link: Link, existing: Sequence[LinkRow]) -> None:
    same = (link.url, link.strategy.value, link.veto, link.expression)
    if any((row.url, row.strategy, row.veto, row.expression) == same for row in existing):
        raise Conflict(f"{link.url} is linked to this record already.")


def _words(row: LinkRow) -> str:
    parts = [row.strategy, *(["veto"] if row.veto else []), *([row.expression] if row.expression else [])]
    return f"{row.url[:LONGEST_WORDS]} ({', '.join(parts)[:LONGEST_WORDS]})"

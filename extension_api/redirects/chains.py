"""The kept chains of records: which are due, who walks them, and what becomes of what a walk found.

A job is a row that is due. It is leased by one conditional update, so that of any number of processes and nodes one has
it, and given back by storing what was found; a run that dies loses its lease by time. Whoever comes back later than
that, or to a record that is gone, keeps nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.permissions import Identity
from extension_api.policy import Policy
from extension_api.redirects import listing, proposals
from extension_api.redirects.ends import ARRIVED, End
from extension_api.redirects.models import ChainRow
from extension_api.redirects.steps import Chain, Hop
from extension_api.vault import links
from extension_api.vault.models import LinkRow, Record

LEASE: Final = 300
"""Seconds; a walk lasts 10 at the most, beside waiting for its turn at each host."""
SOONEST: Final = 10
"""Seconds after a walk before which nobody can have the next one."""
BATCH: Final = 500
"""Records that are made due in one transaction."""


@dataclass(frozen=True, slots=True)
class Job:
    """A chain to be walked.

    Args:
        record_id: Whose.
        start: From where.
        lease: What shows that this run has it.
    """

    record_id: UUID
    start: str
    lease: UUID


def of_record(session: Session, record_id: UUID) -> ChainRow | None:
    """Return the kept chain of a record, if there is one; the caller has checked who may see it."""
    return session.get(ChainRow, record_id)


def hops_of(row: ChainRow) -> list[Hop]:
    """Return the hops that are kept."""
    return msgspec.json.decode(row.hops, type=list[Hop])


def ask(session: Session, who: Identity | Actor, record: Record, *, now: int) -> ChainRow | None:
    """Have a record's chain walked as soon as may be; the caller has checked who may.

    Args:
        session: The transaction.
        who: Who asks.
        record: The record.
        now: The time, in seconds since the epoch.

    Returns:
        The chain, or `None` for a record that has no address to begin at.
    """
    start = links.primary_urls(session, [record.id]).get(record.id)
    if start is None:
        return None
    row = session.get(ChainRow, record.id) or _new(record.id, start)
    soon = max(now, (row.walked_at or 0) + SOONEST)
    if row.due_at is None or row.due_at > soon or row.start != start:
        row.start, row.due_at = start, soon
        audit.record(session, who, Action.CHAIN_RESOLVE, now=now, record_id=record.id)
    session.add(row)
    session.flush()
    return row


def beginning_elsewhere(session: Session, *, limit: int = BATCH) -> dict[UUID, str]:
    """Return records whose primary link is another than their chain was due from, and its address.

    It is told by looking at the links themselves, whoever changed them and wherever, in another process or node too.
    """
    first, other = aliased(LinkRow), aliased(LinkRow)
    lowest = (
        select(func.min(other.position))
        .where(other.record_id == first.record_id, other.veto.is_(False))
        .correlate(first)
        .scalar_subquery()
    )
    unlike = or_(ChainRow.record_id.is_(None), ChainRow.start != first.url)
    wanted = (
        select(first.record_id, first.url)
        .outerjoin(ChainRow, ChainRow.record_id == first.record_id)
        .where(first.veto.is_(False), first.position == lowest, unlike)
        .limit(limit)
    )
    return {row[0]: row[1] for row in session.execute(wanted)}


def make_due(session: Session, *, now: int) -> int:
    """Make those records due whose primary link was added or changed since, and return how many they were."""
    found = beginning_elsewhere(session)
    known = {row.record_id: row for row in session.scalars(select(ChainRow).where(ChainRow.record_id.in_(found)))}
    for record_id, url in found.items():
        row = known.get(record_id) or _new(record_id, url)
        row.start, row.due_at = url, now
        # What was found from another address says nothing of this one.
        row.arrived = row.moved_from = row.moved_at = None
        session.add(row)
    session.flush()
    return len(found)


def anything_due(session: Session, *, now: int) -> bool:
    """Tell whether a chain is due and nobody walks it."""
    return session.scalar(select(ChainRow.record_id).where(*_takeable(now)).limit(1)) is not None


def take(session: Session, *, now: int, limit: int) -> list[Job]:
    """Lease chains that are due, the longest due first.

    Args:
        session: A writing transaction.
        now: The time, in seconds since the epoch.
        limit: How many at the most.
    """
    wanted = select(ChainRow.record_id).where(*_takeable(now)).order_by(ChainRow.due_at, ChainRow.record_id)
    jobs = []
    for record_id in session.scalars(wanted.limit(limit)).all():
        lease = uuid4()
        leased = session.execute(
            update(ChainRow)
            .where(ChainRow.record_id == record_id, *_takeable(now))
            .values(lease=lease, leased_until=now + LEASE)
            .returning(ChainRow.start)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if leased is not None:
            jobs.append(Job(record_id, leased, lease))
    return jobs


def keep(session: Session, job: Job, chain: Chain, policy: Policy, *, now: int) -> bool:
    """Store what a walk found, and what it proposes.

    Args:
        session: A writing transaction.
        job: The job that was taken.
        chain: What was found.
        policy: When to walk again, and whether to link what is expected.
        now: The time, in seconds since the epoch.

    Returns:
        Whether it was kept: not if the lease was lost, or the record is gone or begins elsewhere by now.
    """
    row = session.scalar(select(ChainRow).where(ChainRow.record_id == job.record_id).with_for_update())
    if row is None or row.lease != job.lease:
        return False
    row.lease, row.leased_until = None, 0
    if row.start != job.start:
        session.flush()
        return False
    row.walked_at, row.end = now, chain.end.value
    row.hops = msgspec.json.encode(chain.hops).decode()
    row.due_at = now + policy.resolve_interval if policy.resolve_interval else None
    if chain.end in ARRIVED:
        here = chain.hops[-1].origin
        if row.arrived is not None and row.arrived != here:
            row.moved_from = row.moved_from or row.arrived
            row.moved_at = now
        if row.moved_from == here:
            row.moved_from = row.moved_at = None
        row.arrived = here
    session.flush()
    record = session.get_one(Record, job.record_id)
    proposals.take_resolved(session, record, chain, accept_expected=policy.accept_expected == 1, now=now)
    return True


def release(session: Session, job: Job) -> None:
    """Give a job back that was not walked, for somebody else to take."""
    session.execute(
        update(ChainRow)
        .where(ChainRow.record_id == job.record_id, ChainRow.lease == job.lease)
        .values(lease=None, leased_until=0)
    )


def seen_to(session: Session, row: ChainRow) -> None:
    """Note that somebody has seen that a login goes elsewhere now; the caller has checked who may."""
    row.moved_from = row.moved_at = None
    session.flush()


def moved(session: Session, identity: Identity, *, limit: int) -> Sequence[tuple[ChainRow, Record]]:
    """Return the logins that go elsewhere now, of records that the caller may edit, the newest first."""
    wanted = (
        select(ChainRow, Record)
        .join(Record, Record.id == ChainRow.record_id)
        .where(ChainRow.moved_at.is_not(None), listing.editable_by(identity))
        .order_by(ChainRow.moved_at.desc(), ChainRow.record_id)
    )
    return [(row[0], row[1]) for row in session.execute(wanted.limit(limit))]


def progress(row: ChainRow | None, *, now: int) -> str:
    """Return how far the walk of a chain is: `none`, `waiting`, `walking` or `done`."""
    if row is None:
        return "none"
    if row.leased_until > now:
        return "walking"
    if row.due_at is not None and row.due_at <= now + SOONEST:
        return "waiting"
    return "done" if row.walked_at is not None else "none"


def end_of(row: ChainRow) -> End | None:
    """Return why the last walk ended."""
    return End(row.end) if row.end is not None else None


def _new(record_id: UUID, start: str) -> ChainRow:
    return ChainRow(record_id=record_id, start=start, due_at=None, lease=None, leased_until=0, hops="[]")


def _takeable(now: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ChainRow.due_at <= now, ChainRow.leased_until <= now

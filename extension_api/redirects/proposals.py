"""Proposals: the addresses of a login that no link holds, what became known of each, and what a person made of it.

One row a record and address, whatever way it was learnt by. A proposal fills nothing: only the link that accepting it
makes does. What was rejected stays rejected, whatever is found later.
"""

from collections.abc import Collection
from typing import Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import SERVICE, Action, Actor
from extension_api.errors import Conflict, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.redirects import affiliations, evidence, linked, listing
from extension_api.redirects.evidence import GRAVE
from extension_api.redirects.models import LinkRequest, Proposal, Sighting, State
from extension_api.redirects.steps import Chain, How
from extension_api.vault import access, links
from extension_api.vault.models import LinkRow, Record
from matcher import Strategy

Accepting = Literal["domain", "exact", "host", "path"]
"""The strategies that take an address alone."""
MOST_OPEN: Final = 50
"""Open proposals of one record; more are not taken in until some are decided."""
MANY: Final = 500
"""Proposals that one decision takes in a call."""


def take_resolved(session: Session, record: Record, chain: Chain, *, accept_expected: bool, now: int) -> None:
    """Take in what a walk found.

    Args:
        session: A writing transaction.
        record: The record whose login it is.
        chain: What was found.
        accept_expected: Whether what is expected, and bears no grave warning, is linked at once.
        now: The time, in seconds since the epoch.
    """
    known = linked.of_record(session, record.id)
    for hop in chain.stops:
        if known.holds(hop.address):
            continue
        row = _row(session, record.id, hop.origin, hop.address, now=now)
        if row is None:
            continue
        row.resolved_at, row.resolved_how, row.resolved_hops = now, hop.how.value, chain.hops.index(hop)
        row.page = hop.address
        session.flush()
        if accept_expected and row.state == State.OPEN and _is_expected(session, row, known.hosts, now=now):
            accept(session, SERVICE, row, record, "host", now=now)
    settle(session, record.id, now=now)


def take_seen(
    session: Session, identity: Identity, record: Record, stop: str, page: str, *, now: int
) -> Proposal | None:
    """Take in what a person's browser saw; the caller has checked that it may be believed.

    Args:
        session: A writing transaction.
        identity: Whose browser it was.
        record: The record whose login it is.
        stop: Scheme, host and port of the page at which the login stopped.
        page: Its address, without query.
        now: The time, in seconds since the epoch.

    Returns:
        The proposal; `None` if the record has as many open ones as it may.
    """
    row = _row(session, record.id, stop, page, now=now)
    if row is None:
        return None
    sighting = session.get(Sighting, (row.id, identity.account_id))
    if sighting is None:
        session.add(Sighting(proposal_id=row.id, account_id=identity.account_id, at=now))
        row.seen_by += 1
    else:
        sighting.at = now
    row.seen_at, row.page = now, page
    session.flush()
    return row


def require(
    session: Session, identity: Identity, proposal_id: UUID, wanted: Permission
) -> tuple[Proposal, access.Held]:
    """Return a proposal and its record, if the caller has `wanted` on the record.

    Raises:
        NotFound: There is no such proposal, or the caller may not know of its record, or may not fill it: all alike.
        Forbidden: The caller sees the record, but this needs more than they have.
    """
    row = session.get(Proposal, proposal_id)
    if row is None:
        raise NotFound
    return row, access.require(session, identity, row.record_id, wanted)


def accept(
    session: Session, who: Identity | Actor, row: Proposal, record: Record, strategy: str, *, now: int
) -> LinkRow | None:
    """Link a proposed address; the caller has checked who may.

    Returns:
        The link; `None` if the record has it already.

    Raises:
        InvalidLinkGiven: The matcher refuses it under this strategy; its reason is the detail.
        Conflict: The proposal was rejected, or the record has as many links as it may.
    """
    if row.state == State.REJECTED:
        raise Conflict("This address was rejected for good; link it on the record's page if it is wanted after all.")
    url = row.page if strategy in (Strategy.PATH, Strategy.EXACT) else f"{row.address}/"
    made = links.checked(str(record.id), url, strategy)
    there = any((each.url, each.strategy) == (made.url, strategy) for each in links.of_record(session, record.id))
    link = None if there else links.add(session, who, record, url, strategy, now=now)
    row.state, row.decided_at = State.ACCEPTED, now
    session.flush()
    settle(session, record.id, now=now)
    return link


def reject(session: Session, who: Identity, row: Proposal, *, now: int) -> None:
    """Reject a proposal for good; the caller has checked who may.

    Raises:
        Conflict: It was accepted; the link is removed on the record's page.
    """
    if row.state == State.ACCEPTED:
        raise Conflict("This address is linked; remove the link instead.")
    if row.state == State.OPEN:
        row.state, row.decided_at = State.REJECTED, now
        session.flush()
        audit.record(session, who, Action.PROPOSAL_REJECT, now=now, record_id=row.record_id, detail=row.address)


def ask(session: Session, identity: Identity, row: Proposal, *, now: int) -> None:
    """Ask those who may edit the record for the link; the caller may fill it and no more.

    Raises:
        Conflict: It is decided already.
    """
    if row.state != State.OPEN:
        raise Conflict("This address was decided on already.")
    if session.get(LinkRequest, (row.id, identity.account_id)) is None:
        session.add(LinkRequest(proposal_id=row.id, account_id=identity.account_id, at=now))
        session.flush()
        audit.record(session, identity, Action.PROPOSAL_ASK, now=now, record_id=row.record_id, detail=row.address)


def accept_many(session: Session, identity: Identity, address: str, strategy: str, *, now: int) -> tuple[int, int]:
    """Link one address to every record that it is proposed for and that the caller may edit.

    Returns:
        How many were linked, and how many are left for another call.

    Raises:
        InvalidLinkGiven: The matcher refuses it under this strategy.
    """
    wanted = (
        select(Proposal, Record)
        .join(Record, Record.id == Proposal.record_id)
        .where(Proposal.state == State.OPEN, Proposal.address == address, listing.editable_by(identity))
        .order_by(Proposal.id)
    )
    rows = session.execute(wanted.limit(MANY + 1)).all()
    for row, record in rows[:MANY]:
        accept(session, identity, row, record, strategy, now=now)
    return len(rows[:MANY]), listing.how_many(session, identity, address)


def settle(session: Session, record_id: UUID, *, now: int) -> None:
    """Close the open proposals of a record that its links hold by now, however they came about."""
    open_ = session.scalars(select(Proposal).where(Proposal.record_id == record_id, Proposal.state == State.OPEN)).all()
    if not open_:
        return
    known = linked.of_record(session, record_id)
    for row in open_:
        if known.holds(row.page):
            row.state, row.decided_at = State.ACCEPTED, now
    session.flush()


def _row(session: Session, record_id: UUID, address: str, page: str, *, now: int) -> Proposal | None:
    here = select(Proposal).where(Proposal.record_id == record_id)
    row = session.scalar(here.where(Proposal.address == address))
    if row is not None:
        if row.state == State.ACCEPTED:
            # It was linked and is not any more; what is found again may be proposed again.
            row.state, row.decided_at = State.OPEN, None
        return row
    open_ = select(func.count()).where(Proposal.record_id == record_id, Proposal.state == State.OPEN)
    if session.scalars(open_).one() >= MOST_OPEN:
        return None
    made = Proposal(
        id=uuid4(), record_id=record_id, address=address, page=page, state=State.OPEN, first_at=now, seen_by=0
    )
    session.add(made)
    session.flush()
    return made


def _is_expected(session: Session, row: Proposal, hosts: Collection[str], *, now: int) -> bool:
    expected = affiliations.expected(session, [row.record_id])[row.record_id]
    grave = GRAVE.intersection(evidence.warnings(row, hosts, expected, now=now))
    return not grave and row.resolved_how != How.SEEN and expected.expects(hosts, evidence.host_of(row.address))

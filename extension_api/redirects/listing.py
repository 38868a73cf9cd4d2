"""Proposals as they are listed: which of them somebody may decide on, page by page, with all that is told of each.

Nothing here changes one; that is in `proposals.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from extension_api import paging
from extension_api.accounts.models import Account
from extension_api.permissions import Identity, Permission
from extension_api.redirects import affiliations, evidence
from extension_api.redirects.evidence import Warning_
from extension_api.redirects.linked import Linked
from extension_api.redirects.models import LinkRequest, Proposal, State
from extension_api.vault import access
from extension_api.vault.models import Grant, LinkRow, Record

ASKING_SHOWN: Final = 10
"""Names of those who ask for one link."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal with all that is told of it.

    Args:
        row: The proposal.
        record: Its record.
        expected: Whether an affiliation expects it.
        warnings: What to look at.
        asking: The names of those who ask for the link.
        linked: Whether a link holds the page by now, which the next walk will find out too.
    """

    row: Proposal
    record: Record
    expected: bool
    warnings: list[Warning_]
    asking: list[str]
    linked: bool


def how_many(session: Session, identity: Identity, address: str) -> int:
    """Return for how many records that the caller may edit an address is proposed."""
    wanted = (
        select(func.count())
        .select_from(Proposal)
        .join(Record, Record.id == Proposal.record_id)
        .where(Proposal.state == State.OPEN, Proposal.address == address, editable_by(identity))
    )
    return session.scalars(wanted).one()


def page(
    session: Session,
    identity: Identity,
    *,
    record_id: UUID | None = None,
    address: str | None = None,
    state: State = State.OPEN,
    after: paging.Cursor | None,
    limit: int,
) -> Sequence[tuple[Proposal, Record]]:
    """Return proposals by address, then id.

    Args:
        session: A transaction.
        identity: The caller.
        record_id: Those of one record, which the caller may fill or edit (`access.require`); else those of every
            record that they may edit.
        address: Those of one address.
        state: What has become of them.
        after: Address and id of the last one of the page before.
        limit: How many at the most.
    """
    wanted = select(Proposal, Record).join(Record, Record.id == Proposal.record_id).where(Proposal.state == state)
    wanted = wanted.where(editable_by(identity) if record_id is None else Proposal.record_id == record_id)
    if address is not None:
        wanted = wanted.where(Proposal.address == address)
    if after is not None:
        wanted = wanted.where(paging.beyond(Proposal.address, Proposal.id, after))
    rows = session.execute(wanted.order_by(Proposal.address, Proposal.id).limit(limit)).all()
    return [(row[0], row[1]) for row in rows]


def shown(session: Session, found: Sequence[tuple[Proposal, Record]], *, now: int) -> list[Shown]:
    """Return all that is told of some proposals."""
    ids = list({record.id for _, record in found})
    by_record: dict[UUID, list[LinkRow]] = {record_id: [] for record_id in ids}
    for link in session.scalars(select(LinkRow).where(LinkRow.record_id.in_(ids))):
        by_record[link.record_id].append(link)
    known = {record_id: Linked(rows) for record_id, rows in by_record.items()}
    expected = affiliations.expected(session, ids)
    asking = _asking(session, [row.id for row, _ in found])
    return [
        Shown(
            row,
            record,
            expected[record.id].expects(known[record.id].hosts, evidence.host_of(row.address)),
            evidence.warnings(row, known[record.id].hosts, expected[record.id], now=now),
            asking.get(row.id, []),
            known[record.id].holds(row.page),
        )
        for row, record in found
    ]


def editable_by(identity: Identity) -> ColumnElement[bool]:
    """Return the condition under which the caller may edit a record."""
    if identity.administrator:
        return true()
    on_records = select(Grant.record_id).where(
        access.of(identity), Grant.record_id.is_not(None), Grant.level >= Permission.EDIT
    )
    return or_(Record.id.in_(on_records), Record.list_id.in_(access.granted_lists(identity, Permission.EDIT)))


def _asking(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    rows = session.execute(
        select(LinkRequest.proposal_id, Account.name)
        .join(Account, Account.id == LinkRequest.account_id)
        .where(LinkRequest.proposal_id.in_(ids))
        .order_by(LinkRequest.at, Account.name)
    )
    found: dict[UUID, list[str]] = {}
    for proposal_id, name in rows:
        names = found.setdefault(proposal_id, [])
        if len(names) < ASKING_SHOWN:
            names.append(name)
    return found

"""What the API tells of chains and proposals."""

from uuid import UUID

import msgspec

from extension_api.redirects import chains
from extension_api.redirects.ends import WORDS
from extension_api.redirects.listing import Shown
from extension_api.redirects.models import ChainRow


class HopAnswer(msgspec.Struct):
    """One step of a login; `how` is `start`, `http`, `refresh`, `meta`, `script` or `form`."""

    address: str
    how: str
    status: int | None
    ms: int | None
    certificate: str | None
    asks: bool


class ChainAnswer(msgspec.Struct):
    """The login chain of a record.

    `progress` is `none`, `waiting`, `walking` or `done`; `end` is a code and `explanation` its sentence; `moved_from`
    is where the login arrived before it went elsewhere.
    """

    record_id: UUID
    progress: str
    start: str | None
    hops: list[HopAnswer]
    end: str | None
    explanation: str | None
    walked_at: int | None
    next_at: int | None
    moved_from: str | None


class EvidenceAnswer(msgspec.Struct):
    """What speaks for a proposal; times in seconds since the epoch."""

    first_at: int
    resolved_at: int | None
    resolved_how: str | None
    resolved_hops: int | None
    seen_at: int | None
    seen_by: int


class ProposalAnswer(msgspec.Struct):
    """An address that a record's login passes through, proposed as a link.

    `warnings` are `http`, `look-alike`, `other-domain`, `unseen` and `young`.
    """

    id: UUID
    record_id: UUID
    title: str
    address: str
    page: str
    state: str
    strategy: str
    expected: bool
    warnings: list[str]
    evidence: EvidenceAnswer
    asked_by: list[str]


def chain_answer(record_id: UUID, row: ChainRow | None, *, now: int) -> ChainAnswer:
    """Return what is answered of a record's chain."""
    progress = chains.progress(row, now=now)
    if row is None:
        return ChainAnswer(record_id, progress, None, [], None, None, None, None, None)
    end = chains.end_of(row)
    hops = [
        HopAnswer(hop.address, hop.how.value, hop.status, hop.ms, hop.certificate, hop.asks)
        for hop in chains.hops_of(row)
    ]
    return ChainAnswer(
        record_id,
        progress,
        row.start,
        hops,
        end,
        WORDS[end] if end is not None else None,
        row.walked_at,
        row.due_at,
        row.moved_from,
    )


def proposal_answer(shown: Shown, *, names: bool = True) -> ProposalAnswer:
    """Return what is answered of a proposal; who asks for it is told to those who may edit."""
    row = shown.row
    return ProposalAnswer(
        row.id,
        row.record_id,
        shown.record.title,
        row.address,
        row.page,
        row.state,
        "host",
        shown.expected,
        [str(warning) for warning in shown.warnings],
        EvidenceAnswer(row.first_at, row.resolved_at, row.resolved_how, row.resolved_hops, row.seen_at, row.seen_by),
        shown.asking if names else [],
    )

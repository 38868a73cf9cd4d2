"""Whether the audit is whole: every event that is altered, missing, invented or out of its place is found and named.

The table and an archive are walked by the same steps. A break does not end the walk: it goes on from the digest that
stands there, so that one damaged event is one finding and not all that follow.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extension_api.audit import chain
from extension_api.audit.chain import COLUMNS, HEADS, STRIDE, AuditBroken, Head
from extension_api.audit.models import Event
from extension_api.audit.witness import Seen
from extension_api.db import keyring_of

CHUNK: Final = 1_000
"""Events read at a time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in words; `event_id` names the event where there is one."""

    words: str
    event_id: int | None = None


@dataclass(slots=True)
class Verdict:
    """What a walk came to.

    Args:
        events: How many events were walked.
        ends: For each lane the id and digest of its last event, archived ones included: what to note down elsewhere.
        findings: What is wrong; nothing is, if it is empty.
    """

    events: int = 0
    ends: dict[int, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find(self, words: str, event_id: int | None = None) -> None:
        """Add a finding."""
        self.findings.append(Finding(words, event_id))


@dataclass(slots=True)
class Walk:
    """The walk along one lane, event by event.

    Args:
        lane: The lane.
        key: Its key.
        position: The position of the event before the first that will be walked.
        digest: That event's digest.
    """

    lane: int
    key: bytes
    position: int
    digest: bytes

    def step(self, values: Sequence[object], digest: object, verdict: Verdict) -> None:
        """Take one event, in the order of ids.

        Args:
            values: The event's values, in the order of `chain.COLUMNS`.
            digest: The digest that it bears.
            verdict: What is wrong is added here.
        """
        event_id = values[0]
        assert isinstance(event_id, int)  # noqa: S101 - narrows the column's type
        position, expected = event_id // STRIDE, self.position + 1
        if position < expected:
            verdict.find("this event does not belong here: it is archived already or was never written", event_id)
            return
        given = digest if isinstance(digest, bytes) else b""
        if position > expected:
            first, last = expected * STRIDE + self.lane, (position - 1) * STRIDE + self.lane
            verdict.find(
                f"{position - expected} events are missing, from {first} to {last}; the next, {event_id}, cannot be"
                " checked without them",
                first,
            )
        elif not hmac.compare_digest(given, chain.digest_of(self.key, self.digest, values)):
            verdict.find("this event was altered", event_id)
        self.position, self.digest = position, given

    def end(self, position: int, digest: bytes, verdict: Verdict) -> None:
        """Hold the end of the walk against where the lane should end."""
        if self.position < position:
            first = (self.position + 1) * STRIDE + self.lane
            verdict.find(f"the last {position - self.position} events are missing, from {first} on", first)
        elif not hmac.compare_digest(self.digest, digest):
            verdict.find("the last event is not the one that the head names", self.position * STRIDE + self.lane)


def table(session: Session, seen: Sequence[Seen] = (), waypoints: Mapping[int, bytes] | None = None) -> Verdict:
    """Walk the chain in the database.

    Args:
        session: A transaction, which sees one state of both tables.
        seen: What the witness outside of the database holds.
        waypoints: Ids and digests, noted down earlier, through which the chain must pass.
    """
    verdict = Verdict()
    heads = _heads(session, verdict)
    wanted = dict(waypoints or {})
    for known in seen:
        _hold_against(known, heads.get(known.lane), wanted, verdict)
    walks = {lane: Walk(lane, head.key, head.archived, head.archived_digest) for lane, head in heads.items()}
    met = {head.id_of(head.archived): head.archived_digest for head in heads.values()}
    for values, digest in _events(session, verdict):
        verdict.events += 1
        event_id: int = values[0]
        walk, head = walks.get(event_id % STRIDE), heads.get(event_id % STRIDE)
        if walk is None or head is None or event_id > head.id_of(head.linked):
            verdict.find("this event was put in from outside", event_id)
            continue
        walk.step(values, digest, verdict)
        if event_id in wanted:
            met[event_id] = digest
    for lane, head in heads.items():
        walks[lane].end(head.linked, head.digest, verdict)
        verdict.ends[head.id_of(head.linked)] = head.digest
    _pass_through(wanted, heads, met, verdict)
    return verdict


def _heads(session: Session, verdict: Verdict) -> dict[int, Head]:
    keyring, found = keyring_of(session), {}
    rows = session.connection().execute(select(*HEADS).order_by(HEADS.lane)).all()
    for row in rows:
        try:
            found[row.lane] = Head.of(row, chain.Keys(keyring))
        except AuditBroken:
            verdict.find(f"the head of lane {row.lane} was altered; its events cannot be checked")
    lanes = max((head.lanes for head in found.values()), default=len(rows))
    for lane in set(range(lanes)) - {row.lane for row in rows}:
        verdict.find(f"the head of lane {lane} is missing; its events cannot be checked")
    if not rows and session.scalar(select(func.count()).select_from(Event).where(Event.digest.is_not(None))):
        verdict.find("the heads are missing; no event can be checked")
    return found


def _events(session: Session, verdict: Verdict) -> Iterator[tuple[tuple[Any, ...], Any]]:
    # Where there are no heads yet, events have no digests, and there is nothing to walk.
    query = select(*COLUMNS, Event.digest).where(select(HEADS.lane).exists() | Event.digest.is_not(None))
    rows = session.connection().execution_options(yield_per=CHUNK).execute(query.order_by(Event.id))
    try:
        for row in rows:
            yield tuple(row[:-1]), row[-1]
    except (AttributeError, OverflowError, TypeError, ValueError):
        # The driver's own conversion refused a value, so it is none that this service wrote.
        verdict.find(f"an event among the {CHUNK} after the first {verdict.events} cannot even be read")


def _hold_against(seen: Seen, head: Head | None, wanted: dict[int, bytes], verdict: Verdict) -> None:
    if head is None:
        verdict.find(f"the witness knows a lane {seen.lane} that the database does not have")
    elif seen.linked > head.linked:
        verdict.find(
            f"the database is older than what was seen of it: the last {seen.linked - head.linked} events of lane"
            f" {seen.lane} are missing. If you put back a backup, run: wayfill audit verify --accept-restored"
        )
    elif seen.linked >= head.archived and seen.linked:
        wanted[head.id_of(seen.linked)] = seen.digest


def _pass_through(
    wanted: Mapping[int, bytes], heads: Mapping[int, Head], met: Mapping[int, bytes], verdict: Verdict
) -> None:
    for event_id, digest in wanted.items():
        head = heads.get(event_id % STRIDE)
        if head is not None and event_id < head.id_of(head.archived):
            verdict.find("this event is archived: ask its archive whether the chain passed through it", event_id)
        elif met.get(event_id) != digest:
            verdict.find("the chain does not pass through this event as it was noted down", event_id)

"""What is blocked now, for those who administer, and lifting it.

Names are digests here; whoever shows them knows the people and brings their names. Every lift is on record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from extension_api import policy
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import NotFound
from extension_api.permissions import Identity, require_fresh
from extension_api.settings import Settings
from extension_api.throttle.models import Counter, Scope
from extension_api.throttle.service import person_digest, take_back

NOBODY = "a name that nobody has"


@dataclass(frozen=True, slots=True)
class Block:
    """A person or an address that is blocked. Times are seconds since the epoch.

    Args:
        id: The counter's key in hexadecimal.
        scope: What the attempts were counted on.
        kind: What was tried.
        person: The person's name, `NOBODY`, or `None` for an address over people.
        address: The address or IPv6 network, or `None` for a person over addresses.
        since: When the permitted number was used up.
        until: When the next attempt may be judged.
        attempts: Attempts that were judged; for an address, distinct people.
        refused: Attempts that were refused unjudged.
    """

    id: str
    scope: Scope
    kind: str
    person: str | None
    address: str | None
    since: int
    until: int
    attempts: int
    refused: int

    def __str__(self) -> str:
        return " from ".join(part for part in (self.person, self.address) if part)


def blocked(
    session: Session,
    names: Sequence[str],
    *,
    now: int,
    after: tuple[int, str] | None = None,
    limit: int | None = None,
) -> list[Block]:
    """Return what is blocked, those first whose block ends last.

    Args:
        session: A transaction.
        names: The names of all people, to tell whose the digests are.
        now: The time, in seconds since the epoch.
        after: End and id of the last block of the page before.
        limit: How many at the most.
    """
    wanted = select(Counter).where(Counter.not_before > now)
    if after is not None:
        until, subject = after[0], _key(after[1])
        wanted = wanted.where(
            or_(Counter.not_before < until, (Counter.not_before == until) & (Counter.subject > subject))
        )
    rows = session.scalars(wanted.order_by(Counter.not_before.desc(), Counter.subject).limit(limit)).all()
    people = {person_digest(name): name for name in names} if rows else {}
    return [_block(row, people) for row in rows]


def how_many(session: Session, *, now: int) -> int:
    """Return how many persons and addresses are blocked."""
    return session.scalar(select(func.count()).where(Counter.not_before > now)) or 0


def lift(
    session: Session, settings: Settings, who: Identity | Actor, block_id: str, names: Sequence[str], *, now: int
) -> Block:
    """End a block: the counter starts anew. Lifting an address forgets the people tried from there too.

    Args:
        session: A writing transaction.
        settings: Where the policy's defaults come from.
        who: Who lifts it.
        block_id: The block's id.
        names: The names of all people, to tell whose the digest is.
        now: The time, in seconds since the epoch.

    Raises:
        ConfirmationRequired: The caller's session has not proved itself lately.
        NotFound: There is no such block, or it has ended.
    """
    if isinstance(who, Identity):
        require_fresh(who, now=now)
    limits = policy.read(session, settings, lock=True)
    row = session.get(Counter, _key(block_id))
    if row is None or row.not_before <= now:
        raise NotFound("This block has ended already.")
    lifted = _block(row, {person_digest(name): name for name in names})
    if row.scope == Scope.PAIR:
        take_back(session, row, limits)
    else:
        if row.scope == Scope.ADDRESS:
            tried = (Counter.address == row.address, Counter.scope == Scope.PAIR, Counter.kind == row.kind)
            for pair in session.scalars(select(Counter).where(*tried)).all():
                take_back(session, pair, limits)
        session.delete(row)
    audit.record(session, who, Action.BLOCK_LIFT, now=now, detail=f"{lifted} ({lifted.kind})")
    return lifted


def _key(block_id: str) -> bytes:
    try:
        return bytes.fromhex(block_id)
    except ValueError:
        return b""


def _block(row: Counter, people: Mapping[bytes, str]) -> Block:
    return Block(
        id=row.subject.hex(),
        scope=Scope(row.scope),
        kind=row.kind,
        person=people.get(row.person, NOBODY) if row.person is not None else None,
        address=row.address,
        since=row.blocked_at or row.not_before,
        until=row.not_before,
        attempts=row.attempts,
        refused=row.refused,
    )

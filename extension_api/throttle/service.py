"""Counting attempts before they are judged.

Each attempt is counted in a short transaction of its own that is committed before anything secret is looked at, one
transaction at a time, so that any number of parallel guesses over any number of workers gets exactly the permitted
number judged. When the count cannot be written, the attempt is refused: the exception passes through.

Three counters stand for each attempt, passwords and codes apart (`limits.py`): person and address, address over
distinct people, person over addresses. Once a counter has used up its permitted number, each further judged attempt
sets a time before which the next is not judged, and doubles that delay up to a limit. This is the delay before the
error, kept in the database: it holds no worker and no connection, it slows parallel guesses as much as serial ones (a
held answer does not: an attacker opens more connections), and it ends by itself.

So that nobody can be locked out by a stranger: from an address where a person has signed in before, only the counter of
that person at that address is heeded. A right attempt forgives that one counter and what it added to the other two,
never what others tried.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from extension_api import policy
from extension_api.errors import TooManyAttempts
from extension_api.kernel import Kernel
from extension_api.networks import counted_as
from extension_api.policy import DAY, Policy
from extension_api.settings import Settings
from extension_api.throttle import limits
from extension_api.throttle.limits import Limits
from extension_api.throttle.models import Counter, Kind, KnownAddress, Scope

KNOWN_FOR: Final = 90 * DAY
"""Seconds for which an address stays known after the last time its person signed in from there."""
WORDS: Final = {
    Scope.PAIR: "at this person from this address",
    Scope.ADDRESS: "at many people from this address",
    Scope.PERSON: "at this person from many addresses",
}
"""What has used up its permitted number, for the history."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What `forgive` takes when the attempt turns out to be right: what was tried, on whom, from where."""

    kind: Kind
    person: bytes
    address: str

    def subject(self, scope: Scope) -> bytes:
        """Return the key of the counter of that scope."""
        person = b"" if scope is Scope.ADDRESS else self.person
        address = "" if scope is Scope.PERSON else self.address
        return hashlib.sha256(b"\0".join((self.kind.encode(), scope.encode(), address.encode(), person))).digest()


class Blocked(TooManyAttempts):
    """The attempt must not be judged.

    Args:
        scope: What has used up its permitted number; for the history, never for the caller.
        retry_after: Seconds until the next attempt may be judged.
    """

    def __init__(self, scope: Scope, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)
        self.scope = scope


def person_digest(name: str) -> bytes:
    """Return what stands for a name here.

    Args:
        name: The name as accounts compare it; for one that no account can have, any text of its own.
    """
    return hashlib.sha256(b"wayfill person\0" + name.encode("utf-8", "surrogatepass")).digest()


def count(kernel: Kernel, *, kind: Kind, name: str, address: str) -> Counted:
    """Count one attempt.

    Args:
        kernel: The installation. No transaction of the caller may have begun.
        kind: What is tried.
        name: The name that was given, as accounts compare it.
        address: The network address that the attempt came from.

    Raises:
        Blocked: The attempt must not be judged.
    """
    counted = Counted(kind, person_digest(name), counted_as(address))
    with kernel.database.writing() as session:
        found = policy.read(session, kernel.settings, lock=True)
        # Read after the lock was waited for: with an older time, a delay would be that much shorter.
        now = kernel.clock.now()
        session.execute(delete(Counter).where(Counter.forget_at <= now))
        blocking = _blocking(session, counted, now)
        if blocking:
            for row in blocking:
                row.refused += 1
        else:
            _add(session, counted, limits.of(found, kind), now)
        last = max(blocking, key=lambda row: row.not_before, default=None)
        refusal = Blocked(Scope(last.scope), last.not_before - now) if last else None
    if refusal:
        raise refusal
    return counted


def forgive(session: Session, settings: Settings, counted: Counted, *, now: int) -> None:
    """Take back what one person failed at from one address, after an attempt of theirs was right.

    Args:
        session: The transaction that begins the session.
        settings: Where the policy's defaults come from.
        counted: What `count` gave.
        now: The time, in seconds since the epoch.
    """
    found = policy.read(session, settings, lock=True)
    pair = session.get(Counter, counted.subject(Scope.PAIR))
    if pair is not None:
        take_back(session, pair, found)
    remember(session, counted.person, counted.address, now=now)


def take_back(session: Session, pair: Counter, under: Policy) -> None:
    """Remove the counter of a person at an address, and what it added to the counters over people and addresses."""
    counted = Counted(Kind(pair.kind), pair.person or b"", pair.address or "")
    permitted = limits.of(under, counted.kind).permitted
    for scope, share in ((Scope.PERSON, pair.attempts), (Scope.ADDRESS, 1)):
        row = session.get(Counter, counted.subject(scope))
        if row is not None:
            row.attempts = max(0, row.attempts - share)
            if row.attempts < permitted[scope]:
                row.not_before, row.blocked_at = 0, None
    session.delete(pair)


def remember(session: Session, person: bytes, address: str, *, now: int) -> None:
    """Note that a person has signed in from an address.

    Args:
        session: The transaction that begins the session.
        person: What `person_digest` gave.
        address: The network address.
        now: The time, in seconds since the epoch.
    """
    session.execute(delete(KnownAddress).where(KnownAddress.last_at <= now - KNOWN_FOR))
    session.merge(KnownAddress(person=person, address=counted_as(address), last_at=now))


def _blocking(session: Session, counted: Counted, now: int) -> list[Counter]:
    known = session.get(KnownAddress, (counted.person, counted.address))
    heeded = (Scope.PAIR,) if known and known.last_at > now - KNOWN_FOR else tuple(Scope)
    subjects = [counted.subject(scope) for scope in heeded]
    return list(session.scalars(select(Counter).where(Counter.subject.in_(subjects), Counter.not_before > now)))


def _add(session: Session, counted: Counted, under: Limits, now: int) -> None:
    pair, fresh = _row(session, counted, Scope.PAIR)
    pair.attempts += 1
    over, _ = _row(session, counted, Scope.PERSON)
    over.attempts += 1
    people, _ = _row(session, counted, Scope.ADDRESS)
    changed = [pair, over]
    if fresh:
        session.flush()
        tried = (Counter.address == counted.address, Counter.scope == Scope.PAIR, Counter.kind == counted.kind)
        people.attempts = session.scalar(select(func.count()).where(*tried)) or 0
        changed.append(people)
    for row in changed:
        wait = under.delay(row.attempts - under.permitted[Scope(row.scope)])
        if wait:
            row.not_before = now + wait
            row.blocked_at = row.blocked_at or now
    for row in (pair, over, people):
        row.forget_at = max(row.not_before, now) + under.forget_after


def _row(session: Session, counted: Counted, scope: Scope) -> tuple[Counter, bool]:
    subject = counted.subject(scope)
    found = session.get(Counter, subject)
    if found is not None:
        return found, False
    made = Counter(
        subject=subject,
        kind=counted.kind,
        scope=scope,
        person=None if scope is Scope.ADDRESS else counted.person,
        address=None if scope is Scope.PERSON else counted.address,
        attempts=0,
        refused=0,
        not_before=0,
        forget_at=0,
    )
    session.add(made)
    return made, True

"""The chain that makes the audit tell of its own damage: how an event is linked, and where the chain stands.

Each event bears a digest over itself and the digest of the event before it, under a key (HMAC-SHA256) that lies in the
database only sealed with the master key; the head of the chain (how many events, the last digest) bears a MAC under the
same key. Who can write to the database but has no master key can therefore neither alter, invent, drop or reorder an
event nor cut the end off without `verify.py` finding it. An event is linked inside the transaction of its act: there is
no moment at which it stands in the table and not in the chain.

The chain runs in lanes, each with a key and a head of its own, and a transaction takes any lane that nobody else holds;
so there is no one place through which all acts must pass. The embedded database lets one writer in at a time, and one
lane is enough for it; on an engine with parallel writers `LANES` of them go on side by side. An event's id is its
position in its lane times `STRIDE` plus the lane, so it is known before the row is written, unique, never used again,
and part of what is digested.

A head whose MAC is wrong is never continued (that would put a good MAC on a bad chain): every act is refused until the
database is put back from a backup. What none of this can see: an *old* state of both tables, put back as it was. The
witness (`witness.py`) lies outside the database for that.
"""

import base64
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, Final, Self
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from extension_api.audit.models import KEY_FIELD, ChainHead, Event
from extension_api.crypto import CannotOpen, Keyring
from extension_api.db import Base, keyring_of
from extension_api.errors import Unavailable
from extension_api.quick import Line, Statement

STRIDE: Final = 16
"""Ids of one lane lie this far apart; also the most lanes there can be. Never to be changed: ids are digested."""
LANES: Final = 16
"""Lanes on an engine whose writers run in parallel."""
KEY_BYTES: Final = 32
"""As long as the digest (RFC 2104 section 3)."""
START: Final = bytes(32)
"""What stands for the digest before the first event."""
HEADS: Final = ChainHead.__table__.c
EVENTS: Final = Base.metadata.tables[Event.__tablename__]
COLUMNS: Final = tuple(column for column in EVENTS.c if column.name != "digest")
"""What is digested of an event, in this order."""
NAMES: Final = tuple(column.name for column in COLUMNS)
# Statements of every act, made once: making one costs more than running it.
# The lane with the fewest events goes first, so that lanes keep in step and ids stay near the order of time. Where all
# are held, one is waited for; SQLite, whose writers are one at a time, has no need of either and ignores it.
_WAIT_FOR_LANE: Final = select(*HEADS).order_by(HEADS.linked, HEADS.lane).limit(1).with_for_update()
_TAKE_FREE_LANE: Final = _WAIT_FOR_LANE.with_for_update(skip_locked=True)
_ADD: Final = insert(EVENTS)
_OF_LANE: Final = tuple(column.name for column in HEADS)
_STATE: Final = ("linked", "digest", "archived", "archived_digest", "mac")
_PUT: Final = update(Base.metadata.tables[ChainHead.__tablename__]).where(HEADS.lane == bindparam("of_lane"))


# The same for the acts that are put on record together (`together.py`), in the driver's own words.
_QUICK_WAIT: Final = Statement(_WAIT_FOR_LANE)
_QUICK_TAKE: Final = Statement(_TAKE_FREE_LANE)
_QUICK_ADD: Final = Statement(_ADD)
_QUICK_PUT: Final = Statement(_PUT.values({name: bindparam(f"new_{name}", type_=HEADS[name].type) for name in _STATE}))


class AuditBroken(Unavailable):
    """The audit's head is not as this service left it, so nothing can be put on record and nothing is done."""

    def __init__(self) -> None:
        super().__init__("The audit was altered from outside; an administrator must run: wayfill audit verify")


@dataclass(frozen=True, slots=True)
class Head:
    """Where one lane stands; the fields are those of `models.ChainHead`, with the key opened."""

    lane: int
    lanes: int
    key: bytes
    linked: int
    digest: bytes
    archived: int
    archived_digest: bytes

    def __repr__(self) -> str:
        return f"<head of lane {self.lane}: {self.linked} events, {self.archived} of them archived>"

    @classmethod
    def of(cls, row: Any, keys: "Keys") -> Self:
        """Return the head that a row of the table holds, if this service left it so.

        Raises:
            AuditBroken: Its key does not open or its MAC is wrong.
        """
        try:
            key = keys.of(row.lane, row.sealed_key)
            head = cls(row.lane, row.lanes, key, row.linked, row.digest, row.archived, row.archived_digest)
            if hmac.compare_digest(head.mac(), row.mac):
                return head
        except (CannotOpen, TypeError, ValueError):
            pass
        raise AuditBroken

    def mac(self) -> bytes:
        """Return what the head's row must bear."""
        said = (self.lane, self.lanes, self.linked, self.digest, self.archived, self.archived_digest)
        return hmac.digest(self.key, b"head" + msgspec.msgpack.encode(said), "sha256")

    def id_of(self, position: int) -> int:
        """Return the id of the event at a position of this lane."""
        return position * STRIDE + self.lane

    def state(self) -> dict[str, object]:
        """Return the columns that change, with the MAC over them."""
        return {
            "linked": self.linked,
            "digest": self.digest,
            "archived": self.archived,
            "archived_digest": self.archived_digest,
            "mac": self.mac(),
        }


def digest_of(key: bytes, before: bytes, values: Sequence[object]) -> bytes:
    """Return the digest of an event.

    Args:
        key: The lane's key.
        before: The digest of the event before it in the lane.
        values: The event's values, in the order of `COLUMNS`.
    """
    return hmac.digest(key, b"event" + before + msgspec.msgpack.encode(values), "sha256")


def append(session: Session, values: Mapping[str, object]) -> int:
    """Add an event to the chain, in the transaction of `session`.

    Args:
        session: The transaction that does what is recorded.
        values: The event's columns but `id` and `digest`.

    Returns:
        The event's id.

    Raises:
        AuditBroken: The head is not as this service left it.
    """
    connection, keyring = session.connection(), keyring_of(session)
    row = _take_lane(connection)
    if row is None:
        begin(connection, keyring, 1 if connection.dialect.name == "sqlite" else LANES)
        row = _take_lane(connection)
    if row is None:
        raise AuditBroken
    return _link(connection, Head.of(row, Keys(keyring)), values)


def append_all(line: Line, keys: "Keys", events: Sequence[Mapping[str, object]]) -> bool:
    """Add events to the chain, in their order, one behind the other in one lane.

    Args:
        line: A connection whose writing transaction has begun.
        keys: The keys of lanes.
        events: Their columns but `id` and `digest`.

    Returns:
        Whether they were added; not where no chain has begun yet, which `append` does.

    Raises:
        AuditBroken: The head is not as this service left it.
    """
    found = line.ask(_QUICK_TAKE, {}) or line.ask(_QUICK_WAIT, {})
    if not found:
        return False
    head = Head.of(SimpleNamespace(**dict(zip(_OF_LANE, found[0], strict=True))), keys)
    added = []
    for values in events:
        event = {"id": head.id_of(head.linked + 1), **values}
        digest = digest_of(head.key, head.digest, [event[name] for name in NAMES])
        added.append({**event, "digest": digest})
        head = replace(head, linked=head.linked + 1, digest=digest)
    line.do(_QUICK_ADD, added)
    line.do(_QUICK_PUT, [{"of_lane": head.lane, **{f"new_{name}": value for name, value in head.state().items()}}])
    return True


def heads(session: Session) -> list[Head]:
    """Return where every lane stands; none before the first event.

    Raises:
        AuditBroken: One is not as this service left it, or one is gone.
    """
    rows = session.connection().execute(select(*HEADS).order_by(HEADS.lane)).all()
    found = [Head.of(row, Keys(keyring_of(session))) for row in rows]
    if found and [head.lane for head in found] != list(range(found[0].lanes)):
        raise AuditBroken
    return found


def hold(session: Session, lane: int) -> Head:
    """Return where `lane` stands, held against every other writer until the transaction ends.

    Raises:
        AuditBroken: It is not as this service left it, or gone.
    """
    row = session.connection().execute(select(*HEADS).where(HEADS.lane == lane).with_for_update()).one_or_none()
    if row is None:
        raise AuditBroken
    return Head.of(row, Keys(keyring_of(session)))


def put(connection: Connection, head: Head) -> None:
    """Write where a lane stands now."""
    connection.execute(_PUT, {"of_lane": head.lane, **head.state()})


def begin(connection: Connection, keyring: Keyring, lanes: int) -> None:
    """Begin the chain; events from before there was one become its first links.

    Args:
        connection: A writing transaction.
        keyring: Seals the lanes' new keys.
        lanes: How many lanes it gets, at most `STRIDE`.

    Raises:
        AuditBroken: There was a chain.
    """
    # Heads that are gone while events of a chain stand there were taken away; a new chain would hide that.
    if connection.execute(select(Event.id).where(Event.digest.is_not(None)).limit(1)).first() is not None:
        raise AuditBroken
    made = [Head(lane, lanes, os.urandom(KEY_BYTES), 0, START, 0, START) for lane in range(lanes)]
    connection.execute(
        insert(ChainHead),
        [
            {"lane": h.lane, "lanes": h.lanes, "sealed_key": _seal_key(keyring, h.lane, h.key), **h.state()}
            for h in made
        ],
    )
    earlier = connection.execute(select(*COLUMNS).order_by(Event.id)).all()
    connection.execute(delete(Event))
    for event in earlier:
        row = _take_lane(connection)
        if row is not None:
            values = dict(zip(NAMES, event, strict=True))
            del values["id"]
            _link(connection, Head.of(row, Keys(keyring)), values)


def open_key(keyring: Keyring, lane: int, sealed: bytes) -> bytes:
    """Open a lane's key, as the head and an archive carry it.

    Raises:
        CannotOpen: It was sealed by a master key that is not at hand.
    """
    return base64.b64decode(keyring.open(sealed, record_id=UUID(int=lane), field=KEY_FIELD))


class Keys:
    """The opened keys of lanes, so that each is opened once for as long as it is sealed as it is.

    Args:
        keyring: The installation's keys.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._opened: dict[tuple[int, bytes], bytes] = {}

    def of(self, lane: int, sealed: bytes) -> bytes:
        """Return a lane's key.

        Raises:
            CannotOpen: It was sealed by a master key that is not at hand.
        """
        known = self._opened.get((lane, sealed))
        if known is None:
            if len(self._opened) >= 2 * STRIDE:
                self._opened.clear()
            known = self._opened[lane, sealed] = open_key(self._keyring, lane, sealed)
        return known


def _take_lane(connection: Connection) -> Row[Any] | None:
    return connection.execute(_TAKE_FREE_LANE).one_or_none() or connection.execute(_WAIT_FOR_LANE).one_or_none()


def _link(connection: Connection, head: Head, values: Mapping[str, object]) -> int:
    event = {"id": head.id_of(head.linked + 1), **values}
    digest = digest_of(head.key, head.digest, [event[name] for name in NAMES])
    connection.execute(_ADD, {**event, "digest": digest})
    put(connection, replace(head, linked=head.linked + 1, digest=digest))
    return head.id_of(head.linked + 1)


def _seal_key(keyring: Keyring, lane: int, key: bytes) -> bytes:
    return keyring.seal(base64.b64encode(key).decode(), record_id=UUID(int=lane), field=KEY_FIELD)

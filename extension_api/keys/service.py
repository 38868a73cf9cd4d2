"""What is sealed by which key, and the steps that move it from one key to the next.

Every sealed value is found through its column's own declaration (`sealed.py`); no table is named here. Each function
works inside the caller's transaction and commits nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Row, bindparam, func, literal, select, tuple_, update
from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.crypto import HEAD_BYTES, CannotOpen, Keyring, head_of, key_id_in
from extension_api.db import Base
from extension_api.installation import SealingKey
from extension_api.sealed import SealedColumn, sealed_columns

SHOWN_PLACES: Final = 5
"""Places of values that do not open, named to a person; the rest is counted."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key that the database knows, and how many values it seals."""

    id: str
    first_used_at: int
    retired_at: int | None
    seals: bool
    values: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Values that were resealed, to be stored; `last` is where the next batch begins."""

    changes: list[dict[str, Any]]
    last: tuple[Any, ...] | None
    shut: list[str]
    """Places whose value does not open."""


def columns() -> list[SealedColumn]:
    """Return every column of sealed values of the whole installation."""
    return sealed_columns(Base.metadata)


def count(session: Session) -> dict[tuple[str, str], int]:
    """Return how many values there are by column and key id."""
    found: dict[tuple[str, str], int] = {}
    for sealed in columns():
        head = _head(sealed)
        rows = session.execute(select(head, func.count()).where(sealed.column.is_not(None)).group_by(head))
        for value, number in rows:
            place = (sealed.name, key_id_in(value))
            found[place] = found.get(place, 0) + number
    return found


def keys(session: Session) -> list[KeyState]:
    """Return the keys that the database knows, the one that seals first."""
    counted = count(session)
    rows = session.scalars(select(SealingKey).order_by(SealingKey.generation.desc())).all()
    return [
        KeyState(
            row.id,
            row.first_used_at,
            row.retired_at,
            row is rows[0],
            sum(number for (_, key_id), number in counted.items() if key_id == row.id),
        )
        for row in rows
    ]


def announce(session: Session, key_id: str, *, now: int) -> None:
    """Name the key that seals from the next writing transaction on, and put it on record."""
    newest = session.scalars(select(SealingKey).order_by(SealingKey.generation.desc()).limit(1)).one()
    session.add(SealingKey(id=key_id, first_used_at=now, generation=newest.generation + 1))
    session.flush()
    audit.record(session, COMMAND_LINE, Action.KEY_ROTATE_BEGIN, now=now, detail=f"from {newest.id} to {key_id}")


def otherwise(session: Session, key_id: str) -> int:
    """Return how many values are sealed by any other key than `key_id`."""
    return sum(number for (_, sealed_by), number in count(session).items() if sealed_by != key_id)


def reseal(
    session: Session,
    keyring: Keyring,
    sealed: SealedColumn,
    key_id: str,
    *,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Batch:
    """Reseal, in memory, the next values of a column that another key than `key_id` sealed.

    Args:
        session: A transaction; reading is enough.
        keyring: Opens them, and seals with `key_id`.
        sealed: The column.
        key_id: The key that is to seal them.
        after: The key of the row after which to begin, or `None` for the beginning.
        limit: How many at the most.
    """
    wanted = select(sealed.table).where(_head(sealed) != head_of(key_id)).order_by(*sealed.key).limit(limit)
    if after is not None:
        place = [literal(value, column.type) for value, column in zip(after, sealed.key, strict=True)]
        wanted = wanted.where(tuple_(*sealed.key) > tuple_(*place))
    rows = session.execute(wanted).all()
    changes, shut = [], []
    for row in rows:
        old: bytes = row._mapping[sealed.column]
        record_id, field = sealed.place(row)
        try:
            new = keyring.reseal(old, record_id=record_id, field=field)
        except CannotOpen:
            shut.append(_words(sealed, record_id, field))
        else:
            changes.append({"new": new, "old": old} | _key_of(sealed, row))
    last = tuple(row._mapping[column] for column in sealed.key for row in rows[-1:])
    return Batch(changes, last if len(rows) == limit else None, shut)


def store(session: Session, sealed: SealedColumn, changes: Sequence[dict[str, Any]]) -> None:
    """Store resealed values, each only where the value is still the one that was resealed."""
    if changes:
        same = [column == bindparam(f"key_{column.name}") for column in sealed.key]
        session.connection().execute(
            update(sealed.table)
            .where(*same, sealed.column == bindparam("old"))
            .values({sealed.column: bindparam("new")}),
            list(changes),
        )


def retire(session: Session, key_id: str, *, now: int) -> list[str] | None:
    """Note that every other key than `key_id` is done with, and put the end of the change on record.

    Returns:
        Their ids, or `None` if something is sealed by one of them still; then nothing is noted.
    """
    if otherwise(session, key_id):
        return None
    done = session.scalars(select(SealingKey).where(SealingKey.id != key_id, SealingKey.retired_at.is_(None))).all()
    for row in done:
        row.retired_at = now
    ids = [row.id for row in done]
    audit.record(session, COMMAND_LINE, Action.KEY_ROTATE_END, now=now, detail=f"from {' and '.join(ids)} to {key_id}")
    return ids


def retired(session: Session, key_id: str) -> set[str] | None:
    """Return the ids of the keys that are done with, or `None` if not everything is sealed by `key_id`."""
    if otherwise(session, key_id):
        return None
    return set(session.scalars(select(SealingKey.id).where(SealingKey.retired_at.is_not(None))))


def one_of_each(session: Session, keyring: Keyring, *, tries: int) -> int:
    """Open a value of every column under every key that sealed one there, and return how many were opened.

    Raises:
        CannotOpen: Of one kind, none of the first `tries` opens.
    """
    opened = 0
    for sealed in columns():
        heads = session.scalars(select(_head(sealed)).where(sealed.column.is_not(None)).distinct()).all()
        for head in heads:
            rows = session.execute(select(sealed.table).where(_head(sealed) == head).limit(tries)).all()
            if not any(opens(keyring, sealed, row) for row in rows):
                raise CannotOpen
            opened += 1
    return opened


def opens(keyring: Keyring, sealed: SealedColumn, row: Row[Any]) -> bool:
    """Tell whether the value in a row opens in its place."""
    record_id, field = sealed.place(row)
    try:
        keyring.open(row._mapping[sealed.column], record_id=record_id, field=field)
    except CannotOpen:
        return False
    return True


def shut(session: Session, keyring: Keyring) -> tuple[int, list[str]]:
    """Open every sealed value; return how many there are, and the places of those that do not open."""
    total, found = 0, []
    for sealed in columns():
        for row in session.execute(select(sealed.table).where(sealed.column.is_not(None))).yield_per(1000):
            total += 1
            if not opens(keyring, sealed, row):
                found.append(_words(sealed, *sealed.place(row)))
    return total, found


def _words(sealed: SealedColumn, record_id: UUID, field: str) -> str:
    return f"{field} of {record_id} in {sealed.name}"


def _head(sealed: SealedColumn) -> ColumnElement[bytes]:
    return func.substr(sealed.column, 1, HEAD_BYTES, type_=LargeBinary())


def _key_of(sealed: SealedColumn, row: Row[Any]) -> dict[str, Any]:
    return {f"key_{column.name}": row._mapping[column] for column in sealed.key}

"""Records: adding, finding and removing. Changing what one holds is in `changes.py`, opening it in `fields.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, SQLColumnExpression, delete, func, or_, select
from sqlalchemy.orm import Session

from extension_api import paging, revision
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import Keyring
from extension_api.errors import InvalidRequest, PreconditionFailed
from extension_api.permissions import Identity
from extension_api.revision import Touched
from extension_api.text_search import holds
from extension_api.vault import access, fields
from extension_api.vault.models import Grant, LinkRow, OldValue, Record, SealedField

PASSWORD: Final = fields.PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """What a new record is made of.

    Args:
        title: What people call it.
        username: The name to sign in with.
        password: The secret, sealed at once; `None` for a record without one.
        list_id: The list that it goes into; the caller has checked who may.
        more: Further sealed fields, by the names of `fields.py`.
    """

    title: str
    username: str
    password: str | None
    list_id: UUID
    more: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<new record {self.title!r}>"


def add(session: Session, keyring: Keyring, who: Identity | Actor, new: NewRecord, *, now: int) -> Record:
    """Add a record.

    Raises:
        InvalidRequest: A field cannot hold what it is given.
    """
    given = dict(new.more) if new.password is None else {PASSWORD: new.password, **new.more}
    sealed = {name: fields.checked(name, value) for name, value in _named(given).items()}
    record = Record(
        id=uuid4(),
        list_id=new.list_id,
        title=fields.checked(fields.TITLE, new.title),
        username=fields.checked(fields.USERNAME, new.username),
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(record)
    session.flush()
    for name, value in sealed.items():
        session.add(
            SealedField(record_id=record.id, name=name, sealed=keyring.seal(value, record_id=record.id, field=name))
        )
    session.flush()
    revision.raise_by_one(session, Touched(record_id=record.id, list_id=record.list_id))
    audit.record(session, who, Action.RECORD_ADD, now=now, record_id=record.id, detail=record.title)
    return record


def open_password(session: Session, keyring: Keyring, held: access.Held) -> str:
    """Open the password of a record that the caller was let through to; empty if it has none.

    Raises:
        CannotOpen: The value was sealed by another key, or altered, or moved here from another record.
    """
    return fields.open_field(session, keyring, held, PASSWORD) or ""


def search(
    session: Session,
    identity: Identity,
    text: str,
    *,
    list_id: UUID | None = None,
    after: paging.Cursor | None,
    limit: int,
) -> Sequence[Record]:
    """Return records that the caller may know of, by title.

    Args:
        session: A transaction.
        identity: The caller.
        text: What the title, the user name or a link's address must hold; empty for all.
        list_id: Only those of this list, which the caller may know of (`access.require_list_seen`).
        after: Title and id of the last record of the page before.
        limit: How many at the most.
    """
    many = list_id is None and access.holds_many(session, identity)
    title: SQLColumnExpression[str] = Record.title
    # Whoever may know of a list may know of every record in it.
    wanted = select(Record).where(Record.list_id == list_id if list_id else access.seen_by(identity, many=many))
    if text:
        wanted = wanted.where(or_(holds(Record.title, text), holds(Record.username, text), _linked(text, many=many)))
        if many:
            # Read from end to end: most rows are not wanted, and going to each by way of an index is slower.
            title = access.unindexed(title)
    if after is not None:
        wanted = wanted.where(paging.beyond(title, Record.id, after))
    return session.scalars(wanted.order_by(title, Record.id).limit(limit)).all()


def _linked(text: str, *, many: bool) -> ColumnElement[bool]:
    if many:
        return Record.id.in_(select(LinkRow.record_id).where(holds(LinkRow.url, text)))
    return select(LinkRow.id).where(LinkRow.record_id == Record.id, holds(LinkRow.url, text)).exists()


@dataclass(frozen=True, slots=True)
class Attached:
    """How much goes when a record is removed: its links, what it and its history hold, permissions on it alone."""

    links: int
    values: int
    old_values: int
    permissions: int


def attached(session: Session, record: Record) -> Attached:
    """Count what `remove` would take with a record."""
    ids = (LinkRow.record_id, SealedField.record_id, OldValue.record_id, Grant.record_id)
    return Attached(*(session.scalar(select(func.count()).where(each == record.id)) or 0 for each in ids))


def remove(session: Session, who: Identity | Actor, record: Record, *, expected: int, now: int) -> None:
    """Remove a record with its links, values, old values and permissions; its events stay.

    Args:
        session: The transaction.
        who: Who removes it; the caller has checked that they may.
        record: The record.
        expected: The version that they saw.
        now: The time, in seconds since the epoch.

    Raises:
        PreconditionFailed: The record is no longer at that version.
    """
    record_id, title, list_id = record.id, record.title, record.list_id
    # Its guests' permissions go with it, and with them the sign that it was theirs.
    guests = session.execute(select(Grant.account_id, Grant.group_id).where(Grant.record_id == record_id)).all()
    gone = session.execute(
        delete(Record).where(Record.id == record_id, Record.version == expected).returning(Record.id)
    ).first()
    if gone is None:
        raise PreconditionFailed
    session.expire_all()
    held_by = (Touched(account_id=guest.account_id, group_id=guest.group_id) for guest in guests)
    revision.raise_by_one(session, Touched(record_id=record_id, list_id=list_id), *held_by)
    audit.record(session, who, Action.RECORD_REMOVE, now=now, record_id=record_id, detail=title)


def _named(given: Mapping[str, str]) -> dict[str, str]:
    named = {fields.checked_name(name): value for name, value in given.items()}
    if len(named) < len(given):
        raise InvalidRequest("Two extra fields have the same name.")
    if fields.SHOWN & named.keys():
        raise InvalidRequest("Title and user name are given by themselves.")
    fields.require_few(named)
    return named

"""Changing what a record holds: each change is made to a version that its author saw, and keeps what was before."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from extension_api import revision
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import Keyring
from extension_api.errors import Forbidden, InvalidRequest, PreconditionFailed
from extension_api.permissions import Identity, Permission
from extension_api.revision import Touched
from extension_api.vault import access, fields, history
from extension_api.vault.access import Held, HeldList
from extension_api.vault.models import Record, RecordList, SealedField


def change(
    session: Session,
    keyring: Keyring,
    who: Identity | Actor,
    record: Record,
    values: Mapping[str, str | None],
    *,
    expected: int,
    now: int,
    action: Action = Action.RECORD_CHANGE,
) -> None:
    """Give fields of a record new values; what they held goes into the history.

    Args:
        session: The transaction.
        keyring: Seals the values.
        who: Who changes them; the caller has checked that they may.
        record: The record.
        values: New values by the names of `fields.py`; `None` removes a sealed field. What is the same is left alone.
        expected: The version of the record that the change was made from.
        now: The time, in seconds since the epoch.
        action: What is put on record.

    Raises:
        InvalidRequest: A field cannot hold what it is given.
        PreconditionFailed: The record is no longer at that version.
    """
    wanted = _checked(values)
    claim(session, record, expected, now=now)
    before = _before(session, keyring, record, wanted)
    changed = {name: value for name, value in wanted.items() if before.get(name) != value}
    fields.require_few(_names_after(session, record, changed))
    for name, value in changed.items():
        if name in before:
            history.keep(
                session,
                keyring,
                who,
                record_id=record.id,
                version=expected,
                field=name,
                value=before[name],
                now=now,
            )
        _put(session, keyring, record, name, value)
    session.flush()
    if fields.SHOWN & changed.keys():
        # Titles and user names are shown with the match table.
        revision.raise_by_one(session, Touched(record_id=record.id, list_id=record.list_id))
    audit.record(session, who, action, now=now, record_id=record.id, detail=", ".join(changed) or "nothing new")


def restore(
    session: Session,
    keyring: Keyring,
    who: Identity | Actor,
    held: Held,
    old_id: UUID,
    *,
    expected: int,
    now: int,
) -> None:
    """Give a field back what it held before, without showing it; the caller has checked who may.

    Raises:
        NotFound: The record has no such old value.
        PreconditionFailed: The record is no longer at that version.
    """
    old = history.require(session, held, old_id)
    values = {old.field: history.opened(keyring, old)}
    change(session, keyring, who, held.record, values, expected=expected, now=now, action=Action.RECORD_VALUE_RESTORE)


def require_movable(held: Held) -> None:
    """Check that a record may be put into another list by the caller: moving it takes it from those who hold this one.

    Raises:
        Forbidden: They do not manage its list.
    """
    if not held.may_on_list(Permission.MANAGE):
        raise Forbidden("Only who manages a record's list may move it to another.")


def move(session: Session, who: Identity | Actor, held: Held, to: HeldList, *, expected: int, now: int) -> None:
    """Put a record into another list, whose permissions hold for it from then on; its own go with it.

    Args:
        session: The transaction.
        who: Who moves it.
        held: The record: moving it takes it from those who hold its list, so it needs MANAGE there.
        to: The list: putting a record into one needs EDIT.
        expected: The version of the record that they saw.
        now: The time, in seconds since the epoch.

    Raises:
        Forbidden: The caller lacks one of the two.
        ConfirmationRequired: They may only because they administer, and have not proved themselves lately.
        PreconditionFailed: The record is no longer at that version.
    """
    require_movable(held)
    if not to.may(Permission.EDIT):
        raise Forbidden("You may not put records into this list.")
    if isinstance(who, Identity):
        # Who holds the other list may use the record from then on, so this gives access as a permission does.
        access.require_proof(who, held.list_level, now=now)
    before = session.get_one(RecordList, held.record.list_id)
    claim(session, held.record, expected, now=now)
    held.record.list_id = to.list.id
    session.flush()
    moved = Touched(record_id=held.record.id, list_id=to.list.id, former_list_id=before.id)
    revision.raise_by_one(session, moved)
    detail = f"from the list {before.name} to {to.list.name}"
    audit.record(session, who, Action.RECORD_MOVE, now=now, record_id=held.record.id, detail=detail)


def claim(session: Session, record: Record, expected: int, *, now: int) -> None:
    """Make the next version of a record, unless somebody else has made it meanwhile.

    Raises:
        PreconditionFailed: The record is no longer at the expected version.
    """
    taken = session.execute(
        update(Record)
        .where(Record.id == record.id, Record.version == expected)
        .values(version=expected + 1, updated_at=now)
        .returning(Record.id)
    ).first()
    if taken is None:
        raise PreconditionFailed
    session.refresh(record)


def _checked(values: Mapping[str, str | None]) -> dict[str, str | None]:
    wanted: dict[str, str | None] = {}
    for given, value in values.items():
        name = fields.checked_name(given)
        if name in wanted:
            raise InvalidRequest("Two extra fields have the same name.")
        if value is None and name in fields.SHOWN:
            raise InvalidRequest(f"A record's {name} cannot be removed.")
        wanted[name] = None if value is None else fields.checked(name, value)
    return wanted


def _before(session: Session, keyring: Keyring, record: Record, wanted: Mapping[str, str | None]) -> dict[str, str]:
    before = {fields.TITLE: record.title, fields.USERNAME: record.username}
    rows = session.execute(
        select(SealedField.name, SealedField.sealed).where(
            SealedField.record_id == record.id, SealedField.name.in_(list(wanted))
        )
    )
    for name, sealed in rows:
        before[name] = keyring.open(sealed, record_id=record.id, field=name)
    return before


def _names_after(session: Session, record: Record, changed: Mapping[str, str | None]) -> set[str]:
    names = set(session.scalars(select(SealedField.name).where(SealedField.record_id == record.id)))
    names |= {name for name, value in changed.items() if value is not None}
    return names - {name for name, value in changed.items() if value is None}


def _put(session: Session, keyring: Keyring, record: Record, name: str, value: str | None) -> None:
    if name in fields.SHOWN:
        setattr(record, name, value)
        return
    row = session.get(SealedField, (record.id, name))
    if value is None:
        session.delete(row)
        return
    sealed = keyring.seal(value, record_id=record.id, field=name)
    if row is None:
        session.add(SealedField(record_id=record.id, name=name, sealed=sealed))
    else:
        row.sealed = sealed

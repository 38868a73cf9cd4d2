"""What a record's fields held before: sealed, bounded in number, and restorable.

Each old value is bound to its record, its field and the version of the record that held it last, so none can be passed
off as another, nor as the value of today. Looking at one needs the same right as looking at today's, and is on record.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import Keyring
from extension_api.errors import Forbidden, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.vault.access import Held
from extension_api.vault.models import OldValue, history_place

KEPT: Final = 20
"""Old values of one field; the oldest goes when another comes."""


def keep(
    session: Session,
    keyring: Keyring,
    who: Identity | Actor,
    *,
    record_id: UUID,
    version: int,
    field: str,
    value: str,
    now: int,
) -> None:
    """Keep what a field held in a version of its record that is over.

    Args:
        session: The transaction of the change.
        keyring: Seals it.
        who: Who replaces it.
        record_id: The record.
        version: The last version that held it.
        field: The field.
        value: What it held.
        now: The time, in seconds since the epoch.
    """
    sealed = keyring.seal(value, record_id=record_id, field=history_place(field, version))
    session.add(
        OldValue(
            id=uuid4(),
            record_id=record_id,
            field=field,
            version=version,
            sealed=sealed,
            replaced_at=now,
            replaced_by=who.name,
        )
    )
    session.flush()
    mine = (OldValue.record_id == record_id, OldValue.field == field)
    newest_gone = session.scalar(
        select(OldValue.version).where(*mine).order_by(OldValue.version.desc()).offset(KEPT).limit(1)
    )
    if newest_gone is not None:
        session.execute(delete(OldValue).where(*mine, OldValue.version <= newest_gone))


def page(
    session: Session, held: Held, *, before: tuple[int, str] | None, limit: int
) -> tuple[Sequence[OldValue], tuple[int, str] | None]:
    """Return a page of a record's old values, still sealed, newest first, and where the next page begins.

    Args:
        session: A transaction.
        held: The record, as the caller was let through to it.
        before: Version and field of the last one of the page before.
        limit: How many at the most.

    Raises:
        Forbidden: The caller may neither view nor edit.
    """
    _require_reader(held)
    wanted = select(OldValue).where(OldValue.record_id == held.record.id)
    if before is not None:
        version, field = before
        same = and_(OldValue.version == version, OldValue.field > field)
        wanted = wanted.where(or_(OldValue.version < version, same))
    rows = session.scalars(wanted.order_by(OldValue.version.desc(), OldValue.field).limit(limit + 1)).all()
    shown = rows[:limit]
    return shown, (shown[-1].version, shown[-1].field) if len(rows) > limit else None


def since(session: Session, held: Held, version: int) -> Sequence[OldValue]:
    """Return, still sealed, what a version of the record held that has been replaced, the last change of a field first.

    Args:
        session: A transaction.
        held: The record, as the caller was let through to it.
        version: The version that somebody saw.

    Raises:
        Forbidden: The caller may neither view nor edit.
    """
    _require_reader(held)
    # At most KEPT of each field, so a record's worth is bounded.
    wanted = select(OldValue).where(OldValue.record_id == held.record.id, OldValue.version >= version)
    return session.scalars(wanted.order_by(OldValue.version.desc(), OldValue.field)).all()


def require(session: Session, held: Held, old_id: UUID) -> OldValue:
    """Return an old value of this record, still sealed.

    Raises:
        Forbidden: The caller may neither view nor edit.
        NotFound: The record has none such.
    """
    _require_reader(held)
    found = session.get(OldValue, old_id)
    if found is None or found.record_id != held.record.id:
        raise NotFound
    return found


def opened(keyring: Keyring, old: OldValue) -> str:
    """Return what an old value is; the caller has checked who may, or keeps it from everybody's eyes.

    Raises:
        CannotOpen: It was sealed by another key, or altered, or moved here from another place.
    """
    return keyring.open(old.sealed, record_id=old.record_id, field=history_place(old.field, old.version))


def reveal(session: Session, keyring: Keyring, identity: Identity, held: Held, old_id: UUID, *, now: int) -> str:
    """Open an old value for the caller's eyes, on record.

    Raises:
        Forbidden: The caller sees the record but not its values.
        NotFound: The record has no such old value.
    """
    old = require(session, held, old_id)
    if not held.may(Permission.VIEW):
        raise Forbidden
    detail = f"{old.field}, as it was until version {old.version}"
    audit.record(session, identity, Action.RECORD_VIEW, now=now, record_id=held.record.id, detail=detail)
    return opened(keyring, old)


def _require_reader(held: Held) -> None:
    if not held.may(Permission.VIEW) and not held.may(Permission.EDIT):
        raise Forbidden

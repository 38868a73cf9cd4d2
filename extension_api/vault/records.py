"""Records: adding, finding, and opening what is sealed in them.

Secrets are opened one field at a time, for a caller whom `access.require` let through, and never travel in a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from extension_api import revision
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import Keyring
from extension_api.errors import InvalidRequest
from extension_api.permissions import Identity
from extension_api.vault import access
from extension_api.vault.models import TITLE_LENGTH, USERNAME_LENGTH, LinkRow, Record, RecordList, SealedField

PASSWORD: Final = "password"  # noqa: S105 - the name of the field
PASSWORD_LENGTH: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """What a new record is made of.

    Args:
        title: What people call it.
        username: The name to sign in with.
        password: The secret; sealed at once.
        list_name: The list that it goes into, which is made if it is not there.
    """

    title: str
    username: str
    password: str
    list_name: str

    def __repr__(self) -> str:
        return f"<new record {self.title!r}>"


def add(session: Session, keyring: Keyring, who: Identity | Actor, new: NewRecord, *, now: int) -> Record:
    """Add a record.

    Raises:
        InvalidRequest: A text is empty or too long.
    """
    for name, text, limit in (
        ("title", new.title.strip(), TITLE_LENGTH),
        ("list", new.list_name.strip(), TITLE_LENGTH),
        ("password", new.password, PASSWORD_LENGTH),
    ):
        if not 0 < len(text) <= limit:
            raise InvalidRequest(f"The {name} has 1 to {limit} characters.")
    if len(new.username) > USERNAME_LENGTH:
        raise InvalidRequest(f"The user name has at most {USERNAME_LENGTH} characters.")
    record = Record(
        id=uuid4(),
        list_id=_list(session, new.list_name.strip(), now).id,
        title=new.title.strip(),
        username=new.username,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(record)
    session.flush()
    sealed = keyring.seal(new.password, record_id=record.id, field=PASSWORD)
    session.add(SealedField(record_id=record.id, name=PASSWORD, sealed=sealed))
    revision.raise_by_one(session)
    audit.record(session, who, Action.RECORD_ADD, now=now, record_id=record.id, detail=record.title)
    return record


def open_password(session: Session, keyring: Keyring, held: access.Held) -> str:
    """Open the password of a record that the caller was let through to.

    Raises:
        CannotOpen: The value was sealed by another key, or altered, or moved here from another record.
    """
    sealed = session.scalar(
        select(SealedField.sealed).where(SealedField.record_id == held.record.id, SealedField.name == PASSWORD)
    )
    return "" if sealed is None else keyring.open(sealed, record_id=held.record.id, field=PASSWORD)


def search(
    session: Session, identity: Identity, text: str, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[Record]:
    """Return records that the caller may know of, by title.

    Args:
        session: A transaction.
        identity: The caller.
        text: What the title, the user name or a link's address must hold; empty for all.
        after: Title and id of the last record of the page before.
        limit: How many at the most.
    """
    wanted = select(Record).where(access.seen_by(identity))
    if text:
        linked = select(LinkRow.record_id).where(LinkRow.url.icontains(text, autoescape=True))
        wanted = wanted.where(
            or_(
                Record.title.icontains(text, autoescape=True),
                Record.username.icontains(text, autoescape=True),
                Record.id.in_(linked),
            )
        )
    if after is not None:
        title, record_id = after
        wanted = wanted.where(or_(Record.title > title, (Record.title == title) & (Record.id > record_id)))
    return session.scalars(wanted.order_by(Record.title, Record.id).limit(limit)).all()


def _list(session: Session, name: str, now: int) -> RecordList:
    found = session.scalar(select(RecordList).where(RecordList.name == name))
    if found is None:
        found = RecordList(id=uuid4(), name=name, created_at=now)
        session.add(found)
        session.flush()
    return found

"""Lists: made by anybody, seen by those who hold a permission on them, removed when empty."""

import enum
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from extension_api import paging
from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Conflict, InvalidRequest
from extension_api.paging import Cursor, Page
from extension_api.permissions import Identity, Permission
from extension_api.text_search import holds
from extension_api.vault import access, grants, naming
from extension_api.vault.models import TITLE_LENGTH, Folder, Grant, Record, RecordList

MOST_LISTS: Final = 1_000
"""That a person may manage by a permission of their own and still add one. Anybody may add lists, so that nobody waits
for an administrator; this keeps one person, or a program in their name, from filling the installation."""


class Place(enum.Enum):
    """Where lists are looked for, when it is not one folder."""

    ANYWHERE = "anywhere"
    TOP = "top"


def page(
    session: Session,
    identity: Identity,
    *,
    place: UUID | Place = Place.ANYWHERE,
    text: str = "",
    may_edit: bool = False,
    after: Cursor | None,
    limit: int,
) -> Page[RecordList]:
    """Return a page of the lists that the caller may know of, by name.

    Args:
        session: A transaction.
        identity: The caller.
        place: The folder that they lie right in, or the top, or anywhere.
        text: What the name must hold; empty for all.
        may_edit: Only those into which the caller may put records.
        after: Name and id of the last list of the page before.
        limit: How many at the most.
    """
    least = Permission.EDIT if may_edit else Permission.FILL
    seen = true() if identity.administrator else RecordList.id.in_(access.granted_lists(identity, least))
    wanted = select(RecordList).where(seen)
    if place is not Place.ANYWHERE:
        wanted = wanted.where(RecordList.folder_id == (None if place is Place.TOP else place))
    if text:
        wanted = wanted.where(holds(RecordList.name, text))
    if after is not None:
        wanted = wanted.where(paging.beyond(RecordList.name, RecordList.id, after))
    rows = session.scalars(wanted.order_by(RecordList.name, RecordList.id).limit(limit + 1)).all()
    return paging.page(rows, limit, lambda each: (each.name, each.id))


def add(session: Session, who: Identity | Actor, name: str, folder: Folder | None, *, now: int) -> RecordList:
    """Add a list; a person who adds one manages it. Administrators may add any number.

    Args:
        session: The transaction.
        who: Who adds it.
        name: Its name.
        folder: Where it lies, a folder that they may know of, or `None` for the top.
        now: The time, in seconds since the epoch.

    Raises:
        Conflict: They manage as many as one person may.
        InvalidRequest: It is no name.
    """
    if isinstance(who, Identity) and not who.administrator:
        _require_room(session, who)
    return _made(session, who, name, folder, now=now)


def _require_room(session: Session, identity: Identity) -> None:
    own = (Grant.account_id == identity.account_id, Grant.list_id.is_not(None), Grant.level >= Permission.MANAGE)
    if (session.scalar(select(func.count()).where(*own)) or 0) >= MOST_LISTS:
        raise Conflict(
            f"You manage {MOST_LISTS:,} lists, and one person may add no more than that. Remove one that you no longer"
            " need, or ask an administrator to add this one."
        )


def _made(session: Session, who: Identity | Actor, name: str, folder: Folder | None, *, now: int) -> RecordList:
    made = RecordList(
        id=uuid4(),
        folder_id=folder.id if folder else None,
        name=naming.checked("list's name", name, TITLE_LENGTH),
        created_at=now,
    )
    session.add(made)
    session.flush()
    audit.record(session, who, Action.LIST_ADD, now=now, detail=made.name)
    if isinstance(who, Identity):
        grants.give(session, who, session.get_one(Account, who.account_id), made, Permission.MANAGE, now=now)
    return made


def personal(session: Session, identity: Identity, *, now: int) -> RecordList:
    """Return the caller's own list, which is made when it is first needed."""
    found = of_person(session, identity)
    if found is None:
        # Whatever else they manage: without it they could save no login.
        found = _made(session, identity, f"Personal ({identity.name})", None, now=now)
        found.personal_of = identity.account_id
        session.flush()
    return found


def of_person(session: Session, identity: Identity) -> RecordList | None:
    """Return the caller's own list, if it has been made."""
    return session.scalar(select(RecordList).where(RecordList.personal_of == identity.account_id))


def count_by_list(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many records each of these lists (a page of them) holds; an empty one is left out."""
    rows = session.execute(select(Record.list_id, func.count()).where(Record.list_id.in_(ids)).group_by(Record.list_id))
    return {row[0]: row[1] for row in rows}


def count_grants(session: Session, held: RecordList) -> int:
    """Return how many permissions stand on a list."""
    return session.scalar(select(func.count()).where(Grant.list_id == held.id)) or 0


def meant(session: Session, given: str, *, owner: Account | None = None) -> RecordList | None:
    """Return the list that is meant by its id or its name, or `None` if there is none; for the command line alone.

    Anybody may make a list of any name and wait for what is put into it. So a name means only a list that nobody
    holds, or the owner alone; any other is meant by its id.

    Args:
        session: A transaction.
        given: An id or a name.
        owner: The person whose list it may be.

    Raises:
        InvalidRequest: Several lists bear the name, or others hold the one that does.
    """
    try:
        return session.get(RecordList, UUID(given))
    except ValueError:
        name = given.strip()
    found = session.scalars(select(RecordList).where(RecordList.name == name).limit(2)).all()
    if len(found) > 1:
        raise InvalidRequest(f"Several lists are named {name}; give the id of the one that is meant.")
    if not found:
        return None
    held = select(Grant.account_id).where(Grant.list_id == found[0].id)
    if set(session.scalars(held)) - {owner.id if owner else None} or session.scalar(
        select(Grant.id).where(Grant.list_id == found[0].id, Grant.group_id.is_not(None))
    ):
        raise InvalidRequest(
            f"Others hold the list {name} and would get what is put into it. If that is meant, give its id:"
            f" {found[0].id} (wayfill list ls shows where it lies)."
        )
    return found[0]


def named(session: Session, who: Actor, name: str, *, owner: Account | None = None, now: int) -> RecordList:
    """Return the list that `meant` finds, which is made if there is none; for the command line alone.

    Raises:
        InvalidRequest: Several lists bear the name, others hold it, or it is no name.
    """
    return meant(session, name, owner=owner) or add(session, who, name, None, now=now)


def rename(session: Session, who: Identity | Actor, changed: RecordList, name: str, *, now: int) -> None:
    """Give a list another name; the caller has checked who may.

    Raises:
        InvalidRequest: It is no name.
    """
    before, changed.name = changed.name, naming.checked("list's name", name, TITLE_LENGTH)
    audit.record(session, who, Action.LIST_CHANGE, now=now, detail=f"{before}: now named {changed.name}")


def move(session: Session, who: Identity | Actor, moved: RecordList, folder: Folder | None, *, now: int) -> None:
    """Put a list into a folder that the caller may know of, or at the top; the caller has checked who may."""
    moved.folder_id = folder.id if folder else None
    place = folder.name if folder else "the top"
    audit.record(session, who, Action.LIST_CHANGE, now=now, detail=f"{moved.name}: moved to {place}")


def remove(session: Session, who: Identity | Actor, removed: RecordList, *, now: int) -> None:
    """Remove an empty list and the permissions on it; the caller has checked who may.

    Raises:
        Conflict: It holds records.
    """
    if session.scalar(select(Record.id).where(Record.list_id == removed.id).limit(1)) is not None:
        raise Conflict("This list holds records; move or remove them first.")
    # It holds nothing, so no match table changes and the revision stays.
    session.delete(removed)
    session.flush()
    audit.record(session, who, Action.LIST_REMOVE, now=now, detail=removed.name)

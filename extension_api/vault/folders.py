"""Folders: the order in which an installation keeps its lists.

Folders carry no permission. Administrators make, move and remove them; everybody else sees those that lead to a list
of theirs, and no more, so that a folder's name tells nobody what they may not know. A folder is never below itself.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from extension_api import paging
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Conflict, NotFound
from extension_api.paging import Cursor, Page
from extension_api.permissions import Identity
from extension_api.vault import access, naming
from extension_api.vault.models import TITLE_LENGTH, Folder, RecordList

DEPTH: Final = 10
"""Folders one inside the other, at the most: deeper trees are not read by people and slow every walk."""


def require_seen(session: Session, identity: Identity, folder_id: UUID) -> Folder:
    """Return the folder if the caller may know of it.

    Raises:
        NotFound: There is no such folder, or it leads to no list of the caller.
    """
    found = session.scalar(select(Folder).where(Folder.id == folder_id, _seen_by(identity)))
    if found is None:
        raise NotFound
    return found


def inside(
    session: Session, identity: Identity, parent_id: UUID | None, *, after: Cursor | None, limit: int
) -> Page[Folder]:
    """Return a page of the folders right below a folder, or at the top, that the caller may know of, by name.

    Args:
        session: A transaction.
        identity: The caller.
        parent_id: The folder, or `None` for the top.
        after: Name and id of the last folder of the page before.
        limit: How many at the most.
    """
    wanted = select(Folder).where(Folder.parent_id == parent_id, _seen_by(identity))
    if after is not None:
        wanted = wanted.where(paging.beyond(Folder.name, Folder.id, after))
    rows = session.scalars(wanted.order_by(Folder.name, Folder.id).limit(limit + 1)).all()
    return paging.page(rows, limit, lambda folder: (folder.name, folder.id))


def trail(session: Session, folder: Folder) -> list[Folder]:
    """Return the folders from the top down to `folder`; whoever may know of it may know of them."""
    path = [folder]
    while path[-1].parent_id is not None:
        path.append(session.get_one(Folder, path[-1].parent_id))
    return path[::-1]


def names(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of folders; whoever may know of a list may know of the one that it lies in."""
    rows = session.execute(select(Folder.id, Folder.name).where(Folder.id.in_(set(ids))))
    return {row[0]: row[1] for row in rows}


def count_inside(session: Session, folder: Folder) -> tuple[int, int]:
    """Return how many folders and how many lists lie right in a folder."""
    found = (
        session.scalar(select(func.count()).where(Folder.parent_id == folder.id)),
        session.scalar(select(func.count()).where(RecordList.folder_id == folder.id)),
    )
    return found[0] or 0, found[1] or 0


def add(session: Session, who: Identity | Actor, name: str, parent: Folder | None, *, now: int) -> Folder:
    """Add a folder; the caller has checked who may.

    Raises:
        InvalidRequest: It is no name.
        Conflict: It would lie too deep.
    """
    depth = len(trail(session, parent)) if parent else 0
    if depth + 1 > DEPTH:
        raise Conflict(f"Folders lie at most {DEPTH} deep.")
    parent_id = parent.id if parent else None
    folder = Folder(
        id=uuid4(), parent_id=parent_id, name=naming.checked("folder's name", name, TITLE_LENGTH), created_at=now
    )
    session.add(folder)
    session.flush()
    audit.record(session, who, Action.FOLDER_ADD, now=now, detail=folder.name)
    return folder


def rename(session: Session, who: Identity | Actor, folder: Folder, name: str, *, now: int) -> None:
    """Give a folder another name; the caller has checked who may.

    Raises:
        InvalidRequest: It is no name.
    """
    before, folder.name = folder.name, naming.checked("folder's name", name, TITLE_LENGTH)
    audit.record(session, who, Action.FOLDER_CHANGE, now=now, detail=f"{before}: now named {folder.name}")


def move(session: Session, who: Identity | Actor, folder: Folder, parent: Folder | None, *, now: int) -> None:
    """Put a folder, with all that it holds, into another or at the top; the caller has checked who may.

    Raises:
        Conflict: It would lie below itself, or something in it too deep.
    """
    # Two moves at once could together make a ring that neither makes alone: the second waits here for the first.
    session.execute(select(Folder.id).order_by(Folder.id).with_for_update()).all()
    path = trail(session, parent) if parent else []
    if folder in path:
        raise Conflict("A folder cannot lie below itself.")
    if len(path) + _height(session, folder) > DEPTH:
        raise Conflict(f"Folders lie at most {DEPTH} deep.")
    folder.parent_id = parent.id if parent else None
    session.flush()
    place = " / ".join(each.name for each in path) or "the top"
    audit.record(session, who, Action.FOLDER_CHANGE, now=now, detail=f"{folder.name}: moved to {place}")


def remove(session: Session, who: Identity | Actor, folder: Folder, *, now: int) -> None:
    """Remove an empty folder; the caller has checked who may.

    Raises:
        Conflict: It holds a folder or a list.
    """
    held = (
        select(Folder.id).where(Folder.parent_id == folder.id),
        select(RecordList.id).where(RecordList.folder_id == folder.id),
    )
    if any(session.scalar(each.limit(1)) is not None for each in held):
        raise Conflict("This folder is not empty; move or remove what it holds first.")
    session.delete(folder)
    session.flush()
    audit.record(session, who, Action.FOLDER_REMOVE, now=now, detail=folder.name)


def _height(session: Session, folder: Folder) -> int:
    """Return how many folders lie one inside the other from `folder` down, itself counted."""
    height, level = 0, [folder.id]
    while level:
        height += 1
        level = list(session.scalars(select(Folder.id).where(Folder.parent_id.in_(level))))
    return height


def _seen_by(identity: Identity) -> ColumnElement[bool]:
    return true() if identity.administrator else Folder.id.in_(_leading(identity))


def _leading(identity: Identity) -> Select[UUID | None]:
    """Return the folders of the caller's lists, and every folder above one of them."""
    holding = (
        select(RecordList.folder_id.label("id"))
        .where(access.list_seen_by(identity), RecordList.folder_id.is_not(None))
        .cte("leading", recursive=True)
    )
    above = select(Folder.parent_id).join(holding, Folder.id == holding.c.id).where(Folder.parent_id.is_not(None))
    leading = holding.union(above)
    return select(leading.c.id)

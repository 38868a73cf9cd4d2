"""Where the items of a file go: into the list that was named, or, by their folders, into lists beside it.

The last folder of an item's path becomes a list, those before it become folders, and what is there already is used. A
list that is made bears the permissions of the named one, so that whoever would have had the item has it. Anybody may
have made a list of such a name and wait for what is put into it: one that is there is used only if its permissions are
the very same. Where they are not, and for whoever may make no folders, the items stay in the named list and keep
their path as an extra field.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api.accounts.models import Account
from extension_api.audit.service import Actor
from extension_api.people.models import Group
from extension_api.permissions import Identity, Permission
from extension_api.vault import folders, grants, lists
from extension_api.vault.models import Folder, Grant, RecordList

NEW_LISTS: Final = 5_000
"""Lists that one file may bring: what the console is measured with."""
BETWEEN: Final = " / "

Path: TypeAlias = tuple[str, ...]
Holders: TypeAlias = dict[UUID, int]
"""Levels by the id of a person or a group."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where items go and who brings them.

    Args:
        who: Who acts; the caller has checked that they may edit the list.
        list_id: The list; `None` if it does not exist yet, which only a dry run may say.
        name: What a list is called that does not exist yet.
        owner_id: Who will manage it then.
        flat: Whether everything goes into the list itself.
    """

    who: Identity | Actor
    list_id: UUID | None
    name: str = ""
    owner_id: UUID | None = None
    flat: bool = False

    @property
    def may_make(self) -> bool:
        """Whether folders may be made: administrators do, and the command line."""
        return not self.flat and (isinstance(self.who, Actor) or self.who.administrator)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item goes.

    Args:
        path: Names of folders and, last, of the list; empty for the named list itself.
        list_id: The list; `None` if it is to be made.
        folder: The innermost folder that is there already.
        missing: Names of the folders that are to be made in it.
        as_field: Whether the path is kept as an extra field.
        why: Why it is, where a person may wonder.
    """

    path: Path
    list_id: UUID | None
    folder: UUID | None = None
    missing: Path = ()
    as_field: bool = False
    why: tuple[str, ...] = ()

    @property
    def new(self) -> bool:
        """Whether a list is to be made."""
        return bool(self.path) and self.list_id is None

    def __str__(self) -> str:
        return BETWEEN.join(self.path)


class Places:
    """The places of one import, found once in each transaction."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._found: dict[Path, Place] = {}
        self._coming: set[Path] = set()
        self._made = 0

    def forget(self) -> None:
        """Look everything up anew: a transaction begins."""
        self._found.clear()

    def of(self, session: Session, path: Path) -> Place:
        """Return where an item of that path goes; nothing is written."""
        if not path or not self._target.may_make:
            return Place((), self._target.list_id, as_field=bool(path))
        if path not in self._found:
            self._found[path] = self._look_up(session, path)
        return self._found[path]

    def is_news(self, place: Place) -> bool:
        """Tell whether a list is to be made that no earlier item of the file has made; a dry run asks."""
        news = place.new and place.path not in self._coming
        if news:
            self._coming.add(place.path)
            self._made += 1
        return news

    def make(self, session: Session, place: Place, *, now: int) -> UUID:
        """Return the list of a place, made with its folders if it is not there yet."""
        if place.list_id is not None:
            return place.list_id
        who, parent = self._target.who, session.get(Folder, place.folder) if place.folder else None
        for name in place.missing:
            parent = folders.add(session, who, name, parent, now=now)
        made = lists.add(session, who, place.path[-1], parent, now=now)
        for holder, level in self._holding(session):
            grants.give(session, who, holder, made, level, now=now)
        # Other paths may lead through the folders that were just made.
        self._found.clear()
        return made.id

    def _look_up(self, session: Session, path: Path) -> Place:
        named = session.get(RecordList, self._target.list_id) if self._target.list_id else None
        base = named.folder_id if named else None
        above = len(folders.trail(session, session.get_one(Folder, base))) if base else 0
        if above + len(path) - 1 > folders.DEPTH:
            return self._as_field(f"its folders lie more than {folders.DEPTH} deep")
        folder, missing = base, path[:-1]
        while missing and (below := _folder(session, folder, missing[0])) is not None:
            folder, missing = below, missing[1:]
        own_name = named.name if named else self._target.name
        if path[-1] == own_name:
            if len(path) == 1:
                return Place((), self._target.list_id)
            return self._as_field(f"a second list named {own_name} could not be told from the first")
        there = () if missing else _lists(session, folder, path[-1])
        mine = self._holders(session)
        usable = [each for each in there if _holders(session, each) == mine]
        if usable:
            return Place(path, usable[0])
        if there:
            return self._as_field(f"the list {BETWEEN.join(path)} has other permissions")
        if self._made >= NEW_LISTS and path not in self._coming:
            return self._as_field(f"a file brings at most {NEW_LISTS:,} lists")
        return Place(path, None, folder, missing)

    def _as_field(self, why: str) -> Place:
        return Place((), self._target.list_id, as_field=True, why=(f"its folders are kept as an extra field: {why}",))

    def _holders(self, session: Session) -> Holders:
        held = _holders(session, self._target.list_id) if self._target.list_id else {}
        own = {self._target.owner_id: int(Permission.MANAGE)} if self._target.owner_id else {}
        return held | own

    def _holding(self, session: Session) -> Iterable[tuple[Account | Group, Permission]]:
        wanted = select(Grant).where(Grant.list_id == self._target.list_id).order_by(Grant.id)
        for grant in session.scalars(wanted).all():
            holder = session.get(Account, grant.account_id) if grant.account_id else session.get(Group, grant.group_id)
            assert holder is not None  # noqa: S101 - a foreign key holds it
            yield holder, Permission(grant.level)


def _folder(session: Session, parent: UUID | None, name: str) -> UUID | None:
    wanted = select(Folder.id).where(Folder.parent_id == parent, Folder.name == name)
    return session.scalar(wanted.order_by(Folder.created_at, Folder.id).limit(1))


def _lists(session: Session, folder: UUID | None, name: str) -> list[UUID]:
    wanted = select(RecordList.id).where(RecordList.folder_id == folder, RecordList.name == name)
    # A person's own list is no place for others, whatever it is called.
    return list(session.scalars(wanted.where(RecordList.personal_of.is_(None)).order_by(RecordList.id)))


def _holders(session: Session, list_id: UUID) -> Holders:
    rows = session.execute(select(Grant.account_id, Grant.group_id, Grant.level).where(Grant.list_id == list_id))
    return {holder: level for account_id, group_id, level in rows if (holder := account_id or group_id)}

"""Folders over the API: everybody sees those that lead to a list of theirs, administrators see and change all."""

from uuid import UUID

import msgspec

from extension_api import paging
from extension_api.api import Api, Call
from extension_api.errors import Conflict, Forbidden, NotFound
from extension_api.permissions import Identity, require_administrator
from extension_api.vault import folders
from extension_api.vault.list_views import Name
from extension_api.vault.models import Folder

api = Api("folders")


class FoldersQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which folders are wanted: those right below `parent`, or at the top."""

    parent: UUID | None = None
    after: paging.After = ""
    limit: paging.Limit = paging.PAGE


class FolderRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A new folder; without `parent_id` it lies at the top."""

    name: Name
    parent_id: UUID | None = None


class FolderChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to become of a folder; what is left out stays, and `parent_id: null` puts it to the top."""

    name: Name | None = None
    parent_id: UUID | msgspec.UnsetType | None = msgspec.UNSET


class FolderAnswer(msgspec.Struct):
    """A folder."""

    id: UUID
    name: str
    parent_id: UUID | None


class FoldersAnswer(msgspec.Struct):
    """Folders by name; `next` is the `after` of the next page, if there is one."""

    folders: list[FolderAnswer]
    next: str | None


class FolderDetail(msgspec.Struct):
    """A folder, and those that it lies in, from the top."""

    folder: FolderAnswer
    above: list[FolderAnswer]


@api.endpoint(
    "GET", "/folders", guard="bearer", summary="Folders that lead to your lists", query=FoldersQuery,
    answer=FoldersAnswer, problems=(NotFound,),
)  # fmt: skip
def list_folders(call: Call, identity: Identity, query: FoldersQuery) -> FoldersAnswer:
    """Answer a page of the folders right in a folder."""
    if query.parent is not None:
        folders.require_seen(call.session, identity, query.parent)
    found = folders.inside(call.session, identity, query.parent, after=paging.read(query.after), limit=query.limit)
    return FoldersAnswer([_answer(folder) for folder in found.rows], paging.written(found.next))


@api.endpoint(
    "GET", "/folders/<uuid:folder_id>", guard="bearer", summary="A folder and those above it", answer=FolderDetail,
    problems=(NotFound,),
)  # fmt: skip
def show_folder(call: Call, identity: Identity, folder_id: UUID) -> FolderDetail:
    """Answer a folder."""
    folder = folders.require_seen(call.session, identity, folder_id)
    return FolderDetail(_answer(folder), [_answer(each) for each in folders.trail(call.session, folder)[:-1]])


@api.endpoint(
    "POST", "/folders", guard="bearer", summary="Add a folder, for administrators", body=FolderRequest,
    answer=FolderAnswer, status=201, problems=(NotFound, Forbidden, Conflict),
)  # fmt: skip
def add_folder(call: Call, identity: Identity, body: FolderRequest) -> FolderAnswer:
    """Add a folder and answer it."""
    require_administrator(identity)
    parent = _parent(call, identity, body.parent_id)
    return _answer(folders.add(call.session, identity, body.name, parent, now=call.now))


@api.endpoint(
    "PATCH", "/folders/<uuid:folder_id>", guard="bearer", summary="Rename or move a folder, for administrators",
    body=FolderChange, answer=FolderAnswer, problems=(NotFound, Forbidden, Conflict),
)  # fmt: skip
def change_folder(call: Call, identity: Identity, body: FolderChange, folder_id: UUID) -> FolderAnswer:
    """Change a folder and answer it."""
    require_administrator(identity)
    folder = folders.require_seen(call.session, identity, folder_id)
    if body.name is not None:
        folders.rename(call.session, identity, folder, body.name, now=call.now)
    if not isinstance(body.parent_id, msgspec.UnsetType):
        folders.move(call.session, identity, folder, _parent(call, identity, body.parent_id), now=call.now)
    return _answer(folder)


@api.endpoint(
    "DELETE", "/folders/<uuid:folder_id>", guard="bearer", summary="Remove an empty folder, for administrators",
    problems=(NotFound, Forbidden, Conflict),
)  # fmt: skip
def remove_folder(call: Call, identity: Identity, folder_id: UUID) -> None:
    """Remove an empty folder."""
    require_administrator(identity)
    folders.remove(call.session, identity, folders.require_seen(call.session, identity, folder_id), now=call.now)


def _parent(call: Call, identity: Identity, parent_id: UUID | None) -> Folder | None:
    return None if parent_id is None else folders.require_seen(call.session, identity, parent_id)


def _answer(folder: Folder) -> FolderAnswer:
    return FolderAnswer(folder.id, folder.name, folder.parent_id)

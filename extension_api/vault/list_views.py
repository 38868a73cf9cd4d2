"""Lists over the API."""

from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec

from extension_api import paging
from extension_api.api import Api, Call
from extension_api.errors import Conflict, Forbidden, InvalidRequest, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, folders, lists
from extension_api.vault.access import HeldList
from extension_api.vault.answers import level_word
from extension_api.vault.models import TITLE_LENGTH, Folder

api = Api("lists")
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=TITLE_LENGTH)]


class ListsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which lists are wanted: all, or those right in a folder, or (`top`) in none; `may_edit` for those to save to."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    folder: UUID | None = None
    top: bool = False
    may_edit: bool = False
    after: paging.After = ""
    limit: paging.Limit = paging.PAGE


class ListRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A new list; without `folder_id` it lies at the top."""

    name: Name
    folder_id: UUID | None = None


class ListChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to become of a list; what is left out stays, and `folder_id: null` puts it to the top."""

    name: Name | None = None
    folder_id: UUID | msgspec.UnsetType | None = msgspec.UNSET


class ListAnswer(msgspec.Struct):
    """A list; `level` is the caller's own on it, `null` for an administrator who was granted none."""

    id: UUID
    name: str
    folder_id: UUID | None
    level: str | None
    may_edit: bool
    may_manage: bool
    personal: bool


class ListsAnswer(msgspec.Struct):
    """Lists by name; `next` is the `after` of the next page, if there is one."""

    lists: list[ListAnswer]
    next: str | None


@api.endpoint(
    "GET", "/lists", guard="bearer", summary="Your lists", query=ListsQuery, answer=ListsAnswer,
    problems=(NotFound, InvalidRequest),
)  # fmt: skip
def list_lists(call: Call, identity: Identity, query: ListsQuery) -> ListsAnswer:
    """Answer a page of the lists that the caller may know of."""
    place: UUID | lists.Place = lists.Place.TOP if query.top else lists.Place.ANYWHERE
    if query.folder is not None:
        if query.top:
            raise InvalidRequest("Give `folder` or `top`, not both.")
        place = folders.require_seen(call.session, identity, query.folder).id
    found = lists.page(
        call.session,
        identity,
        place=place,
        text=query.q,
        may_edit=query.may_edit,
        after=paging.read(query.after),
        limit=query.limit,
    )
    held = access.levels_on_lists(call.session, identity, found.rows)
    return ListsAnswer([_answer(identity, held[each.id]) for each in found.rows], paging.written(found.next))


@api.endpoint(
    "POST", "/lists", guard="bearer", summary="Add a list, which you will manage", body=ListRequest,
    answer=ListAnswer, status=201, problems=(NotFound, Conflict),
)  # fmt: skip
def add_list(call: Call, identity: Identity, body: ListRequest) -> ListAnswer:
    """Add a list and answer it."""
    folder = _folder(call, identity, body.folder_id)
    made = lists.add(call.session, identity, body.name, folder, now=call.now)
    return _answer(identity, access.require_list_seen(call.session, identity, made.id))


@api.endpoint(
    "GET", "/lists/<uuid:list_id>", guard="bearer", summary="A list", answer=ListAnswer, problems=(NotFound,)
)  # fmt: skip
def show_list(call: Call, identity: Identity, list_id: UUID) -> ListAnswer:
    """Answer a list."""
    return _answer(identity, access.require_list_seen(call.session, identity, list_id))


@api.endpoint(
    "PATCH", "/lists/<uuid:list_id>", guard="bearer", summary="Rename a list, or put it into another folder",
    body=ListChange, answer=ListAnswer, problems=(NotFound, Forbidden),
)  # fmt: skip
def change_list(call: Call, identity: Identity, body: ListChange, list_id: UUID) -> ListAnswer:
    """Change a list that the caller manages, and answer it."""
    held = access.require_list(call.session, identity, list_id, Permission.MANAGE)
    if body.name is not None:
        lists.rename(call.session, identity, held.list, body.name, now=call.now)
    if not isinstance(body.folder_id, msgspec.UnsetType):
        lists.move(call.session, identity, held.list, _folder(call, identity, body.folder_id), now=call.now)
    return _answer(identity, held)


@api.endpoint(
    "DELETE", "/lists/<uuid:list_id>", guard="bearer", summary="Remove an empty list",
    problems=(NotFound, Forbidden, Conflict),
)  # fmt: skip
def remove_list(call: Call, identity: Identity, list_id: UUID) -> None:
    """Remove an empty list that the caller manages."""
    held = access.require_list(call.session, identity, list_id, Permission.MANAGE)
    lists.remove(call.session, identity, held.list, now=call.now)


def _folder(call: Call, identity: Identity, folder_id: UUID | None) -> Folder | None:
    return None if folder_id is None else folders.require_seen(call.session, identity, folder_id)


def _answer(identity: Identity, held: HeldList) -> ListAnswer:
    return ListAnswer(
        held.list.id,
        held.list.name,
        held.list.folder_id,
        level_word(held.level),
        held.may(Permission.EDIT),
        held.may(Permission.MANAGE),
        held.list.personal_of == identity.account_id,
    )

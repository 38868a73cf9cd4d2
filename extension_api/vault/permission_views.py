"""Permissions on records and lists over the API: what was given, giving, taking, and who can use a record and why."""

from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from extension_api import paging, revision
from extension_api.accounts import service as accounts
from extension_api.api import Api, Call
from extension_api.errors import ConfirmationRequired, Forbidden, InvalidRequest, NotFound
from extension_api.paging import Page
from extension_api.people import groups
from extension_api.people.views import Name
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, grants
from extension_api.vault.grants import Given, Holder, PersonsAccess, Target

api = Api("permissions")
Level: TypeAlias = Literal["edit", "fill", "manage", "view"]


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which page is wanted."""

    after: paging.After = ""
    limit: paging.Limit = paging.PAGE


class PermissionRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A level for a person or a group, by name; it takes the place of what they had here."""

    level: Level
    person: Name | None = None
    group: Name | None = None


class PermissionAnswer(msgspec.Struct):
    """What a person or a group was given here."""

    id: UUID
    kind: Literal["group", "person"]
    holder_id: UUID
    name: str
    level: str


class PermissionsAnswer(msgspec.Struct):
    """Permissions by their holders' names; `next` is the `after` of the next page, if there is one."""

    permissions: list[PermissionAnswer]
    next: str | None


class PermissionGivenAnswer(msgspec.Struct):
    """The permission, and the revision at which match tables know of it."""

    id: UUID
    revision: int


class ReasonAnswer(msgspec.Struct):
    """A permission that gives a level: on the record or its list, by themselves or (`group`) by a group of theirs."""

    level: str
    on: Literal["list", "record"]
    group: str | None


class PersonsAccessAnswer(msgspec.Struct):
    """What a person may do, and why, the strongest reason first; who is not `active` cannot sign in."""

    id: UUID
    name: str
    active: bool
    level: str
    reasons: list[ReasonAnswer]


class WhoAnswer(msgspec.Struct):
    """People who can fill, or more, by name; `next` is the `after` of the next page, if there is one."""

    people: list[PersonsAccessAnswer]
    next: str | None


@api.endpoint(
    "GET", "/records/<uuid:record_id>/permissions", guard="bearer", summary="Permissions on a record itself",
    query=PageQuery, answer=PermissionsAnswer, problems=(NotFound, Forbidden),
)  # fmt: skip
def on_record(call: Call, identity: Identity, query: PageQuery, record_id: UUID) -> PermissionsAnswer:
    """Answer a page of what was given on a record that the caller manages."""
    held = access.require(call.session, identity, record_id, Permission.MANAGE)
    return _permissions(call, held.record, query)


@api.endpoint(
    "POST", "/records/<uuid:record_id>/permissions", guard="bearer", summary="Give a permission on a record",
    body=PermissionRequest, answer=PermissionGivenAnswer, status=201,
    problems=(NotFound, Forbidden, ConfirmationRequired),
)  # fmt: skip
def give_on_record(call: Call, identity: Identity, body: PermissionRequest, record_id: UUID) -> PermissionGivenAnswer:
    """Give a level on a record that the caller manages."""
    held = access.require(call.session, identity, record_id, Permission.MANAGE)
    access.require_proof(identity, held.level, now=call.now)
    return _given(call, identity, held.record, body)


@api.endpoint(
    "DELETE", "/records/<uuid:record_id>/permissions/<uuid:permission_id>", guard="bearer",
    summary="Take a permission on a record back", problems=(NotFound, Forbidden),
)  # fmt: skip
def take_on_record(call: Call, identity: Identity, record_id: UUID, permission_id: UUID) -> None:
    """Take a permission back, on a record that the caller manages."""
    held = access.require(call.session, identity, record_id, Permission.MANAGE)
    grants.take(call.session, identity, held.record, permission_id, now=call.now)


@api.endpoint(
    "GET", "/records/<uuid:record_id>/people", guard="bearer", summary="Who can fill a record, and why",
    query=PageQuery, answer=WhoAnswer, problems=(NotFound, Forbidden),
)  # fmt: skip
def who_can_use_record(call: Call, identity: Identity, query: PageQuery, record_id: UUID) -> WhoAnswer:
    """Answer a page of who can use a record that the caller may edit; of its list nothing, if they hold none of it."""
    held = access.require(call.session, identity, record_id, Permission.EDIT)
    return _who(grants.who_can(call.session, held, after=paging.read(query.after), limit=query.limit))


@api.endpoint(
    "GET", "/lists/<uuid:list_id>/permissions", guard="bearer", summary="Permissions on a list", query=PageQuery,
    answer=PermissionsAnswer, problems=(NotFound, Forbidden),
)  # fmt: skip
def on_list(call: Call, identity: Identity, query: PageQuery, list_id: UUID) -> PermissionsAnswer:
    """Answer a page of what was given on a list that the caller manages."""
    held = access.require_list(call.session, identity, list_id, Permission.MANAGE)
    return _permissions(call, held.list, query)


@api.endpoint(
    "POST", "/lists/<uuid:list_id>/permissions", guard="bearer", summary="Give a permission on a list",
    body=PermissionRequest, answer=PermissionGivenAnswer, status=201,
    problems=(NotFound, Forbidden, ConfirmationRequired),
)  # fmt: skip
def give_on_list(call: Call, identity: Identity, body: PermissionRequest, list_id: UUID) -> PermissionGivenAnswer:
    """Give a level on a list that the caller manages; it holds for each of the list's records."""
    held = access.require_list(call.session, identity, list_id, Permission.MANAGE)
    access.require_proof(identity, held.level, now=call.now)
    return _given(call, identity, held.list, body)


@api.endpoint(
    "DELETE", "/lists/<uuid:list_id>/permissions/<uuid:permission_id>", guard="bearer",
    summary="Take a permission on a list back", problems=(NotFound, Forbidden),
)  # fmt: skip
def take_on_list(call: Call, identity: Identity, list_id: UUID, permission_id: UUID) -> None:
    """Take a permission back, on a list that the caller manages."""
    held = access.require_list(call.session, identity, list_id, Permission.MANAGE)
    grants.take(call.session, identity, held.list, permission_id, now=call.now)


@api.endpoint(
    "GET", "/lists/<uuid:list_id>/people", guard="bearer", summary="Who can use a list's records, and why",
    query=PageQuery, answer=WhoAnswer, problems=(NotFound, Forbidden),
)  # fmt: skip
def who_can_use_list(call: Call, identity: Identity, query: PageQuery, list_id: UUID) -> WhoAnswer:
    """Answer a page of who holds a list that the caller may edit."""
    held = access.require_list(call.session, identity, list_id, Permission.EDIT)
    return _who(grants.who_can(call.session, held, after=paging.read(query.after), limit=query.limit))


def _permissions(call: Call, target: Target, query: PageQuery) -> PermissionsAnswer:
    found: Page[Given] = grants.on(call.session, target, after=paging.read(query.after), limit=query.limit)
    shown = [PermissionAnswer(g.id, g.kind, g.holder_id, g.name, g.level.name.lower()) for g in found.rows]
    return PermissionsAnswer(shown, paging.written(found.next))


def _given(call: Call, identity: Identity, target: Target, body: PermissionRequest) -> PermissionGivenAnswer:
    grant = grants.give(
        call.session, identity, _holder(call, body), target, Permission[body.level.upper()], now=call.now
    )
    return PermissionGivenAnswer(grant.id, revision.current(call.session))


def _holder(call: Call, body: PermissionRequest) -> Holder:
    if body.person is not None and body.group is None:
        return accounts.require(call.session, body.person)
    if body.group is not None and body.person is None:
        return groups.require_named(call.session, body.group)
    raise InvalidRequest("Name a `person` or a `group`, and one alone.")


def _who(found: Page[PersonsAccess]) -> WhoAnswer:
    shown = [
        PersonsAccessAnswer(
            each.account_id,
            each.name,
            each.active,
            each.level.name.lower(),
            [ReasonAnswer(reason.level.name.lower(), reason.on, reason.group) for reason in each.reasons],
        )
        for each in found.rows
    ]
    return WhoAnswer(shown, paging.written(found.next))

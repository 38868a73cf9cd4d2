"""Groups and their people over the API, for administrators."""

from uuid import UUID

import msgspec

from extension_api import paging
from extension_api.accounts import service as accounts
from extension_api.api import Api, Call
from extension_api.errors import ConfirmationRequired, Conflict, Forbidden, NotFound
from extension_api.people import groups
from extension_api.people.models import Group
from extension_api.people.views import Name, PeopleAnswer, person_answer
from extension_api.permissions import Identity, require_administrator

api = Api("groups")


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which page is wanted."""

    after: paging.After = ""
    limit: paging.Limit = paging.PAGE


class GroupRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A group's name."""

    name: Name


class MemberRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The person who joins, by the name they sign in with."""

    person: Name


class GroupAnswer(msgspec.Struct):
    """A group, and how many people it has."""

    id: UUID
    name: str
    people: int


class GroupsAnswer(msgspec.Struct):
    """Groups by name; `next` is the `after` of the next page, if there is one."""

    groups: list[GroupAnswer]
    next: str | None


@api.endpoint(
    "GET", "/groups", guard="bearer", summary="Groups, for administrators", query=PageQuery, answer=GroupsAnswer,
    problems=(Forbidden,),
)  # fmt: skip
def list_groups(call: Call, identity: Identity, query: PageQuery) -> GroupsAnswer:
    """Answer a page of the groups."""
    require_administrator(identity)
    found = groups.page(call.session, after=paging.read(query.after), limit=query.limit)
    sizes = groups.sizes(call.session, [group.id for group in found.rows])
    return GroupsAnswer(
        [GroupAnswer(group.id, group.name, sizes.get(group.id, 0)) for group in found.rows],
        paging.written(found.next),
    )


@api.endpoint(
    "POST", "/groups", guard="bearer", summary="Add a group, for administrators", body=GroupRequest,
    answer=GroupAnswer, status=201, problems=(Forbidden, Conflict),
)  # fmt: skip
def add_group(call: Call, identity: Identity, body: GroupRequest) -> GroupAnswer:
    """Add a group and answer it."""
    require_administrator(identity)
    return _answer(call, groups.add(call.session, identity, body.name, now=call.now))


@api.endpoint(
    "GET", "/groups/<uuid:group_id>", guard="bearer", summary="A group, for administrators", answer=GroupAnswer,
    problems=(Forbidden, NotFound),
)  # fmt: skip
def show_group(call: Call, identity: Identity, group_id: UUID) -> GroupAnswer:
    """Answer a group."""
    require_administrator(identity)
    return _answer(call, groups.require(call.session, group_id))


@api.endpoint(
    "PATCH", "/groups/<uuid:group_id>", guard="bearer", summary="Rename a group, for administrators",
    body=GroupRequest, answer=GroupAnswer, problems=(Forbidden, NotFound, Conflict),
)  # fmt: skip
def rename_group(call: Call, identity: Identity, body: GroupRequest, group_id: UUID) -> GroupAnswer:
    """Rename a group and answer it."""
    require_administrator(identity)
    group = groups.require(call.session, group_id)
    groups.rename(call.session, identity, group, body.name, now=call.now)
    return _answer(call, group)


@api.endpoint(
    "DELETE", "/groups/<uuid:group_id>", guard="bearer",
    summary="Remove a group and all that it was granted, for administrators", problems=(Forbidden, NotFound),
)  # fmt: skip
def remove_group(call: Call, identity: Identity, group_id: UUID) -> None:
    """Remove a group."""
    require_administrator(identity)
    groups.remove(call.session, identity, groups.require(call.session, group_id), now=call.now)


@api.endpoint(
    "GET", "/groups/<uuid:group_id>/people", guard="bearer", summary="The people of a group, for administrators",
    query=PageQuery, answer=PeopleAnswer, problems=(Forbidden, NotFound),
)  # fmt: skip
def list_members(call: Call, identity: Identity, query: PageQuery, group_id: UUID) -> PeopleAnswer:
    """Answer a page of a group's people."""
    require_administrator(identity)
    group = groups.require(call.session, group_id)
    found = groups.members(call.session, group, after=paging.read(query.after), limit=query.limit)
    return PeopleAnswer([person_answer(account) for account in found.rows], paging.written(found.next))


@api.endpoint(
    "POST", "/groups/<uuid:group_id>/people", guard="bearer", summary="Put a person into a group, for administrators",
    body=MemberRequest, answer=GroupAnswer, status=201,
    problems=(Forbidden, ConfirmationRequired, NotFound, Conflict),
)  # fmt: skip
def add_member(call: Call, identity: Identity, body: MemberRequest, group_id: UUID) -> GroupAnswer:
    """Put a person into a group and answer it."""
    require_administrator(identity)
    group = groups.require(call.session, group_id)
    account = accounts.require(call.session, body.person)
    groups.add_member(call.session, identity, group, account, now=call.now)
    return _answer(call, group)


@api.endpoint(
    "DELETE", "/groups/<uuid:group_id>/people/<uuid:account_id>", guard="bearer",
    summary="Take a person out of a group, for administrators", problems=(Forbidden, NotFound),
)  # fmt: skip
def remove_member(call: Call, identity: Identity, group_id: UUID, account_id: UUID) -> None:
    """Take a person out of a group."""
    require_administrator(identity)
    groups.remove_member(call.session, identity, groups.require(call.session, group_id), account_id, now=call.now)


def _answer(call: Call, group: Group) -> GroupAnswer:
    return GroupAnswer(group.id, group.name, groups.sizes(call.session, [group.id]).get(group.id, 0))

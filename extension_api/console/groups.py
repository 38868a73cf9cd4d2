"""Groups of people, for administrators: who belongs to them, and what they may reach.

What a group was given is shown here and changed where it was given, on the pages of the list or record itself.
"""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Request

from extension_api import paging
from extension_api.accounts import service as accounts
from extension_api.accounts.models import NAME_LENGTH
from extension_api.console import listing
from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidRequest, NotFound, Problem
from extension_api.people import groups
from extension_api.people.models import Group
from extension_api.permissions import Identity, require_administrator
from extension_api.vault import grants

pages = Pages("groups")
ADDRESS: Final = f"{PREFIX}/groups"


@pages.page("GET", "/groups", guard="console")
def show_groups(visit: Visit, identity: Identity) -> Show:
    """Show a page of the groups, by name."""
    require_administrator(identity)
    return _groups(visit, name=visit.request.args.get("name", "")[:NAME_LENGTH])


def _typed_name(request: Request) -> str:
    return f"{ADDRESS}?{urlencode({'name': request.form.get('name', '')[:NAME_LENGTH]})}"


@pages.page("POST", "/groups", guard="console", resume=_typed_name)
def add_group(visit: Visit, identity: Identity) -> Show | Go:
    """Add a group, or say why not and keep what was typed."""
    require_administrator(identity)
    name = _given(visit, "name")
    try:
        made = groups.add(visit.session, identity, name, now=visit.now)
    except (Conflict, InvalidRequest) as problem:
        return _groups(visit, name=name, refusal=problem)
    return Go(f"{ADDRESS}/{made.id}", Message.GROUP_ADDED)


@pages.page("GET", "/groups/<uuid:group_id>", guard="console")
def show_group(visit: Visit, identity: Identity, group_id: UUID) -> Show:
    """Show a group's people and what it may reach; a name given as `person` is put into the form."""
    require_administrator(identity)
    typed = visit.request.args.get("person", "")[:NAME_LENGTH]
    return _group(visit, groups.require(visit.session, group_id), person=typed)


def _of_group(request: Request) -> str:
    return f"{ADDRESS}/{(request.view_args or {})['group_id']}"


def _typed_person(request: Request) -> str:
    return f"{_of_group(request)}?{urlencode({'person': request.form.get('person', '')[:NAME_LENGTH]})}"


@pages.page("POST", "/groups/<uuid:group_id>/rename", guard="console", resume=_of_group)
def rename_group(visit: Visit, identity: Identity, group_id: UUID) -> Show | Go:
    """Give a group another name, or say why not and keep what was typed."""
    require_administrator(identity)
    group, name = groups.require(visit.session, group_id), _given(visit, "name")
    try:
        groups.rename(visit.session, identity, group, name, now=visit.now)
    except (Conflict, InvalidRequest) as problem:
        return _group(visit, group, name=name, name_refusal=problem)
    return Go(f"{ADDRESS}/{group.id}", Message.GROUP_RENAMED)


@pages.page("POST", "/groups/<uuid:group_id>/remove", guard="console", resume=_of_group)
def remove_group(visit: Visit, identity: Identity, group_id: UUID) -> Go:
    """Remove a group and all that it was given."""
    require_administrator(identity)
    groups.remove(visit.session, identity, groups.require(visit.session, group_id), now=visit.now)
    return Go(ADDRESS, Message.GROUP_REMOVED)


@pages.page("POST", "/groups/<uuid:group_id>/people", guard="console", resume=_typed_person)
def add_member(visit: Visit, identity: Identity, group_id: UUID) -> Show | Go:
    """Put a person into a group, or say why not and keep what was typed."""
    require_administrator(identity)
    group, name = groups.require(visit.session, group_id), _given(visit, "person")
    try:
        account = accounts.require(visit.session, name)
        groups.add_member(visit.session, identity, group, account, now=visit.now)
    except (Conflict, InvalidRequest, NotFound) as problem:
        return _group(visit, group, person=name, person_refusal=problem)
    return Go(f"{ADDRESS}/{group.id}", Message.MEMBER_ADDED)


@pages.page("POST", "/groups/<uuid:group_id>/people/<uuid:account_id>/remove", guard="console", resume=_of_group)
def remove_member(visit: Visit, identity: Identity, group_id: UUID, account_id: UUID) -> Go:
    """Take a person out of a group."""
    require_administrator(identity)
    group = groups.require(visit.session, group_id)
    groups.remove_member(visit.session, identity, group, account_id, now=visit.now)
    return Go(f"{ADDRESS}/{group.id}", Message.MEMBER_REMOVED)


def _given(visit: Visit, field: str) -> str:
    # One character more than a name may have, so that a longer one is refused and not cut.
    return visit.request.form.get(field, "")[: NAME_LENGTH + 1]


def _groups(visit: Visit, *, name: str, refusal: Problem | None = None) -> Show:
    after = listing.after(visit)
    found = groups.page(visit.session, after=after, limit=paging.PAGE)
    values = {
        "groups": found.rows,
        "sizes": groups.sizes(visit.session, [group.id for group in found.rows]),
        "continued": after is not None,
        "more": listing.more(found),
        "name": name,
        "longest": NAME_LENGTH,
        "refusal": str(refusal) if refusal else None,
    }
    return Show("groups.html", values, refusal.status if refusal else 200)


def _group(
    visit: Visit,
    group: Group,
    *,
    name: str | None = None,
    person: str = "",
    name_refusal: Problem | None = None,
    person_refusal: Problem | None = None,
) -> Show:
    session, after, reach_after = visit.session, listing.after(visit), listing.after(visit, "reach")
    members = groups.members(session, group, after=after, limit=paging.PAGE)
    reached = grants.reached_by(session, group, after=reach_after, limit=paging.PAGE)
    problem = name_refusal or person_refusal
    values = {
        "group": group,
        "size": groups.sizes(session, [group.id]).get(group.id, 0),
        "members": members.rows,
        "continued": after is not None,
        "more": listing.more(members),
        "reached": reached.rows,
        "reach_continued": reach_after is not None,
        "reach_more": listing.more(reached, "reach"),
        "name": group.name if name is None else name,
        "name_refusal": str(name_refusal) if name_refusal else None,
        "person_typed": person,
        "person_refusal": str(person_refusal) if person_refusal else None,
        "longest": NAME_LENGTH,
    }
    return Show("group.html", values, problem.status if problem else 200)

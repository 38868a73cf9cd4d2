"""Permissions of a list and of a record: who holds what, giving and taking it, and who can fill and why.

Each page is for those whom the API answers the same: what was given is shown to who manages the object, who can fill it
to who may edit it. Of a record's list nothing is told to a guest of that record.
"""

from typing import Final, TypeAlias
from urllib.parse import urlencode
from uuid import UUID

from flask import Request

from extension_api import paging
from extension_api.accounts import service as accounts
from extension_api.accounts.models import NAME_LENGTH
from extension_api.console import listing
from extension_api.console.pages import HOME, PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Forbidden, InvalidRequest, NotFound, Problem
from extension_api.people import groups
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, grants
from extension_api.vault.access import Held, HeldList
from extension_api.vault.grants import Holder
from extension_api.vault.models import RecordList

pages = Pages("permissions")
FIELDS: Final = {"kind": 10, "name": NAME_LENGTH, "level": 10}
"""What the form has, and how many characters of it come back after a fresh proof."""
Place: TypeAlias = Held | HeldList


@pages.page("GET", "/records/<uuid:record_id>/permissions", guard="console")
def show_on_record(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show what was given on a record, and on its list to who manages that."""
    return _show(visit, _record(visit, identity, record_id), _typed(visit.request.args))


@pages.page("GET", "/lists/<uuid:list_id>/permissions", guard="console")
def show_on_list(visit: Visit, identity: Identity, list_id: UUID) -> Show:
    """Show what was given on a list."""
    return _show(visit, _list(visit, identity, list_id), _typed(visit.request.args))


def _as_typed(request: Request) -> str:
    return f"{request.path}?{urlencode(_typed(request.form))}"


@pages.page("POST", "/records/<uuid:record_id>/permissions", guard="console", resume=_as_typed)
def give_on_record(visit: Visit, identity: Identity, record_id: UUID) -> Show | Go:
    """Give a level on a record, in place of what the person or group had, or say why not."""
    return _give(visit, identity, _record(visit, identity, record_id))


@pages.page("POST", "/lists/<uuid:list_id>/permissions", guard="console", resume=_as_typed)
def give_on_list(visit: Visit, identity: Identity, list_id: UUID) -> Show | Go:
    """Give a level on a list, in place of what the person or group had, or say why not."""
    return _give(visit, identity, _list(visit, identity, list_id))


def _above(request: Request) -> str:
    return request.path.rpartition("/permissions/")[0] + "/permissions"


@pages.page(
    "POST", "/records/<uuid:record_id>/permissions/<uuid:permission_id>/take", guard="console", resume=_above
)  # fmt: skip
def take_on_record(visit: Visit, identity: Identity, record_id: UUID, permission_id: UUID) -> Go:
    """Take back what was given on a record."""
    return _take(visit, identity, _record(visit, identity, record_id), permission_id)


@pages.page("POST", "/lists/<uuid:list_id>/permissions/<uuid:permission_id>/take", guard="console", resume=_above)
def take_on_list(visit: Visit, identity: Identity, list_id: UUID, permission_id: UUID) -> Go:
    """Take back what was given on a list."""
    return _take(visit, identity, _list(visit, identity, list_id), permission_id)


@pages.page("GET", "/records/<uuid:record_id>/people", guard="console")
def show_who_fills_record(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show who can fill a record, and why."""
    return _who(visit, access.require(visit.session, identity, record_id, Permission.EDIT))


@pages.page("GET", "/lists/<uuid:list_id>/people", guard="console")
def show_who_fills_list(visit: Visit, identity: Identity, list_id: UUID) -> Show:
    """Show who can fill every record of a list, and why."""
    return _who(visit, access.require_list(visit.session, identity, list_id, Permission.EDIT))


def _record(visit: Visit, identity: Identity, record_id: UUID) -> Held:
    return access.require(visit.session, identity, record_id, Permission.MANAGE)


def _list(visit: Visit, identity: Identity, list_id: UUID) -> HeldList:
    return access.require_list(visit.session, identity, list_id, Permission.MANAGE)


def _address(held: Place) -> str:
    return f"{HOME}/{held.record.id}" if isinstance(held, Held) else f"{PREFIX}/lists/{held.list.id}"


def _typed(given: dict[str, str]) -> dict[str, str]:
    # One character more than a name may have, so that a longer one is refused and not cut.
    return {field: given.get(field, "")[: length + 1] for field, length in FIELDS.items() if given.get(field)}


def _give(visit: Visit, identity: Identity, held: Place) -> Show | Go:
    access.require_proof(identity, held.level, now=visit.now)
    typed = _typed(visit.request.form)
    try:
        holder, level = _holder(visit, typed), _level(typed)
    except (InvalidRequest, NotFound) as problem:
        return _show(visit, held, typed, refusal=problem)
    target = held.record if isinstance(held, Held) else held.list
    grants.give(visit.session, identity, holder, target, level, now=visit.now)
    return _gone(visit, identity, held, Message.ACCESS_GIVEN)


def _take(visit: Visit, identity: Identity, held: Place, permission_id: UUID) -> Go:
    target = held.record if isinstance(held, Held) else held.list
    grants.take(visit.session, identity, target, permission_id, now=visit.now)
    return _gone(visit, identity, held, Message.ACCESS_TAKEN)


def _gone(visit: Visit, identity: Identity, held: Place, message: Message) -> Go:
    # Who lessened their own level may not see the page that they came from any more.
    try:
        if isinstance(held, Held):
            _record(visit, identity, held.record.id)
        else:
            _list(visit, identity, held.list.id)
    except (Forbidden, NotFound):
        return Go(HOME, message)
    return Go(f"{_address(held)}/permissions", message)


def _holder(visit: Visit, typed: dict[str, str]) -> Holder:
    name = typed.get("name", "")
    if typed.get("kind") == "group":
        return groups.require_named(visit.session, name)
    return accounts.require(visit.session, name)


def _level(typed: dict[str, str]) -> Permission:
    for level in Permission:
        if level.name.lower() == typed.get("level"):
            return level
    raise InvalidRequest("Choose what they may do.")


def _show(visit: Visit, held: Place, typed: dict[str, str], *, refusal: Problem | None = None) -> Show:
    session, after = visit.session, listing.after(visit)
    given = grants.on(session, held.record if isinstance(held, Held) else held.list, after=after, limit=paging.PAGE)
    place, inherited = _list_of(visit, held), None
    if isinstance(held, Held) and place is not None and held.may_on_list(Permission.MANAGE):
        inherited = grants.on(session, place, after=None, limit=paging.PAGE)
    values = {
        "address": _address(held),
        "record": held.record if isinstance(held, Held) else None,
        "list": place,
        "given": given.rows,
        "continued": after is not None,
        "more": listing.more(given),
        "inherited": inherited.rows if inherited else None,
        "inherited_more": inherited is not None and inherited.next is not None,
        "levels": list(Permission),
        "typed": {"kind": "person", "name": "", "level": Permission.FILL.name.lower()} | typed,
        "longest": NAME_LENGTH,
        "refusal": str(refusal) if refusal else None,
    }
    return Show("permissions.html", values, refusal.status if refusal else 200)


def _who(visit: Visit, held: Place) -> Show:
    after = listing.after(visit)
    found = grants.who_can(visit.session, held, after=after, limit=paging.PAGE)
    values = {
        "address": _address(held),
        "record": held.record if isinstance(held, Held) else None,
        "list": _list_of(visit, held),
        "people": found.rows,
        "continued": after is not None,
        "more": listing.more(found),
        "may_manage": held.may(Permission.MANAGE),
    }
    return Show("who.html", values)


def _list_of(visit: Visit, held: Place) -> RecordList | None:
    """Return the list, or the record's, if the caller may know of it."""
    if isinstance(held, HeldList):
        return held.list
    return visit.session.get_one(RecordList, held.record.list_id) if held.sees_list else None

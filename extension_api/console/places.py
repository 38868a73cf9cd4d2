"""What the pages of lists and of folders have in common: naming one, choosing where it lies, removing it."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias
from urllib.parse import urlencode
from uuid import UUID

from flask import Request

from extension_api.console import browsing
from extension_api.console.listing import after, more
from extension_api.console.pages import PREFIX, Show, Visit
from extension_api.errors import NotFound, Problem
from extension_api.permissions import Identity
from extension_api.vault import folders
from extension_api.vault.models import TITLE_LENGTH, Folder, RecordList

What: TypeAlias = Literal["folder", "list"]
LONGEST_NAME: Final = 5 * TITLE_LENGTH
"""Characters that are looked at, so that who types too many is told so."""
LONGEST_ID: Final = 64


def typed_name(visit: Visit) -> str:
    """Return the name that was typed."""
    return visit.request.form.get("name", "")[:LONGEST_NAME]


def folder(visit: Visit, identity: Identity, given: str | None) -> Folder | None:
    """Return the folder that a form or an address names; `None` for the top.

    Raises:
        NotFound: There is none, or it is not theirs to see.
    """
    if not given:
        return None
    try:
        return folders.require_seen(visit.session, identity, UUID(given))
    except ValueError:
        raise NotFound from None


def new_again(request: Request) -> str:
    """Return where somebody goes on naming something new after they had to sign in again."""
    kept = {"folder": request.form.get("folder", "")[:LONGEST_ID]}
    return f"{request.path}?{urlencode(kept)}" if kept["folder"] else request.path


def name_new(inside: Folder | None, what: What, name: str = "", problem: Problem | None = None) -> Show:
    """Ask for the name of something new."""
    values = {
        "heading": f"New {what}",
        "action": f"{PREFIX}/{what}s/new",
        "back": f"{PREFIX}/folders/{inside.id}" if inside else f"{PREFIX}/lists",
        "back_name": inside.name if inside else "Lists",
        "inside": inside,
        "hint": "You will manage it: you say who else may use it." if what == "list" else None,
        "button": f"Add {what}",
    }
    return _name(values, name, problem)


def name_again(what: What, named: Folder | RecordList, name: str, problem: Problem | None = None) -> Show:
    """Ask for another name."""
    address = f"{PREFIX}/{what}s/{named.id}"
    values = {
        "heading": f"Rename the {what}",
        "action": f"{address}/rename",
        "back": address,
        "back_name": named.name,
        "inside": None,
        "hint": None,
        "button": "Rename",
    }
    return _name(values, name, problem)


def choose(
    visit: Visit,
    identity: Identity,
    what: What,
    moved: Folder | RecordList,
    place_now: UUID | None,
    inside: Folder | None = None,
    problem: Problem | None = None,
) -> Show:
    """Show one level of the folders into which something may be put.

    Args:
        visit: The visit; `in` of its query names the folder that is looked into.
        identity: The caller.
        what: What is moved.
        moved: The very one.
        place_now: The folder that it lies in, `None` for the top.
        inside: The folder that was refused.
        problem: Why.
    """
    inside = inside or folder(visit, identity, visit.request.args.get("in"))
    found = folders.inside(
        visit.session, identity, inside.id if inside else None, after=after(visit), limit=browsing.SHOWN
    )
    values = {
        "what": what,
        "moved": moved,
        "address": f"{PREFIX}/{what}s/{moved.id}",
        "inside": inside,
        "above": folders.trail(visit.session, inside)[:-1] if inside else [],
        "here_now": place_now == (inside.id if inside else None),
        "folders": [each for each in found.rows if each.id != moved.id],
        "more": more(found, **{"in": str(inside.id) if inside else ""}),
        "refusal": str(problem) if problem else None,
    }
    return Show("place.html", values, problem.status if problem else 200)


def removal(what: What, removed: Folder | RecordList, values: Mapping[str, object], problem: Problem | None) -> Show:
    """Ask whether something is to be removed, or say why it cannot be."""
    shown = {
        "here": "lists",
        "what": what,
        "name": removed.name,
        "address": f"{PREFIX}/{what}s/{removed.id}",
        "version": None,
        "attached": None,
        "refusal": None,
        **values,
    }
    return Show("removal.html", shown, problem.status if problem else 200)


def _name(values: Mapping[str, object], name: str, problem: Problem | None) -> Show:
    shown = {**values, "name": name, "longest": TITLE_LENGTH, "refusal": str(problem) if problem else None}
    return Show("name.html", shown, problem.status if problem else 200)

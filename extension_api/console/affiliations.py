"""Affiliations: sites that share one login, for all records. For administrators."""

from typing import Final
from uuid import UUID

from flask import Request

from extension_api import paging
from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidRequest, NotFound, Problem
from extension_api.permissions import Identity, require_administrator
from extension_api.redirects import affiliations

pages = Pages("affiliations")
ADDRESS: Final = f"{PREFIX}/affiliations"
LONGEST_NAMES: Final = 10_000
LONGEST_FILE: Final = 60_000
"""Characters that the form takes; a longer file is imported on the command line."""


@pages.page("GET", "/affiliations", guard="console")
def show_affiliations(visit: Visit, identity: Identity) -> Show:
    """Show the affiliations that are for all records."""
    require_administrator(identity)
    return _show(visit)


@pages.page("POST", "/affiliations", guard="console", resume=lambda _request: ADDRESS)
def add(visit: Visit, identity: Identity) -> Show | Go:
    """Add one, or say why not and keep what was typed."""
    require_administrator(identity)
    shared, to = (_names(visit.request, name) for name in ("names", "to"))
    given = affiliations.group(saved_for=shared, offered_on=to) if to else affiliations.group(shared=shared)
    try:
        affiliations.add(visit.session, identity, given, record=None, now=visit.now)
    except (Conflict, InvalidRequest) as problem:
        return _show(visit, refusal=problem)
    return Go(ADDRESS, Message.AFFILIATION_ADDED)


@pages.page("POST", "/affiliations/import", guard="console", resume=lambda _request: ADDRESS)
def import_file(visit: Visit, identity: Identity) -> Show | Go:
    """Take in a file that is pasted, or say why not."""
    require_administrator(identity)
    try:
        text = visit.request.form.get("file", "")[:LONGEST_FILE].encode()
        affiliations.import_file(visit.session, identity, text, now=visit.now)
    except InvalidRequest as problem:
        return _show(visit, refusal=problem)
    return Go(ADDRESS, Message.AFFILIATIONS_IMPORTED)


@pages.page("POST", "/affiliations/<uuid:affiliation_id>/switch", guard="console", resume=lambda _request: ADDRESS)
def switch(visit: Visit, identity: Identity, affiliation_id: UUID) -> Go:
    """Switch one on or off for all records."""
    require_administrator(identity)
    row = affiliations.require(visit.session, affiliation_id)
    active = visit.request.form.get("active") == "1"
    affiliations.switch(visit.session, identity, row, active=active, now=visit.now)
    return Go(ADDRESS, Message.AFFILIATION_SWITCHED)


@pages.page("POST", "/affiliations/<uuid:affiliation_id>/remove", guard="console", resume=lambda _request: ADDRESS)
def remove(visit: Visit, identity: Identity, affiliation_id: UUID) -> Go:
    """Take one away."""
    require_administrator(identity)
    affiliations.remove(visit.session, identity, affiliation_id, now=visit.now)
    return Go(ADDRESS, Message.AFFILIATION_REMOVED)


def _names(request: Request, field: str) -> list[str]:
    return request.form.get(field, "")[:LONGEST_NAMES].replace(",", " ").split()


def _show(visit: Visit, *, refusal: Problem | None = None) -> Show:
    given = visit.request.args.get("after", "")
    try:
        after = UUID(given) if given else None
    except ValueError:
        raise NotFound from None
    rows = affiliations.page(visit.session, record_id=None, after=after, limit=paging.PAGE + 1)
    more, rows = len(rows) > paging.PAGE, rows[: paging.PAGE]
    values = {
        "affiliations": [(row, affiliations.words(row)) for row in rows],
        "continued": after is not None,
        "more": f"?after={rows[-1].id}" if more else None,
        "refusal": str(refusal) if refusal else None,
        "names": visit.request.form.get("names", "")[:LONGEST_NAMES],
        "to": visit.request.form.get("to", "")[:LONGEST_NAMES],
    }
    return Show("affiliations.html", values, refusal.status if refusal else 200)

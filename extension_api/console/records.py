"""The records that a person may know of, one of them, showing a value of it, and removing it.

A record that the person may not see answers as one that does not exist. No value is in an answer of this file but in
that of `reveal`: one field, asked for by name, on record.
"""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from extension_api.console import browsing, record_page
from extension_api.console.listing import search
from extension_api.console.pages import HOME, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import InvalidRequest, NotFound, PreconditionFailed, Problem
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, fields, records
from extension_api.vault.access import Held
from matcher import Strategy

pages = Pages("records")
RECORDS_SHOWN: Final = browsing.SHOWN
EVENTS_SHOWN: Final = 50
LONGEST_ADDRESS: Final = 20_000
"""Characters; which address is too long is the matcher's to say, this only bounds what is handed to it."""


@pages.page("GET", "/records", guard="console")
def show_records(visit: Visit, identity: Identity) -> Show:
    """Show the records that the person may know of, by title."""
    text, after = search(visit), cursor(visit.request.args.get("after"))
    found = records.search(visit.session, identity, text, after=after, limit=RECORDS_SHOWN + 1)
    more, found = len(found) > RECORDS_SHOWN, found[:RECORDS_SHOWN]
    values = {
        "search": text,
        "continued": after is not None,
        "more": _query(q=text, after=f"{found[-1].id}:{found[-1].title}") if more else None,
    }
    return Show("records.html", {**values, **browsing.of_records(visit, identity, found)})


@pages.page("GET", "/records/<uuid:record_id>", guard="console")
def show_record(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show a record; an address given as `link` is put into the form."""
    held = access.require_seen(visit.session, identity, record_id)
    given = visit.request.args.get("link", "")[:LONGEST_ADDRESS]
    # What comes from a page that somebody looked at means that page's host; what is typed here, the whole site.
    return record_page.show(visit, identity, held, url=given, strategy=Strategy.HOST if given else Strategy.DOMAIN)


@pages.page(
    "POST",
    "/records/<uuid:record_id>/reveal",
    guard="console",
    resume=lambda request: request.path.removesuffix("/reveal"),
)
def reveal(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show one value, in the answer itself; that it was looked at is on record."""
    held = access.require(visit.session, identity, record_id, Permission.VIEW)
    name = visit.request.form.get("field", "")
    try:
        value = fields.reveal(visit.session, visit.kernel.keyring, identity, held, name, now=visit.now)
    except InvalidRequest:
        raise NotFound from None
    return record_page.show(visit, identity, held, revealed=(name, value))


@pages.page("GET", "/records/<uuid:record_id>/remove", guard="console")
def show_removal(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Say what goes with a record, and ask."""
    return _removal(visit, access.require(visit.session, identity, record_id, Permission.MANAGE))


@pages.page("POST", "/records/<uuid:record_id>/remove", guard="console", resume=lambda request: request.path)
def remove_record(visit: Visit, identity: Identity, record_id: UUID) -> Show | Go:
    """Remove a record, unless somebody has changed it since its remover looked."""
    held = access.require(visit.session, identity, record_id, Permission.MANAGE)
    back = f"/console/lists/{held.record.list_id}" if held.sees_list else HOME
    try:
        records.remove(
            visit.session, identity, held.record, expected=version(visit.request.form.get("version")), now=visit.now
        )
    except PreconditionFailed as problem:
        return _removal(visit, held, problem)
    return Go(back, Message.RECORD_REMOVED)


@pages.page("GET", "/records/<uuid:record_id>/audit", guard="console")
def show_audit(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show what happened to a record, newest first."""
    held = access.require_seen(visit.session, identity, record_id)
    given = visit.request.args.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    events = record_page.events(visit, identity, held, before=before, limit=EVENTS_SHOWN + 1)
    more, events = len(events) > EVENTS_SHOWN, events[:EVENTS_SHOWN]
    values = {
        "record": held.record,
        "events": events,
        "everybody": held.may(Permission.EDIT),
        "wordless": record_page.wordless(held),
        "continued": before is not None,
        "more": _query(before=str(events[-1].id)) if more else None,
    }
    return Show("audit.html", values)


def version(given: str | None) -> int:
    """Return the version of a record that a form was made from; one that none has, if the form does not say."""
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else -1


def cursor(given: str | None) -> tuple[str, UUID] | None:
    """Return where a page of records begins.

    Raises:
        NotFound: It is none that a page of this console was given.
    """
    if not given:
        return None
    record_id, _, title = given.partition(":")
    try:
        return title, UUID(record_id)
    except ValueError:
        raise NotFound from None


def _removal(visit: Visit, held: Held, problem: Problem | None = None) -> Show:
    address = f"{HOME}/{held.record.id}"
    values = {
        "here": "records",
        "what": "record",
        "name": held.record.title,
        "address": address,
        "version": held.record.version,
        "attached": records.attached(visit.session, held.record),
        "refusal": "Somebody changed this record after you opened this page. Look at it again before you remove it."
        if problem
        else None,
        "obstacle": None,
    }
    return Show("removal.html", values, problem.status if problem else 200)


def _query(**values: str) -> str:
    return "?" + urlencode({name: value for name, value in values.items() if value})

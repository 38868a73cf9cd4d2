"""The list of records, one record with its linked websites, and its history.

Nothing of a record's secrets is shown here or could be: no function of this file opens one. A record that the person
may not see answers as one that does not exist.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Request

from extension_api.audit import service as audit
from extension_api.audit.models import Event
from extension_api.audit.service import Action
from extension_api.console import words
from extension_api.console.pages import HOME, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidLinkGiven, NotFound, Problem
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, grants, links, records
from extension_api.vault.access import Held
from matcher import Strategy

pages = Pages("records")
RECORDS_SHOWN: Final = 50
EVENTS_SHOWN: Final = 50
EVENTS_ON_RECORD: Final = 5
PEOPLE_SHOWN: Final = 10
LONGEST_SEARCH: Final = 200
LONGEST_ADDRESS: Final = 20_000
"""Characters; which address is too long is the matcher's to say, this only bounds what is handed to it."""


@pages.page("GET", "/records", guard="console")
def show_records(visit: Visit, identity: Identity) -> Show:
    """Show the records that the person may know of, by title."""
    text = visit.request.args.get("q", "").strip()[:LONGEST_SEARCH]
    after = _cursor(visit.request.args.get("after"))
    found = records.search(visit.session, identity, text, after=after, limit=RECORDS_SHOWN + 1)
    more, found = len(found) > RECORDS_SHOWN, found[:RECORDS_SHOWN]
    ids = [record.id for record in found]
    values = {
        "records": found,
        "held": access.levels(visit.session, identity, found),
        "urls": links.primary_urls(visit.session, ids),
        "counts": links.count_by_record(visit.session, ids),
        "search": text,
        "continued": after is not None,
        "more": _query(q=text, after=f"{found[-1].id}:{found[-1].title}") if more else None,
    }
    return Show("records.html", values)


@pages.page("GET", "/records/<uuid:record_id>", guard="console")
def show_record(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show a record; an address given as `link` is put into the form."""
    held = access.require_seen(visit.session, identity, record_id)
    given = visit.request.args.get("link", "")[:LONGEST_ADDRESS]
    # What comes from a page that somebody looked at means that page's host; what is typed here, the whole site.
    return _record(visit, identity, held, url=given, strategy=Strategy.HOST if given else Strategy.DOMAIN)


def _typed(request: Request) -> str:
    url = request.form.get("url", "")[:LONGEST_ADDRESS]
    return request.path + (_query(link=url) if url else "")


@pages.page("POST", "/records/<uuid:record_id>", guard="console", resume=_typed)
def link_website(visit: Visit, identity: Identity, record_id: UUID) -> Show | Go:
    """Link a website, or say why not and keep what was typed."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    form = visit.request.form
    url, strategy = form.get("url", "")[:LONGEST_ADDRESS], form.get("strategy", "")
    try:
        links.add(visit.session, identity, held.record, url, strategy, now=visit.now)
    except (InvalidLinkGiven, Conflict) as problem:
        return _record(visit, identity, held, url=url, strategy=strategy, refusal=problem)
    return Go(f"{HOME}/{record_id}", Message.LINKED)


@pages.page(
    "POST",
    "/records/<uuid:record_id>/links/<uuid:link_id>/remove",
    guard="console",
    resume=lambda request: request.path.partition("/links/")[0],
)
def remove_link(visit: Visit, identity: Identity, record_id: UUID, link_id: UUID) -> Go:
    """Take a link off a record."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    links.remove(visit.session, identity, held.record, link_id, now=visit.now)
    return Go(f"{HOME}/{record_id}", Message.REMOVED)


@pages.page("GET", "/records/<uuid:record_id>/audit", guard="console")
def show_audit(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show what happened to a record, newest first."""
    held = access.require_seen(visit.session, identity, record_id)
    given = visit.request.args.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    events = _events(visit, identity, held, before=before, limit=EVENTS_SHOWN + 1)
    more, events = len(events) > EVENTS_SHOWN, events[:EVENTS_SHOWN]
    values = {
        "record": held.record,
        "events": events,
        "everybody": held.may(Permission.EDIT),
        "wordless": _wordless(held),
        "continued": before is not None,
        "more": _query(before=str(events[-1].id)) if more else None,
    }
    return Show("audit.html", values)


def _record(
    visit: Visit, identity: Identity, held: Held, *, url: str, strategy: str, refusal: Problem | None = None
) -> Show:
    events = _events(visit, identity, held, before=None, limit=EVENTS_ON_RECORD + 1)
    # Who else can use it is for those who look after it, here as over the API.
    may_edit = held.may(Permission.EDIT)
    people = grants.who_can(visit.session, held, after=None, limit=PEOPLE_SHOWN) if may_edit else None
    values = {
        "record": held.record,
        "links": links.of_record(visit.session, held.record.id),
        "people": [(each.name, each.level) for each in people.rows] if people else [],
        "more_people": people is not None and people.next is not None,
        "events": events[:EVENTS_ON_RECORD],
        "more_events": len(events) > EVENTS_ON_RECORD,
        "wordless": _wordless(held),
        "may_edit": may_edit,
        "may_manage": held.may(Permission.MANAGE),
        "level": held.level,
        "offered": words.OFFERED,
        "url": url,
        "strategy": strategy,
        "refusal": str(refusal) if refusal else None,
    }
    return Show("record.html", values, refusal.status if refusal else 200)


def _events(visit: Visit, identity: Identity, held: Held, *, before: int | None, limit: int) -> Sequence[Event]:
    # From where and on what device somebody works is for those who look after the record, and for themselves.
    person = None if held.may(Permission.EDIT) else identity.account_id
    return audit.of_record(visit.session, held.record.id, person=person, before=before, limit=limit)


def _wordless(held: Held) -> frozenset[str]:
    # The words of a move name two lists, of which a guest of the record may not know.
    return frozenset() if held.sees_list else frozenset({Action.RECORD_MOVE.value})


def _query(**values: str) -> str:
    return "?" + urlencode({name: value for name, value in values.items() if value})


def _cursor(given: str | None) -> tuple[str, UUID] | None:
    if not given:
        return None
    record_id, _, title = given.partition(":")
    try:
        return title, UUID(record_id)
    except ValueError:
        raise NotFound from None

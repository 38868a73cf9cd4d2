"""The audit for people: everybody's events for administrators, with a search and an export; one's own for the others.

What may be asked for is parsed here and handed to the audit's own search; nothing here changes an event or could.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from extension_api.audit import export, service
from extension_api.audit.models import HOST_LENGTH, NAME_LENGTH
from extension_api.audit.service import Wanted
from extension_api.console import words
from extension_api.console.pages import Pages, Send, Show, Visit
from extension_api.errors import InvalidRequest
from extension_api.permissions import Identity, require_administrator

pages = Pages("audit")
EVENTS_SHOWN: Final = 50
DAY: Final = 24 * 3600
FIELDS: Final = ("person", "action", "record", "page_host", "since", "until")
"""What the form of the search has, by name."""
LONGEST_FIELD: Final = max(NAME_LENGTH, HOST_LENGTH)


@pages.page("GET", "/audit", guard="console")
def show_audit(visit: Visit, identity: Identity) -> Show:
    """Show a page of events, newest first."""
    typed = _typed(visit.request.args)
    try:
        wanted = _wanted(typed)
    except InvalidRequest as problem:
        return _show(identity, typed, refusal=str(problem))
    if not identity.administrator:
        wanted = replace(wanted, account_id=identity.account_id, person=None)
    given = visit.request.args.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    found = service.search(visit.session, wanted, before=before, limit=EVENTS_SHOWN + 1)
    more, found = len(found) > EVENTS_SHOWN, found[:EVENTS_SHOWN]
    asked = {name: value for name, value in typed.items() if value}
    after = urlencode(asked | {"before": str(found[-1].id)}) if more else ""
    return _show(identity, typed, events=found, more=after, newest=urlencode(asked), continued=before is not None)


@pages.page("POST", "/audit/export", guard="console", resume=lambda _request: "/console/audit")
def export_audit(visit: Visit, identity: Identity) -> Show | Send:
    """Send the events that are looked for as a file; that this is done is on record first."""
    require_administrator(identity)
    typed = _typed(visit.request.form)
    try:
        wanted = _wanted(typed)
    except InvalidRequest as problem:
        return _show(identity, typed, refusal=str(problem))
    form: export.Format = "jsonl" if visit.request.form.get("format") == "jsonl" else "csv"
    service.record_export(visit.session, identity, wanted, form, now=visit.now)
    name = f"wayfill-audit-{datetime.fromtimestamp(visit.now, UTC):%Y-%m-%d}.{form}"
    return Send(name, export.CONTENT_TYPES[form], export.export(visit.kernel.database, wanted, form))


def _show(identity: Identity, typed: dict[str, str], *, refusal: str | None = None, **found: object) -> Show:
    values = {"events": [], "more": "", "newest": "", "continued": False, **found}
    values |= {"typed": typed, "searched": any(typed.values()), "refusal": refusal, "actions": words.ACTIONS}
    return Show("events.html", values | {"everybody": identity.administrator}, 422 if refusal else 200)


def _typed(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(name, "").strip()[:LONGEST_FIELD] for name in FIELDS}


def _wanted(typed: Mapping[str, str]) -> Wanted:
    until = _midnight(typed["until"])
    return Wanted(
        person=service.name_as_stored(typed["person"]) or None,
        action=typed["action"] or None,
        record_id=_record(typed["record"]),
        page_host=typed["page_host"].lower() or None,
        since=_midnight(typed["since"]),
        # A person who writes a day means the whole of it.
        until=until + DAY if until is not None else None,
    )


def _record(text: str) -> UUID | None:
    # The id, or the address of the record's page, which ends with it.
    try:
        return UUID(text.rstrip("/").rpartition("/")[2]) if text else None
    except ValueError:
        raise InvalidRequest("A record is looked for by its id: copy the address of its page.") from None


def _midnight(text: str) -> int | None:
    try:
        day = date.fromisoformat(text) if text else None
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) if day else None
    except ValueError:
        raise InvalidRequest("A day is written as 2027-01-31.") from None

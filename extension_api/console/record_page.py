"""The page of one record, as it is shown first and again with what was asked for or refused on it.

A value is on it only in the answer to a request to reveal that very one, which `values.py` has put on record.
"""

from collections.abc import Sequence
from typing import Final

from extension_api.audit import service as audit
from extension_api.audit.models import Event
from extension_api.audit.service import Action
from extension_api.console import browsing, words
from extension_api.console.pages import Show, Visit
from extension_api.errors import Problem
from extension_api.permissions import Identity, Permission
from extension_api.vault import fields, grants, links
from extension_api.vault.access import Held
from extension_api.vault.models import RecordList
from matcher import Strategy

EVENTS_ON_RECORD: Final = 5
PEOPLE_SHOWN: Final = 10


def show(
    visit: Visit,
    identity: Identity,
    held: Held,
    *,
    url: str = "",
    strategy: str = Strategy.DOMAIN,
    refusal: Problem | None = None,
    revealed: tuple[str, str] | None = None,
) -> Show:
    """Show a record.

    Args:
        visit: The visit.
        identity: The caller.
        held: The record, as they were let through to it.
        url: What stands in the form that links a website.
        strategy: How that is to match.
        refusal: Why it was not linked.
        revealed: Name and value of the field that was asked for.
    """
    found = events(visit, identity, held, before=None, limit=EVENTS_ON_RECORD + 1)
    # Who else can use it is for those who look after it, here as over the API.
    may_edit = held.may(Permission.EDIT)
    people = grants.who_can(visit.session, held, after=None, limit=PEOPLE_SHOWN) if may_edit else None
    values = {
        "record": held.record,
        "place": place(visit, held),
        "fields": fields.names(visit.session, held),
        "revealed": revealed,
        "links": links.of_record(visit.session, held.record.id),
        "people": [(each.name, each.level) for each in people.rows] if people else [],
        "more_people": people is not None and people.next is not None,
        "events": found[:EVENTS_ON_RECORD],
        "more_events": len(found) > EVENTS_ON_RECORD,
        "wordless": wordless(held),
        "may_view": held.may(Permission.VIEW),
        "may_edit": may_edit,
        "may_manage": held.may(Permission.MANAGE),
        "may_move": held.may_on_list(Permission.MANAGE),
        "level": held.level,
        "offered": words.OFFERED,
        "url": url,
        "strategy": strategy,
        "refusal": str(refusal) if refusal else None,
    }
    return Show("record.html", values, refusal.status if refusal else 200)


def place(visit: Visit, held: Held) -> dict[str, object] | None:
    """Return where a record lies, for those who may know of its list."""
    if not held.sees_list:
        return None
    found = visit.session.get_one(RecordList, held.record.list_id)
    return {"list": found, "folders": browsing.trail(visit, found.folder_id)}


def events(visit: Visit, identity: Identity, held: Held, *, before: int | None, limit: int) -> Sequence[Event]:
    """Return what happened to a record, newest first: everybody's acts to who may edit it, to the others their own."""
    # From where and on what device somebody works is for those who look after the record, and for themselves.
    person = None if held.may(Permission.EDIT) else identity.account_id
    return audit.of_record(visit.session, held.record.id, person=person, before=before, limit=limit)


def wordless(held: Held) -> frozenset[str]:
    """Return the acts whose words are kept from this caller."""
    # The words of a move name two lists, of which a guest of the record may not know.
    return frozenset() if held.sees_list else frozenset({Action.RECORD_MOVE.value})

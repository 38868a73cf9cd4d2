"""A record's login chain, hop by hop, with what has become of each address, and the affiliations that bear on it."""

import enum
from typing import Final
from uuid import UUID

from flask import Request

from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import NotFound
from extension_api.permissions import Identity, Permission
from extension_api.redirects import affiliations, chains, linked, listing
from extension_api.redirects.ends import WORDS, End
from extension_api.redirects.linked import Linked
from extension_api.redirects.models import State
from extension_api.redirects.steps import Hop
from extension_api.vault import access
from extension_api.vault.access import Held

pages = Pages("chains")
UNREACHED: Final = frozenset({End.DOWNGRADE, End.CERTIFICATE, End.ADDRESS, End.NAME, End.PORT, End.INVALID})
"""The ends at which the last hop is one that is not gone to for a reason of safety."""
PROPOSALS_SHOWN: Final = 200


class Standing(enum.StrEnum):
    """What has become of a hop's address."""

    IGNORED = "ignored"
    """It was rejected."""
    LINKED = "linked"
    """A link holds it, or a veto keeps the record from it."""
    PASSED = "passed"
    """It only passes the browser on."""
    PROPOSED = "proposed"
    UNSAFE = "unsafe"
    """It was not gone to."""


def address_of(record_id: UUID) -> str:
    """Return the address of the page of a record's chain."""
    return f"{PREFIX}/records/{record_id}/chain"


@pages.page("GET", "/records/<uuid:record_id>/chain", guard="console")
def show_chain(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show the chain; it reloads itself while it is walked."""
    held = access.require_seen(visit.session, identity, record_id)
    row = chains.of_record(visit.session, record_id)
    open_, rejected = (_proposals(visit, identity, record_id, state) for state in (State.OPEN, State.REJECTED))
    known = linked.of_record(visit.session, record_id)
    progress = chains.progress(row, now=visit.now)
    end = chains.end_of(row) if row is not None else None
    proposed = {each.row.address for each in open_}
    ignored = {each.row.address for each in rejected}
    hops = chains.hops_of(row) if row is not None else []
    values = {
        "record": held.record,
        "chain": row,
        "progress": progress,
        "under_way": progress in ("waiting", "walking"),
        "end": WORDS[end] if end is not None else None,
        "arrived": end is End.PAGE or end is End.POST,
        "hops": [
            (hop, _standing(hop, known, proposed, ignored, unsafe=hop is hops[-1] and end in UNREACHED)) for hop in hops
        ],
        "proposals": open_,
        "rejected": rejected,
        "may_edit": held.may(Permission.EDIT),
        "may_ask": held.may(Permission.FILL),
        "affiliations": _affiliations(visit, held, known.hosts),
        "back": address_of(record_id),
    }
    return Show("chain.html", values)


@pages.page("POST", "/records/<uuid:record_id>/chain/resolve", guard="console", resume=lambda request: _back(request))
def resolve(visit: Visit, identity: Identity, record_id: UUID) -> Go:
    """Have the chain walked now."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    row = chains.ask(visit.session, identity, held.record, now=visit.now)
    return Go(address_of(record_id), Message.CHAIN_ASKED if row is not None else Message.CHAIN_NOWHERE)


@pages.page("POST", "/records/<uuid:record_id>/chain/seen", guard="console", resume=lambda request: _back(request))
def seen(visit: Visit, identity: Identity, record_id: UUID) -> Go:
    """Take the mark off a login that goes elsewhere now."""
    access.require(visit.session, identity, record_id, Permission.EDIT)
    row = chains.of_record(visit.session, record_id)
    if row is not None:
        chains.seen_to(visit.session, row)
    return Go(address_of(record_id))


@pages.page(
    "POST",
    "/records/<uuid:record_id>/affiliations/<uuid:affiliation_id>",
    guard="console",
    resume=lambda request: request.path.partition("/affiliations")[0] + "/chain",
)
def switch(visit: Visit, identity: Identity, record_id: UUID, affiliation_id: UUID) -> Go:
    """Switch an affiliation on or off for this record."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    row = affiliations.require(visit.session, affiliation_id)
    if row.record_id not in (None, record_id):
        raise NotFound
    active = visit.request.form.get("active") == "1"
    affiliations.switch_for(visit.session, identity, row, held.record, active=active, now=visit.now)
    return Go(address_of(record_id), Message.AFFILIATION_SWITCHED)


def _back(request: Request) -> str:
    return request.path.rpartition("/")[0]


def _proposals(visit: Visit, identity: Identity, record_id: UUID, state: State) -> list[listing.Shown]:
    found = listing.page(visit.session, identity, record_id=record_id, state=state, after=None, limit=PROPOSALS_SHOWN)
    shown = listing.shown(visit.session, found, now=visit.now)
    return [each for each in shown if state is not State.OPEN or not each.linked]


def _standing(hop: Hop, known: Linked, proposed: set[str], ignored: set[str], *, unsafe: bool) -> Standing:
    if unsafe:
        return Standing.UNSAFE
    if known.holds(hop.address):
        return Standing.LINKED
    if hop.origin in proposed:
        return Standing.PROPOSED
    return Standing.IGNORED if hop.origin in ignored else Standing.PASSED


def _affiliations(visit: Visit, held: Held, hosts: set[str]) -> list[tuple[UUID, str, bool, bool]]:
    off = affiliations.off_for(visit.session, held.record.id)
    found = affiliations.touching(visit.session, held.record.id, hosts)
    return [(row.id, affiliations.words(row), row.active, row.id not in off) for row in found]

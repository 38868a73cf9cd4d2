"""The inbox of proposed websites, over all records that the person may edit: one decision each, or one for many."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Request

from extension_api import paging
from extension_api.console.chains import address_of
from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidLinkGiven, InvalidRequest, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.redirects import chains, listing, proposals

pages = Pages("proposals")
ADDRESS: Final = f"{PREFIX}/proposals"
STRATEGIES: Final = ("host", "domain", "path", "exact")
"""Those that a proposal may be accepted with; the first is suggested."""
LONGEST_ADDRESS: Final = 300
MOVED_SHOWN: Final = 50


@pages.page("GET", "/proposals", guard="console")
def show_proposals(visit: Visit, identity: Identity) -> Show:
    """Show what is proposed, by address."""
    try:
        after = paging.read(visit.request.args.get("after", "")[: paging.CURSOR_LENGTH])
    except InvalidRequest:
        raise NotFound from None
    found = listing.page(visit.session, identity, after=after, limit=paging.PAGE + 1)
    page = paging.page(found, paging.PAGE, lambda pair: (pair[0].address, pair[0].id))
    shown = [each for each in listing.shown(visit.session, page.rows, now=visit.now) if not each.linked]
    groups: dict[str, list[listing.Shown]] = {}
    for each in shown:
        groups.setdefault(each.row.address, []).append(each)
    counts = {
        address: listing.how_many(visit.session, identity, address) if len(group) > 1 else 1
        for address, group in groups.items()
    }
    values = {
        "groups": groups,
        "moved": [] if after else chains.moved(visit.session, identity, limit=MOVED_SHOWN),
        "counts": counts,
        "continued": after is not None,
        "more": "?" + urlencode({"after": paging.written(page.next)}) if page.next else None,
        "back": ADDRESS,
    }
    return Show("proposals.html", values)


@pages.page("POST", "/proposals/accept", guard="console", resume=lambda _request: ADDRESS)
def accept_many(visit: Visit, identity: Identity) -> Go:
    """Link one address to every record that it is proposed for."""
    address = visit.request.form.get("address", "")[:LONGEST_ADDRESS]
    accepted, _ = proposals.accept_many(visit.session, identity, address, STRATEGIES[0], now=visit.now)
    return Go(ADDRESS, Message.PROPOSALS_ACCEPTED if accepted else None)


@pages.page("POST", "/proposals/<uuid:proposal_id>/accept", guard="console", resume=lambda _request: ADDRESS)
def accept(visit: Visit, identity: Identity, proposal_id: UUID) -> Go:
    """Link a proposed address, or ask for it."""
    wanted = Permission.EDIT if identity.administrator else Permission.FILL
    row, held = proposals.require(visit.session, identity, proposal_id, wanted)
    to, strategy = _back(visit.request, held.record.id), visit.request.form.get("strategy", STRATEGIES[0])
    try:
        if not held.may(Permission.EDIT):
            proposals.ask(visit.session, identity, row, now=visit.now)
            return Go(to, Message.PROPOSAL_ASKED)
        if strategy not in STRATEGIES:
            raise InvalidLinkGiven
        proposals.accept(visit.session, identity, row, held.record, strategy, now=visit.now)
    except (Conflict, InvalidLinkGiven):
        return Go(to, Message.PROPOSAL_NOT_TAKEN)
    return Go(to, Message.LINKED)


@pages.page("POST", "/proposals/<uuid:proposal_id>/reject", guard="console", resume=lambda _request: ADDRESS)
def reject(visit: Visit, identity: Identity, proposal_id: UUID) -> Go:
    """Reject a proposed address for good."""
    row, held = proposals.require(visit.session, identity, proposal_id, Permission.EDIT)
    to = _back(visit.request, held.record.id)
    try:
        proposals.reject(visit.session, identity, row, now=visit.now)
    except Conflict:
        return Go(to, Message.PROPOSAL_NOT_TAKEN)
    return Go(to, Message.PROPOSAL_REJECTED)


def _back(request: Request, record_id: UUID) -> str:
    """Return where the person came from: the record's chain or the inbox, and nowhere that a form could name."""
    return address_of(record_id) if request.form.get("from") == "chain" else ADDRESS

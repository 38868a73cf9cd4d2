"""Login chains over the API: walk one, look how far it is, tell what a browser saw; and proposals."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from extension_api import paging, revision
from extension_api.api import Api, Call
from extension_api.errors import Conflict, Forbidden, InvalidLinkGiven, InvalidPage, NotFound, PageNotLinked
from extension_api.paging import After, Limit
from extension_api.permissions import Identity, Permission
from extension_api.redirects import chains, listing, observed, proposals
from extension_api.redirects.answers import ChainAnswer, ProposalAnswer, chain_answer, proposal_answer
from extension_api.redirects.models import Proposal, State
from extension_api.redirects.proposals import Accepting
from extension_api.vault import access
from extension_api.vault.answers import LinkAnswer, link_answer

api = Api("chains")


class ChainRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The hops that a browser saw after a record was chosen: scheme, host, port and path of each, in their order."""

    record_id: UUID
    hops: Annotated[list[Annotated[str, msgspec.Meta(max_length=observed.LONGEST_HOP)]],
                    msgspec.Meta(min_length=2, max_length=observed.MOST_HOPS)]  # fmt: skip


class ProposalsAnswer(msgspec.Struct):
    """Proposals; `next` is given back as `after`."""

    proposals: list[ProposalAnswer]
    next: str | None


class ProposalsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which proposals: of one record, or of all that the caller may edit."""

    record: UUID | None = None
    state: Literal["accepted", "open", "rejected"] = "open"
    after: After = ""
    limit: Limit = paging.PAGE


class AcceptRequest(msgspec.Struct, forbid_unknown_fields=True):
    """How the new link is to match."""

    strategy: Accepting = "host"


class AcceptManyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An address (scheme, host, port) that is proposed for many records, and how the new links are to match."""

    address: Annotated[str, msgspec.Meta(max_length=300)]
    strategy: Literal["domain", "host"] = "host"


class AcceptedAnswer(msgspec.Struct):
    """The proposal, the link that it became, and the revision; `asked` where the caller may only ask for it."""

    proposal: ProposalAnswer
    link: LinkAnswer | None
    revision: int
    asked: bool


class AcceptedManyAnswer(msgspec.Struct):
    """How many were linked, and how many are left for another call."""

    accepted: int
    left: int
    revision: int


@api.endpoint(
    "GET",
    "/records/<uuid:record_id>/chain",
    guard="bearer",
    summary="The login chain of a record, and how far a walk of it is",
    answer=ChainAnswer,
    problems=(NotFound,),
)
def show_chain(call: Call, identity: Identity, record_id: UUID) -> ChainAnswer:
    """Answer the kept chain."""
    held = access.require_seen(call.session, identity, record_id)
    return chain_answer(held.record.id, chains.of_record(call.session, held.record.id), now=call.now)


@api.endpoint(
    "POST",
    "/records/<uuid:record_id>/resolve",
    guard="bearer",
    summary="Walk the login chain of a record now",
    answer=ChainAnswer,
    status=202,
    problems=(NotFound, Forbidden, Conflict),
)
def resolve(call: Call, identity: Identity, record_id: UUID) -> ChainAnswer:
    """Have a chain walked; how far it is tells `GET /records/{id}/chain`."""
    held = access.require(call.session, identity, record_id, Permission.EDIT)
    row = chains.ask(call.session, identity, held.record, now=call.now)
    if row is None:
        raise Conflict("This record has no address to begin at.")
    return chain_answer(held.record.id, row, now=call.now)


@api.endpoint(
    "POST",
    "/chains",
    guard="bearer",
    summary="Tell which hosts a login passed through in a browser",
    body=ChainRequest,
    answer=ProposalsAnswer,
    problems=(NotFound, Forbidden, InvalidPage, PageNotLinked),
)
def tell_chain(call: Call, identity: Identity, body: ChainRequest) -> ProposalsAnswer:
    """Take in what a browser saw and answer what it proposes."""
    held = access.require(call.session, identity, body.record_id, Permission.FILL)
    settings = call.kernel.settings
    row = observed.take(call.session, settings, identity, held.record, body.hops, now=call.now)
    if row is None or row.state != State.OPEN:
        return ProposalsAnswer([], None)
    return ProposalsAnswer([_answer(call, row, held)], None)


@api.endpoint(
    "GET",
    "/proposals",
    guard="bearer",
    summary="Addresses that are proposed as links",
    query=ProposalsQuery,
    answer=ProposalsAnswer,
    problems=(NotFound,),
)
def list_proposals(call: Call, identity: Identity, query: ProposalsQuery) -> ProposalsAnswer:
    """Answer proposals of the records that the caller may edit, or of one that they may fill."""
    names = True
    if query.record is not None:
        held = access.require_seen(call.session, identity, query.record)
        names = held.may(Permission.EDIT)
    found = listing.page(
        call.session,
        identity,
        record_id=query.record,
        state=State(query.state),
        after=paging.read(query.after),
        limit=query.limit + 1,
    )
    page = paging.page(found, query.limit, lambda pair: (pair[0].address, pair[0].id))
    shown = listing.shown(call.session, page.rows, now=call.now)
    told = [proposal_answer(each, names=names) for each in shown if not (each.linked and each.row.state == State.OPEN)]
    return ProposalsAnswer(told, paging.written(page.next))


@api.endpoint(
    "POST",
    "/proposals/accept",
    guard="bearer",
    summary="Link one proposed address to every record that you may edit and that it is proposed for",
    body=AcceptManyRequest,
    answer=AcceptedManyAnswer,
    problems=(InvalidLinkGiven, Conflict),
)
def accept_many(call: Call, identity: Identity, body: AcceptManyRequest) -> AcceptedManyAnswer:
    """Accept one address for many records."""
    accepted, left = proposals.accept_many(call.session, identity, body.address, body.strategy, now=call.now)
    return AcceptedManyAnswer(accepted, left, revision.current(call.session))


@api.endpoint(
    "POST",
    "/proposals/<uuid:proposal_id>/accept",
    guard="bearer",
    summary="Link a proposed address, or ask for it",
    body=AcceptRequest,
    answer=AcceptedAnswer,
    problems=(NotFound, InvalidLinkGiven, Conflict),
)
def accept(call: Call, identity: Identity, body: AcceptRequest, proposal_id: UUID) -> AcceptedAnswer:
    """Accept a proposal; who may not edit its record asks those who may."""
    row, held = _held(call, identity, proposal_id)
    link = None
    if held.may(Permission.EDIT):
        link = proposals.accept(call.session, identity, row, held.record, body.strategy, now=call.now)
    else:
        proposals.ask(call.session, identity, row, now=call.now)
    answer = link_answer(link, primary=False) if link is not None else None
    asked = not held.may(Permission.EDIT)
    return AcceptedAnswer(_answer(call, row, held), answer, revision.current(call.session), asked)


@api.endpoint(
    "POST",
    "/proposals/<uuid:proposal_id>/reject",
    guard="bearer",
    summary="Reject a proposed address for good",
    answer=ProposalAnswer,
    problems=(NotFound, Forbidden, Conflict),
)
def reject(call: Call, identity: Identity, proposal_id: UUID) -> ProposalAnswer:
    """Reject a proposal."""
    row, held = proposals.require(call.session, identity, proposal_id, Permission.EDIT)
    proposals.reject(call.session, identity, row, now=call.now)
    return _answer(call, row, held)


def _held(call: Call, identity: Identity, proposal_id: UUID) -> tuple[Proposal, access.Held]:
    # An administrator may edit without having been given FILL.
    wanted = Permission.EDIT if identity.administrator else Permission.FILL
    return proposals.require(call.session, identity, proposal_id, wanted)


def _answer(call: Call, row: Proposal, held: access.Held) -> ProposalAnswer:
    (shown,) = listing.shown(call.session, [(row, held.record)], now=call.now)
    return proposal_answer(shown, names=held.may(Permission.EDIT))

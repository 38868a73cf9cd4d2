"""Affiliations over the API: for all records by administrators, for one record by those who may edit it."""

from typing import Annotated
from uuid import UUID

import msgspec

from extension_api import paging
from extension_api.api import Api, Call
from extension_api.errors import Conflict, Forbidden, NotFound
from extension_api.paging import After, Limit
from extension_api.permissions import Identity, Permission, require_administrator
from extension_api.redirects import affiliations
from extension_api.redirects.models import AffiliationRow
from extension_api.vault import access

api = Api("affiliations")
Names = Annotated[list[Annotated[str, msgspec.Meta(max_length=1_024)]], msgspec.Meta(max_length=100)]


class AffiliationAnswer(msgspec.Struct):
    """Sites that share one login: `shared`, or saved for those in `from` and offered on those in `to`."""

    id: UUID
    names: dict[str, list[str]]
    imported: bool
    active: bool
    record_id: UUID | None


class AffiliationsAnswer(msgspec.Struct):
    """Affiliations; `next` is given back as `after`."""

    affiliations: list[AffiliationAnswer]
    next: str | None


class AffiliationsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which page."""

    after: After = ""
    limit: Limit = paging.PAGE


class AffiliationRequest(msgspec.Struct, forbid_unknown_fields=True, rename={"saved_for": "from", "offered_on": "to"}):
    """Sites that share one login, for all records or for one: `shared`, or `from` and `to`."""

    shared: Names = []
    saved_for: Names = []
    offered_on: Names = []
    record_id: UUID | None = None


class SwitchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Whether it holds; for one record, or without one for all."""

    active: bool
    record_id: UUID | None = None


@api.endpoint(
    "GET",
    "/affiliations",
    guard="bearer",
    summary="Sites that share one login",
    query=AffiliationsQuery,
    answer=AffiliationsAnswer,
    problems=(Forbidden,),
)
def list_affiliations(call: Call, identity: Identity, query: AffiliationsQuery) -> AffiliationsAnswer:
    """Answer the affiliations that are for all records."""
    require_administrator(identity)
    after = paging.read(query.after)
    rows = affiliations.page(call.session, record_id=None, after=after[1] if after else None, limit=query.limit + 1)
    page = paging.page(rows, query.limit, lambda row: ("", row.id))
    return AffiliationsAnswer([_answer(row) for row in page.rows], paging.written(page.next))


@api.endpoint(
    "POST",
    "/affiliations",
    guard="bearer",
    summary="Add sites that share one login",
    body=AffiliationRequest,
    answer=AffiliationAnswer,
    status=201,
    problems=(Forbidden, NotFound, Conflict),
)
def add_affiliation(call: Call, identity: Identity, body: AffiliationRequest) -> AffiliationAnswer:
    """Add an affiliation."""
    record = None
    if body.record_id is None:
        require_administrator(identity)
    else:
        record = access.require(call.session, identity, body.record_id, Permission.EDIT).record
    given = affiliations.group(body.shared, body.saved_for, body.offered_on)
    return _answer(affiliations.add(call.session, identity, given, record=record, now=call.now))


@api.endpoint(
    "PATCH",
    "/affiliations/<uuid:affiliation_id>",
    guard="bearer",
    summary="Switch an affiliation on or off, for all records or for one",
    body=SwitchRequest,
    answer=AffiliationAnswer,
    problems=(Forbidden, NotFound),
)
def switch_affiliation(call: Call, identity: Identity, body: SwitchRequest, affiliation_id: UUID) -> AffiliationAnswer:
    """Switch an affiliation."""
    if body.record_id is None:
        require_administrator(identity)
        row = affiliations.require(call.session, affiliation_id)
        affiliations.switch(call.session, identity, row, active=body.active, now=call.now)
        return _answer(row)
    record = access.require(call.session, identity, body.record_id, Permission.EDIT).record
    row = affiliations.require(call.session, affiliation_id)
    if row.record_id not in (None, record.id):
        raise NotFound
    affiliations.switch_for(call.session, identity, row, record, active=body.active, now=call.now)
    return _answer(row)


@api.endpoint(
    "DELETE",
    "/affiliations/<uuid:affiliation_id>",
    guard="bearer",
    summary="Remove an affiliation",
    problems=(Forbidden, NotFound),
)
def remove_affiliation(call: Call, identity: Identity, affiliation_id: UUID) -> None:
    """Remove an affiliation."""
    require_administrator(identity)
    affiliations.remove(call.session, identity, affiliation_id, now=call.now)


def _answer(row: AffiliationRow) -> AffiliationAnswer:
    names = msgspec.json.decode(row.names, type=dict[str, list[str]])
    return AffiliationAnswer(row.id, names, row.imported, row.active, row.record_id)

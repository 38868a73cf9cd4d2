"""The fill over the API."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from extension_api.api import Api
from extension_api.errors import InvalidPage, NotFound, PageNotLinked
from extension_api.fill import service
from extension_api.front import QuickCall
from extension_api.matching.views import Address, MatchAnswer, MatchedLink
from extension_api.permissions import Identity

api = Api("fill")
FieldName = Literal["username", "password", "code"]


class FillRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A record, the page that it is for, and the fields that the page has."""

    record_id: UUID
    page_url: Address
    top_url: Address
    fields: Annotated[list[FieldName], msgspec.Meta(min_length=1, max_length=8)]


class FillAnswer(msgspec.Struct):
    """The values of the asked-for fields that the record has, and the match that let them go.

    `code` is the one-time code of this moment, never the secret, and given on a close match alone.
    """

    record_id: UUID
    values: dict[FieldName, str]
    match: MatchAnswer

    def __repr__(self) -> str:
        return "<fill answer>"


@api.endpoint(
    "POST",
    "/fill",
    guard="bearer",
    summary="Release a record's fields to a page that it is linked to",
    body=FillRequest,
    answer=FillAnswer,
    problems=(InvalidPage, NotFound, PageNotLinked),
    quick=True,
)
def fill(call: QuickCall, identity: Identity, body: FillRequest) -> FillAnswer:
    """Answer the values that a page may be filled with."""
    released = service.fill(
        call.kernel,
        identity,
        record_id=body.record_id,
        page_url=body.page_url,
        top_url=body.top_url,
        fields=list(body.fields),
    )
    values: dict[FieldName, str] = {name: released.values[name] for name in body.fields if name in released.values}
    match = released.match
    link = match.link
    matched = MatchedLink(released.link_id, link.url, link.strategy.value)
    told = MatchAnswer(
        body.record_id, released.title, matched, match.strength.value, close=match.close, reason=match.reason
    )
    return FillAnswer(body.record_id, values, told)

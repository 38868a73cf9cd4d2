"""The match table and single matches over the API; no secret is in either."""

import base64
import hashlib
from typing import Annotated
from uuid import UUID

import msgspec
from flask import Response

from extension_api.api import Api, Call, json_response
from extension_api.errors import InvalidPage, NotFound
from extension_api.matching import service
from extension_api.matching.pins import PagePins
from extension_api.matching.tables import PersonalTable
from extension_api.permissions import Identity
from extension_api.sessions.views import PolicyAnswer, policy
from matcher import Match

api = Api("matching")
Address = Annotated[str, msgspec.Meta(max_length=20_000)]
"""A page's address as the browser gives it; how long one may be is the matcher's to say."""
TAG_BYTES = 18
"""144 bits of a digest, 24 characters."""


class ShownAnswer(msgspec.Struct, omit_defaults=True):
    """What is shown of a record that may be filled; `pins` only where a person pointed at fields."""

    title: str
    username: str
    may_edit: bool
    pins: tuple[PagePins, ...] = ()


class MatchTableAnswer(msgspec.Struct):
    """The caller's match table; `records` by the ids that the table uses."""

    revision: int
    table: msgspec.Raw
    records: dict[str, ShownAnswer]
    policy: PolicyAnswer


class MatchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A page, and a record if its reasons are wanted."""

    page_url: Address
    record_id: UUID | None = None


class MatchedLink(msgspec.Struct):
    """The link that matched."""

    id: UUID
    url: str
    strategy: str


class MatchAnswer(msgspec.Struct):
    """A record that matches a page, by which link, how well, and why."""

    record_id: UUID
    title: str
    link: MatchedLink
    strength: str
    close: bool
    reason: str


class MatchesAnswer(msgspec.Struct):
    """Matches, best first; `explanation` of the record that was named."""

    matches: list[MatchAnswer]
    explanation: str | None


@api.endpoint(
    "GET",
    "/match-table",
    guard="bearer",
    summary="Your match table",
    answer=MatchTableAnswer,
    headers=("If-None-Match",),
)
def match_table(call: Call, identity: Identity) -> Response:
    """Answer the caller's table, or that it is unchanged (RFC 9110 section 13.1.2)."""
    personal = service.table_of(call.kernel, call.session, identity)
    rules = policy(call)
    tag = _tag(personal, rules)
    if call.request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        answer = MatchTableAnswer(
            personal.revision,
            msgspec.Raw(personal.json),
            {
                key: ShownAnswer(shown.title, shown.username, shown.may_edit, shown.pins)
                for key, shown in personal.records.items()
            },
            rules,
        )
        response = json_response(msgspec.json.encode(answer))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    return response


@api.endpoint(
    "POST",
    "/match",
    guard="bearer",
    summary="What matches a page, and why",
    body=MatchRequest,
    answer=MatchesAnswer,
    problems=(InvalidPage, NotFound),
)
def matches(call: Call, identity: Identity, body: MatchRequest) -> MatchesAnswer:
    """Answer the caller's records that match a page."""
    personal = service.table_of(call.kernel, call.session, identity)
    url = service.page(body.page_url)
    explanation = service.explain(personal, url, body.record_id) if body.record_id else None
    return MatchesAnswer([match_answer(personal, match) for match in personal.table.find(url)], explanation)


def _tag(personal: PersonalTable, rules: PolicyAnswer) -> str:
    """Return the entity tag of what a person is answered.

    It is made of the answer and of whose it is, not the revision alone. All people have the same revision, and a tag
    must not be the same for two answers of one address (RFC 9110 section 8.8.3): a cache may ask for one person with a
    tag that it keeps of another (RFC 9111 section 4.1) and would be told that nothing changed. The revision also comes
    again when a backup is put back, and says nothing of rules that the service was started with.
    """
    made = hashlib.sha256(personal.digest + msgspec.json.encode(rules)).digest()
    return base64.urlsafe_b64encode(made[:TAG_BYTES]).decode()


def match_answer(personal: PersonalTable, match: Match) -> MatchAnswer:
    """Return what is answered of a match."""
    return MatchAnswer(
        record_id=UUID(match.record),
        title=personal.records[match.record].title,
        link=MatchedLink(personal.id_of(match.link), match.link.url, match.link.strategy.value),
        strength=match.strength.value,
        close=match.close,
        reason=match.reason,
    )

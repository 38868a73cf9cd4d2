"""Records and links over the API. A secret is never in an answer of this file: that is `fill`'s alone."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from extension_api import revision
from extension_api.api import Api, Call
from extension_api.errors import Conflict, Forbidden, InvalidLinkGiven, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, links, records
from extension_api.vault.models import LinkRow

api = Api("vault")


class RecordsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which records are wanted."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class RecordAnswer(msgspec.Struct):
    """A record without its secrets; `url` is its primary link's."""

    id: UUID
    title: str
    username: str
    url: str | None
    may_edit: bool


class RecordsAnswer(msgspec.Struct):
    """Records by title."""

    records: list[RecordAnswer]


class LinkRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An address to link, and how it matches a page."""

    url: Annotated[str, msgspec.Meta(max_length=20_000)]
    strategy: Literal["domain", "exact", "host", "path", "pattern"] = "domain"


class LinkAnswer(msgspec.Struct):
    """A link of a record."""

    id: UUID
    url: str
    strategy: str
    veto: bool
    primary: bool


class LinksAnswer(msgspec.Struct):
    """The links of a record, the primary one first."""

    links: list[LinkAnswer]


class LinkAddedAnswer(msgspec.Struct):
    """The new link, and the revision at which match tables hold it."""

    link: LinkAnswer
    revision: int


@api.endpoint(
    "GET", "/records", guard="bearer", summary="Search your records", query=RecordsQuery, answer=RecordsAnswer
)
def search_records(call: Call, identity: Identity, query: RecordsQuery) -> RecordsAnswer:
    """Answer the caller's records that hold a text."""
    found = records.search(call.session, identity, query.q, after=None, limit=query.limit)
    held = access.levels(call.session, identity, found)
    first = links.primary_urls(call.session, [record.id for record in found])
    return RecordsAnswer(
        [RecordAnswer(r.id, r.title, r.username, first.get(r.id), held[r.id].may(Permission.EDIT)) for r in found]
    )


@api.endpoint(
    "GET", "/records/<uuid:record_id>/links", guard="bearer", summary="The links of a record", answer=LinksAnswer,
    problems=(NotFound,),
)  # fmt: skip
def list_links(call: Call, identity: Identity, record_id: UUID) -> LinksAnswer:
    """Answer the links of a record."""
    held = access.require_seen(call.session, identity, record_id)
    rows = links.of_record(call.session, held.record.id)
    return LinksAnswer([_link(row, primary=place == 0) for place, row in enumerate(rows)])


@api.endpoint(
    "POST",
    "/records/<uuid:record_id>/links",
    guard="bearer",
    summary="Link an address to a record",
    body=LinkRequest,
    answer=LinkAddedAnswer,
    status=201,
    problems=(NotFound, Forbidden, InvalidLinkGiven, Conflict),
)
def add_link(call: Call, identity: Identity, body: LinkRequest, record_id: UUID) -> LinkAddedAnswer:
    """Link an address to a record that the caller may edit."""
    held = access.require(call.session, identity, record_id, Permission.EDIT)
    row = links.add(call.session, identity, held.record, body.url, body.strategy, now=call.now)
    return LinkAddedAnswer(_link(row, primary=row.position == 0), revision.current(call.session))


@api.endpoint(
    "DELETE",
    "/records/<uuid:record_id>/links/<uuid:link_id>",
    guard="bearer",
    summary="Take a link off a record",
    problems=(NotFound, Forbidden),
)
def remove_link(call: Call, identity: Identity, record_id: UUID, link_id: UUID) -> None:
    """Take a link off a record that the caller may edit."""
    held = access.require(call.session, identity, record_id, Permission.EDIT)
    links.remove(call.session, identity, held.record, link_id, now=call.now)


def _link(row: LinkRow, *, primary: bool) -> LinkAnswer:
    return LinkAnswer(row.id, row.url, row.strategy, row.veto, primary)

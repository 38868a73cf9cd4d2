"""Linked addresses of a record over the API."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec

from extension_api import revision
from extension_api.api import Api, Call
from extension_api.errors import Conflict, Forbidden, InvalidLinkGiven, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, links
from extension_api.vault.answers import LinkAnswer, link_answer
from extension_api.vault.models import LinkRow

api = Api("links")
Address: TypeAlias = Annotated[str, msgspec.Meta(max_length=20_000)]
Expression: TypeAlias = Annotated[str, msgspec.Meta(max_length=5_000)]
"""How long an address or an expression may be is the matcher's to say; this only bounds what is handed to it."""
StrategyName: TypeAlias = Literal["domain", "exact", "host", "path", "pattern", "regex"]


class LinkRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An address to link, and how it matches a page; `expression` for `regex` alone."""

    url: Address
    strategy: StrategyName = "domain"
    veto: bool = False
    expression: Expression | None = None


class LinkChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What is to become of a link; what is left out stays as it is."""

    url: Address | None = None
    strategy: StrategyName | None = None
    veto: bool | None = None
    expression: Expression | None = None
    primary: Literal[True] | None = None


class LinksAnswer(msgspec.Struct):
    """The links of a record, the primary one first, vetoes last."""

    links: list[LinkAnswer]


class LinkAddedAnswer(msgspec.Struct):
    """The link, and the revision at which match tables hold it."""

    link: LinkAnswer
    revision: int


@api.endpoint(
    "GET", "/records/<uuid:record_id>/links", guard="bearer", summary="The links of a record", answer=LinksAnswer,
    problems=(NotFound,),
)  # fmt: skip
def list_links(call: Call, identity: Identity, record_id: UUID) -> LinksAnswer:
    """Answer the links of a record."""
    held = access.require_seen(call.session, identity, record_id)
    rows = links.of_record(call.session, held.record.id)
    return LinksAnswer([_answer(call, row, rows[0]) for row in rows])


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
    row = links.add(
        call.session,
        identity,
        held.record,
        body.url,
        body.strategy,
        veto=body.veto,
        expression=body.expression,
        now=call.now,
    )
    return LinkAddedAnswer(_answer(call, row), revision.current(call.session))


@api.endpoint(
    "PATCH",
    "/records/<uuid:record_id>/links/<uuid:link_id>",
    guard="bearer",
    summary="Change how a link matches, or make it the record's primary one",
    body=LinkChangeRequest,
    answer=LinkAddedAnswer,
    problems=(NotFound, Forbidden, InvalidLinkGiven, Conflict),
)
def change_link(
    call: Call, identity: Identity, body: LinkChangeRequest, record_id: UUID, link_id: UUID
) -> LinkAddedAnswer:
    """Change a link of a record that the caller may edit."""
    held = access.require(call.session, identity, record_id, Permission.EDIT)
    wanted = links.LinkChange(
        url=body.url,
        strategy=body.strategy,
        veto=body.veto,
        expression=body.expression,
        primary=body.primary is True,
    )
    row = links.change(call.session, identity, held.record, link_id, wanted, now=call.now)
    return LinkAddedAnswer(_answer(call, row), revision.current(call.session))


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


def _answer(call: Call, row: LinkRow, first: LinkRow | None = None) -> LinkAnswer:
    first = first or links.of_record(call.session, row.record_id)[0]
    return link_answer(row, primary=row.id == first.id and not row.veto)

"""Pinning fields over the API: in place of those that a record has for a page, by who may edit it."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from extension_api import revision
from extension_api.api import Api, Call
from extension_api.audit import service as audit
from extension_api.audit.service import Action
from extension_api.errors import Conflict, Forbidden, InvalidPage, NotFound, PageNotLinked
from extension_api.matching import service
from extension_api.matching.models import PAGE_LENGTH, PinnedField
from extension_api.matching.pins import Pin
from extension_api.matching.tables import PersonalTable
from extension_api.permissions import Identity, Permission
from extension_api.revision import Touched
from extension_api.vault import access
from extension_api.vault.models import Record

api = Api("pins")
PINS_PER_RECORD: Final = 24
"""More than the pages of any login; they travel with each match table."""


class PinsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A page and its pinned fields, at most one of each kind; none forgets those that are there."""

    page_url: Annotated[str, msgspec.Meta(max_length=20_000)]
    pins: Annotated[list[Pin], msgspec.Meta(max_length=3)]


class PinsAnswer(msgspec.Struct):
    """The revision at which match tables hold them."""

    revision: int


@api.endpoint(
    "POST",
    "/records/<uuid:record_id>/pins",
    guard="bearer",
    summary="Pin fields of a page for a record, in place of those that are pinned there",
    body=PinsRequest,
    answer=PinsAnswer,
    problems=(NotFound, Forbidden, InvalidPage, PageNotLinked, Conflict),
)
def pin(call: Call, identity: Identity, body: PinsRequest, record_id: UUID) -> PinsAnswer:
    """Pin fields for a record that the caller may edit, on a page that they may fill it on."""
    held = access.require(call.session, identity, record_id, Permission.EDIT)
    personal = service.table_of(call.kernel, call.session, identity)
    replace(call.session, identity, personal, held.record, body.page_url, body.pins, now=call.now)
    return PinsAnswer(revision.current(call.session))


def replace(
    session: Session,
    identity: Identity,
    personal: PersonalTable,
    record: Record,
    address: str,
    pins: Sequence[Pin],
    *,
    now: int,
) -> None:
    """Put these pins in the place of those that a record has for a page; the caller has checked who may.

    Args:
        session: The transaction.
        identity: Who pointed.
        personal: Their match table.
        record: The record.
        address: The page's address; its query and fragment are dropped.
        pins: At most one of each kind; none forgets those that are there.
        now: The time, in seconds since the epoch.

    Raises:
        InvalidPage: The address is none, or is too long to be kept.
        PageNotLinked: The record does not match the page.
        Conflict: The record has as many pins as it may have, or two of these are of one kind.
    """
    url = service.page(address)
    page = url.href.split("#", 1)[0].split("?", 1)[0]
    if len(page) > PAGE_LENGTH:
        raise InvalidPage(f"Fields are kept for addresses of at most {PAGE_LENGTH} characters.")
    if service.match_of(personal, url, record.id) is None:
        raise PageNotLinked
    if len({pin.kind for pin in pins}) < len(pins):
        raise Conflict("One kind of field can be pinned once on a page.")
    gone = delete(PinnedField).where(PinnedField.record_id == record.id, PinnedField.page == page)
    session.execute(gone)
    kept = session.scalars(select(func.count()).where(PinnedField.record_id == record.id)).one()
    if kept + len(pins) > PINS_PER_RECORD:
        raise Conflict(f"This record has {PINS_PER_RECORD} pinned fields; forget some first.")
    for pin in pins:
        written = msgspec.json.encode(pin.field).decode()
        session.add(PinnedField(record_id=record.id, page=page, kind=pin.kind, field=written))
    session.flush()
    revision.raise_by_one(session, Touched(record_id=record.id, list_id=record.list_id))
    detail = f"{page[:400]}: {', '.join(sorted(pin.kind for pin in pins)) or 'none'}"
    audit.record(session, identity, Action.FIELDS_PIN, now=now, record_id=record.id, detail=detail)

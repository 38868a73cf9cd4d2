"""Pinned fields of a record: where recognition fails, people point at the username, password or code field.

A pin says how the extension finds one field of one page again, and nothing of what goes there; every other rule of a
fill holds for it as for a recognised field, and the extension holds the pin against them. A page that the record does
not match has none.
"""

from collections import defaultdict
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from extension_api.matching.models import PinnedField
from extension_api.vault.models import Record

Words: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]
Place: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=200)]


class Field(msgspec.Struct, forbid_unknown_fields=True):
    """How a field is found again: by its names and words, and by its place among the fields of the page."""

    names: Words
    type: Literal["email", "number", "password", "search", "tel", "text", "url"]
    autocomplete: Words
    label: Words
    nth: Place
    """Among those that look the same."""
    place: Place
    total: Place


class Pin(msgspec.Struct, forbid_unknown_fields=True):
    """A field, and what it takes."""

    kind: Literal["code", "password", "username"]
    field: Field


class PagePins(msgspec.Struct):
    """The pins of one page: scheme, host, port and path."""

    page: str
    pins: list[Pin]


def of_records(session: Session, wanted: ColumnElement[bool]) -> dict[UUID, list[PagePins]]:
    """Return the pins of the records that a condition on `Record` names, by record and page."""
    rows = session.execute(
        select(PinnedField.record_id, PinnedField.page, PinnedField.kind, PinnedField.field)
        .join(Record, Record.id == PinnedField.record_id)
        .where(wanted)
        .order_by(PinnedField.record_id, PinnedField.page, PinnedField.kind)
    )
    found: dict[UUID, dict[str, list[Pin]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        pin = Pin(kind=row.kind, field=msgspec.json.decode(row.field, type=Field))
        found[row.record_id][row.page].append(pin)
    return {record: [PagePins(page, pins) for page, pins in pages.items()] for record, pages in found.items()}

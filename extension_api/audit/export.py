"""The audit as a file for other programs: CSV for spreadsheets, JSON lines for everything else, written as it is read.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula, and some of
what stands in an event was chosen by whoever tried to sign in. Such a cell gets an apostrophe in front (OWASP, "CSV
Injection"); so does one that begins with an apostrophe, and an empty text, so that taking one apostrophe off gives back
exactly what was written and an empty cell means that there was nothing.
"""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from extension_api.audit.chain import COLUMNS
from extension_api.audit.models import Event
from extension_api.audit.service import Wanted
from extension_api.db import Database

Format = Literal["csv", "jsonl"]
CHUNK: Final = 1_000
"""Events read in one short transaction; a slow reader of the export holds none open."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
CONTENT_TYPES: Final[dict[Format, str]] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


class Exported(msgspec.Struct, frozen=True):
    """One event as it is exported; the fields are those of `models.Event`, with the time in words beside it."""

    id: int
    at: int
    action: str
    account_id: UUID | None
    account_name: str | None
    session_id: UUID | None
    device: str | None
    address: str | None
    record_id: UUID | None
    page_host: str | None
    detail: str | None
    time: str
    """The time in UTC (RFC 3339)."""


def export(database: Database, wanted: Wanted, form: Format) -> Iterator[bytes]:
    """Return the events that are looked for, oldest first, a piece at a time.

    Args:
        database: Where they are.
        wanted: Which; only those that stand there when the first piece is asked for.
        form: How they are written.
    """
    first, write = (_csv_head(), _csv) if form == "csv" else (b"", _json_lines)
    if first:
        yield first
    yield from map(write, _chunks(database, wanted))


def _chunks(database: Database, wanted: Wanted) -> Iterator[list[Exported]]:
    with database.reading() as session:
        last = session.scalar(select(func.max(Event.id))) or 0
    reached = 0
    while True:
        query = select(*COLUMNS).where(*wanted.conditions(), Event.id > reached, Event.id <= last)
        with database.reading() as session:
            rows = session.connection().execute(query.order_by(Event.id).limit(CHUNK)).all()
        if rows:
            yield [Exported(*(*row, _time(row.at))) for row in rows]
            reached = rows[-1].id
        if len(rows) < CHUNK:
            return


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json_lines(events: list[Exported]) -> bytes:
    return msgspec.json.Encoder().encode_lines(events)


def _csv_head() -> bytes:
    return _csv_rows([Exported.__struct_fields__], str)


def _csv(events: list[Exported]) -> bytes:
    return _csv_rows([msgspec.structs.astuple(event) for event in events], _cell)


def _csv_rows(rows: list[tuple[object, ...]] | list[tuple[str, ...]], cell: Callable[[object], str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    return f"'{value}" if value == "" or value.startswith(FORMULA) else value

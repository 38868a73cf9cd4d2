"""Writing records out in clear, for another program: JSON as Bitwarden writes it, or its CSV.

What leaves here is no longer protected by anything. So it is put on record before the first byte leaves, a person gets
only what they may view, and only after they have proved themselves just now; `wayfill export` gets everything.
The JSON names beside each address the link as it is here, which Bitwarden passes over and an import takes up again.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import Keyring
from extension_api.db import Database
from extension_api.permissions import Identity, Permission, require_fresh
from extension_api.vault import access, fields
from extension_api.vault.models import Grant, LinkRow, Record, RecordList, SealedField

Format = Literal["bitwarden-json", "csv"]
CHUNK: Final = 500
"""Records opened at a time."""
CONTENT_TYPES: Final[dict[Format, str]] = {"bitwarden-json": "application/json", "csv": "text/csv; charset=utf-8"}
ENDINGS: Final[dict[Format, str]] = {"bitwarden-json": "json", "csv": "csv"}
COLUMNS: Final = (
    *("folder", "favorite", "type", "name", "notes", "fields", "reprompt"),
    *("login_uri", "login_username", "login_password", "login_totp"),
)
"""Bitwarden's own (bitwarden.com/help/condition-bitwarden-import)."""
WARNING: Final = "It holds every password in clear: keep it nowhere longer than you need it."
LOGIN, HIDDEN, EXPRESSION, NEVER = 1, 1, 4, 5
MATCHES: Final = {"domain": 0, "host": 1, "path": 2, "exact": 3}


class Entry(msgspec.Struct, frozen=True):
    """One record, opened."""

    id: UUID
    list_id: UUID | None
    """The record's list and its name, if whoever exports may know of it: a guest of the record may not."""
    list_name: str
    title: str
    username: str
    opened: dict[str, str]
    links: list[LinkRow]

    def __repr__(self) -> str:
        return f"<exported record {self.id}>"


def begin(session: Session, who: Identity | Actor, form: Format, *, now: int) -> int:
    """Put an export on record, in a transaction that is committed before `pieces` is asked for anything.

    Args:
        session: A writing transaction.
        who: Who exports: a person, or the command line.
        form: The format.
        now: The time, in seconds since the epoch.

    Returns:
        How many records it will hold.

    Raises:
        ConfirmationRequired: The person has not proved themselves within the last minutes.
    """
    if isinstance(who, Identity):
        require_fresh(who, now=now)
    count = session.scalar(select(func.count()).select_from(Record).where(_theirs(who))) or 0
    audit.record(session, who, Action.VAULT_EXPORT, now=now, detail=f"{form}, {count} records")
    return count


def pieces(database: Database, keyring: Keyring, who: Identity | Actor, form: Format) -> Iterator[bytes]:
    """Return the export, a piece at a time; `begin` must have been committed.

    Args:
        database: Where the records are; one state of it is exported, whatever changes meanwhile.
        keyring: Opens them.
        who: Who exports.
        form: The format.

    Raises:
        CannotOpen: A value does not open; what was written so far is no export.
    """
    with database.reading() as session:
        chunks = _chunks(session, keyring, who)
        yield from _json(session, who, chunks) if form == "bitwarden-json" else _csv(chunks)


def _theirs(who: Identity | Actor) -> ColumnElement[bool]:
    if not isinstance(who, Identity):
        return true()
    own = select(Grant.record_id).where(access.of(who), Grant.record_id.is_not(None), Grant.level >= Permission.VIEW)
    return or_(Record.id.in_(own), Record.list_id.in_(access.granted_lists(who, Permission.VIEW)))


def _known(who: Identity | Actor) -> ColumnElement[bool]:
    return access.list_seen_by(who) if isinstance(who, Identity) else true()


def _chunks(session: Session, keyring: Keyring, who: Identity | Actor) -> Iterator[list[Entry]]:
    last: UUID | None = None
    while True:
        listed = and_(RecordList.id == Record.list_id, _known(who))
        wanted = select(Record, RecordList.name).outerjoin(RecordList, listed).where(_theirs(who))
        if last is not None:
            wanted = wanted.where(Record.id > last)
        rows = session.execute(wanted.order_by(Record.id).limit(CHUNK)).all()
        if not rows:
            return
        last = rows[-1][0].id
        yield _opened(session, keyring, [(record, name) for record, name in rows])
        session.expunge_all()


def _opened(session: Session, keyring: Keyring, rows: Sequence[tuple[Record, str | None]]) -> list[Entry]:
    ids = [record.id for record, _ in rows]
    held: dict[UUID, dict[str, str]] = {record_id: {} for record_id in ids}
    linked: dict[UUID, list[LinkRow]] = {record_id: [] for record_id in ids}
    for each in session.scalars(select(SealedField).where(SealedField.record_id.in_(ids)).order_by(SealedField.name)):
        held[each.record_id][each.name] = keyring.open(each.sealed, record_id=each.record_id, field=each.name)
    for row in session.scalars(
        select(LinkRow).where(LinkRow.record_id.in_(ids)).order_by(LinkRow.veto, LinkRow.position)
    ):
        linked[row.record_id].append(row)
    return [
        Entry(
            record.id,
            None if name is None else record.list_id,
            name or "",
            record.title,
            record.username,
            held[record.id],
            linked[record.id],
        )
        for record, name in rows
    ]


def _json(session: Session, who: Identity | Actor, chunks: Iterator[list[Entry]]) -> Iterator[bytes]:
    lists = session.execute(
        select(RecordList.id, RecordList.name)
        .where(RecordList.id.in_(select(Record.list_id).where(_theirs(who))), _known(who))
        .order_by(RecordList.name, RecordList.id)
    )
    folders = [{"id": list_id, "name": name} for list_id, name in lists]
    yield b'{"encrypted":false,"folders":' + msgspec.json.encode(folders) + b',"items":['
    first = True
    for chunk in chunks:
        yield b"".join(
            (b"" if first and number == 0 else b",\n") + msgspec.json.encode(_item(entry))
            for number, entry in enumerate(chunk)
        )
        first = False
    yield b"]}\n"


def _item(entry: Entry) -> dict[str, object]:
    opened = entry.opened
    return {
        "id": entry.id,
        "organizationId": None,
        "folderId": entry.list_id,
        "type": LOGIN,
        "reprompt": 0,
        "name": entry.title,
        "notes": opened.get(fields.NOTES),
        "favorite": False,
        "fields": [{"name": name, "value": value, "type": HIDDEN, "linkedId": None} for name, value in _extras(entry)],
        "login": {
            "uris": [_uri(link) for link in entry.links],
            "username": entry.username,
            "password": opened.get(fields.PASSWORD),
            "totp": opened.get(fields.ONE_TIME_SECRET),
        },
        "collectionIds": None,
    }


def _extras(entry: Entry) -> list[tuple[str, str]]:
    return [
        (name.removeprefix(fields.EXTRA), value)
        for name, value in entry.opened.items()
        if name.startswith(fields.EXTRA)
    ]


def _uri(link: LinkRow) -> dict[str, object]:
    match, uri = MATCHES.get(link.strategy, EXPRESSION), link.url
    if link.strategy == "regex":
        uri = f"^(?:{link.expression})$"
    elif link.strategy == "pattern":
        uri = _pattern_as_expression(link.url)
    own = {"url": link.url, "strategy": link.strategy, "veto": link.veto, "expression": link.expression}
    return {"match": NEVER if link.veto else match, "uri": link.url if link.veto else uri, "wayfill": own}


def _pattern_as_expression(pattern: str) -> str:
    """Return the expression of what a pattern matches (DESIGN section 2), for programs that know no pattern."""
    scheme, _, rest = pattern.partition("://")
    host, slash, path = rest.partition("/")
    host, port = re.fullmatch(r"(.*?)(:(?:\*|\d+))?", host).groups("")  # type: ignore[union-attr] # it takes any text
    below = r"(?:[^./]+\.)*" if host.startswith("**.") else ""
    named = r"[^./]+".join(re.escape(part) for part in host.removeprefix("**.").split("*"))
    numbered = r"(?::\d+)?" if port in ("", ":*") else re.escape(port)
    follows = "/" + ".*".join(re.escape(part) for part in path.split("*")) if slash else "(?:/.*)?"
    query = "" if "?" in path or not slash else r"(?:\?.*)?"
    return f"^{'https?' if scheme == '*' else scheme}://{below}{named}{numbered}{follows}{query}$"


def _csv(chunks: Iterator[list[Entry]]) -> Iterator[bytes]:
    # No apostrophe before what a spreadsheet takes for a formula: a password must leave as it is.
    yield _rows([COLUMNS])
    for chunk in chunks:
        yield _rows([_row(entry) for entry in chunk])


def _row(entry: Entry) -> Sequence[str]:
    opened = entry.opened
    extras = "\n".join(f"{name}: {value}" for name, value in _extras(entry))
    uris = ",".join(link.url for link in entry.links if not link.veto and link.strategy not in ("regex", "pattern"))
    secrets = (opened.get(fields.PASSWORD, ""), opened.get(fields.ONE_TIME_SECRET, ""))
    notes = opened.get(fields.NOTES, "")
    return (entry.list_name, "", "login", entry.title, notes, extras, "0", uris, entry.username, *secrets)


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()

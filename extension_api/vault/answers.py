"""What several views of the vault answer, and how an answer carries the version of what it shows."""

from uuid import UUID

import msgspec
from flask import Response

from extension_api.api import Call, json_response
from extension_api.permissions import Permission
from extension_api.vault import fields
from extension_api.vault.access import Held
from extension_api.vault.models import LinkRow, RecordList


class LinkAnswer(msgspec.Struct):
    """A link of a record; `expression` of a `regex` alone."""

    id: UUID
    url: str
    strategy: str
    veto: bool
    primary: bool
    expression: str | None


class ListNameAnswer(msgspec.Struct):
    """A list, by its name."""

    id: UUID
    name: str


class RecordDetail(msgspec.Struct):
    """A record without its secrets.

    `fields` are the names of the sealed fields that it has; `list` is told to those who may know of the list; `level`
    is the caller's own, `null` for an administrator who was granted none.
    """

    id: UUID
    title: str
    username: str
    fields: list[str]
    list: ListNameAnswer | None
    level: str | None
    may_edit: bool
    may_manage: bool
    version: int
    created_at: int
    updated_at: int


def link_answer(row: LinkRow, *, primary: bool) -> LinkAnswer:
    """Return what is answered of a link."""
    return LinkAnswer(row.id, row.url, row.strategy, row.veto, primary, row.expression)


def record_detail(call: Call, held: Held) -> RecordDetail:
    """Return what is answered of a record."""
    record = held.record
    shown = None
    if held.sees_list:
        of = call.session.get_one(RecordList, record.list_id)
        shown = ListNameAnswer(of.id, of.name)
    return RecordDetail(
        id=record.id,
        title=record.title,
        username=record.username,
        fields=fields.names(call.session, held),
        list=shown,
        level=level_word(held.level),
        may_edit=held.may(Permission.EDIT),
        may_manage=held.may(Permission.MANAGE),
        version=record.version,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def tagged(answer: msgspec.Struct, version: int, status: int = 200) -> Response:
    """Return an answer whose `ETag` is the version that it shows."""
    response = json_response(msgspec.json.encode(answer), status)
    response.set_etag(str(version))
    return response


def level_word(level: Permission | None) -> str | None:
    """Return a level as it is written in answers."""
    return level.name.lower() if level is not None else None

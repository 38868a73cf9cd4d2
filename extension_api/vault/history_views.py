"""What a record's fields held before, over the API."""

from uuid import UUID

import msgspec
from flask import Response

from extension_api import paging
from extension_api.api import Api, Call
from extension_api.errors import Forbidden, NotFound, PreconditionFailed, PreconditionRequired
from extension_api.permissions import Identity, Permission
from extension_api.preconditions import HEADER, expected_version
from extension_api.vault import access, changes, history
from extension_api.vault.answers import RecordDetail, record_detail, tagged
from extension_api.vault.views import ValueAnswer

api = Api("history")


class HistoryQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which page is wanted."""

    after: paging.After = ""
    limit: paging.Limit = paging.PAGE


class OldValueAnswer(msgspec.Struct):
    """That a field held another value, until which version and when; never the value."""

    id: UUID
    field: str
    version: int
    replaced_at: int
    replaced_by: str | None


class HistoryAnswer(msgspec.Struct):
    """Old values, newest first; `next` is the `after` of the next page, if there is one."""

    history: list[OldValueAnswer]
    next: str | None


@api.endpoint(
    "GET", "/records/<uuid:record_id>/history", guard="bearer", summary="When a record's values were replaced",
    query=HistoryQuery, answer=HistoryAnswer, problems=(NotFound, Forbidden),
)  # fmt: skip
def list_history(call: Call, identity: Identity, query: HistoryQuery, record_id: UUID) -> HistoryAnswer:
    """Answer a page of a record's old values, without what they are."""
    held = access.require_seen(call.session, identity, record_id)
    before = paging.read_numbered(query.after)
    rows, following = history.page(call.session, held, before=before, limit=query.limit)
    shown = [OldValueAnswer(row.id, row.field, row.version, row.replaced_at, row.replaced_by) for row in rows]
    return HistoryAnswer(shown, paging.written(following))


@api.endpoint(
    "POST", "/records/<uuid:record_id>/history/<uuid:old_id>/reveal", guard="bearer",
    summary="Show an old value to yourself; this is on record", answer=ValueAnswer, problems=(NotFound, Forbidden),
)  # fmt: skip
def reveal_old(call: Call, identity: Identity, record_id: UUID, old_id: UUID) -> ValueAnswer:
    """Answer an old value, to whoever may view the record's values."""
    held = access.require_seen(call.session, identity, record_id)
    value = history.reveal(call.session, call.kernel.keyring, identity, held, old_id, now=call.now)
    return ValueAnswer(history.require(call.session, held, old_id).field, value)


@api.endpoint(
    "POST", "/records/<uuid:record_id>/history/<uuid:old_id>/restore", guard="bearer",
    summary="Give a field back what it held (If-Match: the record's ETag)", answer=RecordDetail,
    problems=(NotFound, Forbidden, PreconditionRequired, PreconditionFailed), headers=(HEADER,),
)  # fmt: skip
def restore_old(call: Call, identity: Identity, record_id: UUID, old_id: UUID) -> Response:
    """Restore an old value of a record that the caller may edit."""
    held = access.require(call.session, identity, record_id, Permission.EDIT)
    expected = expected_version(call.request, held.record.version)
    changes.restore(call.session, call.kernel.keyring, identity, held, old_id, expected=expected, now=call.now)
    return tagged(record_detail(call, held), held.record.version)

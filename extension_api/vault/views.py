"""Records over the API. No secret is in an answer of this file but in that of `reveal`, which is on record."""

from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from flask import Response

from extension_api import paging, revision
from extension_api.api import Api, Call
from extension_api.errors import (
    ConfirmationRequired,
    Forbidden,
    InvalidLinkGiven,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
)
from extension_api.permissions import Identity, Permission
from extension_api.preconditions import HEADER, expected_version
from extension_api.vault import access, changes, fields, links, lists, records
from extension_api.vault.answers import LinkAnswer, RecordDetail, link_answer, record_detail, tagged
from extension_api.vault.link_views import Address, Expression, StrategyName
from extension_api.vault.models import FIELD_NAME_LENGTH, TITLE_LENGTH, USERNAME_LENGTH

api = Api("records")
Title: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=TITLE_LENGTH)]
Username: TypeAlias = Annotated[str, msgspec.Meta(max_length=USERNAME_LENGTH)]
Password: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=fields.PASSWORD_LENGTH)]
Secret: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=fields.NOTES_LENGTH)]


class RecordsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which records are wanted; `list` names the list that they are in."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    list: UUID | None = None
    after: paging.After = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class RecordAnswer(msgspec.Struct):
    """A record without its secrets; `url` is its primary link's."""

    id: UUID
    title: str
    username: str
    url: str | None
    may_edit: bool


class RecordsAnswer(msgspec.Struct):
    """Records by title; `next` is the `after` of the next page, if there is one."""

    records: list[RecordAnswer]
    next: str | None


class NewRecordRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A new login; without `list_id` it goes into the caller's personal list."""

    title: Title
    username: Username
    password: Password
    url: Address | None = None
    strategy: StrategyName = "domain"
    expression: Expression | None = None
    list_id: UUID | None = None
    one_time_secret: Secret | None = None
    notes: Secret | None = None
    extra: dict[str, Secret] = {}

    def __repr__(self) -> str:
        return "<new record request>"


class RecordAddedAnswer(msgspec.Struct):
    """The new record, its link, and the revision at which match tables hold it."""

    record: RecordDetail
    link: LinkAnswer | None
    revision: int


class RecordChange(msgspec.Struct, forbid_unknown_fields=True):
    """New values; what is left out stays as it is, and `null` removes what may be missing."""

    title: Title | msgspec.UnsetType = msgspec.UNSET
    username: Username | msgspec.UnsetType = msgspec.UNSET
    password: Password | msgspec.UnsetType = msgspec.UNSET
    one_time_secret: Secret | msgspec.UnsetType | None = msgspec.UNSET
    notes: Secret | msgspec.UnsetType | None = msgspec.UNSET
    extra: dict[str, Secret | None] = {}
    list_id: UUID | msgspec.UnsetType = msgspec.UNSET

    def __repr__(self) -> str:
        return "<record change>"

    def values(self) -> dict[str, str | None]:
        """Return the new values by the names of `fields.py`."""
        given = {
            fields.TITLE: self.title,
            fields.USERNAME: self.username,
            fields.PASSWORD: self.password,
            fields.ONE_TIME_SECRET: self.one_time_secret,
            fields.NOTES: self.notes,
        }
        values = {name: value for name, value in given.items() if not isinstance(value, msgspec.UnsetType)}
        return values | {fields.EXTRA + name: value for name, value in self.extra.items()}


class RevealRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The field that is wanted, by its name in `fields` of the record."""

    field: Annotated[str, msgspec.Meta(min_length=1, max_length=FIELD_NAME_LENGTH)]


class ValueAnswer(msgspec.Struct):
    """What a field holds."""

    field: str
    value: str

    def __repr__(self) -> str:
        return f"<value of {self.field}>"


@api.endpoint(
    "GET", "/records", guard="bearer", summary="Search your records", query=RecordsQuery, answer=RecordsAnswer,
    problems=(NotFound,),
)  # fmt: skip
def search_records(call: Call, identity: Identity, query: RecordsQuery) -> RecordsAnswer:
    """Answer a page of the caller's records that hold a text."""
    if query.list is not None:
        access.require_list_seen(call.session, identity, query.list)
    after, limit = paging.read(query.after), query.limit
    rows = records.search(call.session, identity, query.q, list_id=query.list, after=after, limit=limit + 1)
    found = paging.page(rows, limit, lambda record: (record.title, record.id))
    held = access.levels(call.session, identity, found.rows)
    first = links.primary_urls(call.session, [record.id for record in found.rows])
    return RecordsAnswer(
        [RecordAnswer(r.id, r.title, r.username, first.get(r.id), held[r.id].may(Permission.EDIT)) for r in found.rows],
        paging.written(found.next),
    )


@api.endpoint(
    "POST",
    "/records",
    guard="bearer",
    summary="Save a new login",
    body=NewRecordRequest,
    answer=RecordAddedAnswer,
    status=201,
    problems=(NotFound, Forbidden, InvalidLinkGiven),
)
def add_record(call: Call, identity: Identity, body: NewRecordRequest) -> Response:
    """Add a record to a list that the caller may edit."""
    list_id = body.list_id
    if list_id is None:
        list_id = lists.personal(call.session, identity, now=call.now).id
    access.require_list(call.session, identity, list_id, Permission.EDIT)
    more = {fields.EXTRA + name: value for name, value in body.extra.items()}
    more |= {fields.NOTES: body.notes} if body.notes else {}
    more |= {fields.ONE_TIME_SECRET: body.one_time_secret} if body.one_time_secret else {}
    new = records.NewRecord(
        title=body.title, username=body.username, password=body.password, list_id=list_id, more=more
    )
    made = records.add(call.session, call.kernel.keyring, identity, new, now=call.now)
    link = None
    if body.url is not None:
        row = links.add(call.session, identity, made, body.url, body.strategy, expression=body.expression, now=call.now)
        link = link_answer(row, primary=True)
    held = access.require_seen(call.session, identity, made.id)
    answer = RecordAddedAnswer(record_detail(call, held), link, revision.current(call.session))
    return tagged(answer, made.version, 201)


@api.endpoint(
    "GET", "/records/<uuid:record_id>", guard="bearer", summary="A record without its secrets", answer=RecordDetail,
    problems=(NotFound,),
)  # fmt: skip
def show_record(call: Call, identity: Identity, record_id: UUID) -> Response:
    """Answer a record, with its version as `ETag`."""
    held = access.require_seen(call.session, identity, record_id)
    return tagged(record_detail(call, held), held.record.version)


@api.endpoint(
    "PATCH",
    "/records/<uuid:record_id>",
    guard="bearer",
    summary="Change a record as you saw it (If-Match: its ETag); what it held before goes into its history",
    body=RecordChange,
    answer=RecordDetail,
    problems=(NotFound, Forbidden, ConfirmationRequired, PreconditionRequired, PreconditionFailed),
    headers=(HEADER,),
)
def change_record(call: Call, identity: Identity, body: RecordChange, record_id: UUID) -> Response:
    """Change a record that the caller may edit, or move it to another list."""
    held = access.require(call.session, identity, record_id, Permission.EDIT)
    expected = expected_version(call.request, held.record.version)
    values = body.values()
    if values:
        changes.change(
            call.session, call.kernel.keyring, identity, held.record, values, expected=expected, now=call.now
        )
    if not isinstance(body.list_id, msgspec.UnsetType):
        to = access.require_list_seen(call.session, identity, body.list_id)
        changes.move(call.session, identity, held, to, expected=held.record.version, now=call.now)
        held = access.require_seen(call.session, identity, record_id)
    return tagged(record_detail(call, held), held.record.version)


@api.endpoint(
    "DELETE",
    "/records/<uuid:record_id>",
    guard="bearer",
    summary="Remove a record as you saw it (If-Match: its ETag); its events stay",
    problems=(NotFound, Forbidden, PreconditionRequired, PreconditionFailed),
    headers=(HEADER,),
)
def remove_record(call: Call, identity: Identity, record_id: UUID) -> None:
    """Remove a record that the caller manages."""
    held = access.require(call.session, identity, record_id, Permission.MANAGE)
    expected = expected_version(call.request, held.record.version)
    records.remove(call.session, identity, held.record, expected=expected, now=call.now)


@api.endpoint(
    "POST",
    "/records/<uuid:record_id>/reveal",
    guard="bearer",
    summary="Show a secret field to yourself; this is on record",
    body=RevealRequest,
    answer=ValueAnswer,
    problems=(NotFound, Forbidden, InvalidRequest),
)
def reveal(call: Call, identity: Identity, body: RevealRequest, record_id: UUID) -> ValueAnswer:
    """Answer what a field holds, to whoever may view it."""
    held = access.require_seen(call.session, identity, record_id)
    value = fields.reveal(call.session, call.kernel.keyring, identity, held, body.field, now=call.now)
    return ValueAnswer(body.field, value)

"""Events over the API: the caller's own, and everybody's for administrators."""

from typing import Annotated
from uuid import UUID

import msgspec

from extension_api.api import Api, Call
from extension_api.audit import service
from extension_api.audit.models import HOST_LENGTH, NAME_LENGTH
from extension_api.audit.service import Wanted
from extension_api.errors import Forbidden
from extension_api.permissions import Identity, require_administrator

api = Api("audit")
_Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Moment = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class AuditQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which events are wanted: times in seconds since the epoch, `until` itself excluded."""

    before: _Number | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    everybody: bool = False
    person: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LENGTH)] | None = None
    action: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None
    record_id: UUID | None = None
    page_host: Annotated[str, msgspec.Meta(min_length=1, max_length=HOST_LENGTH)] | None = None
    since: _Moment | None = None
    until: _Moment | None = None


class EventAnswer(msgspec.Struct):
    """One event."""

    id: int
    at: int
    action: str
    person: str | None
    device: str | None
    address: str | None
    record_id: UUID | None
    page_host: str | None
    detail: str | None


class AuditAnswer(msgspec.Struct):
    """A page of events, newest first; `next` is the `before` of the next page, if there is one."""

    events: list[EventAnswer]
    next: int | None


@api.endpoint(
    "GET",
    "/audit",
    guard="bearer",
    summary="Your own events; `everybody` gives an administrator all of them",
    query=AuditQuery,
    answer=AuditAnswer,
    problems=(Forbidden,),
)
def events(call: Call, identity: Identity, query: AuditQuery) -> AuditAnswer:
    """Answer a page of events."""
    if query.everybody:
        require_administrator(identity)
    wanted = Wanted(
        account_id=None if query.everybody else identity.account_id,
        person=service.name_as_stored(query.person) if query.person is not None else None,
        action=query.action,
        record_id=query.record_id,
        page_host=query.page_host,
        since=query.since,
        until=query.until,
    )
    found = service.search(call.session, wanted, before=query.before, limit=query.limit)
    answers = [
        EventAnswer(e.id, e.at, e.action, e.account_name, e.device, e.address, e.record_id, e.page_host, e.detail)
        for e in found
    ]
    return AuditAnswer(answers, answers[-1].id if len(answers) == query.limit else None)

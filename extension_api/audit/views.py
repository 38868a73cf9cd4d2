"""The caller's own events over the API."""

from typing import Annotated
from uuid import UUID

import msgspec

from extension_api.api import Api, Call
from extension_api.audit import service
from extension_api.permissions import Identity

api = Api("audit")


class AuditQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which events are wanted."""

    before: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class EventAnswer(msgspec.Struct):
    """One event."""

    id: int
    at: int
    action: str
    device: str | None
    address: str | None
    record_id: UUID | None
    page_host: str | None
    detail: str | None


class AuditAnswer(msgspec.Struct):
    """A page of events, newest first; `next` is the `before` of the next page, if there is one."""

    events: list[EventAnswer]
    next: int | None


@api.endpoint("GET", "/audit", guard="bearer", summary="Your own events", query=AuditQuery, answer=AuditAnswer)
def own_events(call: Call, identity: Identity, query: AuditQuery) -> AuditAnswer:
    """Answer a page of the caller's own events."""
    found = service.of_person(call.session, identity, before=query.before, limit=query.limit)
    events = [EventAnswer(e.id, e.at, e.action, e.device, e.address, e.record_id, e.page_host, e.detail) for e in found]
    return AuditAnswer(events, events[-1].id if len(events) == query.limit else None)

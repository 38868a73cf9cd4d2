"""What a record's values were before: when and by whom each was replaced, showing one, and giving it back.

No old value is in an answer of this file but in that of `reveal_old`: one, asked for by itself, on record.
"""

from uuid import UUID

from flask import Request

from extension_api import paging
from extension_api.console import browsing, record_page
from extension_api.console.pages import HOME, Go, Pages, Show, Visit
from extension_api.console.records import version
from extension_api.console.words import Message
from extension_api.errors import InvalidRequest, NotFound, PreconditionFailed
from extension_api.paging import NumberedCursor
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, changes, history
from extension_api.vault.access import Held

pages = Pages("history")
OLD = "/records/<uuid:record_id>/history/<uuid:old_id>"


def _page(request: Request) -> str:
    return request.path.partition("/history/")[0] + "/history"


@pages.page("GET", "/records/<uuid:record_id>/history", guard="console")
def show_history(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show that values were replaced, the last change first."""
    return _show(visit, access.require_seen(visit.session, identity, record_id))


@pages.page("POST", f"{OLD}/reveal", guard="console", resume=_page)
def reveal_old(visit: Visit, identity: Identity, record_id: UUID, old_id: UUID) -> Show:
    """Show one old value, in the answer itself; that it was looked at is on record."""
    held = access.require(visit.session, identity, record_id, Permission.VIEW)
    value = history.reveal(visit.session, visit.kernel.keyring, identity, held, old_id, now=visit.now)
    return _show(visit, held, revealed=(old_id, value))


@pages.page("POST", f"{OLD}/restore", guard="console", resume=_page)
def restore_old(visit: Visit, identity: Identity, record_id: UUID, old_id: UUID) -> Show | Go:
    """Give a field back what it held, unless somebody has changed the record since."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    expected = version(visit.request.form.get("version"))
    try:
        changes.restore(visit.session, visit.kernel.keyring, identity, held, old_id, expected=expected, now=visit.now)
    except PreconditionFailed as problem:
        return _show(visit, held, status=problem.status)
    return Go(f"{HOME}/{record_id}", Message.VALUE_RESTORED)


def _show(visit: Visit, held: Held, *, revealed: tuple[UUID, str] | None = None, status: int = 200) -> Show:
    before = _before(visit.request.form.get("after", "") or visit.request.args.get("after", ""))
    found, following = history.page(visit.session, held, before=before, limit=browsing.SHOWN)
    values = {
        "record": held.record,
        "place": record_page.place(visit, held),
        "old_values": found,
        "revealed": revealed,
        "may_view": held.may(Permission.VIEW),
        "may_edit": held.may(Permission.EDIT),
        "after": paging.written(before) or "",
        "more": paging.written(following),
        "kept": history.KEPT,
        "changed_meanwhile": status == PreconditionFailed.status,
    }
    return Show("history.html", values, status)


def _before(given: str) -> NumberedCursor | None:
    try:
        return paging.read_numbered(given)
    except InvalidRequest:
        raise NotFound from None

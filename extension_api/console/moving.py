"""Moving a record to another list, whose permissions hold for it from then on."""

from uuid import UUID

from flask import Request

from extension_api.console import browsing, record_page
from extension_api.console.listing import after, more, search
from extension_api.console.pages import HOME, Go, Pages, Show, Visit
from extension_api.console.records import version
from extension_api.console.words import Message
from extension_api.errors import NotFound, PreconditionFailed
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, changes, lists
from extension_api.vault.access import Held, HeldList

pages = Pages("moving")


def _to_list(request: Request) -> str:
    try:
        return f"{request.path}?to={UUID(request.form.get('list', ''))}"
    except ValueError:
        return request.path


@pages.page("GET", "/records/<uuid:record_id>/move", guard="console")
def show_lists(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show the lists into which a record may be put; the one that was chosen before a fresh proof stays so."""
    return _show(visit, identity, _movable(visit, identity, record_id))


@pages.page("POST", "/records/<uuid:record_id>/move", guard="console", resume=_to_list)
def move_record(visit: Visit, identity: Identity, record_id: UUID) -> Show | Go:
    """Move a record, unless somebody has changed it since its mover looked."""
    held = _movable(visit, identity, record_id)
    chosen = visit.request.form.get("list", "")
    if not chosen:
        return _show(visit, identity, held, refusal="Choose the list that it is to go to.", status=422)
    to = _require(visit, identity, chosen)
    expected = version(visit.request.form.get("version"))
    try:
        changes.move(visit.session, identity, held, to, expected=expected, now=visit.now)
    except PreconditionFailed as problem:
        refusal = "Somebody changed this record after you opened this page. Look at it again before you move it."
        return _show(visit, identity, held, refusal=refusal, status=problem.status, chosen=to)
    return Go(f"{HOME}/{record_id}", Message.RECORD_MOVED)


def _movable(visit: Visit, identity: Identity, record_id: UUID) -> Held:
    held = access.require_seen(visit.session, identity, record_id)
    changes.require_movable(held)
    return held


def _require(visit: Visit, identity: Identity, given: str) -> HeldList:
    try:
        return access.require_list(visit.session, identity, UUID(given), Permission.EDIT)
    except ValueError:
        raise NotFound from None


def _show(
    visit: Visit,
    identity: Identity,
    held: Held,
    *,
    refusal: str | None = None,
    status: int = 200,
    chosen: HeldList | None = None,
) -> Show:
    given, text, begin = visit.request.args.get("to"), search(visit), after(visit)
    if given and chosen is None:
        chosen = _require(visit, identity, given)
    found = lists.page(visit.session, identity, text=text, may_edit=True, after=begin, limit=browsing.SHOWN)
    first = [chosen.list] if chosen else []
    shown = [*first, *(each for each in found.rows if each not in first and each.id != held.record.list_id)]
    values = {
        "record": held.record,
        "place": record_page.place(visit, held),
        "chosen": chosen.list.id if chosen else None,
        "search": text,
        "continued": begin is not None,
        "more": more(found, q=text),
        "refusal": refusal,
    }
    return Show("move.html", {**values, **browsing.of_lists(visit, identity, shown)}, status)

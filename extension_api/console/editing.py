"""Making a record and changing one, and the passwords that are drawn for them.

Each button of the form sends the form itself, so that everything here works without a script: drawing a password,
showing a value in its field, another row for an extra field. What was typed comes back each time, in the answer alone.
"""

import json
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Request

from extension_api.console import record_form, record_page, words
from extension_api.console.listing import LONGEST_SEARCH
from extension_api.console.pages import HOME, Go, Pages, Plain, Show, Visit
from extension_api.console.record_form import Extra, RecordForm
from extension_api.console.records import LONGEST_ADDRESS
from extension_api.console.words import Message
from extension_api.errors import InvalidLinkGiven, InvalidPage, InvalidRequest, NotFound, PreconditionFailed, Problem
from extension_api.generate import service as generate
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, changes, fields, history, links, lists, records
from extension_api.vault.access import Held, HeldList

pages = Pages("editing")
NEW: Final = f"{HOME}/new"
GENERATE: Final = "generate"
MORE: Final = "more"
SHOW: Final = "show:"
"""What the buttons of the form send as `act`; the last with the name of the field behind it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A new password and what it keeps to, in words."""

    password: str
    words: str

    def __repr__(self) -> str:
        return "<drawn password>"


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A field that somebody else has changed: what was done to it, and by whom and when, where that is known."""

    field: str
    what: str
    who: str | None = None
    at: int | None = None


def _of_list(request: Request) -> str:
    list_id = request.form.get("list", "")[:LONGEST_SEARCH]
    return f"{NEW}?list={list_id}" if list_id.replace("-", "").isalnum() else NEW


@pages.page("GET", "/records/new", guard="console")
def show_new(visit: Visit, identity: Identity) -> Show:
    """Show an empty form, for the list that is named or the person's own."""
    into = _list(visit, identity, visit.request.args.get("list", ""))
    return _new(into, RecordForm(extras=[Extra()]))


@pages.page("POST", "/records/new", guard="console", resume=_of_list)
def add_record(visit: Visit, identity: Identity) -> Show | Go:
    """Make a record with its first website, or say why not and keep what was typed."""
    form, act = record_form.read(visit.request.form), visit.request.form.get("act", "")
    into = _list(visit, identity, visit.request.form.get("list", ""))
    if act == GENERATE:
        drawn = draw(visit, form.url)
        form.put(fields.PASSWORD, drawn.password)
        return _new(into, form, drawn=drawn)
    if act == MORE:
        form.extras.append(Extra())
        return _new(into, form)
    try:
        list_id = into.list.id if into else lists.personal(visit.session, identity, now=visit.now).id
        typed = form.typed()
        new = records.NewRecord(
            title=form.title,
            username=form.username,
            password=typed.pop(fields.PASSWORD, None),
            list_id=list_id,
            more=typed,
        )
        made = records.add(visit.session, visit.kernel.keyring, identity, new, now=visit.now)
        if form.url.strip():
            links.add(visit.session, identity, made, form.url, form.strategy, now=visit.now)
    except (InvalidRequest, InvalidLinkGiven) as problem:
        visit.take_back()
        return _new(into, form, problem=problem)
    return Go(f"{HOME}/{made.id}", Message.RECORD_ADDED)


@pages.page("GET", "/records/<uuid:record_id>/edit", guard="console")
def show_edit(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show the form of a record, without its values."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    return _edit(visit, held, record_form.of(held.record, fields.names(visit.session, held)))


@pages.page("POST", "/records/<uuid:record_id>/edit", guard="console", resume=lambda request: request.path)
def change_record(visit: Visit, identity: Identity, record_id: UUID) -> Show | Go:
    """Change what the person changed in the form, unless somebody else changed the record since they opened it."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    form, act, keyring = record_form.read(visit.request.form), visit.request.form.get("act", ""), visit.kernel.keyring
    if act == GENERATE:
        drawn = draw(visit, _site(visit, held))
        form.put(fields.PASSWORD, drawn.password)
        return _edit(visit, held, form, drawn=drawn)
    if act == MORE:
        form.extras.append(Extra())
        return _edit(visit, held, form)
    if act.startswith(SHOW):
        access.require(visit.session, identity, record_id, Permission.VIEW)
        name = act.removeprefix(SHOW)
        try:
            form.put(name, fields.reveal(visit.session, keyring, identity, held, name, now=visit.now))
        except InvalidRequest:
            raise NotFound from None
        return _edit(visit, held, form, shown=name)
    try:
        wanted = form.changes()
        if wanted:
            changes.change(visit.session, keyring, identity, held.record, wanted, expected=form.version, now=visit.now)
    except InvalidRequest as problem:
        visit.take_back()
        return _edit(visit, held, form, problem=problem)
    except PreconditionFailed as problem:
        return _changed_meanwhile(visit, held, form, problem)
    return Go(f"{HOME}/{record_id}", Message.RECORD_CHANGED if wanted else Message.NOTHING_CHANGED)


@pages.page("POST", "/generate", guard="console")
def generate_password(visit: Visit, _identity: Identity) -> Plain:
    """Answer the form's script a new password for a website; it is kept nowhere."""
    drawn = draw(visit, visit.request.form.get("url", "")[:LONGEST_ADDRESS])
    answer = {"password": drawn.password, "words": drawn.words}
    return Plain(json.dumps(answer).encode(), "application/json")


def draw(visit: Visit, address: str) -> Drawn:
    """Draw a password by the rules of a website, as far as they are known; what is no address gets the defaults."""
    try:
        page = links.checked("new", address, "host").url if address.strip() else None
        made, chosen = generate.make(visit.session, page_url=page, rules=None, length=None, avoid_ambiguous=False)
    except (InvalidLinkGiven, InvalidPage):
        made, chosen = generate.make(visit.session, page_url=None, rules=None, length=None, avoid_ambiguous=False)
    rules = f"by the rules of {chosen.site}" if chosen.site else "for a site without rules of its own"
    return Drawn(made.password, f"A new password of {len(made.password)} characters and {made.bits} bits, {rules}.")


def _list(visit: Visit, identity: Identity, given: str) -> HeldList | None:
    try:
        return access.require_list(visit.session, identity, UUID(given), Permission.EDIT) if given else None
    except ValueError:
        raise NotFound from None


def _site(visit: Visit, held: Held) -> str:
    return links.primary_urls(visit.session, [held.record.id]).get(held.record.id, "")


def _new(
    into: HeldList | None, form: RecordForm, *, problem: Problem | None = None, drawn: Drawn | None = None
) -> Show:
    values = {
        "record": None,
        "into": into.list if into else None,
        "form": form,
        "action": NEW,
        "may_view": False,
        "meanwhile": None,
        "wrong": "url" if isinstance(problem, InvalidLinkGiven) else None,
        "refusal": str(problem) if problem else None,
        "drawn": drawn,
        "shown": None,
        "site": None,
        "offered": words.OFFERED,
        "place": None,
    }
    return Show("record-form.html", values, problem.status if problem else 200, connects=True)


def _edit(
    visit: Visit,
    held: Held,
    form: RecordForm,
    *,
    problem: Problem | None = None,
    drawn: Drawn | None = None,
    shown: str | None = None,
    meanwhile: list[Meanwhile] | None = None,
) -> Show:
    values = {
        "record": held.record,
        "into": None,
        "form": form,
        "action": f"{HOME}/{held.record.id}/edit",
        "may_view": held.may(Permission.VIEW),
        "meanwhile": meanwhile,
        "wrong": None,
        "refusal": str(problem) if problem else None,
        "drawn": drawn,
        "shown": shown,
        "site": _site(visit, held),
        "offered": (),
        "place": record_page.place(visit, held),
    }
    return Show("record-form.html", values, problem.status if problem else 200, connects=True)


def _changed_meanwhile(visit: Visit, held: Held, form: RecordForm, problem: Problem) -> Show:
    """Show what others did since the form was opened, beside what its author typed; sent again, that replaces it."""
    names = frozenset(fields.names(visit.session, held))
    found: dict[str, Meanwhile] = {}
    for old in history.since(visit.session, held, form.version):
        what = "replaced" if old.field in names | fields.SHOWN else "taken away"
        found.setdefault(old.field, Meanwhile(old.field, what, old.replaced_by, old.replaced_at))
    for name in names - form.had - found.keys():
        found[name] = Meanwhile(name, "added")
    form.follow(held.record, names)
    return _edit(visit, held, form, problem=problem, meanwhile=list(found.values()))

"""The linked websites of a record: adding, changing and removing one. What may be a link is the matcher's to say.

Its reason is shown where it refuses, and what was typed stays in the form; so it does when the person has to sign in
again, since an address is no secret.
"""

from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Request

from extension_api.console import record_page, words
from extension_api.console.pages import HOME, Go, Pages, Show, Visit
from extension_api.console.records import LONGEST_ADDRESS
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidLinkGiven, Problem
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, links
from extension_api.vault.access import Held
from extension_api.vault.links import LinkChange
from extension_api.vault.models import LinkRow
from matcher import Strategy

pages = Pages("links")
LONGEST_EXPRESSION: Final = 5_000
"""Characters; as for an address, the matcher says which is too long."""
RECORD: Final = "/records/<uuid:record_id>"


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form of a link holds."""

    url: str = ""
    strategy: str = Strategy.DOMAIN
    expression: str = ""
    veto: bool = False
    primary: bool = False


def _address_kept(request: Request) -> str:
    url = request.form.get("url", "")[:LONGEST_ADDRESS]
    return request.path + ("?" + urlencode({"link": url}) if url else "")


@pages.page("POST", RECORD, guard="console", resume=_address_kept)
def link_website(visit: Visit, identity: Identity, record_id: UUID) -> Show | Go:
    """Link a website, or say why not and keep what was typed."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    form = visit.request.form
    url, strategy = form.get("url", "")[:LONGEST_ADDRESS], form.get("strategy", "")
    try:
        links.add(visit.session, identity, held.record, url, strategy, now=visit.now)
    except (InvalidLinkGiven, Conflict) as problem:
        return record_page.show(visit, identity, held, url=url, strategy=strategy, refusal=problem)
    return Go(f"{HOME}/{record_id}", Message.LINKED)


def _typed_kept(request: Request) -> str:
    kept = {name: value for name, value in asdict(_typed(request)).items() if value}
    return f"{request.path}?{urlencode(kept)}"


@pages.page("GET", f"{RECORD}/links/new", guard="console")
def show_new(visit: Visit, identity: Identity, record_id: UUID) -> Show:
    """Show the form of a new link with all that a link may be."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    return _form(visit, held, None, _typed(visit.request))


@pages.page("POST", f"{RECORD}/links/new", guard="console", resume=_typed_kept)
def add_link(visit: Visit, identity: Identity, record_id: UUID) -> Show | Go:
    """Link an address, or say why not and keep what was typed."""
    held, typed = access.require(visit.session, identity, record_id, Permission.EDIT), _typed(visit.request)
    try:
        made = links.add(
            visit.session,
            identity,
            held.record,
            typed.url,
            typed.strategy,
            veto=typed.veto,
            expression=typed.expression or None,
            now=visit.now,
        )
        if typed.primary:
            wanted = LinkChange(expression=typed.expression or None, primary=True)
            links.change(visit.session, identity, held.record, made.id, wanted, now=visit.now)
    except (InvalidLinkGiven, Conflict) as problem:
        visit.take_back()
        return _form(visit, held, None, typed, problem)
    return Go(f"{HOME}/{record_id}", Message.LINKED)


@pages.page("GET", f"{RECORD}/links/<uuid:link_id>/edit", guard="console")
def show_link(visit: Visit, identity: Identity, record_id: UUID, link_id: UUID) -> Show:
    """Show a link in its form, or what was typed before the person had to sign in again."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    row = links.require(visit.session, held.record, link_id)
    stored = Typed(row.url, row.strategy, row.expression or "", row.veto)
    return _form(visit, held, row, _typed(visit.request) if "url" in visit.request.args else stored)


@pages.page("POST", f"{RECORD}/links/<uuid:link_id>/edit", guard="console", resume=_typed_kept)
def change_link(visit: Visit, identity: Identity, record_id: UUID, link_id: UUID) -> Show | Go:
    """Change a link, or say why not and keep what was typed."""
    held, typed = access.require(visit.session, identity, record_id, Permission.EDIT), _typed(visit.request)
    row = links.require(visit.session, held.record, link_id)
    # Given under `regex` even when it is empty: the matcher then says that there must be one.
    expression = typed.expression if typed.strategy == Strategy.REGEX else typed.expression or None
    wanted = LinkChange(
        url=typed.url, strategy=typed.strategy, veto=typed.veto, expression=expression, primary=typed.primary
    )
    try:
        links.change(visit.session, identity, held.record, link_id, wanted, now=visit.now)
    except (InvalidLinkGiven, Conflict) as problem:
        return _form(visit, held, row, typed, problem)
    return Go(f"{HOME}/{record_id}", Message.LINK_CHANGED)


@pages.page(
    "POST",
    f"{RECORD}/links/<uuid:link_id>/remove",
    guard="console",
    resume=lambda request: request.path.partition("/links/")[0],
)
def remove_link(visit: Visit, identity: Identity, record_id: UUID, link_id: UUID) -> Go:
    """Take a link off a record."""
    held = access.require(visit.session, identity, record_id, Permission.EDIT)
    links.remove(visit.session, identity, held.record, link_id, now=visit.now)
    return Go(f"{HOME}/{record_id}", Message.REMOVED)


def _typed(request: Request) -> Typed:
    given = request.form if request.method == "POST" else request.args
    return Typed(
        given.get("url", "")[:LONGEST_ADDRESS],
        given.get("strategy", Strategy.DOMAIN)[:20],
        given.get("expression", "")[:LONGEST_EXPRESSION],
        bool(given.get("veto")),
        bool(given.get("primary")),
    )


def _is_primary(visit: Visit, held: Held, row: LinkRow) -> bool:
    return not row.veto and links.of_record(visit.session, held.record.id)[0].id == row.id


def _form(visit: Visit, held: Held, row: LinkRow | None, typed: Typed, problem: Problem | None = None) -> Show:
    values = {
        "record": held.record,
        "place": record_page.place(visit, held),
        "link": row,
        "typed": typed,
        "primary": row is not None and _is_primary(visit, held, row),
        "strategies": words.STRATEGIES,
        "refusal": str(problem) if problem else None,
    }
    return Show("link.html", values, problem.status if problem else 200)

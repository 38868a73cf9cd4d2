"""People, for administrators: finding and adding them, and what may become of one person.

A one-time link is shown in the answer to the act that made it and nowhere else: it is stored as a digest alone. Every
act that shuts somebody out, lets them in or makes them an administrator asks for a fresh proof; the services hold that.
"""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Request

from extension_api import paging
from extension_api.accounts import service as accounts
from extension_api.accounts.models import NAME_LENGTH, Account
from extension_api.console import listing
from extension_api.console.pages import HOME, PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidRequest, Problem
from extension_api.factors import second
from extension_api.people import groups, service
from extension_api.permissions import Identity, require_administrator
from extension_api.sessions import devices
from extension_api.vault import grants

pages = Pages("people")
ADDRESS: Final = f"{PREFIX}/people"


@pages.page("GET", "/people", guard="console")
def show_people(visit: Visit, identity: Identity) -> Show:
    """Show a page of the people, by name; a name given as `name` is put into the form."""
    require_administrator(identity)
    given = visit.request.args
    return _people(visit, name=given.get("name", "")[:NAME_LENGTH], administrator=given.get("administrator") == "1")


def _typed(request: Request) -> str:
    typed = {"name": request.form.get("name", "")[:NAME_LENGTH], "administrator": request.form.get("administrator")}
    return f"{ADDRESS}?{urlencode({key: value for key, value in typed.items() if value})}"


@pages.page("POST", "/people", guard="console", resume=_typed)
def add_person(visit: Visit, identity: Identity) -> Show:
    """Add a person and show the one-time link with which they set a password, or say why not."""
    require_administrator(identity)
    # One character more than a name may have, so that a longer one is refused and not cut.
    name = visit.request.form.get("name", "")[: NAME_LENGTH + 1]
    administrator = visit.request.form.get("administrator") == "1"
    try:
        made = accounts.add(visit.session, identity, name, administrator=administrator, now=visit.now)
    except (Conflict, InvalidRequest) as problem:
        return _people(visit, name=name, administrator=administrator, refusal=problem)
    return _link(visit, made, accounts.issue_setup_code(made, now=visit.now), added=True)


@pages.page("GET", "/people/<uuid:account_id>", guard="console")
def show_person(visit: Visit, identity: Identity, account_id: UUID) -> Show:
    """Show how a person stands and what they were given."""
    require_administrator(identity)
    return _person(visit, service.require(visit.session, account_id))


def _of_person(request: Request) -> str:
    return f"{ADDRESS}/{(request.view_args or {})['account_id']}"


@pages.page("POST", "/people/<uuid:account_id>/administrator", guard="console", resume=_of_person)
def set_administrator(visit: Visit, identity: Identity, account_id: UUID) -> Show | Go:
    """Make a person an administrator, or no longer one, or say why not."""
    require_administrator(identity)
    account = service.require(visit.session, account_id)
    wanted = visit.request.form.get("administrator") == "1"
    try:
        service.set_administrator(visit.session, identity, account, administrator=wanted, now=visit.now)
    except Conflict as problem:
        return _person(visit, account, refusal=problem)
    # Who is no longer an administrator may not see the page that they came from.
    gone = account.id == identity.account_id and not wanted
    message = Message.ADMINISTRATOR_MADE if wanted else Message.ADMINISTRATOR_NO_LONGER
    return Go(HOME if gone else f"{ADDRESS}/{account.id}", message)


@pages.page("POST", "/people/<uuid:account_id>/disable", guard="console", resume=_of_person)
def disable(visit: Visit, identity: Identity, account_id: UUID) -> Show | Go:
    """Shut a person out at once, or say why not."""
    require_administrator(identity)
    account = service.require(visit.session, account_id)
    try:
        service.disable(visit.session, identity, account, now=visit.now)
    except Conflict as problem:
        return _person(visit, account, refusal=problem)
    return Go(f"{ADDRESS}/{account.id}", Message.PERSON_DISABLED)


@pages.page("POST", "/people/<uuid:account_id>/enable", guard="console", resume=_of_person)
def enable(visit: Visit, identity: Identity, account_id: UUID) -> Go:
    """Let a disabled person sign in again."""
    require_administrator(identity)
    account = service.require(visit.session, account_id)
    service.enable(visit.session, identity, account, now=visit.now)
    return Go(f"{ADDRESS}/{account.id}", Message.PERSON_ENABLED)


@pages.page("POST", "/people/<uuid:account_id>/link", guard="console", resume=_of_person)
def make_link(visit: Visit, identity: Identity, account_id: UUID) -> Show:
    """Make a one-time link with which a person sets a new password, and show it, or say why not."""
    require_administrator(identity)
    account = service.require(visit.session, account_id)
    try:
        code = accounts.reset(visit.session, identity, account, now=visit.now)
    except Conflict as problem:
        return _person(visit, account, refusal=problem)
    return _link(visit, account, code, added=False)


def _people(visit: Visit, *, name: str, administrator: bool, refusal: Problem | None = None) -> Show:
    text, after = listing.search(visit), listing.after(visit)
    found = service.page(visit.session, text=text, after=after, limit=paging.PAGE)
    values = {
        "people": found.rows,
        "search": text,
        "continued": after is not None,
        "more": listing.more(found, q=text),
        "name": name,
        "administrator": administrator,
        "longest": NAME_LENGTH,
        "refusal": str(refusal) if refusal else None,
    }
    return Show("people.html", values, refusal.status if refusal else 200)


def _person(visit: Visit, account: Account, *, refusal: Problem | None = None) -> Show:
    session, after = visit.session, listing.after(visit)
    reached = grants.reached_by(session, account, after=after, limit=paging.PAGE)
    values = {
        "person": account,
        "groups": groups.of_person(session, account.id),
        "sessions": len(devices.of_person(session, account.id, now=visit.now)),
        "second_factor": second.is_on(session, account.id),
        "link_until": account.setup_expires_at if (account.setup_expires_at or 0) > visit.now else None,
        "reached": reached.rows,
        "continued": after is not None,
        "more": listing.more(reached),
        "refusal": str(refusal) if refusal else None,
    }
    return Show("person.html", values, refusal.status if refusal else 200)


def _link(visit: Visit, account: Account, code: str, *, added: bool) -> Show:
    values = {"person": account, "link": accounts.setup_link(visit.kernel.settings, code), "added": added}
    return Show("one-time-link.html", values | {"hours": accounts.SETUP_LIFETIME // 3600})

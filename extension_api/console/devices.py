"""Where people are signed in: each person's own sessions, and anybody's for administrators."""

from collections.abc import Sequence
from uuid import UUID

from flask import Request

from extension_api.accounts.models import Account
from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import NotFound
from extension_api.permissions import Identity, require_administrator
from extension_api.sessions import devices
from extension_api.sessions.models import SignedIn

pages = Pages("devices")
OWN = f"{PREFIX}/sessions"


def _of_person(request: Request) -> str:
    return f"{PREFIX}/people/{(request.view_args or {})['account_id']}/sessions"


@pages.page("GET", "/sessions", guard="console")
def show_own(visit: Visit, identity: Identity) -> Show:
    """Show where the person is signed in."""
    rows = devices.of_person(visit.session, identity.account_id, now=visit.now)
    return _show(rows, identity.name, OWN, own=True)


@pages.page("POST", "/sessions/<uuid:session_id>/end", guard="console", resume=lambda _request: OWN)
def end_own(visit: Visit, identity: Identity, session_id: UUID) -> Go:
    """End a session of the person's own."""
    _end(visit, identity, identity.account_id, session_id)
    return Go(OWN, Message.SESSION_REVOKED)


@pages.page("GET", "/people/<uuid:account_id>/sessions", guard="console")
def show_of_person(visit: Visit, identity: Identity, account_id: UUID) -> Show:
    """Show an administrator where somebody is signed in."""
    require_administrator(identity)
    account = visit.session.get(Account, account_id)
    if account is None:
        raise NotFound
    rows = devices.of_person(visit.session, account_id, now=visit.now)
    return _show(rows, account.name, f"{PREFIX}/people/{account_id}/sessions", own=False)


@pages.page("POST", "/people/<uuid:account_id>/sessions/<uuid:session_id>/end", guard="console", resume=_of_person)
def end_of_person(visit: Visit, identity: Identity, account_id: UUID, session_id: UUID) -> Go:
    """End somebody's session."""
    require_administrator(identity)
    _end(visit, identity, account_id, session_id)
    return Go(_of_person(visit.request), Message.SESSION_REVOKED)


def _end(visit: Visit, identity: Identity, account_id: UUID, session_id: UUID) -> None:
    found = visit.session.get(SignedIn, session_id)
    if found is None or found.account_id != account_id:
        raise NotFound
    devices.revoke(visit.session, identity, session_id, now=visit.now)


def _show(rows: Sequence[SignedIn], person: str, address: str, *, own: bool) -> Show:
    return Show("sessions.html", {"sessions": rows, "person": person, "address": address, "own": own})

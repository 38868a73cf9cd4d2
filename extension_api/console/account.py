"""A person's own account: password, one-time codes, recovery codes, passkeys.

Every act here asks for a proof of the last minutes (`permissions.require_fresh`): who finds a session open must not be
able to make it theirs for good. Recovery codes and the secret of one-time codes are shown here and nowhere else; the
answers that bear them are kept by no cache.
"""

import io
import json
from urllib.parse import urlsplit
from uuid import UUID

import segno
from flask import Request

from extension_api.accounts.models import Account
from extension_api.console.device import device_of
from extension_api.console.entry import LONGEST_INPUT, refusal
from extension_api.console.pages import PREFIX, Go, Pages, Plain, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidRequest, NotFound, Problem, WrongCredentials
from extension_api.factors import codes, passkeys, proofs, recovery, second
from extension_api.permissions import Identity, require_fresh
from extension_api.policy import minimum_password_length
from extension_api.sessions import confirming

pages = Pages("account")
ACCOUNT = f"{PREFIX}/account"
SET_UP = f"{ACCOUNT}/one-time-codes"


def _account(_request: Request) -> str:
    return ACCOUNT


@pages.page("GET", "/account", guard="console")
def show_account(visit: Visit, identity: Identity) -> Show:
    """Show how the person proves who they are."""
    return _show(visit, identity)


@pages.page("POST", "/account/password", guard="console", resume=_account, slow=True)
def change_password(visit: Visit, identity: Identity) -> Show | Go:
    """Set a new password and end the person's other sessions, or say why not."""
    form = visit.request.form
    password = form.get("password", "")[:LONGEST_INPUT]
    require_fresh(identity, now=visit.now)
    if password != form.get("repeated", "")[:LONGEST_INPUT]:
        return _show(visit, identity, password="The two passwords are not the same; type them again.")  # noqa: S106 - words
    try:
        confirming.change_password(visit.kernel, visit.session, identity, password, now=visit.now)
    except InvalidRequest as problem:
        return _show(visit, identity, password=str(problem))
    return Go(ACCOUNT, Message.NEW_PASSWORD)


@pages.page("POST", "/account/one-time-codes", guard="console", resume=_account)
def begin_codes(visit: Visit, identity: Identity) -> Go:
    """Make a secret and lead to where it is shown."""
    require_fresh(identity, now=visit.now)
    second.set_up(visit.session, visit.kernel.keyring, identity.account_id, now=visit.now)
    return Go(SET_UP)


@pages.page("GET", "/account/one-time-codes", guard="console")
def show_codes(visit: Visit, identity: Identity) -> Show | Go:
    """Show the secret that is being set up."""
    require_fresh(identity, now=visit.now)
    return _set_up(visit, identity, None)


@pages.page("GET", "/account/one-time-codes/qr.svg", guard="console")
def show_qr(visit: Visit, identity: Identity) -> Plain:
    """Answer the picture that an authenticator scans."""
    require_fresh(identity, now=visit.now)
    secret = second.awaiting(visit.session, visit.kernel.keyring, identity.account_id, now=visit.now)
    host = urlsplit(visit.kernel.settings.public_url).hostname or ""
    picture = io.BytesIO()
    segno.make(codes.key_uri(secret, identity.name, host), error="m").save(picture, kind="svg", scale=4, light="#fff")
    return Plain(picture.getvalue(), "image/svg+xml")


@pages.page("POST", "/account/one-time-codes/confirm", guard="console", resume=_account)
def confirm_codes(visit: Visit, identity: Identity) -> Show | Go:
    """Let the codes count and show the recovery codes, once, in the answer itself: they are stored nowhere."""
    require_fresh(identity, now=visit.now)
    code = visit.request.form.get("code", "")[:LONGEST_INPUT]
    try:
        made = second.confirm(visit.session, visit.kernel.keyring, identity, code, now=visit.now)
    except WrongCredentials as problem:
        return _set_up(visit, identity, problem)
    except NotFound:
        return Go(ACCOUNT)
    return Show("recovery-codes.html", {"codes": made})


@pages.page("POST", "/account/one-time-codes/remove", guard="console", resume=_account)
def remove_codes(visit: Visit, identity: Identity) -> Go:
    """Take the second factor away."""
    require_fresh(identity, now=visit.now)
    account = visit.session.get_one(Account, identity.account_id)
    second.remove(visit.session, identity, account, now=visit.now)
    return Go(ACCOUNT, Message.SECOND_FACTOR_REMOVED)


@pages.page("POST", "/account/recovery-codes", guard="console", resume=_account)
def renew_recovery_codes(visit: Visit, identity: Identity) -> Show:
    """Make new recovery codes and show them, once, in the answer itself."""
    require_fresh(identity, now=visit.now)
    return Show("recovery-codes.html", {"codes": second.renew_recovery_codes(visit.session, identity, now=visit.now)})


@pages.page("POST", "/account/passkeys/options", guard="console", resume=_account)
def ask_passkey(visit: Visit, identity: Identity) -> Plain:
    """Answer the page's script what the browser makes a passkey from."""
    require_fresh(identity, now=visit.now)
    us = passkeys.require_party(visit.kernel.settings)
    asked = passkeys.begin_register(visit.session, us, identity, now=visit.now)
    return Plain(json.dumps(asked).encode(), "application/json")


@pages.page("POST", "/account/passkeys", guard="console", resume=_account)
def add_passkey(visit: Visit, identity: Identity) -> Show | Go:
    """Add the passkey that the browser made, or say why not."""
    require_fresh(identity, now=visit.now)
    form, us = visit.request.form, passkeys.require_party(visit.kernel.settings)
    name, answer = form.get("name", "")[:LONGEST_INPUT], form.get("answer", "")
    try:
        passkeys.register(visit.session, us, identity, answer, name, now=visit.now)
    except (WrongCredentials, proofs.ProofOver, Conflict, InvalidRequest) as problem:
        return _show(visit, identity, passkey=problem)
    return Go(ACCOUNT, Message.PASSKEY_ADDED)


@pages.page("POST", "/account/passkeys/<uuid:passkey_id>/remove", guard="console", resume=_account)
def remove_passkey(visit: Visit, identity: Identity, passkey_id: UUID) -> Go:
    """Take a passkey away."""
    require_fresh(identity, now=visit.now)
    passkeys.remove(visit.session, identity, identity.account_id, passkey_id, now=visit.now)
    return Go(ACCOUNT, Message.PASSKEY_REMOVED)


def _show(visit: Visit, identity: Identity, *, password: str | None = None, passkey: Problem | None = None) -> Show:
    session, offered = visit.session, passkeys.party(visit.kernel.settings) is not None
    values = {
        "device": device_of(visit.request.headers.get("User-Agent", "")),
        "minimum": minimum_password_length(session),
        "passkey_refusal": refusal(passkey),
        "passkeys": passkeys.of_person(session, identity.account_id),
        "passkeys_offered": offered,
        "recovery_all": recovery.HOW_MANY,
        "recovery_left": recovery.left(session, identity.account_id),
        "refusal": password,
        "second_factor": second.is_on(session, identity.account_id),
    }
    status = passkey.status if passkey else InvalidRequest.status if password else 200
    return Show("account.html", values, status, connects=offered)


def _set_up(visit: Visit, identity: Identity, problem: Problem | None) -> Show | Go:
    try:
        secret = second.awaiting(visit.session, visit.kernel.keyring, identity.account_id, now=visit.now)
    except NotFound:
        return Go(ACCOUNT)
    values = {"secret": codes.in_groups(secret), "refusal": refusal(problem)}
    return Show("one-time-codes.html", values, problem.status if problem else 200)

"""Coming in and going out: sign in, sign out, and setting the first password by a one-time link.

The code of a one-time link stands in the address's fragment, which browsers send to no server; the page's own script
moves it into the form. Without scripts the person pastes it.
"""

import base64
import json
from typing import Final
from urllib.parse import quote

from extension_api.console import forms
from extension_api.console.device import device_of
from extension_api.console.pages import HOME, SIGN_IN, Go, Pages, Plain, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import InvalidRequest, NotAuthenticated, NotFound, Problem, TooManyAttempts, WrongCredentials
from extension_api.factors import passkeys, proofs
from extension_api.factors.models import Purpose
from extension_api.permissions import Identity
from extension_api.policy import minimum_password_length
from extension_api.sessions import service as sessions
from extension_api.sessions import signing_in
from extension_api.sessions.models import Kind

pages = Pages("entry")
LONGEST_INPUT: Final = 2_000
"""Characters of a name or password that are looked at; more is nobody's."""
MINUTE: Final = 60


@pages.page("GET", "/", guard="public")
def console(_visit: Visit) -> Go:
    """Lead to the first part of the console."""
    return Go(HOME)


@pages.page("GET", "/sign-in", guard="public")
def show_sign_in(visit: Visit) -> Show | Go:
    """Show the form, unless the person is signed in already."""
    after = forms.local(visit.request.args.get("next"), "")
    try:
        visit.kernel.authenticators["console"](visit.kernel, visit.session, visit.request)
    except NotAuthenticated:
        return _sign_in(visit, "", after, None)
    return Go(after or HOME)


@pages.page("POST", "/sign-in", guard="public", resume=lambda _request: SIGN_IN)
def sign_in(visit: Visit) -> Show | Go:
    """Begin a session, or say why not and keep what was typed but the password."""
    form = visit.request.form
    name, password = form.get("username", "")[:LONGEST_INPUT], form.get("password", "")[:LONGEST_INPUT]
    after = forms.local(form.get("next"), "")
    try:
        tokens = signing_in.sign_in(
            visit.kernel,
            visit.session,
            name=name,
            password=password,
            kind=Kind.CONSOLE,
            device=_device(visit),
            address=visit.address,
        )
    except signing_in.CodeWanted as problem:
        token = proofs.begin(visit.session, Purpose.CODE, visit.holder, problem.account_id, now=visit.now)
        return _code(base64.urlsafe_b64encode(token).decode(), after, None)
    except (WrongCredentials, TooManyAttempts) as problem:
        return _sign_in(visit, name, after, problem)
    return Go(after or HOME, token=tokens.access)


@pages.page("POST", "/sign-in/code", guard="public", resume=lambda _request: SIGN_IN)
def sign_in_by_code(visit: Visit) -> Show | Go:
    """Begin a session for somebody whose password was right a moment ago, or ask for another code."""
    form = visit.request.form
    token, after = form.get("token", "")[:LONGEST_INPUT], forms.local(form.get("next"), "")
    try:
        tokens = signing_in.sign_in_by_code(
            visit.kernel,
            visit.session,
            token=_bytes(token),
            holder=visit.holder,
            code=form.get("code", "")[:LONGEST_INPUT],
            device=_device(visit),
            address=visit.address,
        )
    except proofs.ProofOver:
        return Go(f"{SIGN_IN}?next={quote(after)}" if after else SIGN_IN, Message.BEGIN_AGAIN)
    except (WrongCredentials, TooManyAttempts) as problem:
        return _code(token, after, problem)
    return Go(after or HOME, token=tokens.access)


@pages.page("POST", "/sign-in/passkey/options", guard="public", resume=lambda _request: SIGN_IN)
def ask_passkey(visit: Visit) -> Plain:
    """Answer the page's script what to ask the browser for."""
    us = passkeys.require_party(visit.kernel.settings)
    asked = passkeys.begin_prove(visit.session, us, Purpose.SIGN_IN, visit.holder, None, now=visit.now)
    return Plain(json.dumps(asked).encode(), "application/json")


@pages.page("POST", "/sign-in/passkey", guard="public", resume=lambda _request: SIGN_IN)
def sign_in_by_passkey(visit: Visit) -> Show | Go:
    """Begin a session for whose passkey answered."""
    form = visit.request.form
    after = forms.local(form.get("next"), "")
    try:
        tokens = signing_in.sign_in_by_passkey(
            visit.kernel,
            visit.session,
            holder=visit.holder,
            answer=form.get("answer", ""),
            device=_device(visit),
            address=visit.address,
        )
    except proofs.ProofOver:
        return Go(f"{SIGN_IN}?next={quote(after)}" if after else SIGN_IN, Message.BEGIN_AGAIN)
    except WrongCredentials as problem:
        return _sign_in(visit, "", after, problem)
    return Go(after or HOME, token=tokens.access)


@pages.page("POST", "/sign-out", guard="console")
def sign_out(visit: Visit, identity: Identity) -> Go:
    """End the session."""
    sessions.end(visit.session, identity, now=visit.now)
    return Go(SIGN_IN, Message.SIGNED_OUT, signed_out=True)


@pages.page("GET", "/welcome", guard="public")
def show_welcome(visit: Visit) -> Show:
    """Show the form that takes a one-time code and a new password."""
    return _welcome(visit, "", None, None)


@pages.page("POST", "/welcome", guard="public", resume=lambda _request: "/console/welcome")
def welcome(visit: Visit) -> Show | Go:
    """Set the password and begin a session, or say why not and keep the code."""
    form = visit.request.form
    # Who pastes the whole link means the code in it.
    code = form.get("code", "")[:LONGEST_INPUT].rpartition("#")[2].strip()
    password = form.get("password", "")[:LONGEST_INPUT]
    if password != form.get("repeated", "")[:LONGEST_INPUT]:
        return _welcome(visit, code, "The two passwords are not the same; type them again.", "password", 422)
    try:
        tokens = signing_in.begin_by_setup_code(
            visit.kernel,
            visit.session,
            code,
            password,
            kind=Kind.CONSOLE,
            device=_device(visit),
            address=visit.address,
        )
    except NotFound as problem:
        return _welcome(visit, code, str(problem), "code", problem.status)
    except InvalidRequest as problem:
        return _welcome(visit, code, str(problem), "password", problem.status)
    if tokens is None:
        return Go(SIGN_IN, Message.NEW_PASSWORD_SIGN_IN)
    return Go(HOME, Message.WELCOME, token=tokens.access)


def _welcome(visit: Visit, code: str, refusal: str | None, field: str | None, status: int = 200) -> Show:
    minimum = minimum_password_length(visit.session)
    return Show("welcome.html", {"code": code, "refusal": refusal, "field": field, "minimum": minimum}, status)


def _sign_in(visit: Visit, name: str, after: str, problem: Problem | None) -> Show:
    offered = passkeys.party(visit.kernel.settings) is not None
    values = {"username": name, "next": after, "refusal": refusal(problem), "passkeys": offered}
    status, retry_after = (problem.status, problem.retry_after) if problem else (200, None)
    return Show("sign-in.html", values, status, retry_after, connects=offered)


def _code(token: str, after: str, problem: Problem | None) -> Show:
    values = {"token": token, "next": after, "refusal": refusal(problem)}
    status, retry_after = (problem.status, problem.retry_after) if problem else (200, None)
    return Show("code.html", values, status, retry_after)


def _bytes(token: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(token)
    except ValueError:
        return b""


def refusal(problem: Problem | None) -> str | None:
    """Return why a person was not let in, in words for them."""
    if problem is None:
        return None
    if problem.retry_after is None:
        return f"{problem}."
    return f"Too many attempts. Try again in {_duration(problem.retry_after)}."


def _duration(seconds: int) -> str:
    number, unit = (seconds, "second") if seconds < MINUTE else (-(-seconds // MINUTE), "minute")
    return f"{number} {unit}{'s' if number > 1 else ''}"


def _device(visit: Visit) -> str:
    return device_of(visit.request.headers.get("User-Agent", ""))

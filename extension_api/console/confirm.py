"""Confirming who one is: where dangerous acts lead when the session has not proved itself within the last minutes."""

import json

from flask import Request

from extension_api.console import forms
from extension_api.console.entry import LONGEST_INPUT, refusal
from extension_api.console.pages import CONFIRM, HOME, Go, Pages, Plain, Show, Visit
from extension_api.errors import Problem, SecondFactorRequired, TooManyAttempts, WrongCredentials
from extension_api.factors import passkeys, proofs, second
from extension_api.factors.models import Purpose
from extension_api.permissions import Identity
from extension_api.sessions import confirming

pages = Pages("confirm")


def _confirm(_request: Request) -> str:
    return CONFIRM


@pages.page("GET", "/confirm", guard="console")
def show_confirm(visit: Visit, identity: Identity) -> Show:
    """Ask for the password, or a passkey."""
    return _show(visit, identity, visit.request.args.get("next"), None)


@pages.page("POST", "/confirm", guard="console", resume=_confirm, slow=True)
def confirm(visit: Visit, identity: Identity) -> Show | Go:
    """Lead back to where the person came from, or say why not."""
    form = visit.request.form
    password, code = form.get("password", "")[:LONGEST_INPUT], form.get("code", "")[:LONGEST_INPUT]
    try:
        confirming.by_password(visit.kernel, visit.session, identity, password, code or None, now=visit.now)
    except (WrongCredentials, SecondFactorRequired, TooManyAttempts) as problem:
        return _show(visit, identity, form.get("next"), problem)
    return Go(forms.local(form.get("next"), HOME))


@pages.page("POST", "/confirm/passkey/options", guard="console", resume=_confirm)
def ask_passkey(visit: Visit, identity: Identity) -> Plain:
    """Answer the page's script what to ask the browser for."""
    us, holder = passkeys.require_party(visit.kernel.settings), str(identity.session_id)
    asked = passkeys.begin_prove(visit.session, us, Purpose.CONFIRM, holder, identity.account_id, now=visit.now)
    return Plain(json.dumps(asked).encode(), "application/json")


@pages.page("POST", "/confirm/passkey", guard="console", resume=_confirm)
def confirm_by_passkey(visit: Visit, identity: Identity) -> Show | Go:
    """Lead back to where the person came from, or say why not."""
    form = visit.request.form
    try:
        confirming.by_passkey(visit.kernel, visit.session, identity, form.get("answer", ""), now=visit.now)
    except (WrongCredentials, proofs.ProofOver) as problem:
        return _show(visit, identity, form.get("next"), problem)
    return Go(forms.local(form.get("next"), HOME))


def _show(visit: Visit, identity: Identity, after: str | None, problem: Problem | None) -> Show:
    offered = passkeys.party(visit.kernel.settings) is not None and bool(
        passkeys.of_person(visit.session, identity.account_id)
    )
    values = {
        "code": second.is_on(visit.session, identity.account_id),
        "next": forms.local(after, HOME),
        "passkeys": offered,
        "refusal": refusal(problem),
    }
    status, retry_after = (problem.status, problem.retry_after) if problem else (200, None)
    return Show("confirm.html", values, status, retry_after, connects=offered)

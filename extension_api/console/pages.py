"""How a page of the console is declared, guarded, run and committed: the counterpart of `api.py`.

The order is fixed: where the form came from, caller, the form's token, view, commit, answer. A view parses, calls a
service and returns what to show or where to go on; it never sees a cookie. A POST that changed something is always
answered by a redirect, so that a reload repeats nothing.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

from flask import Blueprint, Request, Response, redirect, request
from sqlalchemy.orm import Session

from extension_api import client_address, revision, transactions
from extension_api.api import identify, kernel_of_app
from extension_api.console import forms
from extension_api.console.rendering import Templates
from extension_api.console.words import Message
from extension_api.errors import ConfirmationRequired, NotAuthenticated, Problem
from extension_api.guards import Guard, declare
from extension_api.kernel import Kernel
from extension_api.permissions import Identity
from extension_api.sessions.service import cookie_name

PREFIX: Final = "/console"
HOME: Final = f"{PREFIX}/records"
SIGN_IN: Final = f"{PREFIX}/sign-in"
CONFIRM: Final = f"{PREFIX}/confirm"
NAVIGATION: Final = (
    ("records", "Records", HOME),
    ("lists", "Lists", f"{PREFIX}/lists"),
    ("proposals", "Proposals", f"{PREFIX}/proposals"),
    ("why", "Why?", f"{PREFIX}/why"),
    ("audit", "Audit", f"{PREFIX}/audit"),
)
"""Name, words and address of each part of the console, in the order of the page's head."""
ADMINISTRATION: Final = (
    ("people", "People", f"{PREFIX}/people"),
    ("groups", "Groups", f"{PREFIX}/groups"),
    ("blocked", "Blocked addresses", f"{PREFIX}/blocked"),
    ("affiliations", "Affiliations", f"{PREFIX}/affiliations"),
    ("settings", "Settings", f"{PREFIX}/settings"),
)
"""The parts that only administrators are shown; each of their pages checks it for itself."""
MESSAGE_COOKIE: Final = "wayfill-message"
SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True)
class Visit:
    """What every view is handed beside its caller.

    Args:
        kernel: The installation.
        session: The request's transaction; it is committed after the view, never by it.
        request: The request, for its form and query.

    """

    kernel: Kernel
    session: Session
    request: Request

    @property
    def address(self) -> str:
        """The network address that the request came from."""
        return client_address.of(self.kernel, self.request)

    @property
    def now(self) -> int:
        """The time in seconds since the epoch."""
        return self.kernel.clock.now()

    @property
    def holder(self) -> str:
        """What only this browser has while nobody is signed in: the secret behind its forms."""
        return self.request.cookies.get(forms.cookie_name(self.kernel.settings), "")

    def take_back(self) -> None:
        """Take back what this visit wrote: for a view that shows why it refused, since that answer commits as well."""
        self.session.rollback()


@dataclass(frozen=True, slots=True)
class Show:
    """A page to be shown.

    Args:
        template: The template's file name.
        values: What it shows.
        status: The status of the answer.
        retry_after: Seconds after which the same may be tried again.
        connects: Whether its script asks this service for something.

    """

    template: str
    values: Mapping[str, object]
    status: int = 200
    retry_after: int | None = None
    connects: bool = False


@dataclass(frozen=True, slots=True)
class Plain:
    """What a page's script or picture is answered; kept nowhere.

    Args:
        body: The content.
        content_type: What it is.

    """

    body: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Go:
    """Where the person goes on, by GET.

    Args:
        to: An address of this console.
        message: What is said there, once.
        token: The token of a session that has begun.
        signed_out: Whether the session has ended.

    """

    to: str
    message: Message | None = None
    token: str | None = field(default=None, repr=False)
    signed_out: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """A file to be kept, sent as it is made.

    Args:
        name: The name that it is kept under.
        content_type: What it is.
        pieces: Its content; asked for after the transaction is committed, so it reads in transactions of its own.

    """

    name: str
    content_type: str
    pieces: Iterable[bytes] = field(repr=False)


Answer = Show | Go | Plain | Send
Resume = Callable[[Request], str]


class Pages:
    """The pages of one part of the console.

    Args:
        name: The part's name.

    """

    def __init__(self, name: str) -> None:
        self.blueprint = Blueprint(f"console_{name}", "console", url_prefix=PREFIX)

    def page(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        guard: Guard,
        resume: Resume | None = None,
        slow: bool = False,
    ) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        """Declare a page; the view gets the visit, the identity unless anyone may call, and the path's values.

        Args:
            method: `POST` opens a writing transaction and takes nothing but forms of this console.
            path: Path below the console's prefix, in werkzeug's form.
            guard: Who may call.
            resume: For a POST: the address at which a person goes on when they had to sign in again first, or when
                their form had grown old; it may carry what they had typed, if that is no secret.
            slow: For a POST: whether the view hashes a password before it writes. Its caller is then found in a
                transaction that is over, and the visit's own has not begun (see `api.Api.endpoint`).

        """

        def register(view: Callable[..., Answer]) -> Callable[..., Answer]:
            run = declare(functools.partial(_run, view, guard, resume or _same_address(method), slow), guard)
            self.blueprint.add_url_rule(path, f"{method} {path}".replace(".", " "), run, methods=[method])
            return view

        return register


def _same_address(method: str) -> Resume:
    return _own_address if method == "GET" else lambda _request: HOME


def _own_address(given: Request) -> str:
    query = given.query_string.decode("ascii", "replace")
    return f"{given.path}?{query}" if query else given.path


def _run(view: Callable[..., Answer], guard: Guard, resume: Resume, slow: bool, **path: Any) -> Response:
    kernel, posted = kernel_of_app(), request.method == "POST"
    # Found before the transaction begins, since it may take one of its own; whoever asks later gets the same.
    client_address.of(kernel, request)

    def act(session: Session) -> Response:
        given: list[Any] = [Visit(kernel, session, request)]
        if posted:
            forms.require_own_origin(request, kernel.settings)
        identity = None
        if guard == "console":
            try:
                identity = identify(kernel, session, request, guard, slow=slow)
            except NotAuthenticated:
                raise _Elsewhere(SIGN_IN) from None
            given.append(identity)
        secret = request.cookies.get(cookie_name(kernel.settings) if identity else forms.cookie_name(kernel.settings))
        if posted:
            forms.require_token(request, secret, resume(request))
        forms.require_keepable(request, resume)
        answer = view(*given, **path)
        if isinstance(answer, Go):
            return _gone(kernel, answer)
        if isinstance(answer, Plain):
            return _harden(Response(answer.body, content_type=answer.content_type))
        if isinstance(answer, Send):
            return _sent(answer)
        return _shown(kernel, session, answer, identity, secret)

    try:
        return transactions.run(kernel, act, writes=posted, once=slow)
    except ConfirmationRequired:
        first = CONFIRM
    except _Elsewhere as elsewhere:
        first = elsewhere.page
    return _harden(redirect(f"{first}?{urlencode({'next': resume(request)})}", SEE_OTHER))


class _Elsewhere(Exception):  # not a refusal: it rolls the transaction back and leads on
    def __init__(self, page: str) -> None:
        super().__init__(page)
        self.page = page


def _shown(kernel: Kernel, session: Session, answer: Show, identity: Identity | None, secret: str | None) -> Response:
    given = secret or forms.new_secret()
    message = Message.of(request.cookies.get(MESSAGE_COOKIE))
    values = {
        **answer.values,
        "csrf": forms.token(given),
        "identity": identity,
        "message": message.value if message else None,
        "navigation": NAVIGATION + (ADMINISTRATION if identity and identity.administrator else ()),
        "revision": revision.current(session) if identity else None,
    }
    response = kernel.shared(Templates).response(answer.template, values, answer.status, connects=answer.connects)
    secure = kernel.settings.secure
    if given != secret:
        forms.set_cookie(response, forms.cookie_name(kernel.settings), given, secure=secure)
    if MESSAGE_COOKIE in request.cookies:
        response.delete_cookie(MESSAGE_COOKIE, path="/", secure=secure, httponly=True, samesite="Lax")
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def _gone(kernel: Kernel, answer: Go) -> Response:
    response, settings = _harden(redirect(answer.to, SEE_OTHER)), kernel.settings
    if answer.message is not None:
        forms.set_cookie(response, MESSAGE_COOKIE, answer.message.name, secure=settings.secure)
    if answer.token is not None:
        forms.set_cookie(response, cookie_name(settings), answer.token, secure=settings.secure)
    if answer.signed_out:
        name = cookie_name(settings)
        response.delete_cookie(name, path="/", secure=settings.secure, httponly=True, samesite="Lax")
    return response


def _sent(answer: Send) -> Response:
    response = _harden(Response(answer.pieces, content_type=answer.content_type))
    response.headers.set("Content-Disposition", "attachment", filename=answer.name)
    return response


def _harden(response: Any) -> Response:
    hardened: Response = response
    hardened.headers["Cache-Control"] = "no-store"
    return hardened


def problem_page(problem: Problem) -> Response:
    """Return the page of a refusal, for a person who is looking at an address outside the API."""
    back = problem.back if isinstance(problem, forms.FormRefused | forms.InputRefused) else f"{PREFIX}/"
    values = {"title": problem.title, "detail": problem.detail, "status": problem.status, "back": back}
    response = kernel_of_app().shared(Templates).response("problem.html", values, problem.status)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def home() -> Response:
    """Lead from the service's bare address to the console."""
    return _harden(redirect(f"{PREFIX}/", SEE_OTHER))

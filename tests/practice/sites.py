"""The two-host practice login as a WSGI application, and strangers' pages beside it.

One application serves every host and decides by the Host header, so that one server and one port are enough. It
remembers what each host was sent, because a test has to see what a page received and not only what it shows. The
names, the scheme and the port are the caller's: tests use `.test` names under TLS, the demo `*.localhost` without.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tests.practice import pages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FIRST_BRAND = "Example One Ads"
SECOND_BRAND = "Example Two ID"


class Handover(StrEnum):
    """How the first host passes the browser to the second."""

    SEE_OTHER = "see-other"  # the form's POST is answered by a 303 to the other host
    CHAIN = "chain"  # 303 to a page of the first host, which answers 302 to the other host
    SCRIPT = "script"  # a page that sets location
    POST = "post"  # a page whose hidden form posts itself
    REFRESH = "refresh"  # a page with a Refresh header


@dataclass(frozen=True)
class Received:
    """One value that a host was sent."""

    host: str
    name: str
    value: str


@dataclass
class PracticeLogin:
    """The login: two origins (`scheme://host[:port]`), and the values that are right."""

    first: str
    second: str
    username: str
    password: str
    received: list[Received] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI entry."""
        response = self._answer(Request(environ))
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def sent_to(self, host: str) -> list[Received]:
        """What the pages of `host` were sent, oldest first."""
        with self._lock:
            return [item for item in self.received if item.host == host]

    def forget(self) -> None:
        """Forget what was sent."""
        with self._lock:
            self.received.clear()

    def start_at(self, handover: Handover = Handover.SEE_OTHER) -> str:
        """The address at which a person begins."""
        return f"{self.first}/" if handover is Handover.SEE_OTHER else f"{self.first}/?handover={handover}"

    def _answer(self, request: Request) -> Response:
        host = urlsplit(f"//{request.host}").hostname or ""
        self._note(host, request)
        origin = f"{request.scheme}://{request.host}"
        if origin == self.first:
            return self._first(request)
        if origin == self.second:
            return self._second(request)
        if request.path == "/harvest":
            return Response(status=204)
        return _html(pages.imitation_page(SECOND_BRAND))

    def _first(self, request: Request) -> Response:
        username = request.values.get("username", "")
        there = f"{self.second}/password?{urlencode({'login': username})}"
        match request.method, request.path:
            case "GET", "/":
                return _html(pages.username_page(FIRST_BRAND, request.args.get("handover", Handover.SEE_OTHER)))
            case "POST", "/identify":
                return self._hand_over(request.form["handover"], username, there)
            case "GET", "/onward":
                return redirect(there, 302)
            case _:
                return Response("no such page", status=404)

    def _hand_over(self, handover: str, username: str, there: str) -> Response:
        match Handover(handover):
            case Handover.SEE_OTHER:
                return redirect(there, 303)
            case Handover.CHAIN:
                return redirect(f"/onward?{urlencode({'username': username})}", 303)
            case Handover.SCRIPT:
                return _html(pages.script_handover(there))
            case Handover.POST:
                return _html(pages.posting_handover(f"{self.second}/password", username))
            case Handover.REFRESH:
                return Response("One moment", headers={"Refresh": f"0; url={there}"}, mimetype="text/html")

    def _second(self, request: Request) -> Response:
        username = request.values.get("login", "")
        match request.method, request.path:
            case (("GET" | "POST"), "/password"):
                return _html(pages.password_page(SECOND_BRAND, username))
            case "POST", "/sign-in":
                return _html(
                    pages.outcome_page(
                        SECOND_BRAND,
                        username,
                        username_right=username == self.username,
                        password_right=request.form.get("password") == self.password,
                    )
                )
            case _:
                return Response("no such page", status=404)

    def _note(self, host: str, request: Request) -> None:
        with self._lock:
            self.received.extend(
                Received(host, name, value)
                for name, value in [*request.form.items(), *request.args.items()]
                if value and name in {"username", "login", "password"}
            )


def _html(text: str) -> Response:
    return Response(text, mimetype="text/html")

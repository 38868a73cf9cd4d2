"""Practice sites for what a person does every day: signing in by hand, signing up, and servers that ask by themselves.

One WSGI application answers for all hosts. It knows one right password, says when a login failed, and remembers the
`Authorization` headers that it was sent, because a test has to see what a server received.
"""

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tests.practice import oddities

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NONCE = "practice-nonce"


@dataclass
class Shop:
    """A shop whose login takes one page, and another whose login goes on at a second host.

    `second` is the origin of that host; `password` is the one that is right at both.
    """

    second: str
    username: str
    password: str
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Host, path and user of each `Authorization` header."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI entry."""
        response = self._answer(Request(environ))
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def users_at(self, path: str) -> list[str]:
        """Who was named to `path`, oldest first."""
        with self._lock:
            return [user for _, where, user in self.asked if where == path]

    def _answer(self, request: Request) -> Response:
        given = request.form.get("password", "")
        match request.method, request.path.strip("/").split("/")[0]:
            case "GET", "sign-in":
                return _login()
            case "POST", "sign-in":
                return redirect("/welcome", 303) if given == self.password else _login("That was wrong.")
            case "GET", "script":
                return _page("Sign in", SCRIPTED)
            case "GET", "two":
                return _page("Sign in", TWO)
            case "POST", "two":
                return redirect(f"{self.second}/password?{urlencode({'login': request.form['username']})}", 303)
            case "GET", "password":
                return _page("Password", SECOND)
            case "POST", "password":
                return redirect("/welcome", 303) if given == self.password else _page("Password", SECOND)
            case "GET", "sign-up":
                return _page("Create an account", SIGN_UP)
            case "POST", "sign-up":
                return redirect("/welcome", 303)
            case "GET", "odd":
                return _oddity(request.path.rpartition("/")[2])
            case "GET", "frames":
                return _page("Pictures", f"<h1>Pictures</h1><img alt='' src='{escape(request.args['of'])}'>")
            case "GET", ("basic" | "digest") as scheme:
                return self._private(request, scheme)
            case _:
                return _page("Welcome", "<h1 id=welcome>Welcome</h1>")

    def _private(self, request: Request, scheme: str) -> Response:
        """A page behind HTTP Basic (RFC 7617) or Digest (RFC 7616), each path a realm of its own."""
        given = request.authorization
        if given is not None:
            with self._lock:
                self.asked.append((request.host.split(":")[0], request.path, given.username or ""))
            if scheme == "basic" and (given.username, given.password) == (self.username, self.password):
                return _page("Private", "<h1 id=private>Private</h1>")
            if scheme == "digest" and given.response == self._digest(request.method, request.path):
                return _page("Private", "<h1 id=private>Private</h1>")
        response = Response("who are you?", status=401)
        more = {} if scheme == "basic" else {"nonce": NONCE, "algorithm": "MD5"}
        response.www_authenticate = WWWAuthenticate(scheme, {"realm": request.path, **more})
        return response

    def _digest(self, method: str, path: str) -> str:
        """RFC 2069's form, without `qop`: what a client answers is a function of nothing but what is known here."""
        return _md5(f"{_md5(f'{self.username}:{path}:{self.password}')}:{NONCE}:{_md5(f'{method}:{path}')}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


FIELDS = """<p><label>User name <input name=username autocomplete=username></label></p>
<p><label>Password <input name=password type=password autocomplete=current-password></label></p>"""
TWO = """<h1>Sign in</h1><form method=post action=/two><label>User name <input name=username autocomplete=username>
</label><button>Continue</button></form>"""
SECOND = """<h1>Enter your password</h1><form method=post action=/password><label>Password <input name=password
type=password autocomplete=current-password></label><button>Sign in</button></form>"""
SIGN_UP = """<h1>Create an account</h1><form method=post action=/sign-up>
<p><label>E-mail <input name=email type=email autocomplete=username></label></p>
<p><label>Choose a password <input id=fresh name=password type=password autocomplete=new-password
 passwordrules="minlength: 20; maxlength: 20; allowed: lower"></label></p>
<p><label>Repeat it <input id=again name=again type=password autocomplete=new-password></label></p>
<button>Create account</button></form>"""
SCRIPTED = f"""<h1>Sign in</h1><div id=box><form>{FIELDS}<button>Sign in</button></form></div><script>
document.forms[0].addEventListener("submit", (event) => {{
  event.preventDefault();
  setTimeout(() => {{ document.getElementById("box").innerHTML = "<h1 id=welcome>Welcome</h1>"; }}, 100);
}});</script>"""


def _oddity(name: str) -> Response:
    if name in oddities.LIBRARIES:
        return Response(oddities.LIBRARIES[name].read_bytes(), mimetype="text/javascript")
    return Response(oddities.page(name), mimetype="text/html")


def _login(words: str = "") -> Response:
    body = f"<h1>Sign in</h1><p id=words>{words}</p><form method=post action=/sign-in>{FIELDS}<button>Sign in</button>"
    return _page("Sign in", f"{body}</form>")


def _page(title: str, body: str) -> Response:
    head = f"<meta charset=utf-8><title>{title}</title><link rel=icon href=data:,>"
    return Response(f"<!doctype html>{head}<body style='font:16px sans-serif'>{body}", mimetype="text/html")

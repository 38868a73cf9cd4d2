"""Login shapes: how sites pass a browser on from the first address of a login to its last, as data.

Each shape is a handful of pages on loopback names, served over TLS by one application; nothing of it is shaped after
the code that walks it. `login` names the hosts on which a person meets a field of the login, in their order; `resolved`
those that can be found out without typing anything. Hosts go by letters: `a` is where every login begins.
"""

# ruff: noqa: E501 - a shape is best read in few lines
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOSTS = {
    "a": "ads.example-one.test",
    "b": "login.example-two.test",
    "c": "id.example-three.test",
    "d": "sso.example-four.test",
    "e": "tenant7.example-five.test",
    "f": "auth.example-six.test",
    "g": "accounts.example-one.test",  # of the same owner as `a`
    "h": "xn--bcher-kva.example-seven.test",
    "x": "login.examp1e-two.test",  # looks like `b`, and is somebody else's
}
UNKNOWN = "nowhere.example-eight.test"
"""A name that nobody answers for."""


@dataclass(frozen=True)
class Reply:
    """What a page answers; braces stand for the origins of the hosts."""

    body: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Shape:
    """A login.

    Args:
        name: Its name, which is also the first part of every path of it.
        pages: What is answered, by host and path below the name.
        login: The hosts with a field of the login, in the order in which a person meets them.
        resolved: The hosts beside the first one that the service can find by walking.
        end: Why the walk ends (the code of the service).
        look_alike: Whether the proposal must bear a warning and may never be taken by itself.
    """

    name: str
    pages: dict[str, Reply]
    login: str
    resolved: str
    end: str = "page"
    look_alike: bool = False


def go(to: str, status: int = 302, *headers: tuple[str, str]) -> Reply:
    """An HTTP redirect."""
    return Reply(status=status, headers=(("Location", to), *headers))


def page(body: str, *headers: tuple[str, str]) -> Reply:
    """An ordinary page."""
    return Reply(f"<!doctype html><title>A practice page</title>{body}", headers=headers)


def script(source: str) -> Reply:
    """A page with a script."""
    return page(f"<p>One moment</p><script>{source}</script>")


def meta(content: str) -> Reply:
    """A page with a `meta` refresh."""
    return page(f'<meta http-equiv="refresh" content="{escape(content)}"><p>One moment</p>')


def name_page(action: str, method: str = "post") -> Reply:
    """The page that asks who is there."""
    return page(
        f'<form method="{method}" action="{escape(action)}" id="login"><label for="username">User name</label>'
        '<input id="username" name="username" autocomplete="username" required><button>Continue</button></form>'
    )


PASSWORD = page(
    '<form method="post" action="done" id="login"><label for="password">Password</label>'
    '<input id="password" name="password" type="password" autocomplete="current-password" required>'
    "<button>Sign in</button></form>"
)
BOTH = page(
    '<form method="post" action="done" id="login"><label for="username">User name</label>'
    '<input id="username" name="username" autocomplete="username"><label for="password">Password</label>'
    '<input id="password" name="password" type="password" autocomplete="current-password"><button>Sign in</button></form>'
)


def posting(to: str, by: str = "<script>document.forms[0].submit()</script>", body: str = "") -> Reply:
    """A page whose hidden form posts itself, as SAML's POST binding does."""
    return page(
        f'<body {body}><form method="post" action="{escape(to)}"><input type="hidden" name="SAMLRequest" value="eA==">'
        f"<noscript><button>Continue</button></noscript></form>{by}"
    )


def _one_step(name: str, reply: Reply, **more: object) -> Shape:
    """A shape whose first address leads straight to the login page of another host."""
    values: dict[str, object] = {"login": "b", "resolved": "b"} | more
    return Shape(name, {"a/": reply, "b/password": BOTH, "b/done": page("<p>Done")}, **values)  # type: ignore[arg-type]


def _chain(name: str, letters: str) -> Shape:
    """HTTP redirects through several hosts to the login page of the last one."""
    pages = {f"{here}/step": go(f"{{{there}}}/{name}/step") for here, there in itertools.pairwise(letters)}
    pages[f"{letters[-1]}/step"] = BOTH
    pages["a/"] = pages.pop("a/step")
    return Shape(name, pages, login=letters[-1], resolved=letters[-1])


def _to(name: str, letter: str = "b") -> str:
    return f"{{{letter}}}/{name}/password"


def _all() -> Iterable[Shape]:
    for status in (301, 302, 303, 307, 308):
        yield _one_step(f"http-{status}", go(_to(f"http-{status}"), status))
    yield _one_step("refresh-header", page("<p>One moment", ("Refresh", f"0; url={_to('refresh-header')}")))
    yield _one_step(
        "refresh-header-quoted", page("<p>One moment", ("Refresh", f"1;URL='{_to('refresh-header-quoted')}'"))
    )
    yield _one_step("meta", meta(f"0;url={_to('meta')}"))
    yield _one_step("meta-quoted", meta(f"3; URL='{_to('meta-quoted')}'"))
    yield _one_step("meta-upper-case", page(f'<META HTTP-EQUIV="Refresh" CONTENT="0;URL={_to("meta-upper-case")}">'))
    scripts = {
        "script-location": 'location = "%s";',
        "script-window": "window.location = '%s'",
        "script-href": 'window.location.href="%s";',
        "script-document": 'document.location.href = "%s"',
        "script-replace": 'location.replace("%s")',
        "script-assign": "self.location.assign('%s');",
        "script-timer": 'setTimeout(function () { location.href = "%s"; }, 50);',
        "script-arrow": 'setTimeout(() => { location.replace("%s") }, 50);',
        "script-loaded": 'window.onload = function () { location = "%s" };',
        "script-ready": 'document.addEventListener("DOMContentLoaded", () => { location.href = "%s"; });',
        "script-at-once": '(function () { "use strict"; top.location.href = "%s"; })();',
    }
    for name, source in scripts.items():
        yield _one_step(name, script(source % _to(name)))
    for name, reply in {
        "form-get": name_page(_to("form-get"), "get"),
        "form-post": name_page(_to("form-post")),
        "form-both": Reply(BOTH.body.replace('action="done"', f'action="{_to("form-both")}"')),
        "saml-post": posting(_to("saml-post")),
        "saml-onload": posting(_to("saml-onload"), by="", body='onload="document.forms[0].submit()"'),
    }.items():
        login = "b" if name.startswith("saml") else "ab"
        yield _one_step(name, reply, login=login, end="page" if name == "form-get" else "post")
    for name, letters in {
        "chain-2": "ab", "chain-3": "acb", "chain-4": "acdb", "chain-5": "acdeb", "chain-6": "acdefb", "chain-same-owner": "agb",
    }.items():  # fmt: skip
        yield _chain(name, letters)
    yield Shape(
        "mixed", {"a/": go("/mixed/next"), "a/next": meta("0;url={c}/mixed/step"),
                  "c/step": script('location.replace("{d}/mixed/step")'),
                  "d/step": page("<p>One moment", ("Refresh", "0; url={b}/mixed/password")), "b/password": BOTH},
        login="b", resolved="b",
    )  # fmt: skip
    yield Shape(
        "saml-behind-redirect", {"a/": go("{c}/saml-behind-redirect/idp"), "c/idp": posting(_to("saml-behind-redirect")),
                                 "b/password": BOTH}, login="b", resolved="b", end="post",
    )  # fmt: skip
    yield from _typed()
    yield from _addresses()
    yield from _without()


def _typed() -> Iterable[Shape]:
    """What is learnt only by typing: browsers see it, a walk does not."""
    after_name = {
        "name-then-303": go("{b}/name-then-303/password", 303),
        "name-then-307": go("{b}/name-then-307/password", 307),
        "name-then-meta": meta("0;url={b}/name-then-meta/password"),
        "name-then-script": script('location.href = "{b}/name-then-script/password"'),
        "name-then-post": posting("{b}/name-then-post/password"),
        "name-then-refresh": page("<p>One moment", ("Refresh", "0;url={b}/name-then-refresh/password")),
    }
    for name, reply in after_name.items():
        yield Shape(
            name,
            {"a/": name_page(f"/{name}/identify"), "a/identify": reply, "b/password": PASSWORD},
            login="ab",
            resolved="",
        )
    yield Shape(
        "three-pages", {"a/": name_page("/three-pages/identify"), "a/identify": go("{b}/three-pages/password", 303),
                        "b/password": PASSWORD, "b/done": go("{c}/three-pages/code"),
                        "c/code": page('<form><input name="otp" autocomplete="one-time-code" inputmode="numeric"></form>')},
        login="abc", resolved="",
    )  # fmt: skip
    yield Shape(
        "walk-then-name", {"a/": go("{c}/walk-then-name/who"), "c/who": name_page("/walk-then-name/identify"),
                           "c/identify": go("{b}/walk-then-name/password", 303), "b/password": PASSWORD},
        login="cb", resolved="c",
    )  # fmt: skip
    yield Shape(
        "new-tab", {"a/": page('<a id="go" target="_blank" href="{b}/new-tab/password">Sign in</a>'), "b/password": BOTH},
        login="b", resolved="",
    )  # fmt: skip
    opens = "<button id=go onclick=\"window.open('{b}/window-open/password')\">Sign in</button>"
    yield Shape("window-open", {"a/": page(opens), "b/password": BOTH}, login="b", resolved="")
    yield Shape(
        "frame", {"a/": page('<iframe src="{b}/frame/password" width="400" height="300"></iframe>'), "b/password": BOTH},
        login="b", resolved="",
    )  # fmt: skip
    yield Shape(
        "link", {"a/": page('<a id="go" href="{b}/link/password">Sign in</a>'), "b/password": BOTH}, login="b", resolved="",
    )  # fmt: skip


def _addresses() -> Iterable[Shape]:
    yield Shape("relative-next", {"a/": go("next?to=there"), "a/next": go("../relative-next/on"), "a/on": go(_to("relative-next")),
                                  "b/password": BOTH}, login="b", resolved="b")  # fmt: skip
    yield Shape(
        "without-scheme", {"a/": go("{//b}/without-scheme/password"), "b/password": BOTH}, login="b", resolved="b"
    )
    yield Shape("base", {"a/": page('<base href="{b}/base/"><meta http-equiv="refresh" content="0;url=password">'),
                         "b/password": BOTH}, login="b", resolved="b")  # fmt: skip
    yield Shape("unicode-host", {"a/": go("{h}/unicode-host/password"), "h/password": BOTH}, login="h", resolved="h")
    yield Shape("query", {"a/": go("{b}/query/password?client=7&state=secret-of-this-login"), "b/password": BOTH},
                login="b", resolved="b")  # fmt: skip
    yield Shape(
        "tenant-path", {"a/": go("{b}/tenant-path/7f3a/authorize"), "b/7f3a/authorize": BOTH}, login="b", resolved="b"
    )
    yield Shape("tenant-host", {"a/": go("{d}/tenant-host/discover"), "d/discover": go("{e}/tenant-host/login"),
                                "e/login": BOTH}, login="e", resolved="e")  # fmt: skip
    yield Shape("cookie-check", {"a/": go("/cookie-check/", 302, ("Set-Cookie", "seen=1; Path=/; Secure")),
                                 "a/+cookie": go(_to("cookie-check")), "b/password": BOTH}, login="b", resolved="b")  # fmt: skip
    yield Shape("open-redirect", {"a/": go("/open-redirect/out?u=elsewhere"), "a/out": go("{x}/open-redirect/password"),
                                  "x/password": BOTH}, login="x", resolved="x", look_alike=True)  # fmt: skip
    yield Shape("typed-redirect", {"a/": name_page("/typed-redirect/out?u=elsewhere"), "a/out": go("{x}/typed-redirect/password"),
                                   "x/password": BOTH}, login="ax", resolved="", look_alike=True)  # fmt: skip


def _without() -> Iterable[Shape]:
    """What must give no proposal."""
    yield Shape("loop-itself", {"a/": go("/loop-itself/")}, "", "", "loop")
    yield Shape("loop-two", {"a/": go("{b}/loop-two/back"), "b/back": go("{a}/loop-two/")}, "", "", "loop")
    yield Shape("loop-script", {"a/": script('location = "{b}/loop-script/back"'), "b/back": meta("0;url={a}/loop-script/")},
                "", "", "loop")  # fmt: skip
    long = {f"{'ab'[n % 2]}/{n}": go(f"{{{'ab'[(n + 1) % 2]}}}/too-long/{n + 1}") for n in range(1, 30)}
    yield Shape("too-long", {"a/": go("{b}/too-long/1"), **long, "b/30": BOTH}, "", "", "hops")
    yield Shape("dead-end", {"a/": go("{b}/dead-end/gone"), "b/gone": Reply("gone", 404)}, "", "", "status")
    yield Shape("error", {"a/": go("{b}/error/broken"), "b/broken": Reply("broken", 500)}, "", "", "status")
    yield Shape("nobody", {"a/": go(f"https://{UNKNOWN}/nobody/")}, "", "", "name")
    yield Shape("downgrade", {"a/": go("http://login.example-two.test/downgrade/password")}, "", "", "downgrade")
    yield Shape("other-scheme", {"a/": go("wayfill-app://open")}, "", "", "invalid")
    yield Shape("inner", {"a/": go("https://127.0.0.1/inner/")}, "", "", "address")
    yield Shape("slow-refresh", {"a/": meta("300;url={b}/slow-refresh/out")}, "", "")
    yield Shape("newsletter", {"a/": page('<form method="post" action="{b}/newsletter/subscribe" class="newsletter">'
                                          '<input type="email" name="email"><button>Subscribe</button></form>'),
                               "b/subscribe": page("<p>Thanks")}, "", "")  # fmt: skip
    yield Shape(
        "search", {"a/": page('<form action="{b}/search/find"><input name="q"></form>'), "b/find": page("")}, "", ""
    )
    yield Shape(
        "not-called", {"a/": script('function leave() { location = "{b}/not-called/out"; }'), "b/out": page("")}, "", ""
    )
    yield Shape("on-condition", {"a/": script('if (window.never) location.href = "{b}/on-condition/out";')}, "", "")
    yield Shape("put-together", {"a/": script('location.href = "{b}/put-together/" + document.title;')}, "", "")
    yield Shape("in-a-comment", {"a/": page('<!-- <meta http-equiv="refresh" content="0;url={b}/x"> --><script>'
                                            '/* location = "{b}/y" */ // location = "{b}/z"\n</script>')}, "", "")  # fmt: skip
    yield Shape(
        "document", {"a/": go("{b}/document/file"), "b/file": Reply("%PDF", kind="application/pdf")}, "", "", "file"
    )


SHAPES: tuple[Shape, ...] = tuple(_all())


class ShapeSites:
    """Every host of every shape as one WSGI application; `port` is where it is served."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []
        """Host and path of every request, in their order."""
        self._by_name = {shape.name: shape for shape in SHAPES}
        self._letters = {name: letter for letter, name in HOSTS.items()}

    def origin(self, letter: str) -> str:
        """The origin of a host."""
        return f"https://{HOSTS[letter]}:{self.port}"

    def start(self, shape: Shape) -> str:
        """The address at which a login begins."""
        return f"{self.origin('a')}/{shape.name}/"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI entry."""
        request = Request(environ)
        response = self._answer(request)
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        self.asked.append(f"{request.host.partition(':')[0]}{request.path}")
        name, _, path = request.path.lstrip("/").partition("/")
        shape = self._by_name.get(name)
        letter = self._letters.get(request.host.partition(":")[0])
        if shape is None or letter is None:
            return Response("no such page", 404)
        place = f"{letter}/{path}"
        reply = shape.pages.get(f"{place}+cookie") if request.cookies else None
        reply = reply or shape.pages.get(place)
        if reply is None and path == "done":
            reply = page("<h1>Signed in</h1>")
        if reply is None:
            return Response("no such page", 404)
        headers = [(key, self._filled(value)) for key, value in reply.headers]
        return Response(self._filled(reply.body), reply.status, headers, content_type=reply.kind)

    def _filled(self, text: str) -> str:
        for letter in HOSTS:
            text = text.replace(f"{{{letter}}}", self.origin(letter))
            text = text.replace(f"{{//{letter}}}", self.origin(letter).removeprefix("https:"))
        return text

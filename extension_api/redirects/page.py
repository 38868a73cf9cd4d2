"""What a page says about where its login goes on: read off the HTML, never run.

The parser is justhtml: the HTML standard's own algorithm in plain Python. A parser in C would be faster, but what is
read here is chosen by strangers and read in the process that holds the master key; the standard library's needs time
that grows with the square of some pages. One page is read at a time, so that a heavy one takes its turn with the
requests that are being answered, not all the turns.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, cast

from justhtml import stream

from extension_api.redirects import script
from extension_api.redirects.steps import How

LONGEST_DELAY: Final = 10.0
"""Seconds; a page that goes on later than that is one where a person does something."""
SCRIPTS_READ: Final = 256 * 1024
"""Characters of a page's scripts that are looked at."""
REFRESH: Final = re.compile(r"\s*([0-9]*\.?[0-9]*)[\s;,]*(?:url\s*=\s*)?(.*)", re.IGNORECASE | re.DOTALL)
NAMES: Final = re.compile(
    r"\A(?:user|user.?(?:name|id)|login|login.?(?:name|id|email)|email|e-mail|identifier|account|account.?name|loginfmt|"
    r"userid|uid)\Z",
    re.IGNORECASE,
)
LOGIN: Final = re.compile(r"login|log-in|signin|sign-in|sign_in|auth|sso|saml|account|password|identif", re.IGNORECASE)
NO_LOGIN: Final = re.compile(r"newsletter|subscri|search|sign-?_?up|register|contact", re.IGNORECASE)
NOTHING_TYPED: Final = frozenset({"hidden", "submit", "button", "image", "reset"})
_one_at_a_time: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a page goes on to.

    Args:
        address: As it is written there.
        how: By what.
        posted: Whether a browser would post a form there.
    """

    address: str
    how: How
    posted: bool = False


@dataclass(slots=True)
class Form:
    """A form, as far as it matters."""

    action: str
    posted: bool
    words: str
    password: bool = False
    username: bool = False
    typed: bool = False
    hidden: bool = False

    @property
    def is_login(self) -> bool:
        """Whether it asks for a password, or for a name where it says that it is a login."""
        named = LOGIN.search(self.words) and not NO_LOGIN.search(self.words)
        return self.password or (self.username and bool(named))


@dataclass(slots=True)
class Page:
    """What was found on a page.

    Args:
        base: The `href` of its `base` element.
        forms: Its forms.
        onward: Where it goes on to by itself, by script or `meta`, the first that is found.
        submits: Whether a script submits a form.
        asks: Whether it has a field of a login.
    """

    base: str | None = None
    forms: list[Form] = field(default_factory=list)
    onward: Onward | None = None
    submits: bool = False
    asks: bool = False


def refresh(value: str) -> str | None:
    """Return the address of a `Refresh` header or `meta` that goes elsewhere soon, as browsers read it."""
    match = REFRESH.fullmatch(value)
    if match is None or not match[1] or float(match[1].strip(".") or "0") > LONGEST_DELAY:
        return None
    address = match[2].strip()
    if address[:1] in ("'", '"'):
        address = address[1:].partition(address[0])[0]
    return address or None


def read(body: bytes, charset: str | None) -> Page:
    """Read a page.

    Args:
        body: The page.
        charset: What its header says of its letters.
    """
    with _one_at_a_time:
        return _Reading().of(stream(body, encoding=charset))


class _Reading:
    """One page, element by element."""

    def __init__(self) -> None:
        self.page = Page()
        self._form: Form | None = None
        self._script: list[str] | None = None
        self._templates = 0
        self._left = SCRIPTS_READ
        self._meta: Onward | None = None

    def of(self, events: Iterable[tuple[str, object]]) -> Page:
        for kind, data in events:
            if kind == "start":
                name, attributes = cast("tuple[str, dict[str, str | None]]", data)
                self._start(name, {key: value or "" for key, value in attributes.items()})
            elif kind == "end":
                self._end(str(data))
            elif kind == "text" and self._script is not None:
                self._script.append(str(data))
        # A script runs where it stands; a `meta` waits until the page is there.
        self.page.onward = self.page.onward or self._meta
        return self.page

    def _start(self, name: str, given: dict[str, str]) -> None:
        if name == "template":
            self._templates += 1
        if self._templates:
            return
        if name == "base" and self.page.base is None and "href" in given:
            self.page.base = given["href"]
        elif name == "meta" and given.get("http-equiv", "").strip().lower() == "refresh" and self._meta is None:
            address = refresh(given.get("content", ""))
            self._meta = Onward(address, How.META) if address else None
        elif name == "script" and "src" not in given and _is_javascript(given.get("type", "")):
            self._script = []
        elif name == "body" and script.submits(given.get("onload", "")[:SCRIPTS_READ]):
            self.page.submits = True
        elif name == "form":
            words = " ".join(
                (given.get("action", ""), given.get("id", ""), given.get("name", ""), given.get("class", ""))
            )
            self._form = Form(given.get("action", ""), given.get("method", "").strip().lower() == "post", words)
            self.page.forms.append(self._form)
        elif name == "input":
            self._input(given)

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text").strip().lower()
        hint = given.get("autocomplete", "").lower().split()
        password = kind == "password" and "new-password" not in hint
        username = kind in ("text", "email", "tel", "") and (
            "username" in hint or any(NAMES.match(given.get(key, "")) for key in ("name", "id"))
        )
        self.page.asks = self.page.asks or password or ("username" in hint)
        if self._form is not None:
            self._form.password = self._form.password or password
            self._form.username = self._form.username or username
            self._form.typed = self._form.typed or kind not in NOTHING_TYPED
            self._form.hidden = self._form.hidden or kind == "hidden"
            self.page.asks = self.page.asks or self._form.is_login

    def _end(self, name: str) -> None:
        if name == "template" and self._templates:
            self._templates -= 1
        elif name == "form":
            self._form = None
        elif name == "script" and self._script is not None:
            source = "".join(self._script)[: self._left]
            self._left -= len(source)
            self._script = None
            self.page.submits = self.page.submits or script.submits(source)
            address = script.onward(source) if self.page.onward is None else None
            if address is not None:
                self.page.onward = Onward(address, How.SCRIPT)


def _is_javascript(kind: str) -> bool:
    return kind.strip().lower() in ("", "text/javascript", "application/javascript", "module")

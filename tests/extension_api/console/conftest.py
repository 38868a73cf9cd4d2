"""A visitor: somebody's browser as far as the console sees it, with its own cookies, and what stands on a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from extension_api.accounts.models import Account
from extension_api.kernel import Kernel
from extension_api.sessions import service as sessions
from extension_api.sessions.models import Kind

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)


@dataclass
class Html(HTMLParser):
    """The elements of a page in their order; the text of each holds that of the elements inside it."""

    source: str
    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    VOID: ClassVar = frozenset({"meta", "link", "input", "img", "br", "!doctype"})

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in self.VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.elements if e.tag == tag and wanted.items() <= e.attributes.items()]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of <{tag} {attributes}> in:\n{self.source}"
        return found[0]

    def fields(self, action: str) -> dict[str, Any]:
        """Return what the form that leads to `action` would send as it stands, hidden fields included.

        What is there more than once is a list.
        """
        start = self.elements.index(self.one("form", method="post", action=action))
        found: dict[str, Any] = {}
        selecting = ""
        for element in self.elements[start + 1 :]:
            name, kind = element.get("name") or "", element.get("type")
            if element.tag == "form":
                break
            if element.tag == "select":
                selecting = name
            elif element.tag == "option" and "selected" in element.attributes:
                found[selecting] = element.attributes["value"]
            elif element.tag == "textarea":
                # The first line break belongs to the markup (HTML, "in body" insertion mode).
                found[name] = element.text.removeprefix("\n")
            elif element.tag == "input" and kind == "hidden" and name in found:
                before = found[name]
                found[name] = [*(before if isinstance(before, list) else [before]), element.get("value") or ""]
            elif element.tag == "input" and (kind not in ("checkbox", "radio") or "checked" in element.attributes):
                found[name] = element.get("value") or ""
        return found

    @property
    def text(self) -> str:
        return " ".join(self.one("body").text.split())

    @property
    def token(self) -> str:
        return self.all("input", name="csrf")[0].attributes["value"]


@dataclass
class Visitor:
    """One browser."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)

    def page(self, path: str) -> Html:
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.location)
        return Html(answer.text)

    def post(self, path: str, *, form: str, **fields: str) -> TestResponse:
        """Send a form as the page `form` holds its token."""
        return self.send(path, fields | {"csrf": self.page(form).token})

    def submit(self, page: str, action: str = "", **changes: str | None) -> TestResponse:
        """Send the form of a page that leads to `action`, or to the page itself, with these changes; `None` unticks."""
        sent = self.page(page).fields(action or page) | changes
        return self.send(action or page, {name: value for name, value in sent.items() if value is not None})

    def send(self, path: str, fields: Mapping[str, Any], headers: Mapping[str, str] = NOTHING) -> TestResponse:
        """Send a form with exactly these fields."""
        given = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin", "User-Agent": FIREFOX}
        return self.client.post(path, data=fields, headers={**given, **headers})


Visitors: TypeAlias = Callable[..., Visitor]


@pytest.fixture
def visitor(app: Flask, kernel: Kernel) -> Visitors:
    """Make a browser, in which an account is signed in if one is given."""

    def make(account: Account | None = None) -> Visitor:
        client = app.test_client()
        if account is not None:
            with kernel.database.writing() as session:
                tokens = sessions.begin(
                    session,
                    account,
                    kind=Kind.CONSOLE,
                    device="Firefox on Linux",
                    address="127.0.0.1",
                    now=kernel.clock.now(),
                )
            client.set_cookie(sessions.cookie_name(kernel.settings), tokens.access)
        return Visitor(client)

    return make

"""The labelled pages, as a browser may be given them: without their labels, each under a neutral host of its own.

The pages are other people's and lie beside the repository, never in it. Nothing of a page but its number and what went
wrong there may be kept.
"""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/forms"
LABEL = re.compile(r"""\sdata-manual-[a-z-]+(=("[^"]*"|'[^']*'|[^\s>]*))?""")


@dataclass(frozen=True)
class Form:
    """A login form of the answer key: places among the page's inputs."""

    user: frozenset[int]
    secret: frozenset[int]


@dataclass(frozen=True)
class Labelled:
    """One page and its answer key."""

    number: int
    kind: str
    forms: tuple[Form, ...]
    new: frozenset[int]
    search: frozenset[int]
    markup: str

    @property
    def host(self) -> str:
        """A name that says nothing of the site."""
        return f"p{self.number:04}.example-site-{self.number:04}.test"


def available() -> bool:
    """Whether the pages are there."""
    return (FOLDER / "expected.json").is_file()


def pages() -> list[Labelled]:
    """All labelled pages but those that the answer key leaves out, in the key's order; a page's number is its row."""
    rows = json.loads((FOLDER / "expected.json").read_text())
    return [_page(number, row) for number, row in enumerate(rows, 1) if row["kind"] != "excluded"]


def _page(number: int, row: dict[str, Any]) -> Labelled:
    markup = LABEL.sub("", (FOLDER / row["file"]).read_text(errors="replace"))
    if "title" in row and "<title" not in markup.lower():
        markup = f"<!doctype html><title>{html.escape(row['title'])}</title>{markup}"
    return Labelled(
        number=number,
        kind=row["kind"],
        forms=tuple(Form(frozenset(form["user"]), frozenset(form["pass"])) for form in row.get("forms", [])),
        new=frozenset(row["new"]),
        search=frozenset(row["search"]),
        markup=markup,
    )


@dataclass(frozen=True)
class LabelledSites:
    """Serves every page at every path of its host; what else a host is asked for is not there."""

    by_host: dict[str, Labelled]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI entry."""
        request = Request(environ)
        page = self.by_host.get(request.host.partition(":")[0])
        if page is None or request.path != "/":
            return Response(status=404)(environ, start_response)
        return Response(page.markup, content_type="text/html; charset=utf-8")(environ, start_response)

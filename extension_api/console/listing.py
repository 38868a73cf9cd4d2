"""Where a page of a list begins and where the next one does, for lists that are paged by key (see `paging.py`)."""

from typing import Any, Final
from urllib.parse import urlencode

from extension_api import paging
from extension_api.console.pages import Visit
from extension_api.errors import InvalidRequest, NotFound
from extension_api.paging import Cursor, Page

LONGEST_SEARCH: Final = 200


def after(visit: Visit, name: str = "after") -> Cursor | None:
    """Return where the page that is asked for begins, or `None` for the first.

    Args:
        visit: The visit.
        name: What the cursor is called in the query, where a page shows several lists.

    Raises:
        NotFound: It is none that a page of this console was given.
    """
    try:
        return paging.read(visit.request.args.get(name, ""))
    except InvalidRequest:
        raise NotFound from None


def search(visit: Visit) -> str:
    """Return what is looked for."""
    return visit.request.args.get("q", "").strip()[:LONGEST_SEARCH]


def more(page: Page[Any], name: str = "after", **query: str) -> str:
    """Return the query of the next page, or nothing if there is none.

    Args:
        page: The page that is shown.
        name: What the cursor is called in the query.
        query: What else is asked for.
    """
    following = paging.written(page.next)
    if following is None:
        return ""
    return "?" + urlencode({key: value for key, value in query.items() if value} | {name: following})

"""Pages by key: a page is found through an index from where the last one ended, never by counting rows.

A cursor is opaque to callers, but no secret and no right: it holds the sort key of a row that its caller was shown, and
the query that it continues checks their rights anew.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_

from extension_api.errors import InvalidRequest
from extension_api.plain_text import unkeepable

RowT = TypeVar("RowT")
Cursor = tuple[str, UUID]
"""Text and id of the last row of a page."""
NumberedCursor = tuple[Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)], str]
"""Number and text of the last row of a page."""
CURSOR_LENGTH: Final = 2_000
"""Characters; the longest text that rows are sorted by has 200, each up to 4 bytes of UTF-8."""
PAGE: Final = 50
LONGEST_PAGE: Final = 200
After = Annotated[str, msgspec.Meta(max_length=CURSOR_LENGTH)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_PAGE)]


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Some rows, and where to go on.

    Args:
        rows: The rows.
        next: The cursor of the next page, or `None` if this is the last one.
    """

    rows: Sequence[RowT]
    next: Cursor | None


def page(rows: Sequence[RowT], limit: int, key: Callable[[RowT], Cursor]) -> Page[RowT]:
    """Cut a page off `rows`, of which one more than `limit` was asked for."""
    shown = rows[:limit]
    return Page(shown, key(shown[-1]) if len(rows) > limit else None)


def beyond(text: SQLColumnExpression[str], row_id: SQLColumnExpression[UUID], after: Cursor) -> ColumnElement[bool]:
    """Return the condition for what follows `after` in the order of `text`, then `row_id`."""
    # The first term alone lets the database begin its walk of the index at the right place.
    return and_(text >= after[0], or_(text > after[0], row_id > after[1]))


def written(cursor: tuple[object, object] | None) -> str | None:
    """Return a cursor as callers get it."""
    if cursor is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read(text: str) -> Cursor | None:
    """Return the cursor that `written` made this text of; `None` of an empty text.

    Raises:
        InvalidRequest: It is no such text.
    """
    cursor: Cursor | None = _decoded(text, Cursor) if text else None
    return cursor


def read_numbered(text: str) -> NumberedCursor | None:
    """Return the cursor that `written` made this text of, for rows that are sorted by a number first.

    Raises:
        InvalidRequest: It is no such text.
    """
    cursor: NumberedCursor | None = _decoded(text, NumberedCursor) if text else None
    return cursor


def _decoded(text: str, kind: Any) -> Any:
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(decoded, type=kind)
        if unkeepable(cursor):
            raise ValueError("no row is sorted there")
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise InvalidRequest("`after` is not the `next` of a page of this list.") from None
    return cursor

"""What one record is in every match table that it is in: its lines, made once for as long as its links stay the same.

The place of a link among all is the same in everybody's table: it follows from when its record was made and from its
place in the record. So a table is put together of pieces, and two workers that do so write the same bytes.
"""

import functools
import logging
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from matcher import InvalidLink, Link, Strategy, lines_of

EPOCH: Final = 1_577_836_800
"""The first second of 2020, so that places stay short."""
PLACES: Final = 512
"""Of one record; more than it may have links."""
KEPT: Final = 50_000
"""Records whose pieces are kept in one process."""
Row: TypeAlias = tuple[UUID, str, str, bool, str | None]
"""A link as it is stored: id, address, strategy, veto, expression."""
log = logging.getLogger("wayfill")


@dataclass(frozen=True, slots=True)
class Piece:
    """One record's part of a match table.

    Args:
        lines: Its lines of the table's JSON.
        cuts: Public suffixes that a table with it must know of.
        links: Its links with their places.
        ids: The ids of those that can match.
    """

    lines: tuple[str, ...]
    cuts: tuple[str, ...]
    links: tuple[tuple[int, Link], ...]
    ids: tuple[tuple[Link, UUID], ...]


@functools.lru_cache(maxsize=KEPT)
def piece(record: str, created_at: int, rows: tuple[Row, ...]) -> Piece:
    """Return a record's piece.

    Args:
        record: Its id, as tables name it.
        created_at: When it was made, in seconds since the epoch.
        rows: Its links in their order.
    """
    first, links, ids = max(0, created_at - EPOCH) * PLACES, [], []
    for place, (link_id, url, strategy, veto, expression) in enumerate(rows, first):
        try:
            link = Link(record, url, Strategy(strategy), veto, expression)
        except InvalidLink as error:
            # A newer list of suffixes may refuse what was once a good link; that must not take the others with it.
            log.warning("A link of record %s is left out: %s", record, error)
            continue
        links.append((place, link))
        if not veto:
            ids.append((link, link_id))
    lines, cuts = lines_of((link for _, link in links), (place for place, _ in links))
    return Piece(tuple(lines), tuple(cuts), tuple(links), tuple(ids))

"""A person's match table, kept by (person, revision): links that they may fill, and affiliations that hold for those.

The revision is read in the same transaction as the links, so a table is never older than the number it is kept under,
and every worker sees a change at its next request without being told. The cache is bounded and holds no secret.
"""

import functools
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from extension_api.matching import changes, pins
from extension_api.matching.changes import Point
from extension_api.matching.neighbours import Neighbours
from extension_api.matching.pieces import Piece, Row, piece
from extension_api.matching.pins import PagePins
from extension_api.permissions import Identity, Permission
from extension_api.redirects import affiliations
from extension_api.vault import access
from extension_api.vault.models import LinkRow, Record
from matcher import Affiliations, Link, MatchTable, compose, cuts_of, suffixes

LinkKey: TypeAlias = tuple[str, str, str, str | None]
CACHED_PEOPLE: Final = 512
"""People whose tables are kept in one process; the least recently used goes first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person is shown of a record that they may fill."""

    title: str
    username: str
    may_edit: bool
    pins: tuple[PagePins, ...] = ()


class PersonalTable:
    """The match table of one person at one revision.

    Args:
        revision: What it was made at.
        records: What is shown of each record, by its id as the table knows it, in the order of the table.
        pieces: Each record's part of the table.
        groups: The affiliations that hold for these records.
    """

    def __init__(
        self, revision: int, records: dict[str, Shown], pieces: dict[str, Piece], groups: Affiliations
    ) -> None:
        self.revision = revision
        self.records = records
        self.pieces = pieces
        self.groups = groups

    @functools.cached_property
    def table(self) -> MatchTable:
        """The compiled links; compiled when the first page is held against them."""
        placed = [each for piece in self.pieces.values() for each in piece.links]
        return MatchTable.compile(
            (link for _, link in placed), self.groups, revision=self.revision, orders=(place for place, _ in placed)
        )

    @functools.cached_property
    def json(self) -> bytes:
        """The table as the extension takes it."""
        lines = sorted(line for piece in self.pieces.values() for line in piece.lines)
        return compose(lines, self.cuts, self.groups, self.revision, suffixes.current().date)

    @functools.cached_property
    def cuts(self) -> list[str]:
        """The public suffixes that it must know of."""
        cuts = {cut for piece in self.pieces.values() for cut in piece.cuts}
        return sorted(cuts.union(cuts_of(self.groups)))

    @functools.cached_property
    def link_ids(self) -> dict[LinkKey, UUID]:
        """The id of each link that can match, by record, address, strategy and expression."""
        return {_key(link): link_id for piece in self.pieces.values() for link, link_id in piece.ids}

    @functools.cached_property
    def neighbours(self) -> Neighbours:
        """The same links by what their hosts look like."""
        return Neighbours(self.link_ids)

    def id_of(self, link: Link) -> UUID:
        """Return the id of a link that this table gave."""
        return self.link_ids[_key(link)]


@dataclass(frozen=True, slots=True)
class _Kept:
    at: Point
    personal: PersonalTable


class TableCache:
    """The tables of the people who asked lately."""

    def __init__(self) -> None:
        self._tables: OrderedDict[UUID, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, identity: Identity, now: Point) -> PersonalTable | None:
        """Return the caller's table if it is kept and nothing was changed since."""
        kept = self._tables.get(identity.account_id)
        return kept.personal if kept is not None and kept.at == now else None

    def of(self, session: Session, identity: Identity) -> PersonalTable:
        """Return the caller's table as this transaction sees it; its revision is that of the last change to it.

        Args:
            session: A transaction.
            identity: The caller.
        """
        now = changes.now(session)
        with self._lock:
            kept = self._tables.get(identity.account_id)
            if kept is not None and kept.at == now:
                self._tables.move_to_end(identity.account_id)
                return kept.personal
        made = _advanced(session, identity, kept, now)
        with self._lock:
            newest = self._tables.get(identity.account_id)
            if newest is kept or newest is None or newest.at.revision <= now.revision:
                self._tables[identity.account_id] = _Kept(now, made)
                self._tables.move_to_end(identity.account_id)
            while len(self._tables) > CACHED_PEOPLE:
                self._tables.popitem(last=False)
        return made


def _advanced(session: Session, identity: Identity, kept: _Kept | None, now: Point) -> PersonalTable:
    """Return a table at `now`, of the one that is kept and what was changed since where that is possible."""
    found = None if kept is None else changes.between(session, identity, kept.at, now)
    if kept is None or found is None:
        return compile_for(session, identity, now.revision)
    if found.nothing:
        return kept.personal
    fresh = compile_for(session, identity, now.revision, only=found.records)
    touched = {str(each) for each in found.records}
    records = {key: shown for key, shown in kept.personal.records.items() if key not in touched} | fresh.records
    pieces = {key: piece for key, piece in kept.personal.pieces.items() if key not in touched} | fresh.pieces
    same = records.keys() == kept.personal.records.keys()
    groups = kept.personal.groups if same else _groups(session, records)
    return PersonalTable(now.revision, records, pieces, groups)


def compile_for(
    session: Session, identity: Identity, at: int, *, only: Collection[UUID] | None = None
) -> PersonalTable:
    """Make the caller's table.

    Args:
        session: The transaction that `at` was read in.
        identity: The caller.
        at: The revision.
        only: Of which records alone, without affiliations.
    """
    wanted = access.fillable_by(identity)
    if only is not None:
        wanted = and_(wanted, Record.id.in_(only))
    found = session.execute(
        select(Record.id, Record.list_id, Record.title, Record.username, Record.created_at)
        .where(wanted)
        .order_by(Record.created_at, Record.id)
    ).all()
    holdings = access.holdings(session, identity)
    rows: dict[UUID, list[Row]] = defaultdict(list)
    for record_id, *row in session.execute(
        select(LinkRow.record_id, LinkRow.id, LinkRow.url, LinkRow.strategy, LinkRow.veto, LinkRow.expression)
        .join(Record, Record.id == LinkRow.record_id)
        .where(wanted)
        .order_by(LinkRow.record_id, LinkRow.position)
    ):
        rows[record_id].append(tuple(row))  # type: ignore[arg-type]  # the columns are those of a row
    pinned = pins.of_records(session, wanted)
    names = {row.id: str(row.id) for row in found}
    shown = {
        names[row.id]: Shown(
            row.title,
            row.username,
            holdings.may(row.id, row.list_id, Permission.EDIT),
            tuple(pinned.get(row.id, ())),
        )
        for row in found
    }
    pieces = {names[row.id]: piece(names[row.id], row.created_at, tuple(rows.get(row.id, ()))) for row in found}
    return PersonalTable(at, shown, pieces, Affiliations.none() if only is not None else _groups(session, shown))


def _groups(session: Session, records: Iterable[str]) -> Affiliations:
    return affiliations.holding(session, {UUID(record) for record in records})


def _key(link: Link) -> LinkKey:
    return link.record, link.url, link.strategy.value, link.expression

"""A person's match table, kept by (person, revision): links that they may fill, and affiliations that hold for those.

The revision is read in the same transaction as the links, so a table is never older than the number it is kept under,
and every worker sees a change at its next request without being told. The cache is bounded and holds no secret.
"""

import hashlib
import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api import revision
from extension_api.matching import pins
from extension_api.matching.neighbours import Neighbours
from extension_api.matching.pins import PagePins
from extension_api.permissions import Identity, Permission
from extension_api.redirects import affiliations
from extension_api.vault import access
from extension_api.vault.models import LinkRow, Record
from matcher import InvalidLink, Link, MatchTable, Strategy

log = logging.getLogger("wayfill")

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


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """The match table of one person at one revision.

    Args:
        revision: What it was compiled at.
        table: The compiled links.
        json: The table as the extension takes it.
        records: What is shown of each record, by its id as the table knows it.
        link_ids: The id of each link that can match, by record, address, strategy and expression.
        digest: Of all of it that its person is shown, and of who that is.
        neighbours: The same links by what their hosts look like.
    """

    revision: int
    table: MatchTable
    json: bytes
    records: dict[str, Shown]
    link_ids: dict[LinkKey, UUID]
    digest: bytes
    neighbours: Neighbours

    def id_of(self, link: Link) -> UUID:
        """Return the id of a link that this table gave."""
        return self.link_ids[_key(link)]


class TableCache:
    """The tables of the people who asked lately."""

    def __init__(self) -> None:
        self._tables: OrderedDict[UUID, PersonalTable] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, session: Session, identity: Identity) -> PersonalTable:
        """Return the caller's table as this transaction sees it.

        Args:
            session: A transaction.
            identity: The caller.
        """
        now = revision.current(session)
        with self._lock:
            kept = self._tables.get(identity.account_id)
            if kept is not None and kept.revision == now:
                self._tables.move_to_end(identity.account_id)
                return kept
        made = compile_for(session, identity, now)
        with self._lock:
            newest = self._tables.get(identity.account_id)
            if newest is None or newest.revision < made.revision:
                self._tables[identity.account_id] = made
                self._tables.move_to_end(identity.account_id)
            while len(self._tables) > CACHED_PEOPLE:
                self._tables.popitem(last=False)
        return made


def compile_for(session: Session, identity: Identity, at: int) -> PersonalTable:
    """Compile the caller's table.

    Args:
        session: The transaction that `at` was read in.
        identity: The caller.
        at: The revision.
    """
    fillable = access.fillable_by(identity)
    found = session.execute(
        select(Record.id, Record.list_id, Record.title, Record.username)
        .where(fillable)
        .order_by(Record.created_at, Record.id)
    ).all()
    holdings = access.holdings(session, identity)
    rows = session.execute(
        select(LinkRow.id, LinkRow.record_id, LinkRow.url, LinkRow.strategy, LinkRow.veto, LinkRow.expression)
        .join(Record, Record.id == LinkRow.record_id)
        .where(fillable)
        .order_by(Record.created_at, Record.id, LinkRow.position)
    ).all()
    links, ids = [], {}
    names = {row.id: str(row.id) for row in found}
    for row in rows:
        try:
            link = Link(names[row.record_id], row.url, Strategy(row.strategy), row.veto, row.expression)
        except InvalidLink as error:
            # A newer list of suffixes may refuse what was once a good link; that must not take the others with it.
            log.warning("A link of record %s is left out: %s", row.record_id, error)
            continue
        links.append(link)
        if not link.veto:
            ids[_key(link)] = row.id
    table = MatchTable.compile(links, affiliations.holding(session, names.keys()), revision=at)
    pinned = pins.of_records(session, fillable)
    shown = {
        names[row.id]: Shown(
            row.title,
            row.username,
            holdings.may(row.id, row.list_id, Permission.EDIT),
            tuple(pinned.get(row.id, ())),
        )
        for row in found
    }
    written = table.to_json()
    about = msgspec.json.encode((identity.account_id, at, shown))
    digest = hashlib.sha256(len(about).to_bytes(8, "big") + about + written).digest()
    return PersonalTable(at, table, written, shown, ids, digest, Neighbours(ids))


def _key(link: Link) -> LinkKey:
    return link.record, link.url, link.strategy.value, link.expression

"""What a fill is decided by: the record, the caller's level on it, its sealed values and its links, in one statement.

A record's own links are enough to decide about it, so no fill waits for a person's whole table to be compiled after
somebody changed something else. They are compiled once and kept for as long as they stay what they are, by what is in
them and not by a revision. Affiliations widen links to sites where nothing of the record's own matches; who is to know
about those asks the person's table (`service.py`).
"""

import functools
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, literal, select
from sqlalchemy.orm import aliased

from extension_api.kernel import Kernel
from extension_api.people.models import Membership
from extension_api.permissions import Identity, Permission
from extension_api.quick import Statement
from extension_api.vault.fields import ONE_TIME_SECRET, PASSWORD
from extension_api.vault.models import Grant, LinkRow, Record, SealedField
from matcher import Affiliations, InvalidLink, Link, Match, MatchTable, Strategy, Url

KEPT: Final = 16_384
"""Records whose compiled links are kept in one process; a few kilobytes each."""
COLUMNS: Final = 8
"""The columns of `_ASKED` that are the record's; the others are those of one of its links."""
_Row = tuple[UUID, str, str, bool, str | None]


def _asked() -> Statement:
    person, record = bindparam("person", type_=Uuid()), bindparam("record", type_=Uuid())
    of_group = aliased(Grant)

    def own(place: Any) -> Any:
        return select(Grant.level).where(Grant.account_id == person, place(Grant)).correlate(Record).scalar_subquery()

    def by_group(place: Any) -> Any:
        held = select(func.max(of_group.level)).join(Membership, Membership.group_id == of_group.group_id)
        return held.where(Membership.account_id == person, place(of_group)).correlate(Record).scalar_subquery()

    def sealed(name: str) -> Any:
        return (
            select(SealedField.sealed)
            .where(SealedField.record_id == record, SealedField.name == literal(name))
            .scalar_subquery()
        )

    def on_record(grant: Any) -> Any:
        return grant.record_id == record

    def on_list(grant: Any) -> Any:
        return grant.list_id == Record.list_id

    return Statement(
        select(
            Record.title,
            Record.username,
            sealed(PASSWORD).label("password"),
            sealed(ONE_TIME_SECRET).label("one_time_secret"),
            own(on_record).label("own_record"),
            own(on_list).label("own_list"),
            by_group(on_record).label("group_record"),
            by_group(on_list).label("group_list"),
            LinkRow.id,
            LinkRow.url,
            LinkRow.strategy,
            LinkRow.veto,
            LinkRow.expression,
        )
        .select_from(Record)
        .outerjoin(LinkRow, LinkRow.record_id == Record.id)
        .where(Record.id == record)
        .order_by(LinkRow.position)
    )


_ASKED: Final = _asked()


@dataclass(frozen=True, slots=True)
class Decided:
    """A record that the caller may fill, as one moment has it."""

    id: UUID
    title: str
    username: str
    password: bytes | None
    one_time_secret: bytes | None
    links: tuple[_Row, ...]

    def __repr__(self) -> str:
        return f"<what is decided by of record {self.id}>"

    def match(self, url: Url) -> Match | None:
        """Return the match of the record for a page by its own links."""
        found = _compiled(str(self.id), self.links)[0].find(url)
        return found[0] if found else None

    def link_id(self, link: Link) -> UUID:
        """Return the id of a link that matched."""
        return _compiled(str(self.id), self.links)[1][link]


def read(kernel: Kernel, identity: Identity, record_id: UUID) -> Decided | None:
    """Return a record that the caller may fill; `None` for a missing and for a forbidden one alike."""
    rows = kernel.database.lines.ask(_ASKED, {"person": identity.account_id, "record": record_id})
    if not rows:
        return None
    title, username, password, secret, *levels = rows[0][:COLUMNS]
    if max((level for level in levels if level is not None), default=0) < Permission.FILL:
        return None
    links = tuple(row[COLUMNS:] for row in rows if row[COLUMNS] is not None)
    return Decided(record_id, title, username, password, secret, links)


@functools.lru_cache(maxsize=KEPT)
def _compiled(record: str, rows: tuple[_Row, ...]) -> tuple[MatchTable, dict[Link, UUID]]:
    links = {}
    for link_id, url, strategy, veto, expression in rows:
        try:
            links[Link(record, url, Strategy(strategy), veto, expression)] = link_id
        except InvalidLink:
            # A newer list of suffixes may refuse what was once a good link; `matching` says so in the log.
            continue
    return MatchTable.compile(links, Affiliations.none()), links

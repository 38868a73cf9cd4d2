"""Affiliations as they are kept: sets of sites that share one login, by which a proposal is expected or not.

They come from a file in the format of Apple's `shared-credentials.json` or are written by an administrator, hold for
every record or for one, and can be switched off for all or for one. They say what is expected, and let a record with a
`domain` link be offered, never filled unasked, on the sites that share its login. So each change here is one of
everybody's match table and raises the revision.
"""

import functools
import hashlib
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from extension_api import revision
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Conflict, InvalidRequest, NotFound
from extension_api.permissions import Identity
from extension_api.redirects.models import AffiliationOff, AffiliationRow
from extension_api.vault.models import Record
from matcher import Affiliations, InvalidAffiliation, Limit, suffixes

log = logging.getLogger("wayfill")

LONGEST_WORDS: Final = 400
MOST: Final = 5_000
"""Groups; Apple's file has some 200."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: how many groups there are from files now, and why others were left out."""

    groups: int
    refused: Sequence[str]


def group(
    shared: Sequence[str] = (), saved_for: Sequence[str] = (), offered_on: Sequence[str] = ()
) -> dict[str, list[str]]:
    """Return a group in the form of the file: what is shared, or what is saved for some and offered on others."""
    return {"shared": list(shared)} if shared else {"from": list(saved_for), "to": list(offered_on)}


def import_file(session: Session, who: Identity | Actor, text: bytes, *, now: int) -> Imported:
    """Put the groups of a file in place of those that came from files before; what is switched off stays so.

    Args:
        session: The transaction.
        who: Who imports them; the caller has checked that they may.
        text: The file.
        now: The time, in seconds since the epoch.

    Raises:
        InvalidRequest: The file is in another format, or holds too much; nothing is changed.
    """
    try:
        given = msgspec.json.decode(text, type=list[dict[str, object]])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"This is no file of affiliations: {error}.") from None
    if len(given) > MOST:
        raise InvalidRequest(f"The file holds more than {MOST:,} groups.")
    good, refused = {}, []
    for number, each in enumerate(given, 1):
        try:
            names = _canonical(each)
        except InvalidAffiliation as error:
            refused.append(f"group {number}: {error}")
        else:
            good[_digest(names)] = names
    kept = {row.digest: row for row in session.scalars(select(AffiliationRow).where(AffiliationRow.imported))}
    for digest in kept.keys() - good.keys():
        session.delete(kept[digest])
    for digest in good.keys() - kept.keys():
        session.add(_row(good[digest], imported=True, record_id=None, now=now))
    session.flush()
    if kept.keys() != good.keys():
        revision.raise_by_one(session)
    audit.record(session, who, Action.AFFILIATION_IMPORT, now=now, detail=f"{len(good)} groups")
    return Imported(len(good), refused)


def add(
    session: Session, who: Identity | Actor, given: dict[str, list[str]], *, record: Record | None, now: int
) -> AffiliationRow:
    """Add a group; the caller has checked who may.

    Raises:
        InvalidRequest: It is none; the matcher's reason is the detail.
        Conflict: There is such a group already.
    """
    try:
        names = _canonical(given)
    except InvalidAffiliation as error:
        raise InvalidRequest(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    if len({name for members in msgspec.json.decode(names).values() for name in members}) < 2:
        raise InvalidRequest("An affiliation needs two different names.")
    record_id = record.id if record else None
    same = select(AffiliationRow.id).where(
        AffiliationRow.digest == _digest(names),
        or_(AffiliationRow.record_id.is_(None), AffiliationRow.record_id == record_id),
    )
    if session.scalar(same.limit(1)) is not None:
        raise Conflict("There is such an affiliation already.")
    row = _row(names, imported=False, record_id=record_id, now=now)
    session.add(row)
    session.flush()
    revision.raise_by_one(session)
    audit.record(session, who, Action.AFFILIATION_ADD, now=now, record_id=record_id, detail=words(row)[:LONGEST_WORDS])
    return row


def remove(session: Session, who: Identity | Actor, affiliation_id: UUID, *, now: int) -> None:
    """Take a group away; the caller has checked who may.

    Raises:
        NotFound: There is none.
    """
    row = require(session, affiliation_id)
    detail, record_id = words(row)[:LONGEST_WORDS], row.record_id
    session.delete(row)
    session.flush()
    revision.raise_by_one(session)
    audit.record(session, who, Action.AFFILIATION_REMOVE, now=now, record_id=record_id, detail=detail)


def switch(session: Session, who: Identity | Actor, row: AffiliationRow, *, active: bool, now: int) -> None:
    """Switch a group on or off, for every record; the caller has checked who may."""
    if row.active is not active:
        row.active = active
        session.flush()
        revision.raise_by_one(session)
        detail = f"{'on' if active else 'off'}: {words(row)}"[:LONGEST_WORDS]
        audit.record(session, who, Action.AFFILIATION_CHANGE, now=now, record_id=row.record_id, detail=detail)


def switch_for(
    session: Session, who: Identity | Actor, row: AffiliationRow, record: Record, *, active: bool, now: int
) -> None:
    """Switch a group on or off for one record; the caller has checked who may."""
    off = session.get(AffiliationOff, (row.id, record.id))
    if (off is None) is active:
        return
    if off is None:
        session.add(AffiliationOff(affiliation_id=row.id, record_id=record.id))
    else:
        session.delete(off)
    session.flush()
    revision.raise_by_one(session)
    detail = f"{'on' if active else 'off'} for this record: {words(row)}"[:LONGEST_WORDS]
    audit.record(session, who, Action.AFFILIATION_CHANGE, now=now, record_id=record.id, detail=detail)


def require(session: Session, affiliation_id: UUID) -> AffiliationRow:
    """Return a group.

    Raises:
        NotFound: There is none.
    """
    row = session.get(AffiliationRow, affiliation_id)
    if row is None:
        raise NotFound
    return row


def page(session: Session, *, record_id: UUID | None, after: UUID | None, limit: int) -> Sequence[AffiliationRow]:
    """Return groups by id: those for all, and those of the record that is named."""
    scope: ColumnElement[bool] = AffiliationRow.record_id.is_(None)
    if record_id is not None:
        scope = or_(scope, AffiliationRow.record_id == record_id)
    wanted = select(AffiliationRow).where(scope)
    if after is not None:
        wanted = wanted.where(AffiliationRow.id > after)
    return session.scalars(wanted.order_by(AffiliationRow.id).limit(limit)).all()


def off_for(session: Session, record_id: UUID) -> set[UUID]:
    """Return the groups that are switched off for a record."""
    return set(
        session.scalars(select(AffiliationOff.affiliation_id).where(AffiliationOff.record_id == record_id)).all()
    )


def touching(session: Session, record_id: UUID, hosts: Iterable[str]) -> list[AffiliationRow]:
    """Return the groups with one of a record's hosts in them, switched off or not."""
    wanted = set(hosts) | {domain for host in hosts if (domain := suffixes.registrable_domain(host))}
    rows = session.scalars(
        select(AffiliationRow)
        .where(or_(AffiliationRow.record_id.is_(None), AffiliationRow.record_id == record_id))
        .order_by(AffiliationRow.id)
    )
    return [row for row in rows if wanted & _members(row.names)]


def expected(session: Session, ids: Sequence[UUID]) -> "dict[UUID, Expected]":
    """Return for each of these records what its affiliations expect."""
    rows = session.execute(
        select(AffiliationRow.id, AffiliationRow.names, AffiliationRow.record_id).where(
            AffiliationRow.active, or_(AffiliationRow.record_id.is_(None), AffiliationRow.record_id.in_(ids))
        )
    ).all()
    off = {
        (row[0], row[1])
        for row in session.execute(
            select(AffiliationOff.affiliation_id, AffiliationOff.record_id).where(AffiliationOff.record_id.in_(ids))
        )
    }
    return {
        record_id: Expected(
            tuple(
                row.names
                for row in rows
                if row.record_id in (None, record_id) and (row.id, record_id) not in off and _usable(row.names)
            )
        )
        for record_id in ids
    }


def holding(session: Session, records: Collection[UUID]) -> Affiliations:
    """Return the groups that are switched on, each for those of these records that it holds for.

    Args:
        session: A transaction.
        records: Whose links are to be offered; no other record is named in what is returned.
    """
    rows = session.execute(
        select(AffiliationRow.id, AffiliationRow.names, AffiliationRow.record_id)
        .where(AffiliationRow.active)
        .order_by(AffiliationRow.created_at, AffiliationRow.id)
    ).all()
    rows = [row for row in rows if (row.record_id is None or row.record_id in records) and _usable(row.names)]
    if not rows:
        return Affiliations.none()
    off: dict[UUID, set[str]] = {}
    for affiliation_id, record_id in session.execute(
        select(AffiliationOff.affiliation_id, AffiliationOff.record_id)
    ).all():
        if record_id in records:
            off.setdefault(affiliation_id, set()).add(str(record_id))
    limits: list[Limit | None] = []
    for row in rows:
        without = frozenset(off.get(row.id, ()))
        if row.record_id is not None:
            limits.append(Limit(frozenset({str(row.record_id)}) - without, only=True))
        else:
            limits.append(Limit(without, only=False) if without else None)
    return _read(tuple(row.names for row in rows)).limited(limits)


@dataclass(frozen=True, slots=True)
class Expected:
    """The groups that hold for one record."""

    names: tuple[str, ...]

    def expects(self, linked: Iterable[str], host: str) -> bool:
        """Tell whether a login that begins on one of the `linked` hosts is expected to go on to `host`."""
        sources: set[str] = set()
        for name in _names_of(host):
            sources.update(_sources(self.names).get(name, ()))
        return bool(sources) and any(sources.intersection(_names_of(each)) for each in linked)

    @property
    def hosts(self) -> frozenset[str]:
        """Every name in them."""
        return frozenset().union(*(_members(names) for names in self.names))


def words(row: AffiliationRow) -> str:
    """Return a group for a person to read."""
    given = msgspec.json.decode(row.names, type=dict[str, list[str]])
    if "shared" in given:
        return ", ".join(given["shared"])
    return f"{', '.join(given['from'])} -> {', '.join(given['to'])}"


def _names_of(host: str) -> set[str]:
    domain = suffixes.registrable_domain(host)
    return {host, domain} if domain else {host}


@functools.lru_cache(maxsize=64)
def _sources(groups: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return _read(groups).sources


@functools.lru_cache(maxsize=64)
def _read(groups: tuple[str, ...]) -> Affiliations:
    """Read stored groups; looking each member up in the suffix list costs, and they are the same for most people."""
    return Affiliations.from_groups([msgspec.json.decode(names) for names in groups])


@functools.lru_cache(maxsize=2 * MOST)
def _usable(names: str) -> bool:
    """Tell whether a stored group is still one: a newer list of suffixes may take what was once the name of a site."""
    try:
        Affiliations.from_groups([msgspec.json.decode(names)])
    except InvalidAffiliation as error:
        log.warning("The affiliation %s is left out: %s", names[:LONGEST_WORDS], error)
        return False
    return True


@functools.lru_cache(maxsize=MOST)
def _members(names: str) -> frozenset[str]:
    return frozenset(name for members in msgspec.json.decode(names).values() for name in members)


def _canonical(given: object) -> str:
    (made,) = Affiliations.from_groups([given]).to_groups()
    return msgspec.json.encode({key: sorted(made[key]) for key in sorted(made)}).decode()


def _digest(names: str) -> str:
    return hashlib.sha256(names.encode()).hexdigest()


def _row(names: str, *, imported: bool, record_id: UUID | None, now: int) -> AffiliationRow:
    return AffiliationRow(
        id=uuid4(),
        names=names,
        digest=_digest(names),
        imported=imported,
        active=True,
        record_id=record_id,
        created_at=now,
    )

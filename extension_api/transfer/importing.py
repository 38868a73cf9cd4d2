"""Putting items into a list: what will happen to each is decided first, then done in short transactions.

Nothing that is there already is ever changed or removed. An item is known again by its fingerprint (`ready.py`), also
after its record was edited or renamed, or, where the same login came by another way, because a record of the list holds
exactly the same. Fingerprints are kept by the list that was named, wherever the record lies (`places.py`). A batch, the
lists made for it and the fingerprints of its items are one transaction; so a killed import has done some batches
wholly, and running it again does the others.
"""

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import Keyring
from extension_api.db import Database
from extension_api.permissions import Identity
from extension_api.transfer.items import Reading, Trouble
from extension_api.transfer.models import Imported
from extension_api.transfer.places import Place, Places, Target
from extension_api.transfer.ready import LinkParts, Ready, made_ready
from extension_api.vault import links, records
from extension_api.vault.models import LinkRow, Record, SealedField
from extension_api.vault.records import NewRecord

BATCH: Final = 50
"""Items of one transaction: it holds the write lock for less than people notice."""


class Outcome(enum.StrEnum):
    """What becomes of an entry of the file."""

    ADDED = "added"
    THERE = "there already"
    KNOWN = "imported before"
    DIFFERS = "imported before, differs now and is left as it is"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one entry, or would: never a secret in it.

    Args:
        where: The line or number of the entry.
        title: What it is called; empty if it could not be read.
        outcome: What became of it.
        links: How many addresses are linked by it.
        words: Why it was left out, what was left out of it, or in what it differs.
        place: Folders and list that it was put into; empty for the named list itself.
        new: Whether that list was made for it.
    """

    where: str
    title: str
    outcome: Outcome
    links: int = 0
    words: tuple[str, ...] = ()
    place: str = ""
    new: bool = False


def dry_run(database: Database, keyring: Keyring, target: Target, reading: Reading) -> Iterator[Fate]:
    """Return what an import would do; nothing is written."""
    coming: set[bytes] = set()
    places = Places(target)
    for batch in _batches(reading):
        places.forget()
        with database.reading() as session:
            looking = _Looking(session, keyring, target, places, coming)
            fates = [_told(places, *_decided(looking, entry)) for entry in batch]
        yield from fates


def run(database: Database, keyring: Keyring, target: Target, reading: Reading, *, now: int) -> Iterator[Fate]:
    """Put the items of a file into a list; each batch is durable before its fates are returned.

    Args:
        database: Of the installation; the caller is in no transaction.
        keyring: Seals what comes.
        target: Where it goes.
        reading: The file.
        now: The time, in seconds since the epoch.
    """
    begun = False
    places = Places(target)
    for batch in _batches(reading):
        # Most batches of a second run have nothing to write, and then do not keep other writers waiting.
        places.forget()
        with database.reading() as session:
            fates = [_decided(_Looking(session, keyring, target, places, set()), entry)[0] for entry in batch]
        if any(fate.outcome in (Outcome.ADDED, Outcome.THERE) for fate in fates):
            places.forget()
            with database.writing() as session:
                if not begun:
                    words = f"{reading.form}, {len(reading.items)} items"
                    audit.record(session, target.who, Action.VAULT_IMPORT, now=now, detail=words)
                fates = [_done(_Looking(session, keyring, target, places, set()), entry, now=now) for entry in batch]
            begun = True
        yield from fates


def counted(fates: Sequence[Fate]) -> dict[Outcome, int]:
    """Return how many entries met each fate."""
    found = Counter(fate.outcome for fate in fates)
    return {outcome: found[outcome] for outcome in Outcome}


def _batches(reading: Reading) -> Iterator[list[Ready | Trouble]]:
    batch: list[Ready | Trouble] = []
    for entry in made_ready(reading):
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Looking:
    """What every look at an entry needs; `coming` is what earlier entries of a dry run would have added."""

    session: Session
    keyring: Keyring
    target: Target
    places: Places
    coming: set[bytes]


def _decided(looking: _Looking, entry: Ready | Trouble) -> tuple[Fate, Place | None, UUID | None]:
    """Return what becomes of an entry, where it goes if it is added, and the record that it is already."""
    if isinstance(entry, Trouble):
        return Fate(entry.where, "", Outcome.LEFT_OUT, 0, (entry.sentence,)), None, None
    session, list_id = looking.session, looking.target.list_id
    known = session.get(Imported, (list_id, entry.fingerprint)) if list_id else None
    if known is not None:
        # Where its folders are kept, as a field or as a list, is not the item's to say.
        ways = (entry.fields(with_folder=False), entry.fields(with_folder=True))
        differences = min((_differences(looking, known.record_id, entry, way) for way in ways), key=len)
        outcome = Outcome.DIFFERS if differences else Outcome.KNOWN
        return Fate(entry.where, entry.title, outcome, 0, differences), None, known.record_id
    place = looking.places.of(session, entry.path)
    same = _same(looking, place.list_id, entry, with_folder=place.as_field)
    if same is None and not place.as_field and entry.path:
        # Before folders became lists, it would have come into the named list.
        same = _same(looking, list_id, entry, with_folder=True)
    if same is not None or entry.same in looking.coming:
        return Fate(entry.where, entry.title, Outcome.THERE), None, same
    looking.coming.add(entry.same)
    words = entry.troubles + place.why
    return Fate(entry.where, entry.title, Outcome.ADDED, len(entry.links), words, str(place)), place, None


def _told(places: Places, fate: Fate, place: Place | None, _record: UUID | None) -> Fate:
    return replace(fate, new=True) if place is not None and places.is_news(place) else fate


def _done(looking: _Looking, entry: Ready | Trouble, *, now: int) -> Fate:
    fate, place, record_id = _decided(looking, entry)
    session, list_id = looking.session, looking.target.list_id
    if isinstance(entry, Trouble) or list_id is None:
        return fate
    if place is not None:
        fate = _told(looking.places, fate, place, None)
        put = looking.places.make(session, place, now=now)
        sealed = entry.fields(with_folder=place.as_field)
        record_id = _add(session, looking.keyring, looking.target.who, put, entry, sealed, now=now).id
    if fate.outcome in (Outcome.ADDED, Outcome.THERE) and record_id is not None:
        session.add(Imported(list_id=list_id, fingerprint=entry.fingerprint, record_id=record_id))
        session.flush()
    return fate


def _add(
    session: Session,
    keyring: Keyring,
    who: Identity | Actor,
    list_id: UUID,
    entry: Ready,
    sealed: dict[str, str],
    *,
    now: int,
) -> Record:
    new = NewRecord(
        title=entry.title,
        username=entry.username,
        password=sealed.pop(records.PASSWORD, None),
        list_id=list_id,
        more=sealed,
    )
    made = records.add(session, keyring, who, new, now=now)
    for url, strategy, veto, expression in entry.links:
        links.add(session, who, made, url, strategy, veto=veto, expression=expression, now=now)
    return made


def _same(looking: _Looking, list_id: UUID | None, entry: Ready, *, with_folder: bool) -> UUID | None:
    if list_id is None:
        return None
    wanted = select(Record.id).where(
        Record.list_id == list_id, Record.title == entry.title, Record.username == entry.username
    )
    alike, fields = looking.session.scalars(wanted.order_by(Record.id)), entry.fields(with_folder=with_folder)
    return next((each for each in alike if not _differences(looking, each, entry, fields)), None)


def _differences(looking: _Looking, record_id: UUID, entry: Ready, fields: dict[str, str]) -> tuple[str, ...]:
    """Return the names of what a record holds otherwise than the item; never what it holds."""
    session = looking.session
    record = session.get_one(Record, record_id)
    rows = session.execute(select(SealedField.name, SealedField.sealed).where(SealedField.record_id == record_id))
    held = {name: looking.keyring.open(sealed, record_id=record_id, field=name) for name, sealed in rows}
    names = [name for name in sorted(held.keys() | fields.keys()) if held.get(name) != fields.get(name)]
    shown = {"title": record.title != entry.title, "username": record.username != entry.username}
    shown["links"] = _linked(session, record_id) != set(entry.links)
    return (*(name for name, differs in shown.items() if differs), *names)


def _linked(session: Session, record_id: UUID) -> set[LinkParts]:
    rows = session.execute(
        select(LinkRow.url, LinkRow.strategy, LinkRow.veto, LinkRow.expression).where(LinkRow.record_id == record_id)
    )
    return {(url, strategy, veto, expression) for url, strategy, veto, expression in rows}

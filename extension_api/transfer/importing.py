"""Putting items into a list: what will happen to each is decided first, then done in short transactions.

Nothing that is there already is ever changed or removed. An item is known again by its fingerprint (`ready.py`), also
after its record was edited or renamed, or, where the same login came by another way, because a record of the list holds
exactly the same. A batch and the fingerprints of its items are one transaction; so a killed import has done some
batches wholly, and running it again does the others.
"""

import enum
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
    """

    where: str
    title: str
    outcome: Outcome
    links: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where items go and who brings them.

    Args:
        who: Who acts; the caller has checked that they may edit the list.
        list_id: The list; `None` if it does not exist yet, which only a dry run may say.
    """

    who: Identity | Actor
    list_id: UUID | None


Seen = Callable[[Fate], None]


def dry_run(database: Database, keyring: Keyring, target: Target, reading: Reading) -> Iterator[Fate]:
    """Return what an import would do; nothing is written."""
    coming: set[bytes] = set()
    for batch in _batches(reading):
        with database.reading() as session:
            fates = [_decided(session, keyring, target.list_id, entry, coming)[0] for entry in batch]
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
    for batch in _batches(reading):
        # Most batches of a second run have nothing to write, and then do not keep other writers waiting.
        with database.reading() as session:
            fates = [_decided(session, keyring, target.list_id, entry, set())[0] for entry in batch]
        if any(fate.outcome in (Outcome.ADDED, Outcome.THERE) for fate in fates):
            with database.writing() as session:
                if not begun:
                    words = f"{reading.form}, {len(reading.items)} items"
                    audit.record(session, target.who, Action.VAULT_IMPORT, now=now, detail=words)
                fates = [_done(session, keyring, target, entry, now=now) for entry in batch]
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


def _decided(
    session: Session, keyring: Keyring, list_id: UUID | None, entry: Ready | Trouble, coming: set[bytes]
) -> tuple[Fate, UUID | None]:
    if isinstance(entry, Trouble):
        return Fate(entry.where, "", Outcome.LEFT_OUT, 0, (entry.sentence,)), None
    known = session.get(Imported, (list_id, entry.fingerprint)) if list_id else None
    if known is not None:
        differences = _differences(session, keyring, known.record_id, entry)
        outcome = Outcome.DIFFERS if differences else Outcome.KNOWN
        return Fate(entry.where, entry.title, outcome, 0, differences), known.record_id
    same = _same(session, keyring, list_id, entry) if list_id else None
    if same is not None or entry.same in coming:
        return Fate(entry.where, entry.title, Outcome.THERE), same
    coming.add(entry.same)
    return Fate(entry.where, entry.title, Outcome.ADDED, len(entry.links), entry.troubles), None


def _done(session: Session, keyring: Keyring, target: Target, entry: Ready | Trouble, *, now: int) -> Fate:
    fate, record_id = _decided(session, keyring, target.list_id, entry, set())
    if isinstance(entry, Trouble) or target.list_id is None:
        return fate
    if fate.outcome is Outcome.ADDED:
        record_id = _add(session, keyring, target.who, target.list_id, entry, now=now).id
    if fate.outcome in (Outcome.ADDED, Outcome.THERE) and record_id is not None:
        session.add(Imported(list_id=target.list_id, fingerprint=entry.fingerprint, record_id=record_id))
        session.flush()
    return fate


def _add(session: Session, keyring: Keyring, who: Identity | Actor, list_id: UUID, entry: Ready, *, now: int) -> Record:
    sealed = dict(entry.sealed)
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


def _same(session: Session, keyring: Keyring, list_id: UUID, entry: Ready) -> UUID | None:
    wanted = select(Record.id).where(
        Record.list_id == list_id, Record.title == entry.title, Record.username == entry.username
    )
    alike = session.scalars(wanted.order_by(Record.id))
    return next((each for each in alike if not _differences(session, keyring, each, entry)), None)


def _differences(session: Session, keyring: Keyring, record_id: UUID, entry: Ready) -> tuple[str, ...]:
    """Return the names of what a record holds otherwise than the item; never what it holds."""
    record = session.get_one(Record, record_id)
    rows = session.execute(select(SealedField.name, SealedField.sealed).where(SealedField.record_id == record_id))
    held = {name: keyring.open(sealed, record_id=record_id, field=name) for name, sealed in rows}
    names = [name for name in sorted(held.keys() | entry.sealed.keys()) if held.get(name) != entry.sealed.get(name)]
    shown = {"title": record.title != entry.title, "username": record.username != entry.username}
    shown["links"] = _linked(session, record_id) != set(entry.links)
    return (*(name for name, differs in shown.items() if differs), *names)


def _linked(session: Session, record_id: UUID) -> set[LinkParts]:
    rows = session.execute(
        select(LinkRow.url, LinkRow.strategy, LinkRow.veto, LinkRow.expression).where(LinkRow.record_id == record_id)
    )
    return {(url, strategy, veto, expression) for url, strategy, veto, expression in rows}

"""Moving the oldest events from the table to a file, so that the table stays small and nothing is lost.

The order makes it safe to be killed anywhere: the file is written and forced to the disk, then read back and verified,
and only then do its events leave the table, in short transactions that each move the start of the table's chain along.
Killed before, nothing has changed; killed in between, the same events stand in the file and in the table, and the next
run takes up the removal where it stopped. At no moment does the table's chain fail to verify.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from extension_api.audit import archive_file, chain, service
from extension_api.audit.archive_file import Begin, Reached, Whole
from extension_api.audit.chain import COLUMNS, HEADS, STRIDE, AuditBroken
from extension_api.audit.models import Event
from extension_api.audit.service import Action, Actor
from extension_api.crypto import Keyring
from extension_api.db import Database
from extension_api.errors import SetupError
from extension_api.permissions import Identity

FOLDER: Final = "audit-archive"
"""Below the data folder; where archives go to that are not told where."""
BATCH: Final = 2_000
"""Events removed in one transaction; a fill waits at most for one of these."""
CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """What was moved, and to which file."""

    events: int
    file: Path


def only_archiver(database: Database) -> AbstractContextManager[None]:
    """Hold the lock under which events are archived, on whichever node.

    Raises:
        SetupError: Another process archives.
    """
    return database.only("audit-archive", "The audit is being archived already.")


def older_than(session: Session, time: int) -> int:
    """Return the id up to which every event is older than `time` (seconds since the epoch); 0 if none is."""
    first_kept = session.scalar(select(Event.id).where(Event.at >= time).order_by(Event.id).limit(1))
    return first_kept - 1 if first_kept is not None else session.scalar(select(func.max(Event.id))) or 0


def beyond(session: Session, keep: int) -> int:
    """Return the id up to which events must go for `keep` to stay; 0 if there are no more than that."""
    return session.scalar(select(Event.id).order_by(Event.id.desc()).offset(keep).limit(1)) or 0


def new_file(folder: Path, now: int) -> Path:
    """Return the path of an archive that is not there yet, in a folder that is made if need be."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H%M%SZ")
    # Numbered also where there is but one, so that the order of names is the order of time.
    return next(path for n in range(10_000) if not (path := folder / f"audit-{moment}-{n:04}.jsonl").exists())


def archive(database: Database, keyring: Keyring, who: Identity | Actor, upto: int, file: Path, now: int) -> Archived:
    """Move events to a file; `only_archiver` is held.

    Args:
        database: Where they are.
        keyring: The installation's keys.
        who: Who archives, for the record.
        upto: The id of the last event to move.
        file: Where to; if it is there already, it must be an archive of this chain, whose removal is then finished.
        now: The time, in seconds since the epoch.

    Raises:
        AuditBroken: The chain's head is not as this service left it.
        Damaged: The chain of these events is broken, or the file is; nothing was removed.
        SetupError: The file cannot be written, or it does not begin where the table does.
    """
    if not file.exists():
        with database.reading() as session:
            begins = _begins(session)
            if session.scalar(select(Event.id).where(Event.id <= upto).limit(1)) is None:
                return Archived(events=0, file=file)
            archive_file.write(file, begins, _events(session, upto), now)
    with database.reading() as session:
        keys = {head.lane: head.key for head in chain.heads(session)}
    whole = archive_file.verify(file, keyring, keys)
    return Archived(events=remove(database, whole, who, file, now), file=file)


def keep_within(database: Database, keyring: Keyring, who: Identity | Actor, data: Path, keep: int, now: int) -> int:
    """Move the oldest events to the data folder, so that at most `keep` stay in the table.

    Args:
        database: Where they are.
        keyring: The installation's keys.
        who: Who archives, for the record.
        data: The data folder.
        keep: How many may stay, besides the event that tells of this.
        now: The time, in seconds since the epoch.

    Returns:
        How many events left the table.

    Raises:
        AuditBroken: The chain's head is not as this service left it.
        Damaged: The chain of these events is broken; nothing was removed.
        SetupError: The file cannot be written, or another process archives.
    """
    folder, removed = data / FOLDER, 0
    with only_archiver(database):
        if (left := unfinished(database, keyring, folder)) is not None:
            removed = archive(database, keyring, who, 0, left, now).events
        with database.reading() as session:
            upto = beyond(session, keep)
        if upto:
            removed += archive(database, keyring, who, upto, new_file(folder, now), now).events
    return removed


def remove(database: Database, whole: Whole, who: Identity | Actor, file: Path, now: int) -> int:
    """Remove from the table what a verified archive holds.

    Args:
        database: Where it is removed.
        whole: What the archive holds.
        who: Who archives, for the record.
        file: The archive, for the record.
        now: The time, in seconds since the epoch.

    Returns:
        How many events left the table.

    Raises:
        AuditBroken: The chain's head is not as this service left it.
        SetupError: The archive does not begin where the table does, or is of another chain.
    """
    with database.writing() as session:
        detail = f"{whole.events} events to {file.name}"
        service.record(session, who, Action.AUDIT_ARCHIVE, now=now, detail=detail)
    removed = 0
    for reached in whole.lanes.values():
        while batch := _remove_batch(database, reached):
            removed += batch
    return removed


def unfinished(database: Database, keyring: Keyring, folder: Path) -> Path | None:
    """Return the newest archive of a folder if some of its events still stand in the table, as after a kill.

    A file that does not verify is no such archive; whatever it is, it is left alone.
    """
    newest = max(folder.glob("audit-*.jsonl"), default=None)
    if newest is None:
        return None
    with database.reading() as session:
        heads = {head.lane: head for head in chain.heads(session)}
    try:
        whole = archive_file.verify(newest, keyring, {lane: head.key for lane, head in heads.items()})
    except archive_file.Damaged:
        return None
    held = (heads[lane].archived < reached.upto for lane, reached in whole.lanes.items() if lane in heads)
    return newest if any(held) else None


def _begins(session: Session) -> list[tuple[Begin, bytes]]:
    rows = session.connection().execute(select(HEADS.lane, HEADS.sealed_key))
    sealed = {row.lane: row.sealed_key for row in rows}
    return [
        (Begin(head.lane, head.archived, head.archived_digest, sealed[head.lane]), head.key)
        for head in chain.heads(session)
    ]


def _events(session: Session, upto: int) -> Iterator[tuple[tuple[object, ...], bytes]]:
    query = select(*COLUMNS, Event.digest).where(Event.id <= upto).order_by(Event.id)
    for row in session.connection().execution_options(yield_per=CHUNK).execute(query):
        yield tuple(row[:-1]), row[-1]


def _remove_batch(database: Database, reached: Reached) -> int:
    with database.writing() as session:
        head = chain.hold(session, reached.lane)
        if head.archived >= reached.upto:
            return 0
        if reached.after > head.archived:
            raise SetupError("There are events in the table from before this archive begins; archive those first.")
        last = min(head.archived + BATCH, reached.upto)
        digest = session.scalar(select(Event.digest).where(Event.id == head.id_of(last)))
        if digest is None or (last == reached.upto and digest != reached.digest):
            raise AuditBroken
        first, of_lane = head.id_of(head.archived + 1), Event.id % STRIDE == reached.lane
        session.connection().execute(delete(Event).where(Event.id.between(first, head.id_of(last)), of_lane))
        chain.put(session.connection(), replace(head, archived=last, archived_digest=digest))
        return last - head.archived

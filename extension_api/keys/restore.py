"""Putting a backup in the place of the database.

Everything that can fail is done on a copy beside it: unpacking, migrating, opening a value of each kind, the marks of a
restore. Then one rename makes the copy the database; before it the old state stands, after it the new one, and the old
database lies beside it under a dated name. No server and no other command works in the folder meanwhile.

A restored database is an old state, so what has happened since must not come back to life by it: every session ends,
and the revision of the match tables goes past every number that an extension may have seen.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from extension_api import installation, locks, revision
from extension_api.audit import archive, witness
from extension_api.audit import service as audit
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.crypto import Keyring
from extension_api.db import Database
from extension_api.errors import SetupError
from extension_api.key_source import source_of, sync_folder
from extension_api.keys import copies, rows
from extension_api.keys.backup import require_known_tables, words_of
from extension_api.keys.container import Backup, Manifest
from extension_api.revision import Revision
from extension_api.sessions.models import SignedIn
from extension_api.settings import Settings

REVISION_STEP: Final = 1_000_000
"""By which the match tables' revision goes past both databases: further than any that was lost can have gone."""
UNPACKED: Final = "restore.partial"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where the replaced database lies, if there was one."""

    manifest: Manifest
    replaced: Path | None


def restore(settings: Settings, path: Path, *, now: int) -> Restored:
    """Put a backup in the place of the database.

    Args:
        settings: Of the installation, which may be an empty folder with the key in its place.
        path: The backup.
        now: The time, in seconds since the epoch.

    Raises:
        SetupError: The backup is damaged, altered or newer, a key for it is missing, or the folder is in use; then
            nothing was changed.
    """
    installation.make_folder(settings)
    source = source_of(settings)
    keyring = Keyring(*source.read(), reread=source.read)
    folder = settings.data / UNPACKED
    with locks.alone(settings.data), contextlib.closing(Backup(path)) as backup, _living(settings) as living:
        _require_usable(backup, keyring)
        shutil.rmtree(folder, ignore_errors=True)  # left by a restore that was killed
        try:
            folder.mkdir(mode=installation.FOLDER_MODE)
            copy = folder / settings.database_file.name
            with copy.open("wb") as file:
                backup.copy_to(file)
            seen = _living_revision(settings.database_file) if living is None else _served_revision(living)
            _make_ready(copy, keyring, backup, seen, now=now)
            if living is not None:
                return Restored(backup.manifest, _put_on_server(settings, living, copy, backup.manifest, now=now))
            return Restored(backup.manifest, _put_in_place(settings, copy, backup.manifest, now=now))
        except (OSError, sqlite3.Error, DatabaseError) as error:
            raise SetupError(f"The backup could not be restored: {words_of(error)}; nothing was changed.") from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _require_usable(backup: Backup, keyring: Keyring) -> None:
    require_known_tables(backup)
    missing = [key_id for key_id in backup.manifest.keys if not keyring.knows(key_id)]
    if missing:
        raise SetupError(
            f"The backup {backup.path} was sealed with the key {' and '.join(missing)}, which is not here. Put that key"
            " beside the present one, one a line, and try again; nothing was changed."
        )
    backup.require_genuine(keyring)


def _make_ready(copy: Path, keyring: Keyring, backup: Backup, seen: int, *, now: int) -> None:
    database = copies.tried(copy, keyring)
    try:
        with database.writing() as session:
            _mark(session, seen, backup, now=now)
    finally:
        database.close()
    copies.fold(copy)
    with copy.open("rb") as file:
        os.fsync(file.fileno())


def _mark(session: Session, living: int, backup: Backup, *, now: int) -> None:
    past = max(living, backup.manifest.revision) + REVISION_STEP
    session.execute(update(Revision).values(value=past))
    session.execute(update(SignedIn).where(SignedIn.ended_at.is_(None)).values(ended_at=now))
    made = datetime.fromtimestamp(backup.manifest.made_at, UTC)
    detail = f"{backup.path.name}, made {made:%Y-%m-%d %H:%M:%S} UTC"
    audit.record(session, COMMAND_LINE, Action.BACKUP_RESTORE, now=now, detail=detail)


def _living_revision(database: Path) -> int:
    # The living database may be what is wrong; then the step has to be enough.
    if not copies.readable(database):
        return 0
    with contextlib.closing(sqlite3.connect(database)) as connection, contextlib.suppress(sqlite3.Error, TypeError):
        return int(connection.execute("SELECT value FROM revision").fetchone()[0])
    return 0


@contextmanager
def _living(settings: Settings) -> Iterator[Database | None]:
    """Open the database on a server that is to be replaced, which no node serves meanwhile; `None` for a file.

    Raises:
        SetupError: Nodes serve it, or it cannot be reached.
    """
    if settings.database_url is None:
        yield None
        return
    database = Database(settings.database)
    try:
        nodes = database.serving()
        if nodes:
            raise SetupError(f"The database is served by {', '.join(sorted(nodes))}; stop every node and try again.")
        with database.only("restore", "The database is being replaced already."):
            database.migrate()
            yield database
    finally:
        database.close()


def _served_revision(living: Database) -> int:
    with living.reading() as session:
        return revision.current(session)


def _put_on_server(settings: Settings, living: Database, copy: Path, manifest: Manifest, *, now: int) -> Path | None:
    replaced = None
    with living.reading() as session:
        used = session.scalar(installation.NAMED) is not None
    if used:
        # What is replaced is kept as a file, which can be looked into without a server.
        replaced = _dated(settings.database_file, now)
        partial = replaced.with_name(f"{replaced.name}.partial")
        partial.unlink(missing_ok=True)
        rows.to_file(living, partial)
        copies.fold(partial)
        partial.rename(replaced)
        sync_folder(settings.data)
    rows.from_file(copy, living)
    witness.forget(settings.data)
    _put_aside_archives(settings.data / archive.FOLDER, manifest.made_at, _stamp(now))
    return replaced


def _put_in_place(settings: Settings, copy: Path, manifest: Manifest, *, now: int) -> Path | None:
    database = settings.database_file
    replaced = None
    if database.exists():
        _drop_twins(database)
        replaced = _dated(database, now)
        whole = copies.fold(database)
        for suffix in ("", "-wal"):
            beside = database.with_name(database.name + suffix)
            if beside.exists():
                _keep(beside, replaced.with_name(replaced.name + suffix))
        sync_folder(settings.data)
        if not whole:
            # What stands there cannot be opened, so it has no state to lose; its journal must not meet the new one.
            for suffix in ("-wal", "-shm"):
                database.with_name(database.name + suffix).unlink(missing_ok=True)
            sync_folder(settings.data)
    # What was seen of the audit was seen of the state that is replaced.
    witness.forget(settings.data)
    _put_aside_archives(settings.data / archive.FOLDER, manifest.made_at, _stamp(now))
    copy.rename(database)
    sync_folder(settings.data)
    return replaced


def _keep(file: Path, name: Path) -> None:
    try:
        name.hardlink_to(file)
    except OSError:
        # A file system without hard links. A copy that is cut off by a kill is worth nothing, but then nothing has
        # been replaced yet either.
        shutil.copy2(file, name)
        with name.open("rb") as copied:
            os.fsync(copied.fileno())


def _dated(database: Path, now: int) -> Path:
    stamp = _stamp(now)
    for number in range(1, 1000):
        mark = stamp if number == 1 else f"{stamp}-{number}"
        name = database.with_name(f"{database.stem}.replaced-{mark}{database.suffix}")
        if not name.exists():
            return name
    raise SetupError(f"There are too many replaced databases in {database.parent}; move some away.")


def _put_aside_archives(folder: Path, made_at: int, stamp: str) -> None:
    """Move archives that the audit made after the backup into a folder of their own.

    Their events are of a chain that the restored one does not go on; they stay verifiable there.
    """
    first = f"audit-{datetime.fromtimestamp(made_at, UTC):%Y-%m-%dT%H%M%SZ}"  # as `archive.new_file` names them
    later = [path for path in folder.glob("audit-*.jsonl") if path.name >= first]
    if later:
        aside = folder / f"replaced-{stamp}"
        aside.mkdir(mode=installation.FOLDER_MODE, exist_ok=True)
        for path in later:
            path.rename(aside / path.name)


def _stamp(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y%m%dT%H%M%SZ}"


def _drop_twins(database: Path) -> None:
    """Remove second names of the living database that a restore left which was killed before it replaced anything."""
    for name in database.parent.glob(f"{database.stem}.replaced-*{database.suffix}"):
        if name.samefile(database):
            name.unlink()

"""Making a backup while the service serves, and looking through one.

What is being written bears another name until it is whole and durable, so a killed backup leaves nothing that could be
taken for one. The master key is never in it.
"""

import contextlib
import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy.exc import DatabaseError

from extension_api.audit import service as audit
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.crypto import Keyring
from extension_api.db import Database, knows_revision
from extension_api.errors import SetupError
from extension_api.key_source import source_of, sync_folder
from extension_api.keys import container, copies, rows, service
from extension_api.keys.container import Backup, Manifest
from extension_api.settings import Settings

PARTIAL: Final = ".wayfill-partial"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look through a backup found; `values` is `None` where a key is missing, so that nothing was opened."""

    manifest: Manifest
    missing: list[str]
    values: int | None
    shut: list[str]


def make(settings: Settings, database: Database, keyring: Keyring, target: Path, *, now: int) -> Manifest:
    """Write a backup of the living installation into a new file.

    Args:
        settings: Of the installation.
        database: Its database.
        keyring: Its keys.
        target: The new file.
        now: The time, in seconds since the epoch.

    Raises:
        SetupError: The file is there already, or cannot be written; then there is none.
    """
    if target.exists():
        raise SetupError(f"The file {target} is there already; a backup is never written over.")
    try:
        with _partial(target) as (file, partial, copy):
            with database.writing() as session:
                audit.record(session, COMMAND_LINE, Action.BACKUP_MAKE, now=now, detail=target.name)
            if settings.database_url is None:
                copies.make(settings.database_file, copy)
            else:
                rows.to_file(database, copy)
                copies.fold(copy)
            manifest = copies.describe(copy, now=now)
            with copy.open("rb") as content:
                container.write(file, manifest, keyring, content)
            file.flush()
            os.fsync(file.fileno())
            # Under its own name there is no lock any more by which another backup would know what to sweep away.
            copy.unlink()
            partial.rename(target)
            sync_folder(target.parent)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        raise SetupError(f"The backup {target} cannot be written: {words_of(error)}. There is no such file.") from None
    return manifest


def verify(settings: Settings, path: Path) -> Verified:
    """Look through a backup: every byte, and every sealed value if its keys are at hand.

    Raises:
        SetupError: It is damaged, altered, or newer than this Wayfill.
    """
    try:
        with contextlib.closing(Backup(path)) as backup, tempfile.TemporaryDirectory(prefix="wayfill-") as folder:
            copy = Path(folder) / container.DATABASE
            with copy.open("wb") as file:
                backup.copy_to(file)
            return _looked_through(settings, backup, copy)
    except (OSError, DatabaseError) as error:
        raise SetupError(f"The backup {path} could not be looked through: {words_of(error)}.") from None


def _looked_through(settings: Settings, backup: Backup, copy: Path) -> Verified:
    require_known_tables(backup)
    try:
        keyring = Keyring(*source_of(settings).read())
    except SetupError:
        return Verified(backup.manifest, backup.manifest.keys, None, [])
    missing = [key_id for key_id in backup.manifest.keys if not keyring.knows(key_id)]
    if missing:
        return Verified(backup.manifest, missing, None, [])
    backup.require_genuine(keyring)
    database = copies.tried(copy, keyring)
    try:
        with database.reading() as session:
            values, shut = service.shut(session, keyring)
    finally:
        database.close()
    return Verified(backup.manifest, [], values, shut)


def words_of(error: Exception) -> str:
    """Return what the system or the database said, without the statement and its values."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error.orig) if isinstance(error, DatabaseError) else str(error)


def require_known_tables(backup: Backup) -> None:
    """Check that this Wayfill knows the tables of a backup.

    Raises:
        SetupError: They are of a newer one.
    """
    if not knows_revision(backup.manifest.tables):
        raise SetupError(
            f"The backup {backup.path} was made by a newer Wayfill ({backup.manifest.wayfill}, tables"
            f" {backup.manifest.tables}). Install that version; nothing was changed."
        )


@contextmanager
def _partial(target: Path) -> Iterator[tuple[BinaryIO, Path, Path]]:
    _sweep(target.parent)
    name = target.with_name(f".{target.name}{PARTIAL}")
    copy = name.with_name(f"{name.name}.sqlite3")
    with os.fdopen(_for_the_owner(name, os.O_WRONLY | os.O_CREAT), "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(f"Another backup is being written to {target}.") from None
        try:
            file.truncate()
            # An empty file of the right mode is what the copy is made into.
            _remove_copy(copy)
            os.close(_for_the_owner(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            yield file, name, copy
        finally:
            # After the rename the name is gone already; after a failure what was written is worth nothing.
            _remove_copy(copy)
            name.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what killed backups left."""
    for name in folder.glob(f".*{PARTIAL}"):
        with contextlib.suppress(OSError), name.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_copy(name.with_name(f"{name.name}.sqlite3"))
            name.unlink()


def _remove_copy(copy: Path) -> None:
    # SQLite leaves a journal beside a copy whose making was killed.
    for suffix in ("-journal", "-wal", "-shm", ""):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def _for_the_owner(path: Path, flags: int) -> int:
    return os.open(path, flags, 0o600)

"""A copy of the database beside the living one: made from it, described, and tried out before it may take its place.

A copy is always made in one read of one state, so it is consistent while the service writes on.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, func, inspect, select, table
from sqlalchemy.orm import Session

from extension_api import installation, revision
from extension_api.crypto import CannotOpen, Keyring
from extension_api.db import Database
from extension_api.engines import BUSY_TIMEOUT_MS
from extension_api.errors import SetupError
from extension_api.keys import service
from extension_api.keys.container import FORMAT, PIECE, Manifest

MAGIC: Final = b"SQLite format 3\0"
"""With which every database of this engine begins (sqlite.org/fileformat2.html, section 1.3.1)."""
TRIES: Final = 16
"""Values of one kind that are tried before a copy is taken for one that this key does not open."""


def make(source: Path, target: Path) -> None:
    """Copy a living database into a new file.

    Raises:
        sqlite3.Error: It cannot be read, or the copy cannot be written.
    """
    connection = sqlite3.connect(source, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
    try:
        # One read transaction; pages that are free, and may still hold what was removed, stay behind.
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()


def describe(copy: Path, *, now: int) -> Manifest:
    """Return the manifest of a copy.

    Raises:
        SetupError: The copy is not whole.
    """
    with _unchanged(copy) as session:
        connection = session.connection()
        _require_whole(session, copy)
        counts = {
            name: session.scalars(select(func.count()).select_from(table(name))).one()
            for name in sorted(inspect(connection).get_table_names())
        }
        tables = MigrationContext.configure(connection).get_current_revision() or ""
        keys = {key_id for _, key_id in service.count(session)}
        key_id = session.scalars(installation.NAMED).one()
        match_revision = revision.current(session)
    digest = hashlib.sha256()
    with copy.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return Manifest(
        format=FORMAT,
        wayfill=version("wayfill"),
        tables=tables,
        made_at=now,
        key_id=key_id,
        keys=sorted(keys | {key_id}),
        revision=match_revision,
        counts=counts,
        size=copy.stat().st_size,
        sha256=digest.hexdigest(),
    )


def fold(database: Path) -> bool:
    """Bring the journal into the database's file, so that it is one file; tell whether that could be done.

    Raises:
        SetupError: Somebody else has the database open.
    """
    if not readable(database):
        return False
    try:
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            # Only the last one to have it open can leave the mode that has a journal of its own.
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            busy, mode = 1, ""
        else:
            return False
    except sqlite3.DatabaseError:
        return False
    if busy or mode != "delete":
        raise SetupError(f"Another program has {database} open; close it and try again. Nothing was changed.")
    return True


def readable(database: Path) -> bool:
    """Tell whether a file is there that begins as a database of this engine does."""
    # What is no database must not be opened as one: that alone would remove its journal.
    if not database.exists():
        return False
    with database.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def tried(copy: Path, keyring: Keyring) -> Database:
    """Bring a copy to the tables of today and try whether the installation could live on it.

    Args:
        copy: The copy; it is changed.
        keyring: The keys at hand.

    Returns:
        The copy, opened; the caller closes it.

    Raises:
        SetupError: It is newer, not whole, or a key for it is missing.
    """
    database = Database(copy, keyring)
    try:
        database.migrate()
        with database.reading() as session:
            _require_whole(session, copy)
            try:
                service.one_of_each(session, keyring, tries=TRIES)
            except CannotOpen:
                raise SetupError(
                    "Values in the backup do not open under the keys at hand; nothing was changed."
                ) from None
        installation.require_known_keys(database, keyring)
    except BaseException:
        database.close()
        raise
    return database


def _require_whole(session: Session, copy: Path) -> None:
    for check in ("integrity_check", "foreign_key_check"):
        found = session.connection().exec_driver_sql(f"PRAGMA {check}").first()
        if found is not None and tuple(found) != ("ok",):
            raise SetupError(f"The database {copy} is damaged in itself ({check}: {found[0]}); nothing was changed.")


@contextmanager
def _unchanged(copy: Path) -> Iterator[Session]:
    # Opened as it lies, without the journal that a usual opening would write beside it.
    address = f"file:{copy}?mode=ro&immutable=1"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False))
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()

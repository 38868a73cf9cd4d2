"""The embedded engine: one SQLite file in the data folder.

It runs in WAL mode with `synchronous=FULL`, so what was acknowledged outlives a killed process and a power cut, and a
writer takes the write lock at once instead of failing half-way.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from extension_api.engines import BUSY_TIMEOUT_MS, PATIENCE, WRITES
from extension_api.errors import SetupError

CHECKPOINT: Final = "wal_autocheckpoint=8000"
"""Pages (32 MB) after which what was written is put in its place. Each event touches a page of every audit index: the
same pages again and again, which then are written there once instead of eight times."""


class Sqlite:
    """A database in one file.

    Args:
        file: The file; its folder must exist.
    """

    fair = False

    def __init__(self, file: Path) -> None:
        self._file = file

    def __str__(self) -> str:
        return str(self._file)

    def engine(self, *, migrating: bool = False) -> Engine:
        """Return an engine whose transactions begin as readers or as the one writer.

        Args:
            migrating: SQLite alters a table by making it anew, and dropping the old one would delete, by cascade, what
                refers to it. So foreign keys rest meanwhile and are checked as a whole before the commit
                (sqlite.org/lang_altertable.html).
        """
        engine = create_engine(
            f"sqlite:///{self._file}",
            hide_parameters=True,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        )
        keys = f"foreign_keys={'OFF' if migrating else 'ON'}"

        @event.listens_for(engine, "connect")
        def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - narrows the driver's type
            # The driver must not begin transactions of its own: `begin` below says when and how.
            connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", CHECKPOINT, keys, "trusted_schema=OFF"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # A reader that turns into a writer fails at once when another wrote in between; so writers say so first.
            options: Any = connection.get_execution_options()
            if options.get(WRITES):
                connection.exec_driver_sql(f"PRAGMA busy_timeout={options.get(PATIENCE, BUSY_TIMEOUT_MS):d}")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")

        return engine

    @contextmanager
    def only(self, name: str) -> Iterator[bool]:
        """Hold a lock of the system on a file beside the database."""
        with self._file.with_name(f"{name}.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def serving(self, connection: Connection) -> set[str] | None:  # noqa: ARG002 - the lock of the folder tells
        """Return `None`: the data folder's own lock lets one server in."""
        return None

    def clock(self, connection: Connection) -> float | None:  # noqa: ARG002 - it has none of its own
        """Return `None`."""
        return None

    def require_whole(self, connection: Connection) -> None:
        """Raise `SetupError` if a row refers to one that is not there, after a migration."""
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise SetupError(f"A migration leaves a row of {broken[0]} without what it refers to; nothing was changed.")

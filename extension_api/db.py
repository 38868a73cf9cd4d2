"""The database: one engine, explicit transactions, migrations under a lock.

Readers and writers are told apart when a transaction begins. SQLite runs in WAL mode with `synchronous=FULL`, so what
was acknowledged outlives a killed process and a power cut, and a writer takes the write lock at once instead of
failing half-way. Nothing here knows a table of a feature.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from extension_api.crypto import Keyring
from extension_api.errors import SetupError

MIGRATIONS: Final = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS: Final = 10_000
"""How long a writer waits for another one; a burst of sign-ins must queue here, not fail."""
WRITES: Final = "wayfill_writes"
PATIENCE: Final = "wayfill_patience_ms"
DATABASE: Final = "wayfill_database"

NAMING: Final = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table's class derives from."""

    metadata = MetaData(naming_convention=NAMING)


class Database:
    """The database of one installation.

    Args:
        file: The SQLite file; its folder must exist.
        keyring: The keys of the installation, which every session carries for the audit; without them a session can
            read and write, but nothing in it can be put on record.
    """

    def __init__(self, file: Path, keyring: Keyring | None = None) -> None:
        self._file = file
        self.keyring = keyring
        self._engine = _sqlite(file)
        carried = {DATABASE: self}
        self._reading = sessionmaker(self._engine, expire_on_commit=False, info=carried)
        self._writing = sessionmaker(
            self._engine.execution_options(**{WRITES: True}), expire_on_commit=False, info=carried
        )

    def session(self, *, writes: bool) -> Session:
        """Return a session whose transaction begins with its first statement; the caller commits and closes."""
        return self._writing() if writes else self._reading()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a short transaction that sees one state of the database."""
        with self._reading() as session:
            yield session

    @contextmanager
    def writing(self, *, patience_ms: int = BUSY_TIMEOUT_MS) -> Iterator[Session]:
        """Open a short transaction that is committed at the end of the block, or rolled back by an exception.

        Args:
            patience_ms: How long to wait for another writer before giving up with an `OperationalError`.
        """
        bind = self._engine.execution_options(**{WRITES: True, PATIENCE: patience_ms})
        with self._writing(bind=bind) as session, session.begin():
            yield session

    def at_write(self, act: Callable[[Connection], None]) -> None:
        """Call `act` at the beginning of every writing transaction, inside it."""

        @event.listens_for(self._engine, "begin")
        def begun(connection: Connection) -> None:
            if connection.get_execution_options().get(WRITES):
                act(connection)

    def close(self) -> None:
        """Give the connections back to the system."""
        self._engine.dispose()

    def migrate(self) -> None:
        """Bring the tables to the newest revision, in one transaction that holds the write lock.

        Raises:
            SetupError: The database was written by a newer Wayfill.
        """
        # SQLite alters a table by making it anew, and dropping the old one would delete, by cascade, what refers to it.
        # So foreign keys rest meanwhile and are checked as a whole before the commit (sqlite.org/lang_altertable.html).
        engine = _sqlite(self._file, foreign_keys=False)
        try:
            with self._opened(engine, writes=True) as connection:
                if self._revision(connection) != self._newest():
                    config = _alembic()
                    config.attributes["connection"] = connection
                    command.upgrade(config, "head")
                    _require_whole(connection)
        finally:
            engine.dispose()

    def check(self) -> None:
        """Raise `SetupError` unless the tables are those that this code knows."""
        with self._opened(self._engine, writes=False) as connection:
            if self._revision(connection) != self._newest():
                raise SetupError(f"The database {self._file} is older than this Wayfill; run: wayfill init")

    @contextmanager
    def _opened(self, engine: Engine, *, writes: bool) -> Iterator[Connection]:
        try:
            with engine.execution_options(**{WRITES: writes}).begin() as connection:
                yield connection
        except DatabaseError as error:
            raise SetupError(f"The database {self._file} cannot be read: {error.orig}") from None

    def _revision(self, connection: Connection) -> str | None:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is not None and not knows_revision(revision):
            raise SetupError(
                f"The database {self._file} was written by a newer Wayfill (its revision {revision} is unknown here)."
                " Install that version, or restore a backup made by this one; nothing was changed."
            )
        return revision

    @staticmethod
    def _newest() -> str | None:
        return ScriptDirectory.from_config(_alembic()).get_current_head()


def knows_revision(revision: str) -> bool:
    """Tell whether this code knows tables of that revision."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def keyring_of(session: Session) -> Keyring:
    """Return the keys of the installation that `session` belongs to.

    Raises:
        LookupError: The session's database was opened without them.
    """
    database = session.info.get(DATABASE)
    if not isinstance(database, Database) or database.keyring is None:
        raise LookupError("This database was opened without the keyring of its installation.")
    return database.keyring


def _require_whole(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise SetupError(f"A migration leaves a row of {broken[0]} without what it refers to; nothing was changed.")


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _sqlite(file: Path, *, foreign_keys: bool = True) -> Engine:
    engine = create_engine(
        f"sqlite:///{file}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - narrows the driver's type
        # The driver must not begin transactions of its own: `begin` below says when and how.
        connection.isolation_level = None
        keys = f"foreign_keys={'ON' if foreign_keys else 'OFF'}"
        for pragma in ("journal_mode=WAL", "synchronous=FULL", keys, "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turns into a writer fails at once when another wrote in between; so writers say so first.
        options: Any = connection.get_execution_options()
        if options.get(WRITES):
            connection.exec_driver_sql(f"PRAGMA busy_timeout={options.get(PATIENCE, BUSY_TIMEOUT_MS):d}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")

    return engine

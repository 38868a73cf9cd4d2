"""The database: one engine, explicit transactions, migrations under a lock.

Where it is and how transactions begin there is `sqlite.py`'s or `postgres.py`'s; what both keep to stands in
`engines.py`. Nothing here knows a table of a feature.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from extension_api.crypto import Keyring
from extension_api.engines import BUSY_TIMEOUT_MS, PARALLEL, PATIENCE, WRITES, Place
from extension_api.errors import SetupError
from extension_api.locks import Taken
from extension_api.postgres import Postgres
from extension_api.quick import Lines
from extension_api.sqlite import Sqlite

MIGRATIONS: Final = Path(__file__).parent / "migrations"
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
        place: The SQLite file, whose folder must exist, or the address of a PostgreSQL database.
        keyring: The keys of the installation, which every session carries for the audit; without them a session can
            read and write, but nothing in it can be put on record.

    Raises:
        SetupError: `place` is no such address.
    """

    def __init__(self, place: Path | str, keyring: Keyring | None = None) -> None:
        self._place: Place = Sqlite(place) if isinstance(place, Path) else Postgres(place)
        self.keyring = keyring
        self._engine = self._place.engine()
        carried = {DATABASE: self}
        self._reading = sessionmaker(self._engine, expire_on_commit=False, info=carried)
        self._writing = sessionmaker(
            self._engine.execution_options(**{WRITES: True}), expire_on_commit=False, info=carried
        )
        self.lines = Lines(self._engine)
        self._beside = self._engine.execution_options(**{WRITES: True, PARALLEL: True})

    def session(self, *, writes: bool, parallel: bool = False) -> Session:
        """Return a session whose transaction begins with its first statement; the caller commits and closes.

        Args:
            writes: Whether it may write.
            parallel: Whether it may write beside other writers, since it locks each row that it decides by.
        """
        if writes and parallel:
            return self._writing(bind=self._beside)
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

    @property
    def fair(self) -> bool:
        """Whether writers that wait get their turn in the order in which they came."""
        return self._place.fair

    @contextmanager
    def only(self, name: str, words: str) -> Iterator[None]:
        """Hold the lock `name` of this database against every process on every node.

        Raises:
            Taken: Somebody else holds it; `words` are for them.
        """
        with self._place.only(name) as free:
            if not free:
                raise Taken(words)
            yield

    def serving(self) -> set[str] | None:
        """Return the names of the nodes that serve this database, or `None` where the data folder's lock tells."""
        with self._opened(self._engine, writes=False) as connection:
            return self._place.serving(connection)

    def close(self) -> None:
        """Give the connections back to the system."""
        self.lines.close()
        self._engine.dispose()

    def migrate(self) -> None:
        """Bring the tables to the newest revision, in one transaction that holds the write lock.

        Raises:
            SetupError: The database was written by a newer Wayfill.
        """
        engine = self._place.engine(migrating=True)
        try:
            with self._opened(engine, writes=True) as connection:
                if self._revision(connection) != self._newest():
                    config = _alembic()
                    config.attributes["connection"] = connection
                    command.upgrade(config, "head")
                    self._place.require_whole(connection)
        finally:
            engine.dispose()

    def clock(self, session: Session) -> float | None:
        """Return the time that the database's server has, or `None` where that is this machine."""
        return self._place.clock(session.connection())

    @contextmanager
    def bare(self) -> Iterator[Connection]:
        """Open a writing transaction in which all of the database may be replaced, however long that takes.

        References between rows need hold at its end only.
        """
        engine = self._place.engine(migrating=True)
        try:
            with engine.execution_options(**{WRITES: True}).begin() as connection:
                yield connection
                self._place.require_whole(connection)
        finally:
            engine.dispose()

    def check(self) -> None:
        """Raise `SetupError` unless the tables are those that this code knows."""
        with self._opened(self._engine, writes=False) as connection:
            if self._revision(connection) != self._newest():
                raise SetupError(f"The database {self._place} is older than this Wayfill; run: wayfill init")

    def is_set_up(self) -> bool:
        """Tell whether the tables were ever made.

        Raises:
            SetupError: The database cannot be asked.
        """
        with self._opened(self._engine, writes=False) as connection:
            return MigrationContext.configure(connection).get_current_revision() is not None

    @contextmanager
    def _opened(self, engine: Engine, *, writes: bool) -> Iterator[Connection]:
        try:
            with engine.execution_options(**{WRITES: writes}).begin() as connection:
                yield connection
        except DatabaseError as error:
            raise SetupError(f"The database {self._place} cannot be read: {error.orig}") from None

    def _revision(self, connection: Connection) -> str | None:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is not None and not knows_revision(revision):
            raise SetupError(
                f"The database {self._place} was written by a newer Wayfill (its revision {revision} is unknown here)."
                " Install that version, or restore a backup made by this one; nothing was changed."
            )
        return revision

    @staticmethod
    def _newest() -> str:
        return _revisions()[0]


def knows_revision(revision: str) -> bool:
    """Tell whether this code knows tables of that revision."""
    return revision in _revisions()


@functools.cache
def _revisions() -> tuple[str, ...]:
    """Return the revisions of the tables that this code knows, newest first; read once, as they lie in files."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions())


def keyring_of(session: Session) -> Keyring:
    """Return the keys of the installation that `session` belongs to.

    Raises:
        LookupError: The session's database was opened without them.
    """
    database = session.info.get(DATABASE)
    if not isinstance(database, Database) or database.keyring is None:
        raise LookupError("This database was opened without the keyring of its installation.")
    return database.keyring


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config

"""Setting up an installation, and refusing to start one that does not fit together.

A key is made once, before there is a database. From then on a missing or another key stops the start: making a new one
would leave every sealed value shut for ever. Everything here may be run again without harm.

The database names the key that seals, and each writing transaction asks for it when it begins. So when the key changes
(`keys/rotation.py`) no process can go on sealing with one that is about to be thrown away.
"""

import os
from typing import Final

from sqlalchemy import BigInteger, Connection, Integer, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from extension_api.crypto import Keyring
from extension_api.db import Base, Database
from extension_api.errors import SetupError
from extension_api.key_source import KeyFile, KeySource, source_of
from extension_api.settings import Settings

FOLDER_MODE: Final = 0o700


class SealingKey(Base):
    """A key that sealed something in this database, by its id; the key itself is never here."""

    __tablename__ = "sealing_key"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    first_used_at: Mapped[int] = mapped_column(BigInteger)
    generation: Mapped[int] = mapped_column(Integer, unique=True)
    """The key of the highest generation seals."""
    retired_at: Mapped[int | None] = mapped_column(BigInteger)
    """When nothing was sealed by it any more; until then it is needed to open what it sealed."""


NAMED: Final = select(SealingKey.id).order_by(SealingKey.generation.desc()).limit(1)
"""The key that seals."""
HELD: Final = NAMED.with_for_update(read=True)
"""The same, held while values are sealed with it, on an engine whose writers run in parallel, so that a change of the
key waits for them; SQLite lets one writer in at a time and has no need of that."""


def prepare(settings: Settings, now: int) -> None:
    """Make the data folder, the key and the tables, whichever is not there yet.

    Args:
        settings: How the installation is set up.
        now: The time, in seconds since the epoch.

    Raises:
        SetupError: The folder cannot be written, the key is missing or another one, or the database is newer.
    """
    make_folder(settings)
    source = source_of(settings)
    database = Database(settings.database)
    try:
        if isinstance(source, KeyFile) and not source.path.exists() and not is_there(settings):
            source.make()
        keyring = _keyring(source)
        database.migrate()
        with database.writing() as session:
            if session.scalar(select(SealingKey.id).limit(1)) is None:
                session.add(SealingKey(id=keyring.key_id, first_used_at=now, generation=1))
        require_known_keys(database, keyring)
    finally:
        database.close()


def is_there(settings: Settings) -> bool:
    """Tell whether there is an installation: a database that was set up, whatever its state.

    Raises:
        SetupError: The database cannot be asked.
    """
    if settings.database_url is None:
        return settings.database_file.exists()
    database = Database(settings.database)
    try:
        return database.is_set_up()
    finally:
        database.close()


def open_database(settings: Settings) -> tuple[Database, Keyring]:
    """Open the database of an installation that is set up, with the keys that open what is sealed in it.

    Raises:
        SetupError: The database or a key does not fit.
    """
    keyring = _keyring(source_of(settings))
    database = Database(settings.database, keyring)
    try:
        database.check()
        require_known_keys(database, keyring)
    except SetupError:
        database.close()
        raise
    return database, keyring


def require_known_keys(database: Database, keyring: Keyring) -> None:
    """Check that every key is at hand that sealed what the database holds, and seal with the one that it names.

    Raises:
        SetupError: One is missing.
    """
    with database.reading() as session:
        needed = session.scalars(select(SealingKey.id).where(SealingKey.retired_at.is_(None))).all()
    missing = [key_id for key_id in needed if not keyring.knows(key_id)]
    if not needed or missing:
        raise SetupError(
            f"The master key is not the one that sealed this database, which needs the key {' and '.join(missing)}."
            " Put the right key back from your backup; nothing was changed."
        )
    follow(database, keyring)


def knows_its_key(session: Session, keyring: Keyring) -> bool:
    """Tell whether the key that the database names is at hand."""
    key_id = session.scalar(NAMED)
    return key_id is not None and keyring.knows(key_id)


def keys_needed(session: Session) -> int:
    """Return how many keys are needed to open what is sealed."""
    return session.scalars(select(func.count()).select_from(SealingKey).where(SealingKey.retired_at.is_(None))).one()


def follow(database: Database, keyring: Keyring) -> None:
    """Have each writing transaction of `database` seal with the key that the database names when it begins."""
    with database.reading() as session:
        dialect = session.connection().dialect
    # Every fill writes, so this is asked in the driver's own words, ready made.
    question = str(HELD.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

    def name(connection: Connection) -> None:
        key_id = connection.exec_driver_sql(question).scalar()
        if key_id is not None:
            keyring.seal_with(key_id)

    with database.reading() as session:
        key_id = session.scalar(NAMED)
    if key_id is not None:
        keyring.seal_with(key_id)
    database.at_write(name)


def make_folder(settings: Settings) -> None:
    """Make the data folder.

    Raises:
        SetupError: It cannot be made or written.
    """
    try:
        settings.data.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The data folder {settings.data} cannot be made: {error.strerror}. Choose another by --data."
        ) from None
    if not os.access(settings.data, os.W_OK | os.X_OK):
        raise SetupError(
            f"The data folder {settings.data} cannot be written. Choose another by --data, or correct its rights."
        )


def _keyring(source: KeySource) -> Keyring:
    return Keyring(*source.read(), reread=source.read)

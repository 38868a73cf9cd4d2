"""Setting up an installation, and refusing to start one that does not fit together.

A key is made once, before there is a database. From then on a missing or another key stops the start: making a new one
would leave every sealed value shut for ever. Everything here may be run again without harm.
"""

import os
from typing import Final

from sqlalchemy import BigInteger, String, select
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.crypto import Keyring, new_key_file, read_key_file
from extension_api.db import Base, Database
from extension_api.errors import SetupError
from extension_api.settings import MasterKey, Settings

FOLDER_MODE: Final = 0o700


class SealingKey(Base):
    """A key that sealed something in this database, by its id; the key itself is never here."""

    __tablename__ = "sealing_key"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    first_used_at: Mapped[int] = mapped_column(BigInteger)


def prepare(settings: Settings, now: int) -> None:
    """Make the data folder, the key and the tables, whichever is not there yet.

    Args:
        settings: How the installation is set up.
        now: The time, in seconds since the epoch.

    Raises:
        SetupError: The folder cannot be written, the key is missing or another one, or the database is newer.
    """
    _make_folder(settings)
    new = not settings.database_file.exists()
    if settings.master_key is None and new and not settings.key_file.exists():
        try:
            new_key_file(settings.key_file)
        except OSError as error:
            raise SetupError(f"The key file {settings.key_file} cannot be written: {error.strerror}.") from None
    keyring = Keyring(master_key_of(settings))
    database = Database(settings.database_file)
    try:
        database.migrate()
        with database.writing() as session:
            if session.scalar(select(SealingKey.id).limit(1)) is None:
                session.add(SealingKey(id=keyring.key_id, first_used_at=now))
        require_known_key(database, keyring)
    finally:
        database.close()


def master_key_of(settings: Settings) -> MasterKey:
    """Return the master key from where the settings say it is.

    Raises:
        SetupError: It is missing or no key.
    """
    return settings.master_key or read_key_file(settings.key_file)


def require_known_key(database: Database, keyring: Keyring) -> None:
    """Check that the key is the one that sealed what the database holds.

    Raises:
        SetupError: It is another key.
    """
    with database.reading() as session:
        known = session.scalars(select(SealingKey.id)).all()
    if keyring.key_id not in known:
        raise SetupError(
            "The master key is not the one that sealed this database. Put the right key back from your backup;"
            " nothing was changed."
        )


def _make_folder(settings: Settings) -> None:
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

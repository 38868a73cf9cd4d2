"""Locks on the data folder, between processes: who serves it, who works in it, who replaces what is in it.

Those of one database, which several nodes may share, are the engine's own (`engines.Place.only`). These are the
system's file locks, dropped however a process ends: a killed one never leaves a stale lock behind. The
files themselves stay, empty.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extension_api.errors import SetupError


class Taken(SetupError):
    """Somebody else holds the lock."""


@contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Hold the data folder's lock for serving.

    Raises:
        Taken: Another server holds it.
    """
    words = f"Another wayfill serves the data folder {data}; stop it first, or choose another folder by --data."
    with _held(data / "serving.lock", fcntl.LOCK_EX, words):
        yield


@contextmanager
def at_work(data: Path) -> Iterator[None]:
    """Hold a share in the data folder, as every command does that opens its database.

    Raises:
        Taken: A restore is replacing the database.
    """
    words = f"A restore is replacing the database in {data}; try again when it is done."
    with _held(data / "work.lock", fcntl.LOCK_SH, words):
        yield


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold the data folder for oneself, to replace its database.

    Raises:
        Taken: A server or another command works with it.
    """
    words = f"Another wayfill command works in {data}; try again when it is done."
    with only_server(data), _held(data / "work.lock", fcntl.LOCK_EX, words):
        yield


@contextmanager
def _held(path: Path, kind: int, words: str) -> Iterator[None]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken(words) from None
        yield

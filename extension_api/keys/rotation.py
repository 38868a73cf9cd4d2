"""Changing the master key while the service serves.

The order of the steps is what makes it safe to be killed at any of them and begun again:

1. The new key is durable beside the old one, before anything knows of it.
2. The database names it. From then on every writing transaction seals with it (`installation.follow`), and a server
   that does not have it yet looks for it where its keys come from.
3. What other keys sealed is resealed, batch by batch. A value that somebody changes meanwhile is left to them.
4. In one transaction that holds the write lock: nothing is sealed otherwise, so the old key is noted as done with.
5. Only when that is durable, and after one more look, the old key leaves the file.

Which step comes next is read off the database and the key source, not from a note that could be wrong.
"""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from extension_api import locks
from extension_api.clock import Clock
from extension_api.crypto import Keyring, id_of_key
from extension_api.db import Database
from extension_api.engines import BUSY_TIMEOUT_MS
from extension_api.errors import SetupError
from extension_api.key_source import KeyEnvironment, KeyFile, KeySource, new_key, source_of
from extension_api.keys import service
from extension_api.postgres import node_name
from extension_api.sealed import SealedColumn
from extension_api.settings import Settings

BATCH: Final = 500
"""Values of one transaction: some milliseconds of the write lock."""
SHORTEST_PAUSE: Final = 0.002
"""Seconds for which the write lock is left to others after each batch, or as long as the batch held it."""
SETTLE: Final = 1.0
"""Seconds between the end of a rotation and its last look for values sealed by the old key."""
PASSES: Final = 5
"""Times that all columns are gone through before it is given up for now."""
GLANCE: Final = 0.002
"""Seconds between two looks for the write lock. SQLite's own way of waiting looks ever more seldom, and beside a
service that writes without a break would hardly get its turn."""
TAKEN: Final = "The master key is being changed already; `wayfill key show` tells how far it is."
LONGEST_WAIT: Final = 60.0
"""Seconds without the write lock after which it is given up for now."""

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with how many values are done and how many there are."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was done: `key_id` seals, the keys `done` seal nothing any more."""

    key_id: str
    done: list[str]
    values: int
    resumed: bool
    removed: bool
    """Whether the old key is gone from where keys come from; if not, a person must take it away there."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """One run. Raises `SetupError` where it cannot go on; the installation then works as it is, under both keys."""

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
    progress: Progress

    def run(self) -> Rotated:
        """Change the key, or finish a change that was interrupted.

        Raises:
            SetupError: There is no new key to be had, a value does not open, or the database cannot be written.
        """
        source = source_of(self.settings)
        with self.database.only("rotation", TAKEN), _unserved(self.settings, self.database, source):
            try:
                return self._run(source)
            except DatabaseError as error:
                raise SetupError(
                    f"The database could not be written: {error.orig}. Nothing is lost; run the command again, and it"
                    " goes on where it stopped."
                ) from None

    def _run(self, source: KeySource) -> Rotated:
        with self.database.reading() as session:
            keys = service.keys(session)
        retired = {key.id for key in keys if key.retired_at is not None}
        resumed = any(key.retired_at is None and not key.seals for key in keys)
        left_over = retired & {id_of_key(key) for key in source.read()}
        if not resumed and left_over and isinstance(source, KeyFile):
            # Killed between the last two steps: the rotation itself is done.
            return Rotated(keys[0].id, sorted(left_over), 0, True, self._remove(source, keys[0].id))
        key_id = keys[0].id if resumed else self._begin(source, {key.id for key in keys})
        values = self._reseal_all(key_id)
        done = self._end(key_id)
        return Rotated(key_id, done, values, resumed, self._remove(source, key_id))

    def _begin(self, source: KeySource, known: set[str]) -> str:
        unknown = [id_of_key(key) for key in source.read() if id_of_key(key) not in known]
        if not unknown:
            if not isinstance(source, KeyFile):
                raise SetupError(
                    f"The keys come from {source.described}, which gives no new one. Make one with `wayfill key new`,"
                    " let it be given beside the old one, one a line, and run this again."
                )
            if (self.database.serving() or set()) - {node_name(self.settings.data)}:
                raise SetupError(
                    f"Other nodes serve this database, and a new key made in {source.described} would be known here"
                    " alone. Make one with `wayfill key new`, put it into the key file of every node beside the old"
                    " one, one a line, and run this again."
                )
            made = new_key()
            source.replace([*source.read(), made])
            unknown = [id_of_key(made)]
        key_id = unknown[-1]
        if not self.keyring.knows(key_id):
            raise SetupError(f"The new key {key_id} could not be read back from {source.described}.")
        self._write(lambda session: service.announce(session, key_id, now=self.clock.now()))
        return key_id

    def _reseal_all(self, key_id: str) -> int:
        self.keyring.seal_with(key_id)
        with self.database.reading() as session:
            total = service.otherwise(session, key_id)
        done = 0
        for _ in range(PASSES):
            shut: list[str] = []
            for sealed in service.columns():
                for batch in self._batches(sealed, key_id):
                    done += len(batch.changes)
                    shut += batch.shut
                    self.progress(min(done, total), total)
            with self.database.reading() as session:
                left = service.otherwise(session, key_id)
            if left == 0:
                return done
            if left <= len(shut):
                shown = "; ".join(shut[: service.SHOWN_PLACES])
                raise SetupError(
                    f"{left} sealed values open under no key, so the old key stays until they are mended: {shown}"
                )
        raise SetupError("Values are still sealed by the old key; run the command again.")

    def _batches(self, sealed: SealedColumn, key_id: str) -> Iterator[service.Batch]:
        after: tuple[Any, ...] | None = None
        while True:
            with self.database.reading() as session:
                batch = service.reseal(session, self.keyring, sealed, key_id, after=after, limit=BATCH)
            began = time.monotonic()
            self._write(functools.partial(service.store, sealed=sealed, changes=batch.changes))
            yield batch
            if batch.last is None:
                return
            after = batch.last
            # Whoever waits for the write lock looks for it from time to time; without a pause they would not get it.
            time.sleep(max(time.monotonic() - began, SHORTEST_PAUSE))

    def _write(self, act: Callable[[Session], T]) -> T:
        deadline = time.monotonic() + LONGEST_WAIT
        while True:
            try:
                with self.database.writing(patience_ms=BUSY_TIMEOUT_MS if self.database.fair else 0) as session:
                    return act(session)
            except OperationalError as error:
                if (
                    not any(word in str(error.orig) for word in ("locked", "lock timeout"))
                    or time.monotonic() > deadline
                ):
                    raise
                time.sleep(GLANCE)

    def _end(self, key_id: str) -> list[str]:
        for _ in range(PASSES):
            done = self._write(lambda session: service.retire(session, key_id, now=self.clock.now()))
            if done is not None:
                return done
            self._reseal_all(key_id)
        raise SetupError("Values are still sealed by the old key; run the command again.")

    def _remove(self, source: KeySource, key_id: str) -> bool:
        if not isinstance(source, KeyFile):
            return False
        time.sleep(SETTLE)
        for _ in range(PASSES):
            retired = self._write(lambda session: service.retired(session, key_id))
            if retired is not None:
                source.replace([key for key in source.read() if id_of_key(key) not in retired])
                return True
            self._reseal_all(key_id)
        raise SetupError("Values are still sealed by the old key, which stays; run the command again.")


@contextmanager
def _unserved(settings: Settings, database: Database, source: KeySource) -> Iterator[None]:
    """Keep servers away where they could not learn of a new key: their environment stays as it was at their start."""
    if not isinstance(source, KeyEnvironment):
        yield
        return
    try:
        if database.serving():
            raise locks.Taken
        with locks.only_server(settings.data):
            yield
    except locks.Taken:
        raise SetupError(
            "A server runs with the key in its environment, where it cannot learn of a new one. Stop it, or hand it the"
            " key by WAYFILL_KEY_FILE or WAYFILL_KEY_COMMAND."
        ) from None

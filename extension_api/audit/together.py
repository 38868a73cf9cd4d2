"""Events of many requests on record in one commit: whoever comes first writes for all who wait.

A commit waits for the disk, and while it does, others come; the next to write takes all of them along. Each caller
goes on only when its own event is durable, as with a transaction of its own, and the chain has them one behind the
other. What an event tells of must have been decided before, by a read: nothing else is written with it.
"""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from extension_api.audit import chain
from extension_api.crypto import Keyring
from extension_api.db import Database

if TYPE_CHECKING:
    from extension_api.quick import Line

MOST: Final = 64
"""Events of one commit: more would make the first of them wait."""


class _Waiting:
    """An event that is to be put on record, and what became of it."""

    __slots__ = ("called", "error", "leads", "values")

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values
        self.error: BaseException | None = None
        self.leads = False
        """Whether its thread is the next to write."""
        self.called = threading.Lock()
        """Held until its thread may go on."""
        self.called.acquire()


class Together:
    """Puts the events of one process on record; one for each installation (`Kernel.shared`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._led = False
        self._line: Line | None = None
        self._keys: chain.Keys | None = None

    def record(self, database: Database, keyring: Keyring, values: Mapping[str, object]) -> None:
        """Put an event on record; it is durable when this returns.

        Args:
            database: The database of the installation.
            keyring: The keys of the installation.
            values: The event's columns but `id` and `digest`.

        Raises:
            AuditBroken: The chain's head is not as this service left it.
            sqlalchemy.exc.OperationalError: The database did not answer.
        """
        own = _Waiting(values)
        with self._lock:
            self._waiting.append(own)
            own.leads, self._led = not self._led, True
        if not own.leads:
            own.called.acquire()
        if own.leads:
            self._lead(database, keyring)
        if own.error is not None:
            raise own.error

    def _lead(self, database: Database, keyring: Keyring) -> None:
        """Write for all who wait, call them, and hand over to one of those who came meanwhile."""
        with self._lock:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        self._write(database, keyring, batch)
        with self._lock:
            self._led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].called.release()
        for each in batch:
            if not each.leads:
                each.called.release()

    def _write(self, database: Database, keyring: Keyring, batch: list[_Waiting]) -> None:
        try:
            self._commit(database, keyring, batch)
        except Exception as error:  # noqa: BLE001 - each of those who wait is told, in their own thread
            if len(batch) == 1:
                batch[0].error = error
            else:
                # One event that the database refuses must not take the others with it.
                for each in batch:
                    self._write(database, keyring, [each])

    def _commit(self, database: Database, keyring: Keyring, batch: list[_Waiting]) -> None:
        if self._keys is None:
            self._keys = chain.Keys(keyring)
        known, began = self._line is not None, False
        if self._line is None:
            self._line = database.lines.open()
        try:
            with self._line.writing():
                began = True
                begun = chain.append_all(self._line, self._keys, [each.values for each in batch])
        except BaseException as error:  # noqa: BLE001 - passed on as what the service knows
            # Whatever happened, nothing is known of the state of this connection.
            database.lines.drop(self._line)
            self._line = None
            if known and not began:
                # The server was restarted since the last batch: nothing was begun, and a new connection is worth a try.
                self._commit(database, keyring, batch)
                return
            raise database.lines.failed(error) from None
        if not begun:
            with database.writing() as session:
                for each in batch:
                    chain.append(session, each.values)

"""What every database engine of the service keeps to, so that no feature knows which one it runs on.

Readers and writers are told apart when a transaction begins, by options of the connection. A reader sees one state of
the database. Writers go one at a time: what one has looked up holds until it commits, and no feature has to think of
another that does the same meanwhile. Only what says `PARALLEL`, because it locks each row that it decides by, goes
beside others where the engine lets it.
"""

from contextlib import AbstractContextManager
from typing import Final, Protocol

from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a writer waits for another one; a burst of sign-ins must queue here, not fail."""
WRITES: Final = "wayfill_writes"
PATIENCE: Final = "wayfill_patience_ms"
PARALLEL: Final = "wayfill_parallel"


class Place(Protocol):
    """Where a database is and how it is reached; in words, without a secret, as `str`."""

    fair: bool
    """Whether writers that wait get their turn in the order in which they came."""

    def engine(self, *, migrating: bool = False) -> Engine:
        """Return an engine that begins transactions as this module says."""

    def only(self, name: str) -> AbstractContextManager[bool]:
        """Hold the lock `name` of this database against every other process on every node; gives whether it is free.

        It is dropped however the process ends.
        """

    def serving(self, connection: Connection) -> set[str] | None:
        """Return the names of the nodes that serve this database now, or `None` where only one machine can."""

    def clock(self, connection: Connection) -> float | None:
        """Return the time that the server has, or `None` where there is none but this machine."""

    def require_whole(self, connection: Connection) -> None:
        """Raise `SetupError` if a row refers to one that is not there, after a migration."""

"""The engine that a team grows into: a PostgreSQL server, shared by any number of nodes.

Readers see one state of the database (REPEATABLE READ, read only). Writers are let in one at a time by an advisory lock
of the whole database, as SQLite does, so that one set of rules holds on both; those that lock each row that they decide
by go beside others. Statements, waits and idle transactions are bounded in time: a node that hangs holds up nobody.
"""

import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from psycopg import IsolationLevel
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from extension_api.engines import BUSY_TIMEOUT_MS, PARALLEL, PATIENCE, WRITES
from extension_api.errors import SetupError

SCHEMES: Final = ("postgresql://", "postgres://")
STATEMENT_MS: Final = 30_000
"""The longest honest statement is one of a migration or of an archive, over a table of millions of rows."""
IDLE_MS: Final = 60_000
MIGRATION_MS: Final = 600_000
"""How long a node that starts waits for another one that is just migrating, and a migration for a table."""
NAME: Final = "wayfill"
SERVING: Final = "wayfill serve "
"""Before the name of a node that serves, as the server lists its connections."""
NAMED_BY: Final = "PGAPPNAME"
"""libpq's own variable, which worker processes inherit."""
CONNECT_SECONDS: Final = 5
WRITERS: Final = 0x57_61_79_66_69_6C_6C
"""Names the lock of those who write one at a time: "Wayfill" in ASCII."""
CONNECTIONS: Final = 16
"""Of one process, at most: more wait for each other in the database instead of here."""


class Postgres:
    """A database on a PostgreSQL server.

    Args:
        address: `postgresql://name:password@host:port/database`, with libpq's further parameters behind a `?`.

    Raises:
        SetupError: This is no such address.
    """

    fair = True

    def __init__(self, address: str) -> None:
        try:
            url = make_url(address)
        except ArgumentError:
            url = None
        if url is None or not address.startswith(SCHEMES) or not url.database:
            raise SetupError(
                "WAYFILL_DATABASE_URL must look like postgresql://name:password@host:5432/database; what was given is"
                " not repeated here, since it may hold the password."
            )
        self._url: URL = url.set(drivername="postgresql+psycopg")

    def __str__(self) -> str:
        port = f":{self._url.port}" if self._url.port else ""
        return f"{self._url.database} on {self._url.host or 'this machine'}{port}"

    def engine(self, *, migrating: bool = False) -> Engine:
        """Return an engine whose transactions begin as readers or as writers; a migration may take its time."""
        bounds = {
            "statement_timeout": 0 if migrating else STATEMENT_MS,
            "lock_timeout": MIGRATION_MS if migrating else BUSY_TIMEOUT_MS,
            "idle_in_transaction_session_timeout": IDLE_MS,
            "timezone": "UTC",
        }
        engine = create_engine(
            self._url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=BUSY_TIMEOUT_MS / 1000,
            hide_parameters=True,  # of an error's words, which end up in logs
            connect_args={
                "application_name": os.environ.get(NAMED_BY, NAME),
                "connect_timeout": CONNECT_SECONDS,
                "options": " ".join(f"-c {name}={value}" for name, value in bounds.items()),
            },
        )

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            options: Any = connection.get_execution_options()
            writes = bool(options.get(WRITES))
            # Said to the driver, which puts it into its BEGIN: no further way to the server.
            driver: Any = connection.connection.dbapi_connection
            driver.read_only = not writes
            driver.isolation_level = IsolationLevel.READ_COMMITTED if writes else IsolationLevel.REPEATABLE_READ
            if not writes:
                return
            if PATIENCE in options:
                # 0 would be for ever.
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, options[PATIENCE]):d}")
            if not options.get(PARALLEL):
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")

        return engine

    @contextmanager
    def only(self, name: str) -> Iterator[bool]:
        """Hold a lock of the server's, on a connection of its own for as long."""
        engine = create_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        key = int.from_bytes(hashlib.sha256(f"wayfill {name}".encode()).digest()[:8], "big", signed=True)
        with engine.connect() as connection:
            yield bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({key})").scalar_one())

    def serving(self, connection: Connection) -> set[str] | None:
        """Return the names of the nodes that are connected to serve."""
        listed = connection.exec_driver_sql(
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()"
        )
        return {name.removeprefix(SERVING) for (name,) in listed if name.startswith(SERVING)}

    def clock(self, connection: Connection) -> float | None:
        """Return the server's time, in seconds since the epoch."""
        return float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())::float8").scalar_one())

    def require_whole(self, connection: Connection) -> None:
        """Do nothing: PostgreSQL has kept foreign keys all along."""


def node_name(data: Path) -> str:
    """Return what tells a node from others: its machine and its data folder."""
    told = hashlib.sha256(f"{socket.gethostname()}\0{data.absolute()}".encode()).hexdigest()
    return f"{socket.gethostname()[:32]}-{told[:8]}"

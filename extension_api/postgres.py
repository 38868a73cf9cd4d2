"""The engine that a team grows into: a PostgreSQL server, shared by any number of nodes.

Readers see one state of the database (REPEATABLE READ, read only). Writers are let in one at a time by an advisory lock
of the whole database, as SQLite does, so that one set of rules holds on both; those that lock each row that they decide
by go beside others. Statements, waits and idle transactions are bounded in time: a node that hangs holds up nobody.
"""

from typing import Any, Final

from psycopg import IsolationLevel
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from extension_api.engines import BUSY_TIMEOUT_MS, PARALLEL, PATIENCE, WRITES
from extension_api.errors import SetupError

SCHEMES: Final = ("postgresql://", "postgres://")
STATEMENT_MS: Final = 30_000
"""The longest honest statement is one of a migration or of an archive, over a table of millions of rows."""
IDLE_MS: Final = 60_000
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
            "lock_timeout": BUSY_TIMEOUT_MS,
            "idle_in_transaction_session_timeout": IDLE_MS,
            "timezone": "UTC",
        }
        engine = create_engine(
            self._url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=BUSY_TIMEOUT_MS / 1000,
            connect_args={
                "application_name": "wayfill",
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
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {options[PATIENCE]:d}")
            if not options.get(PARALLEL):
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")

        return engine

    def require_whole(self, connection: Connection) -> None:
        """Do nothing: PostgreSQL has kept foreign keys all along."""

"""Where the databases of tests are kept: a file of SQLite each, or a database each on one PostgreSQL server.

A test asks for the settings of an installation by its data folder and does not know which engine it gets. What it looks
for in the database from outside, as an intruder or a thief would, goes by `rows` and `stored`.
"""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from extension_api import installation
from extension_api.settings import Settings
from tests.practice.postgres import Server

START = 1_800_000_000
"""Seconds since the epoch at which every test begins."""


class Engine(Protocol):
    """What tests ask of either engine."""

    name: str

    def settings(self, data: Path, *, prepared: bool = False, **others: Any) -> Settings:
        """Settings of an installation in the folder `data`, the same database each time.

        `prepared` says that `put_prepared` will follow, before anything else.
        """

    def put_prepared(self, settings: Settings) -> None:
        """Make what `wayfill init` makes, in no time."""

    def environment(self, data: Path) -> dict[str, str]:
        """What the commands of an installation need beside their usual settings."""

    def rows(self, settings: Settings, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement from outside the service, with `?` for values, and commit it."""

    def stored(self, settings: Settings) -> bytes:
        """All that somebody finds who has the database and no key."""

    def drop(self, settings: Settings) -> None:
        """Remove the database, if it takes room elsewhere than in the data folder."""


class InFiles:
    """SQLite, a file in the data folder.

    Args:
        folder: Where an installation is prepared once.
    """

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._prepared = folder / "data"

    def settings(self, data: Path, *, prepared: bool = False, **others: Any) -> Settings:  # noqa: ARG002 - see `Engine`
        """See `Engine`."""
        return Settings(data=data, **others)

    def put_prepared(self, settings: Settings) -> None:
        """See `Engine`."""
        if not self._prepared.exists():
            installation.prepare(Settings(data=self._prepared), START)
        shutil.copytree(self._prepared, settings.data)

    def environment(self, data: Path) -> dict[str, str]:  # noqa: ARG002 - see `Engine`
        """See `Engine`."""
        return {}

    def rows(self, settings: Settings, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """See `Engine`."""
        with closing(sqlite3.connect(settings.database_file)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def stored(self, settings: Settings) -> bytes:
        """See `Engine`."""
        return b"".join(path.read_bytes() for path in settings.data.glob("wayfill.sqlite3*"))

    def drop(self, settings: Settings) -> None:
        """See `Engine`."""


class OnServer:
    """PostgreSQL, a database on `server` for each data folder.

    Args:
        server: Runs as long as the tests do.
        folder: Where an installation is prepared once.
    """

    name = "postgres"

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self._prepared = folder / "data"
        self._template: str | None = None
        self._databases: dict[Path, str] = {}

    def settings(self, data: Path, *, prepared: bool = False, **others: Any) -> Settings:
        """See `Engine`."""
        if data not in self._databases:
            self._databases[data] = self.server.database(self._ready() if prepared else "template0")
        return Settings(data=data, database_url=self.server.address(self._databases[data]), **others)

    def put_prepared(self, settings: Settings) -> None:
        """See `Engine`."""
        template, name = self._ready(), self._databases[settings.data]
        if not self.server.run("SELECT 1 FROM pg_tables WHERE tablename = 'alembic_version'", database=name):
            self.server.drop(name)
            self._databases[settings.data] = self.server.database(template)
        shutil.copytree(self._prepared, settings.data)

    def environment(self, data: Path) -> dict[str, str]:
        """See `Engine`."""
        address = self.settings(data).database_url
        assert address is not None
        return {"WAYFILL_DATABASE_URL": address}

    def rows(self, settings: Settings, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """See `Engine`."""
        # The driver takes `%` for a mark of its own, but only where there are values.
        written = statement.replace("%", "%%").replace("?", "%s") if values else statement
        return self.server.run(written, *values, database=self._databases[settings.data])

    def stored(self, settings: Settings) -> bytes:
        """See `Engine`; bytes that are readable stand readable in it, as they do in the server's files."""
        found: list[bytes] = []
        with psycopg.connect(self.server.address(self._databases[settings.data])) as connection:
            connection.execute("SET bytea_output = 'escape'")
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                    found += [_unescaped(bytes(piece)) for piece in copy]
        return b"".join(found)

    def drop(self, settings: Settings) -> None:
        """See `Engine`."""
        if (name := self._databases.pop(settings.data, None)) is not None:
            self.server.drop(name)

    def _ready(self) -> str:
        if self._template is None:
            name = self.server.database()
            installation.prepare(Settings(data=self._prepared, database_url=self.server.address(name)), START)
            self._template = name
        return self._template


def _unescaped(row: bytes) -> bytes:
    """Bytes of a column come as `\\\\ooo` in a row of COPY."""
    return re.sub(rb"\\\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), row)

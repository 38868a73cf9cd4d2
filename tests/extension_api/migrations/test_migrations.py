"""Migrations go up, down and up again, keep data, and end at exactly the tables that the code declares."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from extension_api.db import Base, Database, _alembic
from extension_api.engines import WRITES
from extension_api.kernel import Kernel
from extension_api.settings import Settings

pytestmark = pytest.mark.every_engine


def test_the_tables_are_those_that_the_code_declares(app: Flask, kernel: Kernel) -> None:
    with kernel.database._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_down_and_up_again(settings: Settings) -> None:
    settings.data.mkdir()
    database = Database(settings.database)
    database.migrate()
    with database._engine.execution_options(**{WRITES: True}).begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database._engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.migrate()
    database.check()
    database.close()


@pytest.mark.sqlite("its pragmas")
def test_sqlite_is_durable_and_keeps_foreign_keys(kernel: Kernel) -> None:
    with kernel.database._engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}

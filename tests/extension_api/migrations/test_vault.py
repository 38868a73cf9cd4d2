"""The vault's migration, over a database that is in use: nothing is lost, upwards or downwards."""

import sqlite3
from collections.abc import Callable
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config

from extension_api.db import Database, _alembic
from extension_api.engines import WRITES
from extension_api.settings import Settings
from extension_api.sqlite import Sqlite

BEFORE = "0004"


def go(settings: Settings, act: Callable[[Config, str], None], revision: str) -> None:
    """Migrate as `Database.migrate` does, to another revision than the newest."""
    engine = Sqlite(settings.database_file).engine(migrating=True)
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        act(config, revision)
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()


def insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    """Insert a row; columns of other features that must hold something get 0."""
    needed = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[3] and row[4] is None]
    row: dict[str, object] = dict.fromkeys(needed, 0) | values
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608 - names of this file


@pytest.fixture
def used(settings: Settings) -> Settings:
    """A database of the revision before, with a person, a list, a record and two permissions."""
    settings.data.mkdir()
    go(settings, command.upgrade, BEFORE)
    anna, team, ads = (uuid4().hex for _ in range(3))
    connection = sqlite3.connect(settings.database_file)
    insert(connection, "account", id=anna, name="anna")
    insert(connection, "record_list", id=team, name="Team")
    insert(connection, "record", id=ads, list_id=team, title="Ads", username="ads")
    insert(connection, "permission", id=uuid4().hex, account_id=anna, list_id=team, level=10)
    insert(connection, "permission", id=uuid4().hex, account_id=anna, record_id=ads, level=30)
    connection.commit()
    connection.close()
    return settings


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(settings.database_file)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def test_a_used_database_keeps_its_lists_records_and_permissions(used: Settings) -> None:
    database = Database(used.database_file)
    database.migrate()
    database.check()
    database.close()
    assert rows(used, "SELECT name, folder_id, personal_of FROM record_list") == [("Team", None, None)]
    assert rows(used, "SELECT title, version FROM record") == [("Ads", 1)]
    assert sorted(rows(used, "SELECT level, list_id IS NULL, group_id FROM permission")) == [
        (10, 0, None),
        (30, 1, None),
    ]


def test_going_back_keeps_what_the_old_tables_can_hold(used: Settings) -> None:
    go(used, command.upgrade, "0005")
    connection = sqlite3.connect(used.database_file)
    group, second = uuid4().hex, uuid4().hex
    insert(connection, "person_group", id=group, name="ops")
    insert(connection, "record_list", id=second, name="Team")
    insert(connection, "permission", id=uuid4().hex, group_id=group, list_id=second, level=10)
    connection.commit()
    connection.close()
    go(used, command.downgrade, BEFORE)
    names = [row[0] for row in rows(used, "SELECT name FROM record_list")]
    assert len(set(names)) == 2
    assert all(str(name).startswith("Team") for name in names)
    assert sorted(rows(used, "SELECT level, list_id IS NULL FROM permission")) == [(10, 0), (30, 1)]


def test_a_permission_has_one_holder_and_one_object(used: Settings) -> None:
    go(used, command.upgrade, "0005")
    anna, team, ads = (rows(used, f"SELECT id FROM {table}")[0][0] for table in ("account", "record_list", "record"))  # noqa: S608 - names of this file
    group = uuid4().hex
    connection = sqlite3.connect(used.database_file)
    insert(connection, "person_group", id=group, name="ops")
    for wrong in (
        {"account_id": anna, "group_id": group, "list_id": team},
        {"list_id": team},
        {"group_id": group},
        {"group_id": group, "list_id": team, "record_id": ads},
    ):
        with pytest.raises(sqlite3.IntegrityError, match="one_"):
            insert(connection, "permission", id=uuid4().hex, level=10, **wrong)
    connection.close()

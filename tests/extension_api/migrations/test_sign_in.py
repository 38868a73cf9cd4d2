"""The migration of sign-in, over a database that is in use: a session that is there goes on, upwards and downwards."""

import sqlite3
from uuid import uuid4

from alembic import command

from extension_api.settings import Settings
from tests.extension_api.migrations.test_vault import go, insert, rows


def test_a_session_goes_on_and_counts_as_proved_when_it_began(settings: Settings) -> None:
    settings.data.mkdir()
    go(settings, command.upgrade, "0003")
    anna, begun = uuid4().hex, uuid4().hex
    connection = sqlite3.connect(settings.database_file)
    insert(connection, "account", id=anna, name="anna")
    insert(connection, "session", id=begun, account_id=anna, created_at=1_800_000_000, access_digest=b"a")
    insert(connection, "spent_refresh_token", digest=b"d", session_id=begun)
    connection.commit()
    connection.close()
    go(settings, command.upgrade, "0004")
    assert rows(settings, "SELECT id, proved_at FROM session") == [(begun, 1_800_000_000)]
    assert rows(settings, "SELECT session_id FROM spent_refresh_token") == [(begun,)]
    go(settings, command.downgrade, "0003")
    assert rows(settings, "SELECT id FROM session") == [(begun,)]
    assert rows(settings, "SELECT session_id FROM spent_refresh_token") == [(begun,)]
    go(settings, command.upgrade, "head")
    assert rows(settings, "SELECT proved_at FROM session") == [(1_800_000_000,)]

"""Backups on PostgreSQL: consistent while others write, put back whole or not at all, and the way between engines."""

import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.engine import Engine as AnyEngine

from extension_api.audit import archive, verify
from extension_api.db import Base, Database
from extension_api.errors import SetupError
from extension_api.keys import backup, restore, rows
from extension_api.postgres import NAMED_BY, SERVING
from extension_api.revision import current
from extension_api.settings import Settings
from extension_api.vault.models import Record
from tests.extension_api.conftest import START
from tests.extension_api.keys.conftest import Vault
from tests.practice.engines import OnServer
from tests.practice.postgres import Server


@pytest.fixture
def on_server(database_server: Server, tmp_path_factory: pytest.TempPathFactory) -> OnServer:
    return OnServer(database_server, tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def settings(on_server: OnServer, tmp_path: Path) -> Settings:
    return on_server.settings(tmp_path / "data")


def made(vault: Vault, file: Path) -> Path:
    with vault.opened() as (database, keyring):
        backup.make(vault.settings, database, keyring, file, now=START)
    return file


def everything(vault: Vault) -> dict[str, list[tuple[object, ...]]]:
    with vault.session() as (session, _):
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


CHANGED_BY_A_RESTORE = {"audit_event", "audit_head", "revision", "session"}


def same(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> bool:
    return {k: v for k, v in before.items() if k not in CHANGED_BY_A_RESTORE} == {
        k: v for k, v in after.items() if k not in CHANGED_BY_A_RESTORE
    }


def test_it_is_whole_and_comes_back_over_what_was_done_since(vault: Vault, tmp_path: Path) -> None:
    file = made(vault, tmp_path / "one.wayfill")
    before = everything(vault)
    looked = backup.verify(vault.settings, file)
    assert (looked.missing, looked.shut) == ([], [])
    assert looked.values is not None
    assert looked.values > 6
    vault.add(3)
    with vault.session() as (session, _):
        seen = current(session)
    done = restore.restore(vault.settings, file, now=START + 100)
    assert same(before, everything(vault))
    assert vault.actions("backup:") == ["backup:make", "backup:restore"]
    with vault.session() as (session, _):
        assert current(session) > seen
    vault.require_open()
    assert done.replaced is not None
    assert done.replaced.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in vault.settings.data.iterdir() if "partial" in path.name) == []
    vault.add(2)
    vault.require_open()


def test_from_sqlite_to_postgresql_and_back(vault: Vault, tmp_path: Path, on_server: OnServer) -> None:
    old = Vault(Settings(data=tmp_path / "old"))
    old.add(5)
    before = everything(old)
    file = made(old, tmp_path / "old.wayfill")
    new = Vault(on_server.settings(tmp_path / "new"))
    new.settings.data.mkdir()
    shutil.copy2(old.settings.key_file, new.settings.key_file)
    assert restore.restore(new.settings, file, now=START).replaced is None
    assert same(before, everything(new))
    new.require_open()
    new.add(1)
    back = made(new, tmp_path / "back.wayfill")
    restore.restore(old.settings, back, now=START)
    assert same(everything(new), everything(old))
    old.require_open()


def test_it_is_of_one_moment_while_others_write(vault: Vault, tmp_path: Path) -> None:
    stop, added = threading.Event(), threading.Event()

    def write() -> None:
        while not stop.is_set():
            vault.add(1)
            added.set()

    def slowly(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if connection.dialect.name == "sqlite" and statement.startswith("INSERT INTO record "):
            added.clear()
            assert added.wait(30), "nobody wrote meanwhile"

    writer = threading.Thread(target=write)
    writer.start()
    event.listen(AnyEngine, "before_cursor_execute", slowly)
    try:
        # The carrying of records waits for a further one to be added, whose events are carried before or after.
        with vault.opened() as (database, _):
            rows.to_file(database, tmp_path / "copy.sqlite3")
    finally:
        event.remove(AnyEngine, "before_cursor_execute", slowly)
        stop.set()
        writer.join(30)
    shutil.copytree(vault.settings.data, tmp_path / "data-of-copy", ignore=shutil.ignore_patterns("*.lock"))
    shutil.copy2(tmp_path / "copy.sqlite3", tmp_path / "data-of-copy" / "wayfill.sqlite3")
    copied = Vault(Settings(data=tmp_path / "data-of-copy"))
    copied.require_open()
    assert copied.count(Record) < vault.count(Record)
    with copied.session() as (session, _):
        assert verify.table(session).findings == []


def test_a_restore_that_fails_half_way_changes_nothing(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made(vault, tmp_path / "one.wayfill")
    vault.add(2)
    before = everything(vault)
    monkeypatch.setattr(rows, "_count_on", lambda connection, _: connection.exec_driver_sql("SELECT 1/0"))
    with pytest.raises(SetupError, match="nothing was changed"):
        restore.restore(vault.settings, file, now=START)
    monkeypatch.undo()
    assert everything(vault) == before
    vault.require_open()


def test_a_database_that_is_served_is_not_replaced(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made(vault, tmp_path / "one.wayfill")
    monkeypatch.setenv(NAMED_BY, f"{SERVING}another-node")
    with vault.opened() as (database, _), database.reading() as session:
        current(session)
        monkeypatch.delenv(NAMED_BY)
        with pytest.raises(SetupError, match="served by another-node; stop every node"):
            restore.restore(vault.settings, file, now=START)


@pytest.mark.parametrize("locked", [lambda database: database.only("x", "taken"), archive.only_archiver])
def test_a_lock_of_the_database_holds_over_all_nodes(
    vault: Vault, locked: Callable[[Database], AbstractContextManager[None]]
) -> None:
    with vault.opened() as (one, _), vault.opened() as (other, _):
        with locked(one), pytest.raises(SetupError), locked(other):
            pass
        with locked(other):
            pass

"""A restore leaves the old state or the new one, never half, and nothing that happened since comes back to life."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from alembic import command
from sqlalchemy import text

from extension_api import locks, revision
from extension_api.audit import archive, archive_file, chain, witness
from extension_api.audit import service as audit
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.commands import Refused, installed
from extension_api.db import Database, _alembic
from extension_api.engines import WRITES
from extension_api.errors import SetupError
from extension_api.kernel import Kernel
from extension_api.key_source import KeyFile
from extension_api.keys import container, copies
from extension_api.keys import restore as restores
from extension_api.keys.restore import Restored
from extension_api.settings import Settings
from extension_api.vault.models import Record
from tests.extension_api.conftest import START, Person
from tests.extension_api.keys.conftest import Vault, killed_before
from tests.extension_api.keys.test_backup import forged, made

NOW = START + 100


@pytest.fixture
def file(vault: Vault, tmp_path: Path) -> Path:
    path = tmp_path / "kept.wayfill"
    made(vault, path)
    return path


def restore(vault: Vault, path: Path) -> Restored:
    return restores.restore(vault.settings, path, now=NOW)


def revision_of(vault: Vault) -> int:
    with vault.session() as (session, _):
        return revision.current(session)


def state(folder: Path) -> dict[str, bytes]:
    """What lies in the folder, but for locks, which say nothing."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_there_and_back(vault: Vault, file: Path) -> None:
    kept = vault.passwords()
    vault.add(3)
    later = vault.passwords()
    replaced = restore(vault, file).replaced
    assert vault.passwords() == kept
    assert vault.actions("backup:") == ["backup:make", "backup:restore"]
    assert replaced is not None
    assert replaced.name == "wayfill.replaced-20270115T080140Z.sqlite3"
    replaced.rename(vault.settings.database_file)
    assert vault.passwords() == later


def test_into_an_empty_folder_with_the_key_in_its_place(vault: Vault, file: Path, tmp_path: Path) -> None:
    kept = vault.passwords()
    elsewhere = Vault(Settings(data=tmp_path / "elsewhere"))
    with pytest.raises(SetupError, match=r"master\.key is missing"):
        restore(elsewhere, file)
    KeyFile(elsewhere.settings.key_file).make()
    with pytest.raises(SetupError, match="is not here"):
        restore(elsewhere, file)
    elsewhere.settings.key_file.write_bytes(vault.settings.key_file.read_bytes())
    assert restore(elsewhere, file).replaced is None
    assert elsewhere.passwords() == kept
    assert sorted(path.name for path in elsewhere.settings.data.iterdir() if path.suffix != ".lock") == [
        "master.key",
        "wayfill.sqlite3",
    ]


def test_sessions_end_and_no_revision_comes_twice(
    vault: Vault, kernel: Kernel, person: Callable[..., Person], tmp_path: Path
) -> None:
    anna = person("anna")
    signed_in = tmp_path / "signed-in.wayfill"
    made(vault, signed_in)
    assert anna.call("GET", "/match-table").status_code == 200
    with vault.session(writes=True) as (session, _):
        for _ in range(5):
            revision.raise_by_one(session)
    before = revision_of(vault)
    kernel.database.close()  # as a server that stops; with its connections open the restore would refuse
    restore(vault, signed_in)
    assert anna.call("GET", "/match-table").status_code == 401
    assert revision_of(vault) > before + 1000


def refused(vault: Vault, path: Path, says: str) -> None:
    with vault.session() as (session, _):
        session.execute(text("SELECT 1"))
    before = state(vault.settings.data)
    with pytest.raises(SetupError, match=says):
        restore(vault, path)
    assert state(vault.settings.data) == before


def test_what_is_refused_changes_nothing(vault: Vault, file: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.wayfill"
    content = file.read_bytes()
    for place in (0, 600, 2000, len(content) // 2, len(content) - 1):
        spoilt.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        refused(vault, spoilt, "damaged")
    refused(vault, forged(vault, file, tmp_path / "format.wayfill", format=2), "newer")
    refused(vault, forged(vault, file, tmp_path / "tables.wayfill", tables="9999"), "newer")
    refused(vault, forged(vault, file, tmp_path / "forged.wayfill"), "on purpose")
    refused(vault, tmp_path / "nowhere", "cannot be read")


def test_one_from_before_a_change_of_the_key_needs_the_old_key(vault: Vault, file: Path) -> None:
    old = KeyFile(vault.settings.key_file).read()
    kept = vault.passwords()
    new = vault.rotate().key_id
    refused(vault, file, "is not here")
    source = KeyFile(vault.settings.key_file)
    source.replace([*old, *source.read()])
    restore(vault, file)
    assert vault.passwords() == kept
    # And from there the newer key can be taken up again.
    assert vault.rotate().key_id == new
    assert vault.passwords() == kept


@pytest.mark.timeout(600)  # dozens of processes, one after the other
def test_one_from_the_middle_of_a_change_of_the_key(vault: Vault, tmp_path: Path) -> None:
    vault.add(20)
    kept, total = vault.passwords(), vault.require_open()
    number = 1
    while len(vault.keys_in_use()) < 2:
        number += 1
        killed_before(number, vault.settings.data, vault.rotate)
    path = tmp_path / "middle.wayfill"
    assert len(made(vault, path).keys) == 2
    restore(vault, path)
    assert vault.passwords() == kept
    assert vault.rotate().resumed
    assert vault.require_open() == total


@pytest.mark.timeout(600)  # dozens of processes, one after the other
def test_killed_at_every_step_it_is_the_old_state_or_the_new(vault: Vault, file: Path) -> None:
    kept = vault.passwords()
    vault.add(1)
    later = vault.passwords()
    outcomes, number = [], 0
    while killed_before(number := number + 1, vault.settings.data, lambda: restore(vault, file)):
        found = vault.passwords()
        vault.require_open()
        assert found in (kept, later)
        outcomes.append(found == kept)
        if found == kept:
            (vault.settings.data / "wayfill.sqlite3").unlink()
            newest = max(vault.settings.data.glob("wayfill.replaced-*"))
            newest.rename(vault.settings.database_file)
            assert vault.passwords() == later
    assert number > 20, "it was killed at fewer steps than it has"
    assert outcomes[0] is False
    assert outcomes == sorted(outcomes), "the new state came and went"
    assert vault.passwords() == kept
    assert not (vault.settings.data / restores.UNPACKED).exists()


def test_a_database_that_is_beyond_reading_is_kept_beside(vault: Vault, file: Path) -> None:
    kept = vault.passwords()
    database = vault.settings.database_file
    journal = database.with_name(database.name + "-wal")
    database.write_bytes(b"no database" * 5000)
    journal.write_bytes(b"no journal either" * 100)
    replaced = restore(vault, file).replaced
    assert vault.passwords() == kept
    assert replaced is not None
    assert replaced.read_bytes() == b"no database" * 5000
    assert replaced.with_name(replaced.name + "-wal").read_bytes() == b"no journal either" * 100


def test_the_journal_of_a_killed_server_is_kept_with_its_database(vault: Vault, file: Path) -> None:
    database = vault.settings.database_file

    def write_and_die() -> None:
        vault_open = sqlite3.connect(database)
        vault_open.execute("UPDATE record SET title = 'written last'")
        vault_open.commit()
        (vault.settings.data / "now-it-is-killed").touch()

    assert killed_before(1, vault.settings.data / "now-it-is-killed", write_and_die)
    assert database.with_name(database.name + "-wal").stat().st_size > 0
    replaced = restore(vault, file).replaced
    assert replaced is not None
    with contextlib.closing(sqlite3.connect(replaced)) as connection:
        assert connection.execute("SELECT DISTINCT title FROM record").fetchall() == [("written last",)]
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM record WHERE title = 'written last'").fetchone() == (0,)
    assert vault.count(Record) == 6


def test_the_audit_goes_on_from_the_restored_state(vault: Vault, tmp_path: Path) -> None:
    data = vault.settings.data
    with vault.opened() as (database, keyring):
        early = archive.keep_within(database, keyring, COMMAND_LINE, data, 0, START - 10)
    path = tmp_path / "kept.wayfill"
    made(vault, path)
    vault.add(3)
    with vault.opened() as (database, keyring):
        late = archive.keep_within(database, keyring, COMMAND_LINE, data, 0, START + 10)
        with database.reading() as session:
            assert witness.look(session, data)
    assert early
    assert late
    restore(vault, path)
    vault.require_open()
    folder = data / archive.FOLDER
    with vault.opened() as (database, keyring):
        with database.reading() as session:
            assert witness.look(session, data)
        # Events since the backup lie aside; the rest is taken up where the backup stood, time and again.
        assert len(list(folder.glob("audit-*.jsonl"))) == 1
        assert len(list(folder.glob("replaced-*/audit-*.jsonl"))) == 1
        for moment in range(3):
            with database.writing() as session:
                audit.record(session, COMMAND_LINE, Action.LIST_ADD, now=NOW)
            assert archive.keep_within(database, keyring, COMMAND_LINE, data, 1, NOW + moment)
    vault.require_open()


def test_archives_verify_after_a_change_of_the_key(vault: Vault) -> None:
    data = vault.settings.data
    with vault.opened() as (database, keyring):
        assert archive.keep_within(database, keyring, COMMAND_LINE, data, 0, START)
    vault.rotate()
    (file,) = (data / archive.FOLDER).glob("audit-*.jsonl")
    with vault.session() as (session, keyring):
        keys = {head.lane: head.key for head in chain.heads(session)}
        assert archive_file.verify(file, keyring, keys).events


def test_not_beside_a_server_or_another_command(vault: Vault, file: Path) -> None:
    with locks.only_server(vault.settings.data):
        refused(vault, file, "stop it first")
    with installed(vault.settings):
        refused(vault, file, "Another wayfill command")
    with contextlib.closing(sqlite3.connect(vault.settings.database_file)) as other:
        other.execute("SELECT * FROM record").fetchone()
        with pytest.raises(SetupError, match="Another program"):
            restore(vault, file)
    restore(vault, file)


def test_a_command_waits_for_no_restore(vault: Vault) -> None:
    with locks.alone(vault.settings.data), pytest.raises(Refused, match="restore"), installed(vault.settings):
        pass


def test_an_older_backup_is_migrated_on_the_way(vault: Vault, tmp_path: Path) -> None:
    kept = vault.passwords()
    path = tmp_path / "old.wayfill"
    with vault.opened() as (_, keyring):
        copy = tmp_path / "copy.sqlite3"
        copies.make(vault.settings.database_file, copy)
        manifest = copies.describe(copy, now=START)
        older(copy)
        content = copy.read_bytes()
        manifest = msgspec.structs.replace(
            manifest, tables="0005", size=len(content), sha256=hashlib.sha256(content).hexdigest()
        )
        with path.open("wb") as whole, copy.open("rb") as part:
            container.write(whole, manifest, keyring, part)
    restore(vault, path)
    assert vault.passwords() == kept


def older(copy: Path) -> None:
    """Take the last migration back."""
    database = Database(copy)
    with database._engine.execution_options(**{WRITES: True}).begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    database.close()
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")

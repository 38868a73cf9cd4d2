"""The master key is changed without losing a value, however often that is interrupted and by whatever."""

import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update

from extension_api import installation, locks
from extension_api.app import create_app
from extension_api.crypto import CannotOpen, Keyring, id_of_key, key_id_in
from extension_api.errors import SetupError
from extension_api.installation import SealingKey
from extension_api.key_source import KeyFile, as_text, new_key
from extension_api.keys import rotation, service
from extension_api.settings import MasterKey, Settings
from extension_api.vault.models import Record, SealedField
from tests.extension_api.conftest import START
from tests.extension_api.keys.conftest import Vault, killed_before, record_row, sealed_row


@pytest.mark.every_engine
def test_every_value_is_resealed_and_the_old_key_goes(vault: Vault) -> None:
    before, passwords = vault.require_open(), vault.passwords()
    (old,) = vault.ids_in_source()
    done = vault.rotate()
    assert (done.done, done.values, done.resumed, done.removed) == ([old], before, False, True)
    assert vault.ids_in_source() == [done.key_id] == list(vault.keys_in_use())
    assert vault.passwords() == passwords
    assert vault.require_open() == before
    assert vault.actions("key:") == ["key:rotate-begin", "key:rotate-end"]
    again = vault.rotate()
    assert again.done == [done.key_id]
    assert vault.passwords() == passwords


def test_the_old_key_opens_nothing_any_more(vault: Vault) -> None:
    (old,) = KeyFile(vault.settings.key_file).read()
    vault.rotate()
    with vault.session() as (session, _):
        total, shut = service.shut(session, Keyring(old))
    assert len(shut) == total > 0


def test_batches_reach_every_value(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 4)
    vault.add(33)
    total = vault.require_open()
    assert vault.rotate().values == total
    vault.require_open()


@pytest.mark.timeout(600)  # dozens of processes, one after the other
def test_killed_at_every_step_it_goes_on_and_loses_nothing(vault: Vault) -> None:
    data, passwords, total = vault.settings.data, vault.passwords(), vault.require_open()
    number, finished = 0, False
    while not finished:
        number += 1
        (old,) = vault.ids_in_source()
        generations = vault.count(SealingKey)
        finished = not killed_before(number, data, vault.rotate)
        # As a server that starts now would find it.
        assert vault.require_open() == total
        assert vault.passwords() == passwords
        if not finished:
            there = vault.ids_in_source()
            # Where the old key was gone already there was nothing to resume, and the next run is one of its own.
            runs = 1 if old in there else 2
            done = vault.rotate()
            assert vault.ids_in_source() == [done.key_id] == list(vault.keys_in_use())
            assert vault.count(SealingKey) == generations + runs
            assert vault.require_open() == total
    assert number > 15, "it was killed at fewer steps than it has"
    assert not list(data.glob("*.new"))


def test_a_writer_that_knows_the_old_key_alone_seals_with_the_new_one(vault: Vault) -> None:
    with vault.opened() as (database, keyring):
        old = keyring.key_id
        done = vault.rotate()
        with database.writing() as session:
            listed = session.scalars(select(Record.list_id)).first()
            assert listed is not None
            record_id = uuid4()
            session.execute(insert(Record), record_row(record_id, listed))
            session.execute(insert(SealedField), sealed_row(keyring, record_id))
        assert keyring.key_id == done.key_id != old
    assert vault.keys_in_use() == {done.key_id}
    assert f"secret of {record_id}" in vault.passwords()


@pytest.mark.every_engine
def test_writers_all_the_while_lose_nothing(vault: Vault) -> None:
    vault.add(3000)
    written: list[str] = []
    stop = threading.Event()

    def write() -> None:
        with vault.opened() as (database, keyring):
            while not stop.is_set():
                record_id = uuid4()
                with database.writing() as session:
                    listed = session.scalars(select(Record.list_id).limit(1)).one()
                    session.execute(insert(Record), record_row(record_id, listed))
                    session.execute(insert(SealedField), sealed_row(keyring, record_id))
                    some = session.scalars(select(SealedField).order_by(SealedField.record_id).limit(1)).one()
                    keyring.open(some.sealed, record_id=some.record_id, field=some.name)
                written.append(f"secret of {record_id}")
                time.sleep(0.002)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    done = [vault.rotate() for _ in range(2)]
    stop.set()
    for writer in writers:
        writer.join()
    assert len(written) > 10
    assert vault.keys_in_use() == {done[-1].key_id}
    assert set(written) <= vault.passwords()
    vault.require_open()


def test_a_value_that_somebody_changes_meanwhile_is_theirs(vault: Vault) -> None:
    with vault.opened() as (database, keyring):
        (column,) = [c for c in service.columns() if c.name == "sealed_field.sealed"]
        new = new_key()
        KeyFile(vault.settings.key_file).replace([*KeyFile(vault.settings.key_file).read(), new])
        with database.reading() as session:
            keyring.seal_with(id_of_key(new))
            batch = service.reseal(session, keyring, column, id_of_key(new), after=None, limit=10)
        record_id = batch.changes[0]["key_record_id"]
        changed = keyring.seal("changed", record_id=record_id, field="password")
        with database.writing() as session:
            session.execute(update(SealedField).where(SealedField.record_id == record_id).values(sealed=changed))
        with database.writing() as session:
            service.store(session, column, batch.changes)
        with database.reading() as session:
            kept = session.scalars(select(SealedField.sealed).where(SealedField.record_id == record_id)).one()
    assert kept == changed


def test_a_value_that_does_not_open_keeps_the_old_key(vault: Vault) -> None:
    with vault.session(writes=True) as (session, _):
        spoilt = session.scalars(select(SealedField)).first()
        assert spoilt is not None
        whole = spoilt.sealed
        record_id = spoilt.record_id
        spoilt.sealed = whole[:-1] + bytes([whole[-1] ^ 1])
    (old,) = vault.ids_in_source()
    with pytest.raises(SetupError, match=f"1 sealed values open under no key.*{record_id}"):
        vault.rotate()
    assert old in vault.ids_in_source()
    assert len(vault.ids_in_source()) == 2
    with vault.session(writes=True) as (session, _):
        session.execute(update(SealedField).where(SealedField.record_id == record_id).values(sealed=whole))
    done = vault.rotate()
    assert done.resumed
    assert vault.ids_in_source() == [done.key_id]
    vault.require_open()


@pytest.mark.every_engine
def test_two_rotations_at_once_are_refused(vault: Vault) -> None:
    with (
        vault.opened() as (database, _),
        database.only("rotation", "another"),
        pytest.raises(SetupError, match="already"),
    ):
        vault.rotate()
    vault.rotate()


def test_a_key_that_is_missing_half_way_stops_the_start(vault: Vault) -> None:
    file = KeyFile(vault.settings.key_file)
    (old,) = file.read()
    new = new_key()
    file.replace([old, new])
    with vault.session(writes=True) as (session, _):
        service.announce(session, id_of_key(new), now=START)
    file.replace([new])
    for start in (lambda: installation.prepare(vault.settings, START), lambda: create_app(vault.settings)):
        with pytest.raises(SetupError, match=id_of_key(old)):
            start()
    file.replace([old, new])
    assert vault.rotate().key_id == id_of_key(new)


def test_a_key_file_that_cannot_be_written_changes_nothing(vault: Vault) -> None:
    (vault.settings.data / "master.key.new").mkdir()
    before = vault.ids_in_source()
    with pytest.raises(SetupError, match="cannot be written"):
        vault.rotate()
    assert vault.ids_in_source() == before
    assert vault.keys_in_use() == set(before)
    assert vault.actions("key:") == []


def moved(vault: Vault, **settings: object) -> Vault:
    """The same installation, with its keys from elsewhere."""
    return Vault(Settings(data=vault.settings.data, **settings))  # type: ignore[arg-type]  # as the caller says


def test_keys_in_the_environment(vault: Vault) -> None:
    (old,) = KeyFile(vault.settings.key_file).read()
    new = new_key()
    total = vault.require_open()
    alone, both, after = (moved(vault, master_keys=keys) for keys in ((old,), (old, new), (new,)))
    with pytest.raises(SetupError, match="no new one"):
        alone.rotate()
    with locks.only_server(vault.settings.data), pytest.raises(SetupError, match="Stop it"):
        both.rotate()
    done = both.rotate()
    assert (done.key_id, done.removed) == (id_of_key(new), False)
    assert after.require_open() == total
    with pytest.raises(SetupError, match="no new one"):
        both.rotate()


def test_keys_from_a_command_which_a_running_application_asks_again(vault: Vault, tmp_path: Path) -> None:
    (old,) = KeyFile(vault.settings.key_file).read()
    shelf = tmp_path / "shelf"
    command = f"{sys.executable} -c \"print(open('{shelf}').read())\""
    away = moved(vault, key_command=command)

    def put(*keys: MasterKey) -> None:
        shelf.write_text("".join(f"{as_text(key)}\n" for key in keys))

    put(old)
    new = new_key()
    with away.opened() as (database, keyring):
        with pytest.raises(SetupError, match="no new one"):
            away.rotate()
        put(old, new)
        assert away.rotate().key_id == id_of_key(new)
        with database.reading() as session:
            row = session.scalars(select(SealedField)).first()
            assert row is not None
            assert key_id_in(row.sealed) == id_of_key(new)
            assert keyring.open(row.sealed, record_id=row.record_id, field=row.name)
    put(new)
    away.require_open()


def test_reading_never_reseals(vault: Vault) -> None:
    file = KeyFile(vault.settings.key_file)
    (old,) = file.read()
    new = new_key()
    file.replace([old, new])
    with vault.session(writes=True) as (session, _):
        service.announce(session, id_of_key(new), now=START)
    before = vault.settings.database_file.read_bytes()
    vault.passwords()
    assert vault.settings.database_file.read_bytes() == before
    assert vault.keys_in_use() >= {id_of_key(old)}


def test_a_stranger_in_the_key_file_is_left_there(vault: Vault) -> None:
    # Somebody puts the key of an old backup beside the present one to restore it; here it is the newest in sight.
    file = KeyFile(vault.settings.key_file)
    first, second = new_key(), new_key()
    file.replace([*file.read(), first, second])
    done = vault.rotate()
    assert done.key_id == id_of_key(second)
    assert set(vault.ids_in_source()) == {id_of_key(first), id_of_key(second)}


def test_moved_values_do_not_pass_through_a_rotation(vault: Vault) -> None:
    with vault.session(writes=True) as (session, _):
        one, two = session.scalars(select(SealedField).limit(2)).all()
        one.sealed = two.sealed
        record_id = one.record_id
    with pytest.raises(SetupError, match="open under no key"):
        vault.rotate()
    with vault.session() as (session, keyring):
        stored = session.scalars(select(SealedField.sealed).where(SealedField.record_id == record_id)).one()
        with pytest.raises(CannotOpen):
            keyring.open(stored, record_id=record_id, field="password")

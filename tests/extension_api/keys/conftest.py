"""A real installation with many sealed values, and ways to kill what works on it.

`Vault` looks at the files as a fresh process would, with the keys that lie in the folder and no others.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event, func, insert, select
from sqlalchemy.orm import Session

from extension_api import installation
from extension_api.audit import service as audit
from extension_api.audit import verify
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.clock import SetClock
from extension_api.crypto import Keyring
from extension_api.db import Database
from extension_api.key_source import source_of
from extension_api.keys import rotation, service
from extension_api.keys.rotation import Rotated, Rotation
from extension_api.settings import Settings
from extension_api.vault.models import OldValue, Record, RecordList, SealedField, history_place
from tests.extension_api.conftest import START

WATCHED = {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "sqlite3.connect"}
"""Acts on files, in the interpreter's own words (audit events), before each of which a process can be killed."""


@dataclass
class Vault:
    """One installation."""

    settings: Settings

    @contextmanager
    def opened(self) -> Iterator[tuple[Database, Keyring]]:
        installation.prepare(self.settings, START)
        database, keyring = installation.open_database(self.settings)
        try:
            yield database, keyring
        finally:
            database.close()

    @contextmanager
    def session(self, *, writes: bool = False) -> Iterator[tuple[Session, Keyring]]:
        with self.opened() as (database, keyring), _session(database, writes=writes) as session:
            yield session, keyring

    def add(self, number: int) -> None:
        """Add so many records, each with a password, and an old one for every second."""
        with self.session(writes=True) as (session, keyring):
            listed = session.scalar(select(RecordList.id).limit(1))
            if listed is None:
                listed = uuid4()
                session.execute(insert(RecordList), {"id": listed, "name": "Team", "created_at": START})
            audit.record(session, COMMAND_LINE, Action.VAULT_IMPORT, now=START, detail=f"{number} records")
            ids = [uuid4() for _ in range(number)]
            session.execute(insert(Record), [record_row(record_id, listed) for record_id in ids])
            session.execute(insert(SealedField), [sealed_row(keyring, record_id) for record_id in ids])
            session.execute(insert(OldValue), [old_row(keyring, record_id) for record_id in ids[::2]])

    def passwords(self) -> set[str]:
        """Open every password."""
        with self.session() as (session, keyring):
            rows = session.execute(select(SealedField.record_id, SealedField.name, SealedField.sealed)).all()
            return {keyring.open(row.sealed, record_id=row.record_id, field=row.name) for row in rows}

    def require_open(self) -> int:
        """Every sealed value opens under the keys of a fresh process, and the audit verifies; gives how many values."""
        with self.session() as (session, keyring):
            assert verify.table(session).findings == []
            total, shut = service.shut(session, keyring)
            assert shut == []
            return total

    def keys_in_use(self) -> set[str]:
        with self.session() as (session, _):
            return {key_id for (_, key_id) in service.count(session)}

    def ids_in_source(self) -> list[str]:
        return Keyring(*source_of(self.settings).read()).key_ids

    def rotate(self) -> Rotated:
        with self.opened() as (database, keyring):
            return Rotation(self.settings, database, keyring, SetClock(START), lambda _done, _total: None).run()

    def count(self, table: Any) -> int:
        with self.session() as (session, _):
            return session.scalars(select(func.count()).select_from(table)).one()

    def actions(self, beginning: str) -> list[str]:
        with self.session() as (session, _):
            wanted = select(Event.action).where(Event.action.startswith(beginning)).order_by(Event.id)
            return list(session.scalars(wanted))


def _session(database: Database, *, writes: bool) -> AbstractContextManager[Session]:
    return database.writing() if writes else database.reading()


def record_row(record_id: UUID, listed: UUID) -> dict[str, object]:
    return {
        "id": record_id, "list_id": listed, "title": f"Account {record_id}", "username": "a", "version": 2,
        "created_at": START, "updated_at": START,
    }  # fmt: skip


def sealed_row(keyring: Keyring, record_id: UUID) -> dict[str, object]:
    sealed = keyring.seal(f"secret of {record_id}", record_id=record_id, field="password")
    return {"record_id": record_id, "name": "password", "sealed": sealed}


def old_row(keyring: Keyring, record_id: UUID) -> dict[str, object]:
    sealed = keyring.seal(f"old secret of {record_id}", record_id=record_id, field=history_place("password", 1))
    return {
        "id": uuid4(), "record_id": record_id, "field": "password", "version": 1, "sealed": sealed,
        "replaced_at": START, "replaced_by": None,
    }  # fmt: skip


@pytest.fixture
def vault(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """Set up, with a few records; the last look of a rotation comes sooner than for people."""
    monkeypatch.setattr(rotation, "SETTLE", 0.01)
    made = Vault(settings)
    made.add(6)
    return made


def killed_before(number: int, folder: Path, act: Callable[[], object]) -> bool:
    """Run `act` in a process of its own that is killed (-9) before its `number`-th act on the files of `folder` or
    before its `number`-th commit, whichever comes first in the count; tells whether it came so far."""
    child = os.fork()
    if child == 0:
        left = [number]

        def step() -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        def seen(name: str, arguments: tuple[Any, ...]) -> None:
            if name in WATCHED and any(str(folder) in str(argument) for argument in arguments):
                step()

        event.listen(Engine, "commit", lambda _connection: step())
        sys.addaudithook(seen)
        try:
            act()
        except BaseException:  # noqa: BLE001 - whatever it is, the parent has to hear of it, and pytest must not go on here
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the act failed by itself"
    return False

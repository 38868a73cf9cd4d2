"""An audit with events in it, and somebody who can write to its database but has no key."""

from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from extension_api.audit import chain, verify, witness
from extension_api.audit.service import Action, Actor, record
from extension_api.audit.verify import Verdict
from extension_api.kernel import Kernel
from tests.practice.engines import Engine

ANNA = Actor(account_id=UUID(int=7), name="anna", address="192.0.2.7", device="Firefox on Linux")
RECORD = UUID(int=99)
Act: TypeAlias = Callable[..., None]


@pytest.fixture(autouse=True)
def one_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests know events by their ids, as they come in one lane; several have tests of their own."""
    monkeypatch.setattr(chain, "LANES", 1)


@pytest.fixture
def act(kernel: Kernel) -> Act:
    """Put events on record, each in a transaction of its own."""

    def acts(count: int = 1, action: Action = Action.FILL_GRANT, who: Actor = ANNA, detail: str | None = None) -> None:
        for _ in range(count):
            with kernel.database.writing() as session:
                record(
                    session,
                    who,
                    action,
                    now=kernel.clock.now(),
                    record_id=RECORD,
                    page_host="ads.example-one.test",
                    detail=detail,
                )

    return acts


class Intruder:
    """Writes to the database with no key and no manners."""

    def __init__(self, kernel: Kernel, engine: Engine) -> None:
        self._kernel, self._engine = kernel, engine

    def run(self, statement: str, *values: object) -> list[Any]:
        return self._engine.rows(self._kernel.settings, statement, *values)

    def rows(self, table: str) -> list[Any]:
        return self.run(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - the names are this test's own

    def put_back(self, table: str, rows: list[Any]) -> None:
        self.run(f"DELETE FROM {table}")  # noqa: S608 - as above
        for row in rows:
            self.run(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", *row)  # noqa: S608 - as above


@pytest.fixture
def intruder(kernel: Kernel, engine: Engine) -> Intruder:
    return Intruder(kernel, engine)


def walked(kernel: Kernel, waypoints: dict[int, bytes] | None = None) -> Verdict:
    seen = witness.read(kernel.settings.data)
    with kernel.database.reading() as session:
        return verify.table(session, seen, waypoints)


def words(kernel: Kernel) -> str:
    return "; ".join(f"{finding.event_id}: {finding.words}" for finding in walked(kernel).findings)

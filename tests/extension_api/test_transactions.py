"""A transaction that the database gave up is done again where that is safe, and only there, on a real PostgreSQL."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from extension_api import transactions
from extension_api.errors import NotFound, WrongCredentials
from extension_api.kernel import Kernel
from extension_api.revision import current, raise_by_one
from extension_api.settings import Settings
from tests.practice.engines import OnServer
from tests.practice.postgres import Server

FAIL = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{}'; END $$"
LOSE = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.fixture
def settings(tmp_path: Path, database_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return OnServer(database_server, tmp_path_factory.mktemp("prepared")).settings(tmp_path / "data")


def revision_of(kernel: Kernel) -> int:
    with kernel.database.reading() as session:
        return current(session)


class Once:
    """Raises the revision; fails the first so many times by a statement of its own."""

    def __init__(self, statement: str, failures: int) -> None:
        self.statement, self.left, self.calls = statement, failures, 0

    def __call__(self, session: Session) -> int:
        self.calls += 1
        raised = raise_by_one(session)
        if self.left:
            self.left -= 1
            session.execute(text(self.statement))
        return raised


@pytest.mark.parametrize("statement", [FAIL.format("40001"), FAIL.format("40P01"), LOSE, FAIL.format("25006")])
def test_what_was_given_up_is_done_again_once(kernel: Kernel, statement: str) -> None:
    before, act = revision_of(kernel), Once(statement, 2)
    assert transactions.run(kernel, act, writes=True) == before + 1
    assert (act.calls, revision_of(kernel)) == (3, before + 1)


@pytest.mark.parametrize("statement", [FAIL.format("23505"), FAIL.format("57014"), FAIL.format("55P03"), "SELECT 1/0"])
def test_other_failures_are_not_repeated(kernel: Kernel, statement: str) -> None:
    before, act = revision_of(kernel), Once(statement, 1)
    with pytest.raises(DBAPIError):
        transactions.run(kernel, act, writes=True)
    assert (act.calls, revision_of(kernel)) == (1, before)


def test_attempts_come_to_an_end(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "FIRST_PAUSE", 0.0001)
    act = Once(FAIL.format("40001"), 100)
    with pytest.raises(DBAPIError) as caught:
        transactions.run(kernel, act, writes=True)
    assert act.calls == transactions.ATTEMPTS
    assert transactions.is_unavailable(caught.value)


def test_a_commit_whose_answer_was_lost_is_not_repeated(kernel: Kernel, database_server: Server) -> None:
    act, pids = Once("", 0), []

    @event.listens_for(kernel.database._engine, "commit")
    def lose(connection: object) -> None:
        pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[attr-defined]  # psycopg's own
        pids.append(pid)
        database_server.run("SELECT pg_terminate_backend(%s, 5000)", pid)

    with pytest.raises(DBAPIError) as caught:
        transactions.run(kernel, act, writes=True)
    event.remove(kernel.database._engine, "commit", lose)
    assert (act.calls, len(pids)) == (1, 1)
    assert transactions.is_unavailable(caught.value)


def test_what_commits_parts_of_its_own_is_not_repeated_when_the_connection_is_lost(kernel: Kernel) -> None:
    act = Once(LOSE, 1)
    with pytest.raises(DBAPIError):
        transactions.run(kernel, act, writes=True, once=True)
    assert act.calls == 1


def test_a_refusal_rolls_back_unless_it_is_on_record(kernel: Kernel) -> None:
    before = revision_of(kernel)

    def refuse(problem: Exception, session: Session) -> None:
        raise_by_one(session)
        raise problem

    with pytest.raises(NotFound):
        transactions.run(kernel, lambda session: refuse(NotFound(), session), writes=True)
    assert revision_of(kernel) == before
    with pytest.raises(WrongCredentials):
        transactions.run(kernel, lambda session: refuse(WrongCredentials(), session), writes=True)
    assert revision_of(kernel) == before + 1


def test_readers_cannot_write_and_see_one_state(kernel: Kernel) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        transactions.run(kernel, raise_by_one, writes=False)
    with kernel.database.reading() as session:
        before = current(session)
        transactions.run(kernel, raise_by_one, writes=True)
        session.expire_all()
        assert current(session) == before


def test_writers_go_one_at_a_time(kernel: Kernel) -> None:
    seen: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def first(session: Session) -> None:
        raise_by_one(session)
        inside.set()
        go_on.wait(20)
        seen.append("first")

    def second(session: Session) -> None:
        seen.append(f"second at {current(session)}")

    before = revision_of(kernel)
    threads = [
        threading.Thread(target=transactions.run, args=(kernel, act), kwargs={"writes": True})
        for act in (first, second)
    ]
    threads[0].start()
    assert inside.wait(20)
    threads[1].start()
    threads[1].join(0.3)
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert seen == ["first", f"second at {before + 1}"]


@pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_nothing_waits_for_ever(kernel: Kernel, name: str) -> None:
    with kernel.database.reading() as session:
        shown = session.scalar(text(f"SELECT setting::int FROM pg_settings WHERE name = '{name}'"))  # noqa: S608 - above
    assert 0 < shown <= 60_000

"""Events of many requests in one commit: each is durable when its request goes on, in one whole chain, and one that the
database refuses takes no other with it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from extension_api.audit import chain, service, verify
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.audit.together import Together
from extension_api.kernel import Kernel
from tests.practice.engines import START

AT_ONCE = 8
EACH = 6


def record(kernel: Kernel, host: str) -> None:
    service.record_at_once(kernel, COMMAND_LINE, Action.FILL_GRANT, now=START, page_host=host)


def count(kernel: Kernel, host: str) -> int:
    # On a connection of its own: it sees what was committed and nothing else.
    with kernel.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Event).where(Event.page_host == host)) or 0


def test_many_share_commits_and_each_is_durable_when_it_returns(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    real, together = chain.append_all, threading.Barrier(AT_ONCE)

    def counted(line: object, keys: object, events: list[object]) -> bool:
        batches.append(len(events))
        return real(line, keys, events)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(chain, "append_all", counted)

    def one(number: int) -> None:
        together.wait(30)
        for turn in range(EACH):
            host = f"host-{number}-{turn}.test"
            record(kernel, host)
            assert count(kernel, host) == 1

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(AT_ONCE)))
    assert sum(batches) == AT_ONCE * EACH
    assert len(batches) < AT_ONCE * EACH, "nobody waited for another's commit"
    with kernel.database.reading() as session:
        assert verify.table(session).findings == []


@pytest.mark.sqlite("a trigger in its words")
def test_one_that_is_refused_takes_no_other_with_it(kernel: Kernel) -> None:
    record(kernel, "first.test")
    with kernel.database.writing() as session:
        refuse = "CREATE TRIGGER full BEFORE INSERT ON audit_event WHEN NEW.page_host = 'bad.test'"
        session.execute(text(f"{refuse} BEGIN SELECT RAISE(ABORT, 'no room'); END"))
    shared = kernel.shared(Together)
    shared._lock.acquire()  # all of them wait, and the first takes them along
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = {host: pool.submit(record, kernel, host) for host in ("a.test", "bad.test", "b.test", "c.test")}
        shared._lock.release()
    assert {host: type(each.exception()).__name__ for host, each in asked.items()} == {
        "a.test": "NoneType",
        "bad.test": "IntegrityError",
        "b.test": "NoneType",
        "c.test": "NoneType",
    }
    assert [count(kernel, host) for host in asked] == [1, 0, 1, 1]
    record(kernel, "later.test")
    with kernel.database.reading() as session:
        assert verify.table(session).findings == []

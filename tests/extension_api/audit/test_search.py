"""Searching by page: one's own events for everybody, all of them for administrators alone."""

from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from extension_api.audit import service
from extension_api.audit.models import Event
from extension_api.audit.service import Action, Actor, Wanted
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from tests.extension_api.audit.conftest import ANNA, RECORD, Act
from tests.extension_api.conftest import START, People


def found(kernel: Kernel, wanted: Wanted, *, limit: int = 100) -> list[int]:
    """Walk every page and return the ids."""
    ids: list[int] = []
    while True:
        with kernel.database.reading() as session:
            page = service.search(session, wanted, before=ids[-1] if ids else None, limit=limit)
        ids += [event.id for event in page]
        if len(page) < limit:
            return ids


@pytest.fixture
def some(act: Act, clock: SetClock) -> None:
    act(5)
    clock.advance(10)
    act(4, Action.FILL_REFUSE, Actor(name="berta", address="192.0.2.8", device="x"))
    clock.advance(10)
    act(3, Action.LINK_ADD)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 12),
        (Wanted(person="anna"), 8),
        (Wanted(person="berta"), 4),
        (Wanted(account_id=ANNA.account_id), 8),
        (Wanted(action="link:add"), 3),
        (Wanted(action="link:add", person="berta"), 0),
        (Wanted(record_id=RECORD), 12),
        (Wanted(record_id=UUID(int=1)), 0),
        (Wanted(page_host="ads.example-one.test"), 12),
        (Wanted(page_host="example-one.test"), 0),
        (Wanted(since=START + 10), 7),
        (Wanted(until=START + 10), 5),
        (Wanted(since=START + 10, until=START + 20), 4),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.every_engine
def test_each_way_of_looking_page_by_page(kernel: Kernel, some: None, wanted: Wanted, count: int, limit: int) -> None:
    ids = found(kernel, wanted, limit=limit)
    assert len(ids) == count
    assert ids == sorted(set(ids), reverse=True)


def test_events_stay_in_the_order_of_time_where_the_clock_was_put_back(
    kernel: Kernel, act: Act, clock: SetClock
) -> None:
    act(2)
    clock.advance(-5)
    act(2)
    assert found(kernel, Wanted(), limit=1) == [32, 16, 64, 48]


@pytest.mark.sqlite("its plans; PostgreSQL makes them by the tables' sizes")
@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(person="anna"),
        Wanted(account_id=UUID(int=7)),
        Wanted(action="fill:grant"),
        Wanted(record_id=RECORD),
        Wanted(page_host="a.test"),
        Wanted(since=5, until=9),
    ],
)
def test_a_page_is_one_walk_along_an_index(kernel: Kernel, act: Act, wanted: Wanted) -> None:
    act(2)
    query = service._page(wanted, (START, 16), 50)
    compiled = query.compile(kernel.database._engine, compile_kwargs={"literal_binds": True})
    with kernel.database.reading() as session:
        plan = " ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
    assert "USING INDEX ix_audit_event" in plan, plan
    assert "TEMP B-TREE" not in plan, plan


def test_over_the_api(person: People, kernel: Kernel, some: None) -> None:
    ada, anna = person("ada", administrator=True), person("anna")
    own = anna.call("GET", "/audit").get_json()["events"]
    assert [event["action"] for event in own] == ["session:sign-in"]
    assert anna.call("GET", "/audit?everybody=true").status_code == 403
    everything = ada.call("GET", "/audit?everybody=true&limit=200").get_json()
    with kernel.database.reading() as session:
        assert len(everything["events"]) == session.scalar(select(func.count()).select_from(Event))
    for query, count in (
        ("person=BERTA", 4),
        ("person=berta&action=fill:refuse", 4),
        (f"record_id={RECORD}&action=link:add", 3),
        (f"since={START + 10}&until={START + 20}&page_host=ads.example-one.test", 4),
    ):
        answer = ada.call("GET", f"/audit?everybody=true&{query}")
        assert len(answer.get_json()["events"]) == count, query
        assert ada.call("GET", f"/audit?{query}").get_json()["events"] == []


@pytest.mark.parametrize(
    "query", ["everybody=maybe", "person=", "action=", "record_id=x", "page_host=", "since=-1", "until=x", "of=all"]
)
def test_bad_queries(person: People, query: str) -> None:
    assert person("ada", administrator=True).call("GET", f"/audit?{query}").status_code == 422


def test_a_page_after_one_that_went_to_an_archive_is_empty(person: People, act: Act) -> None:
    act(2)
    ada = person("ada", administrator=True)
    assert ada.call("GET", "/audit?everybody=true&before=999999").get_json() == {"events": [], "next": None}


def test_texts_longer_than_any_real_one_are_cut(kernel: Kernel) -> None:
    who = Actor(name="n" * 300, device="d" * 300, address="a" * 300)
    with kernel.database.writing() as session:
        service.record(session, who, Action.FILL_REFUSE, now=1, page_host="h" * 3000)
    with kernel.database.reading() as session:
        event = session.scalars(select(Event)).one()
    lengths = [len(part or "") for part in (event.account_name, event.device, event.address, event.page_host)]
    assert lengths == [100, 100, 64, 255]

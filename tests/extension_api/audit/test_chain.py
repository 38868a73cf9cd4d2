"""Every row that is altered, missing, invented or out of its place is found; many writers keep one valid chain."""

import base64
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from extension_api.audit import chain
from extension_api.audit.chain import STRIDE, AuditBroken
from extension_api.audit.models import Event
from extension_api.audit.service import Action
from extension_api.audit.service import record as put_on_record
from extension_api.crypto import Keyring
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.settings import MasterKey
from tests.extension_api.audit.conftest import ANNA, Act, Intruder, walked, words
from tests.extension_api.conftest import People, Records, fill_body
from tests.practice.engines import Engine

COLUMNS = [column.name for column in Event.__table__.c]
HEAD_COLUMNS = ["lane", "lanes", "sealed_key", "linked", "digest", "archived", "archived_digest", "mac"]


def test_what_people_do_verifies(person: People, record: Records, kernel: Kernel) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    assert anna.call("POST", "/fill", fill_body(ads.id, "https://ads.example-one.test/")).status_code == 200
    assert anna.call("POST", "/fill", fill_body(ads.id, "https://other.test/")).status_code == 403
    verdict = walked(kernel)
    assert (verdict.events, verdict.findings) == (8, [])


def test_an_act_that_is_rolled_back_leaves_no_trace_in_the_chain(kernel: Kernel, act: Act) -> None:
    act(2)
    with kernel.database.session(writes=True) as session:
        put_on_record(session, ANNA, Action.FILL_GRANT, now=1)
        session.rollback()
    act(2)
    verdict = walked(kernel)
    assert (verdict.events, verdict.findings) == (4, [])


def test_a_savepoint_that_is_rolled_back_takes_its_events_alone(kernel: Kernel) -> None:
    with kernel.database.writing() as session:
        put_on_record(session, ANNA, Action.FILL_GRANT, now=1)
        savepoint = session.begin_nested()
        put_on_record(session, ANNA, Action.FILL_REFUSE, now=1)
        savepoint.rollback()
        put_on_record(session, ANNA, Action.LINK_ADD, now=1)
    with kernel.database.reading() as session:
        assert session.scalars(select(Event.action).order_by(Event.id)).all() == ["fill:grant", "link:add"]
    assert walked(kernel).findings == []


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_of_every_row(kernel: Kernel, act: Act, intruder: Intruder, column: str) -> None:
    act(5)
    whole = intruder.rows("audit_event")
    for row in whole:
        altered: object = 5 if column == "at" else 10**9 + row[0] if column == "id" else "f" * 32
        for value in {altered, None} - ({None} if column in {"id", "at", "action", "session_id", "detail"} else set()):
            intruder.run(f"UPDATE audit_event SET {column} = ? WHERE id = ?", value, row[0])  # noqa: S608
            assert walked(kernel).findings, (column, row[0], value)
            intruder.put_back("audit_event", whole)
    assert walked(kernel).findings == []


def test_an_altered_event_is_named_and_the_others_are_not(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    act(5)
    intruder.run("UPDATE audit_event SET account_name = 'berta' WHERE id = ?", 3 * STRIDE)
    assert [finding.event_id for finding in walked(kernel).findings] == [3 * STRIDE]


@pytest.mark.parametrize("column", HEAD_COLUMNS)
def test_every_column_of_the_head(kernel: Kernel, act: Act, intruder: Intruder, column: str) -> None:
    act(3)
    whole = intruder.rows("audit_head")
    altered: object = 2 if column in {"lane", "lanes", "linked", "archived"} else b"x" * 32
    intruder.run(f"UPDATE audit_head SET {column} = ?", altered)  # noqa: S608 - a column of this test's own list
    assert walked(kernel).findings
    # A chain with a false head is never continued: that would put a right head on it.
    with pytest.raises(AuditBroken):
        act()
    intruder.put_back("audit_head", whole)
    act()
    assert walked(kernel).findings == []


@pytest.mark.parametrize("gone", [[1], [3], [2, 3], [5], [4, 5], [1, 2, 3, 4, 5]])
def test_rows_that_are_gone(kernel: Kernel, act: Act, intruder: Intruder, gone: list[int]) -> None:
    act(5)
    for position in gone:
        intruder.run("DELETE FROM audit_event WHERE id = ?", position * STRIDE)
    found = walked(kernel).findings
    assert [finding.event_id for finding in found] == [gone[0] * STRIDE]
    assert str(len(gone)) in found[0].words


def test_a_cut_at_the_end_is_found_after_the_service_went_on(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    act(5)
    intruder.run("DELETE FROM audit_event WHERE id >= ?", 4 * STRIDE)
    act(2)
    assert "2 events are missing" in words(kernel)


@pytest.mark.parametrize(("one", "other"), [(2, 3), (1, 5)])
@pytest.mark.parametrize("columns", [COLUMNS[1:], COLUMNS[1:-1]])
def test_swapped_rows(kernel: Kernel, act: Act, intruder: Intruder, one: int, other: int, columns: list[str]) -> None:
    for number in range(5):
        act(detail=str(number))
    rows = {row[0]: row[1 : len(columns) + 1] for row in intruder.rows("audit_event")}
    for to, source in ((one, other), (other, one)):
        assignments = ", ".join(f"{column} = ?" for column in columns)
        intruder.run(
            f"UPDATE audit_event SET {assignments} WHERE id = ?",  # noqa: S608 - columns of the model
            *rows[source * STRIDE],
            to * STRIDE,
        )
    assert {one * STRIDE, other * STRIDE} <= {finding.event_id for finding in walked(kernel).findings}


def test_a_row_from_another_course_of_events(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    act(3)
    state = intruder.rows("audit_head"), intruder.rows("audit_event")
    act(2, detail="what happened")
    happened = intruder.rows("audit_event")
    intruder.put_back("audit_head", state[0])
    intruder.put_back("audit_event", state[1])
    act(2, detail="what happened instead")
    # A row that this service wrote, for this very place, but after another past.
    intruder.put_back("audit_event", [*happened[:4], intruder.rows("audit_event")[4]])
    assert [finding.event_id for finding in walked(kernel).findings] == [5 * STRIDE]


@pytest.mark.parametrize("position", [-1, 0, 6, 1000])
def test_an_invented_row(kernel: Kernel, act: Act, intruder: Intruder, position: int) -> None:
    act(5)
    copied = list(intruder.rows("audit_event")[2])
    copied[0] = position * STRIDE
    intruder.run(f"INSERT INTO audit_event VALUES ({','.join('?' * len(copied))})", *copied)  # noqa: S608
    assert [finding.event_id for finding in walked(kernel).findings] == [position * STRIDE]


def test_a_row_of_an_unknown_lane_and_one_that_cannot_be_read(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    act(5)
    intruder.run("INSERT INTO audit_event (id, at, action) VALUES (?, 1, 'fill:grant')", 2 * STRIDE + 3)
    assert "put in from outside" in words(kernel)
    intruder.run("UPDATE audit_event SET record_id = 'nonsense' WHERE id = ?", 3 * STRIDE)
    assert "cannot even be read" in words(kernel)


def test_a_chain_whose_heads_are_gone_is_not_begun_anew(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    act(3)
    intruder.run("DELETE FROM audit_head")
    assert "heads are missing" in words(kernel)
    with pytest.raises(AuditBroken):
        act()


def test_a_key_that_was_put_in_from_another_installation(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    act(3)
    other = Keyring(MasterKey(b"o" * 32))
    intruder.run("UPDATE audit_head SET sealed_key = ?", chain._seal_key(other, 0, b"k" * 32))
    assert "head of lane 0 was altered" in words(kernel)


def test_the_person_is_told_that_nothing_is_done(person: People, intruder: Intruder) -> None:
    anna = person("anna")
    intruder.run("UPDATE audit_head SET linked = linked - 1")
    answer = anna.call("DELETE", "/session")
    assert answer.status_code == 503
    assert "audit" in answer.get_json()["detail"]


def test_events_from_before_the_chain_become_its_first_links(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    act(4)
    intruder.run("UPDATE audit_event SET digest = NULL, id = id / ?", STRIDE)
    intruder.run("DELETE FROM audit_head")
    assert walked(kernel).findings == []
    act(detail="the first of the chain")
    verdict = walked(kernel)
    assert (verdict.events, verdict.findings) == (5, [])
    with kernel.database.reading() as session:
        assert session.scalars(select(Event.detail).order_by(Event.id.desc())).first() == "the first of the chain"


def test_noted_points_hold_the_chain(kernel: Kernel, act: Act) -> None:
    act(3)
    noted = walked(kernel).ends
    act(2)
    assert walked(kernel, noted).findings == []
    false = dict.fromkeys(noted, b"x" * 32)
    assert "as it was noted down" in walked(kernel, false).findings[0].words


@pytest.mark.every_engine
def test_lanes_go_on_side_by_side(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    with kernel.database.writing() as session:
        chain.begin(session.connection(), kernel.keyring, 4)
    act(10)
    assert [row[0] % STRIDE for row in intruder.rows("audit_event")] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert walked(kernel).findings == []
    whole = intruder.rows("audit_event")
    intruder.run("DELETE FROM audit_event WHERE id = ?", 2 * STRIDE + 3)
    assert [finding.event_id for finding in walked(kernel).findings] == [2 * STRIDE + 3]
    intruder.put_back("audit_event", whole)
    intruder.run("DELETE FROM audit_event WHERE id % ? = 1", STRIDE)
    intruder.run("DELETE FROM audit_head WHERE lane = 1")
    assert "head of lane 1 is missing" in words(kernel)


@pytest.mark.every_engine
def test_threads_keep_one_chain(kernel: Kernel, act: Act) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, [10] * 8))
    verdict = walked(kernel)
    assert (verdict.events, verdict.findings) == (80, [])


WRITER = """
import sys
from pathlib import Path
from extension_api.app import create_app
from extension_api.audit.service import Action, COMMAND_LINE, record
from extension_api.settings import Settings
kernel = create_app(Settings(data=Path(sys.argv[1]), database_url=sys.argv[2] or None)).extensions["wayfill"]
for number in range(100):
    with kernel.database.writing() as session:
        record(session, COMMAND_LINE, Action.LINK_ADD, now=number)
"""


@pytest.mark.every_engine
def test_processes_keep_one_chain(kernel: Kernel) -> None:
    command = [sys.executable, "-c", WRITER, str(kernel.settings.data), kernel.settings.database_url or ""]
    running = [subprocess.Popen(command, cwd=Path(__file__).parents[3]) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    verdict = walked(kernel)
    assert (verdict.events, verdict.findings) == (200, [])


@pytest.mark.every_engine
def test_no_key_lies_open_in_the_database(kernel: Kernel, act: Act, engine: Engine) -> None:
    act(2)
    with kernel.database.reading() as session:
        head = chain.heads(session)[0]
    content = engine.stored(kernel.settings)
    assert head.key not in content
    assert base64.b64encode(head.key) not in content
    assert head.digest in content

"""What lies outside the database finds an older state that was put back, and the service looks by itself."""

import logging

import pytest
from sqlalchemy import update

from extension_api import policy
from extension_api.audit import archive, watch, witness
from extension_api.audit.chain import STRIDE, heads
from extension_api.audit.service import SERVICE, Action, record
from extension_api.errors import SetupError
from extension_api.kernel import Kernel
from tests.extension_api.audit.conftest import Act, Intruder, walked, words


def look(kernel: Kernel) -> bool:
    with kernel.database.reading() as session:
        return witness.look(session, kernel.settings.data)


def seen(kernel: Kernel) -> list[int]:
    return [known.linked for known in witness.read(kernel.settings.data)]


def test_an_older_state_that_is_put_back(kernel: Kernel, act: Act, intruder: Intruder) -> None:
    act(3)
    state = intruder.rows("audit_event"), intruder.rows("audit_head")
    act(3)
    assert look(kernel)
    intruder.put_back("audit_event", state[0])
    intruder.put_back("audit_head", state[1])
    # Inside the database all is as it was once, and right.
    assert "last 3 events of lane 0 are missing" in words(kernel)
    assert not look(kernel)
    assert seen(kernel) == [6], "what was seen is not forgotten by looking at less"
    act(5, detail="another course of events")
    assert "does not pass through this event" in words(kernel)
    assert not look(kernel)
    witness.forget(kernel.settings.data)
    assert walked(kernel).findings == []
    assert look(kernel)
    assert seen(kernel) == [8]


def test_it_goes_along_with_the_chain_and_its_archives(kernel: Kernel, act: Act) -> None:
    assert look(kernel)
    for _ in range(3):
        act(2)
        assert look(kernel)
        archive.keep_within(kernel.database, kernel.keyring, SERVICE, kernel.settings.data, 0, 1)
        assert walked(kernel).findings == []
    assert look(kernel)
    # One event each time tells of the archive, and is archived with the next.
    assert seen(kernel) == [9]


def test_a_damaged_witness_is_not_taken_for_none(kernel: Kernel) -> None:
    (kernel.settings.data / witness.NAME).write_bytes(b"[{")
    with pytest.raises(SetupError, match=r"audit\.witness"):
        look(kernel)


def test_the_service_says_when_events_are_gone(
    kernel: Kernel, act: Act, intruder: Intruder, caplog: pytest.LogCaptureFixture
) -> None:
    act(3)
    watch.look(kernel)
    assert seen(kernel) == [3]
    assert caplog.records == []
    state = intruder.rows("audit_head")
    act(1)
    watch.look(kernel)
    intruder.put_back("audit_head", state)
    intruder.run("DELETE FROM audit_event WHERE id = ?", 4 * STRIDE)
    watch.look(kernel)
    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]
    intruder.run("UPDATE audit_head SET mac = zeroblob(32)")
    watch.look(kernel)
    assert "altered from outside" in caplog.records[-1].getMessage()
    assert caplog.records[-1].levelno == logging.CRITICAL


def test_the_service_keeps_the_table_small(kernel: Kernel, act: Act) -> None:
    act(1)
    with kernel.database.writing() as session:
        session.execute(update(policy.StoredPolicy).values(overrides='{"audit_rows": 1000}'))
        for _ in range(999):
            record(session, SERVICE, Action.LINK_ADD, now=1)
    watch.look(kernel)
    assert not (kernel.settings.data / archive.FOLDER).exists()
    act(1)
    watch.look(kernel)
    with kernel.database.reading() as session:
        (head,) = heads(session)
    # Nine tenths are left, and the event that tells of the archive.
    assert (head.linked, head.archived) == (1002, 101)
    assert walked(kernel).findings == []

"""The whole service, two worker processes: of 100 guesses at once exactly the permitted number reaches the password."""

import http.client
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from extension_api import policy
from extension_api.db import Database
from extension_api.policy import Policy
from extension_api.settings import Settings
from tests.practice.service import Service
from tests.practice.serving import LOOPBACK

GUESSES = 100
PATIENCE = 150
"""Seconds; a busy machine may need many for a hundred sign-ins at once."""
LIMITS = Policy(first_delay=2 * PATIENCE)
"""A delay that outlives the burst on any machine; else one more guess would rightly be judged."""
NAMES = {"known": "anna", "unknown": "nobody-of-that-name"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("two-workers"), settings={"WAYFILL_WORKERS": "2"})
    made.succeed("init")
    made.add_user("anna", "practice-password-of-anna")
    settings = Settings(data=made.data)
    database = Database(settings.database_file)
    with database.writing() as session:
        policy.change(session, settings, LIMITS, version=0, now=0)
    database.close()
    made.start()
    yield made
    made.stop()


def workers(service: Service) -> dict[int, int]:
    """Give the processor time that each worker process has used, in the system's ticks."""
    assert service.process is not None
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    times = {}
    for child in children:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes():
            times[int(child)] = int(fields[11]) + int(fields[12])
    return times


def settled(service: Service) -> dict[int, int]:
    """Give the same once both workers rest: the service answers as soon as the first of them does."""
    deadline = time.monotonic() + PATIENCE
    seen: dict[int, int] = {}
    while seen != (seen := workers(service)) or len(seen) < 2:
        assert time.monotonic() < deadline, f"the workers do not come to rest: {seen}"
        time.sleep(1)
    return seen


@pytest.mark.parametrize("person", list(NAMES))
def test_exactly_the_permitted_number_is_judged(service: Service, person: str, figure: Callable[[str], None]) -> None:
    def guess(number: int) -> tuple[int, int]:
        body = {"username": NAMES[person], "password": f"wrong guess {number}", "device": "guesser"}
        with closing(http.client.HTTPConnection(LOOPBACK, service.port, timeout=PATIENCE)) as connection:
            connection.request("POST", "/api/v1/session", json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, int(answer.getheader("Retry-After", "0"))

    before = settled(service)
    with ThreadPoolExecutor(GUESSES) as pool:
        answers = list(pool.map(guess, range(GUESSES)))
    after = workers(service)
    busy = [pid for pid in after if after[pid] > before.get(pid, 0)]

    assert Counter(status for status, _ in answers) == {
        401: LIMITS.permitted_attempts,
        429: GUESSES - LIMITS.permitted_attempts,
    }
    assert all(0 < wait <= LIMITS.first_delay for status, wait in answers if status == 429)
    with closing(sqlite3.connect(service.data / "wayfill.sqlite3")) as database:
        told = database.execute(
            "SELECT detail, count(*) FROM audit_event WHERE action = ? AND account_name IS ? GROUP BY detail",
            ("session:sign-in-refuse", NAMES[person] if person == "known" else None),
        ).fetchall()
        counted = database.execute(
            "SELECT attempts, refused FROM attempt_counter WHERE scope = 'pair' ORDER BY not_before DESC, subject"
        ).fetchall()
    assert dict(told) == {
        "wrong credentials": LIMITS.permitted_attempts,
        "too many attempts at this person from this address; not judged": GUESSES - LIMITS.permitted_attempts,
    }
    assert (LIMITS.permitted_attempts, GUESSES - LIMITS.permitted_attempts) in counted
    assert len(busy) >= 2, f"of the workers {before} only {busy} took part"
    figure(f"throttle: {GUESSES} guesses, person {person}, 2 workers: {LIMITS.permitted_attempts} judged")

"""Turns at a host: one at a time, a pause after each, other hosts beside; what is waited costs no walk its time."""

import threading
import time

from extension_api.redirects.transport import Deadline
from extension_api.redirects.turns import Turns

PATIENCE = 60


def test_one_at_a_time_with_a_pause_and_other_hosts_beside() -> None:
    turns, lock = Turns(pause=0.03), threading.Lock()
    here: dict[str, int] = {"one": 0, "two": 0}
    most: dict[str, int] = {"one": 0, "two": 0}
    ended: dict[str, list[float]] = {"one": [], "two": []}
    pauses: list[float] = []
    together = [0]
    both = threading.Barrier(2)  # the first visits of the two hosts wait for each other, each in its turn

    def visit(host: str) -> None:
        with turns.at(host):
            with lock:
                if ended[host]:
                    pauses.append(time.monotonic() - ended[host][-1])
                here[host] += 1
                most[host] = max(most[host], here[host])
                together[0] = max(together[0], sum(here.values()))
                first = not ended[host]
            if first:
                both.wait(PATIENCE)
            time.sleep(0.02)
            with lock:
                here[host] -= 1
                ended[host].append(time.monotonic())

    threads = [threading.Thread(target=visit, args=(host,)) for host in ("one", "two") for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == {"one": 1, "two": 1}
    assert together == [2]
    assert len(pauses) == 8
    assert min(pauses) >= 0.03


def test_a_host_that_failed_is_free_again() -> None:
    turns = Turns(pause=0.0)
    for _ in range(3):
        try:
            with turns.at("one"):
                raise ConnectionError
        except ConnectionError:
            pass
    with turns.at("one") as waited:
        assert waited < 1


def test_what_is_waited_for_a_turn_is_given_back() -> None:
    deadline = Deadline.after(1.0)
    left = deadline.left
    deadline.extend(5.0)
    assert deadline.left > left + 4

"""Taking turns: one connection at a time to each host, and a pause after it, however many walks lead there.

Three hundred records behind one identity provider must not look like an attack on it. The turns are those of one
process; several server processes each keep their own.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from extension_api.redirects.ends import End, Refused

PAUSE: Final = 0.25
"""Seconds between two connections to one host."""
LONGEST_WAIT: Final = 30.0
"""Seconds for a turn; a walk that waits longer is given up for this time."""
REMEMBERED: Final = 4_096
"""Hosts that nobody waits for and whose pause is over are forgotten beyond this number."""


@dataclass(slots=True)
class _Host:
    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted: int = 0
    free_at: float = 0.0


class Turns:
    """Whose turn it is at each host.

    Args:
        pause: Seconds between two connections to one host.
    """

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def at(self, host: str) -> Iterator[float]:
        """Have the only connection to a host; gives the seconds that were waited.

        Raises:
            Refused: It took too long to get a turn.
        """
        asked = time.monotonic()
        place = self._place(host)
        try:
            if not place.lock.acquire(timeout=LONGEST_WAIT):
                raise Refused(End.TIME)
            try:
                time.sleep(max(0.0, place.free_at - time.monotonic()))
                yield time.monotonic() - asked
            finally:
                place.free_at = time.monotonic() + self._pause
                place.lock.release()
        finally:
            with self._lock:
                place.wanted -= 1

    def _place(self, host: str) -> _Host:
        with self._lock:
            place = self._hosts.setdefault(host, _Host())
            place.wanted += 1
            self._hosts.move_to_end(host)
            if len(self._hosts) > REMEMBERED:
                now = time.monotonic()
                idle = [name for name, each in self._hosts.items() if not each.wanted and each.free_at < now]
                for name in idle[: len(self._hosts) - REMEMBERED]:
                    del self._hosts[name]
            return place

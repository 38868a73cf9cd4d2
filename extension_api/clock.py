"""The one source of time of the service.

Nothing else in the service reads the system's clock, so that a test can set the hour without patching anything.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Return the time in whole seconds since the Unix epoch."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Return the time in whole seconds since the Unix epoch."""
        return int(time.time())


class SetClock:
    """A clock that stands where it was put, for tests and rehearsals."""

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """Return the time in whole seconds since the Unix epoch."""
        return self._now

    def advance(self, seconds: int) -> None:
        """Move the hands forward by `seconds`."""
        self._now += seconds

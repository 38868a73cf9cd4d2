"""What the service counts of itself, for whoever watches it: requests, how long they took, what was done again.

The form is Prometheus's, by its own library. A service of several worker processes counts in files that all of them
share (`PROMETHEUS_MULTIPROC_DIR`, set by `serving.py` before a worker starts), so that each can answer for all. Nothing
here names a person, a record, an address or a page; requests are told apart by the pattern that was routed to.
"""

import os
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds: from a fill on a machine at rest to the longest wait for the database."""
NOWHERE: Final = "(no such address)"
"""Stands for what no route takes, so that whoever tries addresses makes no rows."""


class Numbers:
    """What one installation counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        if SHARED in os.environ:
            # The library decides this when it is read, which may be before the process knows that it is a worker.
            values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # as below
        self._took = Histogram(
            "wayfill_request_seconds",
            "Time from a request's arrival in Python to its answer",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self.repeated = Counter(
            "wayfill_transactions_repeated",
            "Transactions that the database gave up and that were done again",
            registry=self._registry,
        )
        self.unavailable = Counter(
            "wayfill_database_unavailable", "Requests that the database did not answer", registry=self._registry
        )
        self._took_by: dict[tuple[str, str, int], Histogram] = {}

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count one request.

        Args:
            method: Its method, of those that a route takes.
            route: The pattern that took it, or `None`.
            status: What was answered.
            seconds: How long it took.
        """
        key = (method, route or NOWHERE, status)
        row = self._took_by.get(key)
        if row is None:
            row = self._took_by[key] = self._took.labels(key[0] if route else "any", key[1], str(status))
        row.observe(seconds)

    def text(self, states: dict[str, tuple[str, float]]) -> bytes:
        """Return everything as Prometheus reads it.

        Args:
            states: What is so just now, by name: words about it and its value.
        """
        counted = self._registry
        if SHARED in os.environ:
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]  # the library leaves it so
        now = CollectorRegistry()
        Gauge("wayfill_build", "The version that runs", ("version",), registry=now).labels(version("wayfill")).set(1)
        for name, (words, value) in states.items():
            Gauge(name, words, registry=now).set(value)
        return generate_latest(counted) + generate_latest(now)

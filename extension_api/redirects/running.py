"""Walking what is due while the service serves: one dispatcher a process, a few walkers beside it.

The dispatcher looks once a second: which records begin elsewhere now, which chains are due; it leases as many as there
are free walkers, so that neither memory nor connections grow with what waits. What cannot be done now is in the log and
tried again; nothing here may take the service down with it.
"""

import logging
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from extension_api import policy, revision
from extension_api.kernel import Kernel
from extension_api.redirects import chains, names
from extension_api.redirects.chains import Job
from extension_api.redirects.client import Client
from extension_api.redirects.ends import ARRIVED, End
from extension_api.redirects.steps import Chain
from extension_api.redirects.turns import Turns
from extension_api.redirects.walk import walk
from extension_api.redirects.wall import Wall

INTERVAL: Final = 1.0
"""Seconds between two looks, and so about how long a person waits for a walk that they asked for to begin."""
WALKERS: Final = 8
"""Walks at a time in one process."""
SHARE: Final = 20
"""Of its time the dispatcher spends at most one part in so many on looking for records that begin elsewhere."""
log = logging.getLogger("wayfill")


@dataclass(slots=True)
class Summary:
    """What a run did.

    Args:
        walked: How many walks were kept.
        ends: How many ended for which reason.
    """

    walked: int = 0
    ends: dict[End, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, chain: Chain) -> None:
        """Count a walk."""
        with self._lock:
            self.walked += 1
            self.ends[chain.end] = self.ends.get(chain.end, 0) + 1

    @property
    def arrived(self) -> int:
        """How many found out where the login goes."""
        return sum(count for end, count in self.ends.items() if end in ARRIVED)


def trust() -> ssl.SSLContext:
    """Return whom walks believe: the system's own trust store, or the file that `SSL_CERT_FILE` names."""
    return ssl.create_default_context()


class Runner:
    """Walks what is due.

    Args:
        kernel: The installation.
        believes: Whose certificates are believed.
        turns: Whose turn it is at each host.
        walkers: Walks at a time.
    """

    def __init__(
        self,
        kernel: Kernel,
        *,
        believes: ssl.SSLContext | None = None,
        turns: Turns | None = None,
        walkers: int = WALKERS,
    ) -> None:
        self._kernel = kernel
        self._trust = believes or trust()
        self._turns = turns or Turns()
        self._walkers = walkers
        self._resolve = names.of_file(kernel.settings.hosts_file) if kernel.settings.hosts_file else names.system
        self._under_way: set[threading.Thread] = set()
        self._looked_at = -1
        self._look_again = 0.0
        self.summary = Summary()

    def step(self) -> bool:
        """Begin as many walks as there are free walkers; tell whether any is under way."""
        self._under_way = {each for each in self._under_way if each.is_alive()}
        found = policy.current(self._kernel)
        if found.resolve_interval:
            self._make_due()
        free = self._walkers - len(self._under_way)
        now = self._kernel.clock.now()
        with self._kernel.database.reading() as session:
            due = free > 0 and chains.anything_due(session, now=now)
        if due:
            with self._kernel.database.writing() as session:
                jobs = chains.take(session, now=now, limit=free)
            client = Client(Wall.of(found), self._resolve, self._trust, self._turns)
            for job in jobs:
                # It ends with the process, whatever a site keeps it waiting for: a service that is told to stop stops.
                walking = threading.Thread(target=self._walk, args=(client, job), daemon=True, name="walk")
                walking.start()
                self._under_way.add(walking)
        return bool(self._under_way)

    def run_until_done(self, progress: Callable[[Summary], None] = lambda _: None) -> Summary:
        """Walk all that is due, and return what came of it."""
        while self.step():
            time.sleep(0.01)
            progress(self.summary)
        return self.summary

    def run_for_ever(self) -> None:
        """Look once a second, whatever happens."""
        while True:
            try:
                self.step()
            except (SQLAlchemyError, OSError) as error:
                log.warning("Login chains could not be looked after: %s", type(error).__name__)
            time.sleep(INTERVAL)

    def close(self) -> None:
        """Wait for the walks that are under way."""
        for walking in self._under_way:
            walking.join()

    def _make_due(self) -> None:
        began = time.monotonic()
        if began < self._look_again:
            return
        with self._kernel.database.reading() as session:
            here = revision.current(session)
            if here == self._looked_at:
                return
            # Looked for by a reader first: through a large vault it takes a while, which no writer should wait for.
            made = len(chains.beginning_elsewhere(session, limit=1))
        if made:
            with self._kernel.database.writing() as session:
                made = chains.make_due(session, now=self._kernel.clock.now())
        if made < chains.BATCH:
            self._looked_at = here
        self._look_again = time.monotonic() + SHARE * (time.monotonic() - began)

    def _walk(self, client: Client, job: Job) -> None:
        try:
            chain = walk(client, job.start)
            found = policy.current(self._kernel)
            with self._kernel.database.writing() as session:
                kept = chains.keep(session, job, chain, found, now=self._kernel.clock.now())
            if kept:
                self.summary.note(chain)
        except Exception as error:  # noqa: BLE001 - a thread has nobody to tell; the lease runs out, the next run tries
            log.warning("A login chain could not be kept: %s", type(error).__name__)


def start(kernel: Kernel) -> None:
    """Begin to walk what is due, in threads that end with the process."""
    threading.Thread(target=Runner(kernel).run_for_ever, daemon=True, name="watch-chains").start()

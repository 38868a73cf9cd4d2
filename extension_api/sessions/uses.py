"""When sessions were last used, written for many at once: at most one write a second in each process.

The time of last use is a help to people and proves nothing, so what was not written when a process ended is not missed,
and a request never waits for it longer than a moment.
"""

import logging
import threading
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.exc import SQLAlchemyError

from extension_api.db import Database
from extension_api.sessions.models import SignedIn

PATIENCE_MS: Final = 50
"""How long a request that only reads waits to note that sessions were used; the next one may note it as well."""
_USED: Final = (
    update(SignedIn)
    .where(SignedIn.id == bindparam("of_session"), SignedIn.last_used_at < bindparam("used_at"))
    .values(last_used_at=bindparam("used_at"))
    .execution_options(synchronize_session=False)
)
log = logging.getLogger("wayfill")


class Uses:
    """The uses of one process that are still to be written; one for each installation (`Kernel.shared`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[UUID, int] = {}
        self._written_at = 0

    def note(self, database: Database, session_id: UUID, now: int) -> None:
        """Note that a session was used; written at once if nothing was written in this second.

        Args:
            database: Where sessions are.
            session_id: The session.
            now: The time, in seconds since the epoch.
        """
        with self._lock:
            self._waiting[session_id] = now
            if self._written_at == now:
                return
            waiting, self._waiting, self._written_at = self._waiting, {}, now
        try:
            with database.writing(patience_ms=PATIENCE_MS) as session:
                session.connection().execute(
                    _USED, [{"of_session": each, "used_at": used} for each, used in sorted(waiting.items())]
                )
        except SQLAlchemyError as error:
            log.info("The last use of %s sessions was not noted: %s", len(waiting), type(error).__name__)
            with self._lock:
                self._waiting = waiting | self._waiting
                self._written_at = 0

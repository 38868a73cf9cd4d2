"""What the running service does about its audit by itself: look that nothing is gone, and keep the table small.

Each worker looks once a minute: how far the chain has come is held against what was last seen of it and written down
(`witness.py`), and where more events stand in the table than are to be kept, the oldest go to an archive. A look that
fails is in the log and changes nothing; the next one follows.
"""

import logging
import threading
import time
from typing import Final

from sqlalchemy.exc import OperationalError

from extension_api import policy
from extension_api.audit import archive, chain, witness
from extension_api.audit.archive_file import Damaged
from extension_api.audit.chain import AuditBroken
from extension_api.audit.service import SERVICE
from extension_api.errors import SetupError
from extension_api.kernel import Kernel

INTERVAL: Final = 60
"""Seconds between two looks, and so the longest time for which lost events at the chain's end go unnoticed."""
ROOM: Final = 10
"""When there are too many events, a tenth of what may stay goes too, so that archives are few and not tiny."""
log = logging.getLogger("wayfill")


def start(kernel: Kernel) -> None:
    """Begin to look, in a thread that ends with the process."""
    threading.Thread(target=_watch, args=(kernel,), daemon=True, name="watch-audit").start()


def look(kernel: Kernel) -> None:
    """Look once."""
    settings = kernel.settings
    try:
        with kernel.database.reading() as session:
            whole = witness.look(session, settings.data)
            standing = sum(head.linked - head.archived for head in chain.heads(session))
            rows = policy.read(session, settings).audit_rows
        if not whole:
            log.critical("Events of the audit are gone, or an older database was put back: run wayfill audit verify")
        elif standing > rows:
            keep = rows - rows // ROOM
            now = kernel.clock.now()
            gone = archive.keep_within(kernel.database, kernel.keyring, SERVICE, settings.data, keep, now)
            log.info("Archived %d events of the audit", gone)
    except (AuditBroken, Damaged) as error:
        log.critical("The audit was altered from outside: %s", error)
    except (SetupError, OperationalError, OSError) as error:
        # Another worker archives, the disk is full, the database is busy: all of it may be over at the next look.
        log.warning("The audit could not be looked after: %s", error.orig if hasattr(error, "orig") else error)


def _watch(kernel: Kernel) -> None:
    while True:
        look(kernel)
        time.sleep(INTERVAL)

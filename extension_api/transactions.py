"""The one place where a request's transaction is run, and run again where the database gave it up.

What a transaction did is nothing until it is committed, and nobody was told of it: so where two of them got into each
other's way, or the connection was lost before the commit, the whole of it is done anew, a few times, after a pause that
is never the same for two. A commit whose answer was lost may have happened, so that one is not repeated: the caller is
told to try again, and sees on looking what became of it.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from extension_api.errors import Problem
from extension_api.kernel import Kernel
from extension_api.numbers import Numbers

ATTEMPTS: Final = 6
FIRST_PAUSE: Final = 0.05
"""Seconds before the second attempt, doubled before each further one; all of them together last less than three."""
CONFLICTS: Final = frozenset({"40001", "40P01"})
"""Serialisation failure and deadlock (PostgreSQL, appendix A): rolled back, and worth another attempt, at any time."""
LOST: Final = ("08", "57P01", "57P02", "57P03", "25006", "25P03")
"""What begins so: the server is gone, goes or comes, is a follower now that takes no writes, or dropped us as idle."""
BUSY: Final = frozenset({"55P03", "57014", "53300", "53200", "53100"})
"""It waited or ran too long, or the server has no room: no fault of the request, and not to be repeated at once."""
log = logging.getLogger("wayfill")

T = TypeVar("T")


def run(kernel: Kernel, act: Callable[[Session], T], *, writes: bool, once: bool = False) -> T:
    """Do `act` in a transaction and commit it.

    A `Problem` rolls it back and passes through, except where the refusal itself is on record
    (`Problem.keeps_transaction`); any other exception rolls it back.

    Args:
        kernel: The installation.
        act: What to do; it is done again from the start where the database gave the transaction up.
        writes: Whether it may write.
        once: Whether `act` commits transactions of its own, so that it must not be done twice.
    """
    for attempt in range(1, ATTEMPTS + 1):
        session = kernel.database.session(writes=writes)
        committing = False
        try:
            try:
                answer = act(session)
            except Problem as problem:
                if problem.keeps_transaction:
                    committing = True
                    session.commit()
                raise
            committing = True
            session.commit()
        except DBAPIError as error:
            may_have_happened = (committing and writes) or once
            if attempt == ATTEMPTS or not worth_repeating(error, may_have_happened=may_have_happened):
                raise
            log.info("A transaction is done again: %s (attempt %d)", state_of(error) or "no connection", attempt)
            kernel.shared(Numbers).repeated.inc()
        else:
            return answer
        finally:
            session.close()
        time.sleep(FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads, hides nothing
    raise AssertionError("the last attempt returns or raises")


def worth_repeating(error: DBAPIError, *, may_have_happened: bool) -> bool:
    """Tell whether a transaction that ended so may be done again.

    Args:
        error: How it ended.
        may_have_happened: Whether it, or a part of it, may have been committed.
    """
    if state_of(error) in CONFLICTS:
        return True
    return is_lost(error) and not may_have_happened


def is_lost(error: DBAPIError) -> bool:
    """Tell whether the connection was lost, or leads to a server that takes no writes any more."""
    state = state_of(error)
    return error.connection_invalidated or state.startswith(LOST) or (not state and _is_server(error))


def is_unavailable(error: Exception) -> bool:
    """Tell whether the database could not answer just now, through no fault of the request."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return state_of(error) in CONFLICTS | BUSY or is_lost(error) or isinstance(error, OperationalError)


def state_of(error: DBAPIError) -> str:
    """Return the server's five characters for an error (SQLSTATE), or nothing where no server spoke."""
    return getattr(error.orig, "sqlstate", None) or ""


def words_of(error: Exception) -> str:
    """Return what a log may say of a failure of the database: never a statement or a value in it."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        state = state_of(error)
        # What a server says of a row may quote it (a unique value, a line of a statement); its first line is enough.
        return f"{type(error.orig).__name__} {state}".strip() if state else str(error.orig).partition("\n")[0]
    return type(error).__name__


def _is_server(error: DBAPIError) -> bool:
    # Without a state, the driver itself could not reach the server or found the connection closed.
    return type(error.orig).__module__.startswith("psycopg") and type(error.orig).__name__ in (
        "OperationalError",
        "InterfaceError",
        "ConnectionTimeout",
    )

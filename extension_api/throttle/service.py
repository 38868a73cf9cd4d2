"""Counting attempts before they are judged.

Each attempt is counted in a short transaction of its own that is committed before the password is looked at, so that
any number of parallel guesses over any number of workers gets exactly the permitted number judged. When the count
cannot be written, the attempt is refused: the exception passes through.
"""

import hashlib
from typing import Final

from sqlalchemy import delete, func, select

from extension_api.db import Database
from extension_api.errors import TooManyAttempts
from extension_api.throttle.models import Attempt

PERMITTED: Final = 10
"""Attempts for one name from one address within the window."""
WINDOW: Final = 15 * 60
"""Seconds after which an attempt is forgotten, so every lock ends by itself."""


def count_sign_in(database: Database, *, name: str, address: str, now: int) -> bytes:
    """Count one attempt at signing in.

    Args:
        database: Where to count.
        name: The name that was given, as accounts compare it.
        address: The network address that the attempt came from.
        now: The time, in seconds since the epoch.

    Returns:
        What `forgive` takes when the attempt turns out to be right.

    Raises:
        TooManyAttempts: The permitted number is used up; the attempt must not be judged.

    """
    subject = hashlib.sha256(f"{address}\0{name}".encode()).digest()
    with database.writing() as session:
        session.execute(delete(Attempt).where(Attempt.at <= now - WINDOW))
        earlier = session.execute(select(func.count(), func.min(Attempt.at)).where(Attempt.subject == subject)).one()
        if earlier[0] >= PERMITTED:
            raise TooManyAttempts(retry_after=max(1, earlier[1] + WINDOW - now))
        session.add(Attempt(subject=subject, at=now))
    return subject


def forgive(database: Database, subject: bytes) -> None:
    """Forget the attempts at `subject`, after one of them was right."""
    with database.writing() as session:
        session.execute(delete(Attempt).where(Attempt.subject == subject))

"""Recovery codes: ten, each good once, shown once.

They are stored as plain digests. A slow hash makes up for what people choose; 120 random bits are found by no trying
(NIST SP 800-63B revision 3 section 5.1.2.2 asks for a slow hash below 112), and a digest is looked up, where
slow hashes would be computed ten at a time.
"""

import base64
import hashlib
import os
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from extension_api.factors.codes import plain
from extension_api.factors.models import RecoveryCode

HOW_MANY: Final = 10
CODE_BYTES: Final = 15
"""120 bits: 24 letters and digits in base32, with none left over."""
LENGTH: Final = CODE_BYTES * 8 // 5


def renew(session: Session, account_id: UUID) -> list[str]:
    """Return new codes for a person; those before are worth nothing any more.

    Args:
        session: A writing transaction.
        account_id: The person.
    """
    drop(session, account_id)
    codes = [_new() for _ in range(HOW_MANY)]
    session.add_all(RecoveryCode(account_id=account_id, digest=_digest(account_id, code)) for code in codes)
    session.flush()
    return codes


def drop(session: Session, account_id: UUID) -> None:
    """Take a person's codes away."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def use(session: Session, account_id: UUID, code: str, *, now: int) -> bool:
    """Use a code up; tell whether it was good.

    Args:
        session: A writing transaction.
        account_id: The person.
        code: What was typed.
        now: The time, in seconds since the epoch.
    """
    if len(plain(code)) != LENGTH:
        return False
    unused = (
        RecoveryCode.account_id == account_id,
        RecoveryCode.digest == _digest(account_id, code),
        RecoveryCode.used_at.is_(None),
    )
    # One statement, so that of two who bring the same code at the same time one comes too late.
    found = session.execute(update(RecoveryCode).where(*unused).values(used_at=now).returning(RecoveryCode.digest))
    return found.one_or_none() is not None


def left(session: Session, account_id: UUID) -> int:
    """Return how many codes a person has left."""
    wanted = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(wanted) or 0


def _new() -> str:
    code = base64.b32encode(os.urandom(CODE_BYTES)).decode()
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4))


def _digest(account_id: UUID, code: str) -> bytes:
    return hashlib.sha256(b"wayfill recovery code\0" + account_id.bytes + plain(code).encode()).digest()

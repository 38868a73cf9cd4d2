"""Proofs in two halves: what was begun, kept for a few minutes, bound to the browser that began it, and used up once.

A challenge or a token is known here by its digest alone. Whatever is wrong with one that comes back, the answer is the
same.
"""

import hashlib
import os
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from extension_api.errors import NotFound
from extension_api.factors.models import BegunProof, Purpose

LIFETIME: Final = 5 * 60
"""Seconds; WebAuthn level 3 section 15.1 recommends 5 minutes and more for a ceremony with user verification."""
CHALLENGE_BYTES: Final = 32
"""256 random bits; section 13.4.3 asks for at least 128."""


class ProofOver(NotFound):
    """The first half is unknown, used, too old, another browser's or for something else."""

    def __init__(self) -> None:
        super().__init__("This took too long or was begun elsewhere; begin again")


def begin(session: Session, purpose: Purpose, holder: str, account_id: UUID | None, *, now: int) -> bytes:
    """Return a challenge for the second half to bring back.

    Args:
        session: A writing transaction.
        purpose: What the proof is for.
        holder: What only this browser has: the id of its session, or the secret of its form cookie.
        account_id: Whose proof, if that is known.
        now: The time, in seconds since the epoch.
    """
    session.execute(delete(BegunProof).where(BegunProof.expires_at <= now))
    # One at a time for each browser and purpose: begun again is begun anew.
    held = (BegunProof.purpose == purpose.value, BegunProof.holder == _digest(holder.encode()))
    session.execute(delete(BegunProof).where(*held))
    challenge = os.urandom(CHALLENGE_BYTES)
    session.add(
        BegunProof(
            digest=_digest(challenge),
            purpose=purpose.value,
            holder=_digest(holder.encode()),
            account_id=account_id,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    return challenge


def whose(session: Session, purpose: Purpose, holder: str, challenge: bytes, *, now: int) -> UUID | None:
    """Return whose proof was begun, leaving it to be tried again.

    Raises:
        ProofOver: There is none such.
    """
    found = session.execute(select(BegunProof.account_id).where(*_this(purpose, holder, challenge, now)))
    row = found.one_or_none()
    if row is None:
        raise ProofOver
    account_id: UUID | None = row.account_id
    return account_id


def finish(session: Session, purpose: Purpose, holder: str, challenge: bytes, *, now: int) -> UUID | None:
    """Use up what was begun, and return whose proof it is.

    Raises:
        ProofOver: There is none such.
    """
    # One statement, so that of two who bring the same one at the same time one comes too late.
    gone = delete(BegunProof).where(*_this(purpose, holder, challenge, now)).returning(BegunProof.account_id)
    row = session.execute(gone).one_or_none()
    if row is None:
        raise ProofOver
    account_id: UUID | None = row.account_id
    return account_id


def drop_all_of(session: Session, account_id: UUID) -> None:
    """Forget what a person began, as after a change of what they prove themselves with."""
    session.execute(delete(BegunProof).where(BegunProof.account_id == account_id))


def _this(purpose: Purpose, holder: str, challenge: bytes, now: int) -> tuple[ColumnElement[bool], ...]:
    return (
        BegunProof.digest == _digest(challenge),
        BegunProof.purpose == purpose.value,
        BegunProof.holder == _digest(holder.encode()),
        BegunProof.expires_at > now,
    )


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()

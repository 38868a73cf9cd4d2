"""What was last seen of the chain, kept in a file outside the database.

Everything in the database can be put back to an older state by whoever can write to it, MACs and all. So the running
service, and each command that walks the chain, writes down how far the chain had come; a chain that later ends before
that point, or passes it otherwise, has lost events. The file holds nothing secret, and nothing that would let anybody
forge an event. A backup that is put back is such an older state too: `forget` the file then.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api.audit.chain import Head, heads
from extension_api.audit.models import Event
from extension_api.errors import SetupError

NAME: Final = "audit.witness"


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far one lane had come, and the digest there."""

    lane: int
    linked: int
    digest: bytes


def read(data: Path) -> list[Seen]:
    """Return what was last seen; nothing, where there is no witness yet.

    Args:
        data: The data folder.

    Raises:
        SetupError: The file is damaged.
    """
    file = data / NAME
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[Seen])
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError:
        raise SetupError(
            f"{file} cannot be read; it says how far the audit had come. Put it back from your backup, or remove it if"
            " you know how it was damaged."
        ) from None


def write(data: Path, standing: Sequence[Head]) -> None:
    """Write down how far the chain has come; all of the file or nothing."""
    file = data / NAME
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(msgspec.json.encode([Seen(head.lane, head.linked, head.digest) for head in standing]))
    part.replace(file)


def forget(data: Path) -> None:
    """Let go of what was seen, because an older state was put back on purpose."""
    (data / NAME).unlink(missing_ok=True)


def look(session: Session, data: Path) -> bool:
    """Hold the chain against what was seen of it, and write down how far it has come, if it holds.

    The file is read before the transaction's first question, so that what another process writes down meanwhile is not
    taken for a loss.

    Args:
        session: A transaction that has asked nothing yet.
        data: The data folder.

    Returns:
        Whether the chain still passes through what was seen.

    Raises:
        AuditBroken: A head is not as this service left it.
        SetupError: The file is damaged.
    """
    seen = read(data)
    standing = {head.lane: head for head in heads(session)}
    if not all(_passes(session, known, standing.get(known.lane)) for known in seen):
        return False
    if {known.lane: known.linked for known in seen} != {head.lane: head.linked for head in standing.values()}:
        write(data, list(standing.values()))
    return True


def _passes(session: Session, seen: Seen, head: Head | None) -> bool:
    if head is None or head.linked < seen.linked:
        return False
    if head.archived > seen.linked or seen.linked == 0:
        return True
    if head.archived == seen.linked:
        return head.archived_digest == seen.digest
    return session.scalar(select(Event.digest).where(Event.id == head.id_of(seen.linked))) == seen.digest

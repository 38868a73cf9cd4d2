"""The file that old events go to: written while it is checked, and verified later without the database.

JSON lines: a head (for each lane where it begins, and the lane's key as it is sealed in the database), the events with
their digests, and an end that says for each lane how far the file goes, under a MAC with the lane's key. A file that
was cut off has no end; one whose events were altered, dropped or reordered breaks the chain; one that was lengthened
or put together from two does not fit its end. It takes the master key to verify, and nothing else.
"""

import hmac
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from extension_api.audit import chain
from extension_api.audit.chain import STRIDE
from extension_api.audit.verify import Verdict, Walk
from extension_api.crypto import CannotOpen, Keyring
from extension_api.errors import SetupError

VERSION: Final = 1
LONGEST_LINE: Final = 1 << 20
"""Bytes; far more than an event can have, so that a damaged file is not read into memory whole."""


class Begin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a lane begins in this file: the event before, its digest, and the lane's sealed key."""

    lane: int
    after: int
    digest: bytes
    sealed_key: bytes


class FileHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line."""

    wayfill_audit_archive: int
    made_at: int
    lanes: list[Begin]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event; the fields are those of `models.Event`."""

    id: int
    at: int
    action: str
    account_id: UUID | None
    account_name: str | None
    session_id: UUID | None
    device: str | None
    address: str | None
    record_id: UUID | None
    page_host: str | None
    detail: str | None
    digest: bytes


class Reached(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a lane goes in this file."""

    lane: int
    after: int
    upto: int
    digest: bytes
    mac: bytes


class FileEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last line."""

    events: int
    lanes: list[Reached]


@dataclass(frozen=True, slots=True)
class Whole:
    """An archive that verifies: how many events, and what it holds of each lane."""

    events: int
    lanes: Mapping[int, Reached]


class Damaged(Exception):
    """The archive does not verify, or would not if it were written; the verdict says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.findings[0].words)
        self.verdict = verdict


class CutOff(Exception):
    """The file ends before its end."""


def write(
    path: Path, begins: Sequence[tuple[Begin, bytes]], events: Iterable[tuple[Sequence[Any], bytes]], made_at: int
) -> int:
    """Write an archive, and have it on the disk when this returns. Nothing is there under `path` before it is whole.

    Args:
        path: The new file; its folder must exist.
        begins: Where each lane begins, with its opened key.
        events: The values (in the order of `chain.COLUMNS`) and digests, by id, gapless in each lane.
        made_at: The time, in seconds since the epoch.

    Returns:
        How many events it holds.

    Raises:
        Damaged: The chain of these events is broken, so the file would prove nothing; it is not written.
        SetupError: The file is there already, or cannot be written.
    """
    if path.exists():
        raise SetupError(f"{path} is there already; it is never written over.")
    walks = {begin.lane: Walk(begin.lane, key, begin.after, begin.digest) for begin, key in begins}
    verdict, written = Verdict(), 0
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb", opener=_private) as file:
            file.write(_line(FileHead(VERSION, made_at, [begin for begin, _ in begins])))
            for values, digest in events:
                walks[values[0] % STRIDE].step(values, digest, verdict)
                if verdict.findings:
                    raise Damaged(verdict)
                file.write(_line(Line(*(*values, digest))))
                written += 1
            reached = [_reached(walks[begin.lane], begin.after) for begin, _ in begins]
            file.write(_line(FileEnd(written, reached)))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    return written


def verify(path: Path, keyring: Keyring, keys: Mapping[int, bytes] | None = None) -> Whole:
    """Walk an archive.

    Args:
        path: The file.
        keyring: Opens the keys that the file carries.
        keys: The lanes' keys from the database, for a file that was written under an earlier master key.

    Raises:
        Damaged: It is not as it was written, or not by this installation.
        SetupError: It cannot be read.
    """
    verdict = Verdict()
    try:
        with path.open("rb") as file:
            return _walk(_lines(file), keyring, keys or {}, verdict)
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.") from None
    except (msgspec.MsgspecError, CutOff, KeyError, CannotOpen, UnicodeDecodeError) as error:
        verdict.find(_WHY.get(type(error), f"a line after event {verdict.events} is none that Wayfill wrote"))
        raise Damaged(verdict) from None


_WHY: Final[dict[type[Exception], str]] = {
    CutOff: "the file was cut off: its end is missing",
    CannotOpen: "the file was not written by this installation, or before its master key was changed",
    KeyError: "an event is of a lane that the file does not have",
}


def _walk(lines: Iterator[bytes], keyring: Keyring, keys: Mapping[int, bytes], verdict: Verdict) -> Whole:
    line = next(lines, None)
    if line is None:
        raise CutOff
    head = msgspec.json.decode(line, type=FileHead)
    if head.wayfill_audit_archive != VERSION:
        verdict.find(f"the file is of version {head.wayfill_audit_archive}; this Wayfill reads {VERSION}")
        raise Damaged(verdict)
    begins = {begin.lane: begin for begin in head.lanes}
    walks = {lane: Walk(lane, _key(begin, keyring, keys), begin.after, begin.digest) for lane, begin in begins.items()}
    line = next(lines, None)
    for following in lines:
        assert line is not None  # noqa: S101 - a line follows it
        event = msgspec.json.decode(line, type=Line)
        *values, digest = msgspec.structs.astuple(event)
        walks[event.id % STRIDE].step(values, digest, verdict)
        verdict.events += 1
        line = following
    if line is None or not line.startswith(b'{"events":'):
        raise CutOff
    end = msgspec.json.decode(line, type=FileEnd)
    reached = {lane.lane: lane for lane in end.lanes}
    if end.events != verdict.events or set(reached) != set(walks):
        verdict.find("the end of the file is that of another one")
    for lane, walk in walks.items():
        said = reached.get(lane)
        if said is not None and (
            not hmac.compare_digest(said.mac, _mac(walk.key, said)) or said.after != begins[lane].after
        ):
            verdict.find(f"the end of the file is not as it was written, for lane {lane}")
        elif said is not None:
            walk.end(said.upto, said.digest, verdict)
    if verdict.findings:
        raise Damaged(verdict)
    return Whole(end.events, reached)


def _key(begin: Begin, keyring: Keyring, keys: Mapping[int, bytes]) -> bytes:
    try:
        return chain.open_key(keyring, begin.lane, begin.sealed_key)
    except CannotOpen:
        if begin.lane in keys:
            return keys[begin.lane]
        raise


def _reached(walk: Walk, after: int) -> Reached:
    bare = Reached(walk.lane, after, walk.position, walk.digest, b"")
    return msgspec.structs.replace(bare, mac=_mac(walk.key, bare))


def _mac(key: bytes, said: Reached) -> bytes:
    bare = (said.lane, said.after, said.upto, said.digest)
    return hmac.digest(key, b"archive" + msgspec.msgpack.encode(bare), "sha256")


def _line(value: msgspec.Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _lines(file: Any) -> Iterator[bytes]:
    while line := file.readline(LONGEST_LINE):
        if not line.endswith(b"\n"):
            # The last line of a whole file ends as every other does.
            return
        yield line


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

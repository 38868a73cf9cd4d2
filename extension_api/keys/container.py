"""The form of a backup: a tar file of three members, in which no bit can change unseen.

`manifest.json` says what the backup is and holds the digest of the database; `manifest.sums` holds a MAC and a digest
of the manifest; then comes the database. The MAC is under the master key, so nobody without it can make a backup that a
restore takes; the digests find damage without any key. Heads, padding and end are compared with what this file writes,
byte for byte. Any `tar` unpacks it, should there be no Wayfill left.
"""

import hashlib
import hmac
import tarfile
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from extension_api.crypto import Keyring
from extension_api.errors import SetupError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SUMS: Final = "manifest.sums"
DATABASE: Final = "wayfill.sqlite3"
PURPOSE: Final = "backup"
"""What the key of the MAC is derived for."""
MANIFEST_LIMIT: Final = 1 << 20
"""Bytes; a manifest has a few hundred and one line for each table."""
BLOCK: Final = tarfile.BLOCKSIZE
PIECE: Final = 1 << 20
END: Final = bytes(2 * BLOCK)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is. Times are seconds since the epoch; digests are SHA-256 in hexadecimal."""

    format: int
    wayfill: str
    """The version that made it."""
    tables: str
    """The revision of its tables, as migrations count."""
    made_at: int
    key_id: str
    """The key that sealed when it was made, under which the MAC is."""
    keys: list[str]
    """The keys that sealed a value in it: all are needed."""
    revision: int
    """The revision of the match tables."""
    counts: dict[str, int]
    """Rows of each table."""
    size: int
    """Bytes of the database."""
    sha256: str
    """Digest of the database."""


class Damaged(SetupError):
    """The file is not as it was made."""

    def __init__(self, path: Path, where: str) -> None:
        super().__init__(f"The backup {path} is damaged ({where}). Take another one; nothing was changed.")


class Backup:
    """An open backup whose manifest is whole; the database in it is looked at when it is copied out.

    Args:
        path: The file.

    Raises:
        Damaged: The head or the manifest is not as it was made.
        SetupError: It was made by a newer Wayfill, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise SetupError(f"The backup {path} cannot be read: {error.strerror}.") from None
        try:
            self._raw = self._member(MANIFEST)
            mac, _, digest = self._member(SUMS).partition(b"\n")
            if not hmac.compare_digest(digest, hashlib.sha256(self._raw + mac).hexdigest().encode() + b"\n"):
                raise Damaged(path, "manifest")
            self._mac = mac
            self.manifest = self._read_manifest()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def require_genuine(self, keyring: Keyring) -> None:
        """Check that this installation made it; its key must be at hand.

        Raises:
            SetupError: It was made by someone without the key.
        """
        mac = keyring.mac(PURPOSE, self._raw, self.manifest.key_id).hex().encode()
        if not hmac.compare_digest(mac, self._mac):
            raise SetupError(f"The backup {self.path} was not made with this key: somebody altered it on purpose.")

    def copy_to(self, target: BinaryIO | None) -> None:
        """Copy the database out, or only look through it; to be called once.

        Args:
            target: Where to, or `None` to look alone.

        Raises:
            Damaged: It is not as it was made; what was copied is worth nothing.
        """
        self._expect(_head(DATABASE, self.manifest.size), "head of the database")
        digest, left = hashlib.sha256(), self.manifest.size
        while left:
            piece = self._file.read(min(PIECE, left))
            if not piece:
                raise Damaged(self.path, "it is cut off")
            digest.update(piece)
            if target is not None:
                target.write(piece)
            left -= len(piece)
        if digest.hexdigest() != self.manifest.sha256:
            raise Damaged(self.path, "database")
        self._expect(_padding(self.manifest.size) + END, "end")
        if self._file.read(1):
            raise Damaged(self.path, "something follows its end")

    def _read_manifest(self) -> Manifest:
        try:
            form = msgspec.json.decode(self._raw, type=_Form).format
            if form > FORMAT:
                raise SetupError(
                    f"The backup {self.path} was made by a newer Wayfill (format {form}). Install that version;"
                    " nothing was changed."
                )
            return msgspec.json.decode(self._raw, type=Manifest)
        except msgspec.DecodeError:
            raise Damaged(self.path, "manifest") from None

    def _member(self, name: str) -> bytes:
        head = self._file.read(BLOCK)
        try:
            size = tarfile.TarInfo.frombuf(head, "ascii", "strict").size
        except (tarfile.HeaderError, ValueError):
            raise Damaged(self.path, f"head of {name}") from None
        if not 0 <= size <= MANIFEST_LIMIT or head != _head(name, size):
            raise Damaged(self.path, f"head of {name}")
        content = self._file.read(size)
        if len(content) != size:
            raise Damaged(self.path, "it is cut off")
        self._expect(_padding(size), name)
        return content

    def _expect(self, wanted: bytes, where: str) -> None:
        if self._file.read(len(wanted)) != wanted:
            raise Damaged(self.path, where)


class _Form(msgspec.Struct):
    format: int


def write(target: BinaryIO, manifest: Manifest, keyring: Keyring, database: BinaryIO) -> None:
    """Write a backup.

    Args:
        target: Where to; the caller makes it durable.
        manifest: What it is; size and digest are those of `database`.
        keyring: Makes the MAC, under the manifest's key.
        database: The copy of the database.

    Raises:
        OSError: It cannot be written.
    """
    raw = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    mac = keyring.mac(PURPOSE, raw, manifest.key_id).hex().encode()
    sums = mac + b"\n" + hashlib.sha256(raw + mac).hexdigest().encode() + b"\n"
    target.write(_head(MANIFEST, len(raw)) + raw + _padding(len(raw)))
    target.write(_head(SUMS, len(sums)) + sums + _padding(len(sums)))
    target.write(_head(DATABASE, manifest.size))
    while piece := database.read(PIECE):
        target.write(piece)
    target.write(_padding(manifest.size) + END)


def _head(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCK)

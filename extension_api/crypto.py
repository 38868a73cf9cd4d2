"""Sealing: how secret fields are kept at rest, and how tokens are made and compared.

Fields are sealed with AES-256-GCM (NIST SP 800-38D) under a master key that never enters the database. The record's id
and the field's name are bound in as associated data, so a sealed value opens only in its own place. One error covers a
wrong key, a moved and an altered value: telling them apart would help nobody but an attacker.
"""

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from extension_api.errors import SetupError
from extension_api.settings import KEY_BYTES, MasterKey

FORMAT: Final = b"\x01"
"""First byte of every sealed value: the format, so that another cipher can follow."""
KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
"""96 random bits (SP 800-38D section 8.2.2): safe for 2**32 values under one key."""
TOKEN_BYTES: Final = 32
"""256 random bits: nothing to guess, so a plain digest is enough to store."""


class CannotOpen(Exception):
    """A sealed value does not open: wrong key, another place than its own, or altered."""


class Keyring:
    """The master key, known by an id that is stored beside every value it sealed."""

    def __init__(self, key: MasterKey) -> None:
        self._cipher = AESGCM(key)
        self._id = hashlib.sha256(b"wayfill key id\0" + key).digest()[:KEY_ID_BYTES]

    @property
    def key_id(self) -> str:
        """The id of the key that seals, in hexadecimal; it tells nothing of the key."""
        return self._id.hex()

    def seal(self, value: str, *, record_id: UUID, field: str) -> bytes:
        """Seal a field's text for one place.

        Args:
            value: The clear text.
            record_id: The record that it belongs to.
            field: The field's name in that record.
        """
        nonce = os.urandom(NONCE_BYTES)
        head = FORMAT + self._id
        return head + nonce + self._cipher.encrypt(nonce, value.encode(), _place(head, record_id, field))

    def open(self, sealed: bytes, *, record_id: UUID, field: str) -> str:
        """Open what `seal` made for this very place.

        Raises:
            CannotOpen: The value was sealed by another key, for another place, or was altered.
        """
        head, rest = sealed[: 1 + KEY_ID_BYTES], sealed[1 + KEY_ID_BYTES :]
        if head != FORMAT + self._id:
            raise CannotOpen
        try:
            clear = self._cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _place(head, record_id, field))
        except (InvalidTag, ValueError):
            raise CannotOpen from None
        return clear.decode()


def _place(head: bytes, record_id: UUID, field: str) -> bytes:
    return head + record_id.bytes + field.encode()


def new_key_file(path: Path) -> MasterKey:
    """Make a master key and write it to a new file that its owner alone may read.

    Raises:
        FileExistsError: The file is there already; a key is never written over.
    """
    key = MasterKey(secrets.token_bytes(KEY_BYTES))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key_file(path: Path) -> MasterKey:
    """Read a master key.

    Raises:
        SetupError: The file is missing, open to others, or holds no key.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise SetupError(f"Others may read the key file {path}; run: chmod 600 {path}")
        key = MasterKey(base64.b64decode(path.read_bytes().strip(), validate=True))
    except FileNotFoundError:
        raise SetupError(
            f"The key file {path} is missing, and the records cannot be opened without it. Put it back from your"
            " backup; no new key was made."
        ) from None
    except binascii.Error:
        raise SetupError(f"The key file {path} holds no key; put it back from your backup.") from None
    if len(key) != KEY_BYTES:
        raise SetupError(f"The key file {path} holds no key of 32 bytes; put it back from your backup.")
    return key


def new_token() -> str:
    """Return 256 random bits as text for a URL's fragment, a header or a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """Return what is stored of a token: its SHA-256, which is enough for a value that cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()

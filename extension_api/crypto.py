"""Sealing: how secret fields are kept at rest, and how tokens are made and compared.

Fields are sealed with AES-256-GCM (NIST SP 800-38D) under a master key that never enters the database. The record's id
and the field's name are bound in as associated data, so a sealed value opens only in its own place. One error covers a
wrong key, a moved and an altered value: telling them apart would help nobody but an attacker.

A keyring holds several keys: the one that seals, which the database names, and others that still open. Where a key is
asked for that it does not hold, it looks once more where keys come from; so a server learns of a new key by itself.
"""

import hashlib
import hmac
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from extension_api.errors import SetupError, Unavailable
from extension_api.settings import MasterKey

FORMAT: Final = b"\x01"
"""First byte of every sealed value: the format, so that another cipher can follow."""
KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
"""96 random bits (SP 800-38D section 8.2.2): safe for 2**32 values under one key."""
TOKEN_BYTES: Final = 32
"""256 random bits: nothing to guess, so a plain digest is enough to store."""
HEAD_BYTES: Final = len(FORMAT) + KEY_ID_BYTES
LOOK_AGAIN: Final = 2.0
"""Seconds for which a key that was not found is not looked for again: a spoilt value must not run the key command at
every sight of it. A key is always in its place before anything is sealed with it, so nothing waits for this."""

log = logging.getLogger("wayfill")
Reread = Callable[[], Sequence[MasterKey]]


class CannotOpen(Exception):
    """A sealed value does not open: wrong key, another place than its own, or altered."""


class KeyMissing(Unavailable):
    """The key that the database wants values sealed with is not at hand, so nothing can be sealed."""

    def __init__(self) -> None:
        super().__init__("The master key is not at hand; an administrator must run: wayfill key show", retry_after=5)


@dataclass(frozen=True, slots=True)
class _Key:
    cipher: AESGCM
    material: MasterKey


class Keyring:
    """The master keys, each known by an id that is stored beside every value it sealed.

    Args:
        *keys: The keys; the first one seals until `seal_with` names another.
        reread: Returns the keys as they are now, for a key that is not among them; it may raise `SetupError`.
    """

    def __init__(self, *keys: MasterKey, reread: Reread | None = None) -> None:
        # Replaced as a whole and never changed, so that threads read it without a lock. A key that has left its source
        # stays until the process ends: a value that was read before it was resealed still opens.
        self._keys = {_id(key): _Key(AESGCM(key), key) for key in keys}
        self._sealing = next(iter(self._keys))
        self._reread = reread
        self._lock = threading.Lock()
        self._not_found: dict[bytes, float] = {}

    @property
    def key_id(self) -> str:
        """The id of the key that seals, in hexadecimal; it tells nothing of the key."""
        return self._sealing.hex()

    @property
    def key_ids(self) -> list[str]:
        """The ids of all keys at hand."""
        return [key_id.hex() for key_id in self._keys]

    def knows(self, key_id: str) -> bool:
        """Tell whether a key is at hand, looking once more where keys come from."""
        return self._find(bytes.fromhex(key_id)) is not None

    def seal_with(self, key_id: str) -> None:
        """Seal with this key from now on; it is looked for when something is to be sealed."""
        self._sealing = bytes.fromhex(key_id)

    def seal(self, value: str, *, record_id: UUID, field: str) -> bytes:
        """Seal a field's text for one place.

        Args:
            value: The clear text.
            record_id: The record that it belongs to.
            field: The field's name in that record.

        Raises:
            KeyMissing: The key that seals is not at hand.
        """
        return self._seal(value.encode(), record_id, field)

    def open(self, sealed: bytes, *, record_id: UUID, field: str) -> str:
        """Open what `seal` made for this very place.

        Raises:
            CannotOpen: The value was sealed by a key that is not at hand, for another place, or was altered.
        """
        return self._open(sealed, record_id, field).decode()

    def reseal(self, sealed: bytes, *, record_id: UUID, field: str) -> bytes:
        """Seal a sealed value anew, for the same place, with the key that seals now.

        Raises:
            CannotOpen: As `open`.
            KeyMissing: As `seal`.
        """
        return self._seal(self._open(sealed, record_id, field), record_id, field)

    def mac(self, purpose: str, message: bytes, key_id: str) -> bytes:
        """Return a MAC under a key derived from one master key for one purpose (HMAC-SHA256, both times).

        Raises:
            KeyMissing: That key is not at hand.
        """
        key = self._find(bytes.fromhex(key_id)) or _missing()
        derived = hmac.digest(key.material, b"wayfill mac\0" + purpose.encode(), "sha256")
        return hmac.digest(derived, message, "sha256")

    def _seal(self, clear: bytes, record_id: UUID, field: str) -> bytes:
        sealing = self._sealing
        key = self._find(sealing) or _missing()
        nonce = os.urandom(NONCE_BYTES)
        head = FORMAT + sealing
        return head + nonce + key.cipher.encrypt(nonce, clear, _place(head, record_id, field))

    def _open(self, sealed: bytes, record_id: UUID, field: str) -> bytes:
        head, rest = sealed[:HEAD_BYTES], sealed[HEAD_BYTES:]
        if head[:1] != FORMAT or len(head) != HEAD_BYTES:
            raise CannotOpen
        key = self._find(head[1:])
        if key is None:
            raise CannotOpen
        try:
            return key.cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _place(head, record_id, field))
        except (InvalidTag, ValueError):
            raise CannotOpen from None

    def _find(self, key_id: bytes) -> _Key | None:
        found = self._keys.get(key_id)
        if found is not None or self._reread is None:
            return found
        # One thread looks; those that wait for it look themselves only if what it found is not what they need: its
        # look may have begun before their key was put there.
        with self._lock:
            now = time.monotonic()
            if key_id not in self._keys and now - self._not_found.get(key_id, -LOOK_AGAIN) >= LOOK_AGAIN:
                self._read_again(self._reread)
                if key_id not in self._keys:
                    self._not_found = {k: t for k, t in self._not_found.items() if now - t < LOOK_AGAIN}
                    self._not_found[key_id] = now
            return self._keys.get(key_id)

    def _read_again(self, reread: Reread) -> None:
        try:
            keys = reread()
        except SetupError as error:
            log.error("The master key could not be read again: %s", error)
            return
        self._keys = self._keys | {_id(key): _Key(AESGCM(key), key) for key in keys}


def head_of(key_id: str) -> bytes:
    """Return the bytes with which every value begins that this key has sealed."""
    return FORMAT + bytes.fromhex(key_id)


def id_of_key(key: MasterKey) -> str:
    """Return the id of a key, in hexadecimal; it tells nothing of the key."""
    return _id(key).hex()


def key_id_in(head: bytes) -> str:
    """Return the id of the key that sealed a value, from the value or its head; text for a person if there is none."""
    return head[1:HEAD_BYTES].hex() if head[:1] == FORMAT and len(head) >= HEAD_BYTES else "unreadable"


def _id(key: MasterKey) -> bytes:
    return hashlib.sha256(b"wayfill key id\0" + key).digest()[:KEY_ID_BYTES]


def _missing() -> NoReturn:
    raise KeyMissing


def _place(head: bytes, record_id: UUID, field: str) -> bytes:
    return head + record_id.bytes + field.encode()


def new_token() -> str:
    """Return 256 random bits as text for a URL's fragment, a header or a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """Return what is stored of a token: its SHA-256, which is enough for a value that cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()

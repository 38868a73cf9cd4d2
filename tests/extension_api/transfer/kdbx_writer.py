"""A writer of KDBX 4 for tests, from the published format (keepass.info/help/kb/kdbx.html), apart from the reader.

It shares no code with `extension_api/transfer/kdbx.py`, and every part may be given wrong. Where KeePassXC is
installed, `test_keepassxc.py` shows that the real program opens what this writes, and that Wayfill opens what that
saves.
"""

import base64
import gzip
import hashlib
import hmac
import struct
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, ChaCha20
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.padding import PKCS7

AES_256: Final = bytes.fromhex("31c1f2e6bf714350be5805216afc5aff")
CHACHA20: Final = bytes.fromhex("d6038a2b8b6f4cb5a524339a31dbb59a")
TWOFISH: Final = bytes.fromhex("ad68f29f576f4bb9a36ad47af965346c")
ARGON2D: Final = bytes.fromhex("ef636ddf8c29444b91f7a9a403e30a0c")
ARGON2ID: Final = bytes.fromhex("9e298b1956db4773b23dfc3ec6f0a1e6")
AES_KDF: Final = bytes.fromhex("c9d9f39a628a4460bf740d08c18a4fea")
SALT: Final = bytes(range(32))
SEED: Final = bytes(range(100, 132))
PASSWORD: Final = "made-up-key ä"

Numbers = dict[str, tuple[int, int | bytes]]
"""Entries of a dictionary: the type's number and the value."""
SIZES: Final = {0x04: 4, 0x05: 8, 0x08: 1, 0x0C: 4, 0x0D: 8}


def argon2(kind: bytes = ARGON2ID, *, memory: int = 64 * 1024, passes: int = 1, lanes: int = 1) -> Numbers:
    return {
        "$UUID": (0x42, kind), "S": (0x42, SALT), "P": (0x04, lanes), "M": (0x05, memory), "I": (0x05, passes),
        "V": (0x04, 0x13),
    }  # fmt: skip


def aes_kdf(rounds: int = 100) -> Numbers:
    return {"$UUID": (0x42, AES_KDF), "R": (0x05, rounds), "S": (0x42, SALT)}


@dataclass
class Kdbx:
    """A database to be written; `bytes(...)` writes it."""

    xml: bytes
    password: str | None = PASSWORD
    key: bytes | None = None
    """The 32 bytes of the key file."""
    cipher: bytes = AES_256
    derivation: Numbers = field(default_factory=argon2)
    packed: bool = True
    version: tuple[int, int] = (0, 4)
    stream: int = 3
    block: int = 300
    fields: dict[int, bytes] = field(default_factory=dict)
    """Fields of the header, in place of the right ones; an empty one is left out."""
    payload: bytes | None = None
    """What is encrypted, in place of the right thing."""

    def __bytes__(self) -> bytes:
        return self.header() + self.body()

    def header(self) -> bytes:
        vector = bytes(range(12 if self.cipher == CHACHA20 else 16))
        right = {
            2: self.cipher, 3: struct.pack("<I", self.packed), 4: SEED, 7: vector, 11: dictionary(self.derivation),
        } | self.fields | {0: b"\r\n\r\n"}  # fmt: skip
        start = bytes.fromhex("03d9a29a67fb4bb5") + struct.pack("<HH", *self.version)
        return start + b"".join(bytes([kind]) + sized(value) for kind, value in right.items() if value)

    def body(self) -> bytes:
        key = self._key()
        base = hashlib.sha512(SEED + key + b"\x01").digest()
        header = self.header()
        parts = [hashlib.sha256(header).digest(), mac(base, 2**64 - 1, header)]
        encrypted = self._encrypted(hashlib.sha256(SEED + key).digest())
        starts = range(0, len(encrypted), self.block)
        for number, piece in enumerate([*(encrypted[at : at + self.block] for at in starts), b""]):
            parts += [mac(base, number, struct.pack("<Q", number) + sized(piece)), sized(piece)]
        return b"".join(parts)

    def _key(self) -> bytes:
        parts = b"" if self.password is None else hashlib.sha256(self.password.encode()).digest()
        composite = hashlib.sha256(parts + (self.key or b"")).digest()
        given = {name: value for name, (_, value) in self.derivation.items()}
        if given["$UUID"] == AES_KDF:
            assert isinstance(given["R"], int)
            once = Cipher(AES(SALT), ECB()).encryptor()  # noqa: S305 - as the format has it
            for _ in range(given["R"]):
                composite = once.update(composite)
            return hashlib.sha256(composite).digest()
        kind = Type.D if given["$UUID"] == ARGON2D else Type.ID
        numbers = [int(given[name]) for name in ("I", "M", "P")]
        return hash_secret_raw(composite, SALT, numbers[0], numbers[1] // 1024, numbers[2], 32, kind)

    def _encrypted(self, key: bytes) -> bytes:
        plain = self.plain() if self.payload is None else self.payload
        plain = gzip.compress(plain, mtime=0) if self.packed and self.payload is None else plain
        if self.cipher == CHACHA20:
            return Cipher(ChaCha20(key, bytes(4) + bytes(range(12))), None).encryptor().update(plain)
        padding, cipher = PKCS7(128).padder(), Cipher(AES(key), CBC(bytes(range(16)))).encryptor()
        return cipher.update(padding.update(plain) + padding.finalize())

    def plain(self) -> bytes:
        """Return what is packed and encrypted."""
        root = ElementTree.fromstring(self.xml)  # noqa: S314 - made up here
        secret = bytes(range(64))
        expanded = hashlib.sha512(secret).digest()
        protect = Cipher(ChaCha20(expanded[:32], bytes(4) + expanded[32:44]), None).encryptor()
        for value in root.iter("Value"):
            if value.get("Protected") == "True":
                value.text = base64.b64encode(protect.update((value.text or "").encode())).decode()
        attachment = b"\x03" + sized(b"\x01" + b"an attachment" * 50)
        head = (
            b"\x01"
            + sized(struct.pack("<I", self.stream))
            + b"\x02"
            + sized(secret)
            + attachment
            + b"\x00"
            + sized(b"")
        )
        return head + ElementTree.tostring(root)


def dictionary(given: Numbers) -> bytes:
    parts = [b"\x00\x01"]
    for name, (kind, value) in given.items():
        written = value if isinstance(value, bytes) else value.to_bytes(SIZES[kind], "little")
        parts += [bytes([kind]), sized(name.encode()), sized(written)]
    return b"".join([*parts, b"\x00"])


def sized(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value


def mac(base: bytes, number: int, message: bytes) -> bytes:
    return hmac.digest(hashlib.sha512(struct.pack("<Q", number) + base).digest(), message, "sha256")

"""The keys of a KDBX 4 database: from password and key file through the slow function that its header names.

The header is not authenticated when the slow function runs, and says how much memory and time that takes. So both are
bounded before anything is computed: above what KeePass and KeePassXC choose by themselves, below what would stop the
machine.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from extension_api.transfer import content
from extension_api.transfer.items import CannotRead

ARGON2: Final = {
    bytes.fromhex("ef636ddf8c29444b91f7a9a403e30a0c"): Type.D,
    bytes.fromhex("9e298b1956db4773b23dfc3ec6f0a1e6"): Type.ID,
}
AES_KDF: Final = (
    bytes.fromhex("c9d9f39a628a4460bf740d08c18a4fea"),
    bytes.fromhex("7c02bb8279a74ac0927d114a00648238"),
)
"""Its id, and the second one that KeePassXC reads as the same."""
MEMORY: Final = 1024**3
"""Bytes that Argon2 may take: 16 times what KeePass and KeePassXC choose by themselves."""
WORK: Final = 32 * 1024**3
"""Bytes times passes of Argon2: half a minute or so on one core."""
LANES: Final = 64
"""Threads that Argon2 may start."""
ROUNDS: Final = 500_000_000
"""Rounds of AES-KDF: half a minute or so; KeePassXC's benchmark chooses some tens of millions."""
ARGON2_VERSIONS: Final = (0x10, 0x13)
LEAST_SALT: Final = 8
"""Bytes; Argon2 takes no less (RFC 9106 section 3.1)."""
ENTRIES: Final = 64
"""Entries of a dictionary; Argon2 has seven."""
CHUNK: Final = 65_536
"""Rounds of AES-KDF in one call: a MiB of zeros."""
BLOCK: Final = 16
KEY_FILE: Final = 64 * 1024
"""Bytes up to which a key file may be one of KeePass's own; a longer one is any file."""

DAMAGED: Final = "The database is damaged; try a backup of it."
TOO_SLOW: Final = (
    "choose less in KeePass (Database settings, Security, Encryption settings) and save it, or export it as XML."
)

Value: TypeAlias = int | bytes


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person opens a database with.

    Args:
        password: The password; `None` if the database has none, which is another thing than an empty one.
        key_file: The content of the key file, if there is one.
    """

    password: str | None = field(default=None, repr=False)
    key_file: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Argon2:
    """Parameters of Argon2, within bounds."""

    type: Type
    version: int
    salt: bytes
    passes: int
    memory: int
    lanes: int


@dataclass(frozen=True, slots=True)
class AesKdf:
    """Parameters of AES-KDF, within bounds."""

    seed: bytes
    rounds: int


Derivation: TypeAlias = Argon2 | AesKdf


def derivation_of(written: bytes) -> Derivation:
    """Return how the key is made, as the header's dictionary has it.

    Raises:
        CannotRead: It is damaged, unknown, or takes more memory or time than it may.
    """
    given = _dictionary(written)
    kind = given.get("$UUID")
    if kind in AES_KDF:
        return _aes_kdf(given)
    if isinstance(kind, bytes) and kind in ARGON2:
        return _argon2(ARGON2[kind], given)
    raise CannotRead(
        "The key of the database is made by a function that is not known here; choose Argon2 in KeePass (Database"
        " settings, Security) and save it."
    )


def derived(credentials: Credentials, how: Derivation) -> bytes:
    """Return the key that a database's own keys are made of; slow, and takes the memory that `how` names.

    Raises:
        CannotRead: The key file is damaged, or there is not enough memory.
    """
    composite = composite_of(credentials)
    if isinstance(how, AesKdf):
        return _transformed(composite, how)
    try:
        return hash_secret_raw(
            composite,
            how.salt,
            time_cost=how.passes,
            memory_cost=how.memory // 1024,
            parallelism=how.lanes,
            hash_len=32,
            type=how.type,
            version=how.version,
        )
    except (HashingError, MemoryError):
        raise CannotRead(
            f"There is not enough memory here to open the database: its key takes {how.memory // 1024**2:,} MiB."
        ) from None


def composite_of(credentials: Credentials) -> bytes:
    """Return the one key that password and key file are together.

    Raises:
        CannotRead: The key file is damaged.
    """
    parts = b""
    if credentials.password is not None:
        parts += hashlib.sha256(credentials.password.encode("utf-8", "surrogatepass")).digest()
    if credentials.key_file is not None:
        parts += _key_of_file(credentials.key_file)
    return hashlib.sha256(parts).digest()


def _key_of_file(given: bytes) -> bytes:
    """Return the key of a key file (keepass.info/help/base/keys.html): XML, 32 bytes, 64 digits, or any file."""
    if len(given) <= KEY_FILE and (root := _xml(given)) is not None:
        return _key_of_xml(root)
    if len(given) == 32:
        return given
    if re.fullmatch(rb"[0-9A-Fa-f]{64}", given):
        return bytes.fromhex(given.decode())
    return hashlib.sha256(given).digest()


def _xml(given: bytes) -> Element | None:
    try:
        root = content.xml_of(given)
    except CannotRead:
        return None
    return root if root.tag == "KeyFile" else None


def _key_of_xml(root: Element) -> bytes:
    data = root.find("Key/Data")
    text = "".join(((data.text if data is not None else "") or "").split())
    try:
        if (root.findtext("Meta/Version") or "").strip().startswith("1."):
            key = base64.b64decode(text, validate=True)
            whole = len(key) > 0
        else:
            key = bytes.fromhex(text)
            checked = bytes.fromhex(data.get("Hash", "") if data is not None else "")
            whole = len(key) > 0 and len(checked) == 4 and hashlib.sha256(key).digest()[:4] == checked
    except (ValueError, binascii.Error):
        whole = False
    if not whole:
        raise CannotRead("The key file is damaged; try a backup of it.")
    return key


def _argon2(type_: Type, given: Mapping[str, Value]) -> Argon2:
    if given.get("K") or given.get("A"):
        raise CannotRead("The key of the database is made with a further secret, which cannot be given here.")
    salt = given.get("S", b"")
    passes, memory, lanes, version = (_number(given, name) for name in ("I", "M", "P", "V"))
    if version not in ARGON2_VERSIONS or not isinstance(salt, bytes) or len(salt) < LEAST_SALT:
        raise CannotRead(DAMAGED)
    if passes < 1 or lanes < 1 or memory < 8 * 1024 * lanes:
        raise CannotRead(DAMAGED)
    if memory > MEMORY:
        raise CannotRead(
            f"Opening the database takes {memory // 1024**2:,} MiB of memory, and at most {MEMORY // 1024**2:,} are"
            f" taken here; {TOO_SLOW}"
        )
    if memory * passes > WORK or lanes > LANES:
        raise CannotRead(
            f"Opening the database takes {passes:,} passes over {memory // 1024**2:,} MiB in {lanes:,} threads, more"
            f" than is done here; {TOO_SLOW}"
        )
    return Argon2(type_, version, salt, passes, memory, lanes)


def _aes_kdf(given: Mapping[str, Value]) -> AesKdf:
    seed, rounds = given.get("S", b""), _number(given, "R")
    if not isinstance(seed, bytes) or len(seed) != 32:
        raise CannotRead(DAMAGED)
    if rounds > ROUNDS:
        raise CannotRead(
            f"Opening the database takes {rounds:,} rounds, and at most {ROUNDS:,} are done here; {TOO_SLOW}"
        )
    return AesKdf(seed, rounds)


def _transformed(key: bytes, how: AesKdf) -> bytes:
    return hashlib.sha256(_encrypted_often(key[:BLOCK], how) + _encrypted_often(key[BLOCK:], how)).digest()


def _encrypted_often(block: bytes, how: AesKdf) -> bytes:
    # CBC over zeros encrypts its own last block again and again, many rounds in one call.
    rounds, zeros = how.rounds, bytes(CHUNK * BLOCK)
    chain = Cipher(AES(how.seed), CBC(block)).encryptor()
    while rounds > 0:
        step = min(rounds, CHUNK)
        block = chain.update(zeros[: step * BLOCK])[-BLOCK:]
        rounds -= step
    return block


def _number(given: Mapping[str, Value], name: str) -> int:
    found = given.get(name)
    if not isinstance(found, int):
        raise CannotRead(DAMAGED)
    return found


def _dictionary(written: bytes) -> dict[str, Value]:
    """Return a VariantDictionary (keepass.info/help/kb/kdbx.html); texts stay bytes, since none is needed."""
    if written[1:2] != b"\x01":
        raise CannotRead(DAMAGED)
    found: dict[str, Value] = {}
    at = 2
    for _ in range(ENTRIES):
        kind = written[at : at + 1]
        if kind == b"\x00":
            return found
        name, at = _sized(written, at + 1)
        value, at = _sized(written, at)
        signed = kind in (b"\x0c", b"\x0d")
        number = kind in (b"\x04", b"\x05", b"\x08", b"\x0c", b"\x0d")
        if number and len(value) > 8:
            break
        key = name.decode("utf-8", "replace")
        found[key] = int.from_bytes(value, "little", signed=signed) if number else value
    raise CannotRead(DAMAGED)


def _sized(written: bytes, at: int) -> tuple[bytes, int]:
    start = at + 4
    end = start + int.from_bytes(written[at:start], "little", signed=True)
    if not start <= end <= len(written):
        raise CannotRead(DAMAGED)
    return written[start:end], end

"""KeePass's own database, KDBX 4 (keepass.info/help/kb/kdbx.html): read, never written.

The outer shell is here: header, authenticated blocks, cipher, compression. `kdbx_keys.py` makes the keys and
`kdbx_inner.py` reads what was encrypted. A file may have been made to harm: every length is held against what is left
of the file, and whatever a mangled one holds, it ends in `CannotRead`. Only the header is believed before its MAC is
checked, since it says how the key is made; what it may ask for there is bounded.
"""

import hashlib
import hmac
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, ChaCha20
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from extension_api.transfer import content, kdbx_inner, kdbx_keys
from extension_api.transfer.items import CannotRead, Item, Trouble
from extension_api.transfer.kdbx_keys import DAMAGED, Credentials, Derivation

SIGNATURE: Final = bytes.fromhex("03d9a29a67fb4bb5")
OLDER: Final = (bytes.fromhex("03d9a29a65fb4bb5"), bytes.fromhex("03d9a29a66fb4bb5"))
"""KeePass 1.x, and the first tries at 2.x."""
MAJOR: Final = 4
HEADER: Final = 1024 * 1024
"""Bytes of the header; KeePass's own has some 250, and plug-ins may add data of theirs."""
BLOCKS: Final = 16_384
"""Blocks of a file; KeePass writes one for each MiB."""
MAC: Final = 32
AES_256: Final = bytes.fromhex("31c1f2e6bf714350be5805216afc5aff")
CHACHA20: Final = bytes.fromhex("d6038a2b8b6f4cb5a524339a31dbb59a")
OTHER_CIPHERS: Final = {bytes.fromhex("ad68f29f576f4bb9a36ad47af965346c"): "Twofish"}
VECTORS: Final = {AES_256: 16, CHACHA20: 12}
"""Bytes of the initialisation vector of each cipher that is read here."""
END, CIPHER, COMPRESSION, SEED, VECTOR, DERIVATION = 0, 2, 3, 4, 7, 11
"""Fields of the header."""
PLAIN, GZIP = 0, 1
"""Values of the field of compression."""

WRONG_KEY: Final = (
    "The password or the key file is wrong. A database that also needs a hardware key cannot be opened here: export it"
    " with keepassxc-cli."
)
SAVE_ANEW: Final = "save it as KDBX 4 in KeePass 2 or KeePassXC (Database settings, Security), or export it as XML."


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the encrypted part.

    Args:
        length: Its bytes.
        cipher: The id of the cipher.
        vector: Its initialisation vector.
        packed: Whether what was encrypted is compressed.
        seed: What the keys are made of, beside password and key file.
        derivation: How the key is made.
    """

    length: int
    cipher: bytes
    vector: bytes
    packed: bool
    seed: bytes
    derivation: Derivation = field(repr=False)


def read(given: bytes, credentials: Credentials) -> Iterator[Item | Trouble]:
    """Return the items of a database.

    Args:
        given: The content of the file.
        credentials: What it is locked with.

    Raises:
        CannotRead: It is no KDBX 4, is damaged or asks for more than it may, or is locked with something else.
    """
    header = header_of(given)
    key = kdbx_keys.derived(credentials, header.derivation)
    base = hashlib.sha512(header.seed + key + b"\x01").digest()
    at = header.length + MAC
    if not hmac.compare_digest(given[at : at + MAC], _mac(base, b"\xff" * 8, given[: header.length])):
        raise CannotRead(WRONG_KEY)
    encrypted = b"".join(_blocks(given, at + MAC, base))
    decrypted = _decrypted(header, hashlib.sha256(header.seed + key).digest(), encrypted)
    yield from kdbx_inner.read(_unpacked(decrypted) if header.packed else decrypted)


def header_of(given: bytes) -> Header:
    """Return the header, checked as far as it can be without a password.

    Raises:
        CannotRead: It is no KDBX 4, is damaged, or needs what cannot be done here.
    """
    if given.startswith(OLDER):
        raise CannotRead(f"This is a database of KeePass 1.x, which cannot be read here; {SAVE_ANEW}")
    if not given.startswith(SIGNATURE) or len(given) < 12:
        raise CannotRead("The file is no KeePass database.")
    minor, major = int.from_bytes(given[8:10], "little"), int.from_bytes(given[10:12], "little")
    if major != MAJOR:
        newer = "a newer version of Wayfill may read it; or export it as XML." if major > MAJOR else SAVE_ANEW
        raise CannotRead(
            f"This is a KeePass database in the form KDBX {major}.{minor}, which is not read here; {newer}"
        )
    length, fields = _fields(given)
    if hashlib.sha256(given[:length]).digest() != given[length : length + MAC]:
        raise CannotRead(DAMAGED)
    cipher, packed = fields.get(CIPHER, b""), fields.get(COMPRESSION, b"")
    if cipher not in VECTORS:
        name = OTHER_CIPHERS.get(cipher, "an unknown cipher")
        raise CannotRead(
            f"The database is encrypted with {name}, which is not read here; choose AES or ChaCha20 in KeePass"
            " (Database settings, Security) and save it."
        )
    if packed not in (bytes([PLAIN, 0, 0, 0]), bytes([GZIP, 0, 0, 0])):
        raise CannotRead("The database is compressed in a way that is not known here.")
    seed, vector = fields.get(SEED, b""), fields.get(VECTOR, b"")
    if len(seed) != 32 or len(vector) != VECTORS[cipher]:
        raise CannotRead(DAMAGED)
    derivation = kdbx_keys.derivation_of(fields.get(DERIVATION, b""))
    return Header(length, cipher, vector, packed[0] == GZIP, seed, derivation)


def _fields(given: bytes) -> tuple[int, dict[int, bytes]]:
    """Return where the header ends and its fields; one that comes twice is damage, as is one of impossible length."""
    found: dict[int, bytes] = {}
    at = 12
    while at + 5 <= min(len(given), HEADER):
        kind, size = given[at], int.from_bytes(given[at + 1 : at + 5], "little")
        at += 5
        if size > min(len(given), HEADER) - at or kind in found:
            break
        found[kind] = given[at : at + size]
        at += size
        if kind == END:
            return at, found
    raise CannotRead(DAMAGED)


def _blocks(given: bytes, at: int, base: bytes) -> Iterator[bytes]:
    for number in range(BLOCKS):
        index, size = number.to_bytes(8, "little"), given[at + MAC : at + MAC + 4]
        start = at + MAC + 4
        end = start + int.from_bytes(size, "little", signed=True)
        if not start <= end <= len(given):
            break
        if not hmac.compare_digest(given[at : at + MAC], _mac(base, index, index + size + given[start:end])):
            break
        if start == end:
            return
        yield given[start:end]
        at = end
    raise CannotRead(DAMAGED)


def _mac(base: bytes, index: bytes, message: bytes) -> bytes:
    return hmac.digest(hashlib.sha512(index + base).digest(), message, "sha256")


def _decrypted(header: Header, key: bytes, encrypted: bytes) -> bytes:
    if header.cipher == CHACHA20:
        # The counter of blocks, from nought, stands before the nonce (RFC 8439 section 2.3).
        stream = Cipher(ChaCha20(key, bytes(4) + header.vector), mode=None).decryptor()
        return stream.update(encrypted) + stream.finalize()
    chained, padding = Cipher(AES(key), CBC(header.vector)).decryptor(), PKCS7(128).unpadder()
    try:
        padded = chained.update(encrypted) + chained.finalize()
        return padding.update(padded) + padding.finalize()
    except ValueError:
        raise CannotRead(DAMAGED) from None


def _unpacked(packed: bytes) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    try:
        unpacked = stream.decompress(packed, content.FILE + 1)
    except zlib.error:
        raise CannotRead(DAMAGED) from None
    if len(unpacked) > content.FILE:
        raise CannotRead(
            f"The database unpacks to more than {content.FILE // 1024**2} MiB; save a copy without attachments."
        )
    if not stream.eof:
        raise CannotRead(DAMAGED)
    return unpacked

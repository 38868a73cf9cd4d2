"""What a KDBX 4 database holds once it is decrypted: a header of its own, then the tree that `keepass.py` reads.

Passwords in the tree are encrypted once more by a stream, in the order in which they stand. Attachments lie in the
header; they are stepped over.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from extension_api.transfer import content, keepass
from extension_api.transfer.items import CannotRead, Item, Trouble
from extension_api.transfer.kdbx_keys import DAMAGED

END, STREAM, STREAM_KEY = 0, 1, 2
"""Fields of the header; 3 is an attachment."""
CHACHA20_STREAM: Final = 3
OTHER_STREAMS: Final = {0: "no inner stream", 1: "the inner stream ArcFour", 2: "the inner stream Salsa20"}


def read(given: bytes) -> Iterator[Item | Trouble]:
    """Return the items of a database's decrypted part.

    Raises:
        CannotRead: It is damaged, or protects its passwords in another way.
    """
    at, fields = _header(given)
    if (kind := int.from_bytes(fields.get(STREAM, b""), "little")) != CHACHA20_STREAM:
        name = OTHER_STREAMS.get(kind, "an inner stream that is not known here")
        raise CannotRead(f"The database has {name}; open it in KeePass 2 or KeePassXC and save it as KDBX 4.")
    root = content.xml_of(given[at:])
    _unprotect(root, fields.get(STREAM_KEY, b""))
    yield from keepass.entries_of(root)


def _header(given: bytes) -> tuple[int, dict[int, bytes]]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 5 <= len(given):
        kind, start = given[at], at + 5
        end = start + int.from_bytes(given[at + 1 : start], "little", signed=True)
        if not start <= end <= len(given):
            break
        if kind == END:
            return end, found
        if kind in (STREAM, STREAM_KEY):
            found[kind] = given[start:end]
        at = end
    raise CannotRead(DAMAGED)


def _unprotect(root: Element, key: bytes) -> None:
    if not key:
        raise CannotRead(DAMAGED)
    expanded = hashlib.sha512(key).digest()
    # The counter of blocks, from nought, stands before the nonce (RFC 8439 section 2.3).
    stream = Cipher(ChaCha20(expanded[:32], bytes(4) + expanded[32:44]), mode=None).decryptor()
    for element in root.iter("Value"):
        if element.get("Protected", "").casefold() == "true":
            try:
                protected = base64.b64decode(element.text or "", validate=True)
                element.text = stream.update(protected).decode()
            except (binascii.Error, ValueError):
                raise CannotRead(DAMAGED) from None

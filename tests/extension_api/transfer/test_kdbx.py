"""KeePass's databases, read as they are: with every key and cipher of the format, and made to harm."""

import base64
import gzip
import hashlib
import random
import resource
import tracemalloc
from pathlib import Path

import pytest
from argon2.low_level import Type
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from extension_api.transfer import content, formats, kdbx_keys
from extension_api.transfer.items import CannotRead, Trouble
from extension_api.transfer.kdbx_keys import AesKdf, Argon2, Credentials, derived
from tests.extension_api.transfer.kdbx_writer import (
    ARGON2D,
    CHACHA20,
    PASSWORD,
    SALT,
    TWOFISH,
    Kdbx,
    Numbers,
    aes_kdf,
    argon2,
    dictionary,
    sized,
)
from tests.extension_api.transfer.samples import EXPECTED, keepass, keepass_entry

PLAIN, ITEMS = EXPECTED["keepass-xml"]
XML = (
    PLAIN.replace(b"<Key>Password</Key><Value>", b'<Key>Password</Key><Value Protected="True">')
    .replace(b"<Value>Old</Value>", b'<Value Protected="True">older than the others</Value>')
    .replace(b"<Key>otp</Key><Value>", b'<Key>otp</Key><Value Protected="True">')
)  # fmt: skip
"""With its passwords marked as those that are encrypted once more, old ones too, which move the stream as well."""
KEY = bytes(range(200, 232))
OPEN = Credentials(PASSWORD)


@pytest.mark.parametrize(
    ("database", "credentials"),
    [
        (Kdbx(XML), OPEN),
        (Kdbx(XML, cipher=CHACHA20, derivation=argon2(ARGON2D, passes=2, lanes=2), packed=False, block=7), OPEN),
        (Kdbx(XML, derivation=aes_kdf(), version=(1, 4), block=100_000), OPEN),
        (Kdbx(XML, password=""), Credentials("")),
        (Kdbx(XML, key=KEY), Credentials(PASSWORD, KEY)),
        (Kdbx(XML, password=None, key=KEY), Credentials(None, KEY)),
        (Kdbx(XML, fields={12: b"\x00\x01\x00" + bytes(5_000), 1: b"a comment"}), OPEN),
    ],
)
def test_a_database_is_read_as_its_xml(database: Kdbx, credentials: Credentials) -> None:
    reading = formats.read(bytes(database), credentials=credentials)
    assert reading.form == formats.LOCKED
    assert reading.entries == ITEMS
    assert b"made-up-1" not in bytes(database)
    assert "made-up" not in repr((reading, credentials, database.header()))


@pytest.mark.parametrize(
    "file",
    [
        KEY,
        KEY.hex().encode(),
        KEY.hex().upper().encode(),
        b'<?xml version="1.0" encoding="utf-8"?><KeyFile><Meta><Version>2.0</Version></Meta><Key><Data Hash="'
        + hashlib.sha256(KEY).hexdigest()[:8].upper().encode()
        + b'">\n  '
        + KEY.hex(" ", 4).upper().encode()
        + b"\n</Data></Key></KeyFile>",
        b"<KeyFile><Meta><Version>1.00</Version></Meta><Key><Data>"
        + base64.b64encode(KEY)
        + b"</Data></Key></KeyFile>",
    ],
)
def test_key_files_of_every_kind(file: bytes) -> None:
    assert formats.read(bytes(Kdbx(XML, key=KEY)), credentials=Credentials(PASSWORD, file)).entries == ITEMS


@pytest.mark.parametrize("file", [b"any picture", b"", b"<html>no key</html>", b"g" * 64, bytes(33), b"\xff\xfe<"])
def test_any_file_may_be_a_key_file(file: bytes) -> None:
    database = bytes(Kdbx(XML, key=hashlib.sha256(file).digest()))
    assert formats.read(database, credentials=Credentials(PASSWORD, file)).entries == ITEMS


def test_a_damaged_key_file_is_told_from_a_wrong_one() -> None:
    written = b"<KeyFile><Meta><Version>2.0</Version></Meta><Key><Data Hash='%s'>%s</Data></Key></KeyFile>"
    for file in (
        written % (b"00000000", KEY.hex().encode()),
        written % (hashlib.sha256(KEY).hexdigest()[:8].encode(), b"xyz"),
        written % (b"", b""),
    ):
        with pytest.raises(CannotRead, match="key file is damaged"):
            formats.read(bytes(Kdbx(XML, key=KEY)), credentials=Credentials(PASSWORD, file))


def test_wrong_password_damage_and_no_password_are_told_apart() -> None:
    whole = bytes(Kdbx(XML))
    header = len(Kdbx(XML).header())
    for credentials in (Credentials("made-up"), Credentials(PASSWORD, b"x"), Credentials(None, KEY), Credentials("")):
        with pytest.raises(CannotRead, match="password or the key file is wrong"):
            formats.read(whole, credentials=credentials)
    for none in (None, Credentials()):
        with pytest.raises(formats.PasswordWanted, match="give its password"):
            formats.read(whole, credentials=none)
    for at in (20, header - 1, header, header + 64, header + 100, len(whole) - 1):
        damaged = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        with pytest.raises(CannotRead, match="database is damaged"):
            formats.read(damaged, credentials=OPEN)
    for cut in (11, 40, header + 10, header + 64, len(whole) - 36, len(whole) - 1):
        with pytest.raises(CannotRead):
            formats.read(whole[:cut], credentials=OPEN)


@pytest.mark.parametrize(
    ("database", "words"),
    [
        (Kdbx(XML, version=(1, 3)), r"KDBX 3\.1, which is not read here; save it as KDBX 4"),
        (Kdbx(XML, version=(0, 5)), r"KDBX 5\.0.*newer version"),
        (Kdbx(XML, cipher=TWOFISH), "Twofish"),
        (Kdbx(XML, cipher=bytes(16)), "an unknown cipher"),
        (Kdbx(XML, fields={3: b"\x02\0\0\0"}), "compressed in a way"),
        (Kdbx(XML, stream=2), "Salsa20"),
        (Kdbx(XML, stream=1), "ArcFour"),
        (Kdbx(XML, stream=9), "not known here"),
        (Kdbx(XML, fields={11: b"\x00\x01\x42\x05\0\0\0$UUID\x10\0\0\0" + bytes(16) + b"\0"}), "function that is not"),
        (Kdbx(XML, fields={4: b"short"}), "damaged"),
        (Kdbx(XML, fields={7: b"short"}), "damaged"),
        (Kdbx(XML, fields={11: b"\x00\x02\x00"}), "damaged"),
        (Kdbx(XML, fields={11: b""}), "damaged"),
        (Kdbx(XML, fields={12: bytes(2 * 1024**2)}), "damaged"),
        (Kdbx(b"<KeePassFile/>", payload=b"no gzip"), "damaged"),
        (Kdbx(XML, payload=gzip.compress(Kdbx(XML).plain())[:-1]), "damaged"),
        (Kdbx(b"<html/>"), "no export of KeePass"),
        (Kdbx(b"", payload=b"", packed=False), "damaged"),
        (Kdbx(b"", payload=b"\x00\0\0\0\0<KeePassFile/>", packed=False), "has no inner stream"),
        (Kdbx(b"", payload=b"\x01\4\0\0\0\3\0\0\0\0\0\0\0\0<KeePassFile/>", packed=False), "damaged"),
        (Kdbx(b"", payload=b"\x01\xff\xff\xff\xff", packed=False), "damaged"),
    ],
)
def test_refusals_in_a_sentence(database: Kdbx, words: str) -> None:
    with pytest.raises(CannotRead, match=words):
        formats.read(bytes(database), credentials=OPEN)


def hostile(derivation: Numbers) -> bytes:
    """A file with such a header; no key is made for it, which would take what it asks for."""
    header = Kdbx(XML, derivation=derivation).header()
    return header + hashlib.sha256(header).digest() + bytes(100)


def test_a_header_that_says_something_twice_or_a_number_without_end() -> None:
    whole = Kdbx(XML).header()
    end = whole.index(b"\0\4\0\0\0\r\n\r\n")
    for header in (
        whole[:end] + b"\x03\4\0\0\0\1\0\0\0" + whole[end:],
        Kdbx(XML, fields={11: dictionary(argon2())[:-1] + b"\x05\1\0\0\0M" + sized(b"\xff" * 3_000) + b"\0"}).header(),
    ):
        with pytest.raises(CannotRead, match="damaged"):
            formats.is_locked(header + hashlib.sha256(header).digest() + bytes(100))


@pytest.mark.parametrize(
    ("derivation", "words"),
    [
        (argon2(memory=1024**4), "takes 1,048,576 MiB of memory"),
        (argon2(memory=2**64 - 1), "MiB of memory"),
        (argon2(memory=1024**3, passes=1_000), "1,000 passes over 1,024 MiB"),
        (argon2(passes=2**63), "passes over"),
        (argon2(lanes=1_000, memory=16 * 1024**2), "in 1,000 threads"),
        (argon2(memory=0), "damaged"),
        (argon2(passes=0), "damaged"),
        (argon2(lanes=0), "damaged"),
        (argon2() | {"V": (0x04, 7)}, "damaged"),
        (argon2() | {"S": (0x42, b"short")}, "damaged"),
        (argon2() | {"S": (0x04, 7)}, "damaged"),
        (argon2() | {"K": (0x42, b"further")}, "further secret"),
        (argon2() | {"I": (0x42, b"12")}, "damaged"),
        (argon2() | {f"x{n}": (0x04, n) for n in range(70)}, "damaged"),
        (aes_kdf(2**63), "rounds, and at most 500,000,000"),
        (aes_kdf() | {"S": (0x42, b"short")}, "damaged"),
    ],
)
def test_no_header_decides_how_much_memory_and_time_a_key_takes(derivation: Numbers, words: str) -> None:
    with pytest.raises(CannotRead, match=words):
        formats.is_locked(hostile(derivation))


def test_the_slow_functions() -> None:
    # More rounds than one call does, against the format's plain words: encrypt again and again.
    once = Cipher(AES(SALT), ECB()).encryptor()  # noqa: S305 - as the format has it
    block = hashlib.sha256(hashlib.sha256(PASSWORD.encode()).digest()).digest()
    for _ in range(70_000):
        block = once.update(block)
    assert derived(OPEN, AesKdf(SALT, 70_000)) == hashlib.sha256(block).digest()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not tell how much memory is in use")
def test_too_little_memory_for_what_a_key_takes() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 100 * 1024**2, before[1]))
    try:
        with pytest.raises(CannotRead, match="not enough memory here to open the database: its key takes 512 MiB"):
            derived(OPEN, Argon2(Type.ID, 0x13, SALT, 1, 512 * 1024**2, 1))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_what_unpacks_to_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "FILE", 2 * 1024**2)
    bomb = bytes(Kdbx(b"", payload=gzip.compress(bytes(200 * 1024**2), compresslevel=1), block=1024**2))
    tracemalloc.start()
    try:
        with pytest.raises(CannotRead, match="unpacks to more than 2 MiB"):
            formats.read(bomb, credentials=OPEN)
        assert tracemalloc.get_traced_memory()[1] < 20 * 1024**2
    finally:
        tracemalloc.stop()


def test_blocks_without_end_and_entities() -> None:
    with pytest.raises(CannotRead, match="damaged"):
        formats.read(bytes(Kdbx(XML, payload=bytes(20_000), block=1, packed=False, cipher=CHACHA20)), credentials=OPEN)
    head = b"\x01\4\0\0\0\3\0\0\0\x02\4\0\0\0abcd\0\0\0\0\0"
    bomb = b'<!DOCTYPE x [<!ENTITY a "aa">]>' + keepass("")
    with pytest.raises(CannotRead, match="document type"):
        formats.read(bytes(Kdbx(b"", payload=head + bomb, packed=False)), credentials=OPEN)
    for protected in (b"no base64!", b"/" * 40):
        value = keepass(keepass_entry(1, {"Password": "made-up"})).replace(
            b"<Value>made-up", b'<Value Protected="True">' + protected
        )
        with pytest.raises(CannotRead, match="damaged"):
            formats.read(bytes(Kdbx(b"", payload=head + value, packed=False)), credentials=OPEN)


def refused(database: bytes) -> bool:
    """Tell whether a file is refused; anything but a refusal in a sentence is an error of its own."""
    try:
        formats.read(database, credentials=OPEN)
    except CannotRead as refusal:
        return str(refusal).endswith(".") or pytest.fail(f"no sentence: {refusal}")
    return False


def test_mangled_files_end_in_a_refusal_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kdbx_keys, "MEMORY", 4 * 1024**2)
    monkeypatch.setattr(kdbx_keys, "WORK", 16 * 1024**2)
    monkeypatch.setattr(kdbx_keys, "ROUNDS", 1_000_000)
    chance = random.Random(4)  # noqa: S311 - the same files at each run
    wholes = [bytes(Kdbx(XML)), bytes(Kdbx(XML, cipher=CHACHA20, derivation=aes_kdf(10), packed=False))]
    header = len(Kdbx(XML).header())
    found = []
    for turn in range(1_000):
        mangled = bytearray(wholes[turn % 2])
        for _ in range(chance.randint(1, 4)):
            # Half of the blows fall on the header, which is all that is read before a MAC is checked.
            at = chance.randrange(header if chance.random() < 0.5 else len(mangled))
            match chance.randrange(4):
                case 0:
                    mangled[at] = chance.randrange(256)
                case 1:
                    del mangled[at : at + chance.randint(1, 9)]
                case 2:
                    mangled[at:at] = chance.randbytes(chance.randint(1, 9))
                case _:
                    mangled[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"])
        if chance.random() < 0.5:
            # As a person would who means harm: the header's digest, which anybody can make, is right again.
            end = len(wholes[turn % 2]) - len(mangled) + header if chance.random() < 0.5 else header
            mangled[end : end + 32] = hashlib.sha256(mangled[:end]).digest()
        found.append(refused(bytes(mangled)))
    assert found.count(True) > 950


def test_mangled_contents_end_in_a_refusal_and_nothing_else() -> None:
    """Whoever knows the password can encrypt anything."""
    chance = random.Random(5)  # noqa: S311 - the same files at each run
    plain = Kdbx(XML).plain()
    found = []
    for packed in (plain, gzip.compress(plain, mtime=0)):
        for _ in range(250):
            mangled = bytearray(packed)
            for _ in range(chance.randint(1, 3)):
                at = chance.randrange(100 if chance.random() < 0.3 else len(mangled))
                mangled[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            made = Kdbx(b"", payload=bytes(mangled), packed=packed is not plain, derivation=aes_kdf(1), block=5_000)
            found.append(refused(bytes(made)))
    assert {True, False} == set(found)


def test_a_database_of_keepass_is_told_before_anybody_is_asked() -> None:
    assert formats.is_locked(bytes(Kdbx(XML)))
    assert not formats.is_locked(XML)
    with pytest.raises(CannotRead, match=r"KDBX 3\.1"):
        formats.is_locked(bytes(Kdbx(XML, version=(1, 3))))
    with pytest.raises(CannotRead, match="no KeePass database"):
        formats.is_locked(XML, formats.LOCKED)
    with pytest.raises(CannotRead, match="not in UTF-8"):
        formats.read(bytes(Kdbx(XML)), "keepass-xml", OPEN)


def test_the_recycle_bin_stays_out_and_its_passwords_still_move_the_stream() -> None:
    gone = keepass_entry(3, {"Title": "Gone", "Password": "gone"})
    both = keepass(keepass_entry(1, {"Title": "A", "Password": "made-up-1"}), trash=gone).replace(
        b"<Key>Password</Key><Value>", b'<Key>Password</Key><Value Protected="True">'
    )
    reading = formats.read(bytes(Kdbx(both)), credentials=OPEN)
    assert [(item.title, item.password) for item in reading.items] == [("A", "made-up-1")]
    assert [e.sentence for e in reading.entries if isinstance(e, Trouble)] == [
        "it is the recycle bin; 1 entries are left out"
    ]

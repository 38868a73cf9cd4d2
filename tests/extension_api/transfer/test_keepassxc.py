"""Exports that KeePassXC itself made, where it is installed."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from extension_api.transfer import formats, kdbx
from extension_api.transfer.items import Address, CannotRead
from extension_api.transfer.kdbx_keys import Credentials
from tests.extension_api.transfer.kdbx_writer import ARGON2D, ARGON2ID, CHACHA20, Kdbx, aes_kdf, argon2
from tests.extension_api.transfer.samples import EXPECTED, OTPAUTH
from tests.extension_api.transfer.test_kdbx import XML

PROGRAM = shutil.which("keepassxc-cli")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="keepassxc-cli is not installed (Debian: keepassxc)")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    made = tmp_path / "made-up.kdbx"
    call("db-create", "-p", "-t", "100", str(made), given="made-up-key\nmade-up-key\n")
    call("mkdir", "-q", str(made), "Work", given="made-up-key\n")
    added = ("-u", "ann", "--url", "https://ads.example-one.test/login", "--notes", 'two\n"lines"', "-p")
    call("add", "-q", *added, str(made), "Work/Ads, and more", given="made-up-key\n=1+1;,\"'ä\n")
    call("add", "-q", "-u", "b", "-p", str(made), "Top", given="made-up-key\np\n")
    return made


def call(*arguments: str, given: str) -> bytes:
    # Without a display and without the person's own settings.
    environment = {
        "PATH": os.environ["PATH"],
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        [str(PROGRAM), *arguments], input=given.encode(), capture_output=True, env=environment, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("form", ["xml", "csv"])
def test_what_keepassxc_exports(database: Path, form: str) -> None:
    reading = formats.read(call("export", "-q", "-f", form, str(database), given="made-up-key\n"))
    assert reading.form == {"xml": "keepass-xml", "csv": "keepassxc-csv"}[form]
    assert [each for each in reading.entries if each not in reading.items] == []
    found = {item.title: item for item in reading.items}
    assert found.keys() == {"Ads, and more", "Top"}
    ads = found["Ads, and more"]
    assert (ads.username, ads.password, ads.notes) == ("ann", "=1+1;,\"'ä", 'two\n"lines"')
    assert (ads.folder, ads.addresses) == (("Work",), (Address("https://ads.example-one.test/login"),))
    assert (found["Top"].folder, found["Top"].extras) == ((), ())


def test_the_older_database_that_it_makes_by_itself_is_told_and_refused(database: Path) -> None:
    with pytest.raises(CannotRead, match=r"KDBX 3\.1, which is not read here; save it as KDBX 4"):
        formats.read(database.read_bytes())


@pytest.mark.parametrize(
    "made",
    [
        Kdbx(XML, derivation=argon2(ARGON2ID, memory=1024**2, passes=3, lanes=2)),
        Kdbx(XML, cipher=CHACHA20, derivation=argon2(ARGON2D), packed=False),
        Kdbx(XML, derivation=aes_kdf(1_000), version=(1, 4)),
    ],
)
def test_databases_that_keepassxc_saved(tmp_path: Path, made: Kdbx) -> None:
    """What the tests' own writer makes, the program opens and saves anew, with the same ciphers; then it is read."""
    file, key = tmp_path / "made-up.kdbx", tmp_path / "made-up.key"
    made.password, made.key = "made-up-key", hashlib.sha256(b"any file").digest()
    file.write_bytes(bytes(made))
    key.write_bytes(b"any file")
    added = ("-u", "b", "--url", "https://b.test/", "-p", str(file), "Work/Added")
    call("add", "-q", "-k", str(key), *added, given="made-up-key\nmade-up-2 ä\n")
    saved = file.read_bytes()
    assert saved != bytes(made)
    before, after = kdbx.header_of(bytes(made)), kdbx.header_of(saved)
    assert (after.cipher, after.packed, type(after.derivation)) == (
        before.cipher,
        before.packed,
        type(before.derivation),
    )
    reading = formats.read(saved, credentials=Credentials("made-up-key", b"any file"))
    found = {item.title: item for item in reading.items}
    assert found["Added"].password == "made-up-2 ä"
    assert found["Added"].folder == ("Work",)
    expected = EXPECTED["keepass-xml"][1][0]
    ads = found["Ads"]
    assert (ads.password, ads.one_time_secret, ads.notes) == ("made-up-1", OTPAUTH, "a <note>")
    assert sorted(a.url for a in ads.addresses) == sorted(a.url for a in expected.addresses)
    assert (sorted(ads.extras), ads.source_id) == (sorted(expected.extras), expected.source_id)
    with pytest.raises(CannotRead, match="password or the key file is wrong"):
        formats.read(saved, credentials=Credentials("made-up-key"))


def test_additional_addresses_that_went_through_keepassxc(tmp_path: Path) -> None:
    xml, made = tmp_path / "made-up.xml", tmp_path / "made-up.kdbx"
    given, expected = EXPECTED["keepass-xml"]
    xml.write_bytes(given)
    call("import", "-q", "-p", "-t", "100", str(xml), str(made), given="made-up-key\nmade-up-key\n")
    reading = formats.read(call("export", "-q", "-f", "xml", str(made), given="made-up-key\n"))
    first, second = sorted(reading.items, key=lambda item: item.title)
    assert (first.password, first.one_time_secret, first.notes) == ("made-up-1", OTPAUTH, "a <note>")
    assert sorted(a.url for a in first.addresses) == sorted(a.url for a in expected[0].addresses)
    assert sorted(first.extras) == sorted(expected[0].extras)
    assert (second.title, second.password) == ("Clone", "made-up-1")

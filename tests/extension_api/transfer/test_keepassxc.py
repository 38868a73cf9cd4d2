"""Exports that KeePassXC itself made, where it is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from extension_api.transfer import formats
from extension_api.transfer.items import Address, CannotRead
from tests.extension_api.transfer.samples import EXPECTED, OTPAUTH

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


def test_the_database_itself_is_told_and_refused(database: Path) -> None:
    with pytest.raises(CannotRead, match="keepassxc-cli export"):
        formats.read(database.read_bytes())


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

"""A backup is whole or refused: no bit changes unseen, and what a killed or failed one left does not look like one."""

import contextlib
import os
import re
import resource
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from extension_api.errors import SetupError
from extension_api.key_source import KeyFile, new_key
from extension_api.keys import backup, container, copies
from extension_api.keys.container import Backup, Damaged, Manifest
from tests.extension_api.conftest import START
from tests.extension_api.keys.conftest import Vault, killed_before

SMALL = 64 * 1024


def made(vault: Vault, path: Path) -> Manifest:
    with vault.opened() as (database, keyring):
        return backup.make(vault.settings, database, keyring, path, now=START)


@pytest.fixture
def file(vault: Vault, tmp_path: Path) -> Path:
    path = tmp_path / "kept.wayfill"
    made(vault, path)
    return path


def test_what_is_in_it_and_what_is_not(vault: Vault, file: Path) -> None:
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["manifest.json", "manifest.sums", "wayfill.sqlite3"]
        manifest = msgspec.json.decode(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]  # it is there
    assert manifest["keys"] == vault.ids_in_source() == [manifest["key_id"]]
    assert (manifest["counts"]["record"], manifest["made_at"], manifest["format"]) == (6, START, 1)
    assert re.fullmatch(r"\d{4}", manifest["tables"])
    content = file.read_bytes()
    key = vault.settings.key_file.read_bytes().strip()
    assert key not in content
    assert bytes(KeyFile(vault.settings.key_file).read()[0]) not in content
    assert b"secret of" not in content
    assert file.stat().st_mode & 0o777 == 0o600
    assert vault.actions("backup:") == ["backup:make"]


def test_it_verifies_with_and_without_the_key(vault: Vault, file: Path) -> None:
    total = vault.require_open()
    found = backup.verify(vault.settings, file)
    assert (found.values, found.shut, found.missing) == (total, [], [])
    vault.settings.key_file.unlink()
    for _ in range(2):
        found = backup.verify(vault.settings, file)
        assert found.values is None
        assert found.missing == found.manifest.keys
        if not vault.settings.key_file.exists():
            KeyFile(vault.settings.key_file).make()  # and then under another key


def test_every_bit_counts(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    database = content.index(b"SQLite format 3")
    # Every byte of heads, manifest, sums and their padding; of the database and the end, places all over it.
    places = [*range(database), *range(database, len(content), 997), *range(len(content) - 1100, len(content))]
    spoilt = tmp_path / "spoilt.wayfill"
    undetected = []
    spoilt.write_bytes(content)
    with spoilt.open("r+b", buffering=0) as handle:
        for place in places:
            os.pwrite(handle.fileno(), bytes([content[place] ^ (1 << place % 8)]), place)
            try:
                with contextlib.closing(Backup(spoilt)) as opened:
                    opened.copy_to(None)
                undetected.append(place)
            except Damaged:
                pass
            os.pwrite(handle.fileno(), content[place : place + 1], place)
    assert undetected == []
    with contextlib.closing(Backup(spoilt)) as opened:
        opened.copy_to(None)


def test_every_length_counts(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    spoilt = tmp_path / "spoilt.wayfill"
    for length in (0, 1, 511, 512, 600, 2048, 5000, len(content) // 2, len(content) - 1024, len(content) - 1):
        spoilt.write_bytes(content[:length])
        with pytest.raises(Damaged), contextlib.closing(Backup(spoilt)) as opened:
            opened.copy_to(None)
    spoilt.write_bytes(content + b"\0")
    with pytest.raises(Damaged, match="follows"), contextlib.closing(Backup(spoilt)) as opened:
        opened.copy_to(None)


def parts(path: Path) -> tuple[bytes, bytes]:
    """Manifest and sums with their heads, and what follows."""
    content = path.read_bytes()
    cut = content.index(b"SQLite format 3") - container.BLOCK
    return content[:cut], content[cut:]


def test_a_manifest_of_another_backup(vault: Vault, file: Path, tmp_path: Path) -> None:
    vault.add(1)
    other = tmp_path / "other.wayfill"
    made(vault, other)
    mixed = tmp_path / "mixed.wayfill"
    mixed.write_bytes(parts(other)[0] + parts(file)[1])
    with pytest.raises(Damaged):
        backup.verify(vault.settings, mixed)


def forged(vault: Vault, file: Path, target: Path, **changes: object) -> Path:
    """The same backup with another manifest, by somebody who knows how but has a key of their own."""
    with contextlib.closing(Backup(file)) as opened:
        manifest = msgspec.structs.replace(opened.manifest, **changes)
        database = target.with_suffix(".sqlite3")
        with database.open("wb") as copied:
            opened.copy_to(copied)

    class Forger:
        def mac(self, _purpose: str, _message: bytes, _key_id: str) -> bytes:
            return new_key()

    with target.open("wb") as whole, database.open("rb") as copy:
        container.write(whole, manifest, Forger(), copy)  # type: ignore[arg-type]  # has what is asked of a keyring
    return target


def test_a_forged_one_is_whole_but_not_genuine(vault: Vault, file: Path, tmp_path: Path) -> None:
    path = forged(vault, file, tmp_path / "forged.wayfill", revision=999)
    with contextlib.closing(Backup(path)) as opened:
        opened.copy_to(None)
    with pytest.raises(SetupError, match="altered it on purpose"):
        backup.verify(vault.settings, path)


@pytest.mark.parametrize("changes", [{"format": 2}, {"tables": "9999"}])
def test_a_newer_one_is_named_so(vault: Vault, file: Path, tmp_path: Path, changes: dict[str, object]) -> None:
    path = forged(vault, file, tmp_path / "newer.wayfill", **changes)
    with pytest.raises(SetupError, match="newer Wayfill"):
        backup.verify(vault.settings, path)


def test_what_is_no_backup(vault: Vault, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for content in (b"", b"a text" * 1000, vault.settings.database_file.read_bytes()):
        other.write_bytes(content)
        with pytest.raises(Damaged):
            backup.verify(vault.settings, other)
    with pytest.raises(SetupError, match="No such file"):
        backup.verify(vault.settings, tmp_path / "nowhere")


def test_it_is_never_written_over(vault: Vault, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(SetupError, match="already"):
        made(vault, file)
    assert file.read_bytes() == before


def test_killed_at_every_step_there_is_no_file_that_looks_whole(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    number = 0
    while killed_before(number := number + 1, folder, lambda: made(vault, folder / f"{number}.wayfill")):
        for whole in folder.glob("[!.]*"):
            # Between the rename and the end it is there, and then it is whole.
            assert backup.verify(vault.settings, whole).shut == []
            whole.unlink()
    assert number > 5, "it was killed at fewer steps than it has"
    assert [path.name for path in folder.iterdir()] == [f"{number}.wayfill"]


def test_beside_a_writer_it_is_one_state(vault: Vault, tmp_path: Path) -> None:
    with vault.opened() as (database, keyring), database.session(writes=True) as session:
        session.connection()  # holds the write lock all the while
        copy = tmp_path / "copy.sqlite3"
        copies.make(vault.settings.database_file, copy)
        manifest = copies.describe(copy, now=START)
        assert manifest.counts["record"] == 6
        assert keyring.key_id == manifest.key_id


def failing(vault: Vault, target: Path) -> str:
    with pytest.raises(SetupError, match="no such file") as refused:
        made(vault, target)
    assert list(target.parent.iterdir()) == []
    return str(refused.value)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(disk)], check=False, capture_output=True
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("mounting a small disk needs root; the limit on a file's size stands in for it")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(vault: Vault, small_disk: Path) -> None:
    vault.add(200)
    assert "full" in failing(vault, small_disk / "kept.wayfill")
    vault.require_open()


def test_a_limit_on_the_size_of_files(vault: Vault, tmp_path: Path) -> None:
    target = tmp_path / "limited"
    target.mkdir()
    vault.add(2000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    copies.make(vault.settings.database_file, tmp_path / "copy.sqlite3")
    size = (tmp_path / "copy.sqlite3").stat().st_size
    try:
        # Of the latter the copy may well fit, but the backup around it has a manifest more.
        for limit in (size // 2, size + 1024):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            with vault.opened() as (database, keyring), pytest.raises(SetupError):
                backup.make(vault.settings, database, keyring, target / "kept.wayfill", now=START)
            assert list(target.iterdir()) == []
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    vault.require_open()


def test_the_next_backup_sweeps_away_all_that_a_killed_one_left(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    left = f".killed.wayfill{backup.PARTIAL}"
    for name in (left, f"{left}.sqlite3", f"{left}.sqlite3-journal", f"{left}.sqlite3-wal"):
        (folder / name).write_bytes(b"left")
    made(vault, folder / "next.wayfill")
    assert [file.name for file in folder.iterdir()] == ["next.wayfill"]

"""The usual faults are found and named, and nothing is changed by looking."""

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from extension_api import doctor, installation
from extension_api.audit import service as audit
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.cli import main
from extension_api.doctor import examine, suffix_list
from extension_api.key_source import KeyFile, new_key
from extension_api.keys import service
from extension_api.settings import Settings
from matcher import suffixes
from tests.extension_api.conftest import START
from tests.practice.engines import OnServer
from tests.practice.postgres import Server
from tests.practice.serving import free_port

TODAY = dt.date(2026, 11, 25)


def graves(settings: Settings) -> list[bool | None]:
    return [finding.grave for finding in examine(settings, START)]


def said(settings: Settings, now: int = START) -> str:
    return "\n".join(finding.text for finding in examine(settings, now))


@pytest.mark.parametrize(("days", "grave"), [(0, None), (90, None), (91, False), (1000, False)])
def test_an_old_suffix_list_is_a_warning(days: int, grave: bool | None) -> None:
    found = suffix_list(TODAY - dt.timedelta(days=days), TODAY)
    assert found.grave is grave
    assert f"{days} days old" in found.text


def test_a_list_without_a_date_is_a_warning() -> None:
    assert suffix_list(None, TODAY).grave is False


def test_the_list_in_use_is_asked(settings: Settings) -> None:
    edition = suffixes.current().date
    assert edition is not None
    at = int(dt.datetime(edition.year, edition.month, edition.day, tzinfo=dt.UTC).timestamp())
    assert next(examine(settings, at + 90 * 86_400)).grave is None
    assert next(examine(settings, at + 91 * 86_400)).grave is False


def test_a_sound_installation(settings: Settings) -> None:
    installation.prepare(settings, START)
    assert graves(settings)[1:] == [None] * 4


def test_faults_are_found_one_by_one(settings: Settings) -> None:
    assert graves(settings)[1:] == [True]
    installation.prepare(settings, START)
    settings.data.chmod(0o755)
    assert graves(settings)[1:] == [False, None, None, None]
    settings.data.chmod(0o700)
    settings.key_file.chmod(0o640)
    assert f"Others may read {settings.key_file}; run: chmod 600" in said(settings)
    settings.key_file.chmod(0o600)
    settings.key_file.rename(settings.data / "elsewhere")
    assert graves(settings)[1:] == [None, True]
    assert not settings.key_file.exists()


def test_a_clock_that_is_behind_what_was_done(settings: Settings) -> None:
    installation.prepare(settings, START)
    database, _ = installation.open_database(settings)
    with database.writing() as session:
        audit.record(session, COMMAND_LINE, Action.BACKUP_MAKE, now=START + doctor.CLOCK_OFF + 1)
    database.close()
    assert "31 s ahead of this machine's clock; set the clock by NTP" in said(settings)
    assert "ahead" not in said(settings, START + 5)


def test_a_proxy_that_nobody_trusts(settings: Settings) -> None:
    installation.prepare(settings, START)
    behind = replace(settings, public_url="https://wayfill.example.com")
    assert "a proxy stands before it; put the proxy's address under Settings" in said(behind)
    assert "proxy stands" not in said(settings)


def test_a_key_change_that_was_left_half_done(settings: Settings) -> None:
    installation.prepare(settings, START)
    KeyFile(settings.key_file).replace([*KeyFile(settings.key_file).read(), new_key()])
    database, keyring = installation.open_database(settings)
    with database.writing() as session:
        service.announce(session, keyring.key_ids[1], now=START)
    database.close()
    assert "2 keys are needed" in said(settings)


def test_a_table_that_has_grown_large(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    installation.prepare(settings, START)
    assert "rows (usual" not in said(settings)
    monkeypatch.setattr(doctor, "LARGE", (("sealing_key", 0, "do something"),))
    assert "The table sealing_key has 1 rows (usual: below 0); do something." in said(settings)


def test_tables_of_another_version(settings: Settings) -> None:
    installation.prepare(settings, START)
    database, _ = installation.open_database(settings)
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    assert "is older than this Wayfill; run: wayfill init" in said(settings)


def test_a_database_server_that_is_away_or_in_another_time(
    tmp_path: Path, database_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = OnServer(database_server, tmp_path_factory.mktemp("prepared")).settings(tmp_path / "data")
    installation.prepare(settings, START)
    assert "The database server's clock is" in said(settings)
    assert "The clock agrees" in said(settings, int(time.time()))
    away = replace(settings, database_url=f"postgresql://wayfill:made-up-password@127.0.0.1:{free_port()}/wayfill")
    assert "cannot be read" in said(away)
    assert "start the server" in said(away)
    assert "made-up-password" not in said(away)


def test_the_command_says_it_and_fails_on_a_fault(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    broken = CliRunner().invoke(main, ["--data", str(settings.data), "doctor"])
    assert broken.exit_code == 1
    assert "FAULT" in broken.stdout
    installation.prepare(settings, START)
    sound = CliRunner().invoke(main, ["--data", str(settings.data), "doctor"])
    assert sound.exit_code == 0
    assert "FAULT" not in sound.stdout

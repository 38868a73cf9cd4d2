"""The usual faults are found and named, and nothing is changed by looking."""

import datetime as dt

import pytest
from click.testing import CliRunner

from extension_api import installation
from extension_api.cli import main
from extension_api.doctor import examine, suffix_list
from extension_api.settings import Settings
from matcher import suffixes
from tests.extension_api.conftest import START

TODAY = dt.date(2026, 11, 25)


def graves(settings: Settings) -> list[bool | None]:
    return [finding.grave for finding in examine(settings, START)]


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
    assert graves(settings)[1:] == [None, None]


def test_faults_are_found_one_by_one(settings: Settings) -> None:
    assert graves(settings)[1:] == [True]
    installation.prepare(settings, START)
    settings.data.chmod(0o755)
    assert graves(settings)[1:] == [False, None]
    settings.data.chmod(0o700)
    settings.key_file.rename(settings.data / "elsewhere")
    assert graves(settings)[1:] == [None, True]
    assert not settings.key_file.exists()


def test_the_command_says_it_and_fails_on_a_fault(settings: Settings) -> None:
    broken = CliRunner().invoke(main, ["--data", str(settings.data), "doctor"])
    assert broken.exit_code == 1
    assert "FAULT" in broken.stdout
    installation.prepare(settings, START)
    sound = CliRunner().invoke(main, ["--data", str(settings.data), "doctor"])
    assert sound.exit_code == 0
    assert "FAULT" not in sound.stdout

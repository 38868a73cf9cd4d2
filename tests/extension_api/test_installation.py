"""An installation is made once, checked at every start, and never repaired by making things up."""

from pathlib import Path

import pytest
from sqlalchemy import text

from extension_api import installation
from extension_api.app import create_app
from extension_api.db import Database
from extension_api.errors import SetupError
from extension_api.key_source import KeyFile
from extension_api.settings import Settings
from tests.practice.engines import Engine

NOW = 1_800_000_000


def test_prepare_twice_changes_nothing(settings: Settings) -> None:
    installation.prepare(settings, NOW)
    key = settings.key_file.read_bytes()
    installation.prepare(settings, NOW)
    assert settings.key_file.read_bytes() == key
    assert settings.data.stat().st_mode & 0o777 == 0o700


def test_nothing_is_built_in(tmp_path: Path) -> None:
    made = [Settings(data=tmp_path / name) for name in ("one", "two")]
    for settings in made:
        installation.prepare(settings, NOW)
        database, _ = installation.open_database(settings)
        with database.reading() as session:
            assert session.execute(text("SELECT count(*) FROM account")).scalar() == 0, "nobody can sign in as yet"
        database.close()
    assert made[0].key_file.read_bytes() != made[1].key_file.read_bytes()


def test_a_missing_key_stops_the_start_and_none_is_made(settings: Settings) -> None:
    installation.prepare(settings, NOW)
    settings.key_file.rename(settings.data / "elsewhere.key")
    for start in (lambda: installation.prepare(settings, NOW), lambda: create_app(settings)):
        with pytest.raises(SetupError, match="missing"):
            start()
    assert not settings.key_file.exists()


def test_another_key_stops_the_start(settings: Settings) -> None:
    installation.prepare(settings, NOW)
    settings.key_file.unlink()
    KeyFile(settings.key_file).make()
    for start in (lambda: installation.prepare(settings, NOW), lambda: create_app(settings)):
        with pytest.raises(SetupError, match="not the one that sealed"):
            start()


def test_a_newer_database_is_refused_untouched(settings: Settings, engine: Engine) -> None:
    installation.prepare(settings, NOW)
    database = Database(settings.database)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    before = engine.stored(settings)
    for start in (lambda: installation.prepare(settings, NOW), lambda: create_app(settings)):
        with pytest.raises(SetupError, match="newer Wayfill"):
            start()
    assert engine.stored(settings) == before


@pytest.mark.sqlite("its file")
def test_what_is_no_database_is_refused_untouched(settings: Settings) -> None:
    installation.prepare(settings, NOW)
    for leftover in settings.data.glob("wayfill.sqlite3*"):
        leftover.unlink()
    settings.database_file.write_bytes(b"this is a text, not a database, and it is long enough to be looked at" * 20)
    with pytest.raises(SetupError, match="cannot be read"):
        installation.prepare(settings, NOW)
    assert settings.database_file.read_bytes().startswith(b"this is a text")


def test_a_file_in_the_way_of_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(SetupError, match="data folder"):
        installation.prepare(Settings(data=tmp_path / "data"), NOW)


def test_an_installation_that_was_never_made_is_not_served(settings: Settings) -> None:
    settings.data.mkdir()
    with pytest.raises(SetupError):
        create_app(settings)

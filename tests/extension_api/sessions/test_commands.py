"""`wayfill throttle` against a real data folder: what is blocked is told by name, and lifted on record."""

import contextlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from extension_api.app import create_app
from extension_api.audit.models import Event
from extension_api.cli import main
from extension_api.db import Database
from extension_api.throttle import service as throttle
from extension_api.throttle.models import Kind
from tests.practice.engines import Engine


def test_blocks_are_listed_and_lifted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    monkeypatch.delenv("WAYFILL_DATA", raising=False)
    for name, value in engine.environment(tmp_path / "data").items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["--data", str(tmp_path / "data"), *arguments])

    run("init")
    run("user", "add", "anna")
    settings = engine.settings(tmp_path / "data")
    kernel = create_app(settings).extensions["wayfill"]

    def fail(name: str, address: str) -> None:
        with contextlib.suppress(throttle.Blocked):
            throttle.count(kernel, kind=Kind.PASSWORD, name=name, address=address)

    def listed() -> list[list[str]]:
        return [line.split("\t") for line in run("throttle", "list").stdout.splitlines()]

    assert listed() == []
    for _ in range(12):
        fail("anna", "192.0.2.1")
    for n in range(21):
        fail(f"person-{n}", "2001:db8::1")
    kernel.database.close()
    found = {words: (block_id, counted, refused) for block_id, words, counted, refused, _, _ in listed()}
    assert {words: rest[1:] for words, rest in found.items()} == {
        "anna from 192.0.2.1": ("10 attempts", "2 refused"),
        "2001:db8::/64": ("20 people", "1 refused"),
    }
    for arguments, says in (([], "--all"), (["x"], "No block"), ([""], "Several"), (["x", "--all"], "--all")):
        refused = run("throttle", "lift", *arguments)
        assert refused.exit_code == 1
        assert says in refused.stderr
    assert run("throttle", "lift", found["anna from 192.0.2.1"][0]).stdout == "anna from 192.0.2.1\n"
    assert [words for _, words, *_ in listed()] == ["2001:db8::/64"]
    assert run("throttle", "lift", "--all").stdout == "2001:db8::/64\n"
    assert listed() == []
    database = Database(settings.database)
    with database.reading() as session:
        lifted = session.execute(select(Event.device, Event.detail).where(Event.action == "block:lift")).all()
    database.close()
    assert [tuple(row) for row in lifted] == [
        ("command line", "anna from 192.0.2.1 (password)"),
        ("command line", "2001:db8::/64 (password)"),
    ]

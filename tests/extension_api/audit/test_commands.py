"""`wayfill audit` as it is typed: verify, export, archive, on a real data folder."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from extension_api.cli import main


class Wayfill:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--data", str(self.data), *arguments])

    def succeed(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    def sql(self, statement: str) -> None:
        with closing(sqlite3.connect(self.data / "wayfill.sqlite3")) as connection, connection:
            connection.execute(statement)


@pytest.fixture
def wayfill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wayfill:
    monkeypatch.delenv("WAYFILL_DATA", raising=False)
    made = Wayfill(tmp_path)
    made.succeed("init")
    for name in ("anna", "berta", "carla"):
        made.succeed("user", "add", name)
    return made


def test_verify_says_how_far_the_chain_has_come(wayfill: Wayfill) -> None:
    first, second = wayfill.succeed("audit", "verify").splitlines()
    assert first == "4 events verify."
    noted = second.rpartition(" ")[2]
    wayfill.succeed("user", "add", "dora")
    wayfill.succeed("audit", "verify", "--passes", noted)
    false = wayfill.run("audit", "verify", "--passes", noted[:-1] + ("0" if noted[-1] != "0" else "1"))
    assert false.exit_code == 1
    assert "noted down" in false.stderr
    assert "no point of the chain" in wayfill.run("audit", "verify", "--passes", "x").stderr


def test_verify_names_what_is_wrong(wayfill: Wayfill) -> None:
    wayfill.sql("UPDATE audit_event SET detail = 'nobody' WHERE id = 32")
    wayfill.sql("DELETE FROM audit_event WHERE id = 64")
    refused = wayfill.run("audit", "verify")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines() == [
        "  event 32: this event was altered",
        "  event 64: the last 1 events are missing, from 64 on",
        "wayfill: The audit does not verify: 2 findings.",
    ]


def test_a_database_that_was_put_back(wayfill: Wayfill) -> None:
    with closing(sqlite3.connect(wayfill.data / "wayfill.sqlite3")) as source:
        old = sqlite3.connect(":memory:")
        source.backup(old)
    wayfill.succeed("user", "add", "dora")
    wayfill.succeed("audit", "verify")
    with closing(sqlite3.connect(wayfill.data / "wayfill.sqlite3")) as target:
        old.backup(target)
    old.close()
    refused = wayfill.run("audit", "verify")
    assert refused.exit_code == 1
    assert "--accept-restored" in refused.stderr
    wayfill.succeed("audit", "verify", "--accept-restored")
    assert "backup:restore" in wayfill.succeed("audit", "export", "--format", "csv")
    wayfill.succeed("audit", "verify")


def test_export_is_on_record_and_can_be_narrowed(wayfill: Wayfill, tmp_path: Path) -> None:
    everything = list(csv.DictReader(io.StringIO(wayfill.succeed("audit", "export", "--format", "csv"), newline="")))
    assert [row["action"] for row in everything] == ["account:add"] * 4 + ["audit:export"]
    assert everything[-1]["detail"] == "csv: everything"
    file = tmp_path / "out.jsonl"
    arguments = ("audit", "export", "--format", "jsonl", "--action", "audit:export", "--since", "2020-01-01")
    wayfill.succeed(*arguments, "--to", str(file))
    assert [json.loads(line)["action"] for line in file.read_text().splitlines()] == ["audit:export"] * 2
    refused = wayfill.run(*arguments, "--to", str(file))
    assert refused.exit_code == 1
    assert "never written over" in refused.stderr
    assert wayfill.succeed(*arguments, "--until", "2020-01-02T00:00:00Z") == ""
    assert wayfill.succeed("audit", "export", "--format", "jsonl", "--person", "Nobody") == ""


def test_archive_and_verify_the_file(wayfill: Wayfill, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    assert wayfill.succeed("audit", "archive", "--older-than", "1", "--to", str(file)) == ""
    assert not file.exists()
    assert wayfill.succeed("audit", "archive", "--keep", "1", "--to", str(file)) == f"{file}\n"
    said = wayfill.succeed("audit", "verify", "--file", str(file)).splitlines()
    assert said[0] == f"{file}: 3 events verify."
    assert said[1].startswith("It goes on from 0 to 48:")
    assert wayfill.succeed("audit", "verify").startswith("2 events verify.")
    noted = said[1].rpartition(" ")[2]
    wayfill.succeed("audit", "verify", "--passes", noted)
    kept = wayfill.succeed("audit", "archive", "--keep", "0").strip()
    assert Path(kept).parent == wayfill.data / "audit-archive"
    wayfill.succeed("audit", "verify", "--file", kept)
    file.write_bytes(file.read_bytes()[:-10])
    refused = wayfill.run("audit", "verify", "--file", str(file))
    assert refused.exit_code == 1
    assert "cut off" in refused.stderr


@pytest.mark.parametrize("arguments", [(), ("--older-than", "1", "--keep", "1")])
def test_archive_wants_one_measure(wayfill: Wayfill, arguments: tuple[str, ...]) -> None:
    refused = wayfill.run("audit", "archive", *arguments)
    assert refused.exit_code == 1
    assert "--older-than DAYS or --keep ROWS" in refused.stderr


def test_a_broken_chain_is_not_archived(wayfill: Wayfill) -> None:
    wayfill.sql("UPDATE audit_event SET detail = 'nobody' WHERE id = 32")
    refused = wayfill.run("audit", "archive", "--keep", "0")
    assert refused.exit_code == 1
    assert "event 32: this event was altered" in refused.stderr
    assert "Nothing was removed" in refused.stderr


def test_a_new_master_key_leaves_chain_and_archives_as_they_are(wayfill: Wayfill, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    wayfill.succeed("audit", "archive", "--keep", "2", "--to", str(file))
    wayfill.succeed("key", "rotate")
    assert wayfill.succeed("audit", "verify").endswith("\n")
    assert ": 2 events verify." in wayfill.succeed("audit", "verify", "--file", str(file))
    wayfill.succeed("user", "add", "dora")
    wayfill.succeed("audit", "verify")


def test_a_backup_that_is_put_back_is_no_loss(wayfill: Wayfill, tmp_path: Path) -> None:
    backup = str(tmp_path / "wayfill.backup")
    wayfill.succeed("backup", backup)
    wayfill.succeed("user", "add", "dora")
    wayfill.succeed("audit", "verify")
    wayfill.succeed("restore", backup)
    wayfill.succeed("audit", "verify")

"""`wayfill list`, `group`, `grant`, `link` and `rules` against a real data folder."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from extension_api.audit.models import Event
from extension_api.cli import main
from extension_api.db import Database
from extension_api.vault.models import Grant

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("WAYFILL_DATA", raising=False)

    def wayfill(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, ["--data", str(tmp_path / "data"), *arguments], input=stdin)

    assert wayfill("init").exit_code == 0
    return wayfill


def made(run: Run, *arguments: str, stdin: str | None = None) -> str:
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.stderr
    return result.stdout.strip()


def levels(tmp_path: Path) -> list[tuple[bool, bool, int]]:
    """Return of each grant whether a group holds it, whether it is on a list, and its level."""
    database = Database(tmp_path / "data" / "wayfill.sqlite3")
    with database.reading() as session:
        rows = session.scalars(select(Grant).order_by(Grant.level)).all()
    database.close()
    return [(row.group_id is not None, row.list_id is not None, row.level) for row in rows]


def test_lists_lie_in_folders_and_hold_records(run: Run) -> None:
    first = made(run, "list", "add", "Ads", "--folder", "Marketing / Paid")
    second = made(run, "list", "add", "Mail", "--folder", "Marketing")
    made(run, "record", "add", "--title", "T", "--url", "t.test", "--username", "u", "--list", first,
         "--password-stdin", stdin="made-up\n")  # fmt: skip
    made(run, "record", "add", "--title", "T", "--url", "t.test", "--username", "u", "--list", "Mail",
         "--password-stdin", stdin="made-up\n")  # fmt: skip
    assert made(run, "list", "ls").splitlines() == [
        f"{first}  Marketing / Paid / Ads",
        f"{second}  Marketing / Mail",
    ]


def test_grants_to_people_and_groups_on_lists_and_records(run: Run, tmp_path: Path) -> None:
    run("user", "add", "anna")
    made(run, "group", "add", "Ops")
    assert made(run, "group", "member", "ops", "Anna") == "anna is in ops"
    record = made(run, "record", "add", "--title", "T", "--url", "t.test", "--username", "u", "--password-stdin",
                  stdin="made-up\n")  # fmt: skip
    assert made(run, "grant", "Team", "ops", "fill") == "ops: fill"
    assert made(run, "grant", record, "anna", "edit") == "anna: edit"
    assert levels(tmp_path) == [(True, True, 10), (False, False, 30)]
    made(run, "grant", record, "anna", "none")
    made(run, "grant", "team".title(), "ops", "manage")
    assert levels(tmp_path) == [(True, True, 40)]
    assert made(run, "group", "member", "ops", "anna", "--remove") == "anna is no longer in ops"
    database = Database(tmp_path / "data" / "wayfill.sqlite3")
    with database.reading() as session:
        found = session.scalars(select(Event.action).where(Event.device == "command line")).all()
    database.close()
    assert {"group:add", "group:member-add", "group:member-remove", "permission:give", "permission:take"} <= set(found)


def test_what_is_meant_must_be_plain(run: Run) -> None:
    run("user", "add", "ops")
    run("group", "add", "ops")
    run("list", "add", "Twice")
    run("list", "add", "Twice")
    nothing = "00000000-0000-4000-8000-000000000000"
    for arguments, says in (
        (["grant", "Twice", "ops", "fill"], "Several lists"),
        (["grant", "Nowhere", "ops", "fill"], "No list"),
        (["grant", nothing, "ops", "fill"], "no record and no list"),
        (["group", "add", "OPS"], "already"),
        (["group", "member", "none", "ops"], "no group named none"),
        (["group", "member", "ops", "none"], "no person named none"),
    ):
        refused = run(*arguments)
        assert refused.exit_code == 1, arguments
        assert says in refused.stderr
    single = made(run, "list", "add", "Single")
    assert "person and a group" in run("grant", single, "ops", "fill").stderr
    assert made(run, "grant", single, "ops", "fill", "--group") == "ops: fill"
    assert run("grant", single, "none-such", "fill").exit_code == 1
    assert run("grant", single, "ops", "own").exit_code == 2


def test_links_of_every_strategy(run: Run) -> None:
    record = made(run, "record", "add", "--title", "T", "--url", "t.test", "--username", "u", "--password-stdin",
                  stdin="made-up\n")  # fmt: skip
    added = made(run, "link", "add", record, "https://t.test/", "--strategy", "regex", "--expression", "https://t.*")
    assert added == "https://t.test/ (regex)"
    assert made(run, "link", "add", record, "https://no.t.test/", "--veto") == "https://no.t.test/ (host)"
    refused = run("link", "add", record, "https://t.test/", "--strategy", "regex")
    assert (refused.exit_code, "expression" in refused.stderr) == (1, True)


def test_rules_are_imported_and_what_is_left_out_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"a.test": {"password-rules": "minlength: 8"}, "b.test": {"password-rules": "x"}}))
    done = run("rules", "import", str(file))
    assert (done.exit_code, done.stdout) == (0, "1 sites\n")
    assert "b.test was left out" in done.stderr
    file.write_text("[]")
    assert run("rules", "import", str(file)).exit_code == 1


def test_a_name_that_somebody_took_first_does_not_get_what_is_put_into_the_list(run: Run, tmp_path: Path) -> None:
    for name in ("mallory", "alice"):
        run("user", "add", name)
    taken = made(run, "list", "add", "Finance")
    made(run, "grant", taken, "mallory", "manage")
    adding = ("record", "add", "--title", "T", "--url", "t.test", "--username", "u", "--password-stdin", "--list")
    refused = run(*adding, "Finance", "--owner", "alice", stdin="made-up\n")
    assert refused.exit_code == 1
    assert taken in refused.stderr
    assert "mallory" not in refused.stdout
    # Being given the list as well does not help whoever took its name.
    made(run, "grant", taken, "alice", "manage")
    assert run(*adding, "Finance", "--owner", "alice", stdin="made-up\n").exit_code == 1
    file = tmp_path / "export.csv"
    file.write_text("name,url,username,password\nT,https://t.test/,u,made-up\n")
    for dry_run in ([], ["--dry-run"]):
        assert run("import", str(file), "--list", "Finance", "--owner", "alice", *dry_run).exit_code == 1
    # Its id says that it is meant; a name that is free or one's own is one's own.
    made(run, *adding, taken, "--owner", "alice", stdin="made-up\n")
    assert run("import", str(file), "--list", "Alice", "--owner", "alice").exit_code == 0
    assert run("import", str(file), "--list", "Alice", "--owner", "alice").exit_code == 0


def test_a_list_that_a_group_holds_is_meant_by_its_id_alone(run: Run) -> None:
    made(run, "group", "add", "Ops")
    taken = made(run, "list", "add", "Shared")
    made(run, "grant", taken, "Ops", "fill", "--group")
    adding = ("record", "add", "--title", "T", "--url", "t.test", "--username", "u", "--password-stdin", "--list")
    assert run(*adding, "Shared", stdin="made-up\n").exit_code == 1
    made(run, *adding, taken, stdin="made-up\n")

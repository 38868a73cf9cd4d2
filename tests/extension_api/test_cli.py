"""The command line against a real data folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from extension_api.audit.models import Event
from extension_api.cli import main
from extension_api.db import Database

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("WAYFILL_DATA", raising=False)

    def wayfill(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, ["--data", str(tmp_path / "data"), *arguments], input=stdin)

    return wayfill


@pytest.fixture
def record_id(run: Run) -> str:
    run("init")
    assert run("user", "add", "anna").exit_code == 0
    made = run(
        "record", "add", "--title", "Ads", "--url", "ads.example-one.test", "--username", "a", "--fill", "anna",
        "--password-stdin", stdin="made-up-secret\n",
    )  # fmt: skip
    assert made.exit_code == 0, made.stderr
    return made.stdout.strip()


def test_init_gives_a_one_time_link_until_it_is_used(run: Run) -> None:
    first, second = run("init"), run("init")
    for answer in (first, second):
        assert answer.exit_code == 0
        assert answer.stdout.startswith("http://127.0.0.1:7845/console/welcome#")
    assert first.stdout != second.stdout


def test_every_act_is_on_record_and_no_secret_is_printed(run: Run, record_id: str, tmp_path: Path) -> None:
    added = run("link", "add", record_id, "https://login.example-two.test/")
    assert added.stdout == "https://login.example-two.test/ (host)\n"
    database = Database(tmp_path / "data" / "wayfill.sqlite3")
    with database.reading() as session:
        events = session.scalars(select(Event).order_by(Event.id)).all()
    database.close()
    assert [e.action for e in events] == [
        "account:add", "account:add", "list:add", "record:add", "link:add", "permission:give", "link:add",
    ]  # fmt: skip
    assert {e.device for e in events} == {"command line"}
    assert all("made-up-secret" not in (e.detail or "") for e in events)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["user", "add", "ANNA"], "already"),
        (["user", "add", " "], "1 to 100"),
        (["record", "add", "--title", "x", "--url", "co.uk", "--username", "u", "--password-stdin"], "co.uk"),
        (["record", "add", "--title", "x", "--url", "ftp://x.test", "--username", "u", "--password-stdin"], "http"),
        (
            [
                "record",
                "add",
                "--title",
                "x",
                "--url",
                "x.test",
                "--username",
                "u",
                "--password-stdin",
                "--fill",
                "nobody",
            ],
            "no person named nobody",
        ),
        (["link", "add", "00000000-0000-4000-8000-000000000000", "https://x.test/"], "no record"),
    ],
)
def test_refusals_are_one_sentence_and_change_nothing(
    run: Run, record_id: str, tmp_path: Path, arguments: list[str], says: str
) -> None:
    assert record_id

    def events() -> int:
        database = Database(tmp_path / "data" / "wayfill.sqlite3")
        with database.reading() as session:
            count = len(session.scalars(select(Event.id)).all())
        database.close()
        return count

    before = events()
    refused = run(*arguments, stdin="made-up-secret\n")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("wayfill: ")
    assert says in refused.stderr
    assert refused.stdout == ""
    assert events() == before


def test_a_weak_password_is_refused_and_the_person_is_not_added(run: Run) -> None:
    run("init")
    assert run("user", "add", "berta", "--password-stdin", stdin="short\n").exit_code == 1
    assert run("user", "add", "berta", "--password-stdin", stdin="\n").exit_code == 1
    assert run("user", "add", "berta", "--password-stdin", stdin="long-enough-password\n").exit_code == 0


def test_without_an_installation_it_says_what_to_run(run: Run) -> None:
    refused = run("user", "add", "anna")
    assert refused.exit_code == 1
    assert "init" in refused.stderr


def test_a_misspelt_setting_stops_every_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYFILL_PROT", "1")
    refused = run("init")
    assert refused.exit_code == 1
    assert "WAYFILL_PROT" in refused.stderr

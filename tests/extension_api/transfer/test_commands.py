"""`wayfill import` and `wayfill export` against a real data folder."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from extension_api.cli import main
from tests.extension_api.transfer.kdbx_writer import PASSWORD, Kdbx
from tests.extension_api.transfer.samples import EXPECTED
from tests.extension_api.transfer.test_kdbx import KEY, XML

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("WAYFILL_DATA", raising=False)

    def wayfill(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["--data", str(tmp_path / "data"), *arguments], input=stdin)

    assert wayfill("init").exit_code == 0
    assert wayfill("user", "add", "anna").exit_code == 0
    return wayfill


@pytest.fixture
def file(tmp_path: Path) -> Path:
    # The name says another format than the content.
    made = tmp_path / "export.json"
    made.write_bytes(
        b"name,url,username,password\nAds,https://ads.example-one.test/,ann,made-up-1\nBad,b\n"
        b"Shop,https://ann:made-up-2@shop.test/?made-up-2,ann,made-up-2\n"
    )
    return made


def test_import_and_again_and_export(run: Run, file: Path, tmp_path: Path) -> None:
    to = ("import", str(file), "--list", "Team", "--owner", "anna")
    dry = run(*to, "--dry-run")
    assert dry.exit_code == 0, dry.stderr
    assert "Would be: 2 added, 1 left out." in dry.stderr
    first = run(*to)
    assert first.exit_code == 0, first.stderr
    assert first.stdout == dry.stdout
    assert first.stdout.splitlines()[0] == "line 2\tadded\tAds\t1 link"
    assert first.stdout.splitlines()[1] == "line 3\tleft out\tit has 2 fields, the first line has 4"
    assert "address 1, 'https://shop.test/', is left out" in first.stdout
    assert "export.json is chrome-csv: 2 items." in first.stderr
    assert "Remove" in first.stderr
    second = run(*to)
    assert "Done: 2 imported before, 1 left out." in second.stderr
    assert all("made-up" not in text for each in (dry, first, second) for text in (each.stdout, each.stderr))

    out = tmp_path / "out.json"
    exported = run("export", "--format", "bitwarden-json", "--to", str(out))
    assert exported.exit_code == 0, exported.stderr
    assert exported.stdout == f"{out}\n"
    assert "every password in clear" in exported.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    items = json.loads(out.read_bytes())["items"]
    assert sorted(item["login"]["password"] for item in items) == ["made-up-1", "made-up-2"]
    again = run("export", "--format", "csv", "--to", str(out))
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    listed = run("audit", "export", "--format", "jsonl", "--action", "vault:export")
    assert len(listed.stdout.splitlines()) == 1


def test_folders_are_shown_and_made_or_kept_as_a_field(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(EXPECTED["bitwarden-json"][0])
    to = ("import", str(file), "--list", "Team", "--owner", "anna")
    flat = run(*to, "--flat", "--dry-run")
    assert (flat.stdout, "1 added." in flat.stderr) == ("item 1\tadded\tAds\t3 links\n", True)
    dry = run(*to, "--dry-run")
    assert dry.stdout == "item 1\tadded\tAds\t3 links; into the new list Work / Ads\n"
    assert "Would be: 1 added; 1 new list." in dry.stderr
    assert run(*to).stdout == dry.stdout
    assert "Work" in run("list", "ls").stdout
    assert "Done: 1 imported before." in run(*to).stderr


def test_import_from_standard_input(run: Run) -> None:
    to = ("import", "-", "--list", "Team", "--owner", "anna")
    done = run(*to, stdin=EXPECTED["keepass-xml"][0])
    assert done.exit_code == 0, done.stderr
    assert "Standard input is keepass-xml: 2 items." in done.stderr
    assert "Remove" not in done.stderr


def test_import_of_a_database(run: Run, tmp_path: Path) -> None:
    file, key = tmp_path / "vault.kdbx", tmp_path / "made-up.key"
    file.write_bytes(bytes(Kdbx(XML)))
    key.write_bytes(KEY)
    to = ("import", str(file), "--list", "Team", "--owner", "anna")
    wrong = run(*to, "--password-stdin", stdin=b"made-up\n")
    assert (wrong.exit_code, "password or the key file is wrong" in wrong.stderr) == (1, True)
    done = run(*to, "--password-stdin", stdin=f"{PASSWORD}\n".encode())
    assert done.exit_code == 0, done.stderr
    assert "vault.kdbx is keepass-kdbx: 2 items." in done.stderr
    assert "Done: 2 added; 1 new list." in done.stderr
    assert "Remove" not in done.stderr, "it is no file in clear"
    asked = run(*to, stdin=f"{PASSWORD}\n".encode())
    assert "Password of the database" in asked.stderr
    assert "Done: 2 imported before." in asked.stderr
    assert all("made-up" not in text for each in (wrong, done, asked) for text in (each.stdout, each.stderr))

    (tmp_path / "export.xml").write_bytes(XML)
    exported = run("import", str(tmp_path / "export.xml"), *to[2:])
    assert "Done: 2 imported before." in exported.stderr, "the same entries, by another way"

    file.write_bytes(bytes(Kdbx(XML, password=None, key=KEY)))
    by_key = run(*to, "--key-file", str(key), stdin=b"\n")
    assert "Done: 2 imported before." in by_key.stderr


def test_import_of_a_database_is_refused_before_the_password_is_asked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "vault.kdbx"
    to = ("import", str(file), "--list", "Team", "--owner", "anna")
    file.write_bytes(bytes(Kdbx(XML, version=(1, 3))))
    older = run(*to)
    assert (older.exit_code, "Password" in older.stderr) == (1, False)
    assert "save it as KDBX 4" in older.stderr
    file.write_bytes(XML)
    for option in (("--password-stdin",), ("--key-file", str(file))):
        assert "is not locked" in run(*to, *option).stderr
    from_stdin = run("import", "-", *to[2:], "--password-stdin", stdin=bytes(Kdbx(XML)))
    assert "Standard input is the file itself" in from_stdin.stderr


def test_a_dry_run_makes_no_list(run: Run, file: Path, tmp_path: Path) -> None:
    assert run("import", str(file), "--list", "New", "--owner", "anna", "--dry-run").exit_code == 0
    listed = run("audit", "export", "--format", "jsonl")
    assert "list:add" not in listed.stdout
    assert "vault:import" not in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{file}", "--list", "Team", "--owner", "nobody"), "nobody"),
        (("{none}", "--list", "Team", "--owner", "anna"), "is no file"),
        (("{file}", "--list", "Team", "--owner", "anna", "--format", "safari-csv"), "columns of safari-csv"),
    ],
)
def test_refusals_in_a_sentence(run: Run, file: Path, arguments: tuple[str, ...], words: str) -> None:
    given = [argument.format(file=file, none=file.parent / "none") for argument in arguments]
    refused = run("import", *given)
    assert refused.exit_code == 1
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("form", EXPECTED)
def test_every_format_by_its_content(run: Run, tmp_path: Path, form: str) -> None:
    file = tmp_path / "export"
    file.write_bytes(EXPECTED[form][0])
    done = run("import", str(file), "--list", "Team", "--owner", "anna")
    assert done.exit_code == 0, done.stderr
    new = {item.folder for item in EXPECTED[form][1] if item.folder}
    lists = f"; {len(new)} new list{'s' * (len(new) > 1)}" if new else ""
    assert f"Done: {len(EXPECTED[form][1])} added{lists}." in done.stderr

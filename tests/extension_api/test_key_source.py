"""Keys come from a file, the environment or a command; whatever is wrong with them, none is shown."""

import base64
import os
import sys
import time
from pathlib import Path

import pytest

from extension_api.errors import SetupError
from extension_api.key_source import KeyCommand, KeyEnvironment, KeyFile, as_text, new_key, source_of
from extension_api.settings import MasterKey, Settings, environment_of, from_environment

ONE, TWO = MasterKey(bytes(range(32))), MasterKey(bytes(range(1, 33)))


def command(script: str, limit: float = 10.0) -> KeyCommand:
    return KeyCommand(f'{sys.executable} -c "{script}"', limit)


def test_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "master.key")
    file.make()
    kept = file.read()
    assert file.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SetupError, match="File exists"):
        file.make()
    assert file.read() == kept


PLACEHOLDER = base64.b64encode(b"changeme" * 4)


@pytest.mark.parametrize(
    ("content", "mode"), [(b"!!", 0o600), (b"c2hvcnQ=", 0o600), (b"", 0o600), (PLACEHOLDER, 0o600), (None, 0o644)]
)
def test_a_bad_key_file_stops_the_start(tmp_path: Path, content: bytes | None, mode: int) -> None:
    file = KeyFile(tmp_path / "master.key")
    file.make()
    if content is not None:
        file.path.write_bytes(content)
    file.path.chmod(mode)
    with pytest.raises(SetupError):
        file.read()


def test_a_key_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "master.key")
    file.make()
    (tmp_path / "master.key.new").write_text("left by a writer that was killed")
    link = tmp_path / "link.key"
    link.symlink_to(file.path)
    KeyFile(link).replace([ONE, TWO])
    assert file.read() == (ONE, TWO)
    assert link.is_symlink()
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.key", "master.key"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes files of others")
def test_a_key_file_stays_the_services_own_when_root_replaces_it(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "master.key")
    file.make()
    os.chown(file.path, 12345, 12345)
    file.replace([ONE])
    assert (file.path.stat().st_uid, file.path.stat().st_gid) == (12345, 12345)


def test_a_key_file_that_cannot_be_replaced_stays_as_it_is(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "master.key")
    file.make()
    kept = file.read()
    (tmp_path / "master.key.new").mkdir()
    with pytest.raises(SetupError, match="as it was"):
        file.replace([ONE])
    assert file.read() == kept


def test_a_command_gives_one_key_or_several_without_a_shell(tmp_path: Path) -> None:
    assert command(f"print('{as_text(ONE)}')").read() == (ONE,)
    assert command(f"print('{as_text(ONE)}'); print('{as_text(TWO)}')").read() == (ONE, TWO)
    trace = tmp_path / "trace"
    with pytest.raises(SetupError, match="printed no key"):
        KeyCommand(f"echo $HOME; touch {trace}").read()
    assert not trace.exists()


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("print('c2VjcmV0LXdvcmQ=')", "printed no key"),
        ("import sys; print('secret-word'); sys.exit(3)", "status 3"),
        ("import sys; sys.stderr.write('secret-word'); sys.exit(1)", "status 1"),
        ("print('secret-word' * 10000)", "printed more"),
        ("", "printed no key"),
    ],
)
def test_a_bad_command_is_refused_and_what_it_printed_is_not_shown(
    script: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SetupError, match=says) as refused:
        command(script).read()
    shown = str(refused.value) + "".join(capfd.readouterr())
    assert "secret-word" not in shown
    assert base64.b64encode(b"secret-word").decode() not in shown


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(SetupError, match="cannot be run"):
        KeyCommand("/nowhere/key-of-mine --token t").read()


@pytest.mark.parametrize(
    "script",
    [
        "import time; time.sleep(60)",
        "import os, time; os.close(1); time.sleep(60)",
        "while True: pass",
    ],
)
def test_a_command_has_its_time(script: str) -> None:
    began = time.monotonic()
    with pytest.raises(SetupError, match="took longer"):
        command(script, limit=0.5).read()
    assert time.monotonic() - began < 5


def test_what_a_command_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"import subprocess; open('{note}', 'w').write(str(subprocess.Popen(['sleep', '60']).pid))"
    with pytest.raises(SetupError, match="took longer"):
        command(script, limit=1.0).read()
    status = Path("/proc") / note.read_text() / "stat"
    deadline = time.monotonic() + 5
    while status.exists() and status.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.05)


def test_the_command_prints_nothing_of_its_arguments(tmp_path: Path) -> None:
    made = from_environment({"WAYFILL_DATA": str(tmp_path), "WAYFILL_KEY_COMMAND": "fetch --token hidden-word"})
    source = source_of(made)
    assert "hidden-word" not in repr(made) + repr(source) + source.described
    assert source_of(from_environment(environment_of(made))) == source


def test_where_keys_come_from(tmp_path: Path) -> None:
    assert source_of(Settings(data=tmp_path)) == KeyFile(tmp_path / "master.key")
    both = f"{as_text(ONE)} {as_text(TWO)}"
    given = from_environment({"WAYFILL_DATA": str(tmp_path), "WAYFILL_MASTER_KEY": both})
    assert source_of(given) == KeyEnvironment((ONE, TWO))
    assert new_key() != new_key()


@pytest.mark.parametrize(
    "environment",
    [
        {"WAYFILL_KEY_COMMAND": "'"},
        {"WAYFILL_KEY_COMMAND": "  "},
        {"WAYFILL_KEY_COMMAND": "cat /k", "WAYFILL_KEY_FILE": "/k"},
        {"WAYFILL_KEY_COMMAND": "cat /k", "WAYFILL_MASTER_KEY": as_text(ONE)},
        {"WAYFILL_MASTER_KEY": f"{as_text(ONE)} short"},
    ],
)
def test_settings_that_contradict(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(SetupError):
        from_environment({"WAYFILL_DATA": str(tmp_path)} | environment)

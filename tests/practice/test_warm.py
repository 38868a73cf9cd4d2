"""A command that is forked from the process that has read the program is the same command as one that is started."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.practice.service import Service

LINES = [
    (["--version"], ""),
    (["no-such-command"], ""),
    (["serve"], ""),
    (["user", "add", "pat", "--password-stdin"], "practice-password-of-päť\n"),
]


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """One whose data folder cannot be made, so that every command has something to say about its environment."""
    (tmp_path / "data").write_text("in the way")
    return Service(tmp_path)


@pytest.mark.parametrize(("line", "stdin"), LINES)
def test_it_says_and_ends_the_same(service: Service, line: list[str], stdin: str) -> None:
    warm = service.command(*line, stdin=stdin)
    service.cold = True
    cold = service.command(*line, stdin=stdin)
    assert (warm.args, warm.returncode, warm.stdout, warm.stderr) == (
        cold.args,
        cold.returncode,
        cold.stdout,
        cold.stderr,
    )
    assert warm.stdout + warm.stderr


def test_its_end_by_a_signal_is_told(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.start()
    process = service.process
    assert process is not None
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    service.kill()
    assert process.wait() == process.poll() == -signal.SIGKILL


def test_one_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    first, second = Service(tmp_path / "one"), Service(tmp_path / "two")
    for service in (first, second):
        service.folder.mkdir()
        service.succeed("init")
    for service in (first, second):
        service.add_user("pat", "practice-password-of-pat")
    assert first.command("user", "add", "pat", "--password-stdin", stdin="practice-password-of-pat\n").returncode == 1

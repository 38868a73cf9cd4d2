"""Old events leave for a file that verifies by itself; the rest verifies too, whenever the archiver is killed."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from extension_api.audit import archive, archive_file, chain
from extension_api.audit.archive_file import Damaged
from extension_api.audit.chain import STRIDE
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.clock import SetClock
from extension_api.crypto import Keyring
from extension_api.errors import SetupError
from extension_api.kernel import Kernel
from extension_api.settings import MasterKey
from tests.extension_api.audit.conftest import Act, Intruder, walked
from tests.extension_api.conftest import START

ROOT = Path(__file__).parents[3]


def moved(kernel: Kernel, upto: int, file: Path) -> int:
    return archive.archive(kernel.database, kernel.keyring, COMMAND_LINE, upto * STRIDE, file, START).events


def standing(kernel: Kernel) -> int:
    with kernel.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Event)) or 0


def test_the_file_and_the_rest_both_verify(kernel: Kernel, act: Act, tmp_path: Path, intruder: Intruder) -> None:
    for number in range(10):
        act(detail=f"event {number}")
    before = intruder.rows("audit_event")
    file = tmp_path / "old.jsonl"
    assert moved(kernel, 6, file) == 6
    assert file.stat().st_mode & 0o077 == 0
    whole = archive_file.verify(file, kernel.keyring)
    assert (whole.events, whole.lanes[0].after, whole.lanes[0].upto) == (6, 0, 6)
    verdict = walked(kernel)
    # Four are left, and the event that tells of the archive.
    assert (verdict.events, verdict.findings) == (5, [])
    assert intruder.rows("audit_event")[:4] == before[6:]
    assert all(f'"event {number}"' in file.read_text() for number in range(6))
    act(3)
    assert moved(kernel, 12, tmp_path / "next.jsonl") == 6
    second = archive_file.verify(tmp_path / "next.jsonl", kernel.keyring)
    assert (second.lanes[0].after, second.lanes[0].upto) == (6, 12)
    assert walked(kernel).findings == []


def test_all_of_it_can_go(kernel: Kernel, act: Act, tmp_path: Path) -> None:
    act(3)
    assert moved(kernel, 3, tmp_path / "all.jsonl") == 3
    with kernel.database.reading() as session:
        assert session.scalars(select(Event.action)).all() == ["audit:archive"]
    assert walked(kernel).findings == []


def test_rows_put_back_from_an_archive_are_found(kernel: Kernel, act: Act, tmp_path: Path, intruder: Intruder) -> None:
    act(4)
    rows = intruder.rows("audit_event")
    moved(kernel, 2, tmp_path / "old.jsonl")
    intruder.run(f"INSERT INTO audit_event VALUES ({','.join('?' * len(rows[0]))})", *rows[0])  # noqa: S608
    assert [finding.event_id for finding in walked(kernel).findings] == [STRIDE]


def test_a_truncated_table_cannot_pass_for_an_archived_one(
    kernel: Kernel, act: Act, tmp_path: Path, intruder: Intruder
) -> None:
    act(4)
    intruder.run("DELETE FROM audit_event WHERE id <= ?", 2 * STRIDE)
    assert walked(kernel).findings
    intruder.run("UPDATE audit_head SET archived = 2")
    assert walked(kernel).findings


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda lines: lines[:-1], "cut off"),
        (lambda lines: [*lines[:-1], lines[-1][:-5]], "cut off"),
        (lambda lines: [*lines[:4], *lines[5:]], "missing"),
        (lambda lines: [*lines[:-3], *lines[-1:]], "another one"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "missing"),
        (lambda lines: [*lines[:3], lines[3].replace(b"anna", b"bert"), *lines[4:]], "altered"),
        (lambda lines: [lines[0], *lines[2:]], "missing"),
        (lambda lines: [*lines[:2], b"nonsense\n", *lines[3:]], "none that Wayfill wrote"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"upto":6', b'"upto":5')], "as it was written"),
        (lambda lines: [lines[0].replace(b'"after":0', b'"after":1'), *lines[2:]], "altered"),
        (lambda lines: [*lines[:-1], lines[1], lines[-1]], "does not belong"),
        (lambda lines: lines[:0], "cut off"),
    ],
)
def test_a_damaged_archive(
    kernel: Kernel, act: Act, tmp_path: Path, damage: Callable[[list[bytes]], list[bytes]], says: str
) -> None:
    act(8)
    file = tmp_path / "old.jsonl"
    moved(kernel, 6, file)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(damage(lines)))
    with pytest.raises(Damaged) as raised:
        archive_file.verify(file, kernel.keyring)
    assert says in "; ".join(finding.words for finding in raised.value.verdict.findings)


def test_another_installations_archive(kernel: Kernel, act: Act, tmp_path: Path) -> None:
    act(3)
    file = tmp_path / "old.jsonl"
    moved(kernel, 2, file)
    stranger = Keyring(MasterKey(b"s" * 32))
    with pytest.raises(Damaged, match="not written by this installation"):
        archive_file.verify(file, stranger)
    # After a change of the master key the database still has the lane's key.
    with kernel.database.reading() as session:
        keys = {head.lane: head.key for head in chain.heads(session)}
    assert archive_file.verify(file, stranger, keys).events == 2


def test_a_broken_chain_is_not_archived(kernel: Kernel, act: Act, tmp_path: Path, intruder: Intruder) -> None:
    act(5)
    intruder.run("UPDATE audit_event SET detail = 'x' WHERE id = ?", 2 * STRIDE)
    with pytest.raises(Damaged, match="altered"):
        moved(kernel, 4, tmp_path / "old.jsonl")
    assert list(tmp_path.glob("*old*")) == []
    assert standing(kernel) == 5


def test_a_file_is_never_written_over(kernel: Kernel, act: Act, tmp_path: Path) -> None:
    act(5)
    file = tmp_path / "mine.txt"
    file.write_text("my own text\n")
    with pytest.raises(Damaged):
        moved(kernel, 4, file)
    assert file.read_text() == "my own text\n"
    assert standing(kernel) == 5


def test_an_archive_from_further_on_removes_nothing(
    kernel: Kernel, act: Act, tmp_path: Path, intruder: Intruder
) -> None:
    act(6)
    state = intruder.rows("audit_head"), intruder.rows("audit_event")
    moved(kernel, 2, tmp_path / "first.jsonl")
    moved(kernel, 4, tmp_path / "second.jsonl")
    intruder.put_back("audit_head", state[0])
    intruder.put_back("audit_event", state[1])
    with pytest.raises(SetupError, match="archive those first"):
        moved(kernel, 4, tmp_path / "second.jsonl")
    assert [row[0] for row in intruder.rows("audit_event")][:6] == [n * STRIDE for n in range(1, 7)]


def test_by_age(kernel: Kernel, act: Act, clock: SetClock) -> None:
    act(3)
    clock.advance(100)
    act(2)
    with kernel.database.reading() as session:
        assert archive.older_than(session, START) == 0 * STRIDE + STRIDE - 1
        assert archive.older_than(session, START + 100) == 4 * STRIDE - 1
        assert archive.older_than(session, START + 101) == 5 * STRIDE


def test_kept_under_a_number_of_rows(kernel: Kernel, act: Act) -> None:
    act(9)
    arguments = (kernel.database, kernel.keyring, COMMAND_LINE, kernel.settings.data)
    assert archive.keep_within(*arguments, 9, START) == 0
    assert archive.keep_within(*arguments, 4, START) == 5
    assert standing(kernel) == 4 + 1
    act(1)
    assert archive.keep_within(*arguments, 4, START) == 2
    files = sorted((kernel.settings.data / archive.FOLDER).iterdir())
    assert [archive_file.verify(file, kernel.keyring).events for file in files] == [5, 2]
    assert walked(kernel).findings == []


def test_lanes_are_archived_in_step(kernel: Kernel, act: Act, tmp_path: Path) -> None:
    with kernel.database.writing() as session:
        chain.begin(session.connection(), kernel.keyring, 3)
    act(10)
    with kernel.database.reading() as session:
        upto = archive.beyond(session, 4)
    file = tmp_path / "old.jsonl"
    assert archive.archive(kernel.database, kernel.keyring, COMMAND_LINE, upto, file, START).events == 6
    assert {lane.upto for lane in archive_file.verify(file, kernel.keyring).lanes.values()} == {2}
    assert walked(kernel).findings == []
    act(3)
    assert walked(kernel).findings == []


def test_only_one_archives_at_a_time(kernel: Kernel) -> None:
    with (
        archive.only_archiver(kernel.database),
        pytest.raises(SetupError, match="already"),
        archive.only_archiver(kernel.database),
    ):
        pass


KILLED = """
import os, signal, sys
from pathlib import Path
from extension_api.app import create_app
from extension_api.audit import archive, archive_file
from extension_api.audit.service import COMMAND_LINE
from extension_api.settings import Settings
data, step, when = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
kernel = create_app(Settings(data=data, database_url=sys.argv[4] or None)).extensions["wayfill"]
archive.BATCH = 10
module = archive if hasattr(archive, step) else archive_file
original, calls = getattr(module, step), []
def killed(*given, **named):
    calls.append(1)
    if len(calls) == when:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*given, **named)
setattr(module, step, killed)
print(archive.keep_within(kernel.database, kernel.keyring, COMMAND_LINE, data, 20, 1_800_000_000))
"""


@pytest.mark.parametrize(
    ("step", "when"),
    [("_line", 1), ("_line", 42), ("_sync_folder", 1), ("remove", 1)] + [("_remove_batch", n) for n in (1, 2, 4, 5)],
)
def test_killed_anywhere_nothing_is_lost(kernel: Kernel, act: Act, intruder: Intruder, step: str, when: int) -> None:
    act(60)
    ids = {row[0] for row in intruder.rows("audit_event")}
    command = [sys.executable, "-c", KILLED, str(kernel.settings.data), step, str(when)]
    command.append(kernel.settings.database_url or "")
    killed = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    folder = kernel.settings.data / archive.FOLDER
    assert walked(kernel).findings == []
    assert ids <= in_table(intruder) | in_files(folder, kernel)
    # The next run takes up what was left, and then all is as if nothing had happened.
    archive.keep_within(kernel.database, kernel.keyring, COMMAND_LINE, kernel.settings.data, 20, START)
    assert walked(kernel).findings == []
    assert ids <= in_table(intruder) | in_files(folder, kernel)
    assert standing(kernel) <= 22
    act(1, Action.LINK_ADD)
    assert walked(kernel).findings == []


def in_table(intruder: Intruder) -> set[int]:
    return {row[0] for row in intruder.rows("audit_event")}


def in_files(folder: Path, kernel: Kernel) -> set[int]:
    found: set[int] = set()
    for file in folder.glob("audit-*.jsonl"):
        lanes = archive_file.verify(file, kernel.keyring).lanes.values()
        found |= {position * STRIDE + lane.lane for lane in lanes for position in range(lane.after + 1, lane.upto + 1)}
    return found


def test_a_full_disk_is_said_and_changes_nothing(kernel: Kernel, act: Act, tmp_path: Path) -> None:
    act(3)
    with pytest.raises(SetupError, match="cannot be written"):
        moved(kernel, 2, tmp_path / "no-such-folder" / "old.jsonl")
    assert standing(kernel) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["data"]

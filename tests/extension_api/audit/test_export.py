"""Exports read back as exactly what is in the table, and no cell of the CSV is a formula."""

import csv
import io
import json

import pytest

from extension_api.audit import export
from extension_api.audit.export import CHUNK
from extension_api.audit.service import Action, Actor, Wanted
from extension_api.kernel import Kernel
from tests.extension_api.audit.conftest import Act, Intruder

HOSTILE = (
    '=HYPERLINK("http://evil.test")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'quoted", "", "a,b", 'say "hi"',
    "two\nlines", "two\r\nlines", " =1", "naïve, 日本", "\u2028", "plain",
)  # fmt: skip
EVERYTHING = Wanted()


def exported(kernel: Kernel, form: export.Format, wanted: Wanted = EVERYTHING) -> bytes:
    return b"".join(export.export(kernel.database, wanted, form))


@pytest.fixture
def hostile(act: Act) -> None:
    for text in HOSTILE:
        act(detail=text, who=Actor(name=text, device=text, address=None))


def test_csv_reads_back(kernel: Kernel, hostile: None, intruder: Intruder) -> None:
    rows = list(csv.reader(io.StringIO(exported(kernel, "csv").decode(), newline="")))
    names, cells = rows[0], rows[1:]
    assert names[:3] == ["id", "at", "action"]
    for row in cells:
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    read = [
        {name: cell.removeprefix("'") if cell else None for name, cell in zip(names, row, strict=True)} for row in cells
    ]
    written = intruder.run("SELECT id, account_name, device, detail, address FROM audit_event ORDER BY id")
    assert [(int(r["id"] or 0), r["account_name"], r["device"], r["detail"], r["address"]) for r in read] == written
    assert [row[3] for row in written] == list(HOSTILE)


def test_json_lines_read_back(kernel: Kernel, hostile: None, intruder: Intruder) -> None:
    lines = exported(kernel, "jsonl").decode().split("\n")
    assert lines.pop() == ""
    read = [json.loads(line) for line in lines]
    names = ("id", "at", "action", "account_name", "session_id", "device", "address", "page_host", "detail")
    written = intruder.run(f"SELECT {', '.join(names)} FROM audit_event ORDER BY id")  # noqa: S608
    assert [tuple(event[name] for name in names) for event in read] == written
    assert {event["record_id"] for event in read} == {"00000000-0000-0000-0000-000000000063"}
    assert {event["time"] for event in read} == {"2027-01-15T08:00:00Z"}


@pytest.mark.parametrize("count", [0, 1])
def test_small_exports(kernel: Kernel, act: Act, count: int) -> None:
    act(count)
    assert len(exported(kernel, "csv").splitlines()) == 1 + count
    assert len(exported(kernel, "jsonl").splitlines()) == count


def test_in_pieces_and_only_what_stood_there_at_first(
    kernel: Kernel, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CHUNK >= 100
    monkeypatch.setattr(export, "CHUNK", 3)
    act(7)
    pieces = export.export(kernel.database, EVERYTHING, "jsonl")
    first = next(pieces)
    assert first.count(b"\n") == 3
    act(2)
    assert b"".join(pieces).count(b"\n") == 4


def test_only_what_is_looked_for(kernel: Kernel, act: Act) -> None:
    act(2)
    act(3, Action.LINK_ADD)
    assert exported(kernel, "jsonl", Wanted(action="link:add")).count(b"\n") == 3

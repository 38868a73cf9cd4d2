"""What the audit's chain costs: a fill with it beside the same fill without, and what a long audit takes to look after.

    python -m benchmarks.audit [--fills 2000] [--events 100000]

Fills with and without the chain are made in turns, in one process, each against a database of its own; the floor is the
plain insertion of the same row. The processor's time for the thread is printed beside the time on the clock, which
holds the disk's as well. A figure that misses its bound is marked, and the exit status says so.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.orm import Session

from extension_api import installation
from extension_api.accounts import service as accounts
from extension_api.app import create_app
from extension_api.audit import archive, archive_file, chain, export, service, verify
from extension_api.audit.chain import EVENTS
from extension_api.audit.service import COMMAND_LINE, Action, Actor, Wanted
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.quick import Line, Statement
from extension_api.sessions import service as sessions
from extension_api.sessions.models import Kind
from extension_api.settings import Settings
from extension_api.vault import grants, links, lists, records

RATIO_BOUND: Final = 1.15
"""A fill with the chain, beside one without."""
PAGE_BOUND: Final = 100.0
"""Milliseconds for a page of a search in the longest audit that is kept in the table (the console's own bound)."""
ROUND: Final = 50
PAGE: Final = "https://ads.example-one.test/"
FLOOR: Final = insert(EVENTS)
QUICK_FLOOR: Final = Statement(FLOOR)
ids = count(1)
missed: list[str] = []


def figure(what: str, value: float, unit: str, bound: float | None = None) -> None:
    """Print one figure and whether it keeps its bound."""
    mark = "" if bound is None else f"   (bound {bound:g}: {'kept' if value <= bound else 'MISSED'})"
    if bound is not None and value > bound:
        missed.append(what)
    print(f"{what:<66} {value:>10.3f} {unit}{mark}")


def plainly(session: Session, values: Mapping[str, object]) -> int:
    """Insert an event without linking it: the floor."""
    number = next(ids)
    session.connection().execute(FLOOR, {"id": number, **values, "digest": None})
    return number


def plainly_together(line: Line, _keys: chain.Keys, events: Sequence[Mapping[str, object]]) -> bool:
    """Insert events without linking them: the floor of what is put on record together."""
    line.do(QUICK_FLOOR, [{"id": next(ids), **values, "digest": None} for values in events])
    return True


def unchained() -> ExitStack:
    """Put events on record without the chain while the stack is open."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(chain, "append", plainly))
        stack.enter_context(patch.object(chain, "append_all", plainly_together))
        return stack.pop_all()


def installed(folder: Path) -> tuple[Kernel, FlaskClient]:
    """Set up an installation."""
    settings = Settings(data=folder)
    installation.prepare(settings, int(time.time()))
    app = create_app(settings)
    kernel: Kernel = app.extensions["wayfill"]
    return kernel, app.test_client()


def filler(kernel: Kernel, client: FlaskClient) -> Callable[[], None]:
    """Return a call that fills one page once."""
    now = kernel.clock.now()
    with kernel.database.writing() as session:
        anna = accounts.add(session, COMMAND_LINE, "anna", administrator=False, now=now)
        where = lists.named(session, COMMAND_LINE, "Team", now=now).id
        new = records.NewRecord(title="Ads", username="ads", password="made-up", list_id=where)  # noqa: S106 - made up
        record = records.add(session, kernel.keyring, COMMAND_LINE, new, now=now)
        links.add(session, COMMAND_LINE, record, PAGE, "domain", now=now)
        grants.give(session, COMMAND_LINE, anna, record, Permission.FILL, now=now)
        token = sessions.begin(session, anna, kind=Kind.EXTENSION, device="x", address="127.0.0.1", now=now).access
    body = {"record_id": str(record.id), "page_url": PAGE, "top_url": PAGE, "fields": ["username", "password"]}
    headers = {"Authorization": f"Bearer {token}"}

    def fill() -> None:
        answer = client.post("/api/v1/fill", json=body, headers=headers)
        assert answer.status_code == 200, answer.text

    return fill


def compare_fills(folder: Path, fills: int) -> None:
    """Make fills with and without the chain, in turns."""
    calls = {"with": filler(*installed(folder / "with"))}
    with unchained():
        calls["without"] = filler(*installed(folder / "without"))
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for number in range(2 * fills // ROUND + 2):
        name = ("with", "without")[number % 2]
        with ExitStack() as stack:
            if name == "without":
                stack.enter_context(unchained())
            for _ in range(ROUND):
                clock, thread = time.perf_counter(), time.thread_time()
                calls[name]()
                if number > 1:  # the first round of each warms up
                    took[name].append((time.perf_counter() - clock, time.thread_time() - thread))
    for index, what in enumerate(("on the clock", "of the processor")):
        chained, plain = (statistics.median(one[index] for one in took[name]) for name in ("with", "without"))
        figure(f"a fill with the chain, {what}", chained * 1e3, "ms")
        figure(f"a fill without it, {what}", plain * 1e3, "ms")
        figure(f"ratio, {what}", chained / plain, "", RATIO_BOUND)


def fill_table(kernel: Kernel, events: int) -> None:
    """Put many events on record, as a few people would leave them over time."""
    batch, made = 1_000, 0
    while made < events:
        with kernel.database.writing() as session:
            for number in range(made, min(events, made + batch)):
                who = Actor(name=f"person-{number % 50}", address="192.0.2.7", device="Firefox on Linux")
                action = Action.LINK_ADD if number % 1_000 == 0 else Action.FILL_GRANT
                service.record(session, who, action, now=number, page_host=f"site{number % 200}.test", detail="x" * 60)
        made += batch


def seconds(call: Callable[[], Any]) -> float:
    """Return how long a call takes on the clock."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def look_after(folder: Path, events: int) -> None:
    """Search, verify, export and archive a long audit."""
    kernel, _ = installed(folder / "long")
    figure(
        f"putting {events:,} events on record, each", seconds(lambda: fill_table(kernel, events)) / events * 1e6, "us"
    )
    figure("the database, an event", kernel.settings.database_file.stat().st_size / events, "bytes")
    wanted = {
        "everything": Wanted(),
        "one person": Wanted(person="person-7"),
        "a rare act": Wanted(action=Action.LINK_ADD),
        "one host": Wanted(page_host="site7.test"),
        "an old day": Wanted(since=events // 10, until=events // 9),
        "nobody": Wanted(person="nobody"),
        "one person's rare act on a host": Wanted(person="person-0", action=Action.LINK_ADD, page_host="site0.test"),
    }
    with kernel.database.reading() as session:
        for what, looked_for in wanted.items():
            page = seconds(lambda: service.search(session, looked_for, before=None, limit=50))  # noqa: B023 - at once
            figure(f"a page of {what}", page * 1e3, "ms", PAGE_BOUND)
        figure("verifying, 100,000 events", seconds(lambda: assert_whole(session)) / events * 1e5, "s")
    for form in ("csv", "jsonl"):
        pieces = seconds(lambda: sum(map(len, export.export(kernel.database, Wanted(), form))))  # noqa: B023 - at once
        figure(f"exporting as {form}, 100,000 events", pieces / events * 1e5, "s")
    file = folder / "old.jsonl"
    upto = events * 9 // 10 * chain.STRIDE
    moved = seconds(lambda: archive.archive(kernel.database, kernel.keyring, COMMAND_LINE, upto, file, 0))
    figure("archiving, 100,000 events", moved / (events * 0.9) * 1e5, "s")
    checked = seconds(lambda: archive_file.verify(file, kernel.keyring))
    figure("verifying the archive, 100,000 events", checked / (events * 0.9) * 1e5, "s")
    with kernel.database.reading() as session:
        assert_whole(session)


def assert_whole(session: Session) -> None:
    """Walk the chain, which must be whole."""
    assert verify.table(session).findings == []


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fills", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare_fills(Path(folder), given.fills)
        look_after(Path(folder), given.events)
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()

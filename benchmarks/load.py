"""Requests a second of a real service under load, beside a trivial Flask view that is served the same way.

    python -m benchmarks.load [--quick] [--vaults 1000x1 100000x100 ...] [--postgres] [--seconds 2] [--rounds 3]

`wayfill serve` and the trivial view run as their own processes with one worker each; `wrk` asks over 16 connections, in
turns: the trivial view, then each call, and round again, so that whatever else the machine does falls on all alike. A
ratio is of one call's requests a second to the trivial view's in the same round; the middle of the rounds is printed.
What `wrk` itself costs is printed first: its processor time for each request to the trivial view.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks import vaults
from benchmarks.postgres import serving
from benchmarks.vaults import PASSWORD, Signed, Vault
from tests.practice.serving import free_port

HOST: Final = "127.0.0.1"
CONNECTIONS: Final = 16
SCRIPT: Final = Path(__file__).with_name("wrk.lua")
VAULTS: Final = ((1_000, 1), (1_000, 100), (100_000, 100), (1_000_000, 1), (1_000_000, 10_000))
QUICK: Final = ((1_000, 100),)
WANTED: Final = {
    "sqlite": {"POST /fill": 0.5, "match table, unchanged": 0.8},
    "postgres": {"POST /fill": 0.35},
}
"""Least ratios to the trivial view."""
MOST_SPREAD: Final = 3.0
"""p99 to p50."""
MOST_BYTES: Final = 300_000
"""Of a table of 10,000 links, as it travels."""
MOST_GROWTH: Final = 1.3
"""Of the time of a call, from the smallest vault to the largest."""
START_LIMIT: Final = 90.0


@dataclass(frozen=True)
class Counted:
    """What `wrk` counted: requests a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    refused: int
    size: float

    @classmethod
    def of(cls, line: str) -> "Counted":
        """Read the last line of `wrk.lua`."""
        requests, duration, p50, p99, refused, errors, size = map(int, line.split()[1:])
        return cls(requests / (duration / 1e6), p50 / 1e3, p99 / 1e3, refused + errors, size / max(1, requests))


@dataclass(frozen=True)
class Asked:
    """One request that `wrk` sends."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""

    def text(self) -> str:
        """Return it as `wrk.lua` reads it."""
        lines = [f"{self.method} {self.path}", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\n".join([*lines, "", self.body, ""])


def wrk(port: int, asked: list[Asked], seconds: float, connections: int = CONNECTIONS) -> Counted:
    """Ask for some seconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        file.write("".join(each.text() for each in asked))
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s"]
        done = subprocess.run(  # noqa: S603 - the benchmark's own command
            [*command, str(SCRIPT), f"http://{HOST}:{port}", file.name], capture_output=True, text=True, check=True
        )
    return Counted.of(next(line for line in done.stdout.splitlines() if line.startswith("counted ")))


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str], port: int, ready: str) -> Iterator[int]:
    """Run a server until the block ends; gives its process id."""
    with (vaults.ROOT / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603 - our own
    try:
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                urllib.request.urlopen(f"http://{HOST}:{port}{ready}", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{' '.join(command)} did not get ready; see {log.name}")
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def ask(port: int, asked: Asked) -> tuple[int, dict[str, str], bytes]:
    """Ask once; gives status, headers and body."""
    request = urllib.request.Request(
        f"http://{HOST}:{port}{asked.path}", asked.body.encode() or None, asked.headers, method=asked.method
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - loopback
            return answer.status, lowered(answer.headers.items()), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, lowered(error.headers.items()), error.read()


def lowered(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by their names in lower case, as one server writes them and another does not."""
    return {name.lower(): value for name, value in headers}


def headers_of(who: Signed) -> dict[str, str]:
    """Return the headers of a person's requests."""
    return {"Authorization": f"Bearer {who.token}", "Content-Type": "application/json"}


def fills(vault: Vault) -> list[Asked]:
    """Return a fill of many people on many pages."""
    return [
        Asked(
            "POST",
            "/api/v1/fill",
            headers_of(who),
            json.dumps(
                {"record_id": str(record), "page_url": page, "top_url": page, "fields": ["username", "password"]}
            ),
        )
        for number in range(20)
        for who in vault.people
        for record, page in [who.pages[number % len(who.pages)]]
    ][:2_000]


def matches(vault: Vault) -> list[Asked]:
    """Return questions what matches a page."""
    return [
        Asked("POST", "/api/v1/match", headers_of(who), json.dumps({"page_url": who.pages[0][1]}))
        for who in vault.people
    ]


def sign_ins(vault: Vault) -> list[Asked]:
    """Return sign-ins of different people."""
    return [
        Asked(
            "POST",
            "/api/v1/session",
            {"Content-Type": "application/json"},
            json.dumps({"username": who.name, "password": PASSWORD, "device": "benchmark"}),
        )
        for who in vault.people
    ]


def tables(vault: Vault, port: int, *, since: bool = False, accept: str = "") -> tuple[list[Asked], list[Asked]]:
    """Return questions for whole tables, and the same asking only for what is not known yet."""
    whole, again = [], []
    for who in vault.people:
        head = headers_of(who) | ({"Accept-Encoding": accept} if accept else {})
        asked = Asked("GET", "/api/v1/match-table", head)
        status, answered, body = ask(port, asked)
        assert status == 200, body[:200]
        path = "/api/v1/match-table"
        if since:
            path += f"?since={json.loads(body)['revision']}"
        whole.append(asked)
        again.append(Asked("GET", path, head | {"If-None-Match": answered["etag"]}))
    return whole, again


Found = dict[str, list[tuple[Counted, float]]]
"""What was counted of each call, with its ratio to the trivial view, round by round."""


def measure(vault: Vault, floor_port: int, rounds: int, seconds: float, only: str) -> Found:
    """Return what was counted of each call, with its ratio to the trivial view, round by round."""
    port = vault.settings.port
    trivial = [Asked("GET", "/trivial", {})]
    few = Vault(vault.settings, vault.records, vault.people[:50], None)
    whole, unchanged = tables(few, port)
    calls: dict[str, tuple[list[Asked], float]] = {
        "POST /fill": (fills(vault), seconds),
        "match table, unchanged": (unchanged, seconds),
        "POST /match": (matches(few), seconds),
        "match table, whole": (whole, seconds),
        "sign-in": (sign_ins(vault), seconds),
    }
    calls = {name: call for name, call in calls.items() if only in name}
    found: Found = {"trivial view": []}
    for name, (asked, _) in calls.items():
        wrk(port, asked, 1)  # warms up
        found[name] = []
    for _ in range(rounds):
        for name, (asked, duration) in calls.items():
            base = wrk(floor_port, trivial, max(1, duration / 2))
            counted = wrk(port, asked, duration)
            found["trivial view"].append((base, 1.0))
            found[name].append((counted, counted.rate / base.rate))
    for name, change in (
        ("match table, others' changes", others_change),
        ("match table, one link changed", own_change),
    ):
        if only not in name:
            continue
        _, again = tables(few, port, since=True)
        change(few)
        wrk(port, again, 1)
        found[name] = []
        for _ in range(rounds):
            base, counted = wrk(floor_port, trivial, max(1, seconds / 2)), wrk(port, again, seconds)
            found[name].append((counted, counted.rate / base.rate))
    return found


def others_change(vault: Vault) -> None:
    """Change what nobody asks for, once for each second of a minute."""
    vaults.change_elsewhere(vault, 60)


def own_change(vault: Vault) -> None:
    """Change one link of everybody who asks."""
    for who in vault.people:
        vaults.change_one_link(vault, who)


def show(kind: str, vault: Vault, people: int, found: Found) -> list[str]:
    """Print one vault's figures; gives what was missed."""
    missed = []
    print(f"\n{kind}, {vault.records:,} records, {vault.records * 7 // 5:,} links, {people:,} people")
    print(f"{'':32} {'requests/s':>10} {'ratio':>7} {'(from - to)':>15} {'p50 ms':>8} {'p99 ms':>8} {'bytes':>9}")
    for name, rounds in found.items():
        counted = [each for each, _ in rounds]
        ratios = sorted(ratio for _, ratio in rounds)
        rate, p50, p99, size = (
            statistics.median(getattr(each, what) for each in counted) for what in ("rate", "p50", "p99", "size")
        )
        ratio, marks = statistics.median(ratios), []
        wanted = WANTED[kind].get(name)
        if wanted is not None and ratio < wanted:
            marks.append(f"MISSED the ratio {wanted:g}")
        if wanted is not None and p99 > MOST_SPREAD * p50:
            marks.append(f"MISSED p99 within {MOST_SPREAD:g} p50")
        if any(each.refused for each in counted):
            marks.append(f"{sum(each.refused for each in counted)} REFUSED")
        missed += [f"{name}, {vault.records:,}x{people:,}: {mark}" for mark in marks]
        between = f"({ratios[0]:.3f} - {ratios[-1]:.3f})"
        line = f"{name:32} {rate:10.1f} {ratio:7.3f} {between:>15} {p50:8.2f} {p99:8.2f} {size:9.0f}"
        print(f"{line}  {'; '.join(marks)}".rstrip())
    for name in ("match table, unchanged", "match table, others' changes"):
        if name in found:
            rate = statistics.median(each.rate for each, _ in found[name])
            print(f"10,000 clients every minute, {name.partition(', ')[2]}: {10_000 / 60 / rate:.1%} of one worker")
    return missed


def weigh(vault: Vault) -> None:
    """Print what a whole table of 10,000 links weighs."""
    if vault.many is None:
        return
    asked = Asked("GET", "/api/v1/match-table", headers_of(vault.many))
    plain = ask(vault.settings.port, asked)[2]
    _, headers, packed = ask(vault.settings.port, replace(asked, headers=asked.headers | {"Accept-Encoding": "gzip"}))
    links = json.loads(plain)["table"]["links"].count("\x7f") + 1
    mark = "" if len(packed) < MOST_BYTES * links / 10_000 else f"   MISSED the bound of {MOST_BYTES:,} for 10,000"
    print(f"a table of {links:,} links: {len(plain):,} bytes, {len(packed):,} as {headers['content-encoding']}{mark}")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one small vault, one round")
    parser.add_argument("--vaults", nargs="*", default=None, help="records x people, as 100000x100")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server that is started for it as well")
    parser.add_argument("--only-postgres", action="store_true")
    parser.add_argument("--only", default="", help="calls whose name holds this text")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("The load is made by wrk: apt-get install wrk")
    shapes = [tuple(map(int, each.split("x"))) for each in given.vaults or []] or (QUICK if given.quick else VAULTS)
    rounds = 1 if given.quick else given.rounds
    vaults.ROOT.mkdir(parents=True, exist_ok=True)
    floor_port, missed, rates = free_port(), [], {}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAYFILL_")}
    with contextlib.ExitStack() as stack:
        floor = [sys.executable, "-m", "benchmarks.trivial", str(floor_port)]
        stack.enter_context(running(floor, environment, floor_port, "/trivial"))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        counted = wrk(floor_port, [Asked("GET", "/trivial", {})], 2)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(
            f"wrk, {CONNECTIONS} connections, one thread; it costs {own / (counted.rate * 2) * 1e6:.1f} us a request,"
        )
        print(f"and the trivial view answers in {1e6 / counted.rate:.0f} us")
        kinds: list[tuple[str, Callable[[str], str] | None]] = [] if given.only_postgres else [("sqlite", None)]
        if given.postgres or given.only_postgres:
            kinds.append(("postgres", stack.enter_context(serving(vaults.ROOT / "server"))))
        for kind, address in kinds:
            for records, people in shapes:
                url = None if address is None else address(f"vault_{vaults.SHAPE}_{records}x{people}")
                vault = vaults.ready(records, people, database_url=url, port=free_port())
                served = environment | {
                    "WAYFILL_DATA": str(vault.settings.data),
                    "WAYFILL_PORT": str(vault.settings.port),
                    "WAYFILL_RESOLVE_INTERVAL": "0",
                    **({"WAYFILL_DATABASE_URL": url} if url else {}),
                }
                command = [str(Path(sys.executable).with_name("wayfill")), "serve"]
                with running(command, served, vault.settings.port, "/health/ready"):
                    found = measure(vault, floor_port, rounds, given.seconds, given.only)
                    weigh(vault)
                missed += show(kind, vault, people, found)
                for name, several in found.items():
                    rates[kind, name, records] = statistics.median(ratio for _, ratio in several)
    for kind, name, records in rates:
        small = min(r for k, n, r in rates if (k, n) == (kind, name))
        growth = rates[kind, name, small] / rates[kind, name, records]
        if name in WANTED[kind] and records > small:
            mark = "" if growth <= MOST_GROWTH else f"   MISSED the bound of {MOST_GROWTH:g}"
            print(f"{kind}, {name}: {records:,} records cost {growth:.2f} times what {small:,} do{mark}")
            if mark:
                missed.append(f"{name} at {records:,} records")
    print(f"\nmissed: {'; '.join(missed)}" if missed else "\nall kept")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

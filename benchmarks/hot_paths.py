"""Where the microseconds of the hot paths go: their parts and their statements, by the processor's time of the thread.

    python -m benchmarks.hot_paths [--records 1000] [--people 100] [--profile CALL]

Requests are made one after another in this process, without a server, so that what is printed is the service's own. A
part holds the parts inside it. The wait for the disk is no processor's time; it stands beside the commit on the clock.
"""

import argparse
import cProfile
import functools
import io
import pstats
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from benchmarks import vaults
from benchmarks.load import Asked, fills, headers_of, matches, sign_ins
from benchmarks.vaults import Vault
from extension_api import quick
from extension_api.app import create_app
from extension_api.audit import chain
from extension_api.audit.together import Together
from extension_api.fill import decided, service
from extension_api.front import Front, Told
from extension_api.matching import changes, tables, views
from matcher import MatchTable

RUNS: Final = 400
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Meter:
    """Adds up how often and how long each part ran."""

    def __init__(self) -> None:
        self.taken: dict[str, list[tuple[float, float]]] = defaultdict(list)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a block."""
        clock, thread = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            self.taken[name].append((time.thread_time() - thread, time.perf_counter() - clock))

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call that is timed."""

        def timed(*args: Any, **named: Any) -> Any:
            with self.part(name):
                return call(*args, **named)

        return timed

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Time the parts of every request while the block runs."""
        parts = parts_of()
        with _patched([(where, name, self.around(what, getattr(where, name))) for where, name, what in parts]):
            line = quick.Line
            statement, several = line.ask, line.do

            def asked(own: quick.Line, of: quick.Statement, given: Any) -> Any:
                with self.part(_words(of)):
                    return statement(own, of, given)

            def done(own: quick.Line, of: quick.Statement, given: Any) -> Any:
                with self.part(_words(of)):
                    return several(own, of, given)

            with patch.object(line, "ask", asked), patch.object(line, "do", done):
                yield


def parts_of() -> list[tuple[object, str, str]]:
    """Return what is timed: where it is, its name there, and its name in the table, those inside a part behind it."""
    return [
        (Front, "__call__", "the request, behind the server"),
        (decided, "read", "  record, right, secrets, links: read"),
        (service, "read", "  record, right, secrets, links: read"),
        (decided.Decided, "match", "  the match"),
        (Together, "record", "  on record, durable"),
        (chain, "append_all", "    linked and inserted"),
        (views, "_tag", "  the tag"),
        (views, "_table_answer", "  the answer, made"),
        (changes, "between", "    what changed for the person"),
        (tables, "compile_for", "    records and links read"),
        (MatchTable, "find", "  the page found in the table"),
        (Told, "compressed", "  compressed"),
    ]


@contextmanager
def _patched(parts: list[tuple[object, str, Any]]) -> Iterator[None]:
    if not parts:
        yield
        return
    where, name, call = parts[0]
    with patch.object(where, name, call), _patched(parts[1:]):
        yield


@functools.cache
def _words(statement: quick.Statement) -> str:
    text = " ".join(str(statement.written).split())
    about = text.partition(" FROM ")[2].partition(" WHERE ")[0] if text.startswith("SELECT") else text
    return f"      SQL {text.partition(' ')[0]} {about.strip()[:44]}"


def environment_of(asked: Asked) -> dict[str, Any]:
    """Return the WSGI environment of a request."""
    path, _, query = asked.path.partition("?")
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in asked.headers.items()}
    body = asked.body.encode()
    return headers | {
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
    }


def call(app: Application, asked: Asked) -> tuple[str, dict[str, str], bytes]:
    """Make a request; gives status line, headers and body."""
    got: list[tuple[str, list[tuple[str, str]]]] = []
    body = b"".join(app(environment_of(asked), lambda status, headers, _=None: got.append((status, headers))))
    status, headers = got[0]
    assert int(status[:3]) < 400, (status, body)
    return status, {name.lower(): value for name, value in headers}, body


def questions(app: Application, vault: Vault) -> dict[str, Callable[[int], Asked]]:
    """Return the hot paths, each as what gives its request by number."""
    who = vault.people[0]
    whole = Asked("GET", "/api/v1/match-table", headers_of(who) | {"Accept-Encoding": "gzip"})
    _, headers, _ = call(app, whole)
    first = call(app, Asked("GET", "/api/v1/match-table", headers_of(who)))[2]
    revision = int(first[first.index(b'"revision":') + 11 : first.index(b",")])
    known = headers_of(who) | {"If-None-Match": headers["etag"]}
    asked_fills, asked_matches, asked_sign_ins = fills(vault), matches(vault), sign_ins(vault)
    changed = Asked("GET", f"/api/v1/match-table?since={revision}", known)
    return {
        "POST /fill": lambda n: asked_fills[n % len(asked_fills)],
        "match table, unchanged": lambda _: Asked("GET", "/api/v1/match-table", known),
        "POST /match": lambda _: asked_matches[0],
        "match table, whole": lambda _: whole,
        "sign-in": lambda n: asked_sign_ins[n % len(asked_sign_ins)],
        "match table, one link changed": lambda _: changed,
    }


def repeat(app: Application, ask: Callable[[int], Asked]) -> None:
    """Make a request many times."""
    for number in range(RUNS):
        call(app, ask(number))


def show(name: str, meter: Meter, runs: int) -> None:
    """Print one path."""
    print(f"\n{name:58} {'calls':>6} {'us':>9} {'us on the clock':>16}")
    order = [what for _, _, what in parts_of()]
    for part, taken in sorted(meter.taken.items(), key=lambda each: order.index(each[0]) if each[0] in order else 99):
        calls = len(taken) / runs
        thread, clock = (statistics.median(each[at] for each in taken) * 1e6 for at in (0, 1))
        print(f"{part:58} {calls:6.2f} {thread:9.1f} {clock:16.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--profile", default="", help="print a profile of this call instead")
    given = parser.parse_args()
    vault = vaults.ready(given.records, given.people)
    app = create_app(vault.settings)
    try:
        for name, ask in questions(app.wsgi_app, vault).items():
            if name == "match table, one link changed":
                vaults.change_one_link(vault, vault.people[0])
            runs = 5 if name == "sign-in" else RUNS
            for number in range(min(runs, 50)):
                call(app.wsgi_app, ask(number))
            if given.profile:
                if given.profile in name:
                    profile = cProfile.Profile()
                    profile.runcall(repeat, app.wsgi_app, ask)
                    pstats.Stats(profile).sort_stats("tottime").print_stats(40)
                continue
            meter = Meter()
            with meter.watching():
                for number in range(runs):
                    call(app.wsgi_app, ask(number))
            show(name, meter, runs)
    finally:
        app.extensions["wayfill"].database.close()


if __name__ == "__main__":
    main()

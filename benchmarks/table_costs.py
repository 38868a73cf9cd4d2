"""What a person's match table costs to compile, to keep and to send, and what the database does for each call.

    python -m benchmarks.table_costs [--records 100000] [--people 100]

Times are the processor's, not the clock's: this process's own, and on PostgreSQL that of the server's processes, which
a plan for many machines has to count as well. Calls go through the whole application, without sockets. The memory is
what a kept table holds alive, by `tracemalloc`. Where there is no PostgreSQL its figures are left out.
"""

import argparse
import gc
import gzip
import os
import shutil
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import select, update

from benchmarks import vaults
from benchmarks.vaults import Signed, Vault
from extension_api import revision
from extension_api.app import create_app
from extension_api.crypto import digest
from extension_api.kernel import Kernel
from extension_api.matching.pieces import piece
from extension_api.matching.tables import PersonalTable, compile_for
from extension_api.permissions import Identity
from extension_api.revision import Touched
from extension_api.sessions.models import SignedIn
from extension_api.vault.models import Record
from tests.practice import postgres

RUNS: Final = 15
CALLS: Final = 600
CHANGES: Final = 200
"""Of a minute at work of 100,000 people."""
WRITERS: Final = 8
WRITES_EACH: Final = 150
TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
Server = postgres.Server | None


def server_seconds(server: Server) -> float:
    """Return the processor time of the database server's processes so far; nothing where there is no server."""
    if server is None or server.process is None:
        return 0.0
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if server.process.pid in (int(stat.parent.name), int(fields[1])):
            ticks += sum(map(int, fields[11 : 15 if int(stat.parent.name) == server.process.pid else 13]))
    return ticks * TICK


def timed(call: Callable[[], object], times: int, server: Server) -> tuple[float, float]:
    """Return the processor seconds of one call: the process's own, the middle of all, and the server's, the mean."""
    call()
    own, before = [], server_seconds(server)
    for _ in range(times):
        begin = time.process_time()
        call()
        own.append(time.process_time() - begin)
    return statistics.median(own), (server_seconds(server) - before) / times


def identity_of(who: Signed) -> Identity:
    """Return somebody as a request of theirs would bring them."""
    return Identity(who.account_id, who.name, False, UUID(int=0), "benchmark", "")


def tables(kernel: Kernel, client: FlaskClient, vault: Vault, server: Server) -> None:
    """Measure compiling, keeping and sending."""
    assert vault.many is not None
    for who in (vault.people[0], vault.many):

        def made(who: Signed = who) -> PersonalTable:
            piece.cache_clear()  # among so many records hardly one is met a second time
            with kernel.database.reading() as session:
                found = compile_for(session, identity_of(who), 1)
            assert found.json
            return found

        links = len(made().link_ids)
        own, of_server = timed(made, RUNS, server)
        each = f"{own / links * 1e6:.1f} us a link"
        print(
            f"  made whole, {links:,} links: {own * 1e3:.1f} ms here ({each}), {of_server * 1e3:.1f} ms in the server"
        )
        gc.collect()
        tracemalloc.start()
        found = made()
        assert found.table.find(who.pages[0][1])
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        answer = client.get("/api/v1/match-table", headers={"Authorization": f"Bearer {who.token}"})
        assert answer.status_code == 200, answer.text
        packed = len(gzip.compress(answer.data, 6))
        print(f"  kept, {links:,} links: {held / 1e6:.2f} MB ({held / links:.0f} bytes a link); answered", end="")
        print(f" {len(answer.data) / 1e6:.2f} MB, packed {packed / 1e6:.3f} MB ({packed / links:.0f} bytes a link)")


def calls(client: FlaskClient, vault: Vault, server: Server) -> None:
    """Measure what one person's calls cost."""
    who = vault.people[0]
    head = {"Authorization": f"Bearer {who.token}"}
    first = client.get("/api/v1/match-table", headers=head)
    assert first.status_code == 200, first.text
    record, page = who.pages[0]
    body = {"record_id": str(record), "page_url": page, "top_url": page, "fields": ["username", "password"]}

    def unchanged() -> None:
        answer = client.get("/api/v1/match-table", headers={**head, "If-None-Match": first.headers["ETag"]})
        assert answer.status_code == 304

    def fill() -> None:
        answer = client.post("/api/v1/fill", json=body, headers=head)
        assert answer.status_code == 200, answer.text

    for name, call in (("table unchanged (304)", unchanged), ("fill", fill)):
        own, of_server = timed(call, CALLS, server)
        print(f"  {name}: {own * 1e3:.2f} ms here, {of_server * 1e3:.2f} ms in the server")


def told(kernel: Kernel, client: FlaskClient, vault: Vault, server: Server) -> None:
    """Measure asking what changed, where others' records did and where one's own did too."""
    who = vault.people[2]
    path, head = "/api/v1/match-table", {"Authorization": f"Bearer {who.token}"}
    first = client.get(path, headers=head)
    head |= {"If-None-Match": first.headers["ETag"]}
    since = f"{path}?since={first.json['revision']}"  # type: ignore[index]  # an answer of that status has it
    with kernel.database.reading() as session:
        own = session.execute(select(Record.id, Record.list_id).where(Record.id == who.pages[0][0])).one()
    for name, touched in (
        ("others'", [Touched(record_id=uuid4(), list_id=uuid4()) for _ in range(CHANGES)]),
        ("others' and one of theirs", [Touched(record_id=own.id, list_id=own.list_id)]),
    ):
        with kernel.database.writing() as session:
            for each in touched:
                revision.raise_by_one(session, each)

        def ask() -> None:
            answer = client.get(since, headers=head)
            assert answer.status_code == 200, answer.text
            assert "table" not in answer.json  # type: ignore[operator]  # as above

        here, of_server = timed(ask, CALLS // 4, server)
        print(
            f"  asked after {CHANGES} changes, {name}: {here * 1e3:.2f} ms here, {of_server * 1e3:.2f} ms in the server"
        )


def sessions(client: FlaskClient, vault: Vault, server: Server) -> None:
    """Measure signing in, and what writes one at a time: a refresh, on the clock, with its way to the disk."""
    who = vault.people[1]
    given = {"username": who.name, "password": vaults.PASSWORD, "device": "benchmark"}
    tokens: list[str] = []

    def sign_in() -> None:
        answer = client.post("/api/v1/session", json=given)
        assert answer.status_code in (200, 201), answer.text
        tokens.append(answer.json["refresh_token"])  # type: ignore[index]  # an answer of that status has it

    own, of_server = timed(sign_in, RUNS, server)
    print(f"  sign-in: {own * 1e3:.1f} ms here, {of_server * 1e3:.2f} ms in the server")
    clock = []

    def refresh() -> None:
        begin = time.perf_counter()
        answer = client.post("/api/v1/session/refresh", json={"refresh_token": tokens[-1]})
        clock.append(time.perf_counter() - begin)
        assert answer.status_code == 200, answer.text
        tokens.append(answer.json["refresh_token"])  # type: ignore[index]  # as above

    own, of_server = timed(refresh, CALLS // 4, server)
    print(f"  refresh of a session: {own * 1e3:.2f} ms here, {of_server * 1e3:.2f} ms in the server", end="")
    print(f", {statistics.median(clock) * 1e3:.2f} ms on the clock")


def writers(kernel: Kernel, vault: Vault) -> None:
    """Measure how many writing transactions a second there are, one at a time and beside each other, all durable."""
    ids = [UUID(bytes=digest(who.token)[:16]) for who in vault.people[:WRITERS]]
    for name, parallel in (("one at a time", False), ("beside each other", True)):

        def write(session_id: UUID, parallel: bool = parallel) -> None:
            for number in range(WRITES_EACH):
                with kernel.database.session(writes=True, parallel=parallel) as session, session.begin():
                    session.execute(update(SignedIn).where(SignedIn.id == session_id).values(last_used_at=number))

        begin = time.perf_counter()
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, ids))
        rate = WRITERS * WRITES_EACH / (time.perf_counter() - begin)
        print(f"  writing transactions of {WRITERS} threads, {name}: {rate:.0f} a second")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=100)
    given = parser.parse_args()
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="wayfill-table-costs-"))
        stack.callback(shutil.rmtree, root)
        servers: list[Server] = [None]
        if postgres.binaries() is not None:
            servers.append(stack.enter_context(postgres.serving(durable=True)))
        for server in servers:
            url = server.address(server.database()) if server else None
            vault = vaults.ready(given.records, given.people, database_url=url, root=root)
            app = create_app(vault.settings)
            kernel: Kernel = app.extensions["wayfill"]
            print("PostgreSQL" if server else "SQLite")
            client = app.test_client()
            tables(kernel, client, vault, server)
            calls(client, vault, server)
            told(kernel, client, vault, server)
            sessions(client, vault, server)
            if server is not None:
                writers(kernel, vault)
            kernel.database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

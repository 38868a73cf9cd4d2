"""1,000 login chains walked in one run, against practice sites on loopback: time, memory, politeness, outcome.

    python -m benchmarks.chains [--records 1000] [--hosts 60] [--pause 0.05]

The sites are served by a process of their own, so that the memory that is measured is the walking side's alone: real
TLS, real HTTP, a real SQLite file. Every chain has three hosts, each redirect another kind. A figure over its bound is
marked, and the exit status says so.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec
from sqlalchemy import func, insert, select
from werkzeug.wrappers import Request, Response

from extension_api import installation, policy
from extension_api.app import create_app
from extension_api.kernel import Kernel
from extension_api.redirects.models import Proposal
from extension_api.redirects.running import Runner, Summary
from extension_api.redirects.turns import Turns
from extension_api.settings import Settings
from extension_api.vault.models import LinkRow, Record, RecordList
from tests.practice import certificates
from tests.practice.certificates import Certificates
from tests.practice.serving import serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MEMORY_BOUND: Final = 200.0
"""MiB, by the project's own promise."""
NOW: Final = 1_800_000_000
WALKERS: Final = 8
FILLING: Final = "<p>practice text</p>" * 2_000


def names(hosts: int) -> list[str]:
    """Return the names of the sites, three kinds of hosts."""
    return [f"{kind}{number}.site{number}.test" for kind in ("ads", "go", "login") for number in range(hosts)]


class Sites:
    """`ads` leads to `go` by a redirect, `go` to `login` by the page; counts who is at one host at a time."""

    def __init__(self, hosts: int) -> None:
        self.port = 0
        self.hosts = hosts
        self.requests = 0
        self.most_at_one_host = 0
        self._at: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI entry."""
        request = Request(environ)
        host = request.host.partition(":")[0]
        with self._lock:
            self.requests += 1
            self._at[host] = self._at.get(host, 0) + 1
            self.most_at_one_host = max(self.most_at_one_host, self._at[host])
        response = self._answer(host)
        with self._lock:
            self._at[host] -= 1
        return response(environ, start_response)

    def _answer(self, host: str) -> Response:
        label, _, rest = host.partition(".")
        number = label.lstrip("adsgolin")
        if label.startswith("ads"):
            return Response(status=302, headers={"Location": f"https://go{number}.{rest}:{self.port}/sso?state=1"})
        if label.startswith("go"):
            there = f"https://login{number}.{rest}:{self.port}/sign-in"
            return Response(f'{FILLING}<script>location.replace("{there}")</script>', content_type="text/html")
        return Response(
            f'{FILLING}<form method="post"><input type="password" name="p"></form>', content_type="text/html"
        )


def serve_sites(given: Certificates, hosts: int, pipe: Connection) -> None:
    """Serve the sites until told to stop; answers with what they saw."""
    sites = Sites(hosts)
    with serving(sites, given.server_context()) as sites.port:
        pipe.send(sites.port)
        pipe.recv()
        pipe.send((sites.requests, sites.most_at_one_host))


def build(folder: Path, records: int, hosts: int, port: int) -> Kernel:
    """Make an installation with records that begin at the sites."""
    file = folder / "hosts"
    file.write_text(f"127.0.0.1 {' '.join(names(hosts))}\n")
    settings = Settings(data=folder / "data", hosts_file=file)
    installation.prepare(settings, NOW)
    kernel: Kernel = create_app(settings).extensions["wayfill"]
    list_id, ids = uuid4(), [uuid4() for _ in range(records)]
    with kernel.database.writing() as session:
        session.add(RecordList(id=list_id, name="Bench", created_at=NOW))
        session.flush()
        session.execute(insert(Record), [
            {"id": each, "list_id": list_id, "title": f"Record {n:05}", "username": "u", "version": 1,
             "created_at": NOW, "updated_at": NOW} for n, each in enumerate(ids)
        ])  # fmt: skip
        session.execute(insert(LinkRow), [
            {"id": uuid4(), "record_id": each, "url": f"https://ads{n % hosts}.site{n % hosts}.test:{port}/{n}",
             "strategy": "host", "veto": False, "expression": None, "position": 0, "created_at": NOW}
            for n, each in enumerate(ids)
        ])  # fmt: skip
        old, version = policy.read_with_version(session, settings)
        walked = {"walk_networks": ("127.0.0.0/8",), "walk_ports": (str(port),)}
        new = policy.checked(msgspec.structs.asdict(old) | walked)
        policy.change(session, settings, new, version=version, now=NOW)
    return kernel


class Progress:
    """Prints how far the run is, each time another tenth is done."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._told = 0

    def __call__(self, so_far: Summary) -> None:
        """Print if there is something new."""
        tenth = so_far.walked * 10 // self._total
        if tenth > self._told:
            self._told = tenth
            print(f"  {so_far.walked:>6} of {self._total} walked", flush=True)


def main() -> int:
    """Build, walk, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1_000)
    parser.add_argument("--hosts", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.05)
    given = parser.parse_args()
    spawning = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        made = certificates.make(folder / "certificates", names(given.hosts))
        pipe, theirs = spawning.Pipe()
        process = spawning.Process(target=serve_sites, args=(made, given.hosts, theirs), daemon=True)
        process.start()
        kernel = build(folder, given.records, given.hosts, int(pipe.recv()))
        before = _memory()
        began = time.perf_counter()
        runner = Runner(kernel, believes=made.client_context(), turns=Turns(given.pause), walkers=WALKERS)
        summary = runner.run_until_done(Progress(given.records))
        took = time.perf_counter() - began
        runner.close()
        pipe.send("stop")
        requests, most = pipe.recv()
        process.join()
        with kernel.database.reading() as session:
            proposed = session.scalars(select(func.count()).select_from(Proposal)).one()
        kernel.database.close()
    ends = ", ".join(f"{end}: {count}" for end, count in sorted(summary.ends.items()))
    print(f"{summary.walked} chains, {requests} requests in {took:.1f} s, {WALKERS} walkers; {ends}")
    print(f"{proposed} proposals; at one host at a time: {most}")
    peak = _memory()
    print(f"memory: {before:.0f} MiB before, {peak:.0f} MiB at the most (bound {MEMORY_BOUND:.0f})")
    good = summary.walked == proposed == given.records and most == 1 and peak < MEMORY_BOUND
    print("all within bounds" if good else "MISSED a bound")
    return 0 if good else 1


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())

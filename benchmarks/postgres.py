"""The PostgreSQL server of benchmarks: the tests' own, on durable settings, with databases that stay between runs."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.practice.postgres import ABSENT, Server, binaries


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Callable[[str], str]]:
    """Run a server in a folder until the block ends; gives what returns the address of a database by its name."""
    programs = binaries()
    if programs is None:
        sys.exit(ABSENT)
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(programs, folder, durable=True)
    server.start()

    def address(name: str) -> str:
        if not server.run("SELECT 1 FROM pg_database WHERE datname = %s", name):
            server.run(f"CREATE DATABASE {name}")
        return server.address(name)

    try:
        yield address
    finally:
        server.stop(signal.SIGINT)

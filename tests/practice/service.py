"""Runs the real product for a test or the demo: the `wayfill` command, its server process, its own data folder.

Nothing here reaches into the service: what a person would type is typed, what a browser or script would ask is asked
over HTTP. A test that wants to look into the database opens the file itself.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from tests.practice.certificates import Certificates
from tests.practice.serving import LOOPBACK, free_port
from tests.practice.warm import COMMAND, Process, starter

START_LIMIT = 60.0
STOP_LIMIT = 20.0


@dataclass(frozen=True)
class Answer:
    """One answer of the service."""

    status: int
    headers: Mapping[str, str]
    body: Any


class ServiceFailedError(RuntimeError):
    """A command or the server ended in a way that the caller did not ask for; the text is its output."""


@dataclass
class Service:
    """One installation: its folder, its port, the name under which browsers know it.

    `name` is the host in the public address; a browser has to be told that it is on loopback. `settings` are
    further environment variables (`WAYFILL_...`). `patience` is for how many seconds an answer is waited for. Commands
    are forked from a process that has read the program (`warm.py`), which saves a second each; `cold` starts
    them as a person does.
    """

    folder: Path
    name: str = "localhost"
    tls: Certificates | None = None
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: Process | None = None
    patience: float = 10.0
    cold: bool = False

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """All that every server process of this installation wrote."""
        return self.folder / "serve.log"

    @property
    def scheme(self) -> str:
        """`https` where there is a certificate."""
        return "http" if self.tls is None else "https"

    @property
    def public_url(self) -> str:
        """The address that a person types into the extension."""
        return f"{self.scheme}://{self.name}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command; nothing of the caller's own Wayfill settings gets in."""
        result = {name: value for name, value in os.environ.items() if not name.startswith("WAYFILL_")}
        result |= {
            "WAYFILL_DATA": str(self.data),
            "WAYFILL_PORT": str(self.port),
            "WAYFILL_PUBLIC_URL": self.public_url,
            "WAYFILL_RESOLVE_INTERVAL": "0",  # tests reach nothing beyond this machine; those of chains say otherwise
        }
        if self.tls is not None:
            result |= {"WAYFILL_TLS_CERTIFICATE": str(self.tls.chain), "WAYFILL_TLS_KEY": str(self.tls.key)}
        return result | self.settings

    def command(self, *arguments: str, stdin: str = "", timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Run `wayfill ...` to its end, whatever that is."""
        with tempfile.TemporaryFile() as words, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            words.write(stdin.encode())
            words.seek(0)
            process = self.run(*arguments, stdin=words, stdout=out, stderr=errors)
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                raise
            said = [_read(file) for file in (out, errors)]
        return subprocess.CompletedProcess([str(COMMAND), *arguments], status, *said)

    def run(
        self,
        *arguments: str,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        stdout: IO[bytes] | int = subprocess.DEVNULL,
        stderr: IO[bytes] | int = subprocess.DEVNULL,
        group: bool = False,
    ) -> Process:
        """Start `wayfill ...` without waiting for anything; `group` gives it a process group of its own."""
        if self.cold:
            return subprocess.Popen(
                [str(COMMAND), *arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=self.environment,
                cwd=self.folder,
                start_new_session=group,
            )
        with open(os.devnull, "r+b") as nothing:  # noqa: PTH123 - a Path opens it no differently
            files = [nothing if one == subprocess.DEVNULL else one for one in (stdin, stdout, stderr)]
            return starter().start(arguments, self.environment, self.folder, files, group=group)

    def succeed(self, *arguments: str, stdin: str = "") -> str:
        """Run `wayfill ...`, which must succeed; gives what it printed, without the last line end."""
        done = self.command(*arguments, stdin=stdin)
        if done.returncode != 0:
            raise ServiceFailedError(f"wayfill {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def add_user(self, name: str, password: str, *, administrator: bool = False) -> None:
        """`wayfill user add`."""
        flags = ["--administrator"] if administrator else []
        self.succeed("user", "add", name, *flags, "--password-stdin", stdin=f"{password}\n")

    def add_record(self, *options: str, password: str) -> str:
        """`wayfill record add`; gives the record's id."""
        return self.succeed("record", "add", *options, "--password-stdin", stdin=f"{password}\n")

    def start(self) -> None:
        """`wayfill serve`, until it answers that it is ready."""
        self.spawn()
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                break
            if self.is_ready():
                return
            time.sleep(0.05)
        self.kill()
        raise ServiceFailedError(f"wayfill serve did not get ready:\n{self.log_text()}")

    def spawn(self) -> Process:
        """`wayfill serve`, without waiting for anything. Its own process group, so that `kill` reaches its workers."""
        with self.log.open("ab") as log:
            self.process = self.run("serve", stdout=log, stderr=log, group=True)
        return self.process

    def stop(self) -> int | None:
        """End the server as a service manager does; gives its exit code, None if it was not running."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        process.terminate()
        try:
            return process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            _kill_group(process)
            raise ServiceFailedError(f"wayfill serve did not stop:\n{self.log_text()}") from None

    def kill(self) -> None:
        """End the server and its workers with no chance to tidy up (kill -9)."""
        if self.process is not None:
            process, self.process = self.process, None
            _kill_group(process)

    def is_ready(self) -> bool:
        """Whether /health/ready says so."""
        try:
            return self.ask("GET", "/health/ready").status == 200
        except OSError:
            return False

    def log_text(self) -> str:
        """The server's log so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        """One request straight to the server, without a browser.

        Raises OSError when nobody answers, or stops in the middle of the answer. An answer that is an error is an
        answer.
        """
        request = urllib.request.Request(  # noqa: S310 - the address is loopback, written two lines below
            f"{self.scheme}://{LOOPBACK}:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                **({"Content-Type": "application/json"} if body is not None else {}),
                **({"Authorization": f"Bearer {token}"} if token else {}),
                **headers,
            },
        )
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.tls is not None:
            handlers.append(urllib.request.HTTPSHandler(context=self.tls.client_context()))
        opener = urllib.request.build_opener(*handlers)
        try:
            return _answer(opener, request, self.patience)
        except http.client.HTTPException as error:
            raise ConnectionError(f"the server stopped in the middle of its answer: {error!r}") from error

    def token(self, username: str, password: str) -> str:
        """Sign in straight at the API; gives the access token."""
        answer = self.ask(
            "POST", "/api/v1/session", {"username": username, "password": password, "device": "practice script"}
        )
        if answer.status != 201:
            raise ServiceFailedError(f"sign-in answered {answer.status}: {answer.body}")
        token: str = answer.body["access_token"]
        return token


def _answer(opener: urllib.request.OpenerDirector, request: urllib.request.Request, patience: float) -> Answer:
    try:
        with opener.open(request, timeout=patience) as response:
            return Answer(response.status, dict(response.headers), _decode(response.read()))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), _decode(error.read()))


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def _read(file: IO[bytes]) -> str:
    # The command has moved the place in it: the file is open once, here and there.
    file.seek(0)
    return file.read().decode()


def _kill_group(process: Process) -> None:
    """The group is the process's own (`start_new_session`), so this reaches its workers and nobody else."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

"""Starts the `wayfill` command in no time: by a fork of a process that has read the program once and done nothing else.

A second of each start is the reading of libraries, the same every time, and tests start the command hundreds of times.
What is started so is the command itself, in a process of its own, with its own environment, folder, files and process
group, and ends as it would by itself. That the program starts also without this is shown by the tests of `cold` ones.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

ROOT = Path(__file__).resolve().parents[2]
MESSAGE = 1 << 20
"""Bytes of the longest order: a command line and an environment."""
# As short as the installed command's own file, for the command line's library looks at what it was started as.
MAIN = "import sys; from tests.practice.warm import main; sys.exit(main())"
COMMAND = Path(sys.executable).with_name("wayfill")
"""The command as it is installed; also what one that is forked is told to be its own name."""


class Process(Protocol):
    """What is asked of a running command, however it was started; as in `subprocess`."""

    pid: int

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended. Raises subprocess.TimeoutExpired."""

    def terminate(self) -> None:
        """Ask it to end."""

    def send_signal(self, number: int, /) -> None:
        """Send it a signal, if it still runs."""


class Forked:
    """One command that was started by the process below."""

    def __init__(self, pid: int, ended: int, arguments: Sequence[str]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = ended
        self._arguments = arguments
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """See `Process`."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """See `Process`."""
        found = self._look(timeout)
        if found is None:
            raise subprocess.TimeoutExpired(self._arguments, timeout or 0)
        return found

    def terminate(self) -> None:
        """See `Process`."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int, /) -> None:
        """See `Process`."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _look(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
                told = os.read(self._ended, 16)
                os.close(self._ended)
                if not told:
                    raise RuntimeError("the process that starts commands is gone")
                self.returncode = os.waitstatus_to_exitcode(int(told))
            return self.returncode


class Starter:
    """The process that has read the program, and the way to it. It ends with the process that made it."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            self._orders.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MESSAGE)
            self._process = subprocess.Popen(
                [sys.executable, "-c", MAIN, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
            )

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        files: Sequence[IO[bytes] | int],
        *,
        group: bool = False,
    ) -> Forked:
        """Start `wayfill` with these arguments; `group` gives it a session and a process group of its own.

        Args:
            arguments: Those after the command's name.
            environment: All of its environment.
            folder: Where it runs.
            files: Its standard input, output and error.
            group: Whether a signal to its group reaches nobody else.
        """
        order = json.dumps([list(arguments), dict(environment), str(folder), group]).encode()
        ours, theirs = os.pipe()
        given = [one if isinstance(one, int) else one.fileno() for one in files]
        try:
            with self._lock:
                socket.send_fds(self._orders, [order], [*given, theirs])
                answer = self._orders.recv(16)
        finally:
            os.close(theirs)
        if not answer:
            os.close(ours)
            raise RuntimeError("the process that starts commands is gone")
        return Forked(int(answer), ours, arguments)

    def close(self) -> None:
        """End it; commands that it has started run on."""
        self._orders.close()
        self._process.wait()


_starter: Starter | None = None
_making = threading.Lock()


def starter() -> Starter:
    """The one of this process; made when it is first asked for."""
    global _starter
    with _making:
        if _starter is None:
            _starter = Starter()
            atexit.register(_starter.close)
        return _starter


def _fork_for_each(orders: socket.socket) -> list[str] | None:
    """Fork for every order; returns the command line in each child, and None in the parent when no more orders come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C at the terminal of the tests is theirs
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([orders.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 512)
        # An order was answered before its end can be told: nobody asks about a child that they do not know of.
        while running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended = running.pop(pid)
            with contextlib.suppress(BrokenPipeError):
                os.write(ended, str(status).encode())
            os.close(ended)
        if orders.fileno() not in ready:
            continue
        message, files, _, _ = socket.recv_fds(orders, MESSAGE, 4)
        if not message:
            return None
        arguments, environment, folder, group = json.loads(message)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number, file in enumerate(files[:3]):
                os.dup2(file, number)
            for file in (*files, *running.values(), woken, wakes):
                os.close(file)
            orders.close()
            if group:
                os.setsid()
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            time.tzset()
            return [str(COMMAND), *arguments]
        for file in files[:3]:
            os.close(file)
        running[pid] = files[3]
        orders.send(str(pid).encode())


def main() -> int:
    """Be the process that forks; and in each child, the command."""
    from extension_api import cli  # what takes the time: before any order, and in this process alone

    arguments = _fork_for_each(socket.socket(fileno=int(sys.argv.pop())))
    if arguments is None:
        return 0
    # From here on this is the command: nothing of the tests is in its way.
    sys.argv[:] = arguments
    sys.path[0] = str(COMMAND.parent)
    result: int = cli.main()
    return result

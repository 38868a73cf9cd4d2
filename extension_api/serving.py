"""Running the service: one server on one data folder, on a port that is free.

The data folder's lock is held by the parent process for as long as it serves (`locks.py`).
"""

import contextlib
import gc
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from extension_api import logs, numbers, postgres
from extension_api.app import create_app
from extension_api.audit import watch
from extension_api.errors import SetupError
from extension_api.locks import only_server
from extension_api.redirects import names, running
from extension_api.settings import Settings, environment_of, from_environment, process_environment

HEADER_BUFFER: Final = 64 * 1024
"""Bytes of one request's head; more is refused by the server before Python sees it."""
PARENT_WATCH: Final = 0.5
"""Seconds between two looks of a worker at whether its parent still lives."""
WAITING: Final = 16
"""Requests of one worker that can wait for a commit at once; the more, the fewer commits."""
KILL_AFTER: Final = 10
"""Seconds that a worker has to finish its requests once it is told to stop."""


def serve(settings: Settings) -> None:
    """Serve until stopped.

    Args:
        settings: How the installation is set up; `installation.prepare` has run.

    Raises:
        SetupError: The port is taken, or another server runs on this data folder.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(only_server(settings.data))
        _require_free_port(settings)
        if settings.hosts_file is not None:
            names.of_file(settings.hosts_file)  # refused here, where a person reads why, and not in each worker
        os.environ.update(environment_of(settings))
        # What the workers count lies in files that they share, gone with the machine's next start at the latest.
        counted = stack.enter_context(tempfile.TemporaryDirectory(prefix="wayfill-"))
        os.environ[numbers.SHARED] = counted
        # By which the other nodes know of this one, as long as it is connected.
        os.environ[postgres.NAMED_BY] = postgres.SERVING + postgres.node_name(settings.data)
        print(_welcome(settings), file=sys.stderr, flush=True)  # noqa: T201 - the words that the person started it for
        run("extension_api.serving:worker", settings)


def run(target: str, settings: Settings) -> None:
    """Run an application until it is stopped; benchmarks run others by this, so that they are served alike.

    Args:
        target: `module:name` of what returns the application in a worker.
        settings: Where it listens, and by how many workers.
    """
    # Those that compute take turns with each other, two a core; but many may wait for one commit (`audit/together.py`).
    threads = max(WAITING, 2 * (os.cpu_count() or 1) + 1)
    Granian(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.workers,
        blocking_threads=threads,
        backpressure=threads * 8,
        workers_kill_timeout=KILL_AFTER,
        websockets=False,
        http1_settings=HTTP1Settings(max_buffer_size=HEADER_BUFFER),
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        log_access=False,
        log_dictconfig=logs.config(settings.log),
    ).serve()


def worker() -> Flask:
    """Return the application, in a worker process that was handed its settings through the environment."""
    # Ctrl+C at a terminal reaches every process, and a worker that is told to stop twice, by it and by its parent, may
    # hang. Blocked before any thread starts, so that every thread inherits it: the parent alone says when to stop.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True, name="follow-parent").start()
    app = create_app(from_environment(process_environment()))
    # What was made until now stays: no collection need look through it again.
    gc.collect()
    gc.freeze()
    watch.start(app.extensions["wayfill"])
    running.start(app.extensions["wayfill"])
    return app


def _end_with(parent: int) -> None:
    # A killed parent cannot stop its workers; they would hold port and lock, and serve on with nobody in charge.
    while os.getppid() == parent:
        time.sleep(PARENT_WATCH)
    os.kill(os.getpid(), signal.SIGKILL)


def _require_free_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SetupError(
                f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. Stop what uses it, or choose"
                " another by --port."
            ) from None


def _welcome(settings: Settings) -> str:
    extension = Path(__file__).resolve().parent.parent / "extension"
    lines = [f"Wayfill serves {settings.public_url}/console (stop it with Ctrl+C)."]
    if extension.is_dir():
        lines += [
            "Load the extension:",
            f"  Chromium: chrome://extensions, Developer mode, Load unpacked: {extension}",
            f"  Firefox:  about:debugging#/runtime/this-firefox, Load Temporary Add-on: {extension / 'manifest.json'}",
        ]
    return "\n".join(lines)

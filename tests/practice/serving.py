"""Serves a WSGI application on a free loopback port, in threads of this process, with TLS or without.

For practice sites alone: the product's own server is always started as its own process (`service.py`).
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"


class _QuietHandler(WSGIRequestHandler):
    """Keeps the log of a test run for what the test has to say."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are noted by the application where a test needs them."""

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        """A browser that leaves a page drops connections; that is no news."""

    def handle(self) -> None:
        """A browser opens connections that it never uses; the end of such a one is no error."""
        with contextlib.suppress(ssl.SSLError, ConnectionError, TimeoutError):
            super().handle()


@contextlib.contextmanager
def serving(application: "WSGIApplication", tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[int]:
    """Serve `application` while the block runs; gives the port (a free one unless `port` names it)."""
    server = make_server(LOOPBACK, port, application, threaded=True, request_handler=_QuietHandler)
    if tls is not None:
        # Handshakes belong into the connection's own thread: in the accepting one, a single idle connection, as
        # browsers open them on a guess, would keep everybody else waiting.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.ssl_context = tls
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port that was free a moment ago, for a process that has to be told its port before it starts."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port

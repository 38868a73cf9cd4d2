"""A plain balancer: each new connection goes to the next node in turn, past those that do not answer.

It knows nothing of HTTP, sessions or health, so a client that opens a connection for each request meets another node
each time, and what it was in the middle of with a killed node is lost as it would be behind any balancer.
"""

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator, Sequence

from tests.practice.serving import LOOPBACK

CONNECT_LIMIT = 2.0
IDLE_LIMIT = 120.0


@contextlib.contextmanager
def balancing(ports: Sequence[int]) -> Iterator[int]:
    """Balance over nodes on these loopback ports while the block runs; gives the balancer's own port."""
    turn = itertools.cycle(range(len(ports)))
    lock = threading.Lock()
    with socket.create_server((LOOPBACK, 0), backlog=256) as listener:
        thread = threading.Thread(target=_accept, args=(listener, list(ports), turn, lock), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, ports: list[int], turn: Iterator[int], lock: threading.Lock) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with lock:
            first = next(turn)
        threading.Thread(target=_carry, args=(client, ports[first:] + ports[:first]), daemon=True).start()


def _carry(client: socket.socket, ports: list[int]) -> None:
    with client:
        for port in ports:
            with contextlib.suppress(OSError):
                node = socket.create_connection((LOOPBACK, port), timeout=CONNECT_LIMIT)
                break
        else:
            return
        with node:
            for each in (client, node):
                each.settimeout(IDLE_LIMIT)
            back = threading.Thread(target=_pour, args=(node, client), daemon=True)
            back.start()
            _pour(client, node)
            back.join()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with contextlib.suppress(OSError):
            end.shutdown(how)

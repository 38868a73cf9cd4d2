"""Real sockets on loopback, and a resolver that a test answers for. Loopback is refused unless a test lists it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TypeAlias

import pytest

from extension_api.networks import Address
from extension_api.redirects.client import Client
from extension_api.redirects.wall import Wall
from tests.practice import certificates
from tests.practice.certificates import Certificates

NAMES = ["one.example-one.test", "two.example-two.test", "three.example-three.test"]
Talk: TypeAlias = Callable[[socket.socket], None]


@dataclass
class Server:
    """A listener that says what a test has it say, raw, and remembers who came and what they asked."""

    port: int
    came: list[str] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)


@dataclass
class Names:
    """A resolver: each look-up takes the next answer of a name, the last one stays."""

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> list[Address]:
        self.asked.append(name)
        known = self.answers.get(name)
        if not known:
            raise OSError("no such name")
        return [ip_address(text) for text in (known.pop(0) if len(known) > 1 else known[0])]


@pytest.fixture
def names() -> Names:
    return Names({name: [["127.0.0.1"]] for name in NAMES})


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates.make(Path(tmp_path_factory.mktemp("certificates")), NAMES)


@pytest.fixture
def listening() -> Iterator[Callable[..., Server]]:
    """Start a raw server; `talk` gets the connection after the head of the request was read."""
    with contextlib.ExitStack() as stack:

        def start(
            talk: Talk | bytes, *, address: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
        ) -> Server:
            listener = socket.create_server((address, port))
            server = Server(listener.getsockname()[1])
            stack.callback(listener.close)
            stopping = threading.Event()
            stack.callback(stopping.set)
            listener.settimeout(0.05)

            def accept() -> None:
                while not stopping.is_set():
                    with contextlib.suppress(TimeoutError, OSError):
                        connection, (peer, *_) = listener.accept()
                        server.came.append(peer)
                        threading.Thread(target=answer, args=(connection,), daemon=True).start()

            def answer(connection: socket.socket) -> None:
                with contextlib.suppress(OSError):
                    connection.settimeout(20)
                    spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
                    with spoken:
                        head = b""
                        while b"\r\n\r\n" not in head:
                            more = spoken.recv(4096)
                            if not more:
                                return
                            head += more
                        server.asked.append(head)
                        if isinstance(talk, bytes):
                            spoken.sendall(talk)
                        else:
                            talk(spoken)

            threading.Thread(target=accept, daemon=True).start()
            return server

        yield start


Listening: TypeAlias = Callable[..., Server]


def client(names: Names, wall: Wall, certificate: Certificates | None = None) -> Client:
    """A client whose every name is answered by the test."""
    trust = certificate.client_context() if certificate else ssl.create_default_context()
    return Client(wall, names, trust)


def opened(*ports: int, names: tuple[str, ...] = tuple(NAMES)) -> Wall:
    """A wall in which the practice names are listed."""
    return Wall(names=frozenset(names), ports=frozenset(ports))


def page(body: str = "<p>here", *more: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body.encode())}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def redirect(to: str, status: int = 302) -> bytes:
    """A redirect."""
    return page("", f"Location: {to}", status=f"{status} Elsewhere")

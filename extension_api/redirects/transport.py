"""One connection to one address, under one deadline that every wait on it counts against.

The address is the one that the wall let through; no name is looked up here. With TLS the certificate is verified
against the name, by the system's own trust store. No proxy is ever used, whatever the environment says.
"""

import functools
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from extension_api.networks import Address
from extension_api.redirects.ends import End, Refused

CONNECT_AT_MOST: Final = 4.0
"""Seconds for one of several addresses, so that a dead one leaves time for the next."""
CHUNK: Final = 16 * 1024


@dataclass(slots=True)
class Deadline:
    """A moment after which nothing is waited for.

    Args:
        at: When, on the clock of `time.monotonic`.
    """

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline in so many seconds."""
        return cls(time.monotonic() + seconds)

    def extend(self, seconds: float) -> None:
        """Put it off."""
        self.at += seconds

    @property
    def left(self) -> float:
        """Seconds that are left.

        Raises:
            Refused: None are.
        """
        left = self.at - time.monotonic()
        if left <= 0:
            raise Refused(End.TIME)
        return left


class Connection:
    """An open connection. It is closed by whoever opened it.

    Args:
        stream: The socket, with TLS or without.
        deadline: When every wait ends.
    """

    def __init__(self, stream: socket.socket, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    @property
    def certificate(self) -> dict[str, Any] | None:
        """The peer's verified certificate; `None` without TLS."""
        return self._stream.getpeercert() if isinstance(self._stream, ssl.SSLSocket) else None

    def send(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            Refused: It could not be sent in time.
        """
        _waited(self._stream, self._deadline, lambda: self._stream.sendall(data))

    def receive(self) -> bytes:
        """Return what came, nothing at the end.

        Raises:
            Refused: Nothing came in time, or the connection broke.
        """
        received: bytes = _waited(self._stream, self._deadline, lambda: self._stream.recv(CHUNK))
        return received

    def close(self) -> None:
        """Close it, without waiting for the other end."""
        self._stream.close()


def connect(
    addresses: Sequence[Address], port: int, *, name: str | None, trust: ssl.SSLContext, deadline: Deadline
) -> Connection:
    """Connect to the first of `addresses` that answers.

    Args:
        addresses: Where to; nothing else is connected to.
        port: The port.
        name: The name that the certificate must bear; `None` for no TLS.
        trust: Whom to believe.
        deadline: When every wait ends.

    Raises:
        Refused: Nobody answers, not in time, or not with a certificate for the name.
    """
    for address in addresses:
        stream = _open(address, port, deadline)
        if stream is None:
            continue
        try:
            if name is None:
                return Connection(stream, deadline)
            secured = _waited(
                stream, deadline, functools.partial(trust.wrap_socket, stream, server_hostname=name.strip("[]"))
            )
            return Connection(secured, deadline)
        except BaseException:
            stream.close()
            raise
    raise Refused(End.CONNECTION)


def _open(address: Address, port: int, deadline: Deadline) -> socket.socket | None:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        stream = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None  # this machine has no such family
    try:
        stream.settimeout(min(deadline.left, CONNECT_AT_MOST))
        stream.connect((str(address), port))
    except OSError:
        stream.close()
        deadline.left  # noqa: B018 - raises when the time is over
        return None
    except BaseException:
        stream.close()
        raise
    return stream


def _waited(stream: socket.socket, deadline: Deadline, act: Callable[[], Any]) -> Any:
    stream.settimeout(deadline.left)
    try:
        return act()
    except ssl.SSLCertVerificationError:
        raise Refused(End.CERTIFICATE) from None
    except TimeoutError:
        raise Refused(End.TIME) from None
    except (OSError, ValueError):
        raise Refused(End.CONNECTION) from None

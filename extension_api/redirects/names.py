"""Looking names up: the one place where the walk asks for addresses, once for each hop.

Whoever asks connects to exactly what was answered, so a name whose answer changes afterwards changes nothing. A look-up
that hangs is left behind at the deadline: the system's resolver knows no limit of its own.
"""

import functools
import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Final, TypeAlias

from extension_api.errors import SetupError
from extension_api.networks import Address
from extension_api.redirects.ends import End, Refused
from matcher.suffixes import is_ip

MOST_ADDRESSES: Final = 32
"""Addresses of one name that are looked at; every one of them is held against the wall."""
LOOPBACK: Final = (ip_address("127.0.0.1"), ip_address("::1"))

Resolver: TypeAlias = Callable[[str], list[Address]]
"""Gives the addresses of a name; raises `OSError` where there are none. Called once for each hop."""


def system(name: str) -> list[Address]:
    """Ask the system for the addresses of a name.

    Raises:
        OSError: There is no such name, or nobody answers.
    """
    if name == "localhost" or name.endswith(".localhost"):
        return list(LOOPBACK)  # RFC 6761 section 6.3: never asked of anybody
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


def of_file(path: Path) -> Resolver:
    """Return a resolver that looks into a file in the form of `/etc/hosts` first, then asks the system.

    For an installation whose system does not know the names of its inner network.

    Raises:
        SetupError: It cannot be read, or a line of it begins with no address.
    """
    try:
        known = _read_hosts(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(f"The file of WAYFILL_HOSTS_FILE cannot be used: {error}.") from None
    return lambda name: known[name] if name in known else system(name)


def _read_hosts(text: str) -> dict[str, list[Address]]:
    known: dict[str, list[Address]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        for name in words[1:]:
            known.setdefault(name.lower().rstrip("."), []).append(ip_address(words[0]))
    return known


@functools.lru_cache(maxsize=1)
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(64)


def look_up(resolve: Resolver, host: str, seconds: float) -> list[Address]:
    """Return the addresses of a host.

    Args:
        resolve: Who knows.
        host: A canonical host, `Url.host`; an IP address is itself.
        seconds: How long may be waited.

    Raises:
        Refused: There are none, or too many, or nobody answered in time.
    """
    if is_ip(host):
        return [ip_address(host.strip("[]"))]
    answers: list[list[Address]] = []

    def ask() -> None:
        try:
            answers.append(resolve(host))
        except (OSError, UnicodeError, ValueError):
            answers.append([])
        finally:
            _slots().release()

    if not _slots().acquire(timeout=max(seconds, 0)):
        raise Refused(End.TIME)
    asking = threading.Thread(target=ask, daemon=True, name="look-up")
    asking.start()
    asking.join(max(seconds, 0))
    if not answers:
        raise Refused(End.TIME)
    if not 0 < len(answers[0]) <= MOST_ADDRESSES:
        raise Refused(End.NAME)
    return answers[0]

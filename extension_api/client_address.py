"""Where a request came from: the one place of the service that reads `X-Forwarded-For`.

The header is believed only as far as the policy's trusted networks reach; without any, the other end of the connection
is the client. `Forwarded`, `X-Real-IP` and `X-Forwarded-Proto` are not read at all: whether people use https is said by
the public address in the settings, not by whoever sends a request.

A caller's own `X_Forwarded_For` cannot be told from the header here. The server makes the WSGI environment before any
code of ours runs, both names are `HTTP_X_FORWARDED_FOR` in it (RFC 9110 section 17.10 warns of that), and the one that
came last replaces the other without a trace; the server's interfaces that hand over names as they came are asynchronous
ones, which Flask does not speak. So the proxy has to drop such names, and `wayfill doctor` tries whether it does.
"""

import functools
from typing import Final

from flask import Request

from extension_api import policy
from extension_api.kernel import Environment, Kernel
from extension_api.networks import read_networks, right_most_untrusted

_FOUND: Final = "wayfill.client_address"


def of(kernel: Kernel, request: Request) -> str:
    """Return the address that `request` came from; found once for each request.

    Reads the policy in a short transaction of its own when there is a header to judge, so it is to be called before
    the request's own transaction begins.

    Args:
        kernel: The installation.
        request: The request.
    """
    return in_environment(kernel, request.environ)


def in_environment(kernel: Kernel, environment: Environment) -> str:
    """Return the address that a request came from, from its WSGI environment."""
    found: str | None = environment.get(_FOUND)
    if found is None:
        peer, forwarded = environment.get("REMOTE_ADDR", ""), environment.get("HTTP_X_FORWARDED_FOR", "")
        if forwarded:
            trusted = read_networks(policy.current(kernel).trusted_networks)
            found = right_most_untrusted(peer, forwarded, trusted)
        else:
            found = _peer(peer)
        environment[_FOUND] = found
    return found


@functools.lru_cache(maxsize=4_096)
def _peer(peer: str) -> str:
    return right_most_untrusted(peer, "", ())

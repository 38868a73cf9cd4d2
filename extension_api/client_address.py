"""Where a request came from: the one place of the service that reads `X-Forwarded-For`.

The header is believed only as far as the policy's trusted networks reach; without any, the other end of the connection
is the client. `Forwarded`, `X-Real-IP` and `X-Forwarded-Proto` are not read at all: whether people use https is said by
the public address in the settings, not by whoever sends a request.
"""

from typing import Final

from flask import Request

from extension_api import policy
from extension_api.kernel import Kernel
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
    found: str | None = request.environ.get(_FOUND)
    if found is None:
        peer, forwarded = request.environ.get("REMOTE_ADDR", ""), request.environ.get("HTTP_X_FORWARDED_FOR", "")
        trusted = read_networks(policy.current(kernel).trusted_networks) if forwarded else ()
        found = request.environ[_FOUND] = right_most_untrusted(peer, forwarded, trusted)
    return found

"""A chain in words: its hops, how each was come to, and the forms in which it is kept and told.

A hop is told by scheme, host, port and path alone. What stands behind the `?` is neither kept nor told: it holds what a
login says about one person at one moment.
"""

import enum
from typing import Final

import msgspec

from extension_api.redirects.ends import ARRIVED, End
from matcher import Url

LONGEST_PATH: Final = 300
"""Characters of a path that are kept."""


class How(enum.StrEnum):
    """How a hop was come to."""

    FORM = "form"
    HEADER = "refresh"
    HTTP = "http"
    META = "meta"
    SCRIPT = "script"
    SEEN = "seen"
    START = "start"


class Hop(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of a login.

    Args:
        address: Scheme, host, port and path.
        origin: Scheme, host and port.
        how: How it was come to.
        status: What it answered; `None` where it was not asked.
        ms: How long that took, in milliseconds.
        certificate: The name in its certificate.
        asks: Whether its page has a field of a login.
    """

    address: str
    origin: str
    how: How
    status: int | None = None
    ms: int | None = None
    certificate: str | None = None
    asks: bool = False


class Chain(msgspec.Struct, frozen=True):
    """What a walk found: its hops in their order, and why it went no further."""

    hops: tuple[Hop, ...]
    end: End

    @property
    def stops(self) -> tuple[Hop, ...]:
        """The hops at which a person has something to do: where the walk arrived, and pages with a login's field.

        What only passes the browser on needs no link, and what was not reached is no hop that could be vouched for.
        """
        arrived = self.hops[-1:] if self.end in ARRIVED else ()
        return tuple(hop for hop in self.hops if hop.asks or hop in arrived)


def shown(url: Url) -> str:
    """Return an address as it is kept: without user-info, query and fragment."""
    return f"{origin(url)}{url.path[:LONGEST_PATH]}"


def origin(url: Url) -> str:
    """Return scheme, host and port of an address."""
    return f"{url.scheme}://{url.netloc}"

"""Admission: the one place where text becomes an address, by the parser that browsers follow (WHATWG).

Everything that enters the matcher (pages, links, hops) passes here, so that the service and the browser always mean
the same host. The URL library may be imported in this file alone: it can then be replaced here alone.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from upa_url import URL  # type: ignore[import-untyped] # the package has no types

from matcher.errors import InvalidUrl

MAX_ADDRESS: Final = 8_192
"""Longest address that is looked at, in characters as given (DESIGN section 2)."""

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_EDGES = "".join(map(chr, range(0x21)))
"""What the URL standard strips from both ends: C0 controls and space."""
_INSIDE = str.maketrans("", "", "\t\n\r")
"""What the URL standard removes anywhere."""
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*|\*)://|https?:", re.IGNORECASE)
_PORT = re.compile(r":(?:[0-9]+|\*)(?=[/\\?#]|\Z)")


class Url(NamedTuple):
    """An admitted address, canonical, without user-info and without a closing dot of its host.

    Made by `admit` alone. A tuple because one is made for every page: the rest is read when asked for.
    """

    parsed: URL
    """The parser's own object; for this file only."""
    secure: bool
    """Whether the scheme is `https`; else it is `http`."""
    host: str
    """The ASCII form; an IPv6 address in brackets."""
    port_text: str
    """The port as written in the canonical address: empty for the scheme's own."""

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return "https" if self.secure else "http"

    @property
    def port(self) -> int:
        """The port's number, the scheme's own if none is written."""
        return int(self.port_text) if self.port_text else DEFAULT_PORTS[self.scheme]

    @property
    def netloc(self) -> str:
        """Host, and port unless it is the scheme's own."""
        return f"{self.host}:{self.port_text}" if self.port_text else self.host

    @property
    def tail(self) -> str:
        """Path, query and fragment as they stand in the canonical address."""
        href: str = self.parsed.href
        return href[href.index("/", 8 if self.secure else 7) :]

    @property
    def path(self) -> str:
        """The path; at least `/`."""
        path: str = self.parsed.pathname
        return path

    @property
    def query(self) -> str | None:
        """The query without its `?`; empty for a bare `?`, `None` for none."""
        mark, query = self.tail.partition("#")[0].partition("?")[1:]
        return query if mark else None

    @property
    def fragment(self) -> str:
        """The fragment without its `#`; a bare `#` is none."""
        return self.tail.partition("#")[2]

    @property
    def resource(self) -> str:
        """Path and query, a bare `?` included."""
        return self.tail.partition("#")[0]

    @property
    def href(self) -> str:
        """The canonical address."""
        return f"{self.scheme}://{self.netloc}{self.tail}"

    def __str__(self) -> str:
        return self.href

    def __repr__(self) -> str:
        return f"Url({self.href!r})"

    def __eq__(self, other: object) -> bool:
        return self.href == other.href if isinstance(other, Url) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.href)


def admit(raw: str | Url, base: Url | None = None, *, limit: int = MAX_ADDRESS) -> Url:
    """Take a page's or a hop's address.

    Args:
        raw: the address as it came. User-info in it is dropped.
        base: for a hop, the address that it is relative to (a `Location` may be a path alone).
        limit: the most characters that are looked at.

    Raises:
        InvalidUrl: no address by the WHATWG URL standard, another scheme than `http` and `https`, no host, a host with
            an empty label, or too long.

    """
    return raw if isinstance(raw, Url) else Url(*parts(raw, base, limit))


def parts(raw: str, base: Url | None = None, limit: int = MAX_ADDRESS) -> tuple[URL, bool, str, str]:
    """Take an address as `admit` does, and give what an `Url` is made of: for `find`, where each microsecond counts."""
    if not isinstance(raw, str):
        raise InvalidUrl("an address is text")
    if len(raw) > limit:
        raise InvalidUrl(f"the address is longer than {limit:,} characters")
    try:
        parsed = URL(raw) if base is None else URL(raw, base.href)
    except (RuntimeError, TypeError):
        parsed = _without_surrogates(raw, base)
    protocol: str = parsed.protocol
    secure = protocol == "https:"
    if not secure and protocol != "http:":
        raise InvalidUrl(f"only http and https addresses are served, not {protocol[:40]}")
    host: str = parsed.hostname
    if host[-1] == "." or host[0] == "." or ".." in host:
        host = _without_closing_dot(host)
    return parsed, secure, host, parsed.port


def typed(raw: str) -> str:
    """Complete what a person typed as a link: without a scheme it is meant as `https`.

    "Without a scheme" is DESIGN section 2's: no `scheme://`, not `http:` or `https:`, and what follows the first `:`
    of the part before the path, if there is one, is a port.

    Raises:
        InvalidUrl: not text, too long, or a path alone.

    """
    if not isinstance(raw, str):
        raise InvalidUrl("an address is text")
    if len(raw) > MAX_ADDRESS:
        raise InvalidUrl(f"the address is longer than {MAX_ADDRESS:,} characters")
    text = raw.strip(_EDGES).translate(_INSIDE)
    if _SCHEME.match(text):
        return text
    if text[:1] in ("/", "\\"):
        raise InvalidUrl("this is a path alone; a link needs its host too")
    authority = re.split(r"[/\\?#]", text, maxsplit=1)[0]
    colon = authority.find(":", authority.rfind("]") + 1)
    if colon >= 0 and not _PORT.fullmatch(authority, colon):
        raise InvalidUrl("only http and https addresses can be linked")
    return f"https://{text}"


def has_user_info(text: str) -> bool:
    """Whether the address, already completed by `typed`, names a user or a password, or leaves room for them."""
    authority = re.split(r"[/\\?#]", re.sub(r"\A[^:]*:[/\\]*", "", text), maxsplit=1)[0]
    return "@" in authority


def _without_surrogates(raw: str, base: Url | None) -> URL:
    """Parse again as a browser would, whose strings hold U+FFFD for a lone surrogate once they reach the parser."""
    text = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    try:
        return URL(text) if base is None else URL(text, base.href)
    except RuntimeError:
        raise InvalidUrl(_why_no_address(text)) from None


def _why_no_address(text: str) -> str:
    if not text.strip(_EDGES):
        return "the address is empty"
    if not re.match(r"[a-z][a-z0-9+.-]*:", text.strip(_EDGES).translate(_INSIDE), re.IGNORECASE):
        return "the address does not say its scheme, http or https"
    return "this is no address that a browser would open"


def _without_closing_dot(host: str) -> str:
    host = host.removesuffix(".")
    if not host or host[0] == "." or host[-1] == "." or ".." in host:
        raise InvalidUrl("the host has an empty label")
    return host

"""A link as the table keeps it: one string, and the key where it stands.

The packed form is `KIND URL ORDER RECORD`, parted by single spaces, the kind being one letter right before the URL:
`d h p e g r` for domain, host, path, exact, pattern, regex, and `s q` for a domain and a regex link on a host that has
no registrable domain; in upper case for a veto. A regex link has its expression, spaces and percent signs escaped,
before the record. The table's JSON holds the same strings, so what is written here is the published format: a change
is a new version of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from matcher import suffixes as public_suffixes
from matcher.links import Link, Strategy, known_link
from matcher.pattern import Pattern, plain_host, split_pattern
from matcher.url import DEFAULT_PORTS

if TYPE_CHECKING:
    from matcher.suffixes import SuffixList

_KINDS: Final = {
    Strategy.DOMAIN: "d",
    Strategy.HOST: "h",
    Strategy.PATH: "p",
    Strategy.EXACT: "e",
    Strategy.PATTERN: "g",
    Strategy.REGEX: "r",
}
_ALONE: Final = {"d": "s", "r": "q"}
_STRATEGIES: Final = {kind: strategy for strategy, kind in _KINDS.items()} | {
    "s": Strategy.DOMAIN,
    "q": Strategy.REGEX,
}
_CLASHING: Final = frozenset({("http", "443"), ("https", "80"), ("*", "443"), ("*", "80")})
"""Written ports that are the other scheme's default: such a link is the same port as a page that writes none."""

CLASH: Final = ":!"
"""Ends the key of links with such a port; no key of a page ends so."""

pattern_of = lru_cache(maxsize=4_096)(split_pattern)


def pack(link: Link, order: int, suffixes: SuffixList) -> tuple[str, str] | None:
    """Pack a link that was given as number `order`.

    Returns:
        The key where it stands and the packed link. The key is a registrable domain, or a host with `:port` behind it
        unless it is the scheme's own, or a host with `CLASH` behind it. `None` for a link that can match no page by
        this suffix list.

    """
    url, kind = link.url, _KINDS[link.strategy]
    if kind == "g":
        key = _key_of_pattern(pattern_of(url), suffixes)
    elif kind in "dr":
        scheme, host, port, _ = split_url(url)
        key = suffixes.registrable_domain(host)
        if key is None and not suffixes.is_suffix(host):
            kind = _ALONE[kind]
            key = host_key(scheme, host, port)
    else:
        scheme, host, port, _ = split_url(url)
        key = host_key(scheme, host, port)
        if kind == "e" and not link.veto and key.endswith(CLASH):
            key = f"{host}:{port}"
    if key is None:
        return None
    if link.veto:
        kind = kind.upper()
    if link.expression is None:
        return key, f"{kind}{url} {order} {link.record}"
    escaped = link.expression.replace("%", "%25").replace(" ", "%20")
    return key, f"{kind}{url} {order} {escaped} {link.record}"


def unpack(packed: str) -> Link:
    """Make the link again."""
    kind = packed[0]
    strategy = _STRATEGIES[kind.lower()]
    expression = expression_of(packed) if strategy is Strategy.REGEX else None
    return known_link(record_of(packed), url_of(packed), strategy, kind.isupper(), expression)


def url_of(packed: str) -> str:
    """Give the link's canonical text."""
    return packed[1 : packed.index(" ")]


def order_of(packed: str) -> int:
    """Give the place at which the link was given."""
    return int(packed.split(" ", 2)[1])


def record_of(packed: str) -> str:
    """Give the record's name."""
    return packed.split(" ", 3)[3] if packed[0] in "rRqQ" else packed.split(" ", 2)[2]


def expression_of(packed: str) -> str:
    """Give a regex link's expression."""
    return packed.split(" ", 3)[2].replace("%20", " ").replace("%25", "%")


def split_url(url: str) -> tuple[str, str, str, str]:
    """Take a link's canonical address apart: scheme, host, port as written, and the rest from the path on."""
    scheme, _, rest = url.partition("://")
    mark = rest.index("/")
    authority = rest[:mark]
    colon = authority.find(":", authority.rfind("]") + 1)
    if colon < 0:
        return scheme, authority, "", rest[mark:]
    return scheme, authority[:colon], authority[colon + 1 :], rest[mark:]


def base_of(tail: str) -> str:
    """Give the path that a `path` link holds, without query, fragment and one closing slash."""
    return tail.partition("#")[0].partition("?")[0].removesuffix("/")


def resource_of(tail: str) -> str:
    """Give path and query of an address's tail."""
    return tail.partition("#")[0]


def host_key(scheme: str, host: str, port: str) -> str:
    """Give the key of a link's host and port; see `pack`."""
    if not port:
        return host
    return f"{host}{CLASH}" if (scheme, port) in _CLASHING else f"{host}:{port}"


def same_port(scheme: str, port: str, page_scheme: str, page_port: str) -> bool:
    """Whether two ports are the same: their numbers are, or each is its own scheme's default.

    A port is text as written in the canonical address, empty for the scheme's own; the link's scheme may be `*`.
    """
    if not port and not page_port:
        return True
    number = int(port) if port else DEFAULT_PORTS.get(scheme)
    return number == (int(page_port) if page_port else DEFAULT_PORTS[page_scheme])


def _key_of_pattern(pattern: Pattern, suffixes: SuffixList) -> str | None:
    host = pattern.host
    if "*" not in host and pattern.port != "*":
        return None if suffixes.is_suffix(host) else host_key(pattern.scheme, host, pattern.port)
    if public_suffixes.is_ip(host):
        return host
    plain = plain_host(host)
    domain = suffixes.registrable_domain(plain)
    return plain if domain is None and not suffixes.is_suffix(plain) else domain

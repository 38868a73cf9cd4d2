"""A link as the table keeps it: one string, and the site under which it stands.

The packed form is `KIND URL ORDER RECORD`, parted by single spaces, the kind being one letter right before the URL:
`d h p e g r` for domain, host, path, exact, pattern, regex, and `s q` for a domain and a regex link on a host that has
no registrable domain; in upper case for a veto. A regex link has its expression before the record, spaces escaped.
In what people write, expression and record, percent signs and `BETWEEN` are escaped too. The table's JSON holds the
same strings, so what is written here is the published format: a change is a new version of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from matcher.links import Link, Strategy, known_link
from matcher.pattern import plain_host, split_pattern
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

BETWEEN: Final = "\x7f"
"""May stand between packed links: in no canonical address, and plain in JSON, so that many are copied as they are."""

CLASH: Final = ":!"
"""Ends the key of a host for links with such a port; no page's host and port end so."""

pattern_of = lru_cache(maxsize=4_096)(split_pattern)


def pack(link: Link, order: int, suffixes: SuffixList) -> tuple[str, str] | None:
    """Pack a link that was given as number `order`.

    Returns:
        The name under which it stands and the packed link. The name is the registrable domain of the link's host, or
        the host itself where it has none. `None` for a link that can match no page by this suffix list.

    """
    url, kind = link.url, _KINDS[link.strategy]
    host = plain_host(pattern_of(url).host) if kind == "g" else split_url(url)[1]
    site = suffixes.registrable_domain(host)
    if site is None:
        site = host
        if kind in "drg" and suffixes.is_suffix(host):
            return None
        kind = _ALONE.get(kind, kind)
    if link.veto:
        kind = kind.upper()
    record = escaped(link.record)
    if link.expression is None:
        return site, f"{kind}{url} {order} {record}"
    return site, f"{kind}{url} {order} {escaped(link.expression).replace(' ', '%20')} {record}"


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
    return _plain(packed.split(" ", 3)[3] if packed[0] in "rRqQ" else packed.split(" ", 2)[2])


def expression_of(packed: str) -> str:
    """Give a regex link's expression."""
    return _plain(packed.split(" ", 3)[2].replace("%20", " "))


def escaped(text: str) -> str:
    """Give what people write as it stands in a packed link."""
    return text.replace("%", "%25").replace(BETWEEN, "%7F")


def _plain(text: str) -> str:
    return text.replace("%7F", BETWEEN).replace("%25", "%") if "%" in text else text


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
    """Give the key of a host and port: `:port` behind the host unless it is the scheme's own, or `CLASH`."""
    if not port:
        return host
    return f"{host}{CLASH}" if (scheme, port) in _CLASHING else f"{host}:{port}"


def host_key_of(packed: str) -> str | None:
    """Give the key of the one host and port that a link holds for; `None` for a link that holds for more."""
    kind = packed[0]
    if kind in "dDrR":
        return None
    url = url_of(packed)
    if kind in "gG":
        pattern = pattern_of(url)
        if "*" in pattern.host or pattern.port == "*":
            return None
        return host_key(pattern.scheme, pattern.host, pattern.port)
    scheme, host, port, _ = split_url(url)
    return host_key(scheme, host, port)


def same_port(scheme: str, port: str, page_scheme: str, page_port: str) -> bool:
    """Whether two ports are the same: their numbers are, or each is its own scheme's default.

    A port is text as written in the canonical address, empty for the scheme's own; the link's scheme may be `*`.
    """
    if not port and not page_port:
        return True
    number = int(port) if port else DEFAULT_PORTS.get(scheme)
    return number == (int(page_port) if page_port else DEFAULT_PORTS[page_scheme])

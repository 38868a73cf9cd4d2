"""Whether one link holds for one page, once the index has led to it.

That the page is on the link's site (that it has the link's registrable domain) is known then, and not looked at again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher import expression as expressions
from matcher.packed import base_of, expression_of, pattern_of, resource_of, same_port, split_url, url_of
from matcher.pattern import host_fits, resource_fits
from matcher.strength import Strength
from matcher.url import admit

if TYPE_CHECKING:
    from matcher.url import Url


def held(packed: str, page: Url) -> Strength | None:
    """Tell how strongly a link holds for a page that is on the link's site; `None` if it does not.

    For a domain link that has a registrable domain the answer is "on the same host" whether or not it is the same.
    """
    kind = packed[0]
    veto = kind < "a"
    kind = kind.lower()
    if kind == "g":
        return Strength.PATTERN if pattern_holds(packed, page) else None
    scheme, host, port, tail = split_url(url_of(packed))
    if not veto and scheme != page.scheme and (kind == "e" or scheme == "https"):
        return None
    if kind == "d":
        return Strength.DOMAIN_SAME_HOST
    if kind == "r":
        return Strength.REGEX if expression_holds(packed, page) else None
    if host != page.host or not same_port(scheme, port, page.scheme, page.port_text):
        return None
    return _held_here(kind, packed, tail, page)


def _held_here(kind: str, packed: str, tail: str, page: Url) -> Strength | None:
    match kind:
        case "h":
            return Strength.HOST
        case "p":
            return Strength.PATH if f"{page.path}/".startswith(f"{base_of(tail)}/") else None
        case "e":
            same = resource_of(tail) == page.resource and tail.partition("#")[2] in ("", page.fragment)
            return Strength.EXACT if same else None
        case "q":
            return Strength.REGEX if expression_holds(packed, page) else None
        case _:
            return Strength.DOMAIN_SAME_HOST


def pattern_holds(packed: str, page: Url) -> bool:
    """Whether a pattern holds for a page on its site."""
    pattern = pattern_of(url_of(packed))
    if packed[0] == "g" and pattern.scheme not in ("*", page.scheme):
        return False
    if pattern.port != "*" and not same_port(pattern.scheme, pattern.port, page.scheme, page.port_text):
        return False
    if not host_fits(pattern.host, page.host):
        return False
    return pattern.resource is None or resource_fits(pattern.resource, page.resource)


def expression_holds(packed: str, page: Url) -> bool:
    """Whether the expression holds for the page; a veto looks at no scheme, so either scheme will do for it."""
    expression = expression_of(packed)
    address = f"{page.netloc}{page.resource}"
    if expressions.fits(expression, f"{page.scheme}://{address}"):
        return True
    if packed[0] > "Z":
        return False
    other = admit(f"{'http' if page.secure else 'https'}://{address}", limit=len(address) + 8)
    return expressions.fits(expression, other.href)


def on_same_host(packed: str, host: str) -> bool:
    """Whether the host of a packed link with an address is this one; the name alone is looked at."""
    start = 9 if packed[5] == "s" else 8
    return packed.startswith(host, start) and packed[start + len(host)] in "/:"

"""The sentences that tell people why a link matches a page, and why none does.

Words only: nothing here decides what a page gets. The extension's evaluator says the same reasons for a match
(`extension/shared/match.js`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matcher.packed import resource_of, same_port, split_url
from matcher.pattern import host_fits, split_pattern
from matcher.suffixes import is_ip

if TYPE_CHECKING:
    from matcher.links import Link
    from matcher.url import Url

SHOWN: Final = 5
"""How many links an explanation speaks of, so that it stays readable."""


def reason_of(strength: str, link: Link, host: str) -> str:
    """Say why a link matches a page on `host`."""
    match strength:
        case "exact":
            return f"the address is the linked one, {link.url}"
        case "path":
            return f"the page is the linked one, or lies below it: {link.url}"
        case "host":
            return f"the page is on the linked host, {host}"
        case "pattern":
            return f"the address fits the pattern {link.url}"
        case "regex":
            return f"the address fits the expression {link.expression}"
        case "domain on the same host":
            return f"the page is on the host saved with the record, {host}"
        case "domain on another host":
            return f"{host} belongs to the same site as {split_url(link.url)[1]}, the host saved with the record"
        case _:
            return f"{host} shares its logins with {split_url(link.url)[1]}, the host saved with the record"


def explain_veto(vetoes: list[Link]) -> str:
    """Say that a record's links would match, and which of its vetoes keep it away."""
    return f"It does not match: a veto keeps the record from this page ({_joined([link.url for link in vetoes])})."


def explain_miss(links: list[tuple[str, Link]], page: Url, sites: list[str]) -> str:
    """Say why none of a record's links holds for a page.

    Args:
        links: each with its site: the registrable domain of its host, or the host itself.
        page: the page.
        sites: the page's host and those names above it that may be its site.

    """
    whys = [_why_not(link, site, page, sites) for site, link in links if not link.veto]
    if not whys:
        return "It does not match: the record has no link."
    return f"It does not match: {_joined(list(dict.fromkeys(whys)))}."


def _joined(parts: list[str]) -> str:
    more = [f"and {len(parts) - SHOWN} more"] if len(parts) > SHOWN else []
    return "; ".join(parts[:SHOWN] + more)


def _why_not(link: Link, site: str, page: Url, sites: list[str]) -> str:
    if link.strategy == "pattern":
        return _why_pattern_not(link, site, page, sites)
    scheme, host, port, tail = split_url(link.url)
    if scheme != page.scheme and (scheme == "https" or link.strategy == "exact"):
        return f"the page is on {page.scheme}, and {link.url} is linked on {scheme}"
    if link.strategy in ("domain", "regex") and "." in site and not is_ip(site):
        if site not in sites:
            return _why_no_part(site, page)
    elif host != page.host:
        return f"{page.host} is not the linked host {host}"
    elif not same_port(scheme, port, page.scheme, page.port_text):
        return f"the page is on another port of {host} than {link.url}"
    if link.strategy == "path":
        return f"the page is not at or below {link.url}"
    if link.strategy == "exact":
        part = "part behind # is" if resource_of(tail) == page.resource else "path or the query is"
        return f"the {part} not that of {link.url}"
    return f"the address does not fit the expression {link.expression}"


def _why_pattern_not(link: Link, site: str, page: Url, sites: list[str]) -> str:
    pattern = split_pattern(link.url)
    if pattern.scheme not in ("*", page.scheme):
        return f"the page is on {page.scheme}, and the pattern {link.url} for {pattern.scheme}"
    if site not in sites:
        return _why_no_part(site, page)
    if not host_fits(pattern.host, page.host):
        return f"{page.host} does not fit the host of the pattern {link.url}"
    if pattern.port != "*" and not same_port(pattern.scheme, pattern.port, page.scheme, page.port_text):
        return f"the page is on another port than the pattern {link.url} says"
    return f"the path does not fit the pattern {link.url}"


def _why_no_part(site: str, page: Url) -> str:
    if page.host.endswith(f".{site}"):
        return f"{page.host} lies at or under a public suffix below {site}: it belongs to somebody else"
    return f"{page.host} is no part of the linked site {site}"

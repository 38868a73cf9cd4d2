"""Evaluation: which records a page gets, by which of their links, and how strongly.

A page costs one parse, a walk over the labels of its host and a few look-ups; never a loop over links. Nothing here may
use the suffix list or make a table: that is `table.py`'s work, done before.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

from matcher import expression as expressions
from matcher.nodes import NameNode
from matcher.packed import (
    base_of,
    expression_of,
    order_of,
    pattern_of,
    record_of,
    resource_of,
    same_port,
    split_url,
    unpack,
    url_of,
)
from matcher.pattern import host_fits, resource_fits
from matcher.url import Url, admit
from matcher.words import explain_miss, explain_veto, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matcher.links import Link
    from matcher.nodes import HostNode


class Strength(StrEnum):
    """How sure a match is. A stronger one is greater; a word may stand for it in comparisons."""

    rank: int

    EXACT = "exact", 8
    PATH = "path", 7
    HOST = "host", 6
    PATTERN = "pattern", 5
    REGEX = "regex", 4
    DOMAIN_SAME_HOST = "domain on the same host", 3
    DOMAIN_OTHER_HOST = "domain on another host", 2
    AFFILIATED = "affiliated", 1

    def __new__(cls, value: str, rank: int) -> Self:  # noqa: D102 - a magic method
        member = str.__new__(cls, value)
        member._value_ = value
        member.rank = rank
        return member

    @property
    def close(self) -> bool:
        """Whether a fill may follow without asking first (DESIGN section 5): down to a domain link on its own host."""
        return self.rank >= 3

    def __lt__(self, other: str) -> bool:
        return self.rank < _RANKS[other]

    def __le__(self, other: str) -> bool:
        return self.rank <= _RANKS[other]

    def __gt__(self, other: str) -> bool:
        return self.rank > _RANKS[other]

    def __ge__(self, other: str) -> bool:
        return self.rank >= _RANKS[other]


_RANKS: dict[str, int] = {strength: strength.rank for strength in Strength}
_EXACT, _PATH, _HOST = Strength.EXACT, Strength.PATH, Strength.HOST
_SAME, _OTHER = Strength.DOMAIN_SAME_HOST, Strength.DOMAIN_OTHER_HOST
_BY_KIND = {"e": _EXACT, "p": _PATH, "h": _HOST, "g": Strength.PATTERN, "r": Strength.REGEX, "d": _SAME}

Hit = tuple[str, Strength]
"""A packed link that holds for the page, and how strongly."""


class Match:
    """A record found for a page: `record`, the `link` that won, its `strength`, and the `reason` for people."""

    __slots__ = ("_host", "_packed", "record", "strength")

    def __init__(self, packed: str, strength: Strength, host: str) -> None:
        self.record = record_of(packed)
        self.strength = strength
        self._packed = packed
        self._host = host

    @property
    def link(self) -> Link:
        """The link that matched."""
        return unpack(self._packed)

    @property
    def close(self) -> bool:
        """Whether a fill may follow without asking first."""
        return self.strength.close

    @property
    def reason(self) -> str:
        """Why it matched, in words that a person understands."""
        return reason_of(self.strength, self.link, self._host)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Match):
            return NotImplemented
        return (self.strength, self.link, self._host) == (other.strength, other.link, other._host)

    def __hash__(self) -> int:
        return hash((self.strength, self._packed, self._host))

    def __repr__(self) -> str:
        return f"Match(record={self.record!r}, link={self.link!r}, strength={self.strength!r}, reason={self.reason!r})"


class Evaluator:
    """What a match table is for evaluation. `hosts` and `names` are as `packed.place` and `nodes` describe them."""

    __slots__ = ("_clashes", "_hosts", "_names")

    def __init__(self, hosts: Mapping[str, str | HostNode], names: Mapping[str, str | NameNode], clashes: bool) -> None:
        self._hosts = hosts
        self._names = names
        self._clashes = clashes

    def find(self, url: str | Url) -> list[Match]:
        """Find the records for a page, best first, each by its strongest link.

        Raises:
            InvalidUrl: this is no page address.

        """
        page = url if type(url) is Url else admit(url)
        hits = self._hits(page)
        if not hits:
            return []
        if len(hits) == 1:
            packed, strength = hits[0]
            return [] if packed[0] < "a" else [Match(packed, strength, page.host)]
        return _settle(hits, page.host)

    def _hits(self, page: Url) -> list[Hit]:
        """Give the links that hold for a page, vetoes too, each once or more."""
        host = page.host
        port = page.port_text
        secure = page.scheme == "https"
        hits: list[Hit] = []
        node = self._hosts.get(f"{host}:{port}" if port else host)
        if node is not None:
            if not isinstance(node, str):
                self._on_host(node, page, hits)
            elif node[0] == "h":
                if secure or node[5] != "s":
                    hits.append((node, _HOST))
            else:
                _consider(node, page, hits)
        names = self._names
        name = host
        while True:
            found = names.get(name)
            if found is not None:
                if isinstance(found, str):
                    _consider_named(found, page, hits)
                    break
                if found.cut or (found.wild and name is not host):
                    break
                self._on_name(found, name, page, hits)
            dot = name.find(".")
            if dot < 0:
                break
            name = name[dot + 1 :]
        if self._clashes or port == "443" or port == "80":
            self._across_schemes(page, hits)
        return hits

    def explain(self, url: str | Url, record: str) -> str:
        """Say in words why a page gets a record, or why it does not.

        Raises:
            InvalidUrl: this is no page address.

        """
        page = admit(url)
        hits = [hit for hit in self._hits(page) if record_of(hit[0]) == record]
        vetoes = [unpack(packed) for packed, _ in hits if packed[0] < "a"]
        if vetoes and len(vetoes) < len(hits):
            return explain_veto(vetoes)
        for match in _settle(hits, page.host):
            loose = "" if match.close else " (a loose match, asked about before the first fill)"
            return f"It matches: {match.reason}{loose}."
        return explain_miss(list(self._links_of(record)), page, self._walk(page.host))

    def _walk(self, host: str) -> list[str]:
        """Give the names that may be the registrable domain of a host: up to the first public suffix that is known."""
        names = []
        name = host
        while True:
            node = self._names.get(name)
            if isinstance(node, NameNode) and (node.cut or (node.wild and name is not host)):
                return names
            names.append(name)
            dot = name.find(".")
            if dot < 0:
                return names
            name = name[dot + 1 :]

    def _links_of(self, record: str) -> Iterator[tuple[str | None, Link]]:
        """Give a record's links, and the names that they stand under. A loop over all links: for explaining alone."""
        end = f" {record}"
        for nodes in (self._hosts, self._names):
            for key, node in nodes.items():
                for packed in (node,) if isinstance(node, str) else node.links():
                    if packed.endswith(end) and record_of(packed) == record:
                        yield (key if nodes is self._names else None), unpack(packed)

    def _on_host(self, node: HostNode, page: Url, hits: list[Hit]) -> None:
        secure = page.scheme == "https"
        for packed in node.any:
            if packed[0] == "h":
                if secure or packed[5] != "s":
                    hits.append((packed, _HOST))
            else:
                _consider(packed, page, hits)
        if node.paths:
            path = page.path
            end = path.find("/")
            while 0 <= end <= node.longest:
                self._on_path(node, path[:end], secure, hits)
                end = path.find("/", end + 1)
            if not path.endswith("/"):
                self._on_path(node, path, secure, hits)
        if node.exacts:
            for packed in node.exacts.get(page.resource, ()):
                _consider(packed, page, hits)

    @staticmethod
    def _on_path(node: HostNode, base: str, secure: bool, hits: list[Hit]) -> None:
        links = node.paths.get(base)
        if links:
            hits.extend((link, _PATH) for link in links if secure or link[5] != "s" or link[0] == "P")

    def _on_name(self, node: NameNode, name: str, page: Url, hits: list[Hit]) -> None:
        for packed in node.domain:
            _consider_named(packed, page, hits)
        for packed in node.others:
            _consider_named(packed, page, hits)
        if node.sources and (not node.alone or name is page.host):
            self._affiliated(node.sources, page, hits)

    def _affiliated(self, sources: tuple[str, ...], page: Url, hits: list[Hit]) -> None:
        secure = page.scheme == "https"
        for source in sources:
            links = self._domain_links(source)
            hits.extend((link, Strength.AFFILIATED) for link in links if link[0] == "d" and (secure or link[5] != "s"))

    def _domain_links(self, member: str) -> list[str]:
        """Give the domain links that a member of an affiliation stands for: its own, or those on that one host."""
        name = member
        while True:
            found = self._names.get(name)
            if found is not None:
                if isinstance(found, str):
                    links = [found]
                elif found.cut or (found.wild and name is not member):
                    return []
                else:
                    links = found.domain
                if links:
                    return links if name is member else [link for link in links if _on_same_host(link, member)]
            dot = name.find(".")
            if dot < 0:
                return []
            name = name[dot + 1 :]

    def _across_schemes(self, page: Url, hits: list[Hit]) -> None:
        """Look at the links whose port is the page's by number only: each is the other scheme's default."""
        nodes = [self._hosts.get(f"{page.host}!")]
        if page.port_text in ("80", "443"):
            nodes.append(self._hosts.get(page.host))
        for node in nodes:
            if isinstance(node, str):
                _consider(node, page, hits, port_is_same=False)
            elif node is not None:
                for packed in node.links():
                    _consider(packed, page, hits, port_is_same=False)


def _consider(packed: str, page: Url, hits: list[Hit], *, port_is_same: bool = True) -> None:
    """Add a link that stands under the page's host, if it holds."""
    kind = packed[0]
    veto = kind < "a"
    kind = kind.lower()
    if kind == "g":
        pattern = pattern_of(url_of(packed))
        if not port_is_same and not same_port(pattern.scheme, pattern.port, page.scheme, page.port_text):
            return
        if _pattern_holds(packed, page, host_is_same=True):
            hits.append((packed, Strength.PATTERN))
        return
    scheme, _, port, tail = split_url(url_of(packed))
    if not veto and scheme != page.scheme and (kind == "e" or scheme == "https"):
        return
    if not port_is_same and not same_port(scheme, port, page.scheme, page.port_text):
        return
    if kind == "p":
        base, path = base_of(tail), page.path
        if path != base and not path.startswith(f"{base}/"):
            return
    elif kind == "e":
        if resource_of(tail) != page.resource:
            return
        fragment = tail.partition("#")[2]
        if fragment and fragment != page.fragment:
            return
    elif kind == "r" and not _expression_holds(packed, page):
        return
    hits.append((packed, _BY_KIND[kind]))


def _consider_named(packed: str, page: Url, hits: list[Hit]) -> None:
    """Add a link that stands under the page's registrable domain, if it holds."""
    kind = packed[0]
    if kind == "d":
        if packed[5] != "s" or page.scheme == "https":
            hits.append((packed, _SAME if _on_same_host(packed, page.host) else _OTHER))
    elif kind == "D":
        hits.append((packed, _OTHER))
    elif kind in "gG":
        pattern = pattern_of(url_of(packed))
        if pattern.port != "*" and not same_port(pattern.scheme, pattern.port, page.scheme, page.port_text):
            return
        if _pattern_holds(packed, page, host_is_same=False):
            hits.append((packed, Strength.PATTERN))
    elif (kind == "R" or packed[5] != "s" or page.scheme == "https") and _expression_holds(packed, page):
        hits.append((packed, Strength.REGEX))


def _on_same_host(packed: str, host: str) -> bool:
    start = 9 if packed[5] == "s" else 8
    return packed.startswith(host, start) and packed[start + len(host)] in "/:"


def _pattern_holds(packed: str, page: Url, *, host_is_same: bool) -> bool:
    """Whether scheme, host and path of a pattern hold; its port is held already."""
    pattern = pattern_of(url_of(packed))
    if packed[0] == "g" and pattern.scheme != "*" and pattern.scheme != page.scheme:
        return False
    if not host_is_same and not host_fits(pattern.host, page.host):
        return False
    return pattern.resource is None or resource_fits(pattern.resource, page.resource)


def _expression_holds(packed: str, page: Url) -> bool:
    """Whether the expression holds for the page; a veto looks at no scheme, so either scheme will do for it."""
    expression = expression_of(packed)
    address = f"{page.netloc}{page.resource}"
    if expressions.fits(expression, f"{page.scheme}://{address}"):
        return True
    if packed[0] == "r":
        return False
    other = admit(f"{'http' if page.scheme == 'https' else 'https'}://{address}", limit=len(address) + 8)
    return expressions.fits(expression, other.href)


def _settle(hits: list[Hit], host: str) -> list[Match]:
    """Drop vetoed records, keep each record's strongest link, and put the best first."""
    vetoed = {record_of(packed) for packed, _ in hits if packed[0] < "a"}
    ranked = []
    for packed, strength in hits:
        if packed[0] >= "a":
            length = len(base_of(split_url(url_of(packed))[3])) if strength is _PATH else 0
            ranked.append((-strength.rank, -length, order_of(packed), packed, strength))
    ranked.sort()
    matches: dict[str, Match] = {}
    for _, _, _, packed, strength in ranked:
        match = Match(packed, strength, host)
        if match.record not in vetoed and match.record not in matches:
            matches[match.record] = match
    return list(matches.values())

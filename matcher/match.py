"""Evaluation: which records a page gets, by which of their links, and how strongly.

A page costs one parse, a walk over the labels of its host and a few look-ups; never a loop over links. Nothing here may
use the suffix list or make a table: that is `table.py`'s work, done before.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from matcher.holds import expression_holds, held_here, on_same_host, pattern_holds
from matcher.nodes import Node
from matcher.packed import CLASH, base_of, order_of, record_of, same_port, split_url, unpack, url_of
from matcher.strength import Strength
from matcher.url import Url, admit
from matcher.words import explain_miss, explain_veto, reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.links import Link
    from matcher.nodes import Index, Overlay


_PATH, _HOST = Strength.PATH, Strength.HOST
_SAME, _OTHER, _AFFILIATED = Strength.DOMAIN_SAME_HOST, Strength.DOMAIN_OTHER_HOST, Strength.AFFILIATED

Hit = tuple[str, Strength | None, str]
"""A packed link that holds for the page, how strongly (`None`: a domain link, by its host), and the page's host."""

_new = object.__new__


class Match:
    """A record found for a page: `record`, the `link` that won, its `strength`, and the `reason` for people."""

    __slots__ = ("_hit",)
    _hit: Hit

    @property
    def record(self) -> str:
        """The record's name, as its link gave it."""
        return record_of(self._hit[0])

    @property
    def link(self) -> Link:
        """The link that matched."""
        return unpack(self._hit[0])

    @property
    def strength(self) -> Strength:
        """How sure the match is."""
        return _strength(self._hit)

    @property
    def close(self) -> bool:
        """Whether a fill may follow without asking first."""
        return self.strength.close

    @property
    def reason(self) -> str:
        """Why it matched, in words that a person understands."""
        return reason_of(self.strength, self.link, self._hit[2])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Match):
            return NotImplemented
        return (self.strength, self.link, self._hit[2]) == (other.strength, other.link, other._hit[2])

    def __hash__(self) -> int:
        return hash((self.strength, self.link, self._hit[2]))

    def __repr__(self) -> str:
        return f"Match(record={self.record!r}, link={self.link!r}, strength={self.strength!r}, reason={self.reason!r})"


class Evaluator:
    """What a match table is for evaluation: an index of `nodes`, its keys as `packed.pack` gives them."""

    __slots__ = ("_clashes", "_get", "_index")

    def __init__(self, index: Index | Overlay, clashes: bool) -> None:
        self._index = index
        self._get = index.get
        self._clashes = clashes

    def find(self, url: str | Url) -> list[Match]:
        """Find the records for a page, best first, each by its strongest link.

        Raises:
            InvalidUrl: this is no page address.

        """
        hits = self._hits(url if isinstance(url, Url) else admit(url))
        if not hits:
            return []
        if len(hits) == 1:
            hit = hits[0]
            if hit[0][0] < "a":
                return []
            match = _new(Match)
            match._hit = hit
            return [match]
        return _settle(hits)

    def explain(self, url: str | Url, record: str) -> str:
        """Say in words why a page gets a record, or why it does not.

        Raises:
            InvalidUrl: this is no page address.

        """
        page = admit(url)
        hits = [hit for hit in self._hits(page) if record_of(hit[0]) == record]
        vetoes = [unpack(hit[0]) for hit in hits if hit[0][0] < "a"]
        if vetoes and len(vetoes) < len(hits):
            return explain_veto(vetoes)
        for match in _settle(hits):
            loose = "" if match.close else " (a loose match, asked about before the first fill)"
            return f"It matches: {match.reason}{loose}."
        return explain_miss(self._links_of(record), page, self._walk(page.host))

    def _walk(self, host: str) -> list[str]:
        """Give the names that may be the registrable domain of a host: up to the first public suffix that is known."""
        names: list[str] = []
        name = host
        while name:
            node = self._get(name)
            if isinstance(node, Node) and (node.cut or (node.wild and name is not host)):
                return names
            names.append(name)
            name = name.partition(".")[2]
        return names

    def _links_of(self, record: str) -> list[tuple[str | None, Link]]:
        """Give a record's links, each with the registrable domain that it stands under, in the order they were given.

        A loop over all links: for explaining alone.
        """
        end = f" {record}"
        found = []
        for key, node in self._index.items():
            for packed in (node,) if isinstance(node, str) else node.links():
                if packed.endswith(end) and record_of(packed) == record:
                    by_site = packed[0] in "dDrRgG" and ":" not in key
                    found.append((order_of(packed), key if by_site else None, unpack(packed)))
        return [(key, link) for _, key, link in sorted(found, key=itemgetter(0))]

    def _hits(self, page: Url) -> list[Hit]:
        """Give the links that hold for a page, vetoes too, each once or more."""
        _, secure, host, port = page
        get = self._get
        hits: list[Hit] = []
        name = host
        while name:
            node = get(name)
            if node is None:
                pass
            elif isinstance(node, str):
                kind = node[0]
                if kind == "d":
                    if secure or node[5] != "s":
                        hits.append((node, None, host))
                    break
                if kind == "h":
                    if name is host and not port and (secure or node[5] != "s"):
                        hits.append((node, _HOST, host))
                else:
                    self._consider(node, name, page, hits)
            elif self._at_node(node, name, page, hits):
                break
            name = name.partition(".")[2]
        if port:
            self._on_port(page, hits)
        if self._clashes:
            self._at_clash(f"{host}{CLASH}", page, hits)
        return hits

    def _at_node(self, node: Node, name: str, page: Url, hits: list[Hit]) -> bool:
        """Look at what stands under a name of the walk; tell whether the walk ends here."""
        here = name is page.host
        if here and not page.port_text:
            self._on_host(node, page, hits)
        if node.cut or (node.wild and not here):
            return True
        for packed in node.domain:
            if packed[0] == "D" or page.secure or packed[5] != "s":
                hits.append((packed, None, page.host))  # noqa: PERF401 - few
        for packed in node.others:
            self._consider(packed, name, page, hits)
        if node.sources and (here or not node.alone):
            self._affiliated(node.sources, page, hits)
        return bool(node.domain)

    def _on_host(self, node: Node, page: Url, hits: list[Hit]) -> None:
        """Look at a node's links for its very host and port, which are the page's."""
        _, secure, host, _ = page
        for packed in node.host:
            kind = packed[0]
            if kind == "h":
                if secure or packed[5] != "s":
                    hits.append((packed, _HOST, host))
            else:
                _add(packed, held_here(packed, page), page, hits)
        if node.paths:
            path = page.path
            end = path.find("/")
            while 0 <= end <= node.longest:
                _on_path(node.paths.get(path[:end]), page, hits)
                end = path.find("/", end + 1)
            if path[-1] != "/":
                _on_path(node.paths.get(path), page, hits)
        if node.exacts:
            for packed in node.exacts.get(page.resource, ()):
                _add(packed, held_here(packed, page), page, hits)

    def _on_port(self, page: Url, hits: list[Hit]) -> None:
        """Look at the links for the page's host and the port that it writes."""
        node = self._get(f"{page.host}:{page.port_text}")
        if isinstance(node, str):
            self._consider(node, page.host, page, hits, key_has_port=True)
        elif node is not None:
            self._on_host(node, page, hits)
            for packed in node.others:
                self._consider(packed, page.host, page, hits, key_has_port=True)
        if page.port_text in ("80", "443"):
            self._at_clash(page.host, page, hits)

    def _consider(self, packed: str, name: str, page: Url, hits: list[Hit], *, key_has_port: bool = False) -> None:
        """Add a link that stands alone under a key, if it holds."""
        kind = packed[0]
        if kind in "gG":
            _add(packed, Strength.PATTERN if pattern_holds(packed, page) else None, page, hits)
        elif kind == "D":
            hits.append((packed, None, page.host))
        elif kind in "rR":
            if (kind == "R" or page.secure or packed[5] != "s") and expression_holds(packed, page):
                hits.append((packed, Strength.REGEX, page.host))
        elif name is page.host and (key_has_port or not page.port_text):
            _add(packed, held_here(packed, page), page, hits)

    def _at_clash(self, key: str, page: Url, hits: list[Hit]) -> None:
        """Look at the links whose port is the page's by number only: each is the other scheme's default."""
        node = self._get(key)
        for packed in (node,) if isinstance(node, str) else node.links() if node else ():
            if packed[0] in "gG":
                if key != page.host:  # else the walk has looked at it
                    self._consider(packed, page.host, page, hits)
            elif packed[0] not in "dDrR":
                scheme, _, port, _ = split_url(url_of(packed))
                if same_port(scheme, port, page.scheme, page.port_text):
                    _add(packed, held_here(packed, page), page, hits)

    def _affiliated(self, sources: tuple[str, ...], page: Url, hits: list[Hit]) -> None:
        for source in sources:
            links = self._domain_links(source)
            hits.extend(
                (link, _AFFILIATED, page.host) for link in links if link[0] == "d" and (page.secure or link[5] != "s")
            )

    def _domain_links(self, member: str) -> Sequence[str]:
        """Give the domain links that a member of an affiliation stands for: its own, or those on that one host."""
        name = member
        while name:
            found = self._get(name)
            links: Sequence[str] = ()
            if isinstance(found, str):
                links = (found,) if found[0] in "dD" else ()
            elif found is not None:
                if found.cut or (found.wild and name is not member):
                    return ()
                links = found.domain
            if links:
                return links if name is member else [link for link in links if on_same_host(link, member)]
            name = name.partition(".")[2]
        return ()


def _add(packed: str, strength: Strength | None, page: Url, hits: list[Hit]) -> None:
    if strength is not None:
        hits.append((packed, strength, page.host))


def _on_path(links: list[str] | None, page: Url, hits: list[Hit]) -> None:
    if links:
        hits.extend((link, _PATH, page.host) for link in links if page.secure or link[5] != "s" or link[0] == "P")


def _strength(hit: Hit) -> Strength:
    packed, strength, host = hit
    if strength is None:
        return _SAME if on_same_host(packed, host) else _OTHER
    return strength


def _settle(hits: list[Hit]) -> list[Match]:
    """Drop vetoed records, keep each record's strongest link, and put the best first."""
    vetoed = {record_of(hit[0]) for hit in hits if hit[0][0] < "a"}
    ranked = []
    for hit in hits:
        packed = hit[0]
        if packed[0] >= "a":
            strength = _strength(hit)
            length = len(base_of(split_url(url_of(packed))[3])) if strength is _PATH else 0
            ranked.append((-strength.rank, -length, order_of(packed), hit))
    ranked.sort(key=itemgetter(0, 1, 2))
    matches: dict[str, Match] = {}
    for _, _, _, hit in ranked:
        record = record_of(hit[0])
        if record not in vetoed and record not in matches:
            match = matches[record] = _new(Match)
            match._hit = hit
    return list(matches.values())

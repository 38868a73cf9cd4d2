"""Evaluation: which records a page gets, by which of their links, and how strongly.

A page costs one parse, a walk over the labels of its host and a few look-ups; never a loop over links. Nothing here may
use the suffix list or make a table: that is `table.py`'s work, done before.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from matcher.holds import held, on_same_host
from matcher.nodes import MORE, HostNode, Node, links_at, names_above
from matcher.packed import CLASH, base_of, escaped, order_of, record_of, split_url, unpack, url_of
from matcher.sites import Sites, in_slot
from matcher.strength import Strength
from matcher.url import Url, admit, parts
from matcher.words import explain_miss, explain_veto, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matcher.affiliations import Offered
    from matcher.changes import Overlay
    from matcher.links import Link
    from matcher.nodes import Stand


_PATH, _HOST = Strength.PATH, Strength.HOST
_SAME, _OTHER, _AFFILIATED = Strength.DOMAIN_SAME_HOST, Strength.DOMAIN_OTHER_HOST, Strength.AFFILIATED

Hit = tuple[str, Strength | None, str]
"""A packed link that holds for the page, how strongly (`None`: a domain link, by its host), and the page's host."""

Found = tuple[str, int, Strength | None, str]
"""A text, where in it the packed link begins, and the rest of a hit."""

_new = object.__new__


class Match:
    """A record found for a page: `record`, the `link` that won, its `strength`, and the `reason` for people."""

    __slots__ = ("_found",)
    _found: Found

    @property
    def _packed(self) -> str:
        text, start, _, _ = self._found
        return text[start:]

    @property
    def record(self) -> str:
        """The record's name, as its link gave it."""
        return record_of(self._packed)

    @property
    def link(self) -> Link:
        """The link that matched."""
        return unpack(self._packed)

    @property
    def strength(self) -> Strength:
        """How sure the match is."""
        return _strength((self._packed, *self._found[2:]))

    @property
    def close(self) -> bool:
        """Whether a fill may follow without asking first."""
        return self.strength.close

    @property
    def reason(self) -> str:
        """Why it matched, in words that a person understands."""
        return reason_of(self.strength, self.link, self._found[3])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Match):
            return NotImplemented
        return (self.strength, self.link, self._found[3]) == (other.strength, other.link, other._found[3])

    def __hash__(self) -> int:
        return hash((self.strength, self.link, self._found[3]))

    def __repr__(self) -> str:
        return f"Match(record={self.record!r}, link={self.link!r}, strength={self.strength!r}, reason={self.reason!r})"


class Evaluator:
    """What a match table is for evaluation: an index of what stands under each site's name (`nodes`)."""

    __slots__ = ("_get", "_index", "_mask", "_node", "_slots")

    def __init__(self, index: Sites | Overlay) -> None:
        self._index = index
        self._get = index.get
        # `find` looks into the slots itself; an index with changes is asked for everything.
        self._slots = [""]
        self._mask = 0
        self._node: Callable[[str], Stand | None] = index.get
        if isinstance(index, Sites):
            self._slots, self._mask, self._node = index.slots, index.mask, index.nodes.get

    def find(self, url: str | Url) -> list[Match]:
        """Find the records for a page, best first, each by its strongest link.

        Raises:
            InvalidUrl: this is no page address.

        """
        parted = url if isinstance(url, Url) else parts(url)
        _, secure, host, port = parted
        names = [host, host.partition(".")[2]] if host.count(".") == 2 else names_of(host)
        slots, mask, node = self._slots, self._mask, self._node
        while names:
            name = names.pop()
            slot = slots[hash(name) & mask]
            if not slot:
                stand = node(name)
            elif slot.startswith(name) and slot[len(name)] == " ":
                stand = slot
            else:
                stand = in_slot(slot, name) or node(name)
            if stand is None:
                return []
            if stand is MORE:
                continue
            if type(stand) is not str:
                break
            at = len(name) + 1 if stand is slot else 0
            # What nearly all pages meet, one link on their site, is answered here; all else by `_hits`.
            kind = stand[at]
            if kind == "d":
                if secure or stand[at + 5] != "s":
                    match = _new(Match)
                    match._found = (stand, at, None, host)
                    return [match]
                return []
            if kind == "h" and not port and secure and stand[at + 5] == "s":
                if stand.startswith(host, at + 9) and stand[at + 9 + len(host)] == "/":
                    match = _new(Match)
                    match._found = (stand, at, _HOST, host)
                    return [match]
                return []
            break
        return _settle(self._hits(Url(*parted)))

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
        return explain_miss(self._links_of(record), page, self._sites(page.host))

    def _sites(self, host: str) -> list[str]:
        """Give the names that may be a host's site: its own and those above it, up to a public suffix that is known."""
        names: list[str] = []
        for name in (host, *names_above(host)):
            stand = self._get(name)
            if isinstance(stand, Node) and (stand.cut or (stand.wild and name != host)):
                break
            names.append(name)
        return names

    def _links_of(self, record: str) -> list[tuple[str, Link]]:
        """Give a record's links, each with its site, in the order they were given.

        A loop over all links: for explaining alone.
        """
        end = f" {escaped(record)}"
        found: list[tuple[int, str, Link]] = []
        for site, stand in self._index.items():
            own = (packed for packed in links_at(stand) if packed.endswith(end) and record_of(packed) == record)
            found.extend((order_of(packed), site, unpack(packed)) for packed in own)
        return [(site, link) for _, site, link in sorted(found, key=itemgetter(0))]

    def _hits(self, page: Url) -> list[Hit]:
        """Give the links that hold for a page, vetoes too, each once or more.

        The walk goes down the host's names from the one of two labels, and ends where the index leads no further.
        """
        hits: list[Hit] = []
        names = names_of(page.host)
        while names:
            name = names.pop()
            stand = self._get(name)
            if not isinstance(stand, Node):
                for packed in links_at(stand):
                    _add(packed, page, hits)
                break
            if not self._at_node(stand, name, page, hits):
                break
        return hits

    def _at_node(self, node: Node, name: str, page: Url, hits: list[Hit]) -> bool:
        """Look at what stands under a name of the walk; tell whether the index leads further."""
        if node.hosts:
            _on_hosts(node.hosts, page, hits)
        if (node.further or node.cut) and self._is_cut(name, page.host):
            return node.further
        if node.domain:
            host, secure = page.host, page.secure
            hits.extend((link, None, host) for link in node.domain if secure or link[5] != "s" or link[0] == "D")
        for packed in node.others:
            _add(packed, page, hits)
        if node.sources and (not node.alone or name == page.host):
            self._affiliated(node.sources, page, hits)
        return node.further

    def _is_cut(self, site: str, host: str) -> bool:
        """Whether a public suffix stands between a host and a site: the host is then another owner's."""
        name = host
        while len(name) >= len(site):
            stand = self._get(name)
            if isinstance(stand, Node) and (stand.cut or (stand.wild and name != host)):
                return True
            name = name.partition(".")[2]
        return False

    def _affiliated(self, sources: tuple[Offered, ...], page: Url, hits: list[Hit]) -> None:
        host, secure = page.host, page.secure
        for source, limit in sources:
            links = [link for link in self._domain_links(source) if link[0] == "d" and (secure or link[5] != "s")]
            held = [link for link in links if limit is None or limit.holds_for(record_of(link))]
            hits.extend((link, _AFFILIATED, host) for link in held)

    def _domain_links(self, member: str) -> Sequence[str]:
        """Give the domain links that a member of an affiliation stands for: its own, or those on that one host."""
        for name in (member, *names_above(member)):
            stand = self._get(name)
            links = stand.domain if isinstance(stand, Node) else [link for link in links_at(stand) if link[0] == "d"]
            if links and not self._is_cut(name, member):
                return links if name == member else [link for link in links if on_same_host(link, member)]
        return ()


def names_of(host: str) -> list[str]:
    """Give a host's names, itself first and the one of two labels last."""
    names = [host]
    name = host
    for _ in range(host.count(".") - 1):
        name = name.partition(".")[2]
        names.append(name)
    return names


def _on_hosts(hosts: dict[str, list[str] | HostNode], page: Url, hits: list[Hit]) -> None:
    """Look at the links of a site that hold for the page's host and port."""
    host, port = page.host, page.port_text
    keys = [f"{host}:{port}" if port else host, f"{host}{CLASH}"]
    if port in ("80", "443"):  # a page and a link may be the same port by number, each other schemes' default
        keys.append(host)
    for key in keys:
        links = hosts.get(key)
        if isinstance(links, HostNode):
            _on_host(links, page, hits)
        elif links is not None:
            for packed in links:
                _add(packed, page, hits)


def _on_host(node: HostNode, page: Url, hits: list[Hit]) -> None:
    for packed in node.any:
        _add(packed, page, hits)
    if node.paths:
        path = page.path
        ends = {len(path)}
        end = path.find("/")
        while 0 <= end <= node.longest:
            ends.add(end)
            end = path.find("/", end + 1)
        for end in ends:
            for packed in node.paths.get(path[:end], ()):
                _add(packed, page, hits)
    if node.exacts:
        for packed in node.exacts.get(page.resource, ()):
            _add(packed, page, hits)


def _add(packed: str, page: Url, hits: list[Hit]) -> None:
    """Add a link on the page's site, if it holds."""
    strength = held(packed, page)
    if strength is not None:
        hits.append((packed, None if packed[0] in "dD" else strength, page.host))


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
            ranked.append((-strength.rank, -length, order_of(packed), record_of(packed), hit))
    ranked.sort(key=itemgetter(0, 1, 2, 3))
    matches: dict[str, Match] = {}
    for _, _, _, record, hit in ranked:
        if record not in vetoed and record not in matches:
            match = matches[record] = _new(Match)
            match._found = (hit[0], 0, *hit[1:])
    return list(matches.values())

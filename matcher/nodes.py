"""The table's index: what stands under one site's name.

A name of the index has all names above it in the index too, down to two labels, marked as leading further: so a walk
from the top of a page's host ends at the first name that is not there. Most sites have one link and no node at all,
only the packed link; a few links are a list; a node begins where looking at each would cost, or where the walk over a
host's names must know something. Memory is counted in bytes a link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matcher.packed import base_of, host_key_of, resource_of, split_url, url_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matcher.affiliations import Offered

FEW: Final = 8
"""So many links are looked at one by one rather than looked up."""


class HostNode:
    """Many links of one host and port."""

    __slots__ = ("any", "exacts", "longest", "paths")

    def __init__(self, links: Iterable[str] = ()) -> None:
        self.any: list[str] = []
        """Links to be looked at for every page of the host."""
        self.paths: dict[str, list[str]] = {}
        self.exacts: dict[str, list[str]] = {}
        self.longest = 0
        """Length of the longest linked path: nothing beyond it needs looking up."""
        for packed in links:
            self.add(packed)

    def add(self, packed: str) -> None:
        """Add a packed link."""
        kind = packed[0]
        if kind in "pP":
            base = base_of(split_url(url_of(packed))[3])
            self.longest = max(self.longest, len(base))
            self.paths.setdefault(base, []).append(packed)
        elif kind in "eE":
            self.exacts.setdefault(resource_of(split_url(url_of(packed))[3]), []).append(packed)
        else:
            self.any.append(packed)

    def links(self) -> Iterator[str]:
        """Give every packed link."""
        yield from self.any
        for some in (*self.paths.values(), *self.exacts.values()):
            yield from some


class Node:
    """The links of one site, and what a walk over a host's names must know there."""

    __slots__ = ("alone", "cut", "domain", "further", "hosts", "others", "sources", "wild")

    def __init__(self, links: Iterable[str] = ()) -> None:
        self.domain: list[str] = []
        """Domain links."""
        self.others: list[str] = []
        """Regex links, and patterns that fit more than one host."""
        self.hosts: dict[str, list[str] | HostNode] = {}
        """Links for one host each, under `packed.host_key_of`."""
        self.sources: tuple[Offered, ...] = ()
        """Members of affiliations whose domain links are offered here."""
        self.alone = False
        """The sources are offered on this very host only, not on those below it."""
        self.cut = False
        """This name is a public suffix below a linked domain: nothing above it holds for hosts at or below it."""
        self.wild = False
        """Every name right below this one is a public suffix."""
        self.further = False
        """Names below this one are in the index."""
        for packed in links:
            self.add(packed)

    def add(self, packed: str) -> None:
        """Add a packed link."""
        key = host_key_of(packed)
        if key is None:
            (self.domain if packed[0] in "dD" else self.others).append(packed)
            return
        known = self.hosts.get(key)
        if known is None:
            self.hosts[key] = [packed]
        elif isinstance(known, HostNode) or len(known) < FEW:
            (known.add if isinstance(known, HostNode) else known.append)(packed)
        else:
            self.hosts[key] = HostNode((*known, packed))

    def links(self) -> Iterator[str]:
        """Give every packed link."""
        yield from self.domain
        yield from self.others
        for some in self.hosts.values():
            yield from some.links() if isinstance(some, HostNode) else some

    def marked(self) -> bool:
        """Whether the node says something beside its links."""
        return self.cut or self.wild or self.further or bool(self.sources)

    def leading_further(self) -> Node:
        """Mark that names below this one are in the index."""
        self.further = True
        return self

    def copy(self, key: str | None) -> Node:
        """Give a node whose links under one host's key, or those under none, may be changed while this one stays."""
        node = Node()
        node.domain, node.others, node.hosts = self.domain, self.others, self.hosts
        if key is None:
            node.domain, node.others = self.domain[:], self.others[:]
        else:
            node.hosts = self.hosts.copy()
            known = self.hosts.get(key, [])
            node.hosts[key] = HostNode(known.links()) if isinstance(known, HostNode) else known[:]
        node.sources, node.alone, node.further = self.sources, self.alone, self.further
        node.cut, node.wild = self.cut, self.wild
        return node

    def remove(self, packed: str) -> None:
        """Remove a packed link that is in the node."""
        key = host_key_of(packed)
        if key is None:
            (self.domain if packed[0] in "dD" else self.others).remove(packed)
            return
        known = self.hosts[key]
        left = [link for link in (known.links() if isinstance(known, HostNode) else known) if link != packed]
        if not left:
            del self.hosts[key]
        else:
            self.hosts[key] = HostNode(left) if len(left) > FEW else left


Stand = str | list[str] | Node
"""What stands under a name: one packed link, a few, or a node."""
Index = dict[str, Stand]


MORE: Final = Node().leading_further()
"""Stands under the many names that say nothing but that there is more below; never changed."""


def links_at(stand: Stand | None) -> Iterable[str]:
    """Give the packed links that stand under a name."""
    if stand is None:
        return ()
    if isinstance(stand, str):
        return (stand,)
    return stand if isinstance(stand, list) else stand.links()


def put(index: Index, site: str, packed: str) -> None:
    """Add a packed link to an index that is being made."""
    known = index.get(site)
    if known is None:
        index[site] = packed
        reach(index, site)
    elif isinstance(known, str):
        index[site] = [known, packed]
    elif isinstance(known, Node):
        node_at(index, site).add(packed)
    elif len(known) < FEW:
        known.append(packed)
    else:
        index[site] = Node((*known, packed))


def node_at(index: Index, name: str) -> Node:
    """Give the node of a name in an index that is being made, making one where there is none."""
    known = index.get(name)
    if isinstance(known, Node) and known is not MORE:
        return known
    node = index[name] = Node(links_at(known))
    node.further = known is MORE
    if known is None:
        reach(index, name)
    return node


def reach(index: Index, name: str) -> None:
    """Let a name that is new to an index be found: mark those above it."""
    for above in names_above(name):
        known = index.get(above)
        if (isinstance(known, Node) and known.further) or "." not in above:
            return
        if known is None:
            index[above] = MORE
        else:
            node_at(index, above).further = True


def mark_cut(node: Node, cut: str) -> None:
    """Mark a node for a public suffix below a site: the suffix itself, or `*.` and the name above."""
    if cut[0] == "*":
        node.wild = True
    else:
        node.cut = True


def names_above(name: str) -> Iterator[str]:
    """Give the names above a name, nearest first."""
    while name := name.partition(".")[2]:
        yield name

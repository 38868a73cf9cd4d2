"""The table's nodes: what stands under one host, and what stands under one name.

A host or a name with a single link has no node at all, only the packed link: most do, and memory is counted in bytes a
link. Nodes of a finished table are never changed; a changed table has copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.packed import base_of, resource_of, split_url, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class HostNode:
    """The links of one host and port."""

    __slots__ = ("any", "exacts", "longest", "paths")

    def __init__(self) -> None:
        self.any: list[str] = []
        """Links that hold for every page of the host, or that must be looked at one by one (patterns, regex)."""
        self.paths: dict[str, list[str]] = {}
        self.exacts: dict[str, list[str]] = {}
        self.longest = 0
        """Length of the longest linked path: nothing beyond it needs looking up."""

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
        for some in self.paths.values():
            yield from some
        for some in self.exacts.values():
            yield from some


class NameNode:
    """What is known of one name: links on the registrable domain, and what the walk must know here."""

    __slots__ = ("alone", "cut", "domain", "others", "sources", "wild")

    def __init__(self) -> None:
        self.domain: list[str] = []
        """Domain links, vetoes too."""
        self.others: list[str] = []
        """Regex links, and patterns with a star in the host or the port."""
        self.sources: tuple[str, ...] = ()
        """Members of affiliations whose domain links are offered here."""
        self.alone = False
        """The sources are offered on this very host only, not on those below it."""
        self.cut = False
        """This name is a public suffix below a linked domain: nothing above it holds for hosts at or below it."""
        self.wild = False
        """Every name right below this one is a public suffix."""

    def add(self, packed: str) -> None:
        """Add a packed link."""
        (self.domain if packed[0] in "dD" else self.others).append(packed)

    def links(self) -> Iterator[str]:
        """Give every packed link."""
        yield from self.domain
        yield from self.others

    def copy(self) -> NameNode:
        """Give a node that may be changed."""
        node = NameNode()
        node.domain, node.others = self.domain.copy(), self.others.copy()
        node.sources, node.alone, node.cut, node.wild = self.sources, self.alone, self.cut, self.wild
        return node

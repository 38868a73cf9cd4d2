"""The table's index: what stands under one key, and how a change is laid over it.

A key with a single link has no node at all, only the packed link: most do, and memory is counted in bytes a link.
What a finished table holds is never changed; a changed table has copies of the few nodes that differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matcher.packed import base_of, resource_of, split_url, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Some = list[str] | tuple[()]
"""Packed links; an empty tuple, shared by all, where there are none."""


class Node:
    """The links of one key, and what a walk over a host's labels must know there."""

    __slots__ = ("alone", "cut", "domain", "exacts", "host", "longest", "others", "paths", "sources", "wild")

    def __init__(self) -> None:
        self.domain: Some = ()
        """Domain links of this registrable domain."""
        self.others: Some = ()
        """Its regex links; and patterns, which look at the host themselves."""
        self.host: Some = ()
        """Links for this very host: `host` links, and those on a host without registrable domain."""
        self.paths: dict[str, list[str]] | None = None
        self.exacts: dict[str, list[str]] | None = None
        self.longest = 0
        """Length of the longest linked path: nothing beyond it needs looking up."""
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
        kind = packed[0]
        if kind in "dD":
            self.domain = _with(self.domain, packed)
        elif kind in "hHsSqQ":
            self.host = _with(self.host, packed)
        elif kind in "pP":
            base = base_of(split_url(url_of(packed))[3])
            self.longest = max(self.longest, len(base))
            self.paths = self.paths or {}
            self.paths[base] = _with(self.paths.get(base, ()), packed)
        elif kind in "eE":
            resource = resource_of(split_url(url_of(packed))[3])
            self.exacts = self.exacts or {}
            self.exacts[resource] = _with(self.exacts.get(resource, ()), packed)
        else:
            self.others = _with(self.others, packed)

    def links(self) -> Iterator[str]:
        """Give every packed link."""
        yield from self.domain
        yield from self.others
        yield from self.host
        for some in (self.paths or {}).values():
            yield from some
        for some in (self.exacts or {}).values():
            yield from some

    def copy(self) -> Node:
        """Give a node that may be changed while this one stays as it is."""
        node = Node()
        node.domain, node.others, node.host = self.domain[:], self.others[:], self.host[:]
        node.paths = _copied(self.paths)
        node.exacts = _copied(self.exacts)
        node.longest = self.longest
        node.sources, node.alone, node.cut, node.wild = self.sources, self.alone, self.cut, self.wild
        return node

    def remove(self, packed: str) -> bool:
        """Remove a packed link that is in the node; tell whether anything is left, links or marks."""
        lists = [self.domain, self.others, self.host]
        lists.extend((self.paths or {}).values())
        lists.extend((self.exacts or {}).values())
        for links in lists:
            if isinstance(links, list) and packed in links:
                links.remove(packed)
                break
        return bool(self.sources) or self.cut or self.wild or any(lists)


Index = dict[str, str | Node]


class Overlay:
    """An index with a few changes laid over it. Only `get` and `items` are asked of an index."""

    __slots__ = ("_base", "changes")

    def __init__(self, base: Index, changes: dict[str, str | Node | None]) -> None:
        self._base = base
        self.changes = changes

    def get(self, key: str) -> str | Node | None:
        """Give what stands under the key."""
        found = self.changes.get(key, _UNCHANGED)
        return self._base.get(key) if found is _UNCHANGED else found  # type: ignore[return-value] # not the mark

    def items(self) -> Iterator[tuple[str, str | Node]]:
        """Give every key and what stands under it."""
        for key, node in self._base.items():
            if key not in self.changes:
                yield key, node
        for key, changed in self.changes.items():
            if changed is not None:
                yield key, changed

    @classmethod
    def over(cls, index: Index | Overlay, changes: dict[str, str | Node | None]) -> Index | Overlay:
        """Lay changes over an index, which stays as it is; many are merged into an index of their own."""
        if isinstance(index, Overlay):
            changes = index.changes | changes
            index = index._base
        if len(changes) <= MOST_CHANGES:
            return cls(index, changes)
        merged = index.copy()
        for key, node in changes.items():
            if node is None:
                merged.pop(key, None)
            else:
                merged[key] = node
        return merged


MOST_CHANGES: Final = 2_048
"""Changes that are carried along before an index is made anew; copying so many costs about 20 us a change."""

_UNCHANGED: Final = object()


def put(index: Index, key: str, packed: str) -> None:
    """Add a packed link to an index that is being made."""
    known = index.get(key)
    if known is None:
        index[key] = packed
        return
    if isinstance(known, str):
        node = index[key] = Node()
        node.add(known)
        known = node
    known.add(packed)


def node_at(index: Index, key: str) -> Node:
    """Give the node of a key in an index that is being made, making one where there is none."""
    known = index.get(key)
    if isinstance(known, Node):
        return known
    node = index[key] = Node()
    if known is not None:
        node.add(known)
    return node


def mark_cut(index: Index, cut: str) -> None:
    """Mark, in an index that is being made, a public suffix that lies below one of its names."""
    if cut.startswith("*."):
        node_at(index, cut[2:]).wild = True
    else:
        node_at(index, cut).cut = True


def _copied(links: dict[str, list[str]] | None) -> dict[str, list[str]] | None:
    return None if links is None else {key: some[:] for key, some in links.items()}


def _with(links: Some, packed: str) -> list[str]:
    if isinstance(links, tuple):
        return [packed]
    links.append(packed)
    return links


class Changes:
    """Changes to an index that is in use: what they touch is copied first."""

    def __init__(self, index: Index | Overlay) -> None:
        self.made: dict[str, str | Node | None] = {}
        self._index = index

    def add(self, key: str, packed: str) -> None:
        """Add a packed link."""
        if self._now(key) is None:
            self.made[key] = packed
        else:
            self._own(key).add(packed)

    def cut(self, cut: str) -> None:
        """Mark a public suffix."""
        if cut.startswith("*."):
            self._own(cut[2:]).wild = True
        else:
            self._own(cut).cut = True

    def remove(self, key: str, packed: str) -> bool:
        """Remove the first link that is the packed one but for its order; tell whether there was one."""
        known = self._now(key)
        links = (known,) if isinstance(known, str) else known.links() if known else ()
        wanted = _but_order(packed)
        found = next((link for link in links if _but_order(link) == wanted), None)
        if found is None:
            return False
        if isinstance(known, str) or not self._own(key).remove(found):
            self.made[key] = None
        return True

    def _now(self, key: str) -> str | Node | None:
        return self.made[key] if key in self.made else self._index.get(key)

    def _own(self, key: str) -> Node:
        known = self._now(key)
        if isinstance(known, Node):
            node = known if key in self.made else known.copy()
        else:
            node = Node()
            if known is not None:
                node.add(known)
        self.made[key] = node
        return node


def _but_order(packed: str) -> tuple[str, str]:
    url, _, rest = packed.split(" ", 2)
    return url, rest

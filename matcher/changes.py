"""Changes to an index that is in use: what they touch is copied, all else is shared with the table before.

An index that tables use is never changed itself, whoever else reads it at the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matcher.nodes import FEW, MORE, Node, links_at, mark_cut, names_above
from matcher.packed import host_key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.nodes import Stand
    from matcher.sites import Sites

MOST_CHANGES: Final = 2_048
"""Changed names that are carried along before an index is made anew; copying so many takes about 20 us a change."""

_UNCHANGED: Final = object()


class Overlay:
    """An index with a few changes laid over it. Only `get` and `items` are asked of an index."""

    __slots__ = ("_base", "_changes")

    def __init__(self, base: Sites, changes: dict[str, Stand | None]) -> None:
        self._base = base
        self._changes = changes

    def get(self, name: str) -> Stand | None:
        """Give what stands under the name."""
        found = self._changes.get(name, _UNCHANGED)
        return self._base.get(name) if found is _UNCHANGED else found  # type: ignore[return-value] # not the mark

    def items(self) -> Iterator[tuple[str, Stand]]:
        """Give every name and what stands under it."""
        for name, stand in self._base.items():
            if name not in self._changes:
                yield name, stand
        for name, changed in self._changes.items():
            if changed is not None:
                yield name, changed

    @classmethod
    def over(cls, index: Sites | Overlay, changes: dict[str, Stand | None]) -> Sites | Overlay:
        """Lay changes over an index, which stays as it is; many are merged into an index of their own."""
        if isinstance(index, Overlay):
            changes = index._changes | changes
            index = index._base
        return cls(index, changes) if len(changes) <= MOST_CHANGES else index.changed(changes)


class Changes:
    """Collects changes to an index; `made` is what differs."""

    def __init__(self, index: Sites | Overlay) -> None:
        self.made: dict[str, Stand | None] = {}
        self._index = index

    def add(self, site: str, packed: str) -> None:
        """Add a packed link."""
        known = self._now(site)
        if known is None:
            self.made[site] = packed
            self._reach(site)
        elif isinstance(known, Node) or len(links := list(links_at(known))) >= FEW:
            self._own(site, host_key_of(packed)).add(packed)
        else:
            self.made[site] = [*links, packed]

    def remove(self, site: str, packed: str) -> bool:
        """Remove the first link that is the packed one but for its order; tell whether there was one."""
        known = self._now(site)
        wanted = _but_order(packed)
        found = next((link for link in links_at(known) if _but_order(link) == wanted), None)
        if found is None:
            return False
        if isinstance(known, Node):
            node = self._own(site, host_key_of(packed))
            node.remove(found)
            if not node.marked() and not any(node.links()):
                self.made[site] = None
        else:
            left = [link for link in links_at(known) if link is not found]
            self.made[site] = left if len(left) > 1 else left[0] if left else None
        return True

    def cut(self, cut: str) -> None:
        """Mark a public suffix that lies below a site."""
        mark_cut(self._own(cut.removeprefix("*."), None), cut)

    def _now(self, name: str) -> Stand | None:
        return self.made[name] if name in self.made else self._index.get(name)

    def _own(self, name: str, key: str | None) -> Node:
        known = self._now(name)
        node = known.copy(key) if isinstance(known, Node) else Node(links_at(known))
        self.made[name] = node
        if known is None:
            self._reach(name)
        return node

    def _reach(self, name: str) -> None:
        for above in names_above(name):
            known = self._now(above)
            if (isinstance(known, Node) and known.further) or "." not in above:
                return
            if known is None:
                self.made[above] = MORE
            else:
                self._own(above, None).further = True


def _but_order(packed: str) -> tuple[str, str]:
    url, _, rest = packed.split(" ", 2)
    return url, rest

"""The index at rest: what stands under each site's name, for tables of any size.

Most sites have a link or two. Their lines, `SITE PACKED`, stand in slots, found by the hash of the site's name: a
look-up among a million goes to one place of a list and to one text, where a dictionary goes to four, each far away in
memory and as dear as a fifth of a parse. Nodes are few, and stay in a dictionary. A finished index is never changed:
whoever else reads it at the time goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matcher.nodes import Node, links_at
from matcher.packed import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matcher.nodes import Index, Stand

_ROOM: Final = 4
"""An index is made with four to eight times as many slots as lines: four in five lines then have one of their own."""


class Sites:
    """What stands under each name: `nodes`, and one link or a few in the slot that the name's hash and `mask` give.

    A slot is empty text, one line, or several, `BETWEEN` in front of each.
    """

    __slots__ = ("_lines", "mask", "nodes", "slots")

    def __init__(self, nodes: dict[str, Node], slots: list[str], lines: int) -> None:
        """Take parts that nobody else will change; made by `of` and `changed`."""
        self.nodes = nodes
        self.slots = slots
        self.mask = len(slots) - 1
        self._lines = lines

    @classmethod
    def of(cls, index: Index) -> Sites:
        """Bring an index that was being made to rest; it is empty afterwards, so that memory is not needed twice."""
        sites = cls({}, _slots_for(sum(map(_lines_in, index.values()))), 0)
        while index:
            sites._put(*index.popitem())
        return sites

    def get(self, name: str) -> Stand | None:
        """Give what stands under the name."""
        return in_slot(self.slots[hash(name) & self.mask], name) or self.nodes.get(name)

    def items(self) -> Iterator[tuple[str, Stand]]:
        """Give every name and what stands under it; a name with a few links comes once for each."""
        yield from self.nodes.items()
        for line in self._all():
            site, _, packed = line.partition(" ")
            yield site, packed

    def changed(self, changes: Mapping[str, Stand | None]) -> Sites:
        """Give another index, with some names standing differently, or gone where `None` is given."""
        sites = Sites(self.nodes.copy(), self.slots.copy(), self._lines)
        for name, stand in changes.items():
            sites._drop(name)
            if stand is not None:
                sites._put(name, stand)
        if sites._lines <= len(sites.slots):
            return sites
        roomier = Sites(sites.nodes, _slots_for(sites._lines), 0)
        for line in sites._all():
            roomier._add(line.partition(" ")[0], line)
        return roomier

    def _all(self) -> Iterator[str]:
        for slot in self.slots:
            if slot:
                yield from _lines(slot)

    def _put(self, name: str, stand: Stand) -> None:
        if isinstance(stand, Node):
            self.nodes[name] = stand
            return
        for packed in links_at(stand):
            self._add(name, f"{name} {packed}")

    def _add(self, name: str, line: str) -> None:
        at = hash(name) & self.mask
        self.slots[at] = _slot([*_lines(self.slots[at]), line])
        self._lines += 1

    def _drop(self, name: str) -> None:
        self.nodes.pop(name, None)
        at = hash(name) & self.mask
        start = f"{name} "
        if start in self.slots[at]:
            lines = _lines(self.slots[at])
            left = [line for line in lines if not line.startswith(start)]
            self.slots[at] = _slot(left)
            self._lines -= len(lines) - len(left)


def in_slot(slot: str, name: str) -> str | list[str] | None:
    """Give the one link or the few links of the site with this name in a slot."""
    start = f"{name} "  # no name has a space in it
    if slot[:1] != BETWEEN:
        return slot[len(start) :] if slot.startswith(start) else None
    start = BETWEEN + start
    at = slot.find(start)
    if at < 0:
        return None
    end = slot.find(BETWEEN, at + len(start))
    if end < 0:
        return slot[at + len(start) :]
    if slot.find(start, end) < 0:
        return slot[at + len(start) : end]
    return [line[len(start) - 1 :] for line in _lines(slot) if line.startswith(f"{name} ")]


def _slots_for(lines: int) -> list[str]:
    return [""] * (1 << (lines * _ROOM).bit_length())


def _lines_in(stand: Stand) -> int:
    return 1 if isinstance(stand, str) else 0 if isinstance(stand, Node) else len(stand)


def _lines(slot: str) -> list[str]:
    if not slot:
        return []
    return slot[1:].split(BETWEEN) if slot[0] == BETWEEN else [slot]


def _slot(lines: list[str]) -> str:
    return "".join(f"{BETWEEN}{line}" for line in lines) if len(lines) > 1 else "".join(lines)

"""The match table: links compiled for evaluation.

All costly work happens here, once: public suffixes, affiliations, where each link stands. A finished table is never
changed, so it may be shared by threads; a change makes another table that shares what did not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from matcher import suffixes as public_suffixes
from matcher.affiliations import Affiliations
from matcher.changes import Changes, Overlay
from matcher.errors import InvalidLink
from matcher.links import Link
from matcher.match import Evaluator
from matcher.nodes import mark_cut, node_at, put
from matcher.packed import order_of, pack
from matcher.sites import Sites
from matcher.wire import line_of, read, write

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from matcher.nodes import Index
    from matcher.suffixes import SuffixList


class MatchTable(Evaluator):
    """A person's links, compiled. Never changed: `with_changes` gives another table."""

    __slots__ = ("_affiliations", "_next", "_suffixes", "revision", "suffix_list")

    def __init__(
        self,
        index: Sites | Overlay,
        *,
        affiliations: Affiliations,
        next_order: int,
        revision: int,
        suffixes: SuffixList | None,
        suffix_list: dt.date | None,
    ) -> None:
        """Take compiled parts; made by `compile`, `with_changes` and `from_json`."""
        super().__init__(index)
        self._affiliations = affiliations
        self._next = next_order
        self._suffixes = suffixes
        self.revision = revision
        """The caller's number for this state of the links."""
        self.suffix_list = suffix_list
        """The day of the suffix list that this was compiled with, `None` if the list names none."""

    @classmethod
    def compile(
        cls,
        links: Iterable[Link],
        affiliations: Affiliations | None = None,
        *,
        revision: int = 0,
        suffixes: SuffixList | None = None,
        orders: Iterable[int] | None = None,
    ) -> Self:
        """Compile links, in the order that decides ties.

        Args:
            links: any number.
            affiliations: none if not given.
            revision: the caller's number for this state of the links; only handed on.
            suffixes: the suffix list; the one in use if not given.
            orders: the place of each link among all, by which ties are decided, and where two are the same by their
                records' names; counted from 1 if not given.

        Raises:
            InvalidLink: something in `links` is no `Link`.

        """
        suffixes = suffixes or public_suffixes.current()
        affiliations = affiliations or Affiliations.none()
        index: Index = {}
        order = 0
        for order, link in enumerate(links, 1) if orders is None else zip(orders, links, strict=True):
            stand = _packed(link, order, suffixes)
            if stand is not None:
                put(index, *stand)
                for cut in suffixes.below(stand[0]):
                    mark_cut(node_at(index, cut.removeprefix("*.")), cut)
        _mark_members(index, affiliations)
        for member in affiliations.offers:
            for cut in suffixes.below(member):
                mark_cut(node_at(index, cut.removeprefix("*.")), cut)
        return cls(
            Sites.of(index),
            affiliations=affiliations,
            next_order=order + 1,
            revision=revision,
            suffixes=suffixes,
            suffix_list=suffixes.date,
        )

    def with_changes(
        self, *, add: Iterable[Link] = (), remove: Iterable[Link] = (), revision: int | None = None
    ) -> MatchTable:
        """Give a table with some links fewer and some more; this one stays as it is.

        Costs what the changed links cost, not the table. A removed link is one equal to it; links that are added come
        after all others. A table read from JSON is changed by the suffix list in use.

        Raises:
            InvalidLink: a link to be removed is not in the table, or something is no `Link`.

        """
        suffixes = self._suffixes or public_suffixes.current()
        changes = Changes(self._index)
        order = self._next
        for link in remove:
            stand = _packed(link, 0, suffixes)
            if stand is not None and not changes.remove(*stand):
                raise InvalidLink(f"no such link is in the table: {link.url}")
        for link in add:
            stand = _packed(link, order, suffixes)
            order += 1
            if stand is None:
                continue
            site = stand[0]
            changes.add(*stand)
            for cut in suffixes.below(site):
                changes.cut(cut)
        return MatchTable(
            Overlay.over(self._index, changes.made),
            affiliations=self._affiliations,
            next_order=order,
            revision=self.revision if revision is None else revision,
            suffixes=self._suffixes,
            suffix_list=self.suffix_list,
        )

    def to_json(self) -> bytes:
        """Give the table as the JSON that `table.schema.json` describes."""
        return write(self._index, self._affiliations, self.revision, self.suffix_list)

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Read a table that `to_json` wrote.

        Raises:
            InvalidTable: the JSON is damaged, of another version, or no match table. Nothing of it is read then.

        """
        body = read(data)
        index: Index = {}
        last = 0
        for site, packed in body.links:
            put(index, site, packed)
            last = max(last, order_of(packed))
        for cut in body.cuts:
            mark_cut(node_at(index, cut.removeprefix("*.")), cut)
        _mark_members(index, body.affiliations)
        return cls(
            Sites.of(index),
            affiliations=body.affiliations,
            next_order=last + 1,
            revision=body.revision,
            suffixes=None,
            suffix_list=body.suffix_list,
        )


def lines_of(links: Iterable[Link], orders: Iterable[int]) -> tuple[list[str], list[str]]:
    """Give the lines that links have in a table's JSON, and the public suffixes that a table with them must know of.

    So a table's JSON can be put together (`wire.compose`) of what did not change and what did.

    Args:
        links: any number.
        orders: the place of each link among all.

    Raises:
        InvalidLink: something in `links` is no `Link`.

    """
    suffixes = public_suffixes.current()
    stands = [_packed(link, order, suffixes) for order, link in zip(orders, links, strict=True)]
    known = [stand for stand in stands if stand is not None]
    return [line_of(*stand) for stand in known], [cut for site, _ in known for cut in suffixes.below(site)]


def cuts_of(affiliations: Affiliations) -> list[str]:
    """Give the public suffixes that a table with these affiliations must know of."""
    suffixes = public_suffixes.current()
    return [cut for member in affiliations.offers for cut in suffixes.below(member)]


def _packed(link: Link, order: int, suffixes: SuffixList) -> tuple[str, str] | None:
    if not isinstance(link, Link):
        raise InvalidLink("a match table is compiled of links")
    return pack(link, order, suffixes)


def _mark_members(index: Index, affiliations: Affiliations) -> None:
    """Let members of affiliations know whose links are offered on them."""
    for member, sources in affiliations.offers.items():
        node = node_at(index, member)
        node.sources = sources
        node.alone = member in affiliations.hosts

"""The match table: links compiled for evaluation, and its JSON.

All costly work happens here, once: public suffixes, affiliations, where each link stands. The JSON is what the
extension evaluates too; it is described in `table.schema.json` and holds no secret.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import zlib
from typing import TYPE_CHECKING, Final, Self

from matcher import suffixes as public_suffixes
from matcher.affiliations import Affiliations
from matcher.errors import InvalidAffiliation, InvalidLink, InvalidTable
from matcher.links import Link
from matcher.match import Evaluator
from matcher.nodes import HostNode, NameNode
from matcher.packed import base_of, pack, place, resource_of, split_url, url_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matcher.suffixes import SuffixList

FORMAT: Final = "wayfill match table"
VERSION: Final = 1

_LINE = re.compile(
    r"(?P<space>[@=/!])(?P<key>[!-~]+) (?P<packed>[dDhHpPeEgGrR](?:https?|\*)://[!-~]+ [0-9]{1,15} .*)", re.DOTALL
)
_CUT = re.compile(r"(?:\*\.)?[!-~]+")


class MatchTable(Evaluator):
    """A person's links, compiled. Never changed: `with_changes` gives another table."""

    __slots__ = ("_affiliations", "_cuts", "_next", "revision", "suffix_list")

    def __init__(
        self,
        hosts: Mapping[str, str | HostNode],
        names: Mapping[str, str | NameNode],
        *,
        affiliations: Affiliations,
        clashes: bool,
        next_order: int,
        revision: int,
        suffix_list: dt.date | None,
    ) -> None:
        """Take compiled parts; made by `compile` and `from_json`."""
        super().__init__(hosts, names, clashes)
        self._affiliations = affiliations
        self._next = next_order
        self.revision = revision
        self.suffix_list = suffix_list

    @classmethod
    def compile(
        cls,
        links: Iterable[Link],
        affiliations: Affiliations | None = None,
        *,
        revision: int = 0,
        suffixes: SuffixList | None = None,
    ) -> Self:
        """Compile links, in the order that decides ties.

        Args:
            links: any number.
            affiliations: none if not given.
            revision: the caller's number for this state of the links; only handed on.
            suffixes: the suffix list; the one in use if not given.

        Raises:
            InvalidLink: something in `links` is no `Link`.

        """
        suffixes = suffixes or public_suffixes.current()
        affiliations = affiliations or Affiliations.none()
        builder = _Builder(suffixes)
        order = 0
        for order, link in enumerate(links, 1):
            if not isinstance(link, Link):
                raise InvalidLink("a match table is compiled of links")
            builder.add(pack(link, order))
        builder.affiliate(affiliations, suffixes)
        return cls(
            builder.hosts,
            builder.names,
            affiliations=affiliations,
            clashes=builder.clashes,
            next_order=order + 1,
            revision=revision,
            suffix_list=suffixes.date,
        )

    def to_json(self) -> bytes:
        """Give the table as the JSON that `table.schema.json` describes."""
        lines: list[str] = []
        cuts: list[str] = []
        for key, node in self._hosts.items():
            links = (node,) if isinstance(node, str) else node.links()
            lines.extend(f"{_line_key(key, packed)} {packed}" for packed in links)
        for name, named in self._names.items():
            if isinstance(named, str):
                lines.append(f"@{name} {named}")
                continue
            lines.extend(f"@{name} {packed}" for packed in named.links())
            if named.cut:
                cuts.append(name)
            if named.wild:
                cuts.append(f"*.{name}")
        lines.sort()
        body: dict[str, object] = {
            "format": FORMAT,
            "version": VERSION,
            "revision": self.revision,
            "suffix_list": self.suffix_list.isoformat() if self.suffix_list else None,
            "affiliations": self._affiliations.to_groups(),
            "hosts": sorted(self._affiliations.hosts),
            "cuts": sorted(cuts),
            "links": lines,
        }
        body["check"] = _check(body)
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Read a table that `to_json` wrote.

        Raises:
            InvalidTable: the JSON is damaged, of another version, or no match table. Nothing of it is read then.

        """
        try:
            body = json.loads(data)
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidTable("the match table is not JSON") from error
        if not isinstance(body, dict) or body.get("format") != FORMAT:
            raise InvalidTable("this is no match table")
        if type(body.get("version")) is not int or body["version"] != VERSION:
            raise InvalidTable(f"the match table is of another version than {VERSION}")
        return cls._read(body)

    @classmethod
    def _read(cls, body: dict[str, object]) -> Self:
        lines, cuts, revision = body.get("links"), body.get("cuts"), body.get("revision")
        if not isinstance(lines, list) or not isinstance(cuts, list) or type(revision) is not int:
            raise InvalidTable("the match table is damaged: a part is missing")
        day = _date(body.get("suffix_list"))
        try:
            affiliations = Affiliations.known(body.get("affiliations"), body.get("hosts"))
            good = body.get("check") == _check(body)
        except (InvalidAffiliation, KeyError, TypeError, UnicodeEncodeError) as error:
            raise InvalidTable("the match table is damaged") from error
        if not good:
            raise InvalidTable("the match table is damaged: its check sum is another")
        builder = _Builder(None)
        last = 0
        for line in lines:
            parts = _LINE.fullmatch(line)
            if parts is None:
                raise InvalidTable("the match table is damaged: a line is no link")
            last = max(last, builder.read(parts["space"], parts["key"], parts["packed"]))
        for cut in cuts:
            if not _CUT.fullmatch(cut):
                raise InvalidTable("the match table is damaged: a cut is no name")
            builder.cut(cut)
        builder.affiliate(affiliations, None)
        return cls(
            builder.hosts,
            builder.names,
            affiliations=affiliations,
            clashes=builder.clashes,
            next_order=last + 1,
            revision=revision,
            suffix_list=day,
        )


class _Builder:
    """Puts packed links and names in their places."""

    def __init__(self, suffixes: SuffixList | None) -> None:
        self.hosts: dict[str, str | HostNode] = {}
        self.names: dict[str, str | NameNode] = {}
        self.clashes = False
        self._suffixes = suffixes
        self._cut_for: set[str] = set()

    def add(self, packed: str) -> None:
        """Compile one link."""
        assert self._suffixes is not None  # noqa: S101 - a builder without a list only reads
        spot = place(packed, self._suffixes)
        if spot is None:
            return
        named, key = spot
        if not named:
            self._under_host(key, packed)
            return
        self._under_name(key, packed)
        self._cut_below(key, self._suffixes)

    def read(self, space: str, key: str, packed: str) -> int:
        """Take one link of a written table; give its order."""
        if space == "@":
            self._under_name(key, packed)
        elif space == "=":
            self._under_host(key, packed)
        else:
            self._under_host(key.partition("/")[0], packed)
        return int(packed.split(" ", 2)[1])

    def affiliate(self, affiliations: Affiliations, suffixes: SuffixList | None) -> None:
        """Let members know whose links are offered on them."""
        for member, sources in affiliations.sources.items():
            node = self._name_node(member)
            node.sources = sources
            node.alone = member in affiliations.hosts
            if suffixes is not None and not node.alone:
                self._cut_below(member, suffixes)

    def cut(self, cut: str) -> None:
        """Mark a public suffix that lies below a name of the table."""
        if cut.startswith("*."):
            self._name_node(cut[2:]).wild = True
        else:
            self._name_node(cut).cut = True

    def _cut_below(self, domain: str, suffixes: SuffixList) -> None:
        for cut in suffixes.below(domain):
            self.cut(cut)

    def _under_host(self, key: str, packed: str) -> None:
        self.clashes = self.clashes or key.endswith("!")
        known = self.hosts.get(key)
        if known is None:
            self.hosts[key] = packed
            return
        if isinstance(known, str):
            node = self.hosts[key] = HostNode()
            node.add(known)
            known = node
        known.add(packed)

    def _under_name(self, name: str, packed: str) -> None:
        if name not in self.names:
            self.names[name] = packed
        else:
            self._name_node(name).add(packed)

    def _name_node(self, name: str) -> NameNode:
        known = self.names.get(name)
        if isinstance(known, NameNode):
            return known
        node = self.names[name] = NameNode()
        if known is not None:
            node.add(known)
        return node


def _line_key(key: str, packed: str) -> str:
    """Give the key of a line of the JSON for a link under a host."""
    kind = packed[0]
    if key.endswith("!") or kind not in "pPeE":
        return f"={key}"
    tail = split_url(url_of(packed))[3]
    return f"/{key}{base_of(tail)}" if kind in "pP" else f"!{key}{resource_of(tail)}"


def _check(body: Mapping[str, object]) -> int:
    """Give the check sum of all that the table holds: Adler-32 of its parts in UTF-8, line feeds between them."""
    head = [body["revision"], body["suffix_list"], body["affiliations"], body["hosts"]]
    parts: list[str] = [
        json.dumps(head, ensure_ascii=False, separators=(",", ":")),
        *body["cuts"],  # type: ignore[misc]
        *body["links"],
    ]
    return zlib.adler32("\n".join(parts).encode())


def _date(value: object) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise InvalidTable("the match table is damaged: the suffix list's date is none") from error

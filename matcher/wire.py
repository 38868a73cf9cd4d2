"""The match table's JSON: what `table.schema.json` describes, and what the extension's evaluator reads.

It holds no secret: names of records and addresses alone. A table is read whole or not at all; the check sum is against
accidents, not against people.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from matcher import expression as expressions
from matcher.affiliations import Affiliations
from matcher.errors import InvalidAffiliation, InvalidLink, InvalidTable
from matcher.packed import CLASH, base_of, expression_of, resource_of, split_url, url_of

if TYPE_CHECKING:
    from matcher.nodes import Index, Overlay

FORMAT: Final = "wayfill match table"
VERSION: Final = 1

_HOST: Final = r"(?:\[[0-9a-f:.]+\]|[^][ /:\0-\x20\x7f-\U0010ffff]+)"
_ADDRESS: Final = rf"https?://{_HOST}(?::[0-9]{{1,5}})?/[!-~]*"
_LINE = re.compile(
    rf"(?P<space>[@=/!])(?P<key>[!-~]+) "
    rf"(?P<packed>(?:[dDhHpPeEsS]{_ADDRESS} [0-9]{{1,15}}"
    rf"|[gG](?:https?|\*)://{_HOST}(?::(?:[0-9]{{1,5}}|\*))?(?:/[!-~]*)? [0-9]{{1,15}}"
    rf"|[rRqQ]{_ADDRESS} [0-9]{{1,15}} [^ ]+)"
    rf" .*)",
    re.DOTALL,
)
_PARTS: Final = {"format", "version", "revision", "suffix_list", "affiliations", "hosts", "cuts", "links", "check"}
_CUT = re.compile(r"(?:\*\.)?[!-~]+")


@dataclass(frozen=True, slots=True)
class Body:
    """What a table's JSON says, checked."""

    revision: int
    suffix_list: dt.date | None
    affiliations: Affiliations
    cuts: list[str]
    links: list[tuple[str, str]]
    """Keys as `packed.pack` gives them, and packed links."""


def write(index: Index | Overlay, affiliations: Affiliations, revision: int, suffix_list: dt.date | None) -> bytes:
    """Write a table."""
    lines: list[str] = []
    cuts: list[str] = []
    for key, node in index.items():
        if isinstance(node, str):
            lines.append(f"{_line_key(key, node)} {node}")
            continue
        lines.extend(f"{_line_key(key, packed)} {packed}" for packed in node.links())
        if node.cut:
            cuts.append(key)
        if node.wild:
            cuts.append(f"*.{key}")
    lines.sort()
    cuts.sort()
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "revision": revision,
        "suffix_list": suffix_list.isoformat() if suffix_list else None,
        "affiliations": affiliations.to_groups(),
        "hosts": sorted(affiliations.hosts),
        "cuts": cuts,
        "links": lines,
    }
    body["check"] = _check(body)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def read(data: bytes | str) -> Body:
    """Read what `write` wrote.

    Raises:
        InvalidTable: damaged, of another version, or no match table.

    """
    try:
        body = json.loads(data)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidTable("the match table is not JSON") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise InvalidTable("this is no match table")
    if type(body.get("version")) is not int or body["version"] != VERSION:
        raise InvalidTable(f"the match table is of another version than {VERSION}")
    if set(body) != _PARTS or type(body["revision"]) is not int:
        raise InvalidTable("the match table is damaged: a part is missing")
    if not all(isinstance(body[part], list) for part in ("affiliations", "hosts", "cuts", "links")):
        raise InvalidTable("the match table is damaged: a part is no list")
    try:
        good = type(body["check"]) is int and body["check"] == _check(body)
        affiliations = Affiliations.known(body["affiliations"], body["hosts"])
    except (InvalidAffiliation, TypeError, UnicodeEncodeError) as error:
        raise InvalidTable("the match table is damaged") from error
    if not good:
        raise InvalidTable("the match table is damaged: its check sum is another")
    if not all(map(_CUT.fullmatch, body["cuts"])):
        raise InvalidTable("the match table is damaged: a cut is no name")
    return Body(
        body["revision"],
        _date(body["suffix_list"]),
        affiliations,
        body["cuts"],
        list(map(_read_line, body["links"])),
    )


def _line_key(key: str, packed: str) -> str:
    """Give the key of a line of the JSON: by what the evaluator looks it up, a sign for the kind of key before it."""
    kind = packed[0]
    if key.endswith(CLASH) or kind in "hHsSqQ":
        return f"={key}"
    if kind in "pP":
        return f"/{key}{base_of(split_url(url_of(packed))[3])}"
    if kind in "eE":
        return f"!{key}{resource_of(split_url(url_of(packed))[3])}"
    return f"@{key}"


def _read_line(line: str) -> tuple[str, str]:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise InvalidTable("the match table is damaged: a line is no link")
    packed = parts["packed"]
    if packed[0] in "rRqQ":
        try:
            expressions.check(expression_of(packed))
        except InvalidLink as error:
            raise InvalidTable("the match table is damaged: an expression is none") from error
    key = parts["key"]
    return (key.partition("/")[0] if parts["space"] in "/!" else key), packed


def _check(body: dict[str, Any]) -> int:
    """Give the check sum of all that the table holds: Adler-32 of its parts in UTF-8, line feeds between them."""
    head = [body["revision"], body["suffix_list"], body["affiliations"], body["hosts"]]
    parts: list[str] = [
        json.dumps(head, ensure_ascii=False, separators=(",", ":")),
        *body["cuts"],
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

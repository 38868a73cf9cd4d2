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
from matcher.nodes import Node, links_at
from matcher.packed import BETWEEN, CLASH, base_of, expression_of, host_key_of, pattern_of, resource_of, split_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.changes import Overlay
    from matcher.sites import Sites

FORMAT: Final = "wayfill match table"
VERSION: Final = 1

_HOST: Final = r"(?:\[[0-9a-f:.]+\]|[^][ /:\0-\x20\x7f-\U0010ffff]+)"
_ADDRESS: Final = rf"https?://{_HOST}(?::[0-9]{{1,5}})?/[!-~]*"
_LINE = re.compile(
    rf"(?:@(?P<site>{_HOST}) |[=/!](?P<host>{_HOST})[!-~]* (?P<labels>[1-9][0-9]{{0,3}}))"
    r"(?P<kind>[a-zA-Z])(?P<url>[!-~]+)(?P<rest> .*)",
    re.DOTALL,
)
_PACKED = re.compile(
    rf"(?:[dDhHpPeEsS]{_ADDRESS} [0-9]{{1,15}}"
    rf"|[gG](?:https?|\*)://{_HOST}(?::(?:[0-9]{{1,5}}|\*))?(?:/[!-~]*)? [0-9]{{1,15}}"
    rf"|[rRqQ]{_ADDRESS} [0-9]{{1,15}} [^ ]+)"
    rf" .*",
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
    """Sites and packed links, as `packed.pack` gives them."""


def write(index: Sites | Overlay, affiliations: Affiliations, revision: int, suffix_list: dt.date | None) -> bytes:
    """Write a table."""
    lines: list[str] = []
    cuts: list[str] = []
    for name, stand in index.items():
        lines.extend(line_of(name, packed) for packed in links_at(stand))
        if isinstance(stand, Node):
            if stand.cut:
                cuts.append(name)
            if stand.wild:
                cuts.append(f"*.{name}")
    lines.sort()
    cuts.sort()
    return compose(lines, cuts, affiliations, revision, suffix_list)


def compose(
    lines: Sequence[str], cuts: Sequence[str], affiliations: Affiliations, revision: int, suffix_list: dt.date | None
) -> bytes:
    """Write a table of lines that are there already.

    Args:
        lines: As `line_of` gives them, sorted.
        cuts: Public suffixes below the sites of links and the members of affiliations, sorted, each once.
        affiliations: The affiliations.
        revision: The caller's number.
        suffix_list: The day of the suffix list.

    """
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "revision": revision,
        "suffix_list": suffix_list.isoformat() if suffix_list else None,
        "affiliations": affiliations.to_groups(),
        "hosts": sorted(affiliations.hosts),
        "cuts": cuts,
        "links": BETWEEN.join(lines),
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
    if not all(isinstance(body[part], list) for part in ("affiliations", "hosts", "cuts")):
        raise InvalidTable("the match table is damaged: a part is no list")
    if not isinstance(body["links"], str):
        raise InvalidTable("the match table is damaged: its links are no text")
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
        list(map(_read_line, body["links"].split(BETWEEN))) if body["links"] else [],
    )


def line_of(site: str, packed: str) -> str:
    """Give a link's line: what the evaluator looks it up by, and the packed link with its host and scheme shortened.

    The key is a sign for its kind and a site, or a host and more of the link. Characters are saved because the
    evaluator reads all of them when it checks a table.
    """
    url, _, rest = packed[1:].partition(" ")
    key = host_key_of(packed)
    if key is None:
        host = pattern_of(url).host if packed[0] in "gG" else split_url(url)[1]
        return f"@{site} {packed[0]}{_short(url, host, site)} {rest}"
    host, tail = _host_and_tail(packed, url)
    sign, more = "=", ""
    if not key.endswith(CLASH) and packed[0] in "pP":
        sign, more = "/", base_of(tail)
    elif not key.endswith(CLASH) and packed[0] in "eE":
        sign, more = "!", resource_of(tail)
    return f"{sign}{key}{more} {site.count('.') + 1}{packed[0]}{_short(url, host, host)} {rest}"


def _host_and_tail(packed: str, url: str) -> tuple[str, str]:
    if packed[0] in "gG":
        return pattern_of(url).host, ""
    _, host, _, tail = split_url(url)
    return host, tail


def _short(url: str, host: str, name: str) -> str:
    """Write `>` for the site or host that the line's key names, and `<` for `https://`; no address holds them."""
    scheme, _, rest = url.partition("://")
    start = "<" if scheme == "https" else f"{scheme}://"
    return f"{start}{host[: len(host) - len(name)]}>{rest[len(host) :]}"


def _long(text: str, name: str) -> str:
    url = text.replace(">", name, 1)
    return f"https://{url[1:]}" if url[:1] == "<" else url


def _read_line(line: str) -> tuple[str, str]:
    """Give a link's site and the packed link."""
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise InvalidTable("the match table is damaged: a line is no link")
    name = parts["site"] or parts["host"]
    packed = f"{parts['kind']}{_long(parts['url'], name)}{parts['rest']}"
    if not _PACKED.fullmatch(packed):
        raise InvalidTable("the match table is damaged: a line is no link")
    if packed[0] in "rRqQ":
        try:
            expressions.check(expression_of(packed))
        except InvalidLink as error:
            raise InvalidTable("the match table is damaged: an expression is none") from error
    return parts["site"] or ".".join(name.split(".")[-int(parts["labels"]) :]), packed


def check_sum(table: bytes) -> int:
    """Give the check sum that a table written here bears, at its end."""
    return int(table[table.rindex(b":") + 1 : -1])


def _check(body: dict[str, Any]) -> int:
    """Give the check sum of all that the table holds: Adler-32 of its head as JSON, a line feed and its links."""
    head = [body[part] for part in ("revision", "suffix_list", "affiliations", "hosts", "cuts")]
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    return zlib.adler32(f"{text}\n{body['links']}".encode())


def _date(value: object) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise InvalidTable("the match table is damaged: the suffix list's date is none") from error

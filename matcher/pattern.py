"""Patterns: addresses with stars, made canonical once and matched label by label, piece by piece.

No regular expression is made of a pattern and none may be: stars are matched by finding the literal pieces in turn,
in time that grows with the text's length only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from matcher import suffixes
from matcher.errors import InvalidLink, InvalidUrl
from matcher.url import DEFAULT_PORTS, admit

_PARTS = re.compile(r"(\*|https?):[/\\]*([^/\\?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*|\*))?")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_LABEL: Final = "wayfill-any"
"""Stands for a starred label while the rest of the host is parsed; no rule of the suffix list names it."""
_NO_LIMIT: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, canonical. `scheme` may be `*`; `port` is empty for the scheme's own, or `*`; `resource` is path and
    query, `None` where the pattern has no path and takes any.
    """  # noqa: D205 - one sentence a part

    scheme: str
    host: str
    port: str
    resource: str | None

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.host}{port}{self.resource or ''}"


def read_pattern(text: str) -> Pattern:
    """Make a pattern canonical, from a text that `url.typed` completed.

    Raises:
        InvalidLink: another scheme, user-info, stars where none may be, or no host that a browser would take.

    """
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise InvalidLink("only http and https addresses can be linked")
    scheme, authority, rest = parts[1].lower(), parts[2], parts[3]
    place = _HOST_AND_PORT.fullmatch(authority)
    if place is None:
        raise InvalidLink("the port of a pattern is a number or one star")
    port = place[2] or ""
    if port.isdigit():
        port = _checked_port(port, scheme)
    host = _read_host(place[1])
    resource = None
    if rest and rest[0] != "#":
        resource = admit(f"https://{_LABEL}{rest}", limit=_NO_LIMIT).resource
    return Pattern(scheme, host, port, resource)


def split_pattern(text: str) -> Pattern:
    """Take a canonical pattern's text apart again."""
    scheme, _, rest = text.partition("://")
    mark = rest.find("/")
    authority, resource = (rest, None) if mark < 0 else (rest[:mark], rest[mark:])
    colon = authority.find(":", authority.rfind("]") + 1)
    host, port = (authority, "") if colon < 0 else (authority[:colon], authority[colon + 1 :])
    return Pattern(scheme, host, port, resource)


def plain_host(host: str) -> str:
    """Give a host name that stands for all that fit a pattern's host: same registrable domain, no stars."""
    labels = host.removeprefix("**.").split(".")
    return ".".join(_LABEL if "*" in label else label for label in labels)


def host_fits(pattern: str, host: str) -> bool:
    """Whether a host fits a pattern's host: `*` is one or more characters of one label, `**.` any labels in front."""
    wanted = pattern.removeprefix("**.").split(".")
    labels = host.split(".")
    if len(labels) < len(wanted) if pattern.startswith("**.") else len(labels) != len(wanted):
        return False
    return all(map(_label_fits, wanted, labels[len(labels) - len(wanted) :]))


def resource_fits(pattern: str, resource: str) -> bool:
    """Whether a page's path and query fit: `*` is anything, nothing too; without `?` the page's query is ignored."""
    if "?" not in pattern:
        resource = resource.partition("?")[0]
    if "*" not in pattern:
        return pattern == resource
    first, *middle, last = pattern.split("*")
    at, end = len(first), len(resource) - len(last)
    if at > end or not resource.startswith(first) or not resource.endswith(last):
        return False
    for piece in middle:
        found = resource.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _label_fits(pattern: str, label: str) -> bool:
    if "*" not in pattern:
        return pattern == label
    first, *middle, last = pattern.split("*")
    at, end = len(first), len(label) - len(last)
    if not label.startswith(first) or not label.endswith(last):
        return False
    for piece in middle:
        found = label.find(piece, at + 1, end)
        if found < 0:
            return False
        at = found + len(piece)
    return at < end


def _checked_port(port: str, scheme: str) -> str:
    digits = port.lstrip("0") or "0"
    if len(digits) > 5 or int(digits) > 65_535:
        raise InvalidLink("there is no such port")
    return "" if DEFAULT_PORTS.get(scheme) == int(digits) else digits


def _read_host(raw: str) -> str:
    """Make the host canonical with its stars in place; refuse stars in its registrable domain."""
    lead = "**." if raw.startswith("**.") else ""
    body = raw[len(lead) :]
    if "**" in body:
        raise InvalidLink("two stars may stand only in front of the host, once, as **.")
    labels = _DOTS.split(body)
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    plain = admit("https://" + ".".join(_LABEL if "*" in label else label for label in labels), limit=_NO_LIMIT).host
    if not lead and "*" not in body:
        if "*" in plain:
            raise InvalidLink("a star of the host is written as such")
        if suffixes.current().is_suffix(plain):
            raise InvalidLink(f"{plain} is a public suffix, shared by many owners")
        return plain
    if suffixes.is_ip(plain) or (len(labels) == 1 and not suffixes.current().is_suffix(plain)):
        raise InvalidLink("a host that is an IP address or a single label is written without stars")
    domain = suffixes.registrable_domain(plain)
    if domain is None:
        raise InvalidLink("the host is a public suffix, shared by many owners, where only stars stand before it")
    parts = plain.split(".")
    if len(parts) != len(labels):
        raise InvalidLink("this is no host that a browser would open")
    own = domain.count(".") + 1
    if any("*" in label for label in labels[-own:]):
        raise InvalidLink("the registrable domain of a pattern may hold no star")
    for place, label in enumerate(labels):
        if "*" in label:
            parts[place] = _starred(label)
        elif "*" in parts[place]:
            raise InvalidLink("a star of the host is written as such")
    return lead + ".".join(parts)


def _starred(label: str) -> str:
    if not label.isascii():
        raise InvalidLink("a star and a letter outside ASCII may not share a label: write the label's xn-- form")
    label = label.lower()
    letters = label.replace("*", "")
    try:
        known = admit(f"https://a{letters}.{_LABEL}").host
    except InvalidUrl:
        known = ""
    if known != f"a{letters}.{_LABEL}":
        raise InvalidLink("the host holds a character that no host may hold")
    return label

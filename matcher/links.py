"""What a person may write down: a link, checked and made canonical when it is made.

A link that exists is a good one: nothing after this file checks again, and nothing here looks at a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from matcher import expression as expressions
from matcher import suffixes
from matcher.errors import InvalidLink, InvalidUrl
from matcher.pattern import read_pattern
from matcher.url import admit, has_user_info, typed

_LONGEST_COMPLETED = 1 << 14
"""Room for what `typed` adds; the limit for what was typed is checked there."""


class Strategy(StrEnum):
    """How a link matches a page (DESIGN section 2, "What each strategy matches")."""

    DOMAIN = "domain"
    HOST = "host"
    PATH = "path"
    EXACT = "exact"
    PATTERN = "pattern"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Link:
    """One site address tied to a record.

    Args:
        record: the record's name; the matcher only hands it back.
        url: as a person types it; canonical once the link is made. Under `pattern` it may hold stars.
        strategy: a `Strategy`, or its word.
        veto: whether a match removes the record instead.
        expression: for `regex`, and for it alone: the RE2 expression that the whole address must match.

    Raises:
        InvalidLink: with the reason in words for the person who typed it.

    """

    record: str
    url: str
    strategy: Strategy = Strategy.DOMAIN
    veto: bool = False
    expression: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.record, str):
            raise InvalidLink("a link's record is text")
        if not self.record.isascii() and not _is_unicode(self.record):
            raise InvalidLink("a link's record is Unicode text")
        if not isinstance(self.veto, bool):
            raise InvalidLink("a link is a veto or it is none: True or False")
        if type(self.strategy) is not Strategy:
            object.__setattr__(self, "strategy", _strategy(self.strategy))
        if self.strategy is Strategy.REGEX:
            expressions.check(self.expression)
        elif self.expression is not None:
            raise InvalidLink("an expression belongs to a regex link alone; a pattern is written in the address")
        try:
            object.__setattr__(self, "url", _canonical(self.url, self.strategy))
        except InvalidUrl as error:
            raise InvalidLink(error.reason) from None


def known_link(record: str, url: str, strategy: Strategy, veto: bool, expression: str | None) -> Link:
    """Make a link again from parts that a link was once made of, without checking them."""
    link = object.__new__(Link)
    put = object.__setattr__
    put(link, "record", record)
    put(link, "url", url)
    put(link, "strategy", strategy)
    put(link, "veto", veto)
    put(link, "expression", expression)
    return link


def _canonical(raw: str, strategy: Strategy) -> str:
    text = typed(raw)
    if has_user_info(text):
        raise InvalidLink("a link holds no user name or password")
    if strategy is Strategy.PATTERN:
        return str(read_pattern(text))
    url = admit(text, limit=_LONGEST_COMPLETED)
    if strategy in (Strategy.DOMAIN, Strategy.REGEX) and suffixes.current().is_suffix(url.host):
        raise InvalidLink(f"{url.host} is a public suffix, shared by many owners: link a host below it, or use host")
    return url.href


def _strategy(value: object) -> Strategy:
    if isinstance(value, str):
        try:
            return Strategy(value)
        except ValueError:
            pass
    raise InvalidLink(f"a link's strategy is one of: {', '.join(Strategy)}")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

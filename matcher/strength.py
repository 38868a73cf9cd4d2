"""How sure a match is: the order that decides which link wins and what may happen without asking (DESIGN section 5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Strength(StrEnum):
    """How sure a match is. A stronger one is greater; a word may stand for it in comparisons."""

    rank: int

    EXACT = "exact", 8
    PATH = "path", 7
    HOST = "host", 6
    PATTERN = "pattern", 5
    REGEX = "regex", 4
    DOMAIN_SAME_HOST = "domain on the same host", 3
    DOMAIN_OTHER_HOST = "domain on another host", 2
    AFFILIATED = "affiliated", 1

    def __new__(cls, value: str, rank: int = 0) -> Self:  # noqa: D102 - a magic method
        member = str.__new__(cls, value)
        member._value_ = value
        member.rank = rank
        return member

    @property
    def close(self) -> bool:
        """Whether a fill may follow without asking first (DESIGN section 5): down to a domain link on its own host."""
        return self.rank >= 3

    def __lt__(self, other: str) -> bool:
        return self.rank < _RANKS[other]

    def __le__(self, other: str) -> bool:
        return self.rank <= _RANKS[other]

    def __gt__(self, other: str) -> bool:
        return self.rank > _RANKS[other]

    def __ge__(self, other: str) -> bool:
        return self.rank >= _RANKS[other]


_RANKS: dict[str, int] = {strength: strength.rank for strength in Strength}

"""Which saved logins belong to a page: `admit` addresses, write `Link`s, compile a `MatchTable`, ask it with `find`.

A library of its own: no web framework, no database, no network, no clock. What may be imported is named here; the
modules behind it may change.
"""

from matcher.affiliations import Affiliations, Limit
from matcher.errors import (
    InvalidAffiliation,
    InvalidLink,
    InvalidSuffixList,
    InvalidTable,
    InvalidUrl,
    MatcherError,
)
from matcher.links import Link, Strategy
from matcher.match import Match
from matcher.strength import Strength
from matcher.table import MatchTable
from matcher.url import Url, admit

__all__ = [
    "Affiliations",
    "InvalidAffiliation",
    "InvalidLink",
    "InvalidSuffixList",
    "InvalidTable",
    "InvalidUrl",
    "Limit",
    "Link",
    "Match",
    "MatchTable",
    "MatcherError",
    "Strategy",
    "Strength",
    "Url",
    "admit",
]

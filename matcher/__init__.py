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
from matcher.packed import BETWEEN
from matcher.strength import Strength
from matcher.table import MatchTable, cuts_of, lines_of
from matcher.url import Url, admit
from matcher.wire import check_sum, compose

__all__ = [
    "BETWEEN",
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
    "check_sum",
    "compose",
    "cuts_of",
    "lines_of",
]

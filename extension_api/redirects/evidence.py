"""What speaks for a proposal and what against it, told as codes; nothing here decides.

A warning looks at the record's own links and at the affiliations, never at other records: what somebody else has linked
is not told to who may edit this one.
"""

import enum
from collections.abc import Collection
from typing import Final

from extension_api.redirects.affiliations import Expected
from extension_api.redirects.lookalike import resembled
from extension_api.redirects.models import Proposal
from matcher import InvalidUrl, admit, suffixes

YOUNG: Final = 24 * 3600
"""Seconds for which an address counts as young in a record's history."""


class Warning_(enum.StrEnum):  # noqa: N801 - a built-in has the name
    """What a person should look at before they accept."""

    HTTP = "http"
    """The address is not encrypted."""
    LOOK_ALIKE = "look-alike"
    """It can be taken for an address that is linked, or for one of an affiliation."""
    OTHER_DOMAIN = "other-domain"
    """It belongs to another registrable domain than the links do, and no affiliation expects it."""
    UNSEEN = "unseen"
    """No browser has come by; the service alone has."""
    YOUNG = "young"
    """It was first found within the last day."""


GRAVE: Final = frozenset({Warning_.HTTP, Warning_.LOOK_ALIKE})
"""Those with which nothing is accepted without a person."""


def host_of(address: str) -> str:
    """Return the host of a stored address; of one that is none, the text itself."""
    try:
        return admit(address).host
    except InvalidUrl:
        return address


def warnings(proposal: Proposal, linked: Collection[str], expected: Expected, *, now: int) -> list[Warning_]:
    """Return what to look at.

    Args:
        proposal: The proposal.
        linked: The hosts of the record's links.
        expected: The affiliations that hold for the record.
        now: The time, in seconds since the epoch.
    """
    host = host_of(proposal.address)
    domains = {suffixes.registrable_domain(each) or each for each in linked}
    known = suffixes.registrable_domain(host) or host
    found = {
        Warning_.HTTP: proposal.address.startswith("http:"),
        Warning_.LOOK_ALIKE: resembled(host, {*linked, *expected.hosts}) is not None,
        Warning_.OTHER_DOMAIN: known not in domains and not expected.expects(linked, host),
        Warning_.UNSEEN: proposal.seen_at is None,
        Warning_.YOUNG: now - proposal.first_at < YOUNG,
    }
    return [warning for warning, holds in found.items() if holds]

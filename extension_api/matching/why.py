"""Why a page is filled by these records and not by those: the answer of the console's page and of the command line.

What matches is told by the very table that decides a fill. Of what does not match, the records are told that somebody
would expect: those with a link on the same site, or on a name that the page's can be taken for.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from extension_api.errors import NotFound
from extension_api.matching import service
from extension_api.matching.tables import PersonalTable, compile_for
from extension_api.permissions import Identity
from matcher import Match, Url

OTHERS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One record and why it does or does not match.

    Args:
        record_id: The record.
        title: What people call it.
        reason: Why, in words.
        match: The match, if it is one.
    """

    record_id: UUID
    title: str
    reason: str
    match: Match | None


@dataclass(frozen=True, slots=True)
class Why:
    """What was found out about a page.

    Args:
        url: The page as it was understood.
        matches: The records that match it, best first.
        others: Records that one could expect to match it, and why they do not.
        more: Whether there are more of those.
    """

    url: Url
    matches: list[Told]
    others: list[Told]
    more: bool


def explain(personal: PersonalTable, address: str, *, record_id: UUID | None = None) -> Why:
    """Find out which records of a person match a page and why, and why others do not.

    Args:
        personal: The person's table.
        address: The page's address.
        record_id: A record of whose reasons alone is asked.

    Raises:
        InvalidPage: The address is none.
        NotFound: It is not a record that the person may fill.
    """
    url = service.page(address)
    if record_id is not None and str(record_id) not in personal.records:
        raise NotFound
    found = [
        Told(UUID(match.record), personal.records[match.record].title, match.reason, match)
        for match in personal.table.find(url)
        if record_id is None or match.record == str(record_id)
    ]
    matching = {told.record_id for told in found}
    wanted = [record_id] if record_id is not None else personal.neighbours.of(url.host)
    left = [each for each in wanted if each not in matching]
    others = [
        Told(each, personal.records[str(each)].title, str(personal.table.explain(url, record=str(each))), None)
        for each in left[:OTHERS_SHOWN]
    ]
    return Why(url, found, others, len(left) > OTHERS_SHOWN)


def of_account(session: Session, account_id: UUID, name: str, *, administrator: bool, at: int) -> PersonalTable:
    """Return the table of somebody who did not ask for it themselves: for whoever is at the server."""
    who = Identity(account_id, name, administrator, UUID(int=0), "command line", "")
    return compile_for(session, who, at)

"""What a browser saw of a login: the hops from a page of a record to one with a login's field that no link holds.

A browser is not believed in what it leaves out or makes up; so what it tells becomes evidence with a number of people
behind it, and no more. It is held against the record's links here: the login must begin on a page that they hold, end
on one that they do not, and may not go from https to http on its way.
"""

import itertools
from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from extension_api import policy
from extension_api.errors import Forbidden, InvalidPage, InvalidRequest, PageNotLinked
from extension_api.permissions import Identity
from extension_api.redirects import linked, proposals
from extension_api.redirects.models import Proposal
from extension_api.redirects.steps import LONGEST_PATH, origin, shown
from extension_api.settings import Settings
from extension_api.vault.models import Record
from matcher import InvalidUrl, Url, admit

MOST_HOPS: Final = 20
LONGEST_HOP: Final = 2_000
"""Characters of one hop as it is sent."""


def take(
    session: Session, settings: Settings, identity: Identity, record: Record, hops: Sequence[str], *, now: int
) -> Proposal | None:
    """Take in a chain that a browser saw.

    Args:
        session: A writing transaction.
        settings: Where the policy's defaults come from.
        identity: Whose browser it was; they may fill the record.
        record: The record that was chosen on the first page.
        hops: The addresses in their order, without user-info, query and fragment.
        now: The time, in seconds since the epoch.

    Returns:
        The proposal; `None` where there is nothing to propose.

    Raises:
        Forbidden: An administrator switched it off.
        InvalidPage: A hop is no page's address.
        InvalidRequest: A hop says more than it may.
        PageNotLinked: The first hop is no page that the record matches.
    """
    if not policy.read(session, settings).observe_chains:
        raise Forbidden("An administrator has switched off that browsers tell which hosts a login passed through.")
    urls = [_hop(each) for each in hops]
    known = linked.of_record(session, record.id)
    if not known.matches(urls[0].href):
        raise PageNotLinked("The login must begin on a page that the record matches.")
    last = urls[-1]
    secure = [url.secure for url in urls]
    if known.holds(last.href) or any(before and not after for before, after in itertools.pairwise(secure)):
        return None
    return proposals.take_seen(session, identity, record, origin(last), shown(last), now=now)


def _hop(given: str) -> Url:
    if len(given) > LONGEST_HOP:
        raise InvalidRequest(f"A hop is longer than {LONGEST_HOP:,} characters; send {LONGEST_PATH} of its path.")
    if any(mark in given for mark in "?#@"):
        raise InvalidRequest("A hop is scheme, host, port and path alone: no user-info, query or fragment.")
    try:
        return admit(given)
    except InvalidUrl as error:
        raise InvalidPage(str(error)) from None

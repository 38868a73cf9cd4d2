"""Blocked addresses: who and what is kept from signing in just now, and lifting it. For administrators."""

import re
from typing import Final

from extension_api import paging
from extension_api.accounts import service as accounts
from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import NotFound
from extension_api.permissions import Identity, require_administrator
from extension_api.throttle import blocks

pages = Pages("blocked")
ADDRESS: Final = f"{PREFIX}/blocked"
CURSOR: Final = re.compile(r"([0-9]{1,18})\.([0-9a-f]{64})", re.ASCII)
"""End and id of the last block of the page before."""


@pages.page("GET", "/blocked", guard="console")
def show_blocked(visit: Visit, identity: Identity) -> Show:
    """Show what is blocked, what stays so longest first."""
    require_administrator(identity)
    after = _cursor(visit.request.args.get("after", ""))
    names = accounts.all_names(visit.session)
    found = blocks.blocked(visit.session, names, now=visit.now, after=after, limit=paging.PAGE + 1)
    more, found = len(found) > paging.PAGE, found[: paging.PAGE]
    values = {
        "blocks": found,
        "how_many": blocks.how_many(visit.session, now=visit.now),
        "continued": after is not None,
        "more": f"?after={found[-1].until}.{found[-1].id}" if more else None,
    }
    return Show("blocked.html", values)


@pages.page("POST", "/blocked/<block_id>/lift", guard="console", resume=lambda _request: ADDRESS)
def lift(visit: Visit, identity: Identity, block_id: str) -> Go:
    """End a block."""
    require_administrator(identity)
    names = accounts.all_names(visit.session)
    blocks.lift(visit.session, visit.kernel.settings, identity, block_id, names, now=visit.now)
    return Go(ADDRESS, Message.BLOCK_LIFTED)


def _cursor(given: str) -> tuple[int, str] | None:
    if not given:
        return None
    found = CURSOR.fullmatch(given)
    if found is None:
        raise NotFound
    return int(found[1]), found[2]

"""Matches of a page for one person, and the reasons in words. What the extension believes is never asked."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api import transactions
from extension_api.errors import InvalidPage, NotFound
from extension_api.kernel import Kernel
from extension_api.matching.changes import Point
from extension_api.matching.tables import PersonalTable, TableCache
from extension_api.permissions import Identity
from extension_api.quick import Statement
from extension_api.revision import Revision
from matcher import InvalidUrl, Match, Url, admit

_AT: Final = Statement(select(Revision.value, Revision.stamp))


def table_of(kernel: Kernel, session: Session, identity: Identity) -> PersonalTable:
    """Return the caller's match table at this transaction's revision."""
    return kernel.shared(TableCache).of(session, identity)


def table_now(kernel: Kernel, identity: Identity) -> PersonalTable:
    """Return the caller's match table at this moment, by a single statement where it is kept."""
    cache = kernel.shared(TableCache)
    at = Point(*kernel.database.lines.ask(_AT, {})[0])
    return cache.kept(identity, at) or transactions.run(kernel, lambda s: cache.of(s, identity), writes=False)


def page(address: str) -> Url:
    """Return the parsed address of a page.

    Raises:
        InvalidPage: It is none; the matcher's reason is the detail.
    """
    try:
        return admit(address)
    except InvalidUrl as error:
        raise InvalidPage(str(error)) from None


def match_of(personal: PersonalTable, url: Url, record_id: UUID) -> Match | None:
    """Return the match of one record for a page, or `None`."""
    wanted = str(record_id)
    return next((match for match in personal.table.find(url) if match.record == wanted), None)


def explain(personal: PersonalTable, url: Url, record_id: UUID) -> str:
    """Return in words why a record of the caller does or does not match a page.

    Raises:
        NotFound: It is not a record that the caller may fill.
    """
    wanted = str(record_id)
    if wanted not in personal.records:
        raise NotFound
    return str(personal.table.explain(url, record=wanted))

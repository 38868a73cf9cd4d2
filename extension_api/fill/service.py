"""Whether and what is filled. The decision is made here, from the page's address and the stored links alone.

Order matters: the address is parsed, the person's right is checked, then the links, and only then is anything opened.
The event is written in the same transaction as the answer leaves by; a refusal is on record as well.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import Action
from extension_api.errors import PageNotLinked
from extension_api.fill import one_time
from extension_api.kernel import Kernel
from extension_api.matching import service as matching
from extension_api.matching.tables import PersonalTable
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, records
from extension_api.vault.fields import ONE_TIME_SECRET, open_field
from matcher import Match

USERNAME: Final = "username"
PASSWORD: Final = "password"  # noqa: S105 - the name of a field
CODE: Final = "code"


@dataclass(frozen=True, slots=True)
class Released:
    """What goes to the page, and why it may."""

    values: dict[str, str]
    match: Match
    personal: PersonalTable

    def __repr__(self) -> str:
        return f"<released {', '.join(self.values)} for {self.match.link.url}>"


def fill(
    kernel: Kernel,
    session: Session,
    identity: Identity,
    *,
    record_id: UUID,
    page_url: str,
    top_url: str,
    fields: list[str],
) -> Released:
    """Release the asked-for fields of a record to a page.

    Args:
        kernel: The installation.
        session: The request's transaction.
        identity: The caller.
        record_id: The record that the person chose.
        page_url: The address of the frame that will be filled, as the browser knows it.
        top_url: The address of the tab's top page.
        fields: Names of the fields that the page has. One that the record has nothing for, or a code where the match is
            loose, is left out of the answer.

    Raises:
        InvalidPage: An address is none.
        NotFound: The record is missing or not the caller's to fill.
        PageNotLinked: No link of the record holds the page, or the page is a frame that may not be filled.
    """
    now = kernel.clock.now()
    url, top = matching.page(page_url), matching.page(top_url)
    held = access.require(session, identity, record_id, Permission.FILL)
    personal = matching.table_of(kernel, session, identity)
    match = matching.match_of(personal, url, record_id)
    if match is None:
        audit.record(session, identity, Action.FILL_REFUSE, now=now, record_id=record_id, page_host=url.host)
        raise PageNotLinked(matching.explain(personal, url, record_id))
    if top.host != url.host and not match.close:
        detail = f"in a frame of a page on {top.host}"
        audit.record(
            session, identity, Action.FILL_REFUSE, now=now, record_id=record_id, page_host=url.host, detail=detail
        )
        raise PageNotLinked(
            "A frame inside another site's page is filled only where its own address is linked closely."
        )
    values = {}
    if USERNAME in fields:
        values[USERNAME] = held.record.username
    if PASSWORD in fields:
        values[PASSWORD] = records.open_password(session, kernel.keyring, held)
    if CODE in fields and match.close and (code := _code(kernel, session, held, now)) is not None:
        values[CODE] = code
    if not values:
        return Released(values, match, personal)
    audit.record(
        session,
        identity,
        Action.FILL_GRANT,
        now=now,
        record_id=record_id,
        page_host=url.host,
        detail=f"{', '.join(values)} by {match.link.url} ({match.link.strategy.value})",
    )
    return Released(values, match, personal)


def _code(kernel: Kernel, session: Session, held: access.Held, now: int) -> str | None:
    secret = open_field(session, kernel.keyring, held, ONE_TIME_SECRET)
    if secret is None:
        return None
    try:
        return one_time.read(secret).at(now)
    except one_time.UnusableSecretError:
        return None

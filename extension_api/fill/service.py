"""Whether and what is filled. The decision is made here, from the page's address and the stored links alone.

Order matters: the address is parsed, the person's right is checked, then the links, and only then is anything opened.
What is decided is read in one statement (`decided.py`), and no answer leaves before its event is durable: no event, no
secret. A refusal is on record as well.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from extension_api.audit import service as audit
from extension_api.audit.service import Action
from extension_api.errors import NotFound, PageNotLinked
from extension_api.fill import one_time
from extension_api.fill.decided import Decided, read
from extension_api.kernel import Kernel
from extension_api.matching import service as matching
from extension_api.permissions import Identity
from extension_api.vault.fields import ONE_TIME_SECRET
from matcher import Match, Url

USERNAME: Final = "username"
PASSWORD: Final = "password"  # noqa: S105 - the name of a field
CODE: Final = "code"


@dataclass(frozen=True, slots=True)
class Released:
    """What goes to the page, and why it may.

    Args:
        values: The fields.
        title: What the record is called.
        match: The match that let them go.
        link_id: The link that matched.
    """

    values: dict[str, str]
    title: str
    match: Match
    link_id: UUID

    def __repr__(self) -> str:
        return f"<released {', '.join(self.values)} for {self.match.link.url}>"


def fill(
    kernel: Kernel,
    identity: Identity,
    *,
    record_id: UUID,
    page_url: str,
    top_url: str,
    fields: list[str],
) -> Released:
    """Release the asked-for fields of a record to a page. When this returns, it is durably on record.

    Args:
        kernel: The installation.
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
    url = matching.page(page_url)
    top = url if top_url == page_url else matching.page(top_url)
    decided = read(kernel, identity, record_id)
    if decided is None:
        raise NotFound
    match, link_id = _matched(kernel, identity, decided, url, now)
    if top.host != url.host and not match.close:
        detail = f"in a frame of a page on {top.host}"
        audit.record_at_once(
            kernel, identity, Action.FILL_REFUSE, now=now, record_id=record_id, page_host=url.host, detail=detail
        )
        raise PageNotLinked(
            "A frame inside another site's page is filled only where its own address is linked closely."
        )
    values = {}
    if USERNAME in fields:
        values[USERNAME] = decided.username
    if PASSWORD in fields:
        values[PASSWORD] = _opened(kernel, record_id, PASSWORD, decided.password) or ""
    if CODE in fields and match.close and (code := _code(kernel, decided, now)) is not None:
        values[CODE] = code
    if values:
        detail = f"{', '.join(values)} by {match.link.url} ({match.link.strategy.value})"
        audit.record_at_once(
            kernel, identity, Action.FILL_GRANT, now=now, record_id=record_id, page_host=url.host, detail=detail
        )
    return Released(values, decided.title, match, link_id)


def _matched(kernel: Kernel, identity: Identity, decided: Decided, url: Url, now: int) -> tuple[Match, UUID]:
    match = decided.match(url)
    if match is not None:
        return match, decided.link_id(match.link)
    # What is left are links that an affiliation widens, weaker than any of the record's own: the person's table knows.
    with kernel.database.reading() as session:
        personal = matching.table_of(kernel, session, identity)
        match = matching.match_of(personal, url, decided.id)
        if match is not None:
            return match, personal.id_of(match.link)
        why = matching.explain(personal, url, decided.id)
    audit.record_at_once(kernel, identity, Action.FILL_REFUSE, now=now, record_id=decided.id, page_host=url.host)
    raise PageNotLinked(why)


def _opened(kernel: Kernel, record_id: UUID, field: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else kernel.keyring.open(sealed, record_id=record_id, field=field)


def _code(kernel: Kernel, decided: Decided, now: int) -> str | None:
    secret = _opened(kernel, decided.id, ONE_TIME_SECRET, decided.one_time_secret)
    if secret is None:
        return None
    try:
        return one_time.read(secret).at(now)
    except one_time.UnusableSecretError:
        return None

"""The walk of a login chain: from an address to the page where the login stops, hop by hop.

Every hop is asked for by GET and passes the wall anew. Nothing is typed, posted or run. The walk is over after 20 hops
or 10 seconds, whatever the sites do; what it was refused is in the chain as a code (`ends.py`).
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from extension_api.redirects import page as pages
from extension_api.redirects.client import Answer, Client
from extension_api.redirects.cookies import Cookies
from extension_api.redirects.ends import End, Refused
from extension_api.redirects.page import Onward, Page
from extension_api.redirects.steps import Chain, Hop, How, origin, shown
from extension_api.redirects.transport import Deadline
from matcher import InvalidUrl, Url, admit

MOST_HOPS: Final = 20
LONGEST_WALK: Final = 10.0
"""Seconds in all (DESIGN section 4)."""
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
SAME_TWICE: Final = 3
"""Times that one address is asked for with different cookies before it is a loop all the same."""


log = logging.getLogger("wayfill")


@dataclass(frozen=True, slots=True)
class _Next:
    url: Url
    how: How
    posted: bool = False


def walk(client: Client, start: str, *, seconds: float = LONGEST_WALK) -> Chain:
    """Walk a login chain.

    Args:
        client: Whom the walk may speak to, and how.
        start: The address at which the login begins.
        seconds: How long it may take in all.
    """
    try:
        url = admit(start)
    except InvalidUrl:
        return Chain((), End.INVALID)
    return _Walk(client, Deadline.after(seconds)).run(url)


class _Walk:
    """One walk."""

    def __init__(self, client: Client, deadline: Deadline) -> None:
        self._client = client
        self._deadline = deadline
        self._cookies = Cookies()
        self._hops: list[Hop] = []
        self._been: set[tuple[str, str | None]] = set()
        self._times: Counter[str] = Counter()

    def run(self, url: Url) -> Chain:
        coming = _Next(url, How.START)
        while True:
            try:
                following = self._step(coming)
            except Refused as refused:
                return self._ended(coming, refused.end)
            if isinstance(following, End):
                return Chain(tuple(self._hops), following)
            coming = following

    def _ended(self, coming: _Next, end: End) -> Chain:
        # The hop that could not be gone to is told, as an address and no more.
        if len(self._hops) < MOST_HOPS and end is not End.LOOP:
            self._hops.append(Hop(shown(coming.url), origin(coming.url), coming.how))
        return Chain(tuple(self._hops), end)

    def _step(self, coming: _Next) -> "_Next | End":
        url = coming.url
        if self._hops and self._hops[-1].origin.startswith("https:") and not url.secure:
            raise Refused(End.DOWNGRADE)
        if coming.posted:
            raise Refused(End.POST)
        cookies = self._cookies.header(url)
        address = url.href.partition("#")[0]
        self._times[address] += 1
        if (address, cookies) in self._been or self._times[address] > SAME_TWICE:
            raise Refused(End.LOOP)
        if len(self._hops) >= MOST_HOPS:
            raise Refused(End.HOPS)
        self._been.add((address, cookies))
        began = time.monotonic()
        answer = self._client.get(url, cookies=cookies, deadline=self._deadline)
        took = round((time.monotonic() - began) * 1000)
        self._cookies.keep(url, answer)
        found = _read(answer) if answer.body else None
        asks = found is not None and found.asks
        self._hops.append(Hop(shown(url), origin(url), coming.how, answer.status, took, answer.certificate, asks=asks))
        return self._following(url, answer, found)

    def _following(self, url: Url, answer: Answer, found: Page | None) -> "_Next | End":
        if answer.status in REDIRECTS:
            place = answer.header("location")
            return _admitted(_utf8(place), url, How.HTTP) if place is not None else End.STATUS
        header = answer.header("refresh")
        address = pages.refresh(_utf8(header)) if header is not None and answer.status < 400 else None
        if answer.status >= 400:
            return End.STATUS
        if address is None and not answer.is_html:
            return End.FILE
        base = _base(url, found)
        onward = found.onward if found is not None else None
        if onward is None and address is not None:
            return self._unless_here(_admitted(address, url, How.HEADER), url)
        if onward is not None:
            return self._unless_here(_admitted(onward.address, base, onward.how), url)
        form = _form(found, base) if found is not None else None
        return _admitted(form.address, base, form.how, posted=form.posted) if form is not None else End.PAGE

    @staticmethod
    def _unless_here(following: "_Next", here: Url) -> "_Next | End":
        # A page that reloads itself, or moves within itself, has arrived.
        same = following.url.href.partition("#")[0] == here.href.partition("#")[0]
        return End.PAGE if same and following.how in (How.META, How.HEADER, How.SCRIPT) else following


def _read(answer: Answer) -> Page | None:
    try:
        return pages.read(answer.body, _charset(answer))
    except Exception as error:  # noqa: BLE001 - whatever a stranger's page does to the parser, it is one unread page
        log.warning("A page could not be read: %s", type(error).__name__)
        return None


def _admitted(address: str, base: Url, how: How, *, posted: bool = False) -> _Next:
    try:
        return _Next(admit(address, base), how, posted)
    except InvalidUrl:
        raise Refused(End.INVALID) from None


def _base(url: Url, found: Page | None) -> Url:
    if found is None or found.base is None:
        return url
    try:
        return admit(found.base, url)
    except InvalidUrl:
        return url


def _form(found: Page, base: Url) -> Onward | None:
    """Return where a form of the login goes, if that is another host."""
    for form in found.forms:
        sent_by_itself = found.submits and not form.typed and form.hidden
        if not (form.is_login or sent_by_itself):
            continue
        try:
            there = admit(form.action, base)
        except InvalidUrl:
            continue
        if there.netloc != base.netloc:
            return Onward(there.href, How.FORM, posted=form.posted)
    return None


def _charset(answer: Answer) -> str | None:
    word = (answer.header("content-type") or "").lower().partition("charset=")[2]
    return word.partition(";")[0].strip(" \"'") or None


def _utf8(value: str) -> str:
    # Headers are bytes; browsers take those of an address as UTF-8 where they are.
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value

"""The cookies of one walk: a login that sets one and looks for it at the next hop is followed; afterwards all is gone.

Which cookie goes where is the standard library's to say (`http.cookiejar`); its jar is never saved, and one is made for
each walk. A site can fill it with no more than `MOST`.
"""

from email.message import Message
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.request import Request

from extension_api.redirects.client import Answer
from matcher import Url

MOST: Final = 50
LONGEST: Final = 4_096
"""Characters of one `Set-Cookie`; browsers take no longer ones (RFC 6265 section 6.1)."""


class _Given:
    """What the jar asks of an answer."""

    def __init__(self, values: list[str]) -> None:
        self._message = Message()
        for value in values:
            self._message["Set-Cookie"] = value

    def info(self) -> Message:
        """Return the headers."""
        return self._message


class Cookies:
    """The jar of one walk."""

    def __init__(self) -> None:
        self._jar = CookieJar(DefaultCookiePolicy(rfc2965=False, netscape=True))

    def header(self, url: Url) -> str | None:
        """Return the value of the `Cookie` header for an address, if it gets one."""
        request = _request(url)
        self._jar.add_cookie_header(request)
        value: str | None = request.get_header("Cookie")
        return value

    def keep(self, url: Url, answer: Answer) -> None:
        """Take in what an answer sets."""
        values = [value for name, value in answer.headers if name == "set-cookie" and len(value) <= LONGEST][:MOST]
        if values and len(self._jar) < MOST:
            self._jar.extract_cookies(_Given(values), _request(url))  # type: ignore[arg-type]  # all that is asked of one


def _request(url: Url) -> Request:
    # Only the words of an address for the jar: nothing is opened by it.
    return Request(url.href.partition("#")[0])  # noqa: S310

"""What makes sure that a form was sent by a page of this console, and which cookies that takes.

Two things must hold for every POST: the browser says that it comes from this very origin, and the form carries a token
that only a page of the same cookie's holder can have been given. For a signed-in person the cookie is their session's;
for the forms before that, it is one made for nothing else.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from flask import Request, Response

from extension_api.crypto import new_token
from extension_api.errors import Forbidden, InvalidRequest
from extension_api.plain_text import REFUSAL, keepable
from extension_api.settings import Settings

FIELD: Final = "csrf"
COOKIE: Final = "wayfill-form"
OWN_SITE: Final = frozenset({"same-origin", "none"})
"""Values of `Sec-Fetch-Site` that a form of this console can have; `none` is a tab that the browser restored."""
LOCAL: Final = re.compile(r"/console/[A-Za-z0-9/._~%!$&'()*+,;=:@?-]*")
"""An address of this console and nothing else: one slash in front, no backslash, no white space, no control."""
LONGEST_LOCAL: Final = 16_384
"""Characters; a link of 8,192 characters in a query still comes back after signing in, if mostly unescaped."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class FormRefused(Forbidden):
    """A form that this console did not send, or not to this person.

    Args:
        detail: One sentence for the person.
        back: Where they find the form anew.

    """

    def __init__(self, detail: str, back: str) -> None:
        super().__init__(detail)
        self.back = back


class InputRefused(InvalidRequest):
    """Something was typed that can be kept nowhere.

    Args:
        detail: One sentence for the person.
        back: Where they find the form anew.

    """

    title = "This cannot be kept"

    def __init__(self, detail: str, back: str) -> None:
        super().__init__(detail)
        self.back = back


def require_own_origin(request: Request, settings: Settings) -> None:
    """Let a POST through that no page of another origin sent.

    A browser that sends neither header (none of today's) is held by the token alone.

    Raises:
        FormRefused: The browser names another origin.

    """
    origin = request.headers.get("Origin")
    own = {_origin(settings.public_url), _origin(f"{urlsplit(settings.public_url).scheme}://{request.host}")}
    foreign = origin is not None and _origin(origin) not in own
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in OWN_SITE:
        raise FormRefused(
            f"This form was not sent by a page of {settings.public_url}. Open the console there and try again.",
            "/console/",
        )


def _origin(address: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return "", "", None


def require_token(request: Request, secret: str | None, back: str) -> None:
    """Let a POST through whose form bears the token made of `secret`.

    Args:
        request: The request.
        secret: The cookie's value, if there is one.
        back: Where the person finds the form anew.

    Raises:
        FormRefused: There is no cookie, no token, or it was made of another cookie.

    """
    given = request.form.get(FIELD, "")
    if not secret or not hmac.compare_digest(given.encode(), token(secret).encode()):
        raise FormRefused(
            "This form is out of date: it was opened before you signed in, or cookies are switched off."
            " Nothing was changed. Open it again and repeat what you did.",
            back,
        )


def require_keepable(request: Request, back: Callable[[Request], str]) -> None:
    """Let through what was typed, if all of it can be kept (see `plain_text.py`).

    Args:
        request: The request.
        back: Returns where the person goes on; what came along of their input stays, without what was refused.

    Raises:
        InputRefused: It cannot.

    """
    for given in (request.args, request.form):
        if not all(keepable(text) for name, texts in given.lists() for text in (name, *texts)):
            raise InputRefused(
                f"What was sent {REFUSAL}. Nothing was changed. Go back, take it out and send it again.",
                back(request).replace("%00", ""),
            )


def token(secret: str) -> str:
    """Return the token for the forms of whoever holds `secret`; neither it nor the stored digest tells the other."""
    return hashlib.sha256(b"wayfill form\0" + secret.encode()).hexdigest()


def new_secret() -> str:
    """Return a secret for the forms of somebody who is not signed in."""
    return new_token()


def cookie_name(settings: Settings) -> str:
    """Return the name of the cookie behind the forms of those who are not signed in."""
    return f"__Host-{COOKIE}" if settings.secure else COOKIE


def set_cookie(response: Response, name: str, value: str, *, secure: bool) -> None:
    """Give the browser a cookie that no script reads, that other sites' forms do not bring, and that ends with it."""
    response.set_cookie(name, value, path="/", secure=secure, httponly=True, samesite="Lax")


def local(address: str | None, otherwise: str) -> str:
    """Return `address` if it leads into this console, else `otherwise`."""
    if address and len(address) <= LONGEST_LOCAL and LOCAL.fullmatch(address):
        return address
    return otherwise

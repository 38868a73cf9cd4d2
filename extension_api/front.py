"""The few calls that every extension makes all the time, answered before the framework takes the request apart.

They are declared, guarded and described as all others are (`api.py`, `quick=True`), and whatever is refused or fails
goes to the framework's own handlers. What is left out is what these calls have no use for: routing over all addresses,
a context, a form, and a transaction that begins before anything was asked.
"""

import functools
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec
from flask import Flask, Response
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_accept_header

from extension_api.errors import InvalidRequest, MalformedJson, NotAuthenticated, UnsupportedMediaType
from extension_api.kernel import Environment, Kernel
from extension_api.plain_text import REFUSAL, unkeepable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

BODY_LIMIT: Final = 64 * 1024
"""Bytes; the longest honest body is a link of 8,192 characters, each of them escaped."""
ESCAPED_NUL: Final = b"\\u0000"
JSON: Final = "application/json"
SHORT: Final = 1_400
"""Bytes that travel in one packet."""
LEVEL: Final = 6
GZIP: Final = 31
"""The window's size with 16 added, which asks zlib for the form of gzip."""
STATUS_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class QuickCall:
    """What a quick view is handed beside its caller and its body; there is no transaction.

    Args:
        kernel: The installation.
        environment: The request.
    """

    kernel: Kernel
    environment: Environment

    @property
    def now(self) -> int:
        """The time in seconds since the epoch."""
        return self.kernel.clock.now()

    def header(self, name: str) -> str:
        """Return a request header by the name that WSGI gives it (`HTTP_IF_NONE_MATCH`); empty if it is not there."""
        value: str = self.environment.get(name, "")
        return value


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its status, body and headers."""

    status: int
    body: bytes
    headers: Headers

    def compressed(self, call: QuickCall) -> "Told":
        """Return it as small as whoever asks takes it (RFC 9110 section 8.4); what is short stays as it is."""
        if len(self.body) < SHORT or not _takes_gzip(call.header("HTTP_ACCEPT_ENCODING")):
            return self
        body = zlib.compress(self.body, LEVEL, wbits=GZIP)
        return Told(self.status, body, (*self.headers, ("Content-Encoding", "gzip")))

    def response(self) -> Response:
        """Return it as the framework has it."""
        return Response(self.body, self.status, headers=list(self.headers))


PLAIN: Final[Headers] = (("Content-Type", JSON), ("Cache-Control", "no-store"))
"""Of an answer that no cache keeps."""


@dataclass(frozen=True, slots=True)
class Quick:
    """A quick endpoint: its guard, what its body and its query must be, the status of its answer, and its view."""

    guard: str
    body: type[msgspec.Struct] | None
    query: type[msgspec.Struct] | None
    status: int
    view: Callable[..., Any]

    def run(self, kernel: Kernel, environment: Environment) -> Told:
        """Answer a request.

        Raises:
            Problem: It is refused.
        """
        given: list[Any] = [QuickCall(kernel, environment)]
        if self.guard != "public":
            given.append(kernel.quick_authenticators[self.guard](kernel, environment))
        if self.body is not None:
            given.append(decoded(self.body, _read(environment)))
        if self.query is not None:
            given.append(_query(self.query, environment["QUERY_STRING"]))
        answer = self.view(*given)
        return answer if isinstance(answer, Told) else Told(self.status, msgspec.json.encode(answer), PLAIN)


class Front:
    """A WSGI application in front of the framework's.

    Args:
        app: The framework's application.
        kernel: The installation.
        quick: The quick endpoints, by method and path.
        always: Headers that every answer bears.
        cors: Whether requests with an `Origin` are left to the framework, which knows what may be answered to which.
    """

    def __init__(
        self, app: Flask, kernel: Kernel, quick: Mapping[tuple[str, str], Quick], always: Headers, *, cors: bool
    ) -> None:
        self._app = app
        self._framework = app.wsgi_app
        self._kernel = kernel
        # A body that comes without saying how long it is goes the framework's way, which reads it within bounds.
        self._quick = dict(quick)
        self._always = list(always)
        self._cors = cors

    def __call__(self, environment: Environment, start_response: "StartResponse", /) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        quick = self._quick.get((environment["REQUEST_METHOD"], environment["PATH_INFO"]))
        if quick is None or (self._cors and "HTTP_ORIGIN" in environment) or "HTTP_TRANSFER_ENCODING" in environment:
            return self._framework(environment, start_response)
        try:
            told = quick.run(self._kernel, environment)
        except Exception as error:  # noqa: BLE001 - the framework has the one table of what is answered to what
            return self._refused(error, environment, start_response)
        headers = [*told.headers, *self._always]
        if told.status != HTTPStatus.NOT_MODIFIED:
            headers.append(("Content-Length", str(len(told.body))))
        start_response(STATUS_LINES[told.status], headers)
        return (told.body,)

    def _refused(self, error: Exception, environment: Environment, start_response: "StartResponse") -> Iterable[bytes]:
        with self._app.request_context(environment):
            try:
                answer = self._app.handle_user_exception(error)
            except Exception as unknown:  # noqa: BLE001 - as the framework itself goes on
                answer = self._app.handle_exception(unknown)
            response = self._app.process_response(self._app.make_response(answer))
            return response(environment, start_response)


@functools.lru_cache(maxsize=64)
def _takes_gzip(accepted: str) -> bool:
    return bool(accepted) and parse_accept_header(accepted)["gzip"] > 0


def decoded(kind: type[msgspec.Struct], given: bytes) -> msgspec.Struct:
    """Return what a JSON body holds.

    Raises:
        InvalidRequest: It is not of that form, or holds a text that cannot be kept.
        MalformedJson: It is no JSON.
    """
    try:
        body: msgspec.Struct = _decoder(kind).decode(given)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"{error}.") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise MalformedJson from None
    # The decoder refuses half of a pair itself; the other is rare enough to be looked for in the bytes first.
    if ESCAPED_NUL in given:
        require_keepable(msgspec.json.decode(given))
    return body


def require_keepable(given: Mapping[str, Any]) -> None:
    """Check that every text can be kept.

    Raises:
        InvalidRequest: One cannot.
    """
    for name, value in given.items():
        if unkeepable(value):
            raise InvalidRequest(f"`{name}` {REFUSAL}.")


def bearer_token(header: str) -> str:
    """Return the token of an `Authorization` header (RFC 6750 section 2.1).

    Raises:
        NotAuthenticated: There is none, or it is not a bearer token.
    """
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated
    return token


@functools.cache
def _decoder(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _read(environment: Environment) -> bytes:
    if environment.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != JSON:
        raise UnsupportedMediaType
    length = environment.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length) > BODY_LIMIT:
        raise RequestEntityTooLarge
    given: bytes = environment["wsgi.input"].read(int(length))
    return given


def _query(kind: type[msgspec.Struct], text: str) -> msgspec.Struct:
    pairs = parse_qsl(text, keep_blank_values=True, errors="replace") if text else []
    given = dict(pairs)
    if len(given) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise InvalidRequest(f"`{repeated}` is given more than once.")
    require_keepable(given)
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"{error}.") from None

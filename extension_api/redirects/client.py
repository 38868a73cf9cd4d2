"""One GET, and as much of its answer as may be looked at.

HTTP/1.1 is h11's: a pure protocol without input and output, so that the connection, its deadline and its bounds are
this service's own (a client with connections of its own would follow, pool, look up and wait in places out of sight).
Each request is a connection of its own. What is sent is an address, a name for the service and the cookies of this
walk; never anything that a person or a record holds.
"""

import ssl
import zlib
from dataclasses import dataclass, field
from typing import Final

import h11

from extension_api.redirects import names
from extension_api.redirects.ends import End, Refused
from extension_api.redirects.names import Resolver
from extension_api.redirects.transport import Connection, Deadline, connect
from extension_api.redirects.turns import Turns
from extension_api.redirects.wall import Wall
from matcher import Url

PAGE_LIMIT: Final = 1024 * 1024
"""Bytes of a page that are looked at (DESIGN section 4), packed and unpacked alike."""
HEAD_LIMIT: Final = 64 * 1024
"""Bytes of an answer's head; twice what browsers' own limits make any honest server send."""
MOST_HEADERS: Final = 200
MOST_INTERIM: Final = 8
"""Interim answers (1xx) before the answer."""
USER_AGENT: Final = "Wayfill (login-chain resolver)"
UNPACKED: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came.

    Args:
        status: The status.
        headers: Names in lower case, and values, in their order.
        body: The page, cut at the limit; empty where none is looked at.
        certificate: The name in the certificate that holds for the host, without TLS none.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    certificate: str | None

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for known, value in self.headers if known == name), None)

    @property
    def is_html(self) -> bool:
        """Whether the body is a page. Who does not say what it is, is taken at their word by no browser either."""
        kind = (self.header("content-type") or "").partition(";")[0].strip().lower()
        return kind in ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Client:
    """Whom this service's walks speak to, and how.

    Args:
        wall: What may be spoken to.
        resolve: Who knows names.
        trust: Whose certificates are believed.
        turns: Whose turn it is at each host.
    """

    wall: Wall
    resolve: Resolver
    trust: ssl.SSLContext
    turns: Turns = field(default_factory=lambda: Turns(pause=0.0))

    def get(self, url: Url, *, cookies: str | None, deadline: Deadline) -> Answer:
        """Ask for a page.

        Args:
            url: Its address.
            cookies: The value of the `Cookie` header.
            deadline: When every wait ends.

        Raises:
            Refused: The wall does not let it through, or no answer came that can be read.
        """
        self.wall.require_url(url)
        with self.turns.at(url.netloc) as waited:
            # The time of a walk is that of its own doing; how many others want the same host is no fault of the site.
            deadline.extend(waited)
            return self._get(url, cookies, deadline)

    def _get(self, url: Url, cookies: str | None, deadline: Deadline) -> Answer:
        addresses = names.look_up(self.resolve, url.host, deadline.left)
        self.wall.require_addresses(url, addresses)
        name = url.host if url.secure else None
        connection = connect(addresses, url.port, name=name, trust=self.trust, deadline=deadline)
        try:
            return _exchange(connection, url, cookies)
        except h11.RemoteProtocolError:
            raise Refused(End.PROTOCOL) from None
        finally:
            connection.close()


def _exchange(connection: Connection, url: Url, cookies: str | None) -> Answer:
    protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
    headers = [
        ("Host", url.netloc),
        ("User-Agent", USER_AGENT),
        ("Accept", "text/html,application/xhtml+xml"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ]
    if cookies:
        headers.append(("Cookie", cookies))
    try:
        request = h11.Request(method="GET", target=url.resource, headers=headers)
        connection.send(protocol.send(request) or b"")
        connection.send(protocol.send(h11.EndOfMessage()) or b"")
    except h11.LocalProtocolError:
        raise Refused(End.INVALID) from None
    response = _head(protocol, connection)
    answer = Answer(
        response.status_code,
        tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers),
        b"",
        _certificate_name(connection, url.host),
    )
    if not answer.is_html or not 200 <= answer.status < 300:
        return answer
    body = _body(protocol, connection, answer.header("content-encoding"))
    return Answer(answer.status, answer.headers, body, answer.certificate)


def _head(protocol: h11.Connection, connection: Connection) -> h11.Response:
    interim = 0
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            protocol.receive_data(connection.receive())
        elif isinstance(event, h11.Response):
            if len(event.headers) > MOST_HEADERS:
                raise Refused(End.PROTOCOL)
            return event
        else:
            interim += 1
            if interim > MOST_INTERIM or not isinstance(event, h11.InformationalResponse):
                raise Refused(End.PROTOCOL)


def _body(protocol: h11.Connection, connection: Connection, encoding: str | None) -> bytes:
    unpack = _Unpacking(encoding)
    received, packed = bytearray(), 0
    while len(received) < PAGE_LIMIT and packed < PAGE_LIMIT:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            protocol.receive_data(connection.receive())
        elif isinstance(event, h11.Data):
            packed += len(event.data)
            received += unpack(bytes(event.data), PAGE_LIMIT - len(received))
        else:
            break
    return bytes(received[:PAGE_LIMIT])


class _Unpacking:
    """Unpacks as it comes and never more than is asked for, so that a bomb costs what a page costs."""

    def __init__(self, encoding: str | None) -> None:
        word = (encoding or "identity").strip().lower()
        if word != "identity" and word not in UNPACKED:
            raise Refused(End.BODY)
        self._inflate = zlib.decompressobj(UNPACKED[word]) if word in UNPACKED else None

    def __call__(self, data: bytes, most: int) -> bytes:
        if self._inflate is None:
            return data[:most]
        try:
            return self._inflate.decompress(data, most)
        except zlib.error:
            raise Refused(End.BODY) from None


def _certificate_name(connection: Connection, host: str) -> str | None:
    certificate = connection.certificate
    if certificate is None:
        return None
    held = [str(value).lower() for _, value in certificate.get("subjectAltName", ())]
    wildcard = "*." + host.partition(".")[2]
    return next((name for name in (host, wildcard) if name in held), host)

# ruff: noqa: RUF001, S104 - addresses in odd forms are what is tried
"""The wall, held against real sockets on loopback: what is refused is never connected to, and says nothing."""

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from itertools import repeat
from pathlib import Path

import pytest

from extension_api.errors import SetupError
from extension_api.redirects import transport
from extension_api.redirects.ends import WORDS, End
from extension_api.redirects.names import of_file, system
from extension_api.redirects.steps import Chain
from extension_api.redirects.walk import walk
from extension_api.redirects.wall import NEVER, Wall
from matcher import admit
from tests.extension_api.redirects.conftest import NAMES, Listening, Names, client, opened, page, redirect
from tests.practice.certificates import Certificates

ONE, TWO, THREE = NAMES
INNER = [
    "127.0.0.1", "127.8.9.1", "::1", "0.0.0.0", "0.1.2.3",
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1",
    "169.254.1.1", "169.254.169.254", "fe80::1", "fd00:ec2::254", "168.63.129.16",
    "100.64.0.1", "100.127.255.254", "100.100.100.200",
    "224.0.0.1", "239.1.1.1", "ff02::1", "255.255.255.255", "240.0.0.1",
    "192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "192.0.0.192", "192.88.99.1", "2001:db8::1", "3fff::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::",
    "2002:7f00:1::1", "2002:808:808::1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2001::1", "4000::1",
]  # fmt: skip
LITERALS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "017700000001", "[::1]", "[::]", "0",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.1", "0xa9fea9fe", "2852039166", "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]", "１２７.0.0.1", "127.0.0.1.", "①②⑦.0.0.1",
]  # fmt: skip


def ended(chain: Chain) -> tuple[End, list[str]]:
    return chain.end, [hop.origin for hop in chain.hops]


@pytest.mark.parametrize("inner", INNER)
def test_a_name_that_leads_inside_is_not_connected_to(names: Names, listening: Listening, inner: str) -> None:
    server = listening(page())
    names.answers["inner.test"] = [[inner]]
    began = time.monotonic()
    chain = walk(client(names, opened(server.port)), f"http://inner.test:{server.port}/")
    assert ended(chain) == (End.NAME, [f"http://inner.test:{server.port}"])
    assert time.monotonic() - began < 2
    assert server.came == []


@pytest.mark.parametrize("inner", INNER)
def test_one_inner_address_among_public_ones_spoils_the_name(names: Names, listening: Listening, inner: str) -> None:
    names.answers["mixed.test"] = [["93.184.215.14", inner]]
    assert walk(client(names, Wall()), "http://mixed.test/").end is End.NAME


@pytest.mark.parametrize("literal", LITERALS)
def test_an_address_in_any_form_is_refused_before_a_name_is_asked_for(
    names: Names, listening: Listening, literal: str
) -> None:
    server = listening(page())
    assert walk(client(names, opened(server.port)), f"http://{literal}:{server.port}/").end is End.ADDRESS
    assert (server.came, names.asked) == ([], [])


@pytest.mark.parametrize("target", [*(f"http://{literal}" for literal in LITERALS[:8]), "http://inner.test"])
def test_a_redirect_into_the_inner_network_is_refused(names: Names, listening: Listening, target: str) -> None:
    inner = listening(page())
    names.answers["inner.test"] = [["127.0.0.1"]]
    first = listening(redirect(f"{target}:{inner.port}/latest/meta-data/"))
    chain = walk(client(names, opened(first.port, inner.port)), f"http://{ONE}:{first.port}/")
    assert chain.end in (End.ADDRESS, End.NAME)
    assert (len(chain.hops), inner.came) == (2, [])


def test_a_name_whose_answer_changes_leads_to_where_it_led_when_it_was_asked(
    names: Names, listening: Listening
) -> None:
    public = listening(redirect("/again"), address="127.0.0.2")
    inner = listening(page(), address="127.0.0.1", port=public.port)
    wall = Wall(networks=(ip_network("127.0.0.2/32"),), ports=frozenset({public.port}))
    names.answers["turning.test"] = [["127.0.0.2"], ["127.0.0.1"]]
    chain = walk(client(names, wall), f"http://turning.test:{public.port}/")
    # Asked once for each hop: the first went where the answer said, the second answer is refused.
    assert names.asked == ["turning.test", "turning.test"]
    assert (len(public.came), inner.came) == (1, [])
    assert ended(chain) == (End.NAME, [f"http://turning.test:{public.port}"] * 2)


def test_a_refusal_says_nothing_of_the_target(names: Names, listening: Listening) -> None:
    server = listening(b"220 secret-banner ESMTP\r\n")
    names.answers |= {"inner.test": [["10.9.8.7"]], "nowhere.test": []}
    told = []
    for address in ("http://inner.test/", "http://nowhere.test/", f"http://{ONE}:{server.port}/"):
        chain = walk(client(names, opened(server.port)), address)
        told.append(repr(chain) + WORDS[chain.end])
    assert not any(secret in text for text in told for secret in ("10.9.8.7", "127.0.0.1", "secret-banner", "ESMTP"))
    # Whether an inner name exists cannot be learnt either.
    assert told[0].replace("inner", "nowhere") == told[1]


@pytest.mark.parametrize("port", [1, 22, 25, 3306, 8080, 65535])
def test_other_ports_are_refused_unless_listed(names: Names, port: int) -> None:
    assert walk(client(names, opened()), f"https://{ONE}:{port}/").end is End.PORT
    assert walk(client(names, opened(port)), f"https://{ONE}:{port}/").end is not End.PORT


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://two.example-two.test/", "gopher://x/", "javascript:alert(1)", "data:,x", "http://"],
)
def test_other_schemes_end_the_walk(names: Names, listening: Listening, target: str) -> None:
    server = listening(redirect(target))
    assert walk(client(names, opened(server.port)), f"http://{ONE}:{server.port}/").end is End.INVALID
    assert names.asked == [ONE]


def test_from_https_to_http_ends_the_walk(names: Names, listening: Listening, certificate: Certificates) -> None:
    plain = listening(page())
    secure = listening(redirect(f"http://{TWO}:{plain.port}/x?secret=1"), tls=certificate.server_context())
    chain = walk(client(names, opened(plain.port, secure.port), certificate), f"https://{ONE}:{secure.port}/")
    assert ended(chain) == (End.DOWNGRADE, [f"https://{ONE}:{secure.port}", f"http://{TWO}:{plain.port}"])
    assert (chain.hops[0].certificate, plain.came) == (ONE, [])


def test_the_certificate_must_hold_for_the_name(names: Names, listening: Listening, certificate: Certificates) -> None:
    server = listening(page(), tls=certificate.server_context())
    names.answers["other.test"] = [["127.0.0.1"]]
    wall = opened(server.port, names=(ONE, "other.test"))
    assert walk(client(names, wall, certificate), f"https://other.test:{server.port}/").end is End.CERTIFICATE
    assert walk(client(names, wall), f"https://{ONE}:{server.port}/").end is End.CERTIFICATE
    assert server.asked == []
    assert walk(client(names, wall, certificate), f"https://{ONE}:{server.port}/").end is End.PAGE


def drip(connection: socket.socket, data: bytes, pause: float) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(pause)


def endless(prefix: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.sendall(prefix)
        for _ in repeat(None):
            connection.sendall(piece)

    return talk


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    ("talk", "end"),
    [
        (lambda c: drip(c, page("x" * 500), 0.05), End.TIME),  # a slow body, and a head as slow
        (lambda _: time.sleep(5), End.TIME),  # nothing at all
        (endless(HEAD, b"X-Flood: yes\r\n"), End.PROTOCOL),  # endless headers
        (endless(HEAD + b"X-Long: ", b"y" * 4096), End.PROTOCOL),  # one endless header
        (HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(1000)) + b"\r\n", End.PROTOCOL),  # many headers
        (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), End.PROTOCOL),  # endless interim answers
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", End.PROTOCOL),  # no HTTP
        (HEAD + b"Content-Length: 10\r\nContent-Length: 20\r\n\r\n", End.PROTOCOL),
        (HEAD + b"Content-Length: 100\r\n\r\nshort", End.PROTOCOL),
        (b"", End.PROTOCOL),  # closed at once
        (HEAD + b"Content-Encoding: br\r\n\r\nxxxx", End.BODY),
        (HEAD + b"Content-Encoding: gzip\r\n\r\nnot gzip at all", End.BODY),
    ],
)  # fmt: skip
def test_a_hostile_answer_is_a_reason_within_the_time(
    names: Names, listening: Listening, talk: Callable[[socket.socket], None] | bytes, end: End
) -> None:
    server, began = listening(talk), time.monotonic()
    assert walk(client(names, opened(server.port)), f"http://{ONE}:{server.port}/", seconds=1.5).end is end
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    "talk",
    [
        endless(HEAD + b"\r\n", b"<p>" * 4096),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"z" * 4096 + b"\r\n"),
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(20 * 1024 * 1024), 1),
        HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"a" * 20 * 1024 * 1024, 1),
    ],
    ids=["endless", "endless chunks", "gzip bomb", "deflate bomb"],
)
def test_a_page_is_looked_at_as_far_as_a_mebibyte(
    names: Names, listening: Listening, talk: Callable[[socket.socket], None] | bytes
) -> None:
    server = listening(talk)
    made, url = client(names, opened(server.port)), admit(f"http://{ONE}:{server.port}/")
    tracemalloc.start()
    try:
        got = made.get(url, cookies=None, deadline=transport.Deadline.after(20))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(got.body) == 1024 * 1024
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize("body", ["&#¹;", "\0" * 9, "<a " * 9_000, "<!--" * 9_000, "<script>" + "/*" * 9_000])
def test_a_page_that_no_parser_likes_is_a_page_all_the_same(names: Names, listening: Listening, body: str) -> None:
    server, began = listening(page(body, kind="text/html; charset=utf-8")), time.monotonic()
    chain = walk(client(names, opened(server.port)), f"http://{ONE}:{server.port}/")
    assert (chain.end, [hop.status for hop in chain.hops]) == (End.PAGE, [200])
    assert time.monotonic() - began < 5


def test_a_walk_is_over_after_its_time_however_many_hops(names: Names, listening: Listening) -> None:
    def slowly(connection: socket.socket) -> None:
        time.sleep(0.3)
        connection.sendall(redirect(f"/{time.monotonic()}"))

    server, began = listening(slowly), time.monotonic()
    chain = walk(client(names, opened(server.port)), f"http://{ONE}:{server.port}/", seconds=1.0)
    assert chain.end is End.TIME
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("name", ["localhost", "wayfill.localhost", "a.b.localhost"])
def test_a_name_of_this_machine_is_this_machine(name: str) -> None:
    # RFC 6761 section 6.3: never asked of anybody, so nobody can answer otherwise.
    assert [str(address) for address in system(name)] == ["127.0.0.1", "::1"]
    assert walk(client(system, Wall()), f"http://{name}/").end is End.NAME  # type: ignore[arg-type]  # the real one


def test_names_of_a_file_come_first(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text("# inner names\n10.1.2.3 SSO.corp.test wiki.corp.test # two\n\nfd00::7\tsso.corp.test\n")
    known = of_file(file)
    assert [str(address) for address in known("sso.corp.test")] == ["10.1.2.3", "fd00::7"]
    assert [str(address) for address in known("x.localhost")] == ["127.0.0.1", "::1"]
    for wrong in ("sso.corp.test 10.1.2.3", "10.1.2.3.4 x.test"):
        file.write_text(wrong)
        with pytest.raises(SetupError):
            of_file(file)


def test_a_resolver_that_hangs_is_left_behind(listening: Listening) -> None:
    released = threading.Event()

    def hanging(_name: str) -> list[object]:
        released.wait(5)
        return []

    made = client(hanging, Wall())  # type: ignore[arg-type]  # answers nothing at all
    began = time.monotonic()
    assert walk(made, "http://hanging.test/", seconds=0.5).end is End.TIME
    assert time.monotonic() - began < 2
    released.set()


def test_nothing_is_told_of_anybody_and_no_proxy_is_asked(
    names: Names, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = listening(page())
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    server = listening(page("", "Set-Cookie: a=b"))
    assert walk(client(names, opened(server.port)), f"http://pat:secret@{ONE}:{server.port}/?q=1#f").end is End.PAGE
    lines = server.asked[0].decode().split("\r\n")
    assert lines[0] == "GET /?q=1 HTTP/1.1"
    assert sorted(line.partition(":")[0] for line in lines[1:-2]) == [
        "Accept", "Accept-Encoding", "Connection", "Host", "User-Agent",
    ]  # fmt: skip
    assert proxy.came == []


def test_cookies_live_as_long_as_the_walk(names: Names, listening: Listening) -> None:
    def talk(connection: socket.socket) -> None:
        seen = b"Cookie: step=1" in server.asked[-1]
        connection.sendall(page("in") if seen else page("", "Set-Cookie: step=1", "Location: /", status="302 Found"))

    server = listening(talk)
    made = client(names, opened(server.port))
    for _ in range(2):
        assert [hop.status for hop in walk(made, f"http://{ONE}:{server.port}/").hops] == [302, 200]
    assert [b"Cookie:" in head for head in server.asked] == [False, True, False, True]


def test_a_cookie_goes_to_nobody_else(names: Names, listening: Listening) -> None:
    second = listening(page())
    first = listening(page("", "Set-Cookie: a=b; Domain=test", "Set-Cookie: c=d",
                           f"Location: http://{TWO}:{second.port}/", status="302 Found"))  # fmt: skip
    walk(client(names, opened(first.port, second.port)), f"http://{ONE}:{first.port}/")
    assert len(second.asked) == 1
    assert b"Cookie" not in second.asked[0]


def test_what_an_administrator_lists_is_walked_to(names: Names, listening: Listening) -> None:
    server = listening(page())
    ports = frozenset({server.port})
    names.answers["sso.corp.test"] = [["127.0.0.1"]]
    for wall in (
        Wall(networks=(ip_network("127.0.0.0/8"),), ports=ports),
        Wall(names=frozenset({"sso.corp.test"}), ports=ports),
        Wall(names=frozenset({"*.corp.test"}), ports=ports),
    ):
        assert walk(client(names, wall), f"http://sso.corp.test:{server.port}/").end is End.PAGE
    for listed in ("*.sso.corp.test", "corp.test", "*.orp.test"):
        wall = Wall(names=frozenset({listed}), ports=ports)
        assert walk(client(names, wall), f"http://sso.corp.test:{server.port}/").end is End.NAME
    wall = Wall(networks=(ip_network("127.0.0.0/8"),), ports=ports)
    assert walk(client(names, wall), f"http://127.0.0.1:{server.port}/").end is End.PAGE


@pytest.mark.parametrize("never", [*(str(network.network_address) for network in NEVER), "::ffff:10.0.0.1"])
def test_some_addresses_no_listing_opens(names: Names, never: str) -> None:
    names.answers["listed.test"] = [[never]]
    everything = tuple(ip_network(text) for text in ("0.0.0.0/0", "::/0"))
    wall = Wall(networks=everything, names=frozenset({"listed.test"}))
    assert walk(client(names, wall), "http://listed.test/").end is End.NAME


def test_public_addresses_pass_the_wall() -> None:
    for text in ("8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:2800:21f:cb07::1", "2a00:1450::1"):
        Wall().require_addresses(admit("http://public.test/"), [ip_address(text)])

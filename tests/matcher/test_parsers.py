"""The matcher's parser against two others, ada-url and Node's `URL`, on addresses that nobody wrote.

Where they disagree about scheme, host or port, admission refuses, or the difference is in `parser_differences.json`
with its reason. Letters right to left mixed with others are refused by all of them, by rules of different age: there
only an address that admission lets in counts.
"""

# ruff: noqa: RUF001, E501 - letters that look like others are what is tested; lists of pieces stay together

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import ada_url
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher import InvalidUrl, admit
from tests.contract.generated import PAGES
from tests.matcher.parsers import LABELS, RANGES, Parts, ada, by_node, newer_letters, odd_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.evaluator import NodeEvaluator

BATCH = 100
EXAMPLES = 200

SOUP = st.text(
    st.sampled_from(list("aZ0.-_~%@:/\\?#[]*!$&'()+,;=|^`{}<>\"\t\n\r \u00ad\u200dßéЖ中。．％＠／０ａ①€\U0001f600")),
    max_size=24,
)
PIECES = st.lists(
    st.sampled_from(
        ["xn--", "xn--a", "%41", "%2e", "%00", "0x7f", "0177", "1", "256", ".", "..", "[::1]", "[::ffff:1.2.3.4]", "[1:2",
         "a", "example", "com", ":", ":80", ":443", ":65536", ":0", "@", "u:p@", "/", "\\", "//", "?", "#", " ", "\t", "ﬀ",
         "Ａ", "é", "e\u0301", "ς", "ß", "-", "--", "‍", "faß", "☃", "١"]
    ),
    max_size=7,
).map("".join)  # fmt: skip
PREFIX = st.sampled_from(
    ["https://", "http://", "https:", "HTTPS:/", "http:\\\\", "https:///", "", " https://", "ht\ntps://"]
)
ADDRESSES = st.one_of(
    PAGES, st.tuples(PREFIX, SOUP).map("".join), st.tuples(PREFIX, PIECES).map("".join), st.text(max_size=20)
)


def ours(address: str) -> Parts | None:
    try:
        url = admit(address)
    except InvalidUrl:
        return None
    return url.scheme, url.host, url.port_text


def theirs(parts: Parts | None) -> Parts | None:
    """Drop the one closing dot that admission drops."""
    return parts and (parts[0], parts[1].removesuffix("."), parts[2])


def test_generated_addresses(node: NodeEvaluator, figure: Callable[[str], None]) -> None:
    counts = {"addresses": 0, "admitted": 0}

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ADDRESSES, min_size=BATCH, max_size=BATCH))
    def compare(addresses: list[str]) -> None:
        for address, other in zip(addresses, by_node(node, addresses), strict=True):
            admitted = ours(address)
            counts["addresses"] += 1
            if admitted is None:
                continue
            counts["admitted"] += 1
            for name, parts in (("ada-url", ada(address)), ("node", other)):
                known = newer_letters(address) or (name == "node" and odd_label(admitted[1]))
                assert theirs(parts) == admitted or (parts is None and known), (name, address)

    compare()
    figure(f"parsers compared on {counts}")
    assert counts["admitted"] > counts["addresses"] // 10


def test_what_only_admission_refuses_is_known(node: NodeEvaluator) -> None:
    """Refusals beyond the others': empty labels, other schemes, and letters of unequal direction by newer rules."""

    @settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ADDRESSES, min_size=BATCH, max_size=BATCH))
    def compare(addresses: list[str]) -> None:
        for address, other in zip(addresses, by_node(node, addresses), strict=True):
            if other is None or ours(address) is not None or not ada_url.check_url(address):
                continue
            scheme, host, _ = other
            labels = host.removesuffix(".").split(".")
            assert scheme not in ("http", "https") or "" in labels or not address.isascii(), address

    compare()


def test_letters_that_the_others_do_not_know_yet(node: NodeEvaluator) -> None:
    letters = [chr(code) for first, last in RANGES for code in {first, (first + last) // 2, last}]
    addresses = [f"https://a{letter}b.example/" for letter in letters]
    for address, other in zip(addresses, by_node(node, addresses), strict=True):
        assert ours(address) is not None, address
        assert other is None, f"no difference any more: {address}"
        assert ada(address) is None, f"no difference any more: {address}"


def test_labels_that_node_refuses(node: NodeEvaluator) -> None:
    addresses = [f"https://{host}/" for host in LABELS["examples"]]
    for address, other in zip(addresses, by_node(node, addresses), strict=True):
        assert ours(address) == ada(address), address
        assert other is None, f"no difference any more: {address}"


def test_other_letters_are_read_alike(node: NodeEvaluator) -> None:
    chance = random.Random(11)  # noqa: S311 - the same sample every time, nothing secret
    codes = [
        *range(0x80, 0x3000),
        *chance.sample(range(0x3000, 0xD800), 4_000),
        *chance.sample(range(0xE000, 0x110000), 8_000),
    ]
    letters = [chr(code) for code in codes if not newer_letters(chr(code))]
    addresses = [f"https://a{letter}b.example/" for letter in letters]
    for address, other in zip(addresses, by_node(node, addresses), strict=True):
        admitted = ours(address)
        if admitted is not None:
            assert theirs(other) == admitted, address
            assert theirs(ada(address)) == admitted, address

"""Bad input: only the library's own errors come out, in bounded time and memory."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from matcher import InvalidLink, InvalidUrl, Link, MatchTable, Strategy, admit
from tests.matcher import hostile, minute

if TYPE_CHECKING:
    from collections.abc import Callable


def test_memory_does_not_grow_with_what_is_tried() -> None:
    hostile.run(0.5)
    tracemalloc.start()
    try:
        hostile.run(1, first=1_000_000)
        before, _ = tracemalloc.get_traced_memory()
        hostile.run(3, first=2_000_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 8_000_000


@pytest.mark.timeout(minute.LIMIT + 20)
def test_fuzz(figure: Callable[[str], None]) -> None:
    """It was started when the tests were (conftest.py) and had their waiting time; mostly it has ended long ago."""
    tried = minute.tried()
    figure(f"hostile values tried: {tried:,} in {minute.SECONDS} s")
    assert tried > 5_000


@pytest.mark.parametrize("address", [make() for make in hostile.LONG], ids=range(len(hostile.LONG)))
def test_long_addresses(address: str) -> None:
    table = MatchTable.compile(
        [Link("r", "https://example.com/a/a", Strategy.PATH), Link("s", "https://example/", Strategy.HOST)]
    )
    begin = time.thread_time()
    for call in (admit, table.find):
        with contextlib.suppress(InvalidUrl):
            call(address)
    for strategy in Strategy:
        with contextlib.suppress(InvalidLink):
            Link("r", address, strategy, expression=".*" if strategy is Strategy.REGEX else None)
    assert time.thread_time() - begin < 0.5


def test_ten_thousand_links_on_one_record() -> None:
    links = [Link("r", f"https://h{i % 100}.example.com/p{i}", list(Strategy)[i % 4]) for i in range(10_000)]
    table = MatchTable.compile(links)
    begin = time.thread_time()
    assert [match.record for match in table.find("https://h2.example.com/p2/x")] == ["r"]
    assert time.thread_time() - begin < 0.5
    assert len(table.explain("https://other.example/", "r")) < 2_000


@pytest.mark.parametrize("expression", [text for text in hostile.EXPRESSIONS if 0 < len(text) <= 1_024])
def test_expressions_that_take_exponential_time_elsewhere(expression: str) -> None:
    begin = time.thread_time()
    try:
        table = MatchTable.compile([Link("r", "example.com", Strategy.REGEX, expression=expression)])
    except InvalidLink:
        return
    for tail in ("a" * 8_000, "k" * 8_000, "é" * 8_000, "ab" * 4_000, "x" * 8_000):
        table.find(f"https://example.com/{tail}")
    assert time.thread_time() - begin < 2


def test_patterns_with_a_thousand_stars() -> None:
    host = "*a" * 30
    links = [
        Link("path", "https://example.com/" + "*a" * 1_000 + "b", Strategy.PATTERN),
        Link("host", f"https://{host}.example.com/", Strategy.PATTERN),
        Link("labels", "https://" + "*." * 1_000 + "example.com/", Strategy.PATTERN),
    ]
    table = MatchTable.compile(links)
    begin = time.thread_time()
    assert not table.find("https://example.com/" + "a" * 8_000)
    assert [match.record for match in table.find("https://example.com/" + "a" * 8_000 + "b")] == ["path"]
    assert not table.find("https://" + "a" * 4_000 + ".example.com/b")
    assert [match.record for match in table.find("https://" + "a" * 60 + ".example.com/")] == ["host"]
    assert [match.record for match in table.find("https://" + "a." * 1_000 + "example.com/")] == ["labels"]
    assert time.thread_time() - begin < 0.5

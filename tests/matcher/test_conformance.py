"""The standards' own cases on their raw input, failures included: the URL standard's, its hosts', the suffix list's.

What admission refuses beyond the URL standard is written here as the rule that it is (`beyond`); any other difference
is a row of `known_differences.json` with its reason, and a row there that does not differ is red too.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher import InvalidUrl, admit, suffixes

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN: dict[str, Any] = json.loads(Path(__file__).with_name("known_differences.json").read_text(encoding="utf-8"))
HREF = re.compile(r"(https?://)(?:[^/@]*@)?(\[[^]]*\]|[^/:]*)(:[0-9]+)?(/.*)", re.DOTALL)


def beyond(host: str) -> str | None:
    """Apply what admission asks beyond the standard: one closing dot is dropped, an empty label is no host."""
    host = host.removesuffix(".")
    return host if host and "" not in host.split(".") else None


def differing(cases: dict[str, tuple[str | None, Callable[[], str | None]]]) -> set[str]:
    return {name for name, (wanted, answer) in cases.items() if answer() != wanted}


def admitted(raw: str, base: str | None = None) -> str | None:
    try:
        start = admit(base) if base is not None else None
    except InvalidUrl:
        start = None  # a base of another scheme: nothing relative to it can be http or https
    try:
        return admit(raw, start).href
    except InvalidUrl:
        return None


def test_url_standard(shared_data: Path, figure: Callable[[str], None]) -> None:
    rows = json.loads((shared_data / "url" / "urltestdata.json").read_text(encoding="utf-8"))
    cases: dict[str, tuple[str | None, Callable[[], str | None]]] = {}
    for row in rows:
        if isinstance(row, str):
            continue
        wanted = None
        if not row.get("failure"):
            parts = HREF.fullmatch(row["href"])
            host = parts and beyond(parts[2])
            wanted = f"{parts[1]}{host}{parts[3] or ''}{parts[4]}" if parts and host else None
        name = json.dumps([row["input"], row["base"]])
        cases[name] = (wanted, lambda row=row: admitted(row["input"], row["base"]))  # type: ignore[misc]
    assert differing(cases) == {json.dumps(row["input"]) for row in KNOWN["url"]}
    figure(f"URL standard: {len(cases)} cases, {sum(wanted is None for wanted, _ in cases.values())} of them refusals")
    assert len(cases) > 850


def test_hosts_of_the_url_standard(shared_data: Path, figure: Callable[[str], None]) -> None:
    rows = json.loads((shared_data / "url" / "toascii.json").read_text(encoding="utf-8"))
    cases: dict[str, tuple[str | None, Callable[[], str | None]]] = {}
    for row in rows:
        if isinstance(row, str):
            continue
        wanted = None if row["output"] is None else beyond(row["output"])
        href = wanted and f"https://{wanted}/x"
        cases[row["input"]] = (href, lambda row=row: admitted(f"https://{row['input']}/x"))  # type: ignore[misc]
    assert differing(cases) == {row["input"] for row in KNOWN["toascii"]}
    figure(f"hosts of the URL standard: {len(cases)} cases")
    assert len(cases) > 80


def site_of(raw: str) -> str | None:
    try:
        return suffixes.registrable_domain(admit(f"https://{raw}/").host)
    except InvalidUrl:
        return None


def test_public_suffix_list(shared_data: Path, figure: Callable[[str], None]) -> None:
    checks = (shared_data / "psl" / "tests" / "test_psl.txt").read_text(encoding="utf-8")
    rows = re.findall(r"^checkPublicSuffix\((null|'[^']*'), (null|'[^']*')\);", checks, re.MULTILINE)
    cases: dict[str, tuple[str | None, Callable[[], str | None]]] = {}
    for raw, wanted in rows:
        if raw == "null":
            continue  # there is no address without text
        name = raw.strip("'")
        site = None if wanted == "null" else admit(f"https://{wanted.strip(chr(39))}/").host
        cases[name] = (site, lambda name=name: site_of(name))  # type: ignore[misc]
    assert differing(cases) == {row["input"] for row in KNOWN["psl"]}
    figure(f"Public Suffix List: {len(cases)} checks against the shipped list of {suffixes.current().date}")
    assert len(cases) > 70

"""Python, the extension's evaluator and the plain reading of the rules agree on tables and pages that nobody wrote.

`MATCHER_PAIRS` sets how many pairs of a table and a page are tried: 20,000 here, millions in a nightly run
(`make nightly`).
"""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from matcher import InvalidUrl, MatchTable, Strategy, admit, suffixes
from tests.contract.evaluator import NodeEvaluator, python_answer
from tests.contract.generated import PAGES, SITUATIONS, Situation, affiliations, plain_answer, short
from tests.matcher.parsers import RIGHT_TO_LEFT, newer_letters, odd_label

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES_A_TABLE = 50
PAIRS = int(os.environ.get("MATCHER_PAIRS", "20000"))
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def test_all_agree(node: NodeEvaluator, figure: Callable[[str], None]) -> None:
    counts = {"pairs": 0, "matched": 0, "undecided": 0, "invalid": 0}

    @settings(
        max_examples=PAIRS // PAGES_A_TABLE,
        deadline=None,
        database=None,
        suppress_health_check=QUIET,
        phases=[Phase.generate, Phase.shrink],
    )
    @given(SITUATIONS, st.lists(PAGES, min_size=PAGES_A_TABLE, max_size=PAGES_A_TABLE))
    def compare(situation: Situation, pages: list[str]) -> None:
        table = MatchTable.compile(situation.links, affiliations(situation))
        read = MatchTable.from_json(table.to_json())
        changed = MatchTable.compile(situation.links[::2], affiliations(situation)).with_changes(
            add=situation.links[1::2]
        )
        answers = node.find(table, pages)
        for page, answer in zip(pages, answers, strict=True):
            python = python_answer(table, page)
            counts["pairs"] += 1
            assert ("invalid" in python) == ("invalid" in answer), page
            assert python_answer(read, page) == python, page
            if "invalid" in python:
                counts["invalid"] += 1
                continue
            assert short(python) == plain_answer(situation, page), page
            by_record = {match["record"]: match for match in python["matches"]}
            assert {match["record"] for match in python_answer(changed, page)["matches"]} == set(by_record), page
            undecided = answer["undecided"]
            assert undecided == undecided_by_the_rules(situation, page), page
            assert answer["matches"] == [match for match in python["matches"] if match["record"] not in undecided], page
            counts["matched"] += bool(python["matches"])
            counts["undecided"] += bool(undecided)

    compare()
    figure(f"evaluators compared on {counts}")
    assert counts["pairs"] >= PAIRS * 0.9
    assert min(counts.values()) > counts["pairs"] // 200, "the generated pages are not worth comparing"


def undecided_by_the_rules(situation: Situation, address: str) -> list[str]:
    page = admit(address)
    found = set()
    for link in situation.links:
        if link.strategy is not Strategy.REGEX:
            continue
        url = admit(link.url)
        site = suffixes.registrable_domain(url.host)
        if site is None:
            same = url.host == page.host and (url.port == page.port or (url.port_text == page.port_text == ""))
        else:
            same = suffixes.registrable_domain(page.host) == site
        if same and (link.veto or url.scheme == "http" or page.scheme == "https"):
            found.add(link.record)
    return sorted(found)


def test_python_refuses_what_the_evaluator_refuses(node: NodeEvaluator) -> None:
    @settings(max_examples=200, deadline=None, database=None, suppress_health_check=QUIET)
    @given(st.lists(st.text(max_size=40) | st.text(max_size=20).map("https://".__add__), min_size=50, max_size=50))
    def compare(addresses: list[str]) -> None:
        answers = node.ask(pages=addresses)
        for address, answer in zip(addresses, answers, strict=True):
            try:
                host = admit(address).host
            except InvalidUrl:
                assert "invalid" in answer or RIGHT_TO_LEFT & {*map(unicodedata.bidirectional, address)}, address
            else:
                assert "invalid" not in answer or newer_letters(address) or odd_label(host), address

    node.find(MatchTable.compile([]), [])
    compare()

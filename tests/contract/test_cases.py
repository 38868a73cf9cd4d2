"""The shared cases: what Python and the extension's evaluator must both answer, row by row.

A row of `cases.json`: `why` it is there, `links` as `[record, url, strategy, ...]` (behind them `"veto"`, or
`{"expression": ...}`), `affiliations` in Apple's form, a group perhaps with the records that it holds for (`only`,
`except`), a `page`, and `matches` as `[record, url, strength]`, best first, or `invalid`. Records that the evaluator
must leave to the service are `undecided`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from matcher import Link, MatchTable
from tests.contract.evaluator import NodeEvaluator, python_answer
from tests.contract.generated import limited

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))


def link_of(row: list[Any]) -> Link:
    record, url, strategy, *more = row
    expressions = [part["expression"] for part in more if isinstance(part, dict)]
    return Link(record, url, strategy, veto="veto" in more, expression=expressions[0] if expressions else None)


def table_of(case: dict[str, Any]) -> MatchTable:
    groups = limited(case.get("affiliations", []))
    return MatchTable.compile([link_of(row) for row in case["links"]], groups)


def short(answer: dict[str, Any]) -> list[list[str]] | str:
    if "invalid" in answer:
        return "invalid"
    return [[match["record"], match["link"]["url"], match["strength"]] for match in answer["matches"]]


def wanted(case: dict[str, Any]) -> list[list[str]] | str:
    return "invalid" if case.get("invalid") else case["matches"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_python(case: dict[str, Any]) -> None:
    table = table_of(case)
    answer = python_answer(table, case["page"])
    assert short(answer) == wanted(case)
    assert python_answer(MatchTable.from_json(table.to_json()), case["page"]) == answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_extension(case: dict[str, Any], node: NodeEvaluator) -> None:
    table = table_of(case)
    [answer] = node.find(table, [case["page"]])
    undecided = case.get("undecided", [])
    if case.get("invalid"):
        assert short(answer) == "invalid"
        return
    assert short(answer) == [match for match in case["matches"] if match[0] not in undecided]
    assert answer["undecided"] == sorted(undecided)
    said = {match["record"]: match for match in python_answer(table, case["page"])["matches"]}
    assert all(match == said[match["record"]] for match in answer["matches"])


def test_there_are_enough_cases_and_each_once() -> None:
    assert len({json.dumps(case, sort_keys=True) for case in CASES}) == len(CASES)
    assert len({case["why"] for case in CASES}) == len(CASES)

"""The two parsers that the matcher's own is held against, and the differences that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ada_url

if TYPE_CHECKING:
    from tests.contract.evaluator import NodeEvaluator

DIFFERENCES: dict[str, Any] = json.loads(
    Path(__file__).with_name("parser_differences.json").read_text(encoding="utf-8")
)
LETTERS, LABELS = DIFFERENCES["differences"]
RANGES = [(int(first, 16), int(last, 16)) for first, last in LETTERS["ranges"]]
RIGHT_TO_LEFT = {"R", "AL", "AN"}

Parts = tuple[str, str, str]


def newer_letters(text: str) -> bool:
    """Whether a text holds letters that the others do not know yet."""
    return any(first <= ord(letter) <= last for letter in text for first, last in RANGES if ord(letter) > 0x500)


def odd_label(host: str) -> bool:
    """Whether a host has a label that Node may refuse for its Punycode."""
    return any(label.startswith("xn--") for label in host.split("."))


def ada(address: str) -> Parts | None:
    """Give scheme, host and port as ada-url reads them."""
    try:
        url = ada_url.URL(address)
    except (ValueError, UnicodeEncodeError):
        return None
    return url.protocol[:-1], url.hostname, url.port


def by_node(evaluator: NodeEvaluator, addresses: list[str]) -> list[Parts | None]:
    """Give scheme, host and port as Node's `URL` reads them."""
    return [url and (url["protocol"][:-1], url["hostname"], url["port"]) for url in evaluator.ask(addresses=addresses)]

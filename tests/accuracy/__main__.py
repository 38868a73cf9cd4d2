"""Print how many labelled pages are filled right, and which are not.

    python -m tests.accuracy [--keep]

`--keep` writes the failures into `failures.json`, which the suite holds against what it sees. The exit status says
whether the project's own bounds hold: 97 % of the logins, and no password on a page that is none.
"""

import argparse
import json
import sys
import time

from playwright.sync_api import sync_playwright

from tests.accuracy.labelled import FOLDER, available, pages
from tests.accuracy.measure import measure
from tests.accuracy.summary import FAILURES, Summary


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="How many labelled pages are filled right.")
    parser.add_argument("--keep", action="store_true", help="write the failures into failures.json")
    keep = parser.parse_args().keep
    if not available():
        sys.stdout.write(f"The labelled pages are not there: {FOLDER}\n")
        return 2
    started = time.monotonic()
    with sync_playwright() as playwright:
        summary = Summary(measure(playwright, pages()))
    sys.stdout.write("".join(f"{line}\n" for line in summary.lines()))
    sys.stdout.write(f"{time.monotonic() - started:.0f} s\n")
    if keep:
        FAILURES.write_text(json.dumps(summary.failures(), indent=2) + "\n")
    return 0 if summary.good() else 1


if __name__ == "__main__":
    sys.exit(main())

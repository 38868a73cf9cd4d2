"""A minute of hostile values beside the other tests: it takes the time that they wait, and no test waits for it long.

It is started when the tests are known and ends by itself, also when the tests are broken off. A minute is one of its
own processor time, so that it is a whole one however busy the machine is.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.matcher import hostile

SECONDS = 60
FIRST_SEED = 3_000_000
LIMIT = 900.0
"""Seconds after which it must have come to its end on any machine."""
ROOT = Path(__file__).resolve().parents[2]


def _report() -> Path:
    """Where it tells what came of it; the same for all processes of a test run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir(), f"wayfill-minute-{run}.json")


def begin() -> None:
    """Start it, once for all processes of a test run."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker in (None, "gw0"):
        tests = os.getpid() if worker is None else os.getppid()
        arguments = ["-m", "tests.matcher.minute", str(_report()), str(tests)]
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, start_new_session=True)
        process.returncode = 0  # nobody waits for the process itself: whoever asks may be another one of the same run


def tried() -> int:
    """Wait for its end; gives how many values were tried. Raises AssertionError with what broke."""
    report, deadline = _report(), time.monotonic() + LIMIT
    while not report.exists():
        assert time.monotonic() < deadline, "the minute of hostile values does not end"
        time.sleep(0.1)
    told = json.loads(report.read_text())
    report.unlink()
    assert "broke" not in told, told["broke"]
    number: int = told["tried"]
    return number


def main(report: Path, tests: int) -> None:
    """Run for a minute in the time that nobody else wants, as long as the tests' process lives."""
    os.nice(19)

    def go_on() -> bool:
        try:
            os.kill(tests, 0)  # sends nothing; tells whether it is there
        except ProcessLookupError:
            return False
        return True

    try:
        told: dict[str, object] = {"tried": hostile.run(SECONDS, FIRST_SEED, go_on)}
    except BaseException:  # noqa: BLE001 - whatever it is, a test has to hear of it
        told = {"broke": traceback.format_exc()}
    if go_on():
        part = report.with_suffix(".part")
        part.write_text(json.dumps(told))
        part.rename(report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

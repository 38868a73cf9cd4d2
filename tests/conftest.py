"""What tests of every folder share: the one Playwright of a process, and figures printed at the end of the run.

A process can run Playwright only once at a time, whichever folder's tests it is given. Figures travel with the test's
report, so that they are seen also when tests run in several processes.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from tests.practice import programs

FIGURE = "figure"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if programs.chromium() is None:
        pytest.skip("no Chromium found; `make test` brings one")
    # Tests run side by side, and others' work may keep the machine busy: what comes late is not what is looked for.
    expect.set_options(timeout=20_000)
    with sync_playwright() as started:
        yield started


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Call it with one line of text."""
    return lambda text: record_property(FIGURE, text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    figures = [
        str(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == FIGURE
    ]
    if figures:
        terminalreporter.section("figures")
        for text in figures:
            terminalreporter.write_line(text)

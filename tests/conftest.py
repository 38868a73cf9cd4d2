"""What tests of every folder share: the database engine, the one Playwright of a process, figures printed at the end.

Tests run on SQLite; those marked `every_engine` on PostgreSQL as well, and with `--engine=postgres` all of them on that
alone. A process can run Playwright only once at a time, whichever folder's tests it is given. Figures travel with the
test's report, so that they are seen also when tests run in several processes.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from tests.practice import postgres, programs
from tests.practice.engines import Engine, InFiles, OnServer

FIGURE = "figure"
SQLITE, POSTGRES = "sqlite", "postgres"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=(SQLITE, POSTGRES),
        default=os.environ.get("WAYFILL_TEST_ENGINE"),
        help="the one database engine to run the tests on",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker
    asked = "engine_name" in metafunc.fixturenames and metafunc.config.getoption("engine") is None
    if asked and marked("every_engine") and not marked("sqlite"):
        metafunc.parametrize("engine_name", (SQLITE, POSTGRES), indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("engine") == POSTGRES:
        for item in items:
            if (mark := item.get_closest_marker("sqlite")) is not None:
                item.add_marker(pytest.mark.skip(reason=f"about SQLite alone: {mark.args[0]}"))


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", None) or request.config.getoption("engine") or SQLITE)


@pytest.fixture(scope="session")
def database_server() -> Iterator[postgres.Server]:
    """One PostgreSQL server for all tests of this process."""
    if postgres.binaries() is None:
        pytest.skip(postgres.ABSENT)
    with postgres.serving() as server:
        yield server


@pytest.fixture(scope="session")
def engine(engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("prepared")
    if engine_name == SQLITE:
        return InFiles(folder)
    return OnServer(request.getfixturevalue("database_server"), folder)


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

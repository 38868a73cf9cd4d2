"""One Node process for the tests that hold the parser against Node's; the minute of hostile values beside all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.evaluator import NodeEvaluator
from tests.matcher import minute

SHARED = Path(__file__).parents[3] / "shared" / "data"


def pytest_collection_finish(session: pytest.Session) -> None:
    if any(item.nodeid.endswith("::test_fuzz") for item in session.items) and not session.config.option.collectonly:
        minute.begin()


@pytest.fixture(scope="session")
def node() -> Iterator[NodeEvaluator]:
    with NodeEvaluator() as evaluator:
        yield evaluator


@pytest.fixture
def shared_data() -> Path:
    """Facts of others that are not part of this repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder shared/data is not beside this repository")
    return SHARED

"""One Node process for all the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.contract.evaluator import NodeEvaluator


@pytest.fixture(scope="session")
def node() -> Iterator[NodeEvaluator]:
    with NodeEvaluator() as evaluator:
        yield evaluator

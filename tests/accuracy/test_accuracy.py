"""A fixed part of the labelled pages in the suite; `make accuracy` fills them all."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Playwright

from tests.accuracy.labelled import available, pages
from tests.accuracy.measure import measure
from tests.accuracy.summary import FAILURES, Summary

EVERY = 5
"""One page in so many, and every page that is known to fail: an unexpected success has to be taken out of the list."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="the labelled pages are not there (../shared/data/forms)"),
]


def test_pages_fail_as_they_are_known_to_and_no_others(playwright: Playwright, figure: Callable[[str], None]) -> None:
    known = json.loads(FAILURES.read_text())
    failing = {one["page"] for one in known}
    sample = [page for page in pages() if page.number % EVERY == 1 or page.number in failing]
    summary = Summary(measure(playwright, sample))
    figure(f"labelled pages: {len(sample) - len(summary.failures())} of {len(sample)} as wanted")
    assert summary.failures() == [one for one in known if one["page"] in {page.number for page in sample}]

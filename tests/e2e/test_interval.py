"""Nobody looks at a page: the interval alone brings the new table, and an unchanged one costs a 304."""

import time

from playwright.sync_api import Response

from tests.e2e.household import PERSON, Household
from tests.practice.chromium import Person

INTERVAL = 30
"""Seconds: the shortest that an administrator may set."""
TABLE = "/api/v1/match-table"


def test_the_interval_alone_brings_the_new_table(household: Household, pat: Person) -> None:
    household.service.stop()
    household.service.settings["WAYFILL_REFRESH_INTERVAL"] = str(INTERVAL)
    household.service.start()
    seen: list[tuple[int, float]] = []

    def note(response: Response) -> None:
        if TABLE in response.url:
            seen.append((response.status, time.monotonic()))

    pat.context.on("response", note)
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    wait_for(pat, seen, 1, 5)
    first = pat.storage("session")["table-status"]["revision"]
    # Opening the popup asks as well; here it shows what an unchanged table costs, before the interval is waited for.
    popup = pat.open_popup()
    wait_for(pat, seen, 2, 5)
    popup.close()

    household.link_second()
    wait_for(pat, seen, 3, INTERVAL * 1.5)
    pat.page.wait_for_timeout(300)
    assert [status for status, _ in seen] == [200, 304, 200]
    assert seen[2][1] - seen[0][1] > INTERVAL * 0.8
    assert pat.storage("session")["table-status"]["revision"] > first


def wait_for(pat: Person, seen: list[tuple[int, float]], count: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while len(seen) < count:
        assert time.monotonic() < deadline, f"the table was asked for {len(seen)} times: {seen}"
        pat.page.wait_for_timeout(100)

"""HTTP Basic and Digest in Chromium: answered with the record that a person chose, once, and for the page's own host.

The two permissions are optional and granted in a window of the browser's own, which no test can press in Chromium; the
extension is therefore loaded with the same two as ordinary permissions, and nothing else of it is changed.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Playwright, expect

from tests.e2e.everyday.conftest import Day, day
from tests.e2e.household import FIRST_HOST, SITE_USERNAME
from tests.practice.certificates import Certificates
from tests.practice.chromium import EXTENSION, Popup


@pytest.fixture(scope="module")
def today(
    playwright: Playwright,
    certificates: Certificates,
    tmp_path_factory: pytest.TempPathFactory,
    furnished: tuple[Path, str],
) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("permitted") / "extension"
    shutil.copytree(EXTENSION, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["permissions"] += manifest.pop("optional_permissions")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with day(playwright, certificates, tmp_path_factory.mktemp("day"), furnished, extension=folder) as result:
        result.pat.options.locator("#signInDialogs").check()
        expect(result.pat.options.locator("#signInDialogs")).to_be_enabled()
        yield result


def visit(today: Day, path: str) -> None:
    """Begin to load a page that will wait for an answer."""
    today.page.evaluate(f"setTimeout(() => {{ location.href = {json.dumps(path)} }})")


def question(today: Day) -> Popup:
    """The popup, asking. One that was open over the page before may be seen just as it closes."""
    today.wait_for_badge("?")
    with contextlib.suppress(Error):
        popup = today.pat.open_popup()
        popup.wait_for("#dialog button")
        return popup
    popup = today.pat.open_popup()
    popup.wait_for("#dialog button")
    return popup


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_the_chosen_record_answers(today: Day, scheme: str) -> None:
    today.page.goto(f"{today.first}/elsewhere")
    visit(today, f"/{scheme}/chosen/")
    popup = question(today)
    popup.wait_for_text("#dialog", FIRST_HOST)
    assert "not encrypted" not in popup.text("#dialog")
    popup.click(f"#dialog button[data-record='{today.record}']")
    expect(today.page.locator("#private")).to_be_visible()
    assert today.shop.users_at(f"/{scheme}/chosen/") == [SITE_USERNAME]
    fills = [event for event in today.ask("GET", "/audit?limit=5")["events"] if event["action"] == "fill:grant"]
    assert fills[0]["page_host"] == FIRST_HOST


def test_the_key_answers_with_the_best_match(today: Day) -> None:
    today.page.goto(f"{today.first}/elsewhere")
    visit(today, "/basic/by-key/")
    today.wait_for_badge("?")
    today.pat.fill_by_command()
    expect(today.page.locator("#private")).to_be_visible()


def test_wrong_values_are_sent_once_and_then_the_browser_asks(today: Day) -> None:
    right, today.shop.password = today.shop.password, "another-password-since"
    try:
        today.page.goto(f"{today.first}/elsewhere")
        visit(today, "/basic/wrong/")
        popup = question(today)
        popup.click(f"#dialog button[data-record='{today.record}']")
        for _ in range(60):
            if today.shop.users_at("/basic/wrong/") and today.badge() != "?":
                break
            today.page.wait_for_timeout(500)
        today.page.wait_for_timeout(1_500)
        assert today.shop.users_at("/basic/wrong/") == [SITE_USERNAME]
        assert today.badge() != "?"
    finally:
        today.shop.password = right


def test_a_popup_that_is_open_already_asks_as_well(today: Day) -> None:
    today.page.goto(f"{today.first}/elsewhere")
    popup = today.pat.open_popup()
    popup.wait_for("#state")
    today.page.wait_for_timeout(1_000)  # what it asks for at its opening is answered
    popup.wait_for("#refresh:not(.busy)")
    visit(today, "/basic/meanwhile/")
    popup.wait_for_text("#dialog", FIRST_HOST)
    popup.click("#dialog > button")
    today.page.wait_for_timeout(500)
    assert today.badge() != "?"


def test_the_browser_asks_where_the_person_says_so(today: Day) -> None:
    today.page.goto(f"{today.first}/elsewhere")
    visit(today, "/basic/own/")
    popup = question(today)
    popup.click("#dialog > button")
    today.page.wait_for_timeout(500)
    assert today.badge() != "?"
    assert today.shop.users_at("/basic/own/") == []


@pytest.mark.parametrize(
    "page",
    [
        f"https://evil.example-two.test/frames?of=https://{FIRST_HOST}/basic/framed",  # another site's page asks for it
        "https://stranger.example-two.test/basic/stranger",  # no link holds it
        f"http://{FIRST_HOST}/basic/plain",  # saved on https
    ],
)
def test_nothing_waits_and_nothing_is_sent(today: Day, page: str) -> None:
    # A browser without a window has no dialog: it refuses, or shows what came with the challenge.
    with contextlib.suppress(Error):
        today.page.goto(page, timeout=5_000)
    today.page.wait_for_timeout(300)
    assert today.badge() != "?"
    assert [
        path for _, path, _ in today.shop.asked if path in {"/basic/framed", "/basic/stranger", "/basic/plain"}
    ] == []

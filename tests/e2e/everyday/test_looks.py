"""The extension's own pages, as axe sees them: popup and options, dark and light, with everything on them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.everyday.conftest import Day
from tests.e2e.household import SITE_PASSWORD
from tests.practice.chromium import OPTIONS, POPUP

AXE = Path(__file__).resolve().parents[2] / "extension/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.skipif(not AXE.exists(), reason="no axe-core: run `npm ci` in tests/extension")


@pytest.fixture(params=["light", "dark"])
def shown(today: Day, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = today.pat.context.new_page()
    page.emulate_media(color_scheme=request.param)
    page.set_viewport_size({"width": 420, "height": 900})
    yield page
    page.close()


def violations(page: Page) -> list[str]:
    # What a page's policy forbids, the driver may: the script is evaluated and not loaded.
    page.evaluate(AXE.read_text() + "; undefined")
    options = {"runOnly": {"type": "tag", "values": RULES}, "rules": {"region": {"enabled": False}}}
    found: Any = page.evaluate("(options) => axe.run(document, options)", options)
    assert len(found["passes"]) > 10
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found["violations"]]


def test_the_popup_has_no_violations(today: Day, shown: Page) -> None:
    today.page.bring_to_front()
    today.visit("https://looks.example-two.test/sign-in")
    today.type_login("looks@example.test", SITE_PASSWORD)
    today.wait_for_badge("+")
    shown.bring_to_front()
    shown.goto(today.pat.address(POPUP))
    expect(shown.locator("#saving-save")).to_be_visible()
    assert violations(shown) == []
    shown.locator("#saving-dismiss").click()
    expect(shown.locator("#saving")).to_be_hidden()
    today.page.goto(f"{today.first}/sign-in")
    shown.reload()
    expect(shown.locator("#matches [data-record]").first).to_be_visible()
    assert violations(shown) == []
    shown.locator("#matches .icon-button").first.click()
    expect(shown.locator("#detail .fields")).to_be_visible()
    assert violations(shown) == []
    shown.locator("#back").click()
    shown.locator("#new").click()
    expect(shown.locator("#new-password")).to_be_visible()
    assert violations(shown) == []


def test_the_options_have_no_violations(today: Day, shown: Page) -> None:
    shown.goto(today.pat.address(OPTIONS))
    shown.locator("#site-name").fill("https://example.test/x")
    shown.locator("#site-add button").click()
    expect(shown.locator("#site-list")).to_contain_text("example.test")
    shown.locator("#site-name").fill("*.example.test")
    shown.locator("#site-add button").click()
    expect(shown.locator("#status")).to_contain_text("This is no site")
    assert violations(shown) == []
    shown.locator("#site-list button").first.click()
    expect(shown.locator("#site-list li")).to_have_count(0)

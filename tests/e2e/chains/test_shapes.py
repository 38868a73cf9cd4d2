"""The practice network of login shapes in real browsers: each from its first address alone to a login that fills.

`CHAINS=all` plays all of them (`make chains`), else a sample of each kind, some in each browser.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.practice import chain_hands, chain_world, programs
from tests.practice.chain_hands import ChromiumHands, FirefoxHands
from tests.practice.chain_run import Hands, Played, play, until
from tests.practice.chain_world import PASSWORD, PERSON, VALUES, World
from tests.practice.chromium import Person, person
from tests.practice.firefox import firefox_person
from tests.practice.shapes import HOSTS, SHAPES, Shape

BY_NAME = {shape.name: shape for shape in SHAPES}
SAMPLE = {
    "Chromium": ["name-then-303", "frame", "new-tab"],
    "Firefox": ["saml-post", "three-pages", "newsletter"],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with chain_world.world(tmp_path_factory.mktemp("chains")) as made:
        yield made


def shapes(browser: str) -> list[Shape]:
    wanted = os.environ.get("CHAINS", "")
    names = SAMPLE[browser] if not wanted else list(BY_NAME) if wanted == "all" else wanted.split(",")
    return [BY_NAME[name] for name in names]


def run(world: World, hands: Hands, browser: str, figure: Callable[[str], None]) -> list[Played]:
    for shape in shapes(browser):
        world.add(shape)
    world.resolve()
    played: list[Played] = []
    try:
        played.extend(play(world, hands, shape) for shape in shapes(browser))
    finally:
        for line in chain_hands.summary(played, browser):
            figure(line)
    return played


def judge(played: list[Played]) -> None:
    assert [(each.shape.name, each.faults, each.ways) for each in played if not each.good] == []
    # What is offered says where one comes from, what it is for and what it would link, and what to look at.
    for each in played:
        for words in each.words:
            assert f"where {each.shape.name} is used" in words
            assert "another site than those that are linked" in words
            assert "Link and fill" in words
        assert all("You came here from ads.example-one.test" in words for words in each.words[:1])


@pytest.fixture(scope="module")
def pat(world: World, playwright: Playwright) -> Iterator[Person]:
    switches = ["--host-resolver-rules=MAP *.test 127.0.0.1"]
    switches.append(f"--ignore-certificate-errors-spki-list={world.trust.spki_digest}")
    with person(playwright, *switches) as result:
        result.sign_in(world.service.public_url, PERSON, PASSWORD)
        yield result


def test_chromium(world: World, pat: Person, figure: Callable[[str], None]) -> None:
    judge(run(world, ChromiumHands(pat), "Chromium", figure))


@pytest.mark.parametrize("name", ["open-redirect", "typed-redirect"])
def test_an_open_redirect_to_a_look_alike_gets_nothing_by_itself(world: World, pat: Person, name: str) -> None:
    """The hostile host looks like a linked one, is expected by an affiliation, and is reached from a linked page."""
    shape, hands = BY_NAME[name], ChromiumHands(pat)
    world.set_policy(accept_expected=1)
    record = world.add(shape)
    links = f"/records/{record}/links"
    world.ask("POST", links, {"url": f"{world.sites.origin('b')}/", "strategy": "host"})
    linked = world.ask("GET", links)
    sites = [HOSTS[letter].partition(".")[2] for letter in "abx"]
    world.ask("POST", "/affiliations", {"shared": sites, "record_id": record})
    world.resolve()

    hands.open(world.sites.start(shape))
    if name == "typed-redirect":
        until(lambda: hands.where() == HOSTS["a"], "no first page")
        hands.choose(record)
        until(lambda: hands.fields() == {"username": VALUES["username"]}, "the first page is not filled")
        hands.press()
    until(lambda: hands.where() == HOSTS["x"], "the redirect does not come to the hostile page")
    pat.fill_by_command()
    pat.page.wait_for_timeout(1_500)
    popup = pat.open_popup()
    popup.wait_for("#why")
    if name == "typed-redirect":
        popup.wait_for("#link:enabled")
        assert "looks like a known one and is another" in popup.text("#offer-warnings")
    else:
        assert popup.text("#offer") == "", "nobody came here from a page on which they chose a record"
    assert popup.evaluate("document.querySelectorAll('#matches [data-record]').length") == 0
    popup.close()
    assert set(hands.fields().values()) == {""}

    (proposal,) = world.proposals(record)
    assert (proposal["address"], proposal["state"], proposal["expected"]) == (world.sites.origin("x"), "open", True)
    assert "look-alike" in proposal["warnings"]
    assert world.ask("GET", links) == linked
    page = f"{world.sites.origin('x')}/{name}/password"
    asked = {"record_id": record, "page_url": page, "top_url": page, "fields": ["username", "password"]}
    answer = world.service.ask("POST", "/api/v1/fill", asked, token=world.token)
    assert (answer.status, answer.body["type"]) == (403, "urn:wayfill:problem:page-not-linked")
    world.set_policy(accept_expected=0)
    world.forget(shape)


def test_firefox(world: World, tmp_path: Path, figure: Callable[[str], None]) -> None:
    if programs.firefox() is None or programs.geckodriver() is None:
        pytest.skip("no Firefox or no geckodriver found; `make test` brings them")
    with firefox_person(tmp_path / "geckodriver.log", world.trust.authority) as pat:
        pat.sign_in(world.service.public_url, PERSON, PASSWORD)
        judge(run(world, FirefoxHands(pat), "Firefox", figure))

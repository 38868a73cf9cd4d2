"""Pages that try to harvest a fill, in both browsers: what a person's act brings, and what comes without one."""

import time

import pytest

from tests.e2e.hostile.stage import PASSWORD, Stage, assert_nothing, judge, slug
from tests.e2e.hostile.table import ROWS, VARIANTS
from tests.practice.theatre import TOP

pytestmark = pytest.mark.browser

LONG = 0.6
"""Seconds in which a login that goes on by itself would have gone on."""


@pytest.mark.parametrize("name", VARIANTS)
def test_a_fill_goes_where_it_belongs(stage: Stage, name: str) -> None:
    judge(VARIANTS[name], stage.perform(name))


@pytest.mark.parametrize("house", ["http", "broken"])
@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_filled_without_a_good_connection(stage: Stage, row: str, house: str) -> None:
    outcomes = stage.refuse(house, ROWS[row])
    assert outcomes.keys() == ROWS[row].keys()
    for outcome in outcomes.values():
        assert_nothing(outcome)


@pytest.mark.parametrize("name", ["frame of a linked host", "linked frame in a stranger's page"])
def test_the_popup_names_the_host_of_a_frame(stage: Stage, name: str) -> None:
    tab = stage.open("https", slug(name))
    (match,) = stage.ask(type="popup:look", tab=tab)["matches"]
    assert (match["frame"].split(":")[0], match["close"]) == ("id.partner.test", False)
    stage.close(tab)


def test_without_an_act_a_sweep_gets_nothing_also_beside_a_login_under_way(stage: Stage) -> None:
    login = stage.open("https", "name-only")
    assert stage.fill(login)["filled"] == ["username"]
    tab = stage.open("https", "opener")
    time.sleep(LONG)
    assert_nothing(stage.flush(tab, "https", "opener"))
    stage.close(tab, login)


def test_a_sweep_gets_each_step_once_and_ends_with_the_password(stage: Stage) -> None:
    tab = stage.open("https", "sweep", [TOP])
    stage.wait_for_fields(tab)
    stage.hand.press_key()
    stage.wait_for("https", "sweep", "three")
    time.sleep(LONG)
    came = stage.flush(tab, "https", "sweep", ["three"])
    assert came.username == {(TOP, "user"), ("one", "user")}
    assert came.password == {("one", "pw")}
    stage.close(tab)


def test_a_step_that_comes_again_is_not_filled_again(stage: Stage) -> None:
    tab = stage.open("https", "again")
    assert stage.fill(tab)["filled"] == ["username"]
    time.sleep(LONG)
    stage.flush(tab, "https", "again")
    events = [one.event for one in stage.theatre.notes("https", "again").seen]
    assert events.count("input") == 1
    stage.close(tab)


def test_a_login_goes_on_in_one_of_the_tabs_that_its_page_opened(stage: Stage) -> None:
    tab = stage.open("https", "sweep-by-tabs", [TOP])
    assert stage.fill(tab)["filled"] == ["username"]
    stage.wait_for("https", "sweep-by-tabs", "one", "two", "three")
    stage.until(lambda: stage.so_far("sweep-by-tabs").password, "the login goes on")
    time.sleep(LONG)
    came = stage.so_far("sweep-by-tabs")
    assert len(came.password) == 1
    assert came.username <= {(TOP, "user"), *((frame, "user") for frame, _ in came.password)}
    stage.close(tab, *stage.tabs_of("sweep-by-tabs"))


def test_a_login_under_way_goes_on_in_no_frame_of_a_stranger(stage: Stage) -> None:
    tab = stage.open("https", "sweep-by-frames", [TOP])
    assert stage.fill(tab)["filled"] == ["username"]
    stage.wait_for("https", "sweep-by-frames", "trap", "one", "two", "three")
    time.sleep(LONG)
    came = stage.flush(tab, "https", "sweep-by-frames", ["trap", "one", "two", "three"])
    assert (came.username, came.password) == ({(TOP, "user")}, set())
    stage.close(tab)


def test_below_a_linked_domain_is_asked_once_and_never_given_a_code(stage: Stage) -> None:
    tab = stage.open("https", "below")
    asked = stage.fill(tab, record=stage.wide)
    assert asked["outcome"] == "confirm"
    assert "accounts.wide.test" in asked["match"]["link"]["url"]
    assert_nothing(stage.flush(tab, "https", "below"))
    assert stage.fill(tab, record=stage.wide, confirmed=True)["filled"] == ["username", "password"]
    came = stage.flush(tab, "https", "below")
    assert (came.username, came.password, came.other) == ({(TOP, "user")}, {(TOP, "pw")}, set())
    stage.close(tab)

    again = stage.open("https", "below")
    assert stage.fill(again, record=stage.wide)["outcome"] == "filled"
    stage.close(again)

    code = stage.open("https", "code-below")
    assert stage.fill(code, record=stage.wide, confirmed=True)["outcome"] != "filled"
    assert_nothing(stage.flush(code, "https", "code-below"))
    stage.close(code)
    # Without this one, the code could be missing because no page is ever given any.
    own = stage.open("https", "code")
    assert stage.fill(own, record=stage.wide)["filled"] == ["code"]
    stage.close(own)


@pytest.mark.parametrize(("house", "fields"), [("https", 1), ("broken", 0)])
def test_a_new_password_is_put_into_no_page_whose_certificate_failed(stage: Stage, house: str, fields: int) -> None:
    tab = stage.open(house, "sign-up")
    page = stage.ask(type="popup:look", tab=tab)["page"]["id"]
    login = {"title": "New", "username": "", "password": PASSWORD, "address": ""}
    assert stage.ask(type="popup:add", tab=tab, page=page, put=True, **login)["filled"] == fields
    came = stage.flush(tab, house, "sign-up")
    assert len(came.password) == fields
    stage.close(tab)


def test_forged_messages_events_and_marks_do_nothing(stage: Stage) -> None:
    tab = stage.open("https", "forger")
    time.sleep(LONG)
    came = stage.flush(tab, "https", "forger")
    assert (came.username, came.password) == (set(), set())
    assert stage.ask(type="popup:look", tab=tab)["under"] is None
    assert stage.fill(tab)["filled"] == ["username", "password"]
    stage.close(tab)

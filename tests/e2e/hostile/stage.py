"""Plays a hostile page in a browser, acts as the person, and says what of the record came where.

Both browsers are driven alike, through one open page of the extension's own: it is the popup's page, so that a fill is
asked for by the popup's own message, and it can open tabs and run a script in a page as extensions may.
"""

import re
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.e2e.hostile.table import TALES, VARIANTS, Variant, Wanted
from tests.practice.theatre import Notes, Theatre

USERNAME = "harvested@bank.test"
PASSWORD = "harvested-password"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LIMIT = 30.0
BRIEF = 0.02
SETTLE = 0.15
"""Seconds in which whatever a fill set off in a page has happened; the shorter after a fill that was refused."""

OPEN = """async ({url, tab}) =>
  (tab === null ? await chrome.tabs.create({url}) : await chrome.tabs.update(tab, {url})).id"""
TABS = """async ({part}) =>
  (await chrome.tabs.query({})).filter((tab) => tab.openerTabId && tab.url.includes(part)).map((tab) => tab.id)"""
# Nobody waits for it.
CLOSE = "async ({tabs}) => { chrome.tabs.remove(tabs); }"
ASK = "async ({message}) => chrome.runtime.sendMessage(message)"
CHOOSE = """async ({tab, record, confirmed}) => {
  const {value: {page}} = await chrome.runtime.sendMessage({type: "popup:look", tab});
  return chrome.runtime.sendMessage({type: "popup:fill", tab, page: page.id, record, confirmed});
}"""
RUN = """async ({tab, script}) => {
  const func = (text) => { (0, eval)(text); };
  await chrome.scripting.executeScript({target: {tabId: tab}, world: "MAIN", func, args: [script]});
}"""


class Hand(Protocol):
    """A browser in which the person is signed in."""

    def call(self, function: str, **arguments: Any) -> Any:
        """Run an async function in the extension's own page; gives what it answers."""

    def press_key(self) -> None:
        """Press the fill command's key."""


@dataclass
class Outcome:
    """What a person is told, and what came into which field of which frame."""

    answers: list[str]
    username: set[tuple[str, str]]
    password: set[tuple[str, str]]
    other: set[tuple[str, str]]
    sent: list[tuple[str, str]]
    refused: list[str] = field(default_factory=list)


def slug(name: str) -> str:
    """A variant's name as it stands in an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


PLAYS = {**{slug(name): variant.play for name, variant in VARIANTS.items()}, **TALES}


@dataclass
class Stage:
    """One browser in front of the theatre."""

    hand: Hand
    theatre: Theatre
    record: str
    """The one that is linked to the theatre's sites, each by its host."""
    wide: str
    """One that is linked to a whole domain."""
    _flushes: int = 0

    def ask(self, **message: object) -> dict[str, Any]:
        """One message of the popup; gives its answer."""
        return self.value(self.hand.call(ASK, message=message))

    @staticmethod
    def value(answer: dict[str, Any]) -> dict[str, Any]:
        """What the background answered."""
        assert "value" in answer, answer
        value: dict[str, Any] = answer["value"]
        return value

    def open(self, house: str, play: str, frames: Collection[str] = (), *, tab: int | None = None) -> int:
        """Show the play, in a tab of its own unless one is named, until `frames` (all of them without) are ready.

        Gives the tab's number.
        """
        self.theatre.begin(house, play)
        shown: int = self.hand.call(OPEN, url=self.theatre.address(house, play), tab=tab)
        self.wait_for(house, play, *(frames or self.theatre.plays[play]))
        return shown

    def wait_for(self, house: str, play: str, *frames: str) -> None:
        """Wait until these frames of a play have been loaded."""
        self.until(lambda: set(frames) <= self.theatre.notes(house, play).ready, f"{play} gets ready")

    def close(self, *tabs: int) -> None:
        """Close tabs."""
        self.hand.call(CLOSE, tabs=tabs)

    def tabs_of(self, play: str) -> list[int]:
        """The tabs that pages of a play have opened."""
        tabs: list[int] = self.hand.call(TABS, part=f"/https/{play}/")
        return tabs

    def wait_for_fields(self, tab: int) -> None:
        """Wait until the extension knows of a login in the tab."""
        self.until(lambda: self.ask(type="popup:look", tab=tab)["page"]["kinds"], "the extension sees a login")

    def fill(self, tab: int, *, confirmed: bool = False, record: str = "") -> dict[str, Any]:
        """Choose the record as the popup does, for the page that it sees."""
        answer: dict[str, Any] = self.hand.call(CHOOSE, tab=tab, record=record or self.record, confirmed=confirmed)
        return self.value(answer)

    def flush(self, tab: int, house: str, play: str, frames: Collection[str] = ()) -> Outcome:
        """Let every frame tell what its fields hold now; gives what was ever in them."""
        self._flushes += 1
        number = self._flushes
        self.hand.call(RUN, tab=tab, script=f"flush({number})")

        def told() -> bool:
            flushed = self.theatre.notes(house, play).flushed
            return all(flushed.get(frame, 0) >= number for frame in frames or self.theatre.plays[play])

        self.until(told, f"{play} tells what its fields hold")
        return self.outcome(self.theatre.notes(house, play), [])

    def so_far(self, play: str) -> Outcome:
        """What a play has brought until now."""
        return self.outcome(self.theatre.notes("https", play), [])

    def perform(self, name: str) -> Outcome:
        """Play a variant with a fill, one more that the person confirms, and what follows in the page."""
        variant, play = VARIANTS[name], slug(name)
        tab = self.open("https", play)
        try:
            time.sleep(variant.before)
            answers = [self.fill(tab)]
            if answers[0]["outcome"] == "confirm":
                assert_nothing(self.flush(tab, "https", play))
            if answers[0]["outcome"] != "filled":
                answers.append(self.fill(tab, confirmed=True))
            if variant.then:
                self.hand.call(RUN, tab=tab, script=variant.then)
                time.sleep(variant.after)
            else:
                time.sleep(SETTLE if answers[-1]["outcome"] == "filled" else BRIEF)
                self.flush(tab, "https", play)
            return self.outcome(self.theatre.notes("https", play), answers, variant.ignored)
        finally:
            self.close(tab)

    def refuse(self, house: str, names: Iterable[str]) -> dict[str, Outcome]:
        """Play variants in one tab, each with a fill that the person confirms; gives what came of each."""
        answers: dict[str, dict[str, Any]] = {}
        tab = None
        for name in names:
            tab = self.open(house, slug(name), tab=tab)
            answers[name] = self.fill(tab, confirmed=True)
            time.sleep(BRIEF)
        if tab is not None:
            self.close(tab)
        # What a page tells, it tells when it happens, also while it is being left.
        return {name: self.outcome(self.theatre.notes(house, slug(name)), [answer]) for name, answer in answers.items()}

    def outcome(self, notes: Notes, answers: list[dict[str, Any]], ignored: Collection[str] = ()) -> Outcome:
        """What a performance came to; `ignored` are fields that the page itself fills."""
        seen = [one for one in notes.seen if one.field not in ignored]

        def places(value: str) -> set[tuple[str, str]]:
            return {(one.frame, one.field) for one in seen if value in one.value}

        username, password = places(USERNAME), places(PASSWORD)
        return Outcome(
            [one["outcome"] for one in answers],
            username,
            password,
            {(one.frame, one.field) for one in seen} - username - password,
            notes.sent,
            [f"{one['kind']} {one['why']}" for answer in answers for one in answer.get("refused") or []],
        )

    def until(self, question: Callable[[], object], what: str) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + LIMIT
        while not question():
            if time.monotonic() > deadline:
                raise TimeoutError(f"it does not come to pass that {what}")
            time.sleep(0.01)


def assert_nothing(outcome: Outcome) -> None:
    """Nothing came into any field of any frame."""
    assert (outcome.username, outcome.password, outcome.other) == (set(), set(), set()), outcome
    assert "filled" not in outcome.answers, outcome


def judge(variant: Variant, outcome: Outcome) -> None:
    """Hold what came about against what is wanted.

    Raises AssertionError.
    """
    user, secret = {(variant.where, "user")}, {(variant.where, "pw")}
    came = (outcome.username, outcome.password, outcome.other)
    match variant.wanted:
        case Wanted.FILLED:
            assert (came, outcome.answers) == ((user, secret, set()), ["filled"]), outcome
        case Wanted.ASKED:
            assert (came, outcome.answers) == ((user, secret, set()), ["confirm", "filled"]), outcome
        case Wanted.NO_PASSWORD:
            assert outcome.password == set(), outcome
        case Wanted.NO_USERNAME:
            assert came == (set(), secret, set()), outcome
        case Wanted.EITHER:
            assert came in ((set(), set(), set()), (user, secret, set())), outcome
        case Wanted.NOTHING:
            assert_nothing(outcome)
        case Wanted.TAKEN_BACK:
            assert outcome.answers == ["filled"], outcome
            assert all(PASSWORD not in body for _, body in outcome.sent), outcome

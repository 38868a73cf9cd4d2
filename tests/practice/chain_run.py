"""One login shape played by a person with a browser: from a record with the first address alone to a login that fills.

The person chooses the record once, goes on as far as the pages lead, links what is offered with one click, and then
signs in once more, where every page has to be filled. Nothing may be filled before a page is linked; nothing may be
proposed that is no page of the login.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from tests.practice.chain_world import VALUES, World
from tests.practice.shapes import HOSTS, Shape

LIMIT = 20.0
"""Seconds after which something that should have come to pass has not."""
QUIET = 0.3
"""Seconds that a page is watched to see that nothing is filled."""
SETTLED = 1.0
"""Seconds after which a page that leads nowhere has shown all that it has."""

Result = TypeVar("Result")


class Hands(Protocol):
    """What a person does in one browser, and sees."""

    def open(self, address: str) -> None:
        """Go to an address as a person does, in one tab, the others closed."""

    def where(self) -> str:
        """The host of the page or frame with something to do: a field, or what leads to one; empty without."""

    def top(self) -> str:
        """The host of the page itself."""

    def fields(self) -> dict[str, str]:
        """What stands in the fields of that page, by `username`, `password` and `code`."""

    def choose(self, record: str) -> None:
        """Choose a record in the popup."""

    def link(self) -> str:
        """Press the popup's offer to link, once it is there; gives the offer's words."""

    def press(self) -> None:
        """Go on: press the button, or follow the link; fields that must not be empty are typed into before."""


@dataclass
class Played:
    """What came of a shape: for each further host of the login the ways it was learnt, and what went wrong."""

    shape: Shape
    ways: dict[str, set[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether each host was proposed and, linked, filled."""
        return not self.faults and all(self.ways.get(letter) for letter in set(self.shape.login) - {"a"})


def play(world: World, hands: Hands, shape: Shape) -> Played:
    """Play one shape with its record, and remove the record."""
    result = Played(shape)
    record = world.records[shape.name]
    try:
        _first(world, hands, shape, record, result)
        for address, ways in world.ways(record).items():
            letter = next((each for each in HOSTS if world.sites.origin(each) == address), "")
            if letter not in shape.login or not letter:
                result.faults.append(f"{address} is proposed and no page of this login")
            result.ways[letter] = ways
        if shape.login:
            _again(world, hands, shape, result)
    except (AssertionError, TimeoutError) as error:
        result.faults.append(str(error))
    world.forget(shape)
    return result


def _first(world: World, hands: Hands, shape: Shape, record: str, result: Played) -> None:
    """The first login: what is not linked is offered, and linked."""
    hands.open(world.sites.start(shape))
    if not shape.login:
        _leads_nowhere(hands, record)
        return
    chosen = False
    stops = shape.login
    if begins_at_a(hands) and shape.login[0] != "a":
        # The first page has no field of its own, but a person may choose there, and go on from there.
        hands.choose(record)
        chosen = True
        if hands.where() != HOSTS[shape.login[0]]:
            hands.press()
    earlier: dict[str, str] = {}
    for stop in stops:
        until(lambda stop=stop: hands.where() == HOSTS[stop], f"the login does not come to {stop}")  # type: ignore[misc]
        before = hands.fields()
        if stop != "a" and not _is_linked(world, record, stop):
            time.sleep(QUIET)
            assert not any(_filled(before, hands.fields())), f"{stop} is filled before it is linked"
            if chosen:
                result.words.append(hands.link())
            else:
                assert world.accept_resolved(record) > 0, f"nothing is proposed for {stop}"
                hands.choose(record)
        elif not chosen:
            hands.choose(record)
            if not _fills(hands):
                # Its form sends to a host that is not linked: that has to be known first.
                assert world.accept_resolved(record) > 0, f"{stop} is not filled, and nothing is proposed"
                hands.choose(record)
        elif "password" in earlier and "password" in before:
            # Whoever asks for the password again gets it by a further choice alone.
            hands.choose(record)
        chosen = True
        until(lambda: _all_filled(hands.fields()), f"{stop} is not filled: {hands.fields()}")
        earlier = before
        if stop != stops[-1]:
            hands.press()


def _again(world: World, hands: Hands, shape: Shape, result: Played) -> None:
    """The second login: one choice on its first page, and every page is filled."""
    hands.open(world.sites.start(shape))
    if begins_at_a(hands) and shape.login[0] != "a":
        hands.choose(world.records[shape.name])
        if hands.where() != HOSTS[shape.login[0]]:
            hands.press()
    earlier: dict[str, str] = {}
    for place, stop in enumerate(shape.login):
        until(lambda stop=stop: hands.where() == HOSTS[stop], f"again, the login does not come to {stop}")  # type: ignore[misc]
        now = hands.fields()
        again = "password" in earlier and "password" in now
        if again or (place == 0 and not _fills(hands, 0.2)):
            hands.choose(world.records[shape.name])
        until(lambda: _all_filled(hands.fields()), f"again, {stop} is not filled: {hands.fields()}")
        earlier = now
        if place < len(shape.login) - 1:
            hands.press()


def _leads_nowhere(hands: Hands, record: str) -> None:
    """A login that is none: a person may choose and go on all the same."""
    time.sleep(SETTLED)
    if hands.where() != HOSTS["a"]:
        return
    hands.choose(record)
    hands.press()
    time.sleep(SETTLED)


def begins_at_a(hands: Hands) -> bool:
    """Whether the first page stays; it is waited for one that does."""
    until(hands.where, "the login shows no page")
    return hands.top() == HOSTS["a"]


def until(question: Callable[[], Result], words: str, limit: float = LIMIT) -> Result:
    """Ask until the answer is true."""
    deadline = time.monotonic() + limit
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise TimeoutError(words)
        time.sleep(0.03)
    return answer


def _is_linked(world: World, record: str, letter: str) -> bool:
    links = world.ask("GET", f"/records/{record}/links")["links"]
    return any(each["url"].startswith(world.sites.origin(letter)) for each in links)


def _filled(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return [kind for kind, value in now.items() if value and value != before.get(kind)]


def _all_filled(fields: dict[str, str]) -> bool:
    return bool(fields) and all(
        value == VALUES.get(kind) if kind in VALUES else len(value) == 6 for kind, value in fields.items()
    )


def _fills(hands: Hands, limit: float = 2.0) -> bool:
    try:
        return until(lambda: _all_filled(hands.fields()), "", limit)
    except TimeoutError:
        return False

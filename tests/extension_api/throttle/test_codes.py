"""One-time codes are judged far fewer times than passwords: counted out, with the odds that this leaves a guesser."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from extension_api.clock import SetClock
from extension_api.factors import codes
from extension_api.kernel import Kernel
from extension_api.policy import DAY, Policy
from extension_api.throttle import limits
from extension_api.throttle import service as throttle
from extension_api.throttle.models import Kind, Scope
from tests.extension_api.throttle.conftest import Passes

CODES = limits.of(Policy(), Kind.CODE)
HIT = (2 * codes.DRIFT + 1) / 10**codes.DIGITS
"""The chance of one guess: so many codes are good at any moment."""


def other(number: int) -> str:
    return f"198.51.{number // 200}.{number % 200}"


def wait_of(kernel: Kernel, address: str) -> int:
    """Return for how long a guess is not judged; one that is judged counts."""
    try:
        throttle.count(kernel, kind=Kind.CODE, name="anna", address=address)
    except throttle.Blocked as blocked:
        return blocked.retry_after or 0
    return 0


def judged_within(seconds: int, pause_at: int) -> int:
    """Count by the rule alone what is judged of one person, if the guesser pauses until all is forgotten."""
    now = judged = since = 0
    while now < seconds:
        judged, since = judged + 1, since + 1
        wait = CODES.delay(since - CODES.permitted[Scope.PERSON])
        if since == pause_at:
            wait, since = wait + CODES.forget_after, 0
        now += wait
    return judged


def test_parallel_guesses_at_a_code(passes: Passes) -> None:
    with ThreadPoolExecutor(20) as pool:
        one = list(pool.map(lambda _: passes(kind=Kind.CODE), range(60)))
        many = list(pool.map(lambda n: passes(kind=Kind.CODE, address=other(n)), range(60)))
    assert one.count(True) == CODES.permitted[Scope.PAIR] == 5
    assert one.count(True) + many.count(True) == CODES.permitted[Scope.PERSON] == 10


def test_the_odds_of_a_guesser_who_has_the_password(
    kernel: Kernel, clock: SetClock, figure: Callable[[str], None]
) -> None:
    """From ever new addresses, as fast as anything is judged."""
    start, number, by_day = clock.now(), 0, [0, 0, 0]
    while (day := (clock.now() - start) // DAY) < len(by_day):
        number += 1
        wait = wait_of(kernel, other(number))
        if wait:
            clock.advance(wait)
        else:
            by_day[day] += 1
    assert by_day == [27, 12, 12]
    assert sum(by_day) == judged_within(3 * DAY, pause_at=0)
    # No pause pays: over a month, from pausing after the first guess to never.
    month = max(judged_within(30 * DAY, pause_at) for pause_at in range(60))
    assert month <= 30 * 15
    first, a_day = by_day[0] * HIT, month / 30 * HIT
    assert first < 1 / 12_000
    assert a_day < 1 / 20_000
    figure(
        f"codes: a guesser with the password hits with 1 in {1 / first:,.0f} the first day, 1 in {1 / a_day:,.0f} a day"
    )


def test_nobody_is_kept_out_for_good(kernel: Kernel, passes: Passes, clock: SetClock) -> None:
    with kernel.database.writing() as session:
        throttle.remember(session, throttle.person_digest("anna"), "192.0.2.1", now=clock.now())
    beside = 0
    for n in range(40):
        wait = wait_of(kernel, other(n))
        assert wait <= limits.CODES_LONGEST_DELAY
        if wait and beside < CODES.permitted[Scope.PAIR]:
            beside += 1
            assert passes(kind=Kind.CODE, address="192.0.2.1"), "where she has signed in before"
            assert passes("berta", kind=Kind.CODE, address="192.0.2.7"), "another person"
        clock.advance(wait)
    assert beside == CODES.permitted[Scope.PAIR]
    wait_of(kernel, other(41))
    assert not passes(kind=Kind.CODE, address="192.0.2.99")
    clock.advance(limits.CODES_LONGEST_DELAY)
    assert passes(kind=Kind.CODE, address="192.0.2.99")
    clock.advance(limits.CODES_LONGEST_DELAY + limits.CODES_FORGET_AFTER)
    assert all(passes(kind=Kind.CODE, address="192.0.2.99") for _ in range(CODES.permitted[Scope.PAIR]))


def test_a_right_code_forgives_what_was_mistyped_before(kernel: Kernel, passes: Passes, clock: SetClock) -> None:
    for turn in range(6):
        for _ in range(CODES.permitted[Scope.PAIR] - 1):
            assert passes(kind=Kind.CODE), turn
        counted = throttle.count(kernel, kind=Kind.CODE, name="anna", address="192.0.2.1")
        with kernel.database.writing() as session:
            throttle.forgive(session, kernel.settings, counted, now=clock.now())


@pytest.mark.parametrize(
    ("policy", "pair", "person", "first", "longest"),
    [
        (Policy(), 5, 10, 60, 7200),
        (
            Policy(permitted_attempts=100, permitted_over_addresses=100, first_delay=1, longest_delay=60),
            5,
            10,
            60,
            7200,
        ),
        (Policy(permitted_attempts=3, first_delay=600, longest_delay=DAY), 3, 10, 600, DAY),
    ],
)
def test_a_policy_makes_it_stricter_and_never_weaker(
    policy: Policy, pair: int, person: int, first: int, longest: int
) -> None:
    found = limits.of(policy, Kind.CODE)
    assert (found.permitted[Scope.PAIR], found.permitted[Scope.PERSON]) == (pair, person)
    assert (found.first_delay, found.longest_delay, found.forget_after) == (first, longest, DAY)
    assert limits.of(policy, Kind.PASSWORD).permitted[Scope.PAIR] == policy.permitted_attempts

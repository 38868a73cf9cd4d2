"""Attempts are counted in the database before they are judged: by pair, by address over people, by person over
addresses; every block ends, and no stranger can keep a person out of a place that they know."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from extension_api.accounts import passwords
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.policy import Policy
from extension_api.throttle import limits
from extension_api.throttle import service as throttle
from extension_api.throttle.models import Counter, Kind, KnownAddress, Scope
from tests.extension_api.conftest import People
from tests.extension_api.throttle.conftest import LIMITS, Blocks, Passes, Right
from tests.practice.engines import Engine

ADDRESSES = [f"198.51.100.{n}" for n in range(1, 65)]
NAMES = [f"person-{n}" for n in range(40)]


def use_up(passes: Passes, name: str = "anna", address: str = "192.0.2.1") -> None:
    for _ in range(LIMITS.permitted_attempts):
        assert passes(name, address)
    assert not passes(name, address)


@pytest.mark.every_engine
def test_parallel_guesses_get_exactly_the_permitted_number(passes: Passes) -> None:
    with ThreadPoolExecutor(20) as pool:
        let_through = list(pool.map(lambda _: passes(), range(100)))
    assert let_through.count(True) == LIMITS.permitted_attempts


@pytest.mark.every_engine
def test_parallel_guesses_from_many_addresses_get_exactly_the_permitted_number(passes: Passes) -> None:
    with ThreadPoolExecutor(20) as pool:
        let_through = list(pool.map(lambda address: passes(address=address), ADDRESSES))
    assert let_through.count(True) == LIMITS.permitted_over_addresses


def test_each_name_each_address_and_each_kind_counts_for_itself(passes: Passes) -> None:
    use_up(passes)
    assert passes("berta")
    assert passes(address="192.0.2.2")
    assert passes(kind=Kind.CODE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_ipv6_counts_by_the_network_of_64_bits(passes: Passes, one: str, other: str, same: bool) -> None:
    use_up(passes, address=one)
    assert passes(address=other) is not same


def test_delays_double_up_to_the_longest_and_end_by_themselves(passes: Passes, clock: SetClock, kernel: Kernel) -> None:
    use_up(passes)
    waits = []
    for _ in range(8):
        with pytest.raises(throttle.Blocked) as refused:
            throttle.count(kernel, kind=Kind.PASSWORD, name="anna", address="192.0.2.1")
        wait = refused.value.retry_after or 0
        waits.append(wait)
        clock.advance(wait - 1)
        assert not passes()
        clock.advance(1)
        assert passes()
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_after_a_pause_all_is_forgotten_and_no_row_stays(passes: Passes, clock: SetClock, kernel: Kernel) -> None:
    use_up(passes)
    clock.advance(LIMITS.first_delay + LIMITS.forget_after)
    use_up(passes)
    clock.advance(LIMITS.first_delay + LIMITS.forget_after)
    assert passes("berta", "192.0.2.9")
    with kernel.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Counter)) == len(Scope)


def test_stuffing_from_one_address_is_refused_over_people(passes: Passes) -> None:
    assert [passes(name) for name in NAMES] == [True] * LIMITS.permitted_people + [False] * 20
    assert not passes(NAMES[0]), "names tried already are refused too"
    assert passes(NAMES[0], "192.0.2.2")


def test_refused_attempts_add_no_rows(passes: Passes, kernel: Kernel) -> None:
    for name in NAMES:
        passes(name)
    with kernel.database.reading() as session:
        rows = session.scalar(select(func.count()).select_from(Counter)) or 0
    assert rows == 1 + 2 * LIMITS.permitted_people


def test_a_guess_spread_over_addresses_is_refused_over_the_person(passes: Passes) -> None:
    let_through = [passes(address=address) for address in ADDRESSES]
    assert let_through.count(True) == LIMITS.permitted_over_addresses
    assert passes("berta", ADDRESSES[0])


def test_no_stranger_keeps_a_person_out_of_a_known_address(passes: Passes, right: Right, clock: SetClock) -> None:
    right("anna", "192.0.2.1")
    for address in ADDRESSES[: LIMITS.permitted_over_addresses]:
        assert passes("anna", address)
    for _ in range(12):
        assert not passes("anna", "203.0.113.1")
        right("anna", "192.0.2.1")
        clock.advance(LIMITS.longest_delay)
        assert passes("anna", ADDRESSES[-1])


def test_a_known_address_has_no_more_than_its_own_allowance(passes: Passes, right: Right) -> None:
    right("anna", "192.0.2.1")
    use_up(passes)


def test_stuffing_from_a_shared_address_does_not_lock_its_people_out(passes: Passes, right: Right) -> None:
    right("anna")
    for name in NAMES:
        passes(name)
    assert not passes("berta")
    right("anna")
    assert not passes("berta"), "a valid account of the attacker forgives nothing of what others tried"


def test_an_address_is_forgotten_as_known_after_its_time(passes: Passes, right: Right, clock: SetClock) -> None:
    right("anna")
    clock.advance(throttle.KNOWN_FOR)
    for name in NAMES:
        passes(name)
    assert not passes("anna")


def test_old_known_addresses_go(right: Right, clock: SetClock, kernel: Kernel) -> None:
    right("anna")
    clock.advance(throttle.KNOWN_FOR)
    right("berta")
    with kernel.database.reading() as session:
        assert session.scalars(select(KnownAddress.person)).all() == [throttle.person_digest("berta")]


def test_a_right_attempt_forgives_its_pair_alone(passes: Passes, right: Right) -> None:
    use_up_but_one = range(LIMITS.permitted_attempts - 1)
    for _ in use_up_but_one:
        assert passes("anna")
        assert passes("berta")
    right("anna")
    assert all(passes("anna") for _ in use_up_but_one)
    assert passes("berta")
    assert not passes("berta")


def test_people_who_mistype_before_they_get_it_right_do_not_block_their_office(passes: Passes, right: Right) -> None:
    for name in NAMES:
        assert passes(name, "192.0.2.1")
        right(name, "192.0.2.1")
    assert passes("somebody new", "192.0.2.1")


def test_an_attacker_with_an_account_gains_no_attempts_on_others(passes: Passes, right: Right) -> None:
    judged = 0
    for name in NAMES:
        judged += passes(name)
        try:
            right("eve")
        except throttle.Blocked:
            break
    assert judged <= LIMITS.permitted_people


def test_a_person_who_gets_it_right_takes_back_only_their_own_failures(passes: Passes, right: Right) -> None:
    for address in ADDRESSES[: LIMITS.permitted_over_addresses - 2]:
        assert passes("anna", address)
    right("anna", "192.0.2.1")
    assert passes("anna", "192.0.2.1")
    assert [passes("anna", address) for address in ADDRESSES[-2:]] == [True, False]


def test_what_blocks_is_told(passes: Passes, blocks: Blocks, clock: SetClock) -> None:
    use_up(passes)
    passes()
    clock.advance(10)
    for name in NAMES:
        passes(name, "2001:db8::1")
    for address in ADDRESSES:
        passes("berta", address)
    found = {b.scope: b for b in blocks()}
    pair, people, over = found[Scope.PAIR], found[Scope.ADDRESS], found[Scope.PERSON]
    now = clock.now()
    assert (pair.person, pair.address, pair.attempts, pair.refused) == ("anna", "192.0.2.1", 10, 2)
    assert (pair.since, pair.until) == (now - 10, now + 20)
    assert (people.person, people.address, people.attempts, people.refused) == (None, "2001:db8::/64", 20, 20)
    assert (over.person, over.address, over.attempts, over.refused) == ("berta", None, 50, 14)
    assert len(blocks()) == 3
    assert {b.person for b in blocks([])} == {"a name that nobody has", None}
    clock.advance(LIMITS.first_delay)
    assert blocks() == []


@pytest.mark.every_engine
def test_names_are_kept_as_digests_alone(passes: Passes, kernel: Kernel, engine: Engine) -> None:
    passes("made-up-password-in-the-wrong-field")
    stored = engine.stored(kernel.settings)
    assert b"192.0.2.1" in stored
    assert b"made-up-password-in-the-wrong-field" not in stored


def test_the_policy_rules(passes: Passes, set_policy: Callable[..., None], kernel: Kernel, clock: SetClock) -> None:
    set_policy(permitted_attempts=3, first_delay=7)
    assert [passes() for _ in range(5)] == [True, True, True, False, False]
    clock.advance(6)
    assert not passes()
    clock.advance(1)
    assert passes()


@pytest.mark.every_engine
def test_what_cannot_be_counted_is_not_judged(
    client: FlaskClient, person: People, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("anna", password="made-up-password-of-anna")
    judged = count()
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *given: (next(judged), real(*given))[1])
    body = {"username": "anna", "password": "made-up-password-of-anna", "device": "test"}
    with kernel.database.writing() as session:
        session.execute(text("ALTER TABLE attempt_counter RENAME TO gone"))
    assert client.post("/api/v1/session", json=body).status_code in (500, 503)
    assert next(judged) == 0
    with pytest.raises(DatabaseError):
        throttle.count(kernel, kind=Kind.PASSWORD, name="anna", address="192.0.2.1")
    with kernel.database.writing() as session:
        session.execute(text("ALTER TABLE gone RENAME TO attempt_counter"))
    assert client.post("/api/v1/session", json=body).status_code == 201


def test_unknown_names_are_refused_exactly_as_known_ones(client: FlaskClient, person: People) -> None:
    person("anna")

    def answers(name: str) -> list[tuple[int, bytes, str | None]]:
        body = {"username": name, "password": "wrong", "device": "test"}
        given = [client.post("/api/v1/session", json=body) for _ in range(LIMITS.permitted_attempts + 2)]
        return [(a.status_code, a.data, a.headers.get("Retry-After")) for a in given]

    known, unknown, impossible = answers("anna"), answers("nobody"), answers("\a")
    assert known == unknown == impossible
    assert [status for status, _, _ in known] == [401] * LIMITS.permitted_attempts + [429] * 2


def test_a_delay_is_never_longer_than_the_policy_says() -> None:
    longest = Policy(first_delay=3600, longest_delay=24 * 3600)
    assert [limits.of(longest, Kind.PASSWORD).delay(n) for n in (-1, 0, 1, 10, 10_000)] == [
        0,
        3600,
        7200,
        86_400,
        86_400,
    ]

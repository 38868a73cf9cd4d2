"""Attempts are counted in the database before they are judged: in parallel too, exactly the permitted number passes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from extension_api.errors import TooManyAttempts
from extension_api.kernel import Kernel
from extension_api.throttle.service import PERMITTED, WINDOW, count_sign_in, forgive

NOW = 1_800_000_000


def passes(kernel: Kernel, name: str = "anna", address: str = "192.0.2.1", now: int = NOW) -> bool:
    try:
        count_sign_in(kernel.database, name=name, address=address, now=now)
    except TooManyAttempts:
        return False
    return True


def test_parallel_guesses_get_exactly_the_permitted_number(kernel: Kernel) -> None:
    with ThreadPoolExecutor(20) as pool:
        let_through = list(pool.map(lambda _: passes(kernel), range(100)))
    assert let_through.count(True) == PERMITTED


def test_each_name_and_each_address_counts_for_itself(kernel: Kernel) -> None:
    for _ in range(PERMITTED):
        assert passes(kernel)
    assert not passes(kernel)
    assert passes(kernel, name="berta")
    assert passes(kernel, address="192.0.2.2")


def test_the_lock_ends_by_itself_and_says_when(kernel: Kernel) -> None:
    for _ in range(PERMITTED):
        passes(kernel)
    with pytest.raises(TooManyAttempts) as refused:
        count_sign_in(kernel.database, name="anna", address="192.0.2.1", now=NOW + 60)
    assert refused.value.retry_after == WINDOW - 60
    assert passes(kernel, now=NOW + WINDOW)


def test_a_right_attempt_forgives(kernel: Kernel) -> None:
    for _ in range(PERMITTED - 1):
        passes(kernel)
    forgive(kernel.database, count_sign_in(kernel.database, name="anna", address="192.0.2.1", now=NOW))
    assert passes(kernel)

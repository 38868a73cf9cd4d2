"""Attempts as the service counts them, against the real database; `passes` says whether one would be judged."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec
import pytest

from extension_api import policy
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.policy import Policy
from extension_api.throttle import service as throttle
from extension_api.throttle.blocks import Block, blocked
from extension_api.throttle.models import Kind

Passes: TypeAlias = Callable[..., bool]
Right: TypeAlias = Callable[..., None]
Blocks: TypeAlias = Callable[..., list[Block]]
LIMITS = Policy()


@pytest.fixture
def passes(kernel: Kernel, clock: SetClock) -> Passes:
    def attempt(name: str = "anna", address: str = "192.0.2.1", kind: Kind = Kind.PASSWORD) -> bool:
        try:
            throttle.count(kernel, kind=kind, name=name, address=address)
        except throttle.Blocked:
            return False
        return True

    return attempt


@pytest.fixture
def right(kernel: Kernel, clock: SetClock) -> Right:
    """Make an attempt that turns out to be right."""

    def attempt(name: str = "anna", address: str = "192.0.2.1") -> None:
        counted = throttle.count(kernel, kind=Kind.PASSWORD, name=name, address=address)
        with kernel.database.writing() as session:
            throttle.forgive(session, kernel.settings, counted, now=clock.now())

    return attempt


@pytest.fixture
def blocks(kernel: Kernel, clock: SetClock) -> Blocks:
    def found(names: Sequence[str] = ("anna", "berta")) -> list[Block]:
        with kernel.database.reading() as session:
            return blocked(session, names, now=clock.now())

    return found


@pytest.fixture
def set_policy(kernel: Kernel, clock: SetClock) -> Callable[..., None]:
    def put(**values: Any) -> None:
        with kernel.database.writing() as session:
            old, version = policy.read_with_version(session, kernel.settings)
            new = policy.checked(msgspec.structs.asdict(old) | values)
            policy.change(session, kernel.settings, new, version=version, now=clock.now())

    return put

"""A person with a session, and their second factor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pytest

from extension_api.crypto import digest
from extension_api.factors import codes, second
from extension_api.kernel import Kernel
from extension_api.permissions import Identity
from extension_api.sessions.models import SignedIn
from extension_api.sessions.service import identity_of
from tests.extension_api.conftest import People, Person


@dataclass(frozen=True)
class Factor:
    """What an authenticator app and a drawer hold of a person."""

    person: Person
    secret: str
    recovery: list[str]
    kernel: Kernel

    def code(self, drift: int = 0) -> str:
        return codes.code_at(self.secret, self.kernel.clock.now() // codes.STEP + drift)


Factors: TypeAlias = Callable[..., Factor]
Identities: TypeAlias = Callable[[Person], Identity]


@pytest.fixture
def identity(kernel: Kernel) -> Identities:
    def find(person: Person) -> Identity:
        with kernel.database.reading() as session:
            found = session.query(SignedIn).where(SignedIn.access_digest == digest(person.token)).one()
            return identity_of(found, "127.0.0.1")

    return find


@pytest.fixture
def factor(kernel: Kernel, person: People, identity: Identities) -> Factors:
    """Make a person with one-time codes; the code of the present step is used up by it."""

    def make(name: str = "anna", *, password: str | None = None) -> Factor:
        who = person(name, password=password)
        account = who.account
        now = kernel.clock.now()
        with kernel.database.writing() as session:
            secret = second.set_up(session, kernel.keyring, account.id, now=now)
        with kernel.database.writing() as session:
            code = codes.code_at(secret, now // codes.STEP)
            made = second.confirm(session, kernel.keyring, identity(who), code, now=now)
        return Factor(who, secret, made, kernel)

    return make

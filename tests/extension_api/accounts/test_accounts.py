"""Adding people, one-time codes and passwords."""

from collections.abc import Callable

import argon2
import pytest

from extension_api.accounts import passwords, service
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.errors import Conflict, InvalidRequest, NotFound
from extension_api.kernel import Kernel

PASSWORD = "made-up-password-of-anna"


@pytest.fixture
def code(kernel: Kernel) -> str:
    with kernel.database.writing() as session:
        account = service.add(session, COMMAND_LINE, "anna", administrator=False, now=kernel.clock.now())
        return service.issue_setup_code(account, now=kernel.clock.now())


@pytest.fixture
def use(kernel: Kernel) -> Callable[..., None]:
    def set_password(code: str, password: str = PASSWORD) -> None:
        hashed = passwords.hash_password(password, minimum=12)
        with kernel.database.writing() as session:
            service.set_first_password(session, code, hashed, address="127.0.0.1", now=kernel.clock.now())

    return set_password


def test_a_code_sets_a_password_once(kernel: Kernel, code: str, use: Callable[..., None]) -> None:
    use(code)
    with kernel.database.reading() as session:
        account = service.require(session, "anna")
    assert passwords.matches(account.password_hash, PASSWORD)
    assert not passwords.matches(account.password_hash, PASSWORD + "x")
    with pytest.raises(NotFound):
        use(code)


def test_a_code_expires(clock: SetClock, code: str, use: Callable[..., None]) -> None:
    clock.advance(service.SETUP_LIFETIME)
    with pytest.raises(NotFound):
        use(code)


def test_a_refused_password_leaves_the_code_good(code: str, use: Callable[..., None]) -> None:
    for bad in ("short", "x" * 1025, ""):
        with pytest.raises(InvalidRequest):
            use(code, bad)
    use(code)


def test_a_new_code_ends_the_one_before(kernel: Kernel, code: str, use: Callable[..., None]) -> None:
    with kernel.database.writing() as session:
        newer = service.issue_setup_code(service.require(session, "anna"), now=kernel.clock.now())
    with pytest.raises(NotFound):
        use(code)
    use(newer)


def test_one_name_is_one_person(kernel: Kernel, code: str) -> None:
    assert code
    with kernel.database.writing() as session, pytest.raises(Conflict):
        service.add(session, COMMAND_LINE, " ANNA", administrator=False, now=0)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "a\x00", "a\u202eb"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(InvalidRequest):
        service.canonical_name(name)


@pytest.mark.real_hashes
def test_the_profile_is_the_named_one() -> None:
    assert passwords.hash_password(PASSWORD, minimum=12).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_composed_and_decomposed_letters_are_one_password() -> None:
    assert passwords.matches(passwords.hash_password("gr\u00fcne-wiese-13", minimum=12), "gru\u0308ne-wiese-13")


@pytest.mark.real_hashes
def test_nobodys_hash_costs_what_a_real_one_costs() -> None:
    made_up, real = passwords._made_up_hash(), passwords.hash_password(PASSWORD, minimum=12)
    assert argon2.extract_parameters(made_up) == argon2.extract_parameters(real)
    assert len(made_up) == len(real)
    assert made_up != passwords._made_up_hash()
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(made_up, PASSWORD)

"""Passkeys: what a real key proves, and everything that it does not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.errors import Conflict, InvalidRequest, NotFound
from extension_api.factors import passkeys, proofs
from extension_api.factors.models import Passkey, Purpose
from extension_api.factors.passkeys import Party, PasskeyRefused
from extension_api.kernel import Kernel
from extension_api.permissions import Identity
from extension_api.settings import Settings
from tests.extension_api.conftest import People
from tests.extension_api.factors.authenticator import FLAG, Authenticator
from tests.extension_api.factors.conftest import Identities

ORIGIN = "http://localhost:7845"
US = Party("localhost", ORIGIN)
HOLDER = "what this browser has"


@pytest.fixture
def anna(person: People, identity: Identities) -> Identity:
    return identity(person("anna"))


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(ORIGIN)


@pytest.fixture
def register(kernel: Kernel) -> Callable[..., Passkey]:
    def run(who: Identity, device: Authenticator, name: str = "Laptop") -> Passkey:
        now = kernel.clock.now()
        with kernel.database.writing() as session:
            options = dict(json.loads(json.dumps(passkeys.begin_register(session, US, who, now=now))))
        with kernel.database.writing() as session:
            return passkeys.register(session, US, who, device.create(options), name, now=now)

    return run


@pytest.fixture
def ask(kernel: Kernel) -> Callable[..., dict[str, Any]]:
    def run(purpose: Purpose = Purpose.SIGN_IN, whose: UUID | None = None, holder: str = HOLDER) -> dict[str, Any]:
        with kernel.database.writing() as session:
            asked = passkeys.begin_prove(session, US, purpose, holder, whose, now=kernel.clock.now())
            return dict(json.loads(json.dumps(asked)))

    return run


@pytest.fixture
def prove(kernel: Kernel) -> Callable[..., Passkey]:
    """As the request does: what a refusal leaves behind is kept."""

    def run(answer: str, purpose: Purpose = Purpose.SIGN_IN, holder: str = HOLDER) -> Passkey:
        session = kernel.database.session(writes=True)
        try:
            return passkeys.prove(session, US, purpose, holder, answer, now=kernel.clock.now())
        finally:
            session.commit()
            session.close()

    return run


Register = Callable[..., Passkey]
Ask = Callable[..., dict[str, Any]]
Prove = Callable[..., Passkey]


def test_what_a_browser_is_asked(anna: Identity, kernel: Kernel, ask: Ask) -> None:
    with kernel.database.writing() as session:
        asked = json.loads(json.dumps(passkeys.begin_register(session, US, anna, now=kernel.clock.now())))["publicKey"]
    assert asked["rp"]["id"] == "localhost"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    asked = ask()["publicKey"]
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    assert not asked.get("allowCredentials"), "this would tell who has an account"


def test_a_registered_passkey_proves_its_person(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove, kernel: Kernel
) -> None:
    made = register(anna, device)
    found = prove(device.get(ask()))
    assert (found.id, found.account_id, found.last_used_at) == (made.id, anna.account_id, kernel.clock.now())
    with kernel.database.reading() as session:
        assert session.query(Event.detail).where(Event.action == "passkey:add").all() == [("Laptop",)]


def test_a_challenge_is_good_once(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove
) -> None:
    register(anna, device)
    options = ask()
    answer = device.get(options)
    prove(answer)
    with pytest.raises(proofs.ProofOver):
        prove(answer)
    with pytest.raises(proofs.ProofOver):
        prove(device.get(options))


def test_a_challenge_that_was_refused_is_used_up_too(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove
) -> None:
    register(anna, device)
    options = ask()
    with pytest.raises(PasskeyRefused):
        prove(device.but(origin="https://evil.example").get(options))
    with pytest.raises(proofs.ProofOver):
        prove(device.get(options))


def test_a_challenge_ends(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove, clock: SetClock
) -> None:
    register(anna, device)
    options = ask()
    clock.advance(proofs.LIFETIME)
    with pytest.raises(proofs.ProofOver):
        prove(device.get(options))


def test_a_challenge_is_its_browsers_and_its_purposes(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove
) -> None:
    register(anna, device)
    answer = device.get(ask())
    with pytest.raises(proofs.ProofOver):
        prove(answer, holder="another browser")
    with pytest.raises(proofs.ProofOver):
        prove(answer, Purpose.CONFIRM)
    made_up = {"publicKey": {"challenge": "A" * 43}}
    with pytest.raises(proofs.ProofOver):
        prove(device.get(made_up))
    prove(answer)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "another site": ({"origin": "https://evil.example"}, "origin"),
    "another port": ({"origin": "http://localhost:7846"}, "origin"),
    "another scheme": ({"origin": "https://localhost:7845"}, "origin"),
    "a site below": ({"origin": "http://evil.localhost:7845"}, "origin"),
    "a look-alike": ({"origin": f"{ORIGIN}.evil.example"}, "origin"),
    "another host's key": ({"host": "evil.example"}, "RP ID"),
    "nobody verified": ({"flags": int(FLAG.UP)}, "verif"),
    "nobody there": ({"flags": int(FLAG.UV)}, "Present"),
    "inside another site": ({"cross_origin": True}, "another site"),
}


@pytest.mark.parametrize(("changed", "why"), BAD.values(), ids=BAD)
def test_what_proves_nothing(
    anna: Identity,
    device: Authenticator,
    register: Register,
    ask: Ask,
    prove: Prove,
    changed: dict[str, Any],
    why: str,
) -> None:
    register(anna, device)
    with pytest.raises(PasskeyRefused) as refused:
        prove(device.but(**changed).get(ask()))
    assert why in refused.value.why
    assert str(refused.value) == passkeys.REFUSED, "the caller is not told why"
    with pytest.raises(PasskeyRefused):
        register(anna, Authenticator(**({"origin": ORIGIN} | changed)))


def test_another_key_with_a_known_id(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove
) -> None:
    register(anna, device)
    forged = Authenticator(ORIGIN, credential_id=device.credential_id)
    with pytest.raises(PasskeyRefused, match=passkeys.REFUSED) as refused:
        prove(forged.get(ask()))
    assert "signature" in refused.value.why
    with pytest.raises(PasskeyRefused) as unknown:
        prove(Authenticator(ORIGIN).get(ask()))
    assert "unknown" in unknown.value.why


def test_a_passkey_proves_nobody_else(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove, person: People, kernel: Kernel
) -> None:
    bert = person("bert").account
    register(anna, device)
    with pytest.raises(PasskeyRefused):
        prove(device.but(handle=bert.id.bytes).get(ask()))
    with pytest.raises(PasskeyRefused):
        prove(device.get(ask(Purpose.CONFIRM, bert.id)), Purpose.CONFIRM)
    prove(device.get(ask(Purpose.CONFIRM, anna.account_id)), Purpose.CONFIRM)


def test_a_counter_never_goes_back(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove
) -> None:
    device.counter = 5
    register(anna, device)
    copy = device.but()
    assert prove(device.get(ask())).sign_count == 6
    assert prove(device.get(ask())).sign_count == 7
    with pytest.raises(PasskeyRefused) as refused:
        prove(copy.get(ask()))
    assert "copy" in refused.value.why
    with pytest.raises(PasskeyRefused):
        prove(device.but(counter=0).get(ask()))
    assert prove(device.get(ask())).sign_count == 8


def test_a_device_that_does_not_count_is_taken(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove
) -> None:
    register(anna, device)
    assert {prove(device.get(ask())).sign_count for _ in range(3)} == {0}


def test_a_registration_is_for_the_session_that_began_it(
    anna: Identity, person: People, identity: Identities, device: Authenticator, kernel: Kernel
) -> None:
    bert, now = identity(person("bert")), kernel.clock.now()
    with kernel.database.writing() as session:
        options = json.loads(json.dumps(passkeys.begin_register(session, US, anna, now=now)))
        answer = device.create(options)
        with pytest.raises(proofs.ProofOver):
            passkeys.register(session, US, bert, answer, "Laptop", now=now)
        passkeys.register(session, US, anna, answer, "Laptop", now=now)
        with pytest.raises(proofs.ProofOver):
            passkeys.register(session, US, anna, answer, "Laptop", now=now)


def test_a_passkey_is_added_once_and_named(anna: Identity, device: Authenticator, register: Register) -> None:
    register(anna, device)
    with pytest.raises(Conflict):
        register(anna, device)
    with pytest.raises(InvalidRequest):
        register(anna, Authenticator(ORIGIN), " \n")
    assert register(anna, Authenticator(ORIGIN), "x" * 100).name == "x" * 60


def test_a_person_has_so_many(anna: Identity, register: Register) -> None:
    for _ in range(passkeys.MOST):
        register(anna, Authenticator(ORIGIN))
    with pytest.raises(Conflict):
        register(anna, Authenticator(ORIGIN))


def test_only_its_person_removes_it(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove, person: People, kernel: Kernel
) -> None:
    made, bert, now = register(anna, device), person("bert").account, kernel.clock.now()
    with kernel.database.writing() as session:
        with pytest.raises(NotFound):
            passkeys.remove(session, anna, bert.id, made.id, now=now)
        passkeys.remove(session, anna, anna.account_id, made.id, now=now)
    with pytest.raises(PasskeyRefused):
        prove(device.get(ask()))


def answered(**response: str) -> str:
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": response})


@pytest.mark.parametrize(
    "answer",
    [
        *("", "null", "[]", "{}", "x", "1e999", '{"id": 1}', "[" * 100_000, '{"response": {}}'),
        answered(),
        answered(clientDataJSON="AA", authenticatorData="AA", signature="AA", attestationObject="AA"),
        answered(clientDataJSON="e30", authenticatorData="A" * 44, signature="AA", attestationObject="oA"),
    ],
)
def test_what_no_authenticator_says(anna: Identity, kernel: Kernel, prove: Prove, answer: str) -> None:
    with pytest.raises(PasskeyRefused):
        prove(answer)
    with kernel.database.writing() as session, pytest.raises(PasskeyRefused):
        passkeys.register(session, US, anna, answer, "Laptop", now=0)


@pytest.mark.parametrize("cut", range(0, 50, 7))
def test_a_damaged_answer_is_a_refusal(
    anna: Identity, device: Authenticator, register: Register, ask: Ask, prove: Prove, cut: int
) -> None:
    register(anna, device)
    whole = json.loads(device.get(ask()))
    for part in ("authenticatorData", "signature"):
        broken = {**whole, "response": {**whole["response"], part: whole["response"][part][:cut]}}
        with pytest.raises((PasskeyRefused, proofs.ProofOver)):
            prove(json.dumps(broken))


@pytest.mark.parametrize(
    ("public_url", "party"),
    [
        ("https://wayfill.example.com", Party("wayfill.example.com", "https://wayfill.example.com")),
        ("https://Wayfill.Example.com:443", Party("wayfill.example.com", "https://wayfill.example.com")),
        ("https://wayfill.example.com:8443", Party("wayfill.example.com", "https://wayfill.example.com:8443")),
        ("http://localhost:7845", US),
        ("http://wayfill.localhost", Party("wayfill.localhost", "http://wayfill.localhost")),
        ("http://wayfill.example.com", None),
        ("http://127.0.0.1:7845", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::1]:7845", None),
    ],
)
def test_where_browsers_offer_passkeys(tmp_path: Path, public_url: str, party: Party | None) -> None:
    settings = Settings(data=tmp_path, public_url=public_url)
    assert passkeys.party(settings) == party
    if party is None:
        with pytest.raises(NotFound):
            passkeys.require_party(settings)

"""Sealed values open in their own place, under their own key, unaltered: or not at all."""

from uuid import UUID, uuid4

import pytest

from extension_api.crypto import CannotOpen, Keyring, digest, new_token
from extension_api.settings import MasterKey

RECORD = UUID("00000000-0000-4000-8000-000000000001")


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(MasterKey(bytes(range(32))))


def test_opens_in_its_own_place(keyring: Keyring) -> None:
    sealed = keyring.seal("grün 🔑", record_id=RECORD, field="password")
    assert keyring.open(sealed, record_id=RECORD, field="password") == "grün 🔑"
    assert "grün".encode() not in sealed


def test_the_same_value_is_never_sealed_alike(keyring: Keyring) -> None:
    seals = {keyring.seal("x", record_id=RECORD, field="password") for _ in range(100)}
    assert len(seals) == 100


@pytest.mark.parametrize("place", [(uuid4(), "password"), (RECORD, "notes")])
def test_not_in_another_place(keyring: Keyring, place: tuple[UUID, str]) -> None:
    sealed = keyring.seal("secret", record_id=RECORD, field="password")
    with pytest.raises(CannotOpen):
        keyring.open(sealed, record_id=place[0], field=place[1])


def test_not_under_another_key(keyring: Keyring) -> None:
    sealed = keyring.seal("secret", record_id=RECORD, field="password")
    with pytest.raises(CannotOpen):
        Keyring(MasterKey(bytes(32))).open(sealed, record_id=RECORD, field="password")


def test_not_with_any_bit_altered_or_byte_missing(keyring: Keyring) -> None:
    sealed = keyring.seal("secret", record_id=RECORD, field="password")
    for place in range(len(sealed)):
        for spoilt in (
            sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :],
            sealed[:place],
        ):
            with pytest.raises(CannotOpen):
                keyring.open(spoilt, record_id=RECORD, field="password")


def test_the_key_prints_masked() -> None:
    key = MasterKey(b"k" * 32)
    assert f"{key}{key!r}{[key]}".count("<master key>") == 3


def test_tokens_are_256_bits_and_stored_as_digests() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(len(token) == 43 for token in tokens)
    assert digest("a") != digest("b")
    assert len(digest("a")) == 32

"""A keyring of several keys opens what any of them sealed, and learns of new ones where keys come from."""

import threading
import time
from uuid import UUID

import pytest

from extension_api.crypto import CannotOpen, KeyMissing, Keyring, head_of, id_of_key, key_id_in
from extension_api.errors import SetupError
from extension_api.settings import MasterKey

OLD, NEW, OTHER = (MasterKey(bytes([number]) * 32) for number in (1, 2, 3))
RECORD = UUID("00000000-0000-4000-8000-000000000001")


class Source:
    """Where keys come from, counting how often it is asked."""

    def __init__(self, *keys: MasterKey) -> None:
        self.keys = keys
        self.asked = 0
        self.broken = False
        self.slow = 0.0

    def read(self) -> tuple[MasterKey, ...]:
        self.asked += 1
        keys = self.keys
        time.sleep(self.slow)
        if self.broken:
            raise SetupError("not now")
        return keys


def seal(key: MasterKey, text: str = "secret") -> bytes:
    return Keyring(key).seal(text, record_id=RECORD, field="password")


def test_it_opens_what_any_of_its_keys_sealed_and_seals_with_the_first() -> None:
    keyring = Keyring(NEW, OLD)
    assert keyring.open(seal(OLD), record_id=RECORD, field="password") == "secret"
    assert key_id_in(keyring.seal("x", record_id=RECORD, field="password")) == id_of_key(NEW) == keyring.key_id
    assert set(keyring.key_ids) == {id_of_key(NEW), id_of_key(OLD)}


def test_resealing_keeps_the_place() -> None:
    keyring = Keyring(NEW, OLD)
    new = keyring.reseal(seal(OLD), record_id=RECORD, field="password")
    assert new.startswith(head_of(id_of_key(NEW)))
    assert Keyring(NEW).open(new, record_id=RECORD, field="password") == "secret"
    with pytest.raises(CannotOpen):
        keyring.reseal(seal(OLD), record_id=RECORD, field="notes")


def test_an_unknown_key_is_looked_for_once_by_many_threads() -> None:
    source = Source(OLD, NEW)
    source.slow = 0.05
    keyring = Keyring(OLD, reread=source.read)
    sealed, opened = seal(NEW), []
    threads = [
        threading.Thread(target=lambda: opened.append(keyring.open(sealed, record_id=RECORD, field="password")))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == ["secret"] * 20
    assert source.asked == 1


def test_a_look_that_began_too_early_is_not_taken_for_an_answer() -> None:
    source = Source(OLD)
    source.slow = 0.2
    keyring = Keyring(OLD, reread=source.read)
    first = threading.Thread(target=lambda: keyring.knows(id_of_key(OTHER)))
    first.start()
    time.sleep(0.05)
    source.keys = (OLD, NEW)  # after the first look has read the keys, before it is done
    assert keyring.open(seal(NEW), record_id=RECORD, field="password") == "secret"
    first.join()
    assert source.asked == 2


def test_a_key_that_is_nowhere_is_not_looked_for_at_every_sight() -> None:
    source = Source(OLD)
    keyring = Keyring(OLD, reread=source.read)
    for _ in range(50):
        with pytest.raises(CannotOpen):
            keyring.open(seal(OTHER), record_id=RECORD, field="password")
    assert source.asked == 1


def test_a_source_that_fails_leaves_the_keys_that_are_there(caplog: pytest.LogCaptureFixture) -> None:
    source = Source()
    source.broken = True
    keyring = Keyring(OLD, reread=source.read)
    assert not keyring.knows(id_of_key(NEW))
    assert "not now" in caplog.text
    assert keyring.open(seal(OLD), record_id=RECORD, field="password") == "secret"


def test_a_key_that_left_its_source_still_opens() -> None:
    keyring = Keyring(OLD, reread=Source(NEW).read)
    assert keyring.knows(id_of_key(NEW))
    assert keyring.open(seal(OLD), record_id=RECORD, field="password") == "secret"


def test_nothing_is_sealed_while_the_named_key_is_missing() -> None:
    keyring = Keyring(OLD)
    keyring.seal_with(id_of_key(NEW))
    with pytest.raises(KeyMissing) as refused:
        keyring.seal("x", record_id=RECORD, field="password")
    assert refused.value.status == 503
    assert keyring.open(seal(OLD), record_id=RECORD, field="password") == "secret"


def test_a_mac_is_of_one_key_and_one_purpose() -> None:
    keyring = Keyring(OLD, NEW)
    macs = {
        keyring.mac(purpose, message, key)
        for purpose in ("a", "b")
        for message in (b"m", b"n")
        for key in keyring.key_ids
    }
    assert len(macs) == 8
    with pytest.raises(KeyMissing):
        keyring.mac("a", b"m", id_of_key(OTHER))


@pytest.mark.parametrize("spoilt", [b"", b"\x01", b"\x02" + bytes(40), b"\x01" + bytes(7)])
def test_what_is_no_sealed_value(spoilt: bytes) -> None:
    with pytest.raises(CannotOpen):
        Keyring(OLD).open(spoilt, record_id=RECORD, field="password")

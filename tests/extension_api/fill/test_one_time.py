"""One-time codes of records: the vectors of RFC 6238, what an `otpauth:` address says, and to whom a code is given."""

import base64
from urllib.parse import quote

import pytest

from extension_api.fill.one_time import UnusableSecretError, read
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.vault.fields import ONE_TIME_SECRET
from tests.extension_api.conftest import People, Records, fill_body

# RFC 6238, appendix B: the secrets are this text, repeated to the length of the hash.
DIGITS = b"1234567890"
SECRETS = {
    "SHA1": base64.b32encode(DIGITS * 2).decode(),
    "SHA256": base64.b32encode((DIGITS * 4)[:32]).decode(),
    "SHA512": base64.b32encode((DIGITS * 7)[:64]).decode(),
}


@pytest.mark.parametrize(
    ("algorithm", "now", "code"),
    [
        ("SHA1", 59, "94287082"),
        ("SHA256", 59, "46119246"),
        ("SHA512", 59, "90693936"),
        ("SHA1", 1_111_111_109, "07081804"),
        ("SHA256", 1_234_567_890, "91819424"),
        ("SHA512", 20_000_000_000, "47863826"),
    ],
)
def test_the_vectors_of_the_rfc(algorithm: str, now: int, code: str) -> None:
    secret = f"otpauth://totp/x?secret={quote(SECRETS[algorithm])}&algorithm={algorithm}&digits=8"
    assert read(secret).at(now) == code


def test_a_secret_as_people_type_it_gives_six_digits_of_thirty_seconds() -> None:
    typed = " ".join(SECRETS["SHA1"][at : at + 4].lower() for at in range(0, 32, 4))
    assert read(typed).at(59) == "287082"
    assert read(typed).at(30) == "287082"
    assert read(typed).at(29) != "287082"
    assert read(f"otpauth://totp/x?secret={SECRETS['SHA1']}&period=60").at(29) == read(typed).at(0)


@pytest.mark.parametrize(
    "secret",
    [
        *("", "1", "otpauth://totp/x?digits=6"),
        *(f"otpauth://totp/x?secret={SECRETS['SHA1']}&{more}" for more in ("digits=5", "digits=x", "period=0")),
        f"otpauth://totp/x?secret={SECRETS['SHA1']}&algorithm=MD5",
    ],
)
def test_what_gives_no_code_is_refused(secret: str) -> None:
    with pytest.raises(UnusableSecretError):
        read(secret)


ADS = "https://ads.example-one.test/"
LINKED = ((ADS, "domain"),)


@pytest.fixture
def body() -> dict[str, str]:
    return {
        "title": "Ads",
        "username": "ads@example-one.test",
        "password": "made-up-secret",
        "url": ADS,
        "one_time_secret": SECRETS["SHA1"],
    }


def test_the_code_is_given_and_never_the_secret(person: People, kernel: Kernel, body: dict[str, str]) -> None:
    anna = person("anna")
    record = anna.call("POST", "/records", body).get_json()["record"]["id"]
    answer = anna.call("POST", "/fill", fill_body(record, ADS, "code"))
    assert answer.get_json()["values"] == {"code": read(SECRETS["SHA1"]).at(kernel.clock.now())}
    assert SECRETS["SHA1"] not in answer.text


def test_a_loose_match_gives_no_code(person: People, body: dict[str, str]) -> None:
    anna = person("anna")
    record = anna.call("POST", "/records", body).get_json()["record"]["id"]
    other = fill_body(record, "https://other.example-one.test/", "username", "code")
    assert list(anna.call("POST", "/fill", other).get_json()["values"]) == ["username"]
    only = anna.call("POST", "/fill", other | {"fields": ["code"]})
    assert only.status_code == 200
    assert only.get_json()["values"] == {}


def test_a_record_without_a_secret_gives_none_and_nothing_is_on_record(
    person: People, record: Records, kernel: Kernel
) -> None:
    anna = person("anna")
    ads = record(linked=LINKED, grants={anna.account: Permission.FILL})
    answer = anna.call("POST", "/fill", fill_body(ads.id, ADS, "code"))
    assert answer.status_code == 200
    assert answer.get_json()["values"] == {}
    events = anna.call("GET", "/audit?limit=100").get_json()["events"]
    assert [event for event in events if event["action"] == "fill:grant"] == []
    assert ONE_TIME_SECRET not in answer.text

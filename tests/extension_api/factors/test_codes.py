"""One-time codes against the vectors of RFC 6238, appendix B, and recovery codes' form."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from extension_api.factors import codes

SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
"""Time and the code of eight digits for SHA-1; six digits are its last six (RFC 4226 section 5.3 takes it modulo)."""


@pytest.mark.parametrize(("at", "code"), VECTORS.items())
def test_the_codes_are_those_of_the_rfc(at: int, code: str) -> None:
    assert codes.code_at(SECRET, at // 30) == code[-6:]
    assert codes.step_of(SECRET, code[-6:], after=0, now=at) == at // 30


@pytest.mark.parametrize("drift", [-3, -2, -1, 0, 1, 2, 3])
def test_one_step_before_and_after_is_taken(drift: int) -> None:
    now = 1_800_000_015
    given = codes.code_at(SECRET, now // 30 + drift)
    found = codes.step_of(SECRET, given, after=0, now=now)
    assert found == (now // 30 + drift if abs(drift) <= 1 else None)


def test_a_step_that_was_used_or_passed_is_not_taken() -> None:
    now = 1_800_000_015
    step = now // 30
    for used in (step - 1, step, step + 1):
        for given in (step - 1, step, step + 1):
            found = codes.step_of(SECRET, codes.code_at(SECRET, given), after=used, now=now)
            assert found == (given if given > used else None)


@pytest.mark.parametrize("shape", ["{}", " {} ", "287 082", "287-082"])
def test_blanks_do_not_count(shape: str) -> None:
    assert codes.step_of(SECRET, shape.format("287082"), after=0, now=59) == 1


@pytest.mark.parametrize("code", ["", "28708", "2870820", "94287082", "28708a", "٢٨٧٠٨٢", "-" * 6, "000000", "287\0"])
def test_what_is_no_code(code: str) -> None:
    assert codes.step_of(SECRET, code, after=0, now=59) is None


def test_secrets_are_long_and_differ() -> None:
    made = {codes.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b32decode(secret)) for secret in made} == {20}


def test_the_uri_is_what_authenticators_read() -> None:
    uri = urlsplit(codes.key_uri(SECRET, "anna müller", "wayfill.example.com"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == "/Wayfill%3Aanna%20m%C3%BCller%40wayfill.example.com"
    assert parse_qs(uri.query) == {
        "secret": [SECRET],
        "issuer": ["Wayfill"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }

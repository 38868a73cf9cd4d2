"""The one-time code of a record at a moment, from its sealed secret: RFC 6238, with what an `otpauth:` address says.

Extensions are given codes and never the secret. Nothing here knows a database, a request or a clock.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.twofactor.totp import TOTP

PERIOD: Final = 30
"""Seconds for which a code stands where the secret says nothing else (RFC 6238 section 5.2)."""
DIGITS: Final = 6
LONGEST_PERIOD: Final = 3_600
# RFC 6238 section 1.2; SHA-1 as HMAC's hash, which its collisions do not touch.
HASHES: Final[dict[str, type[SHA1] | type[SHA256] | type[SHA512]]] = {"SHA1": SHA1, "SHA256": SHA256, "SHA512": SHA512}


class UnusableSecretError(ValueError):
    """The secret asks for codes that no site makes, or is none."""


@dataclass(frozen=True, slots=True)
class Generator:
    """How a record's codes are made."""

    secret: bytes
    digits: int
    period: int
    algorithm: str

    def __repr__(self) -> str:
        return f"<one-time codes of {self.digits} digits>"

    def at(self, now: int) -> str:
        """Return the code at a moment.

        Args:
            now: The time, in seconds since the epoch.
        """
        made = TOTP(self.secret, self.digits, HASHES[self.algorithm](), self.period, enforce_key_length=False)
        return made.generate(now).decode()


def read(secret: str) -> Generator:
    """Read a secret as it is kept: letters of base32, or an `otpauth://totp/` address.

    Raises:
        UnusableSecretError: It is neither, or asks for what RFC 4226 and RFC 6238 do not have.
    """
    wanted: dict[str, str] = {}
    if "://" in secret:
        wanted = {name: values[0] for name, values in parse_qs(urlsplit(secret).query).items()}
    letters = "".join(wanted.get("secret", "" if wanted else secret).split()).replace("-", "").rstrip("=").upper()
    algorithm = wanted.get("algorithm", "SHA1").upper().replace("-", "")
    try:
        key = base64.b32decode(letters + "=" * (-len(letters) % 8))
        digits, period = int(wanted.get("digits", DIGITS)), int(wanted.get("period", PERIOD))
    except (binascii.Error, ValueError) as error:
        raise UnusableSecretError from error
    # RFC 4226 section 5.3: six digits at least; more than eight add nothing to 31 bits.
    if not key or algorithm not in HASHES or digits not in range(6, 9) or not 1 <= period <= LONGEST_PERIOD:
        raise UnusableSecretError
    return Generator(key, digits, period, algorithm)

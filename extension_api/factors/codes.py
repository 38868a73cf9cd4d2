"""One-time codes of an authenticator app: RFC 6238 over HMAC-SHA-1, six digits, steps of 30 seconds.

These are the parameters that every authenticator takes (RFC 6238 section 1.2 and the key URI format). Nothing here
knows a database; that a code is accepted only once is the caller's part, which is why a match answers its step.
"""

import base64
import os
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP: Final = 30
"""Seconds (RFC 6238 section 5.2)."""
DIGITS: Final = 6
DRIFT: Final = 1
"""Steps before and after the present one that are taken too, for slow people and clocks that are off (section 5.2)."""
SECRET_BYTES: Final = 20
"""160 bits, the length of the hash, as RFC 4226 section 4 recommends."""
ISSUER: Final = "Wayfill"


def new_secret() -> str:
    """Return a new secret in base32, as authenticators read it."""
    return base64.b32encode(os.urandom(SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """Return the code of one step.

    Args:
        secret: The secret in base32.
        step: The number of whole steps since the epoch.
    """
    # RFC 6238 section 3, requirement R4, takes SHA-1 as HMAC's hash; its collisions do not touch HMAC.
    made = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303 - see above
    return made.generate(step * STEP).decode()


def step_of(secret: str, code: str, *, after: int, now: int) -> int | None:
    """Return the step whose code was given, or `None`.

    Args:
        secret: The secret in base32.
        code: What was typed; blanks and hyphens in it do not count.
        after: The step of the last code that was accepted: only later ones count.
        now: The time, in seconds since the epoch.
    """
    given = plain(code)
    if len(given) != DIGITS or not given.isdigit():
        return None
    present = now // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > after and constant_time.bytes_eq(code_at(secret, step).encode(), given.encode()):
            return step
    return None


def plain(code: str) -> str:
    """Return a code without what people put between its parts, in capitals; empty if no code looks like that."""
    given = "".join(c for c in code if not c.isspace() and c != "-").upper()
    return given if given.isascii() else ""


def key_uri(secret: str, name: str, host: str) -> str:
    """Return the address that an authenticator reads from a QR code.

    Args:
        secret: The secret in base32.
        name: The name that the person signs in with.
        host: The service's host, so that two installations are told apart.
    """
    label = quote(f"{ISSUER}:{name}@{host}", safe="")
    wanted = {"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{label}?{urlencode(wanted)}"


def in_groups(secret: str) -> str:
    """Return a secret in groups of four, to be typed by a person."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))

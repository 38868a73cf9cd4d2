"""How people's passwords are hashed and checked.

The profile is RFC 9106's second recommended option (section 4: t=3, p=4, 64 MiB), for machines that cannot give 2 GiB
to a sign-in. An unknown name costs the same work as a known one, so that time does not tell them apart.
"""

import base64
import os
import secrets
import threading
import unicodedata
from typing import Final

import argon2

from extension_api.errors import InvalidRequest

MAXIMUM_LENGTH: Final = 1024
_AT_ONCE: Final = threading.BoundedSemaphore(2 * (os.cpu_count() or 1) + 1)
"""Each hash takes 64 MiB and four threads: more at once would only take turns, and fill the memory."""
_hasher: Final = argon2.PasswordHasher.from_parameters(argon2.profiles.RFC_9106_LOW_MEMORY)


class Hashed(str):
    """The Argon2id hash of a password in PHC form: so typed that no clear password is stored by mistake."""

    __slots__ = ()


def hash_password(password: str, *, minimum: int) -> Hashed:
    """Return the Argon2id hash of a new password.

    Args:
        password: The password.
        minimum: Characters that it must have, as the policy says.

    Raises:
        InvalidRequest: The password is shorter than that, or longer than 1,024 characters.
    """
    if not minimum <= len(password) <= MAXIMUM_LENGTH:
        raise InvalidRequest(
            f"A password has {minimum} to {MAXIMUM_LENGTH} characters; choose a"
            f" {'longer' if len(password) < minimum else 'shorter'} one."
        )
    with _AT_ONCE:
        return Hashed(_hasher.hash(_bytes(password)))


def renewed(password_hash: str | None, password: str) -> Hashed | None:
    """Return a hash by the present profile if `password_hash` is of another one.

    Args:
        password_hash: The stored hash.
        password: The password behind it, which was just found right.
    """
    if password_hash is None or not _hasher.check_needs_rehash(password_hash):
        return None
    with _AT_ONCE:
        return Hashed(_hasher.hash(_bytes(password)))


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether `password` is the one behind `password_hash`, in the same time when there is no hash.

    Args:
        password_hash: The stored hash, or `None` for an unknown person and for one without a password.
        password: What was given.
    """
    if len(password) > MAXIMUM_LENGTH:
        password = password[:MAXIMUM_LENGTH] + "\0"
    try:
        with _AT_ONCE:
            _hasher.verify(password_hash or _made_up_hash(), _bytes(password))
    except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
        return False
    return password_hash is not None


def _made_up_hash() -> str:
    # Made without hashing: one that were hashed at its first use would make the first unknown name take twice as long.
    salt, made_up = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (_hasher.salt_len, _hasher.hash_len)
    )
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={argon2.low_level.ARGON2_VERSION}${costs}${salt}${made_up}"


def _bytes(password: str) -> bytes:
    # SP 800-63B-4 section 3.1.1.2: the same characters typed on two keyboards are one password.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")

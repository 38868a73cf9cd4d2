"""The fields of a record: what each may hold, and opening those that are sealed.

Title and user name are columns, shown to whoever may fill. Everything else is sealed under its own name, opened one
field at a time for a caller whom `access` let through, and never travels in a model. Opening for a page is `fill`'s;
opening for a person's eyes is `reveal`, which puts it on record.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import Action
from extension_api.crypto import Keyring
from extension_api.errors import Forbidden, InvalidRequest, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.plain_text import REFUSAL, keepable
from extension_api.vault import naming
from extension_api.vault.access import Held
from extension_api.vault.models import TITLE_LENGTH, USERNAME_LENGTH, SealedField

TITLE: Final = "title"
USERNAME: Final = "username"
PASSWORD: Final = "password"  # noqa: S105 - the name of the field
ONE_TIME_SECRET: Final = "one_time_secret"  # noqa: S105 - the name of the field
NOTES: Final = "notes"
EXTRA: Final = "extra:"
"""What the name of a field begins with that people named themselves."""
SHOWN: Final = frozenset({TITLE, USERNAME})
"""Fields that are not sealed."""
PASSWORD_LENGTH: Final = 10_000
NOTES_LENGTH: Final = 20_000
EXTRA_LENGTH: Final = 10_000
EXTRA_NAME_LENGTH: Final = 80
EXTRAS: Final = 50
"""Extra fields of one record, at the most."""
LEAST_SECRET: Final = 10
"""Bytes of a one-time secret: 80 bits; RFC 4226 section 4 asks for 128, but many sites give 80."""
_LENGTHS: Final = {PASSWORD: (1, PASSWORD_LENGTH), NOTES: (1, NOTES_LENGTH), ONE_TIME_SECRET: (1, 2_000)}


def checked_name(name: str) -> str:
    """Return the name of a field.

    Raises:
        InvalidRequest: There can be no field of that name.
    """
    if name.startswith(EXTRA):
        return EXTRA + naming.checked("name of an extra field", name.removeprefix(EXTRA), EXTRA_NAME_LENGTH)
    if name in SHOWN or name in _LENGTHS:
        return name
    raise InvalidRequest(f"A record has no field named {name[:EXTRA_NAME_LENGTH]}.")


def checked(name: str, value: str) -> str:
    """Return what a field of that name will hold.

    Args:
        name: A name that `checked_name` gave.
        value: What was typed; a secret is never altered.

    Raises:
        InvalidRequest: The field cannot hold it; the sentence does not quote it.
    """
    if name == TITLE:
        return naming.checked("title", value, TITLE_LENGTH)
    if name == USERNAME:
        return naming.checked("user name", value, USERNAME_LENGTH, least=0)
    least, most = _LENGTHS.get(name, (1, EXTRA_LENGTH))
    if not least <= len(value) <= most:
        raise InvalidRequest(f"The field {name} has {least} to {most} characters.")
    if not keepable(value):
        raise InvalidRequest(f"The field {name} {REFUSAL}.")
    if name == ONE_TIME_SECRET:
        _require_secret(value)
    return value


def require_few(names: Iterable[str]) -> None:
    """Check that a record has no more extra fields than it may.

    Raises:
        InvalidRequest: It has.
    """
    if sum(name.startswith(EXTRA) for name in names) > EXTRAS:
        raise InvalidRequest(f"A record has at most {EXTRAS} extra fields.")


def names(session: Session, held: Held) -> list[str]:
    """Return the names of the sealed fields that a record has, sorted."""
    found = session.scalars(select(SealedField.name).where(SealedField.record_id == held.record.id))
    return sorted(found)


def open_field(session: Session, keyring: Keyring, held: Held, name: str) -> str | None:
    """Open a sealed field of a record that the caller was let through to; `None` if the record has none such.

    Raises:
        CannotOpen: The value was sealed by another key, or altered, or moved here from another place.
    """
    sealed = session.scalar(
        select(SealedField.sealed).where(SealedField.record_id == held.record.id, SealedField.name == name)
    )
    return None if sealed is None else keyring.open(sealed, record_id=held.record.id, field=name)


def reveal(session: Session, keyring: Keyring, identity: Identity, held: Held, name: str, *, now: int) -> str:
    """Open a field for the caller's eyes, on record.

    Args:
        session: A writing transaction: no event, no secret.
        keyring: Opens it.
        identity: The caller.
        held: The record, as the caller was let through to it.
        name: The field.
        now: The time, in seconds since the epoch.

    Raises:
        Forbidden: The caller sees the record but not its values.
        NotFound: The record has no such field.
        InvalidRequest: There can be no such field.
    """
    field = checked_name(name)
    if not held.may(Permission.VIEW):
        raise Forbidden
    if field in SHOWN:
        return held.record.title if field == TITLE else held.record.username
    value = open_field(session, keyring, held, field)
    if value is None:
        raise NotFound("This record has no such field.")
    audit.record(session, identity, Action.RECORD_VIEW, now=now, record_id=held.record.id, detail=field)
    return value


def _require_secret(value: str) -> None:
    text = value
    if "://" in value:
        try:
            parts = urlsplit(value)
            text = parse_qs(parts.query).get("secret", [""])[0]
        except ValueError:
            text = ""
        if not text or parts.scheme != "otpauth" or parts.netloc != "totp":
            raise InvalidRequest("The address of a one-time secret begins with otpauth://totp/ and holds a secret.")
    letters = "".join(text.split()).replace("-", "").rstrip("=").upper()
    try:
        secret = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise InvalidRequest("A one-time secret is written in the letters A to Z and the digits 2 to 7.") from None
    if len(secret) < LEAST_SECRET:
        raise InvalidRequest(f"A one-time secret has at least {LEAST_SECRET * 8} bits; this one is cut short.")

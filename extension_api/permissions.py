"""Who is calling and what may be granted to them: the words of access, enumerated once.

This file decides nothing about a particular record; `vault` does, from the grants it stores.
"""

import enum
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from extension_api.errors import ConfirmationRequired, Forbidden

FRESH_FOR: Final = 5 * 60
"""Seconds for which a proof (password, code, passkey) is enough for dangerous acts too."""


class Permission(enum.IntEnum):
    """What a person may do with a record; each level holds those before it."""

    FILL = 10
    """The extension may fill; the values are not shown."""
    VIEW = 20
    """The values may be shown."""
    EDIT = 30
    """The record and its links may be changed."""
    MANAGE = 40
    """Permissions may be given and taken."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The person behind a request, as the session's token proved it.

    Args:
        account_id: The person's account.
        name: The name they sign in with.
        administrator: Whether they administer the installation. An administrator may see and edit every record's
            title and links, but opens no secret without a grant of their own.
        session_id: The session that the token belongs to.
        device: The name that the session's device gave itself.
        address: The network address that the request came from.
        proved_at: When the session last proved itself by a password, a code or a passkey, in seconds since the epoch.
    """

    account_id: UUID
    name: str
    administrator: bool
    session_id: UUID
    device: str
    address: str
    proved_at: int = 0


def require_fresh(identity: Identity, *, now: int, within: int = FRESH_FOR) -> None:
    """Check that the caller's session proved itself lately; for acts that a stolen session must not do.

    Args:
        identity: The caller.
        now: The time, in seconds since the epoch.
        within: How long ago at the most, in seconds.

    Raises:
        ConfirmationRequired: It did not. The console then leads to a page that asks, and back.
    """
    if now - identity.proved_at >= within:
        raise ConfirmationRequired


def require_administrator(identity: Identity) -> None:
    """Check that the caller administers the installation.

    Raises:
        Forbidden: They do not. It is raised before any object is looked at, so it tells of none.
    """
    if not identity.administrator:
        raise Forbidden("Only an administrator may do this.")

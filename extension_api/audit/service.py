"""Writing and reading events.

`record` adds to the caller's own transaction: either the act and its event are both kept, or neither is.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from extension_api.audit.models import Event
from extension_api.permissions import Identity


class Action(enum.StrEnum):
    """Everything that is put on record, `subject:action`, sorted."""

    ACCOUNT_ADD = "account:add"
    ACCOUNT_ADMINISTRATOR_CHANGE = "account:administrator-change"
    ACCOUNT_CHANGE = "account:change"
    ACCOUNT_DISABLE = "account:disable"
    ACCOUNT_ENABLE = "account:enable"
    ACCOUNT_PASSWORD_SET = "account:password-set"  # noqa: S105 - an action's name
    ACCOUNT_REMOVE = "account:remove"
    AUDIT_ARCHIVE = "audit:archive"
    AUDIT_EXPORT = "audit:export"
    BACKUP_MAKE = "backup:make"
    BACKUP_RESTORE = "backup:restore"
    BLOCK_LIFT = "block:lift"
    FILL_GRANT = "fill:grant"
    FILL_REFUSE = "fill:refuse"
    FOLDER_ADD = "folder:add"
    FOLDER_CHANGE = "folder:change"
    FOLDER_REMOVE = "folder:remove"
    GROUP_ADD = "group:add"
    GROUP_CHANGE = "group:change"
    GROUP_MEMBER_ADD = "group:member-add"
    GROUP_MEMBER_REMOVE = "group:member-remove"
    GROUP_REMOVE = "group:remove"
    KEY_ROTATE_BEGIN = "key:rotate-begin"
    KEY_ROTATE_END = "key:rotate-end"
    LINK_ADD = "link:add"
    LINK_CHANGE = "link:change"
    LINK_REMOVE = "link:remove"
    LIST_ADD = "list:add"
    LIST_CHANGE = "list:change"
    LIST_REMOVE = "list:remove"
    PASSKEY_ADD = "passkey:add"
    PASSKEY_REMOVE = "passkey:remove"
    PASSWORD_RULES_IMPORT = "password-rules:import"  # noqa: S105 - an action's name
    PERMISSION_GIVE = "permission:give"
    PERMISSION_TAKE = "permission:take"
    POLICY_CHANGE = "policy:change"
    RECORD_ADD = "record:add"
    RECORD_CHANGE = "record:change"
    RECORD_MOVE = "record:move"
    RECORD_REMOVE = "record:remove"
    RECORD_VALUE_RESTORE = "record:value-restore"
    RECORD_VIEW = "record:view"
    SECOND_FACTOR_ADD = "second-factor:add"
    SECOND_FACTOR_RECOVERY_CODES = "second-factor:recovery-codes"
    SECOND_FACTOR_REMOVE = "second-factor:remove"
    SESSION_REAUTHENTICATE = "session:reauthenticate"
    SESSION_REAUTHENTICATE_REFUSE = "session:reauthenticate-refuse"
    SESSION_REFRESH_REUSED = "session:refresh-reused"
    SESSION_REVOKE = "session:revoke"
    SESSION_SIGN_IN = "session:sign-in"
    SESSION_SIGN_IN_REFUSE = "session:sign-in-refuse"
    SESSION_SIGN_OUT = "session:sign-out"
    VAULT_EXPORT = "vault:export"
    VAULT_IMPORT = "vault:import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it and from where, for acts that no session stands behind.

    Args:
        account_id: The account, where one is known.
        name: The name that was given.
        address: The network address, or `None` for the command line.
        device: The device, or `command line`.
    """

    account_id: UUID | None = None
    name: str | None = None
    address: str | None = None
    device: str | None = None


COMMAND_LINE = Actor(name=None, device="command line")
"""Who acts through `wayfill` on the server itself."""


def record(
    session: Session,
    who: Identity | Actor,
    action: Action,
    *,
    now: int,
    record_id: UUID | None = None,
    page_host: str | None = None,
    detail: str | None = None,
) -> None:
    """Put `action` on record, in the transaction of `session`.

    Args:
        session: The transaction that does what is recorded.
        who: Who acts.
        action: What they do.
        now: The time, in seconds since the epoch.
        record_id: The record it is done to.
        page_host: The host of the page it is done for.
        detail: More words for a person; never a secret.
    """
    session.add(
        Event(
            at=now,
            action=action,
            account_id=who.account_id,
            account_name=who.name,
            session_id=who.session_id if isinstance(who, Identity) else None,
            device=who.device,
            address=who.address,
            record_id=record_id,
            page_host=page_host,
            detail=detail,
        )
    )


def of_person(session: Session, identity: Identity, *, before: int | None, limit: int) -> Sequence[Event]:
    """Return the newest events of the caller's own acts, newest first.

    Args:
        session: A transaction.
        identity: The caller.
        before: Only events with a smaller id, to go on from an earlier page.
        limit: How many at the most.
    """
    wanted = select(Event).where(Event.account_id == identity.account_id)
    return _page(session, wanted, before=before, limit=limit)


def of_record(
    session: Session, record_id: UUID, *, person: UUID | None, before: int | None, limit: int
) -> Sequence[Event]:
    """Return the newest events about one record, newest first; the caller has checked who may see them.

    Args:
        session: A transaction.
        record_id: The record.
        person: The account whose acts are wanted, or `None` for everybody's.
        before: Only events with a smaller id, to go on from an earlier page.
        limit: How many at the most.
    """
    wanted = select(Event).where(Event.record_id == record_id)
    if person is not None:
        wanted = wanted.where(Event.account_id == person)
    return _page(session, wanted, before=before, limit=limit)


def _page(session: Session, wanted: Select[Event], *, before: int | None, limit: int) -> Sequence[Event]:
    if before is not None:
        wanted = wanted.where(Event.id < before)
    return session.scalars(wanted.order_by(Event.id.desc()).limit(limit)).all()

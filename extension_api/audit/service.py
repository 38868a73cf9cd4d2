"""Writing and reading events.

`record` adds to the caller's own transaction: either the act and its event are both kept, or neither is. What makes a
row tell when it is altered is in `chain.py`; nothing but that file writes events.
"""

import enum
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import Session

from extension_api.audit import chain
from extension_api.audit.models import ADDRESS_LENGTH, HOST_LENGTH, NAME_LENGTH, Event
from extension_api.audit.together import Together
from extension_api.kernel import Kernel
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
    AFFILIATION_ADD = "affiliation:add"
    AFFILIATION_CHANGE = "affiliation:change"
    AFFILIATION_IMPORT = "affiliation:import"
    AFFILIATION_REMOVE = "affiliation:remove"
    AUDIT_ARCHIVE = "audit:archive"
    AUDIT_EXPORT = "audit:export"
    BACKUP_MAKE = "backup:make"
    BACKUP_RESTORE = "backup:restore"
    BLOCK_LIFT = "block:lift"
    CHAIN_RESOLVE = "chain:resolve"
    FIELDS_PIN = "fields:pin"
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
    PROPOSAL_ASK = "proposal:ask"
    PROPOSAL_REJECT = "proposal:reject"
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
SERVICE = Actor(name=None, device="the service itself")
"""Who acts when nobody does: what the running service does by itself."""


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
    chain.append(session, _values(who, action, now, record_id, page_host, detail))


def record_at_once(
    kernel: Kernel,
    who: Identity | Actor,
    action: Action,
    *,
    now: int,
    record_id: UUID | None = None,
    page_host: str | None = None,
    detail: str | None = None,
) -> None:
    """Put `action` on record by itself, durable when this returns: for acts that write nothing else.

    It shares its commit with the acts of other requests (`together.py`). Arguments are those of `record`.
    """
    values = _values(who, action, now, record_id, page_host, detail)
    kernel.shared(Together).record(kernel.database, kernel.keyring, values)


def _values(
    who: Identity | Actor,
    action: Action,
    now: int,
    record_id: UUID | None,
    page_host: str | None,
    detail: str | None,
) -> dict[str, object]:
    # Texts are cut where their column ends: the longest host that a page can claim is longer than any real one.
    return {
        "at": now,
        "action": action.value,
        "account_id": who.account_id,
        "account_name": _cut(who.name, NAME_LENGTH),
        "session_id": who.session_id if isinstance(who, Identity) else None,
        "device": _cut(who.device, NAME_LENGTH),
        "address": _cut(who.address, ADDRESS_LENGTH),
        "record_id": record_id,
        "page_host": _cut(page_host, HOST_LENGTH),
        "detail": detail,
    }


def record_export(session: Session, who: Identity | Actor, wanted: "Wanted", form: str, *, now: int) -> None:
    """Put on record that events are exported, before the first of them leaves."""
    record(session, who, Action.AUDIT_EXPORT, now=now, detail=f"{form}: {wanted.words()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are looked for; what is `None` is not asked for.

    Args:
        account_id: Whose acts.
        person: Under what name, as it stood then.
        action: Which act, by its value in `Action`.
        record_id: On which record.
        page_host: For a page on which host.
        since: Not before this time, in seconds since the epoch.
        until: Before this time.
    """

    account_id: UUID | None = None
    person: str | None = None
    action: str | None = None
    record_id: UUID | None = None
    page_host: str | None = None
    since: int | None = None
    until: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what must hold for an event."""
        equal = {
            Event.account_id: self.account_id,
            Event.account_name: self.person,
            Event.action: self.action,
            Event.record_id: self.record_id,
            Event.page_host: self.page_host,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.since is not None:
            found.append(Event.at >= self.since)
        if self.until is not None:
            found.append(Event.at < self.until)
        return found

    def words(self) -> str:
        """Return what is asked for, for a person to read."""
        asked = [f"{name} {value}" for name in self.__slots__ if (value := getattr(self, name)) is not None]
        return ", ".join(asked) or "everything"


def search(session: Session, wanted: Wanted, *, before: int | None, limit: int) -> Sequence[Event]:
    """Return the newest events that are looked for, newest first; the caller has checked who may see them.

    Args:
        session: A transaction.
        wanted: Which.
        before: The id of the last event of the page before; nothing follows one that is gone to an archive.
        limit: How many at the most.
    """
    after = None
    if before is not None:
        place = session.execute(select(Event.at, Event.id).where(Event.id == before)).one_or_none()
        if place is None:
            return []
        after = (place.at, place.id)
    return session.scalars(_page(wanted, after, limit)).all()


def _page(wanted: Wanted, after: tuple[int, int] | None, limit: int) -> Select[Event]:
    # By time first: where several lanes are written side by side, or a clock was put back, ids are not in its order.
    query = select(Event).where(*wanted.conditions())
    if after is not None:
        query = query.where(tuple_(Event.at, Event.id) < tuple_(literal(after[0]), literal(after[1])))
    return query.order_by(Event.at.desc(), Event.id.desc()).limit(limit)


def name_as_stored(person: str) -> str:
    """Return a name in the form in which events bear it: that of `accounts`, which lies to the right of here."""
    return unicodedata.normalize("NFKC", person).casefold().strip()


def of_person(session: Session, identity: Identity, *, before: int | None, limit: int) -> Sequence[Event]:
    """Return the newest events of the caller's own acts, newest first.

    Args:
        session: A transaction.
        identity: The caller.
        before: The id of the last event of the page before.
        limit: How many at the most.
    """
    return search(session, Wanted(account_id=identity.account_id), before=before, limit=limit)


def of_record(
    session: Session, record_id: UUID, *, person: UUID | None, before: int | None, limit: int
) -> Sequence[Event]:
    """Return the newest events about one record, newest first; the caller has checked who may see them.

    Args:
        session: A transaction.
        record_id: The record.
        person: The account whose acts are wanted, or `None` for everybody's.
        before: The id of the last event of the page before.
        limit: How many at the most.
    """
    return search(session, Wanted(record_id=record_id, account_id=person), before=before, limit=limit)


def _cut(text: str | None, length: int) -> str | None:
    return text if text is None else text[:length]

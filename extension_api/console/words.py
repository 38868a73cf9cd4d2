"""The words of the console for what the service keeps as codes: strategies, permissions, actions, times.

A code without words is shown as it is, so that a newer database is still readable; a test holds that none lacks them.
"""

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE, SERVICE, Action
from extension_api.permissions import Permission
from extension_api.vault import fields
from matcher import Strategy

STRATEGIES: Final[dict[str, tuple[str, str]]] = {
    Strategy.DOMAIN: ("Domain", "every host of the site"),
    Strategy.HOST: ("Host", "this host and port alone"),
    Strategy.PATH: ("Path", "this path and what lies below"),
    Strategy.EXACT: ("Exact", "this very address alone"),
    Strategy.PATTERN: ("Pattern", "with * for any part"),
    Strategy.REGEX: ("Expression", "addresses that fit an expression"),
}
"""Name and meaning of each strategy (DESIGN section 2, "What each strategy matches")."""
OFFERED: Final = tuple(strategy for strategy in Strategy if strategy is not Strategy.REGEX)
"""The strategies that the form offers: those that take an address and nothing more."""

PERMISSIONS: Final = {
    Permission.FILL: "may fill",
    Permission.VIEW: "may fill and see the password",
    Permission.EDIT: "may edit",
    Permission.MANAGE: "may edit and give access",
}

FIELDS: Final = {
    fields.TITLE: "Title",
    fields.USERNAME: "User name",
    fields.PASSWORD: "Password",
    fields.ONE_TIME_SECRET: "One-time code secret",
    fields.NOTES: "Notes",
}
"""The names of a record's fields; those that people named themselves bear the name that they gave."""

ACTIONS: Final[dict[str, str]] = {
    Action.ACCOUNT_ADD: "Added a person",
    Action.ACCOUNT_ADMINISTRATOR_CHANGE: "Changed who administers",
    Action.ACCOUNT_CHANGE: "Changed a person",
    Action.ACCOUNT_DISABLE: "Disabled a person",
    Action.ACCOUNT_ENABLE: "Enabled a person",
    Action.ACCOUNT_PASSWORD_SET: "Set a password",
    Action.ACCOUNT_REMOVE: "Removed a person",
    Action.AUDIT_ARCHIVE: "Archived old events",
    Action.AUDIT_EXPORT: "Exported the audit",
    Action.BACKUP_MAKE: "Made a backup",
    Action.BACKUP_RESTORE: "Restored a backup",
    Action.BLOCK_LIFT: "Lifted a block",
    Action.FIELDS_PIN: "Pointed at fields of a page",
    Action.FILL_GRANT: "Filled",
    Action.FILL_REFUSE: "Fill refused: the page is not linked",
    Action.FOLDER_ADD: "Added a folder",
    Action.FOLDER_CHANGE: "Changed a folder",
    Action.FOLDER_REMOVE: "Removed a folder",
    Action.AFFILIATION_ADD: "Added an affiliation",
    Action.AFFILIATION_CHANGE: "Switched an affiliation",
    Action.AFFILIATION_IMPORT: "Imported affiliations",
    Action.AFFILIATION_REMOVE: "Removed an affiliation",
    Action.GROUP_ADD: "Added a group",
    Action.GROUP_CHANGE: "Changed a group",
    Action.GROUP_MEMBER_ADD: "Added a person to a group",
    Action.GROUP_MEMBER_REMOVE: "Took a person out of a group",
    Action.GROUP_REMOVE: "Removed a group",
    Action.CHAIN_RESOLVE: "Had the login chain walked",
    Action.KEY_ROTATE_BEGIN: "Began to change the master key",
    Action.KEY_ROTATE_END: "Changed the master key",
    Action.LINK_ADD: "Linked a website",
    Action.LINK_CHANGE: "Changed how a website is linked",
    Action.LINK_REMOVE: "Removed a website",
    Action.LIST_ADD: "Added a list",
    Action.LIST_CHANGE: "Changed a list",
    Action.LIST_REMOVE: "Removed a list",
    Action.PASSKEY_ADD: "Added a passkey",
    Action.PASSKEY_REMOVE: "Removed a passkey",
    Action.PASSWORD_RULES_IMPORT: "Imported password rules",
    Action.PERMISSION_GIVE: "Gave access",
    Action.PERMISSION_TAKE: "Took access away",
    Action.POLICY_CHANGE: "Changed a setting",
    Action.RECORD_ADD: "Added the record",
    Action.RECORD_CHANGE: "Changed the record",
    Action.RECORD_MOVE: "Moved the record",
    Action.RECORD_REMOVE: "Removed the record",
    Action.RECORD_VALUE_RESTORE: "Restored an earlier value",
    Action.RECORD_VIEW: "Looked at a value",
    Action.SECOND_FACTOR_ADD: "Set up one-time codes",
    Action.SECOND_FACTOR_RECOVERY_CODES: "Made new recovery codes",
    Action.SECOND_FACTOR_REMOVE: "Removed one-time codes",
    Action.SESSION_REAUTHENTICATE: "Confirmed who they are",
    Action.PROPOSAL_ASK: "Asked for a website to be linked",
    Action.PROPOSAL_REJECT: "Rejected a proposed website",
    Action.SESSION_REAUTHENTICATE_REFUSE: "Confirmation refused",
    Action.SESSION_REFRESH_REUSED: "Ended a session whose token was used twice",
    Action.SESSION_REVOKE: "Ended a session",
    Action.SESSION_SIGN_IN: "Signed in",
    Action.SESSION_SIGN_IN_REFUSE: "Sign-in refused",
    Action.SESSION_SIGN_OUT: "Signed out",
    Action.VAULT_EXPORT: "Exported records",
    Action.VAULT_IMPORT: "Imported records",
}


class Message(enum.Enum):
    """What is said once, on the page after an act."""

    ACCESS_GIVEN = "Access is given. It holds from the next look at it; nobody has to sign in again."
    ACCESS_TAKEN = "Access is taken away, from their next request on."
    ADMINISTRATOR_MADE = "They administer from their next request on."
    ADMINISTRATOR_NO_LONGER = "They administer no longer, from their next request on."
    AFFILIATION_ADDED = "The affiliation is added. Proposals on its sites are expected from now on."
    AFFILIATION_REMOVED = "The affiliation is removed. Links that were made stay."
    AFFILIATION_SWITCHED = "The affiliation is switched."
    AFFILIATIONS_IMPORTED = "The file is imported."
    BEGIN_AGAIN = "That took too long or was begun in another window. Sign in again."
    BLOCK_LIFTED = "The block is lifted. The next attempt is judged."
    CHAIN_ASKED = "The login is walked now; this page shows how far it is."
    CHAIN_NOWHERE = "This record has no address at which a walk could begin."
    GROUP_ADDED = "The group is added. Put people into it here; give it access on the page of a list or record."
    GROUP_REMOVED = "The group is removed, and with it all that it was given."
    GROUP_RENAMED = "The group has its new name."
    FOLDER_ADDED = "The folder is added. Administrators alone see it until it leads to a list of somebody's."
    FOLDER_REMOVED = "The folder is removed."
    LINK_CHANGED = "The link is changed. What it was stays in the record's history."
    LINKED = "The website is linked. It is filled from everybody's next look at it; nobody has to sign in again."
    MEMBER_ADDED = "They are in the group, and hold what it was given."
    MEMBER_REMOVED = "They are out of the group, from their next request on."
    LIST_ADDED = "The list is added, and you manage it."
    LIST_REMOVED = "The list is removed."
    MOVED = "It is moved."
    NOTHING_CHANGED = "You changed nothing, so the record is as it was."
    RECORD_ADDED = "The record is added."
    RECORD_CHANGED = "The record is changed. What it held before is kept among its earlier values."
    RECORD_MOVED = "The record is moved. Who holds the new list may use it from now on."
    RECORD_REMOVED = "The record is removed. What was done with it stays in the audit."
    REMOVED = "The link is removed. Its address stays in the record's history."
    NEW_PASSWORD = "Your password is changed. Wherever else you were signed in, you are signed out."  # noqa: S105 - words
    NEW_PASSWORD_SIGN_IN = "Your password is set. Sign in with it and a code of your authenticator app."  # noqa: S105 - words
    PASSKEY_ADDED = "The passkey is added. It signs you in here without your password."
    PASSKEY_REMOVED = "The passkey is removed. Delete it on its device too."
    PERSON_DISABLED = "They are shut out, and signed out everywhere."
    PERSON_ENABLED = "They may sign in again."
    PROPOSAL_ASKED = "Whoever may edit the record sees that you ask for it."
    PROPOSAL_NOT_TAKEN = "That was not possible: it was decided meanwhile, or the address cannot be linked so."
    PROPOSAL_REJECTED = "The address is rejected. It is not proposed for this record again."
    PROPOSALS_ACCEPTED = "The address is linked to every record that it was proposed for and that you may edit."
    SECOND_FACTOR_REMOVED = "One-time codes are removed. Your password alone signs you in again."
    SESSION_REVOKED = "The session is ended. Its next request is refused."
    SETTINGS_KEPT = "The settings are kept, and hold from now on."
    SIGNED_OUT = "You are signed out."
    RENAMED = "The new name is kept."
    VALUE_RESTORED = "The earlier value is back. What it replaced is kept among the earlier values."
    WELCOME = "Your password is set, and you are signed in."

    @classmethod
    def of(cls, name: str | None) -> "Message | None":
        """Return the message of that name, if there is one."""
        return cls.__members__.get(name or "")


HOWS: Final = {
    "form": "a form",
    "http": "a redirect",
    "meta": "the page, by refreshing",
    "refresh": "a Refresh header",
    "script": "a script",
    "start": "the primary link",
}
"""How a hop of a login was come to."""
STANDINGS: Final = {
    "ignored": "Rejected",
    "linked": "Linked",
    "passed": "Passes on",
    "proposed": "Proposed",
    "unsafe": "Not walked to",
}
"""What has become of a hop's address."""
WARNINGS: Final = {
    "http": "not encrypted",
    "look-alike": "looks like a known address",
    "other-domain": "another site",
    "unseen": "no browser has seen it",
    "young": "first found within a day",
}
"""What a person should look at before they accept a proposal."""


def field_name(code: str) -> str:
    """Return the name of a field of a record."""
    return FIELDS.get(code, code.removeprefix(fields.EXTRA))


def strategy_name(code: str) -> str:
    """Return the name of a strategy."""
    return STRATEGIES.get(code, (code, ""))[0]


def strategy_meaning(code: str) -> str:
    """Return what a strategy matches."""
    return STRATEGIES.get(code, ("", code))[1]


def permission(level: Permission) -> str:
    """Return what a level lets a person do."""
    return PERMISSIONS.get(level, level.name.lower())


def action(code: str) -> str:
    """Return what was done."""
    return ACTIONS.get(code, code)


def who(event: Event) -> str:
    """Return who did it, as the event names them."""
    if event.account_name:
        return event.account_name
    by_nobody = {COMMAND_LINE.device: "On the server", SERVICE.device: "The service"}
    return by_nobody.get(event.device, "Somebody unknown")


def machine_time(at: int) -> str:
    """Return seconds since the epoch as HTML's `datetime` wants them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time(at: int) -> str:
    """Return seconds since the epoch in words, UTC."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def host_of(url: str) -> str:
    """Return an address without what every address has, to be read at a glance."""
    return url.removeprefix("https://").removesuffix("/")


def opens(url: str) -> bool:
    """Tell whether a stored address may be made a link to follow: a web address in full, not a pattern."""
    return url.startswith(("https://", "http://")) and "*" not in url


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "action": action,
    "field_name": field_name,
    "host_of": host_of,
    "how": lambda code: HOWS.get(code, code),
    "machine_time": machine_time,
    "opens": opens,
    "permission": permission,
    "standing": lambda code: STANDINGS.get(code, code),
    "strategy_meaning": strategy_meaning,
    "strategy_name": strategy_name,
    "time": time,
    "warning": lambda code: WARNINGS.get(code, code),
    "who": who,
}

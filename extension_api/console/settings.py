"""Settings: the policy that administrators set while the service runs. Each change is on record, old and new.

What is needed to start is not here: that is set where the service is started. A stolen session must not loosen the
policy, so whoever opens the form has proved themselves lately; they are asked before they type, not after.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from flask import Request

from extension_api import policy
from extension_api.audit import service as audit
from extension_api.audit.service import Action
from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Conflict
from extension_api.permissions import Identity, require_administrator, require_fresh
from extension_api.policy import InvalidPolicy

pages = Pages("settings")
ADDRESS: Final = f"{PREFIX}/settings"
LONGEST_INPUT: Final = 5_000
"""Characters of a value that are looked at; 64 networks of IPv6 written in full are shorter."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value in the form.

    Args:
        name: Its name in the policy.
        label: What it is called.
        hint: What it does, in a sentence.
        unit: What a number counts, or nothing for text.
    """

    name: str
    label: str
    hint: str
    unit: str = ""


GROUPS: Final[Mapping[str, tuple[Field, ...]]] = {
    "Extensions": (
        Field("refresh_interval", "Refresh interval", "Between two looks of an extension at its links.", "seconds"),
        Field("continuation", "Carried on for", "How long a chosen record fills the next pages of a login.", "seconds"),
    ),
    "Attempts at signing in": (
        Field("permitted_attempts", "Per person and address", "Failures of one person from one address.", "attempts"),
        Field("permitted_people", "People per address", "Distinct people tried from one address.", "people"),
        Field(
            "permitted_over_addresses",
            "Per person, everywhere",
            "Failures of one person over all addresses; where they have signed in before, this does not stop them.",
            "attempts",
        ),
        Field(
            "first_delay", "First delay", "After the last permitted failure; each further one doubles it.", "seconds"
        ),
        Field("longest_delay", "Longest delay", "No delay is longer, so every block ends.", "seconds"),
        Field("forget_after", "Forgotten after", "Without a further failure, earlier ones are forgotten.", "seconds"),
    ),
    "Network": (
        Field(
            "trusted_networks",
            "Trusted networks",
            "The proxies in front of this service, separated by spaces, like 10.0.0.0/8. What they say of a caller's"
            " address is believed, so each must set X-Forwarded-For itself and drop headers whose names hold an"
            " underscore. Leave it empty where there is no proxy.",
        ),
    ),
    "Login chains": (
        Field(
            "resolve_interval",
            "Walk again after",
            "How often the service walks each record's login; 0 for never unless somebody asks.",
            "seconds",
        ),
        Field("observe_chains", "Browsers tell what they saw", "1 if they may, 0 if not."),
        Field(
            "accept_expected",
            "Link what is expected",
            "1 if an address that was resolved and is affiliated is linked without asking anybody, 0 if not.",
        ),
        Field(
            "walk_networks",
            "Networks to walk to",
            "Inner networks that hold login pages, separated by spaces, like 10.20.0.0/16. The service sends requests"
            " there on its own account; metadata services of clouds stay shut.",
        ),
        Field(
            "walk_names",
            "Names to walk to",
            "Names that may be walked to wherever they lead, separated by spaces, like sso.corp.example or"
            " *.corp.example.",
        ),
        Field("walk_ports", "Ports to walk to", "Beside 80 and 443, separated by spaces."),
    ),
    "Passwords of people": (
        Field("minimum_password_length", "Shortest password", "For passwords set from now on.", "characters"),
    ),
    "Audit": (Field("audit_rows", "Events kept", "Older ones are archived.", "events"),),
}
"""Everything in the policy, in the order of the page; a test holds that none is missing."""


@pages.page("GET", "/settings", guard="console")
def show_settings(visit: Visit, identity: Identity) -> Show:
    """Show the policy in its form."""
    require_administrator(identity)
    require_fresh(identity, now=visit.now)
    found, version = policy.read_with_version(visit.session, visit.kernel.settings)
    values = msgspec.structs.asdict(found)
    values |= {name: " ".join(values[name]) for name in policy.LISTS}
    return _form(values, version, {})


@pages.page("POST", "/settings", guard="console", resume=lambda _request: ADDRESS)
def keep_settings(visit: Visit, identity: Identity) -> Show | Go:
    """Set the policy, or say why not and keep what was typed."""
    require_administrator(identity)
    require_fresh(identity, now=visit.now)
    typed, settings = _typed(visit.request), visit.kernel.settings
    version = visit.request.form.get("version", "")
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 19 else -1
    try:
        new = policy.checked(typed | {name: tuple(typed[name].split()) for name in policy.LISTS})
        changes = policy.change(visit.session, settings, new, version=seen, now=visit.now)
    except InvalidPolicy as invalid:
        return _form(typed, seen, invalid.reasons, status=invalid.status)
    except Conflict as conflict:
        # The next try is made against what the other person set, which is what the sentence asks to look at.
        _, version_now = policy.read_with_version(visit.session, settings)
        return _form(typed, version_now, {}, refusal=str(conflict), status=conflict.status)
    if changes:
        detail = "; ".join(str(change) for change in changes)
        audit.record(visit.session, identity, Action.POLICY_CHANGE, now=visit.now, detail=detail)
    return Go(ADDRESS, Message.SETTINGS_KEPT)


def _typed(request: Request) -> dict[str, str]:
    names = (field.name for fields in GROUPS.values() for field in fields)
    return {name: request.form.get(name, "").strip()[:LONGEST_INPUT] for name in names}


def _form(
    values: Mapping[str, object],
    version: int,
    reasons: Mapping[str, str],
    *,
    refusal: str | None = None,
    status: int = 200,
) -> Show:
    shown = {
        "groups": GROUPS,
        "bounds": policy.bounds(),
        "values": values,
        "version": version,
        "reasons": reasons,
        "refusal": refusal or ("Nothing was changed: see the values marked below." if reasons else None),
    }
    return Show("settings.html", shown, status)

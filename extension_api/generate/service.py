"""Which rules a new password keeps to, and the rules of sites that were imported.

What the page itself asks for goes first, then what is known of the site, then the defaults. Rules are checked when they
come in, so that one that nobody can keep is refused with its site's name and never met later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import InvalidPage, InvalidRequest
from extension_api.generate import compose
from extension_api.generate.compose import DEFAULT, Made
from extension_api.generate.grammar import LONGEST, InvalidRules, Rules, parse
from extension_api.generate.models import HOST_LENGTH, SiteRules
from extension_api.permissions import Identity
from extension_api.plain_text import REFUSAL, keepable
from matcher import InvalidUrl, Url, admit, suffixes

Source = Literal["default", "page", "site"]
ATTRIBUTE: Final = "password-rules"
"""Name of the rules in the format of Apple's `password-rules.json`."""


class _Entry(msgspec.Struct, rename="kebab"):
    password_rules: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    exact_domain_match_only: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rules, and where they come from: the page, what is known of `site`, or the defaults."""

    rules: Rules
    source: Source
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: how many sites have rules now, and why others were left out."""

    sites: int
    refused: Mapping[str, str]


def make(
    session: Session, *, page_url: str | None, rules: str | None, length: int | None, avoid_ambiguous: bool
) -> tuple[Made, Chosen]:
    """Make a new password.

    Args:
        session: A transaction.
        page_url: The page that it is for, if one is.
        rules: What the page's field asks for in its `passwordrules` attribute, if it does.
        length: How many characters are wanted; kept within what the rules allow.
        avoid_ambiguous: Whether characters that look alike are left out.

    Raises:
        InvalidPage: `page_url` is no page's address.
        InvalidRequest: `rules` are none, or no password keeps to them.
    """
    chosen = choose(session, page_url, rules)
    try:
        return compose.compose(chosen.rules, length=length, avoid_ambiguous=avoid_ambiguous), chosen
    except InvalidRules as error:
        raise InvalidRequest(str(error)) from None


def choose(session: Session, page_url: str | None, rules: str | None) -> Chosen:
    """Return the rules for a page.

    Raises:
        InvalidPage: `page_url` is no page's address.
        InvalidRequest: `rules` are none.
    """
    url = _page(page_url) if page_url is not None else None
    if rules is not None and rules.strip():
        try:
            return Chosen(parse(rules), "page")
        except InvalidRules as error:
            raise InvalidRequest(str(error)) from None
    names = _names(url) if url is not None else []
    known = {row.host: row for row in session.scalars(select(SiteRules).where(SiteRules.host.in_(names)))}
    for name in names:
        if name in known and (name == names[0] or not known[name].exact):
            return Chosen(parse(known[name].rules), "site", name)
    return Chosen(DEFAULT, "default")


def replace_all(session: Session, who: Identity | Actor, text: bytes, *, now: int) -> Imported:
    """Put the rules of a file in place of all that were imported before.

    Args:
        session: The transaction.
        who: Who imports them; the caller has checked that they may.
        text: The file, in the format of Apple's `password-rules.json`.
        now: The time, in seconds since the epoch.

    Raises:
        InvalidRequest: The file is not in that format; nothing is changed.
    """
    try:
        sites = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"This is no file of password rules by site: {error}.") from None
    good: dict[str, _Entry] = {}
    refused = {}
    for site, raw in sites.items():
        try:
            host, entry = _host(site), msgspec.json.decode(raw, type=_Entry)
            if not keepable(entry.password_rules):
                raise InvalidRules(f"it {REFUSAL}")
            compose.compose(parse(entry.password_rules))
        except (InvalidUrl, InvalidRules, msgspec.DecodeError) as error:
            refused[site] = str(error)
        else:
            good[host] = entry
    session.execute(delete(SiteRules))
    session.add_all(
        SiteRules(host=host, rules=entry.password_rules, exact=entry.exact_domain_match_only)
        for host, entry in good.items()
    )
    session.flush()
    audit.record(session, who, Action.PASSWORD_RULES_IMPORT, now=now, detail=f"{len(good)} sites")
    return Imported(len(good), refused)


def _page(address: str) -> Url:
    try:
        return admit(address)
    except InvalidUrl as error:
        raise InvalidPage(str(error)) from None


def _host(site: str) -> str:
    host = admit(f"https://{site}/").host
    if suffixes.current().is_suffix(host) or len(host) > HOST_LENGTH:
        raise InvalidRules(f"{host} is no site's name")
    return host


def _names(url: Url) -> list[str]:
    """Return the host of a page and the names above it, down to the one that was registered."""
    names = [url.host]
    site = suffixes.current().registrable_domain(url.host)
    while site is not None and names[-1] != site:
        names.append(names[-1].partition(".")[2])
    return names

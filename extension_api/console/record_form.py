"""The form of a record's values: what was typed into it, and what that asks for.

It never holds a stored value but one that its reader asked for and whose showing is on record. A field that is left
empty stays as it is; what its author saw of title and user name comes back with the form, so that only what they
changed themselves is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from extension_api.console.records import LONGEST_ADDRESS, version
from extension_api.errors import InvalidRequest
from extension_api.vault import fields
from extension_api.vault.models import Record
from matcher import Strategy

LONGEST_INPUT: Final = 25_000
"""Characters of a field that are looked at; how many it may have is said by the vault."""
MOST_EXTRAS: Final = fields.EXTRAS + 10
"""Rows that are looked at; more than a record may have, so that who adds too many is told so."""
OPTIONAL: Final = (fields.ONE_TIME_SECRET, fields.NOTES)
"""Sealed fields that may be taken away."""


@dataclass(slots=True, repr=False)
class Extra:
    """A row of an extra field; the name of one that the record has already cannot be typed over."""

    name: str = ""
    value: str = ""
    known: bool = False
    remove: bool = False


@dataclass(slots=True, repr=False, kw_only=True)
class RecordForm:
    """What stands in the form.

    Args:
        title: The title.
        username: The user name.
        sealed: What was typed, or asked to be shown, of password, one-time secret and notes, by name.
        removed: Which of these are to be taken away.
        extras: The extra fields.
        url: The first website of a new record.
        strategy: How it matches.
        seen: Title and user name as the form's author saw them.
        had: The names of the sealed fields that the record had then.
        version: The version that they saw.
    """

    title: str = ""
    username: str = ""
    sealed: dict[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    extras: list[Extra] = field(default_factory=list)
    url: str = ""
    strategy: str = Strategy.DOMAIN
    seen: tuple[str, str] = ("", "")
    had: frozenset[str] = frozenset()
    version: int = -1

    def put(self, name: str, value: str) -> None:
        """Put a value into its field."""
        if not name.startswith(fields.EXTRA):
            self.sealed[name] = value
        for extra in self.extras:
            if fields.EXTRA + extra.name == name:
                extra.value = value

    def typed(self) -> dict[str, str]:
        """Return every sealed value that was typed, by the names of the vault.

        Raises:
            InvalidRequest: An extra field lacks its name or its value, or two have one name.
        """
        found = {name: value for name, value in self.sealed.items() if value}
        for extra in self.extras:
            name = fields.EXTRA + extra.name.strip()
            if extra.known and (extra.remove or not extra.value):
                continue
            if not extra.name.strip() and not extra.value:
                continue
            if not extra.name.strip() or not extra.value:
                raise InvalidRequest("An extra field needs both its name and what it holds.")
            if name in found:
                raise InvalidRequest("Two extra fields have the same name.")
            found[name] = extra.value
        return found

    def changes(self) -> dict[str, str | None]:
        """Return what its author changed, by the names of the vault; `None` takes a field away.

        Raises:
            InvalidRequest: As for `typed`.
        """
        now = (self.title, self.username)
        shown = zip((fields.TITLE, fields.USERNAME), now, self.seen, strict=True)
        found: dict[str, str | None] = {name: value for name, value, seen in shown if value != seen}
        found |= self.typed()
        found |= dict.fromkeys(self.removed & self.had)
        return found | {fields.EXTRA + each.name: None for each in self.extras if each.known and each.remove}

    def follow(self, record: Record, names: Iterable[str]) -> None:
        """Bring the form to what the record is now; what its author typed or changed stays theirs."""
        now = (record.title, record.username)
        self.title = now[0] if self.title == self.seen[0] else self.title
        self.username = now[1] if self.username == self.seen[1] else self.username
        self.seen, self.version, self.had = now, record.version, frozenset(names)
        kept = []
        for extra in self.extras:
            there = fields.EXTRA + extra.name.strip() in self.had
            # Of a field that somebody took away, what was typed into it stays, as a new one.
            if there or not extra.known or extra.value:
                extra.known = there
                kept.append(extra)
        shown = {fields.EXTRA + extra.name.strip() for extra in kept}
        new = sorted(name for name in self.had - shown if name.startswith(fields.EXTRA))
        self.extras = [*(Extra(name.removeprefix(fields.EXTRA), known=True) for name in new), *kept]


def of(record: Record, names: Iterable[str]) -> RecordForm:
    """Return the form of a record as it is, without its values."""
    form = RecordForm(title=record.title, username=record.username, seen=(record.title, record.username))
    form.follow(record, names)
    return form


def read(given: MultiDict[str, str]) -> RecordForm:
    """Return what was typed into the form."""

    def text(name: str) -> str:
        # A browser sends line breaks as CR LF, whatever they were (HTML, "constructing the entry list").
        return given.get(name, "")[:LONGEST_INPUT].replace("\r\n", "\n")

    rows = range(min(_number(given, "extras"), MOST_EXTRAS))
    return RecordForm(
        title=text("title"),
        username=text("username"),
        sealed={name: text(name) for name in (fields.PASSWORD, *OPTIONAL)},
        removed=frozenset(name for name in OPTIONAL if given.get(f"remove-{name}")),
        extras=[
            Extra(
                text(f"extra-{n}-name"),
                text(f"extra-{n}-value"),
                bool(given.get(f"extra-{n}-known")),
                bool(given.get(f"extra-{n}-remove")),
            )
            for n in rows
        ],
        url=given.get("url", "")[:LONGEST_ADDRESS],
        strategy=given.get("strategy", Strategy.DOMAIN),
        seen=(text("seen-title"), text("seen-username")),
        had=frozenset(given.getlist("had")[: fields.EXTRAS + 3]),
        version=version(given.get("version")),
    )


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0

"""What every reader gives: items, and what was wrong with the rest.

Readers only translate. What a field or a link may be is decided by `ready.py`, so no reader is stricter than another.
Secrets are kept out of every `repr`, and no sentence of a `Trouble` may quote one.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from extension_api.errors import Problem

ITEMS: Final = 100_000
"""Items of one file, at the most: what the console is measured with."""
ADDRESSES: Final = 200
"""Addresses of one item that are looked at; more than any login has."""
DEPTH: Final = 50
"""Folders one inside the other that a reader follows."""


class CannotRead(Problem):
    """The file as a whole cannot be taken in; the sentence says why and what to do."""

    slug, status, title = "cannot-read-file", 422, "This file cannot be imported"


@dataclass(frozen=True, slots=True)
class Address:
    """An address as the other program had it, under the strategy of ours that is nearest.

    Args:
        url: As it is written there; it may hold a name and a password, so it is never shown as it is.
        strategy: A word of `matcher.Strategy`.
        veto: Whether the item is never filled there.
        expression: For `regex`: the expression.
    """

    url: str = field(repr=False)
    strategy: str = "domain"
    veto: bool = False
    expression: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One login, note or other entry of the file.

    Args:
        where: The line or the number of the item, for a person.
        title: What people call it.
        username: The name to sign in with.
        password: The password; empty if there is none.
        one_time_secret: The secret of its one-time codes, or an `otpauth:` address.
        notes: Text.
        extras: Further fields, by name; names may repeat.
        folder: The folders that it lay in, from the top.
        addresses: Where it is used, the first one first.
        source_id: The id that the other program gave it, if it wrote one.
    """

    where: str
    title: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    one_time_secret: str = field(default="", repr=False)
    notes: str = field(default="", repr=False)
    extras: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    folder: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that was left out, where it stood and why."""

    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, read.

    Args:
        form: The format, by its name in `formats.FORMS`.
        entries: Items and troubles, in the order of the file.
    """

    form: str
    entries: list[Item | Trouble]

    @property
    def items(self) -> list[Item]:
        """The items alone."""
        return [entry for entry in self.entries if isinstance(entry, Item)]


def gathered(form: str, entries: Iterator[Item | Trouble]) -> Reading:
    """Return what a reader gives, as far as it may go.

    Raises:
        CannotRead: There are too many items.
    """
    kept: list[Item | Trouble] = []
    for entry in entries:
        kept.append(entry)
        if len(kept) > ITEMS:
            raise CannotRead(f"The file holds more than {ITEMS:,} items; export it in parts.")
    return Reading(form, kept)


def known_uuid(text: str) -> bool:
    """Tell whether an id is a UUID, and so is not shared by two items of different vaults."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True

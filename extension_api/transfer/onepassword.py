"""1Password's 1PUX (support.1password.com/1pux-format): a zip file whose `export.data` is JSON.

Attached files are not taken over; that an item has some is said.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from extension_api.transfer import content
from extension_api.transfer.items import ADDRESSES, Address, Item, Trouble

DATA: Final = "export.data"
ARCHIVED: Final = "archived"


class Attributes(msgspec.Struct):
    """What a vault says of itself."""

    name: str | None = None


class Vault(msgspec.Struct):
    """A vault."""

    attrs: Attributes | None = None
    items: list[msgspec.Raw] | None = None


class Account(msgspec.Struct):
    """An account."""

    vaults: list[Vault] | None = None


class Export(msgspec.Struct):
    """The file."""

    accounts: list[Account]


class LoginField(msgspec.Struct):
    """A field of the login form."""

    value: str | bool | int | float | None = None
    name: str | None = None
    designation: str | None = None


class SectionField(msgspec.Struct):
    """A field of a section; its value is an object that names its own kind."""

    title: str | None = None
    id: str | None = None
    value: dict[str, object] | None = None


class Section(msgspec.Struct):
    """A section."""

    fields: list[SectionField] | None = None


class Details(msgspec.Struct):
    """The secret part of an item."""

    loginFields: list[LoginField] | None = None  # noqa: N815 - the name in the file
    notesPlain: str | None = None  # noqa: N815 - the name in the file
    sections: list[Section] | None = None
    password: str | None = None
    documentAttributes: object = None  # noqa: N815 - the name in the file


class Url(msgspec.Struct):
    """An address."""

    url: str | None = None


class Overview(msgspec.Struct):
    """What is shown of an item in a list."""

    title: str | None = None
    url: str | None = None
    urls: list[Url] | None = None
    tags: list[str] | None = None


class Entry(msgspec.Struct):
    """An item."""

    overview: Overview
    details: Details
    uuid: str | None = None
    state: str | None = None


class Wrapped(msgspec.Struct):
    """An item of the first versions, which lies one level deeper."""

    item: Entry


def read(given: bytes) -> Iterator[Item | Trouble]:
    """Return the items of the file."""
    export = content.json_of(content.unzipped(given, DATA), Export)
    count = 0
    for vault in (vault for account in export.accounts for vault in account.vaults or []):
        name = (vault.attrs.name if vault.attrs else None) or ""
        for raw in vault.items or []:
            count += 1
            yield from _entry(f"item {count}", raw, (name,) if name else ())


def _entry(where: str, raw: msgspec.Raw, folder: tuple[str, ...]) -> Iterator[Item | Trouble]:
    wrapped = content.decoded(raw, Wrapped)
    entry = wrapped.item if wrapped else content.decoded(raw, Entry)
    if entry is None:
        yield Trouble(where, "it is not laid out as an item of 1Password")
        return
    if entry.details.documentAttributes is not None:
        yield Trouble(where, "its document is not taken over; save it by itself")
    yield _item(where, entry, folder)


def _item(where: str, entry: Entry, folder: tuple[str, ...]) -> Item:
    overview, details = entry.overview, entry.details
    username, password, secret = "", details.password or "", ""
    extras: list[tuple[str, str]] = []
    for field in details.loginFields or []:
        value = _plain(field.value)
        if field.designation == "username" and not username:
            username = value
        elif field.designation == "password" and value:
            password = value
        elif isinstance(field.value, str):
            extras.append((field.name or "", value))
    for part in (part for section in details.sections or [] for part in section.fields or []):
        kind, value = _value(part.value or {})
        if kind == "totp" and not secret:
            secret = value
        else:
            extras.append((part.title or part.id or "", value))
    if overview.tags:
        extras.append(("Tags", ", ".join(overview.tags)))
    if entry.state == ARCHIVED:
        extras.append(("Archived", "yes"))
    urls = [url.url for url in overview.urls or [] if url.url] or [overview.url or ""]
    return Item(
        where=where,
        title=overview.title or "",
        username=username,
        password=password,
        one_time_secret=secret,
        notes=details.notesPlain or "",
        extras=tuple(extras),
        folder=folder,
        addresses=tuple(Address(url.strip()) for url in urls[:ADDRESSES] if url.strip()),
        source_id=entry.uuid or "",
    )


def _value(value: dict[str, object]) -> tuple[str, str]:
    for kind, held in value.items():
        if isinstance(held, dict):
            texts = [text for each in held.values() if (text := _plain(each))]
            return kind, ", ".join(texts)
        return kind, _plain(held)
    return "", ""


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float) else ""

"""Bitwarden's JSON (bitwarden.com/help/condition-bitwarden-import), of a person or an organization, not encrypted."""

from collections.abc import Iterator
from typing import Final

import msgspec

from extension_api.transfer import content, nearest
from extension_api.transfer.items import ADDRESSES, Address, CannotRead, Item, Trouble

MATCHES: Final = {0: "domain", 1: "host", 3: "exact"}
"""Bitwarden's numbers (its `UriMatchStrategy`) that are strategies of ours; 2, 4 and 5 are in `nearest`."""
STARTS_WITH, EXPRESSION, NEVER = 2, 4, 5


class Named(msgspec.Struct):
    """A folder or a collection."""

    id: str | None = None
    name: str | None = None


class Export(msgspec.Struct):
    """The file."""

    items: list[msgspec.Raw]
    encrypted: bool = False
    folders: list[Named] | None = None
    collections: list[Named] | None = None


class Own(msgspec.Struct):
    """What Wayfill adds beside an address of its own exports, so that none of its strategies is lost."""

    url: str
    strategy: str
    veto: bool = False
    expression: str | None = None


class Uri(msgspec.Struct):
    """An address."""

    uri: str | None = None
    match: int | None = None
    wayfill: Own | None = None


class Login(msgspec.Struct):
    """What makes an item a login."""

    uris: list[Uri] | None = None
    username: str | None = None
    password: str | None = None
    totp: str | None = None


class Field(msgspec.Struct):
    """An extra field; one that is linked to another has no value of its own."""

    name: str | None = None
    value: str | bool | int | None = None


class Entry(msgspec.Struct):
    """An item; what it is beside a login is kept as extra fields."""

    id: str | None = None
    name: str | None = None
    notes: str | None = None
    fields: list[Field] | None = None
    login: Login | None = None
    card: dict[str, str | int | None] | None = None
    identity: dict[str, str | int | None] | None = None
    sshKey: dict[str, str | int | None] | None = None  # noqa: N815 - the name in the file
    folderId: str | None = None  # noqa: N815 - the name in the file
    collectionIds: list[str] | None = None  # noqa: N815 - the name in the file
    deletedDate: str | None = None  # noqa: N815 - the name in the file


def read(given: bytes) -> Iterator[Item | Trouble]:
    """Return the items of the file.

    Raises:
        CannotRead: It is encrypted, or no export of Bitwarden.
    """
    if content.json_of(given, Encrypted).encrypted:
        raise CannotRead("This export is encrypted; export it as .json, which is not, and remove the file afterwards.")
    export = content.json_of(given, Export)
    names = {each.id: each.name or "" for each in (export.folders or []) + (export.collections or [])}
    for number, raw in enumerate(export.items, 1):
        where = f"item {number}"
        entry = content.decoded(raw, Entry)
        if entry is None:
            yield Trouble(where, "it is not laid out as an item of Bitwarden")
        elif entry.deletedDate:
            yield Trouble(where, "it lies in the trash")
        else:
            yield _item(where, entry, names)


class Encrypted(msgspec.Struct):
    """The one thing that is looked at first."""

    encrypted: bool = False


def _item(where: str, entry: Entry, names: dict[str | None, str]) -> Item:
    login = entry.login or Login()
    places = [entry.folderId, *(entry.collectionIds or [])]
    folder = next((names[place] for place in places if names.get(place)), "")
    return Item(
        where=where,
        title=entry.name or "",
        username=login.username or "",
        password=login.password or "",
        one_time_secret=login.totp or "",
        notes=entry.notes or "",
        extras=tuple(_extras(entry)),
        folder=tuple(name.strip() for name in folder.split("/") if name.strip()),
        addresses=tuple(address for uri in (login.uris or [])[:ADDRESSES] if (address := _address(uri))),
        source_id=entry.id or "",
    )


def _extras(entry: Entry) -> Iterator[tuple[str, str]]:
    for field in entry.fields or []:
        if field.value is not None:
            yield field.name or "", _text(field.value)
    for part in (entry.card, entry.identity, entry.sshKey):
        for name, value in (part or {}).items():
            if value is not None:
                yield name, _text(value)


def _text(value: str | bool | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _address(uri: Uri) -> Address | None:
    url = (uri.uri or "").strip()
    if not url:
        return None
    if uri.wayfill is not None:
        own = uri.wayfill
        return Address(own.url, own.strategy, own.veto, own.expression)
    if uri.match == STARTS_WITH:
        return nearest.beginning(url)
    if uri.match == EXPRESSION:
        return nearest.expression(url)
    if uri.match == NEVER:
        return nearest.never(url)
    return Address(url, MATCHES.get(uri.match if uri.match is not None else 0, "domain"))

"""Psono's JSON export: folders that hold items and folders.

Psono fills a login on the hosts of its filter, not on the host of its address; so each entry of the filter becomes a
link beside the address: a plain one for that host, one with a star for the hosts below.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from extension_api.transfer import content
from extension_api.transfer.items import ADDRESSES, DEPTH, Address, Item, Trouble

DROPPED: Final = ("auto_submit", "url_filter", "totp_period", "totp_algorithm", "totp_digits", "allow_http")
"""Ends of names of values that are settings of Psono."""


class Folder(msgspec.Struct):
    """A folder, and the file itself."""

    name: str | None = None
    items: list[msgspec.Raw] | None = None
    folders: list[msgspec.Raw] | None = None


class Head(msgspec.Struct):
    """What tells an item's kind; its values are named after it."""

    type: str
    id: str | None = None
    name: str | None = None
    urlfilter: str | None = None
    description: str | None = None


def read(given: bytes) -> Iterator[Item | Trouble]:
    """Return the items of the file."""
    count = 0
    folders: list[tuple[tuple[str, ...], Folder]] = [((), content.json_of(given, Folder))]
    while folders:
        path, folder = folders.pop(0)
        for raw in folder.items or []:
            count += 1
            yield _item(f"item {count}", raw, path)
        for raw in folder.folders or []:
            inside = content.decoded(raw, Folder)
            name = (inside.name if inside else None) or ""
            if inside is None or len(path) >= DEPTH:
                yield Trouble(f"folder {name[:80]!r} in {'/'.join(path)[:200]!r}", "it is damaged or lies too deep")
            else:
                folders.append(((*path, name), inside))


def _item(where: str, raw: msgspec.Raw, path: tuple[str, ...]) -> Item | Trouble:
    head = content.decoded(raw, Head)
    values = content.decoded(raw, dict[str, object])
    if head is None or values is None:
        return Trouble(where, "it is not laid out as an item of Psono")
    own = {
        key.removeprefix(f"{head.type}_"): value
        for key, value in values.items()
        if key.startswith(f"{head.type}_") and isinstance(value, str)
    }
    url = own.pop("url", "")
    filters = own.pop("url_filter", "") or head.urlfilter or ""
    secret = own.pop("totp_code", "") or (own.pop("code", "") if head.type == "totp" else "")
    return Item(
        where=where,
        title=own.pop("title", "") or head.name or "",
        username=own.pop("username", ""),
        password=own.pop("password", ""),
        one_time_secret=secret,
        notes=own.pop("notes", "") or head.description or "",
        extras=tuple((name, value) for name, value in own.items() if not name.endswith(DROPPED)),
        folder=path,
        addresses=tuple(_addresses(url.strip(), filters))[:ADDRESSES],
        source_id=head.id or "",
    )


def _addresses(url: str, filters: str) -> Iterator[Address]:
    if url:
        yield Address(url, "host")
    for host in filters.replace(",", " ").replace(";", " ").split():
        below = host.removeprefix("*").removeprefix(".") if host.startswith(("*.", ".")) else None
        address = Address(host, "host") if below is None else Address(f"*://**.{below}", "pattern")
        if address.strategy != "host" or not _same_host(host, url):
            yield address


def _same_host(host: str, url: str) -> bool:
    return (url.partition("://")[2] or url).partition("/")[0].casefold() == host.casefold()

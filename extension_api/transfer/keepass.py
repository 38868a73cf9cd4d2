"""KeePass's XML (keepass.info/help/kb/kdbx_4.html describes the same tree in a database), with additional addresses.

Where they come from: `KP2A_URL`, `KP2A_URL_1`, ... (Keepass2Android, KeePassXC), the settings of KeePassHttp and of
KeePassXC's browser extension (hosts that were allowed or denied), and `KPRPC JSON` (KeePassRPC). `content.xml_of`
parses; `kdbx_inner.py` reads the same tree out of a database.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from xml.etree.ElementTree import Element

import msgspec

from extension_api.transfer import content, keepass_codes
from extension_api.transfer.items import ADDRESSES, DEPTH, Address, CannotRead, Item, Trouble

STANDARD: Final = ("Title", "UserName", "Password", "URL", "Notes")
MORE_ADDRESSES: Final = re.compile(r"KP2A_URL(_\d+)?|URL_\d+", re.ASCII)
SETTINGS: Final = ("KeePassHttp Settings", "KeePassXC-Browser Settings")
RPC: Final = ("KPRPC JSON",)
_REFERENCE: Final = re.compile(r"\{REF:([TUPAN])@I:([0-9A-F]{32})\}", re.IGNORECASE)
_REFERRED: Final = dict(zip("TUPAN", STANDARD, strict=True))


class Hosts(msgspec.Struct):
    """What people answered when a browser asked for an entry."""

    Allow: list[str] = []
    Deny: list[str] = []


class Rpc(msgspec.Struct):
    """Settings of KeePassRPC."""

    altURLs: list[str] = []  # noqa: N815 - the name in the file
    blockedURLs: list[str] = []  # noqa: N815 - the name in the file


KindT = TypeVar("KindT", Hosts, Rpc)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a KeePass database, wherever it was read.

    Args:
        where: For a person.
        id: Its UUID, 32 hexadecimal digits.
        folder: The groups that it lies in.
        strings: Its fields by name.
        settings: What browsers' extensions keep with it, by name.
    """

    where: str
    id: str
    folder: tuple[str, ...]
    strings: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)


def read(given: bytes) -> Iterator[Item | Trouble]:
    """Return the items of an XML file.

    Raises:
        CannotRead: It is no export of KeePass.
    """
    yield from entries_of(content.xml_of(given))


def entries_of(root: Element) -> Iterator[Item | Trouble]:
    """Return the items of KeePass's tree, wherever it was read.

    Raises:
        CannotRead: It is no tree of KeePass.
    """
    if root.tag != "KeePassFile":
        raise CannotRead("The file is XML, but no export of KeePass.")
    bin_id = root.findtext("Meta/RecycleBinUUID") or ""
    found: list[Entry] = []
    troubles: list[Trouble] = []
    for group, path in _groups(root, bin_id, troubles):
        for entry in group.findall("Entry"):
            found.append(_entry(f"entry {len(found) + 1}", entry, path))
    yield from troubles
    yield from items(found)


def items(entries: list[Entry]) -> Iterator[Item]:
    """Return the items that entries are; a field that refers to another entry's is that field."""
    by_id = {entry.id: entry for entry in entries}
    for entry in entries:
        yield _item(entry, {name: _followed(value, by_id) for name, value in entry.strings.items()})


def _groups(root: Element, bin_id: str, troubles: list[Trouble]) -> Iterator[tuple[Element, tuple[str, ...]]]:
    waiting: list[tuple[Element, tuple[str, ...]]] = [(group, ()) for group in root.findall("Root/Group")]
    while waiting:
        group, path = waiting.pop(0)
        name = group.findtext("Name") or ""
        if bin_id and group.findtext("UUID") == bin_id:
            count = sum(len(each.findall("Entry")) for each in group.iter("Group"))
            if count:
                troubles.append(Trouble(f"group {name[:80]!r}", f"it is the recycle bin; {count} entries are left out"))
            continue
        yield group, path
        if len(path) >= DEPTH:
            troubles.append(Trouble(f"group {name[:80]!r}", "what lies below it lies too deep"))
            continue
        waiting += [(below, (*path, below.findtext("Name") or "")) for below in group.findall("Group")]


def _entry(where: str, element: Element, path: tuple[str, ...]) -> Entry:
    strings = {each.findtext("Key") or "": each.findtext("Value") or "" for each in element.findall("String")}
    settings = {each.findtext("Key") or "": each.findtext("Value") or "" for each in element.findall("CustomData/Item")}
    return Entry(where, _hexadecimal(element.findtext("UUID") or ""), path, strings, settings)


def _hexadecimal(written: str) -> str:
    decoded = content.decoded(msgspec.Raw(msgspec.json.encode(written)), bytes)
    return decoded.hex().upper() if decoded else ""


def _followed(value: str, by_id: Mapping[str, Entry]) -> str:
    def referred(found: re.Match[str]) -> str:
        entry = by_id.get(found[2].upper())
        return entry.strings.get(_REFERRED[found[1].upper()], "") if entry else found[0]

    return _REFERENCE.sub(referred, value)


def _item(entry: Entry, strings: Mapping[str, str]) -> Item:
    own = {*STANDARD, *SETTINGS, *RPC} | keepass_codes.FIELDS
    extras = [
        (name.removeprefix("KPH: "), value)
        for name, value in strings.items()
        if name not in own and not MORE_ADDRESSES.fullmatch(name)
    ]
    title, username, password, _url, notes = (strings.get(name, "") for name in STANDARD)
    return Item(
        where=entry.where,
        title=title,
        username=username,
        password=password,
        one_time_secret=keepass_codes.secret_of(strings),
        notes=notes,
        extras=tuple(extras),
        folder=entry.folder,
        addresses=tuple(_addresses(strings, entry.settings))[:ADDRESSES],
        source_id=entry.id,
    )


def _addresses(strings: Mapping[str, str], settings: Mapping[str, str]) -> Iterator[Address]:
    more = [name for name in strings if MORE_ADDRESSES.fullmatch(name)]
    for name in ("URL", *more):
        if url := strings.get(name, "").strip():
            yield _address(url)
    for name in SETTINGS:
        for kept in (strings, settings):
            hosts = _kept(kept.get(name, ""), Hosts)
            yield from (Address(host, "host") for host in (hosts.Allow if hosts else []))
            yield from (Address(host, "host", veto=True) for host in (hosts.Deny if hosts else []))
    for kept in (strings, settings):
        for name in RPC:
            rpc = _kept(kept.get(name, ""), Rpc)
            yield from (Address(url) for url in (rpc.altURLs if rpc else []))
            yield from (Address(url, veto=True) for url in (rpc.blockedURLs if rpc else []))


def _address(url: str) -> Address:
    # KeePassXC: an address in quotation marks is meant exactly, a star stands for anything.
    if len(url) > 2 and url[0] == url[-1] == '"':
        return Address(url[1:-1], "exact")
    return Address(url, "pattern" if "*" in url else "domain")


def _kept(text: str, kind: type[KindT]) -> KindT | None:
    return content.decoded(msgspec.Raw(text.encode()), kind) if text.startswith("{") else None

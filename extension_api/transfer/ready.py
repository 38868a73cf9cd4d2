"""From an item to what a record will hold: every field and link checked before anything is written.

What can be kept is kept: a title is made to fit, a bad address is left out and said, a one-time secret of a kind that
is not known here becomes an extra field. Only where a field cannot hold what the item has is the item refused.

The fingerprint by which an item is known again is a SHA-256 of the format and the id that the other program gave it,
or, without one, of title, user name and links, all of which are stored in clear beside it; no secret is in it. Items of
one file that are alike in all that are told apart by their order.
"""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from extension_api.errors import InvalidLinkGiven, InvalidRequest
from extension_api.transfer.items import Address, Item, Reading, Trouble, known_uuid
from extension_api.vault import fields, links
from extension_api.vault.models import TITLE_LENGTH
from matcher import Link

FOLDER: Final = "Folder"
"""The extra field that keeps the folders an item lay in, where they become no folders (`places.py`)."""
KEPT_SECRET: Final = "One-time secret, as exported"  # noqa: S105 - the name of a field
SHOWN_ADDRESS: Final = 100
_SAME_IDS: Final = {"keepass-kdbx": "keepass-xml"}
"""A format whose ids are those of another: a database, and the export made of it."""

LinkParts = tuple[str, str, bool, str | None]
"""Address, strategy, veto, expression: what makes two links the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a record will hold.

    Args:
        where: Where the item stood.
        title: Checked.
        username: Checked.
        sealed: The sealed fields by the names of `vault/fields.py`, checked.
        path: The folders that it lay in, as names of folders and lists.
        folder: Name and value of the field that keeps them where they become neither; empty if it lay in none.
        links: Addresses, checked.
        troubles: What was left out, in sentences.
        fingerprint: By which the item is known again.
    """

    where: str
    title: str
    username: str
    sealed: dict[str, str] = field(repr=False)
    path: tuple[str, ...]
    folder: tuple[tuple[str, str], ...] = field(repr=False)
    links: tuple[LinkParts, ...]
    troubles: tuple[str, ...]
    fingerprint: bytes

    @property
    def same(self) -> bytes:
        """What two items share that hold the same; it is made of secrets and never leaves the process."""
        sealed = sorted(self.fields(with_folder=True).items())
        held = [self.title, self.username, sealed, sorted(map(str, self.links))]
        return hashlib.sha256(json.dumps(held).encode("utf-8", "surrogatepass")).digest()

    def fields(self, *, with_folder: bool) -> dict[str, str]:
        """Return the sealed fields, with the one that keeps its folders or without."""
        return self.sealed | dict(self.folder) if with_folder else dict(self.sealed)


def made_ready(reading: Reading) -> Iterator[Ready | Trouble]:
    """Return what each item will be, or why it is refused, in the order of the file."""
    seen: Counter[str] = Counter()
    for entry in reading.entries:
        if isinstance(entry, Trouble):
            yield entry
            continue
        try:
            yield _ready(reading.form, entry, seen)
        except InvalidRequest as problem:
            yield Trouble(entry.where, str(problem))


def _ready(form: str, item: Item, seen: Counter[str]) -> Ready:
    troubles: list[str] = []
    found = tuple(_links(item, troubles))
    username = fields.checked(fields.USERNAME, item.username)
    title = _title(item.title) or _host(found) or _title(username) or "Untitled"
    sealed = {fields.checked_name(n): fields.checked(n, value) for n, value in _sealed(item, troubles)}
    path = _path(item)
    folder = {}
    if item.folder:
        taken = {name.removeprefix(fields.EXTRA) for name in sealed if name.startswith(fields.EXTRA)}
        folder = {fields.EXTRA + _name(FOLDER, taken): " / ".join(item.folder)[: fields.EXTRA_LENGTH]}
    fields.require_few(sealed | folder)
    identity = json.dumps(_identity(form, item.source_id, title, username, found))
    seen[identity] += 1
    return Ready(
        where=item.where,
        title=fields.checked(fields.TITLE, title),
        username=username,
        sealed=sealed,
        path=path,
        folder=tuple(folder.items()),
        links=found,
        troubles=tuple(troubles),
        fingerprint=hashlib.sha256(f"{identity} {seen[identity]}".encode("utf-8", "surrogatepass")).digest(),
    )


def _identity(form: str, source_id: str, title: str, username: str, found: tuple[LinkParts, ...]) -> list[object]:
    # An id is enough only where it is one of its own kind: a number may be another item's in another vault.
    if source_id and known_uuid(source_id.strip("{}")):
        return [_SAME_IDS.get(form, form), source_id.casefold()]
    return [form, source_id, title, username, sorted(map(str, found))]


def _links(item: Item, troubles: list[str]) -> Iterator[LinkParts]:
    given: set[LinkParts] = set()
    for number, address in enumerate(item.addresses, 1):
        try:
            link = _link(address)
        except InvalidLinkGiven as problem:
            troubles.append(f"address {number}, {_shown(address.url)}, is left out: {problem}")
            continue
        parts = (link.url, link.strategy.value, link.veto, link.expression)
        if parts not in given and len(given) < links.LINKS_PER_RECORD:
            given.add(parts)
            yield parts


def _link(address: Address) -> Link:
    def checked(strategy: str) -> Link:
        return links.checked("", address.url, strategy, veto=address.veto, expression=address.expression)

    try:
        return checked(address.strategy)
    except InvalidLinkGiven:
        # A name that many owners share (`github.io`) is good as that one host.
        if address.strategy != "domain":
            raise
    return checked("host")


def _sealed(item: Item, troubles: list[str]) -> Iterator[tuple[str, str]]:
    named = [(fields.PASSWORD, item.password), (fields.NOTES, item.notes)]
    extras = list(item.extras)
    if item.one_time_secret.strip():
        secret = item.one_time_secret.strip()
        try:
            yield fields.ONE_TIME_SECRET, fields.checked(fields.ONE_TIME_SECRET, secret)
        except InvalidRequest as problem:
            extras.append((KEPT_SECRET, secret))
            troubles.append(f"its one-time secret is kept as an extra field: {problem}")
    yield from ((name, value) for name, value in named if value)
    taken: set[str] = set()
    for name, value in extras:
        if value:
            yield fields.EXTRA + _name(name, taken), value


def _name(name: str, taken: set[str]) -> str:
    base = _one_line(name)[: fields.EXTRA_NAME_LENGTH - 6].strip() or "Field"
    chosen = base
    number = 2
    while chosen in taken:
        chosen = f"{base} ({number})"
        number += 1
    taken.add(chosen)
    return chosen


def _path(item: Item) -> tuple[str, ...]:
    return tuple(name for each in item.folder if (name := _title(each)))


def _title(text: str) -> str:
    return _one_line(text)[:TITLE_LENGTH].strip()


def _one_line(text: str) -> str:
    # Characters that `vault.naming` refuses in a line become spaces.
    shown = (" " if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") else each for each in text)
    return " ".join("".join(shown).split())


def _host(found: tuple[LinkParts, ...]) -> str:
    return found[0][0].partition("://")[2].partition("/")[0] if found else ""


def _shown(url: str) -> str:
    """Return an address for a person: without what may be secret in it, and harmless to a terminal."""
    start = url.partition("?")[0].partition("#")[0]
    scheme, separator, rest = start.rpartition("://")
    return repr((scheme + separator + rest.rpartition("@")[2])[:SHOWN_ADDRESS])

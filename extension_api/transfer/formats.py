"""Every format, and which one a file is in: told by what is in it, never by its name."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import msgspec

from extension_api.transfer import bitwarden, content, keepass, onepassword, psono, sheets
from extension_api.transfer.items import CannotRead, Item, Reading, Trouble, gathered

AUTO: Final = "auto"
ACCEPTED: Final = (
    "Wayfill takes the exports of Bitwarden (.json, .csv), KeePass (.xml, .csv), KeePassXC (.xml, .csv), 1Password"
    " (.1pux, .csv), Chrome, Firefox, Safari and Passwordstate (.csv) and Psono (.json)."
)
Reader = Callable[[bytes], Iterator[Item | Trouble]]


class Probe(msgspec.Struct):
    """What tells one JSON from another."""

    encrypted: bool | None = None
    items: list[msgspec.Raw] | None = None
    folders: list[msgspec.Raw] | None = None


def read(given: bytes, form: str = AUTO) -> Reading:
    """Return what is in a file.

    Args:
        given: The content of the file.
        form: The format, by its name, or `auto`.

    Raises:
        CannotRead: The file is in no format that is known, damaged or too large.
    """
    chosen = recognise(given) if form == AUTO else form
    return gathered(chosen, FORMS[chosen](given))


def recognise(given: bytes) -> str:
    """Return the name of the format that a file is in.

    Raises:
        CannotRead: It is in none that is known.
    """
    if given.startswith(content.ZIP):
        return "1password-1pux"
    if given.startswith(content.KDBX):
        raise CannotRead(
            "This is a KeePass database, which is encrypted. Export it in KeePass as XML (2.x), or, without a file in"
            " clear: keepassxc-cli export -f xml DATABASE | wayfill import - ..."
        )
    start = given[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        probe = content.json_of(given, Probe)
        if probe.encrypted is not None:
            return "bitwarden-json"
        if probe.items is not None or probe.folders is not None:
            return "psono-json"
    elif re.match(rb"(\xff\xfe|\xfe\xff)?\x00?<", start):
        return "keepass-xml"
    elif (table := content.table_of(given)) is not None and (name := sheets.recognise(table)):
        return name
    raise CannotRead(f"The file is in no format that is known. {ACCEPTED}")


def _sheet(name: str, given: bytes) -> Iterator[Item | Trouble]:
    sheet, table = sheets.SHEETS[name], content.table_of(given)
    if table is None or not set(table.columns).issuperset(sheet.needs):
        raise CannotRead(f"The first line of the file does not name the columns of {name}.")
    yield from sheets.read(sheet, table)


FORMS: Final[dict[str, Reader]] = {
    "bitwarden-json": bitwarden.read,
    "keepass-xml": keepass.read,
    "1password-1pux": onepassword.read,
    "psono-json": psono.read,
    **{name: partial(_sheet, name) for name in sheets.SHEETS},
}

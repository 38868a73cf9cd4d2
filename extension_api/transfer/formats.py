"""Every format, and which one a file is in: told by what is in it, never by its name."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import msgspec

from extension_api.transfer import bitwarden, content, kdbx, keepass, onepassword, psono, sheets
from extension_api.transfer.items import CannotRead, Item, Reading, Trouble, gathered
from extension_api.transfer.kdbx_keys import Credentials

AUTO: Final = "auto"
ACCEPTED: Final = (
    "Wayfill takes the exports of Bitwarden (.json, .csv), KeePass (.xml, .csv), KeePassXC (.xml, .csv), 1Password"
    " (.1pux, .csv), Chrome, Firefox, Safari and Passwordstate (.csv) and Psono (.json), and databases of KeePass"
    " (.kdbx)."
)
LOCKED: Final = "keepass-kdbx"
"""The one format that is locked with a password."""
Reader = Callable[[bytes], Iterator[Item | Trouble]]


class PasswordWanted(CannotRead):
    """The file is locked, and nothing was given to open it with."""

    def __init__(self) -> None:
        super().__init__("This is a KeePass database; give its password, or its key file.")


class Probe(msgspec.Struct):
    """What tells one JSON from another."""

    encrypted: bool | None = None
    items: list[msgspec.Raw] | None = None
    folders: list[msgspec.Raw] | None = None


def read(given: bytes, form: str = AUTO, credentials: Credentials | None = None) -> Reading:
    """Return what is in a file.

    Args:
        given: The content of the file.
        form: The format, by its name, or `auto`.
        credentials: What a locked file is opened with.

    Raises:
        CannotRead: The file is in no format that is known, damaged or too large, or does not open.
        PasswordWanted: It is locked, and there are no credentials.
    """
    chosen = recognise(given) if form == AUTO else form
    if chosen != LOCKED:
        return gathered(chosen, FORMS[chosen](given))
    kdbx.header_of(given)
    if credentials is None or (credentials.password is None and credentials.key_file is None):
        raise PasswordWanted
    return gathered(chosen, kdbx.read(given, credentials))


def is_locked(given: bytes, form: str = AUTO) -> bool:
    """Tell whether a file has to be opened with a password, before anybody is asked for one.

    Raises:
        CannotRead: The file is in no format that is known, or could not be opened with any password.
    """
    locked = (recognise(given) if form == AUTO else form) == LOCKED
    if locked:
        kdbx.header_of(given)
    return locked


def recognise(given: bytes) -> str:
    """Return the name of the format that a file is in.

    Raises:
        CannotRead: It is in none that is known.
    """
    if given.startswith(content.ZIP):
        return "1password-1pux"
    if given.startswith((kdbx.SIGNATURE, *kdbx.OLDER)):
        return LOCKED
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
"""The formats that lie open."""
NAMES: Final = (AUTO, *sorted([*FORMS, LOCKED]))
"""What a person may say of a file."""

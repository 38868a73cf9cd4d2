"""The CSV files of programs, as data: how each is told by its columns, and which column holds what.

Column names are compared without case, spaces and punctuation (`content.plain`). What a file holds beyond the named
columns becomes an extra field, unless it is listed as `dropped`: times and switches that mean nothing here. Every field
is text; one that a spreadsheet would take for a formula is kept as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from extension_api.transfer.content import Row, Table
from extension_api.transfer.items import Address, Item, Trouble

_NEXT_ADDRESS: Final = re.compile(r",\s*(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The columns of one program's CSV, by their plain names.

    Args:
        needs: The columns by which it is told.
        title: Columns of the title, the first that holds something counts; likewise the following ones.
        username: Columns of the user name.
        password: Columns of the password.
        url: Columns of the address.
        notes: Columns of the notes.
        one_time_secret: Columns of the secret of one-time codes.
        folder: Columns of the folder's path.
        source_id: Columns of the program's own id.
        dropped: Columns that are left out.
        strategy: The strategy that is nearest to how the program matches addresses.
        between: What stands between the folders of a path.
        several: Whether the address column may hold several, with commas between.
        lines: The column whose lines are fields, each `name: value`.
        rooted: Whether the first folder is the file itself, by whatever name.
    """

    needs: tuple[str, ...]
    title: tuple[str, ...] = ("title",)
    username: tuple[str, ...] = ("username",)
    password: tuple[str, ...] = ("password",)
    url: tuple[str, ...] = ("url",)
    notes: tuple[str, ...] = ("notes",)
    one_time_secret: tuple[str, ...] = ()
    folder: tuple[str, ...] = ()
    source_id: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    strategy: str = "domain"
    between: str = "/"
    several: bool = False
    lines: str | None = None
    rooted: bool = False

    def taken(self) -> set[str]:
        """Return the columns that have a meaning here."""
        named = (self.title, self.username, self.password, self.url, self.notes, self.one_time_secret, self.folder)
        lines = (self.lines,) if self.lines else ()
        return {column for columns in (*named, self.source_id, self.dropped, lines) for column in columns}


SHEETS: Final = {
    # bitwarden.com/help/condition-bitwarden-import: personal exports have `folder`, those of organizations
    # `collections`.
    "bitwarden-csv": Sheet(
        needs=("type", "name", "loginuri", "loginusername", "loginpassword"),
        title=("name",),
        username=("loginusername",),
        password=("loginpassword",),
        url=("loginuri",),
        one_time_secret=("logintotp",),
        folder=("folder", "collections"),
        dropped=("favorite", "type", "reprompt", "archiveddate"),
        several=True,
        lines="fields",
    ),
    # Firefox compares origins, so the path of an address says nothing.
    "firefox-csv": Sheet(
        needs=("url", "username", "password", "formactionorigin", "guid"),
        title=(),
        notes=(),
        source_id=("guid",),
        dropped=("httprealm", "formactionorigin", "timecreated", "timelastused", "timepasswordchanged"),
        strategy="host",
    ),
    "keepassxc-csv": Sheet(
        needs=("group", "title", "username", "password", "url", "notes"),
        one_time_secret=("totp",),
        folder=("group",),
        dropped=("icon", "lastmodified", "created"),
        rooted=True,
    ),
    # The CSV of KeePass 1.x, which KeePass 2.x writes too.
    "keepass-csv": Sheet(
        needs=("account", "loginname", "password", "website", "comments"),
        title=("account",),
        username=("loginname",),
        url=("website",),
        notes=("comments",),
    ),
    "1password-csv": Sheet(
        needs=("title", "url", "username", "password", "favorite", "archived"),
        one_time_secret=("otpauth",),
        dropped=("favorite", "archived"),
    ),
    "safari-csv": Sheet(
        needs=("title", "url", "username", "password", "otpauth"), one_time_secret=("otpauth",), strategy="host"
    ),
    # Passwordstate lets each list have its own columns; a description is always among them.
    "passwordstate-csv": Sheet(
        needs=("title", "username", "password", "description"),
        notes=("notes",),
        one_time_secret=("otp", "onetimepassword", "otpuri"),
        folder=("treepath", "passwordlist"),
        source_id=("passwordid",),
        dropped=("passwordlistid", "expirydate", "allowexport", "accounttypeid"),
        between="\\",
    ),
    "chrome-csv": Sheet(
        needs=("name", "url", "username", "password"), title=("name",), notes=("note", "notes"), strategy="host"
    ),
}


def recognise(table: Table) -> str | None:
    """Return the name of the sheet whose columns a table has, or `None`."""
    columns = set(table.columns)
    return next((name for name, sheet in SHEETS.items() if columns.issuperset(sheet.needs)), None)


def read(sheet: Sheet, table: Table) -> Iterator[Item | Trouble]:
    """Return the items of a table."""
    taken = sheet.taken()
    more = [column for column in table.columns if column and column not in taken]
    for row in table.rows():
        yield row if isinstance(row, Trouble) else _item(sheet, table, more, row)


def _item(sheet: Sheet, table: Table, more: list[str], row: Row) -> Item:
    extras = [(table.written[column], row.fields[column]) for column in more]
    if sheet.lines is not None:
        extras += _lines(row.first(sheet.lines))
    return Item(
        where=row.where,
        title=row.first(*sheet.title),
        username=row.first(*sheet.username),
        password=row.first(*sheet.password),
        one_time_secret=row.first(*sheet.one_time_secret),
        notes=row.first(*sheet.notes),
        extras=tuple(extras),
        folder=_folder(sheet, row.first(*sheet.folder)),
        addresses=tuple(Address(url, sheet.strategy) for url in _addresses(sheet, row.first(*sheet.url))),
        source_id=row.first(*sheet.source_id),
    )


def _lines(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        name, separator, value = line.partition(": ")
        if separator:
            found.append((name, value))
        elif found:
            # A value of several lines goes on where the line before ended.
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}")
    return found


def _folder(sheet: Sheet, path: str) -> tuple[str, ...]:
    names = [name.strip() for name in path.split(sheet.between) if name.strip()]
    return tuple(names[1:] if sheet.rooted else names)


def _addresses(sheet: Sheet, text: str) -> list[str]:
    if not text.strip():
        return []
    if not sheet.several:
        return [text.strip()]
    found: list[str] = []
    for part in _NEXT_ADDRESS.split(text):
        # A comma is part of a path; before any path it stands between two addresses.
        found += [part] if "/" in (part.partition("://")[2] or part) else part.split(",")
    return [part.strip() for part in found if part.strip()]

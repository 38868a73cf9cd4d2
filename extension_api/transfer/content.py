"""From bytes to text, JSON and rows, within bounds: nothing in a file decides how much memory it takes.

A file was made by another program and may have been made to harm: a huge one, one that unpacks to a huge one, JSON
nested without end, a field of megabytes. Each is refused in a sentence, or costs its own row alone.
"""

import csv
import io
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import msgspec

from extension_api.transfer.items import CannotRead, Trouble

FILE: Final = 64 * 1024 * 1024
"""Bytes of a file, and of what is unpacked from one: 100,000 items of 600 bytes."""
STANDARD_INPUT: Final = Path("-")
NODES: Final = 6_000_000
"""Values in a JSON file or elements in an XML file: 60 for each of 100,000 items."""
ZIP_MEMBERS: Final = 20_000
FIELD: Final = 100_000
"""Characters of one CSV field; more than a record's field can hold, so that what is too long there is said there."""
COLUMNS: Final = 200
ZIP: Final = b"PK\x03\x04"
_ZIP_ENTRY: Final = b"PK\x01\x02"

T = TypeVar("T")


def from_file(path: Path) -> bytes:
    """Return the content of a file, or of standard input for `-`, so that nothing in clear need lie on a disk.

    Raises:
        CannotRead: It cannot be read, is none, or is too large.
    """
    try:
        if path == STANDARD_INPUT:
            content = sys.stdin.buffer.read(FILE + 1)
        elif path.is_file():
            with path.open("rb") as file:
                content = file.read(FILE + 1)
        else:
            raise CannotRead(f"{path} is no file.")
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > FILE:
        raise CannotRead(f"The file is larger than {FILE // 1024**2} MiB; export it in parts, or without attachments.")
    return content


def text_of(content: bytes) -> str:
    """Return a file's text: UTF-8, or UTF-16 if it begins by saying so.

    Raises:
        CannotRead: It is in no such encoding.
    """
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CannotRead(f"Line {line} is not in UTF-8; save the file in UTF-8 and try again.") from None


def json_of(content: bytes, kind: type[T]) -> T:
    """Return JSON as `kind`; what `kind` does not name is skipped without being kept.

    Raises:
        CannotRead: It is not JSON, nested without end, or of another form.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.count(b",") + content.count(b"[") + content.count(b"{") > NODES:
        raise CannotRead("The file holds more values than any export; export it in parts.")
    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError:
        raise CannotRead("The file is nested deeper than any export.") from None
    except msgspec.ValidationError:
        raise CannotRead("The file is JSON, but not laid out as this program's export.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CannotRead("The file is no well-formed JSON.") from None


def xml_of(content: bytes) -> Element:
    """Return XML as a tree; a document type declaration is refused before it is parsed: no entities that could grow.

    Raises:
        CannotRead: It declares a document type, holds too much, or is not well-formed.
    """
    text = text_of(content)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise CannotRead("The file declares a document type, which no export of KeePass does.")
    if text.count("<") > NODES:
        raise CannotRead("The file holds more elements than any export; export it in parts.")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - no entities, by the check above
    except (ElementTree.ParseError, ValueError, RecursionError):
        raise CannotRead("The file is no well-formed XML.") from None


def decoded(raw: msgspec.Raw, kind: type[T]) -> T | None:
    """Return one item of a JSON file as `kind`; `None` if it is laid out in another way."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def unzipped(content: bytes, member: str) -> bytes:
    """Return one member of a zip file; no other is unpacked, and no more than may be.

    Raises:
        CannotRead: It is no such zip file, damaged, encrypted, or larger than may be.
    """
    if content.count(_ZIP_ENTRY) > ZIP_MEMBERS:
        raise CannotRead(f"The archive holds more than {ZIP_MEMBERS:,} files.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(member) as file:
            # The size that the archive declares is anybody's claim; what is read is what counts.
            unpacked = file.read(FILE + 1)
    except KeyError:
        raise CannotRead(f"The archive holds no {member}, so it is no export of 1Password.") from None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        raise CannotRead("The archive is damaged or encrypted.") from None
    if len(unpacked) > FILE:
        raise CannotRead(f"The archive unpacks to more than {FILE // 1024**2} MiB.")
    return unpacked


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the line on which it begins, and its fields by the plain name of their column."""

    line: int
    fields: dict[str, str] = field(repr=False)

    @property
    def where(self) -> str:
        """For a person."""
        return f"line {self.line}"

    def first(self, *columns: str) -> str:
        """Return the first of these fields that holds something."""
        return next((found for column in columns if (found := self.fields.get(column, "")).strip()), "")


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file whose first row was read: the plain names of its columns, as they are written, and its text."""

    columns: list[str]
    written: dict[str, str]
    text: str = field(repr=False)
    delimiter: str

    def rows(self) -> Iterator[Row | Trouble]:
        """Return the rows; a bad one costs itself alone."""
        for line, cells in list_rows(self.text, self.delimiter, skip=1):
            if not cells:
                continue
            if len(cells) != len(self.columns):
                yield Trouble(f"line {line}", f"it has {len(cells)} fields, the first line has {len(self.columns)}")
            elif any(len(cell) > FIELD for cell in cells):
                yield Trouble(f"line {line}", f"a field is longer than {FIELD:,} characters")
            else:
                yield Row(line, dict(zip(self.columns, cells, strict=True)))


def table_of(content: bytes) -> Table | None:
    """Return a CSV file with its columns; `None` if its first row is none of names.

    Raises:
        CannotRead: It is no text that can be read.
    """
    text = text_of(content)
    for delimiter in (",", ";", "\t"):
        names = next((cells for _, cells in list_rows(text, delimiter)), [])
        columns = [plain(name) for name in names]
        if 2 <= len(columns) <= COLUMNS and len(set(columns)) == len(columns) and max(map(len, columns)) <= FIELD:
            return Table(columns, dict(zip(columns, (name.strip() for name in names), strict=True)), text, delimiter)
    return None


def plain(name: str) -> str:
    """Return a column's name without what programs write now in one way, now in another."""
    return "".join(character for character in name.casefold() if character.isalnum())


def list_rows(text: str, delimiter: str, *, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of a CSV text, each with the line on which it begins; an empty line is an empty row."""
    # The limit of the csv module is one for the process and would end the reading at the first long field; the text
    # is bounded already, and fields are measured once they are read.
    before = csv.field_size_limit(max(len(text), 1))
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        line = 1
        for number, cells in enumerate(rows):
            if number >= skip:
                yield line, cells
            line = rows.line_num + 1
    except csv.Error:
        raise CannotRead("The file is no well-formed CSV.") from None
    finally:
        csv.field_size_limit(before)

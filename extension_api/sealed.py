"""Which columns hold sealed values, and what place each value is bound to.

A model says it where it declares the column, so there is no list beside the tables that could fall behind: whoever
walks the tables (rotation, the trial of a backup) finds every sealed value. A test holds that no column whose name
begins with `sealed` is declared any other way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, LargeBinary, MetaData, Row, Table
from sqlalchemy.orm import MappedColumn, mapped_column

Place = Callable[[Row[Any]], tuple[UUID, str]]
"""From a row of the table to the `record_id` and `field` that its value is sealed for."""
_MARK: Final = "wayfill_sealed_for"


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values."""

    table: Table
    column: Column[bytes]
    place: Place

    @property
    def name(self) -> str:
        """Table and column, for a person and for a manifest."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def key(self) -> list[Column[Any]]:
        """The columns that tell one row of the table from another."""
        return list(self.table.primary_key.columns)


def sealed_column(place: Place) -> MappedColumn[Any]:
    """Declare a column of sealed values.

    Args:
        place: From a row of the table to the `record_id` and `field` that the value was sealed for.
    """
    return mapped_column(LargeBinary, info={_MARK: place})


def sealed_columns(tables: MetaData) -> list[SealedColumn]:
    """Return every column of sealed values, by name."""
    found = [
        SealedColumn(table, column, column.info[_MARK])
        for table in tables.sorted_tables
        for column in table.columns
        if _MARK in column.info
    ]
    return sorted(found, key=lambda sealed: sealed.name)

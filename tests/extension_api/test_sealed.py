"""No sealed column can be forgotten: each says for what place its values are sealed."""

import importlib
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from extension_api import sealed
from extension_api.db import Base

PACKAGE = Path(sealed.__file__).parent


def undeclared(tables: MetaData) -> list[str]:
    """Return the columns that look sealed and do not say for what place."""
    declared = {found.name for found in sealed.sealed_columns(tables)}
    return [
        name
        for table in tables.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
        and column.name.startswith("sealed")
        and (name := f"{table.name}.{column.name}") not in declared
    ]


def test_every_sealed_column_is_declared() -> None:
    for file in PACKAGE.glob("*/models.py"):
        importlib.import_module(f"extension_api.{file.parent.name}.models")
    found = {column.name for column in sealed.sealed_columns(Base.metadata)}
    assert {"sealed_field.sealed", "field_history.sealed"} <= found
    assert undeclared(Base.metadata) == []


def test_the_command_line_knows_every_table() -> None:
    # What rotates and restores walks the tables that are loaded; one that is not would be left behind.
    code = "import extension_api.cli; from extension_api.db import Base; print(*sorted(Base.metadata.tables))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    for file in PACKAGE.glob("*/models.py"):
        importlib.import_module(f"extension_api.{file.parent.name}.models")
    assert done.stdout.split() == sorted(Base.metadata.tables)


def test_the_rule_bites() -> None:
    tables = MetaData()
    Table("t", tables, Column("id", Integer, primary_key=True), Column("sealed_thing", LargeBinary))
    assert undeclared(tables) == ["t.sealed_thing"]


def test_a_declared_column_knows_its_place() -> None:
    class Own(DeclarativeBase):
        pass

    class Thing(Own):
        __tablename__ = "thing"
        id: Mapped[int] = mapped_column(Integer, primary_key=True)
        sealed_it: Mapped[bytes | None] = sealed.sealed_column(lambda row: (UUID(int=row.id), "it"))

    (column,) = sealed.sealed_columns(Own.metadata)
    assert column.name == "thing.sealed_it"
    assert column.column.nullable
    assert [part.name for part in column.key] == ["id"]
    assert undeclared(Own.metadata) == []

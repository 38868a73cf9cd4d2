"""Carrying every row of an installation from one database to another, whatever engines they are on.

A backup always holds a SQLite file (`container.py`): what lies on PostgreSQL is copied into one from one state, and put
back from it in one transaction. So a backup made on either engine is restored on either, which is also the way
from one to the other. Tables are found in the declarations; none is named here.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Integer, Table, delete, func, insert, select, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from extension_api.db import Base, Database

BATCH: Final = 2_000
"""Rows carried at a time; in memory at once."""


def to_file(source: Database, target: Path) -> None:
    """Copy the state of one moment into a new SQLite file, while the service writes on.

    Raises:
        DatabaseError: It cannot be read or written.
        SetupError: The new file cannot be made.
    """
    target.touch(mode=0o600)  # before there is anything in it
    copy = Database(target)
    try:
        copy.migrate()
        with source.reading() as session, copy.bare() as into:
            # A large table takes longer to read than an honest statement of the service may.
            session.connection().exec_driver_sql("SET LOCAL statement_timeout = 0")
            _carry(session.connection(), into)
    finally:
        copy.close()


def from_file(source: Path, target: Database) -> None:
    """Replace everything in `target`, whose tables are those of today, by what a SQLite file of the same holds.

    It is one transaction: before its end the old state stands, after it the new one.

    Raises:
        DatabaseError: It cannot be read or written; nothing was changed.
    """
    copy = Database(source)
    try:
        with copy.reading() as session, target.bare() as into:
            keys = [key for table in Base.metadata.sorted_tables for key in table.foreign_key_constraints]
            # A row may refer to one that comes later, in its own table too; all of them are checked at the end.
            for key in keys:
                into.execute(DropConstraint(key))
            _carry(session.connection(), into)
            for key in keys:
                into.execute(AddConstraint(key))
            for table in Base.metadata.sorted_tables:
                _count_on(into, table)
    finally:
        copy.close()


def _carry(source: Connection, target: Connection) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        target.execute(delete(table))
    for table in Base.metadata.sorted_tables:
        with source.execution_options(yield_per=BATCH).execute(select(table)) as rows:
            for batch in rows.mappings().partitions():
                target.execute(insert(table), [dict(row) for row in batch])


def _count_on(connection: Connection, table: Table) -> None:
    # Rows that bring their numbers do not move the counter that gives new ones.
    for column in table.primary_key.columns:
        if isinstance(column.type, Integer):
            name = {"table": table.name, "column": column.name}
            sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), name)
            if sequence is not None:
                highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
                connection.execute(select(func.setval(sequence, highest, False)))

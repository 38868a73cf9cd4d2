"""Single statements in the driver's own words, for the few paths that every person takes every minute.

A statement is written once with the tables' own columns, turned into the engine's text at its first use, and sent as it
is from then on: what stands between a view and the driver otherwise costs ten times what the statement does. A question
is its own transaction and sees one state of the database. Nothing here writes unless it is told to `begin`.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect, Engine, Executable
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import SelectBase

_Change = Callable[[Any], Any]


class Statement:
    """A statement whose text is made once for each engine.

    Args:
        written: The statement; what changes from use to use is a `bindparam` in it, the columns of an insertion are.
    """

    def __init__(self, written: Executable) -> None:
        self._written = written
        self._made: dict[str, _Made] = {}

    @property
    def written(self) -> Executable:
        """The statement, for use in a session."""
        return self._written

    def made_for(self, dialect: Dialect) -> "_Made":
        """Return the text and what goes with it."""
        made = self._made.get(dialect.name)
        if made is None:
            made = self._made[dialect.name] = _Made(self._written, dialect)
        return made


class _Made:
    """A statement for one engine: its text, and how values go in and come out."""

    __slots__ = ("_ins", "_names", "_outs", "_positional", "text")

    def __init__(self, written: Executable, dialect: Dialect) -> None:
        compiled = written.compile(dialect=dialect)  # type: ignore[attr-defined]  # every executable element has it
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - narrows the library's type
        self.text = str(compiled)
        self._positional = compiled.positional
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        self._ins: list[tuple[str, _Change | None, Any]] = []
        for name in names or ():
            bound = compiled.binds[name]
            change = bound.type.dialect_impl(dialect).bind_processor(dialect)
            fixed = bound.value if change is None or bound.value is None else change(bound.value)
            self._ins.append((bound.key, change, fixed))
        self._names = list(names or ())  # as the text has them: that of a written value differs from its key
        self._outs: list[tuple[int, _Change]] = []
        if isinstance(written, SelectBase):
            for at, column in enumerate(written.selected_columns):
                change = column.type.dialect_impl(dialect).result_processor(dialect, None)
                if change is not None:
                    self._outs.append((at, change))

    def values(self, given: Mapping[str, Any]) -> Any:
        """Return what the driver takes."""
        put = [
            (given[name] if change is None else change(given[name])) if name in given else fixed
            for name, change, fixed in self._ins
        ]
        return put if self._positional else dict(zip(self._names, put, strict=True))

    def rows(self, found: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Return what the driver gave, as the columns' types have it."""
        if not self._outs:
            return [tuple(row) for row in found]
        changed = []
        for row in found:
            values = list(row)
            for at, change in self._outs:
                values[at] = change(values[at])
            changed.append(tuple(values))
        return changed


class Line:
    """One connection of the driver's own, used by one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._dialect = engine.dialect
        lent = engine.raw_connection()
        driver: Any = lent.driver_connection
        lent.detach()
        self._driver = driver
        self._postgres = self._dialect.name == "postgresql"
        if self._postgres:
            # Each statement is its own transaction; `begin` says otherwise in so many words.
            self._driver.rollback()
            self._driver.autocommit = True

    def ask(self, statement: Statement, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows that a statement finds."""
        made = statement.made_for(self._dialect)
        if self._postgres:
            return made.rows(self._driver.execute(made.text, made.values(given), prepare=True).fetchall())
        return made.rows(self._driver.execute(made.text, made.values(given)).fetchall())

    def do(self, statement: Statement, given: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that gives nothing back, once for each of `given`."""
        made = statement.made_for(self._dialect)
        if self._postgres:
            for each in given:
                self._driver.execute(made.text, made.values(each), prepare=True)
        elif len(given) == 1:
            self._driver.execute(made.text, made.values(given[0]))
        else:
            self._driver.executemany(made.text, [made.values(each) for each in given])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold a writing transaction until the end of the block, which commits it; an exception rolls it back."""
        self._driver.execute("BEGIN" if self._postgres else "BEGIN IMMEDIATE")
        try:
            yield
            self._driver.execute("COMMIT")
        except BaseException:
            self.undo()
            raise

    def undo(self) -> None:
        """Roll back whatever was begun."""
        if self._postgres or self._driver.in_transaction:
            self._driver.execute("ROLLBACK")

    def close(self) -> None:
        """Give the connection back to the system."""
        self._driver.close()


class Lines:
    """The connections of one database: one for each thread that asks, opened at its first question.

    Args:
        engine: The engine whose way of connecting is taken.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = threading.local()
        self._all: list[Line] = []
        self._lock = threading.Lock()

    def ask(self, statement: Statement, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows that a statement finds, which must write nothing.

        Args:
            statement: The statement.
            given: The values of its parameters.

        Raises:
            sqlalchemy.exc.OperationalError: The database did not answer, not at the second attempt either.
        """
        line: Line | None = getattr(self._own, "line", None)
        if line is not None:
            try:
                return line.ask(statement, given)
            except self._broken:
                # A server that was restarted has dropped every connection; a new one is worth one attempt.
                self._drop(line)
        line = self.open()
        self._own.line = line
        try:
            return line.ask(statement, given)
        except self._broken as error:
            self._drop(line)
            raise self.failed(error) from None

    def open(self) -> Line:
        """Return a further connection, closed with the others."""
        line = Line(self._engine)
        with self._lock:
            self._all.append(line)
        return line

    def failed(self, error: BaseException) -> BaseException:
        """Return the error that the service knows for one of the driver's."""
        return OperationalError("a single statement", None, error) if isinstance(error, self._broken) else error

    def close(self) -> None:
        """Close them all; whoever asks again opens another."""
        with self._lock:
            lines, self._all = self._all, []
        for line in lines:
            line.close()
        self._own = threading.local()

    @property
    def _broken(self) -> type[BaseException]:
        broken: type[BaseException] = self._engine.dialect.loaded_dbapi.OperationalError
        return broken

    def drop(self, line: Line) -> None:
        """Close a connection that is of no use any more."""
        with self._lock:
            if line in self._all:
                self._all.remove(line)
        line.close()

    def _drop(self, line: Line) -> None:
        self._own.line = None
        self.drop(line)

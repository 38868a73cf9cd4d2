"""What every command of `wayfill` is made of: an installation that is opened, acts in it, refusals in one sentence.

The kernel's part of the command line. It knows no feature: a feature's own commands (`<feature>/commands.py`) stand on
this file, and `cli.py` puts them together.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from sqlalchemy.orm import Session

from extension_api import installation, locks
from extension_api.clock import SystemClock
from extension_api.crypto import Keyring
from extension_api.db import Database
from extension_api.errors import Problem, SetupError
from extension_api.settings import Settings


class Refused(click.ClickException):
    """A refusal in one sentence."""

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Write the sentence to standard error."""
        click.echo(f"wayfill: {self.message}", err=True)


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation whose database is open."""

    settings: Settings
    database: Database
    keyring: Keyring
    now: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An installation inside one writing transaction."""

    settings: Settings
    session: Session
    keyring: Keyring
    now: int


@contextmanager
def installed(settings: Settings) -> Iterator[Installed]:
    """Open the installation for a command that divides its work into transactions itself.

    Raises:
        Refused: There is none, it does not fit together, or the command was refused.
    """
    if not installation.is_there(settings):
        raise Refused(f"There is no installation in {settings.data}; run: wayfill --data {settings.data} init")
    now = SystemClock().now()
    try:
        with locks.at_work(settings.data):
            installation.prepare(settings, now)
            database, keyring = installation.open_database(settings)
            try:
                yield Installed(settings, database, keyring, now)
            finally:
                database.close()
    except (SetupError, Problem) as error:
        raise Refused(str(error)) from None


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """Open the installation for one act, committed at the end of the block.

    Raises:
        Refused: There is none, it does not fit together, or the act was refused.
    """
    with installed(settings) as found, found.database.writing() as session:
        yield Opened(settings, session, found.keyring, found.now)


def one_line() -> str:
    """Return the one line of standard input that is a password.

    Raises:
        Refused: There is none.
    """
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Refused("Standard input holds no password; give one line.")
    return line

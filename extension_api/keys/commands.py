"""`wayfill key`, `wayfill backup` and `wayfill restore`.

What is asked for goes to standard output, words for the person to standard error. The only command that ever shows a
key is the one that makes a new one, by which nothing is sealed.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from extension_api import commands
from extension_api.clock import SystemClock
from extension_api.commands import Refused
from extension_api.errors import Problem, SetupError
from extension_api.key_source import KeyFile, as_text, new_key, source_of
from extension_api.keys import backup as backups
from extension_api.keys import restore as restores
from extension_api.keys import service
from extension_api.keys.container import Manifest
from extension_api.keys.rotation import Rotated, Rotation
from extension_api.settings import Settings

EVERY: Final = 1.0
"""Seconds between two lines of progress."""


@click.group()
def key() -> None:
    """See and change the master key."""


@key.command()
@click.pass_obj
def show(settings: Settings) -> None:
    """List the keys: id, where they come from, since when, and how many values each seals; never a key itself."""
    with commands.installed(settings) as found:
        with found.database.reading() as session:
            keys = service.keys(session)
        for state in keys:
            what = "seals" if state.seals else "opens" if state.retired_at is None else f"done {_day(state.retired_at)}"
            click.echo(f"{state.id}  {what:<15}  since {_day(state.first_used_at)}  {state.values:,} values")
        click.echo(f"The keys come from {source_of(settings).described}.", err=True)
        if any(state.retired_at is None and not state.seals for state in keys):
            click.echo("The key is being changed; run `wayfill key rotate` to go on if that was interrupted.", err=True)


@key.command("new")
def new() -> None:
    """Print a new key, for an environment or a secret store; nothing is changed by it."""
    click.echo(as_text(new_key()))


@key.command()
@click.pass_obj
def rotate(settings: Settings) -> None:
    """Change the master key while the service serves; goes on with a change that was interrupted."""
    with commands.installed(settings) as found:
        done = Rotation(settings, found.database, found.keyring, SystemClock(), _Progress().show).run()
    click.echo(done.key_id)
    _tell(settings, done)


def _tell(settings: Settings, done: Rotated) -> None:
    began = "The change that was interrupted is done" if done.resumed else "Changed the master key"
    click.echo(f"{began}: {done.key_id} seals, {done.values:,} values were resealed.", err=True)
    old = " and ".join(done.done)
    if done.removed:
        click.echo(f"The old key {old} is gone from {source_of(settings).described}.", err=True)
    else:
        click.echo(f"Nothing is sealed by {old} any more; take it out of {source_of(settings).described}.", err=True)
    if isinstance(source_of(settings), KeyFile):
        click.echo("Keep a copy of the new key file, apart from the backups of the database.", err=True)
    click.echo(f"Backups made before still need {old}: keep that key with them, or make a new backup now.", err=True)


class Backup(click.Group):
    """`wayfill backup FILE`, beside `wayfill backup verify FILE`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take what names no command for the file of a new backup."""
        if args and self.get_command(ctx, args[0]) is None:
            args = ["make", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=Backup)
def backup() -> None:
    """Write a backup: `wayfill backup FILE`; look through one: `wayfill backup verify FILE`."""


@backup.command(hidden=True)
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def make(settings: Settings, file: Path) -> None:
    """Write a backup of the living installation into FILE, with what is sealed as it is; the key is not in it."""
    with commands.installed(settings) as found:
        made = backups.make(settings, found.database, found.keyring, file.absolute(), now=found.now)
    click.echo(str(file))
    click.echo(
        f"Wrote {_described(made)}. The master key is NOT in it: keep {' and '.join(made.keys)} apart, without it"
        " nothing in this backup can be opened.",
        err=True,
    )


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def verify(settings: Settings, file: Path) -> None:
    """Look through the backup FILE: every byte, and every sealed value if its key is at hand."""
    with _refusing():
        found = backups.verify(settings, file)
    click.echo(f"{file} is whole: {_described(found.manifest)}.", err=True)
    if found.values is None:
        click.echo(
            f"Its key {' and '.join(found.missing)} is not here, so nothing in it was opened, and who made it is not"
            " known.",
            err=True,
        )
    elif found.shut:
        raise Refused(f"{len(found.shut):,} of {found.values:,} values in it do not open: {found.shut[0]}, ...")
    else:
        click.echo(f"All {found.values:,} sealed values in it open under the keys at hand.", err=True)
    click.echo("whole")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def restore(settings: Settings, file: Path) -> None:
    """Put the backup FILE in the place of the database, after trying it; the server must be stopped."""
    with _refusing():
        done = restores.restore(settings, file, now=SystemClock().now())
    click.echo(f"Restored {_described(done.manifest)}. Everybody has to sign in again.", err=True)
    if done.replaced is not None:
        click.echo(f"The database that was replaced lies in {done.replaced}.", err=True)


class _Progress:
    """Lines on standard error, one a second."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def show(self, done: int, total: int) -> None:
        if time.monotonic() - self._said >= EVERY:
            self._said = time.monotonic()
            click.echo(f"{done:,} of {total:,} values resealed", err=True)
            sys.stderr.flush()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (SetupError, Problem) as error:
        raise Refused(str(error)) from None


def _described(manifest: Manifest) -> str:
    records = manifest.counts.get("record", 0)
    return (
        f"a backup of {_day(manifest.made_at)}, {records:,} records, revision {manifest.revision},"
        f" sealed by {manifest.key_id}, made by Wayfill {manifest.wayfill}"
    )


def _day(time_: int) -> str:
    return f"{datetime.fromtimestamp(time_, UTC):%Y-%m-%d}"

"""`wayfill import` and `wayfill export`, for whoever has the server.

A line for each entry of the file goes to standard output, counts and warnings to standard error. No secret is printed.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import get_args
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.audit.service import COMMAND_LINE
from extension_api.commands import Installed, installed, one_line
from extension_api.permissions import Permission
from extension_api.settings import Settings
from extension_api.transfer import content, exporting, files, formats, importing
from extension_api.transfer.importing import Fate, Outcome
from extension_api.transfer.items import CannotRead, Reading
from extension_api.transfer.kdbx_keys import Credentials
from extension_api.transfer.places import Target
from extension_api.vault import grants, lists
from extension_api.vault.models import Grant


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--list", "list_name", required=True, metavar="NAME", help="The list it goes into, or its id.")
@click.option("--owner", required=True, metavar="NAME", help="The person who manages that list.")
@click.option("--dry-run", is_flag=True, help="Show what would happen; nothing is written.")
@click.option(
    "--format",
    "form",
    type=click.Choice(formats.NAMES),
    default=formats.AUTO,
    show_default=True,
    help="The format; told by what is in the file.",
)
@click.option("--flat", is_flag=True, help="Make no lists of folders; each item keeps its own as a field.")
@click.option("--password-stdin", is_flag=True, help="Take a database's password from one line of standard input.")
@click.option("--key-file", type=click.Path(path_type=Path), metavar="FILE", help="The key file of a KeePass database.")
@click.pass_obj
def import_command(
    settings: Settings,
    file: Path,
    *,
    list_name: str,
    owner: str,
    dry_run: bool,
    form: str,
    flat: bool,
    password_stdin: bool,
    key_file: Path | None,
) -> None:
    """Put the logins of FILE, another program's export, into a list; running it again changes nothing.

    Folders in it become folders and lists beside that list, with its permissions. FILE may be `-` for standard input.
    Of a KeePass database (.kdbx) the password is asked for; leave it empty if the key file is all it is locked with.
    """
    with installed(settings) as open_:
        reading = _read(file, form, key_file, password_stdin=password_stdin)
        name = "Standard input" if file == content.STANDARD_INPUT else file.name
        click.echo(f"{name} is {reading.form}: {len(reading.items):,} items.", err=True)
        counts = dict.fromkeys(Outcome, 0)
        new_lists = 0
        for fate in _fates(open_, reading, list_name, owner, dry_run=dry_run, flat=flat):
            counts[fate.outcome] += 1
            new_lists += fate.new
            click.echo(_line(fate))
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items() if count) or "nothing in it"
    if new_lists:
        told += f"; {new_lists:,} new list{'' if new_lists == 1 else 's'}"
    click.echo(f"{'Would be' if dry_run else 'Done'}: {told}.", err=True)
    if counts[Outcome.ADDED] and not dry_run and file != content.STANDARD_INPUT and reading.form != formats.LOCKED:
        click.echo(f"Remove {file} now: it holds these secrets in clear.", err=True)


def _read(file: Path, form: str, key_file: Path | None, *, password_stdin: bool) -> Reading:
    if password_stdin and file == content.STANDARD_INPUT:
        raise CannotRead("Standard input is the file itself; its password is asked for without --password-stdin.")
    given = content.from_file(file)
    if not formats.is_locked(given, form):
        if password_stdin or key_file is not None:
            raise CannotRead("The file is not locked; leave --password-stdin and --key-file out.")
        return formats.read(given, form)
    key = None if key_file is None else content.from_file(key_file)
    # Of the terminal, even where the file came by standard input; a password on the command line would be seen by all.
    asked = "Password of the database"
    password = (
        one_line() if password_stdin else click.prompt(asked, hide_input=True, err=True, default="", show_default=False)
    )
    return formats.read(given, form, Credentials(None if key and not password else password, key))


def _fates(
    open_: Installed, reading: Reading, list_name: str, owner: str, *, dry_run: bool, flat: bool
) -> Iterator[Fate]:
    if dry_run:
        with open_.database.reading() as session:
            owner_id = accounts.require(session, owner).id
        existing = _existing(open_, list_name, owner)
        target = Target(COMMAND_LINE, existing, list_name.strip(), owner_id, flat)
        return importing.dry_run(open_.database, open_.keyring, target, reading)
    target = Target(COMMAND_LINE, _owned(open_, list_name, owner), flat=flat)
    return importing.run(open_.database, open_.keyring, target, reading, now=open_.now)


def _line(fate: Fate) -> str:
    linked = f"{fate.links} link{'' if fate.links == 1 else 's'}" if fate.outcome is Outcome.ADDED else ""
    place = f"into {'the new list ' if fate.new else ''}{fate.place}" if fate.place else ""
    words = "; ".join(chain(filter(None, (linked, place)), fate.words))
    return "\t".join(part for part in (fate.where, str(fate.outcome), fate.title, words) if part)


def _existing(open_: Installed, name: str, owner: str) -> UUID | None:
    with open_.database.reading() as session:
        found = lists.meant(session, name, owner=accounts.require(session, owner))
    return found.id if found else None


def _owned(open_: Installed, name: str, owner: str) -> UUID:
    """Return the list, made if there is none, after giving it its owner."""
    existing = _existing(open_, name, owner)
    with open_.database.reading() as session:
        if existing is not None and _manages(session, accounts.require(session, owner), existing):
            return existing
    with open_.database.writing() as session:
        account = accounts.require(session, owner)
        listed = lists.named(session, COMMAND_LINE, name, owner=account, now=open_.now)
        if not _manages(session, account, listed.id):
            grants.give(session, COMMAND_LINE, account, listed, Permission.MANAGE, now=open_.now)
        return listed.id


def _manages(session: Session, account: Account, list_id: UUID) -> bool:
    wanted = select(Grant.id).where(
        Grant.account_id == account.id, Grant.list_id == list_id, Grant.level >= Permission.MANAGE
    )
    return session.scalar(wanted) is not None


@click.command("export")
@click.option(
    "--format", "form", type=click.Choice(get_args(exporting.Format)), required=True, help="How it is written."
)
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, metavar="FILE", help="A new file.")
@click.pass_obj
def export_command(settings: Settings, *, form: exporting.Format, target: Path) -> None:
    """Write every record with its secrets IN CLEAR into a new file; that this was done is on record first."""
    with installed(settings) as open_:
        files.require_new(target)
        with open_.database.writing() as session:
            count = exporting.begin(session, COMMAND_LINE, form, now=open_.now)
        files.write(target, exporting.pieces(open_.database, open_.keyring, COMMAND_LINE, form))
    click.echo(str(target))
    click.echo(f"Wrote {count:,} records. {exporting.WARNING}", err=True)
    if form == "csv":
        click.echo("Do not open it in a spreadsheet: it may take a field for a formula.", err=True)

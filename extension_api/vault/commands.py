"""`wayfill record`, `link`, `list` and `grant`: the vault, for whoever is at the server itself.

Nothing asks here what the person at the command line may do: they hold the database and its key. All is on record.
"""

from uuid import UUID

import click
from sqlalchemy import select

from extension_api.accounts import service as accounts
from extension_api.audit.service import COMMAND_LINE
from extension_api.commands import Opened, Refused, one_line, opened
from extension_api.people import groups
from extension_api.permissions import Permission
from extension_api.settings import Settings
from extension_api.vault import folders, grants, links, lists, records
from extension_api.vault.grants import Holder, Target
from extension_api.vault.models import Folder, Record, RecordList
from matcher import Strategy

STRATEGIES = click.Choice([strategy.value for strategy in Strategy])
LEVELS = click.Choice([*(level.name.lower() for level in Permission), "none"])


@click.group()
def record() -> None:
    """Add records."""


@record.command("add")
@click.option("--title", required=True, help="What people call it.")
@click.option("--url", required=True, help="Its first address.")
@click.option("--strategy", type=STRATEGIES, default="domain", show_default=True, help="How the address matches.")
@click.option("--expression", help="For the strategy regex: the expression that the whole address matches.")
@click.option("--username", required=True, help="The name to sign in with.")
@click.option("--list", "list_name", default="Team", show_default=True, help="The list that it goes into, or its id.")
@click.option("--owner", help="Who manages it.")
@click.option("--fill", "fillers", multiple=True, metavar="NAME", help="Who may fill it; may be repeated.")
@click.option("--edit", "editors", multiple=True, metavar="NAME", help="Who may edit it; may be repeated.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@click.pass_obj
def record_add(
    settings: Settings,
    *,
    title: str,
    url: str,
    strategy: str,
    expression: str | None,
    username: str,
    list_name: str,
    owner: str | None,
    fillers: tuple[str, ...],
    editors: tuple[str, ...],
    password_stdin: bool,
) -> None:
    """Add a record; prints its id."""
    password = one_line() if password_stdin else click.prompt("Password", hide_input=True, err=True)
    with opened(settings) as open_:
        account = accounts.require(open_.session, owner) if owner is not None else None
        found = lists.named(open_.session, COMMAND_LINE, list_name, owner=account, now=open_.now)
        new = records.NewRecord(title=title, username=username, password=password, list_id=found.id)
        made = records.add(open_.session, open_.keyring, COMMAND_LINE, new, now=open_.now)
        links.add(open_.session, COMMAND_LINE, made, url, strategy, expression=expression, now=open_.now)
        levels = dict.fromkeys(fillers, Permission.FILL) | dict.fromkeys(editors, Permission.EDIT)
        if owner is not None:
            levels[owner] = Permission.MANAGE
        for name, level in levels.items():
            grants.give(open_.session, COMMAND_LINE, accounts.require(open_.session, name), made, level, now=open_.now)
    click.echo(str(made.id))


@click.group()
def link() -> None:
    """Link addresses to records."""


@link.command("add")
@click.argument("record_id", type=click.UUID)
@click.argument("url")
@click.option("--strategy", type=STRATEGIES, default="host", show_default=True, help="How the address matches.")
@click.option("--expression", help="For the strategy regex: the expression that the whole address matches.")
@click.option("--veto", is_flag=True, help="Keep the record from what matches, instead.")
@click.pass_obj
def link_add(
    settings: Settings, record_id: UUID, url: str, strategy: str, expression: str | None, *, veto: bool
) -> None:
    """Link URL to the record RECORD_ID."""
    with opened(settings) as open_:
        found = open_.session.get(Record, record_id)
        if found is None:
            raise Refused(f"There is no record {record_id}.")
        added = links.add(
            open_.session, COMMAND_LINE, found, url, strategy, veto=veto, expression=expression, now=open_.now
        )
    click.echo(f"{added.url} ({added.strategy})")


@click.group("list")
def list_() -> None:
    """Add and show lists of records."""


@list_.command("add")
@click.argument("name")
@click.option("--folder", "path", help="The folder that it lies in, as `Group / Subgroup`; made if it is not there.")
@click.pass_obj
def list_add(settings: Settings, name: str, path: str | None) -> None:
    """Add the list NAME; prints its id."""
    with opened(settings) as open_:
        folder = _folder(open_, path) if path else None
        made = lists.add(open_.session, COMMAND_LINE, name, folder, now=open_.now)
    click.echo(str(made.id))


@list_.command("ls")
@click.pass_obj
def list_ls(settings: Settings) -> None:
    """Show every list: its id, where it lies, its name."""
    with opened(settings) as open_:
        rows = open_.session.scalars(select(RecordList).order_by(RecordList.name, RecordList.id)).all()
        shown = [(str(row.id), *_trail(open_, row), row.name) for row in rows]
    for list_id, *path in shown:
        click.echo(f"{list_id}  {' / '.join(path)}")


@click.command()
@click.argument("target", metavar="RECORD|LIST")
@click.argument("name")
@click.argument("level", type=LEVELS)
@click.option("--group", "to_group", is_flag=True, help="NAME is a group, where a person has that name too.")
@click.pass_obj
def grant(settings: Settings, target: str, name: str, level: str, *, to_group: bool) -> None:
    """Give the person or group NAME a LEVEL on a record (by id) or a list (by id or name); `none` takes it back."""
    with opened(settings) as open_:
        found, holder = _target(open_, target), _holder(open_, name, to_group=to_group)
        if level == "none":
            grants.take_from(open_.session, COMMAND_LINE, holder, found, now=open_.now)
        else:
            grants.give(open_.session, COMMAND_LINE, holder, found, Permission[level.upper()], now=open_.now)
    click.echo(f"{holder.name}: {level}")


def _target(open_: Opened, given: str) -> Target:
    wanted = _uuid(given)
    if wanted is not None:
        found = open_.session.get(Record, wanted) or open_.session.get(RecordList, wanted)
        if found is None:
            raise Refused(f"There is no record and no list {wanted}.")
        return found
    named = open_.session.scalars(select(RecordList).where(RecordList.name == given.strip()).limit(2)).all()
    if len(named) != 1:
        many = "Several lists are" if named else "No list is"
        raise Refused(f"{many} named {given}; give an id, as `wayfill list ls` shows it.")
    return named[0]


def _holder(open_: Opened, name: str, *, to_group: bool) -> Holder:
    person = None if to_group else accounts.find(open_.session, name)
    group = groups.find(open_.session, name)
    if person is not None and group is not None:
        raise Refused(f"{person.name} is a person and a group; add --group if the group is meant, else rename it.")
    if person is None and group is None:
        raise Refused(f"There is no {'group' if to_group else 'person or group'} named {name}.")
    found = person or group
    assert found is not None  # noqa: S101 - one of the two is there, as the refusals above say
    return found


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def _folder(open_: Opened, path: str) -> Folder:
    folder: Folder | None = None
    for name in (part.strip() for part in path.split("/")):
        parent_id = folder.id if folder else None
        wanted = select(Folder).where(Folder.parent_id == parent_id, Folder.name == name).limit(1)
        found = open_.session.scalar(wanted)
        folder = found or folders.add(open_.session, COMMAND_LINE, name, folder, now=open_.now)
    assert folder is not None  # noqa: S101 - a text has a first part
    return folder


def _trail(open_: Opened, row: RecordList) -> list[str]:
    if row.folder_id is None:
        return []
    return [folder.name for folder in folders.trail(open_.session, open_.session.get_one(Folder, row.folder_id))]

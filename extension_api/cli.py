"""The `wayfill` command: set up, add people, records and links, serve.

This is one of the kernel modules that may name features (see `__init__.py`). Answers go to standard output, words for
the person to standard error; a refusal is one sentence and exit status 1, never a traceback.
"""

import os
import sys
from pathlib import Path

import click

from extension_api import installation, serving
from extension_api.accounts import service as accounts
from extension_api.audit import commands as audit_commands
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SystemClock
from extension_api.commands import Opened, Refused, opened
from extension_api.errors import SetupError
from extension_api.permissions import Permission
from extension_api.sessions.commands import throttle
from extension_api.settings import Settings, from_environment, process_environment
from extension_api.vault import grants, links, lists, records
from extension_api.vault.models import Record
from matcher import Strategy

STRATEGIES = click.Choice([strategy.value for strategy in Strategy if strategy is not Strategy.REGEX])


@click.group()
@click.option("--data", type=click.Path(path_type=Path), help="The data folder (default: WAYFILL_DATA).")
@click.version_option(package_name="wayfill")
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    """Fill logins that span several pages and several hosts."""
    # Whatever this process writes holds secrets or their addresses: it is its owner's alone.
    os.umask(0o077)
    try:
        context.obj = from_environment(process_environment(), data=data)
    except SetupError as error:
        raise Refused(str(error)) from None


@main.command()
@click.option("--administrator", default="admin", show_default=True, help="Name of the first administrator.")
@click.pass_obj
def init(settings: Settings, administrator: str) -> None:
    """Set up the data folder, the key, the database and the first administrator; harmless to repeat."""
    try:
        installation.prepare(settings, SystemClock().now())
    except SetupError as error:
        raise Refused(str(error)) from None
    with opened(settings) as open_:
        if accounts.any_administrator_ready(open_.session):
            click.echo(f"Wayfill is set up in {settings.data}; an administrator has signed up already.", err=True)
            return
        account = accounts.find(open_.session, administrator) or accounts.add(
            open_.session, COMMAND_LINE, administrator, administrator=True, now=open_.now
        )
        link = _setup_link(open_, accounts.issue_setup_code(account, now=open_.now))
    click.echo(
        f"Wayfill is set up in {settings.data}. Set the password of {account.name}, once, within a day:", err=True
    )
    click.echo(link)


@main.command()
@click.option("--host", help="Address to listen on (default: 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (default: 7845).")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the API and the console."""
    try:
        chosen = from_environment(process_environment(), data=settings.data, host=host, port=port)
        installation.prepare(chosen, SystemClock().now())
        serving.serve(chosen)
    except SetupError as error:
        raise Refused(str(error)) from None


@main.group()
def user() -> None:
    """Add people."""


@user.command("add")
@click.argument("name")
@click.option("--administrator", is_flag=True, help="They administer the installation.")
@click.option("--password-stdin", is_flag=True, help="Read their password from standard input.")
@click.pass_obj
def user_add(settings: Settings, name: str, *, administrator: bool, password_stdin: bool) -> None:
    """Add the person NAME; prints a one-time link to set a password, unless one is given."""
    password = _one_line() if password_stdin else None
    with opened(settings) as open_:
        account = accounts.add(open_.session, COMMAND_LINE, name, administrator=administrator, now=open_.now)
        if password is not None:
            accounts.set_password(open_.session, account, password, who=COMMAND_LINE, now=open_.now)
            shown = account.name
        else:
            shown = _setup_link(open_, accounts.issue_setup_code(account, now=open_.now))
    click.echo(shown)


@main.group()
def record() -> None:
    """Add records."""


@record.command("add")
@click.option("--title", required=True, help="What people call it.")
@click.option("--url", required=True, help="Its first address.")
@click.option("--strategy", type=STRATEGIES, default="domain", show_default=True, help="How the address matches.")
@click.option("--username", required=True, help="The name to sign in with.")
@click.option("--list", "list_name", default="Team", show_default=True, help="The list that it goes into.")
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
    username: str,
    list_name: str,
    owner: str | None,
    fillers: tuple[str, ...],
    editors: tuple[str, ...],
    password_stdin: bool,
) -> None:
    """Add a record; prints its id."""
    password = _one_line() if password_stdin else click.prompt("Password", hide_input=True, err=True)
    with opened(settings) as open_:
        list_id = lists.named(open_.session, COMMAND_LINE, list_name, now=open_.now).id
        new = records.NewRecord(title=title, username=username, password=password, list_id=list_id)
        made = records.add(open_.session, open_.keyring, COMMAND_LINE, new, now=open_.now)
        links.add(open_.session, COMMAND_LINE, made, url, strategy, now=open_.now)
        levels = dict.fromkeys(fillers, Permission.FILL) | dict.fromkeys(editors, Permission.EDIT)
        if owner is not None:
            levels[owner] = Permission.MANAGE
        for name, level in levels.items():
            grants.give(open_.session, COMMAND_LINE, accounts.require(open_.session, name), made, level, now=open_.now)
    click.echo(str(made.id))


@main.group()
def link() -> None:
    """Link addresses to records."""


@link.command("add")
@click.argument("record_id", type=click.UUID)
@click.argument("url")
@click.option("--strategy", type=STRATEGIES, default="host", show_default=True, help="How the address matches.")
@click.pass_obj
def link_add(settings: Settings, record_id: object, url: str, strategy: str) -> None:
    """Link URL to the record RECORD_ID."""
    with opened(settings) as open_:
        found = open_.session.get(Record, record_id)
        if found is None:
            raise Refused(f"There is no record {record_id}.")
        added = links.add(open_.session, COMMAND_LINE, found, url, strategy, now=open_.now)
    click.echo(f"{added.url} ({added.strategy})")


main.add_command(throttle)
main.add_command(audit_commands.audit)


def _setup_link(open_: Opened, code: str) -> str:
    # The code stands in the fragment, which no browser sends and no server logs.
    return f"{open_.settings.public_url}/console/welcome#{code}"


def _one_line() -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Refused("Standard input holds no password; give one line.")
    return line

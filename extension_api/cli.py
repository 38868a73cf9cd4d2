"""The `wayfill` command: set up, add people, records and links, serve.

This is one of the kernel modules that may name features (see `__init__.py`). Answers go to standard output, words for
the person to standard error; a refusal is one sentence and exit status 1, never a traceback.
"""

import os
from pathlib import Path

import click

from extension_api import installation, serving
from extension_api.accounts import service as accounts
from extension_api.audit import commands as audit_commands
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SystemClock
from extension_api.commands import Refused, opened
from extension_api.doctor import doctor
from extension_api.errors import SetupError
from extension_api.generate.commands import rules
from extension_api.keys.commands import backup, key, restore
from extension_api.matching.commands import why
from extension_api.people.commands import user
from extension_api.people.group_commands import group
from extension_api.redirects.commands import affiliations, resolve
from extension_api.sessions.commands import throttle
from extension_api.settings import Settings, from_environment, process_environment
from extension_api.transfer.commands import export_command, import_command
from extension_api.vault.commands import grant, link, list_, record


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
        link = accounts.setup_link(settings, accounts.issue_setup_code(account, now=open_.now))
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


for command in (record, link, list_, grant, group, rules, import_command, export_command, resolve, why, affiliations):
    main.add_command(command)
main.add_command(throttle)
main.add_command(audit_commands.audit)
main.add_command(user)
main.add_command(key)
main.add_command(backup)
main.add_command(restore)
main.add_command(doctor)

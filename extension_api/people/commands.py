"""`wayfill user`: adding people, letting them in again and shutting them out, for whoever is at the server itself."""

import click

from extension_api.accounts import service as accounts
from extension_api.accounts.passwords import Hashed, hash_password
from extension_api.audit.service import COMMAND_LINE
from extension_api.commands import Installed, installed, one_line, opened
from extension_api.factors import second
from extension_api.people import service as people
from extension_api.policy import minimum_password_length
from extension_api.settings import Settings


@click.group()
def user() -> None:
    """Add people, let them in again, shut them out."""


@user.command("add")
@click.argument("name")
@click.option("--administrator", is_flag=True, help="They administer the installation.")
@click.option("--password-stdin", is_flag=True, help="Read their password from standard input.")
@click.pass_obj
def user_add(settings: Settings, name: str, *, administrator: bool, password_stdin: bool) -> None:
    """Add the person NAME; prints a one-time link to set a password, unless one is given."""
    password = one_line() if password_stdin else None
    with installed(settings) as found:
        hashed = _hashed(found, password) if password is not None else None
        with found.database.writing() as session:
            account = accounts.add(session, COMMAND_LINE, name, administrator=administrator, now=found.now)
            if hashed is not None:
                accounts.set_password(session, account, hashed, who=COMMAND_LINE, now=found.now)
                shown = account.name
            else:
                shown = accounts.setup_link(settings, accounts.issue_setup_code(account, now=found.now))
    click.echo(shown)


@user.command("reset")
@click.argument("name")
@click.pass_obj
def user_reset(settings: Settings, name: str) -> None:
    """Print a new one-time link with which NAME sets a new password; it is good for a day."""
    with opened(settings) as open_:
        account = accounts.require(open_.session, name)
        code = accounts.reset(open_.session, COMMAND_LINE, account, now=open_.now)
    click.echo(accounts.setup_link(settings, code))


@user.command("disable")
@click.argument("name")
@click.pass_obj
def user_disable(settings: Settings, name: str) -> None:
    """Shut NAME out at once; all their sessions end."""
    with opened(settings) as open_:
        account = accounts.require(open_.session, name)
        people.disable(open_.session, COMMAND_LINE, account, now=open_.now)
    click.echo(account.name)


@user.command("enable")
@click.argument("name")
@click.pass_obj
def user_enable(settings: Settings, name: str) -> None:
    """Let the disabled NAME sign in again."""
    with opened(settings) as open_:
        account = accounts.require(open_.session, name)
        people.enable(open_.session, COMMAND_LINE, account, now=open_.now)
    click.echo(account.name)


@user.group("second-factor")
def user_second_factor() -> None:
    """For who has lost the device that makes their codes."""


@user_second_factor.command("remove")
@click.argument("name")
@click.pass_obj
def user_second_factor_remove(settings: Settings, name: str) -> None:
    """Take the one-time codes and recovery codes of NAME away: their password alone signs them in."""
    with opened(settings) as open_:
        account = accounts.require(open_.session, name)
        second.remove(open_.session, COMMAND_LINE, account, now=open_.now)
    click.echo(account.name)


def _hashed(found: Installed, password: str) -> Hashed:
    # Hashed before the transaction that stores it, so that a running server is not kept waiting.
    with found.database.reading() as reading:
        minimum = minimum_password_length(reading)
    return hash_password(password, minimum=minimum)

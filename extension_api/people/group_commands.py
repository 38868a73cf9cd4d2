"""`wayfill group`: groups of people, for whoever is at the server itself."""

import click

from extension_api.accounts import service as accounts
from extension_api.audit.service import COMMAND_LINE
from extension_api.commands import opened
from extension_api.people import groups
from extension_api.settings import Settings


@click.group()
def group() -> None:
    """Add groups of people, and say who belongs to them."""


@group.command("add")
@click.argument("name")
@click.pass_obj
def group_add(settings: Settings, name: str) -> None:
    """Add the group NAME."""
    with opened(settings) as open_:
        made = groups.add(open_.session, COMMAND_LINE, name, now=open_.now)
    click.echo(made.name)


@group.command("member")
@click.argument("name")
@click.argument("person")
@click.option("--remove", is_flag=True, help="Take them out of it instead.")
@click.pass_obj
def group_member(settings: Settings, name: str, person: str, *, remove: bool) -> None:
    """Put PERSON into the group NAME."""
    with opened(settings) as open_:
        found = groups.require_named(open_.session, name)
        account = accounts.require(open_.session, person)
        if remove:
            groups.remove_member(open_.session, COMMAND_LINE, found, account.id, now=open_.now)
        else:
            groups.add_member(open_.session, COMMAND_LINE, found, account, now=open_.now)
    click.echo(f"{account.name} {'is no longer in' if remove else 'is in'} {found.name}")

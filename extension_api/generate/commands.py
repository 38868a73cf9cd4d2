"""`wayfill rules`: the password rules of sites."""

from pathlib import Path

import click

from extension_api.audit.service import COMMAND_LINE
from extension_api.commands import opened
from extension_api.generate import service
from extension_api.settings import Settings


@click.group()
def rules() -> None:
    """Keep the password rules of sites."""


@rules.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def rules_import(settings: Settings, file: Path) -> None:
    """Put the rules in FILE, of the format of Apple's password-rules.json, in place of those there are."""
    text = file.read_bytes()
    with opened(settings) as open_:
        imported = service.replace_all(open_.session, COMMAND_LINE, text, now=open_.now)
    for site, reason in imported.refused.items():
        click.echo(f"wayfill: {site} was left out: {reason}", err=True)
    click.echo(f"{imported.sites} sites")

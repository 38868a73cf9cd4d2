"""`wayfill resolve` and `wayfill affiliations`: a login chain walked from the server, and which sites share a login."""

from pathlib import Path

import click
import msgspec

from extension_api import policy
from extension_api.audit.service import COMMAND_LINE
from extension_api.commands import Refused, installed, opened
from extension_api.redirects import affiliations as service
from extension_api.redirects import names, running
from extension_api.redirects.client import Client
from extension_api.redirects.ends import ARRIVED, WORDS
from extension_api.redirects.steps import Chain
from extension_api.redirects.walk import walk
from extension_api.redirects.wall import Wall
from extension_api.settings import Settings


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print the chain as JSON.")
@click.pass_obj
def resolve(settings: Settings, url: str, *, as_json: bool) -> None:
    """Walk the login chain that begins at URL, as the service would; nothing is stored."""
    with installed(settings) as found, found.database.reading() as session:
        wall = Wall.of(policy.read(session, settings))
    known = names.of_file(settings.hosts_file) if settings.hosts_file else names.system
    chain = walk(Client(wall, known, running.trust()), url if "://" in url else f"https://{url}")
    click.echo(_json(chain) if as_json else _table(chain))
    if chain.end not in ARRIVED:
        raise Refused(WORDS[chain.end])


@click.group()
def affiliations() -> None:
    """Keep which sites share one login."""


@affiliations.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def affiliations_import(settings: Settings, file: Path) -> None:
    """Put the groups in FILE, of the format of Apple's shared-credentials.json, in place of those imported before."""
    text = file.read_bytes()
    with opened(settings) as open_:
        imported = service.import_file(open_.session, COMMAND_LINE, text, now=open_.now)
    for reason in imported.refused:
        click.echo(f"wayfill: {reason}; left out", err=True)
    click.echo(f"{imported.groups} groups")


def _json(chain: Chain) -> str:
    told = {"hops": msgspec.to_builtins(chain.hops), "end": chain.end.value, "explanation": WORDS[chain.end]}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _table(chain: Chain) -> str:
    rows = [("", "how", "status", "ms", "certificate", "address")]
    rows += [
        (
            str(number),
            hop.how.value,
            str(hop.status or "-"),
            str(hop.ms if hop.ms is not None else "-"),
            hop.certificate or "-",
            hop.address,
        )
        for number, hop in enumerate(chain.hops, 1)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    ]
    return "\n".join([*lines, WORDS[chain.end]])

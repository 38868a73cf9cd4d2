"""`wayfill throttle`: what is kept from signing in, and lifting it, for whoever is at the server itself.

It stands here rather than with `throttle` because it tells people by their names, which `throttle` does not know.
"""

import contextlib
from datetime import UTC, datetime

import click

from extension_api.accounts import service as accounts
from extension_api.audit.service import COMMAND_LINE
from extension_api.commands import Refused, opened
from extension_api.errors import NotFound
from extension_api.settings import Settings
from extension_api.throttle import blocks
from extension_api.throttle.models import Scope

SHOWN_ID = 12
"""Characters of a block's id that are shown; enough to tell blocks apart."""


@click.group()
def throttle() -> None:
    """See and lift what is kept from signing in."""


@throttle.command("list")
@click.pass_obj
def list_blocks(settings: Settings) -> None:
    """Print what is blocked: id, who or what, judged and refused attempts, since and until when (UTC)."""
    with opened(settings) as open_:
        names = accounts.all_names(open_.session)
        for block in blocks.blocked(open_.session, names, now=open_.now):
            counted = f"{block.attempts} people" if block.scope is Scope.ADDRESS else f"{block.attempts} attempts"
            words = (block.id[:SHOWN_ID], str(block), counted, f"{block.refused} refused", _moment(block.since))
            click.echo("\t".join((*words, _moment(block.until))))


@throttle.command("lift")
@click.argument("block_id", required=False)
@click.option("--all", "every", is_flag=True, help="Lift everything that is blocked.")
@click.pass_obj
def lift(settings: Settings, block_id: str | None, *, every: bool) -> None:
    """Lift the block BLOCK_ID, as `throttle list` prints it."""
    if every == (block_id is not None):
        raise Refused("Give the id of a block, as `wayfill throttle list` prints it, or --all.")
    with opened(settings) as open_:
        names = accounts.all_names(open_.session)
        found = blocks.blocked(open_.session, names, now=open_.now)
        wanted = [block for block in found if every or block.id.startswith((block_id or "").lower())]
        if not every and len(wanted) != 1:
            raise Refused(f"{'No block has' if not wanted else 'Several blocks have'} the id {block_id}.")
        for block in wanted:
            # Lifting one block may have ended another that counted the same attempts.
            with contextlib.suppress(NotFound):
                blocks.lift(open_.session, settings, COMMAND_LINE, block.id, names, now=open_.now)
            click.echo(str(block))


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

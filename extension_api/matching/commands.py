"""`wayfill why`: which records of a person match a page, by which link and why, and why others do not."""

from uuid import UUID

import click
import msgspec

from extension_api import revision
from extension_api.accounts import service as accounts
from extension_api.commands import installed
from extension_api.matching import why as service
from extension_api.matching.why import Told, Why
from extension_api.settings import Settings


@click.command()
@click.argument("url")
@click.option("--user", required=True, help="Whose records.")
@click.option("--record", "record_id", type=click.UUID, help="Of which record alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_obj
def why(settings: Settings, url: str, user: str, record_id: UUID | None, *, as_json: bool) -> None:
    """Tell which records of a person match the page URL, and why, and why others do not."""
    with installed(settings) as opened, opened.database.reading() as session:
        account = accounts.require(session, user)
        at = revision.current(session)
        personal = service.of_account(session, account.id, account.name, administrator=account.administrator, at=at)
        found = service.explain(personal, url if "://" in url else f"https://{url}", record_id=record_id)
    click.echo(_json(found) if as_json else _table(found))


def _json(found: Why) -> str:
    told = {
        "url": found.url.href,
        "matches": [_told(each) for each in found.matches],
        "others": [_told(each) for each in found.others],
        "more": found.more,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _told(each: Told) -> dict[str, object]:
    told: dict[str, object] = {"record_id": each.record_id, "title": each.title, "reason": each.reason}
    if each.match is not None:
        link = {"url": each.match.link.url, "strategy": each.match.link.strategy.value}
        told |= {"link": link, "strength": each.match.strength.value, "close": each.match.close}
    return told


def _table(found: Why) -> str:
    lines = [found.url.href]
    for each in found.matches:
        assert each.match is not None  # noqa: S101 - they are those that match
        link = each.match.link
        lines += [
            f"matches   {each.title}  {each.record_id}",
            f"          by {link.url} ({link.strategy}): {each.reason}",
        ]
    for each in found.others:
        lines += [f"does not  {each.title}  {each.record_id}", f"          {each.reason}"]
    if not found.matches:
        lines.append("No record matches.")
    return "\n".join(lines)

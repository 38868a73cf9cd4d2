"""`wayfill audit`: verify, export, archive. For whoever has the server; the console has the search."""

import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, NoReturn, get_args
from uuid import UUID

import click

from extension_api.audit import archive, archive_file, chain, export, service, verify, witness
from extension_api.audit.archive_file import Damaged
from extension_api.audit.service import COMMAND_LINE, Action, Wanted
from extension_api.audit.verify import Verdict
from extension_api.commands import Installed, Refused, installed
from extension_api.errors import SetupError
from extension_api.settings import Settings

DAY: Final = 24 * 3600
SHOWN: Final = 50
"""Findings that are printed; how many there are in all is said."""
MOMENT: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


@click.group()
def audit() -> None:
    """Verify, export and archive the audit."""


@audit.command("verify")
@click.option("--file", "files", multiple=True, type=click.Path(path_type=Path), help="An archive instead.")
@click.option("--passes", multiple=True, metavar="ID:DIGEST", help="A point that was noted down from an earlier run.")
@click.option("--accept-restored", is_flag=True, help="The database was put back from a backup, on purpose.")
@click.pass_obj
def verify_command(
    settings: Settings, *, files: tuple[Path, ...], passes: tuple[str, ...], accept_restored: bool
) -> None:
    """Find every event that is altered, missing, invented or out of its place; exit status 1 if there is one."""
    with installed(settings) as open_:
        if files:
            for file in files:
                _verify_file(open_, file)
            return
        if accept_restored:
            witness.forget(settings.data)
            with open_.database.writing() as session:
                detail = "an older state of the audit was accepted"
                service.record(session, COMMAND_LINE, Action.BACKUP_RESTORE, now=open_.now, detail=detail)
        # Read before the transaction begins, so that what the service writes down meanwhile is not taken for a loss.
        seen, waypoints = witness.read(settings.data), dict(_waypoint(text) for text in passes)
        with open_.database.reading() as session:
            verdict = verify.table(session, seen, waypoints)
        if verdict.findings:
            _refuse(verdict, "The audit does not verify")
        with open_.database.reading() as session:
            witness.look(session, settings.data)
    click.echo(f"{verdict.events} events verify.")
    for event_id, digest in verdict.ends.items():
        click.echo(f"The chain has come to {event_id}:{digest.hex()}")


@audit.command("export")
@click.option("--format", "form", type=click.Choice(get_args(export.Format)), required=True, help="How it is written.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="The file (default: standard output).")
@click.option("--person", help="Only what this person did, by the name they sign in with.")
@click.option("--action", type=click.Choice([action.value for action in Action]), help="Only this act.")
@click.option("--record", type=click.UUID, help="Only what was done with this record.")
@click.option("--page-host", help="Only what was done for pages on this host.")
@click.option("--since", type=MOMENT, help="Not before this day or time, UTC.")
@click.option("--until", type=MOMENT, help="Before this day or time, UTC.")
@click.pass_obj
def export_command(
    settings: Settings,
    *,
    form: export.Format,
    to: Path | None,
    person: str | None,
    action: str | None,
    record: UUID | None,
    page_host: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Write events, oldest first, as CSV or JSON lines; that this was done is on record first."""
    wanted = Wanted(
        person=service.name_as_stored(person) if person is not None else None,
        action=action,
        record_id=record,
        page_host=page_host,
        since=_seconds(since),
        until=_seconds(until),
    )
    with installed(settings) as open_:
        with open_.database.writing() as session:
            service.record_export(session, COMMAND_LINE, wanted, form, now=open_.now)
        try:
            with to.open("xb") if to is not None else nullcontext(sys.stdout.buffer) as out:
                _write(open_, wanted, form, out)
        except FileExistsError:
            raise Refused(f"{to} is there already; it is never written over.") from None
        except OSError as error:
            raise Refused(f"{to or 'Standard output'} cannot be written: {error.strerror}.") from None


@audit.command("archive")
@click.option("--older-than", type=click.IntRange(min=0), metavar="DAYS", help="Everything that is older.")
@click.option("--keep", type=click.IntRange(min=0), metavar="ROWS", help="The oldest, until so many are left.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="The file (default: in the data folder).")
@click.pass_obj
def archive_command(settings: Settings, *, older_than: int | None, keep: int | None, to: Path | None) -> None:
    """Move the oldest events to a file that still verifies; prints its path if there were any."""
    if (older_than is None) == (keep is None):
        raise Refused("Say what to archive: --older-than DAYS or --keep ROWS.")
    folder = settings.data / archive.FOLDER
    with installed(settings) as open_, archive.only_archiver(open_.database):
        if to is None and (left := archive.unfinished(open_.database, open_.keyring, folder)) is not None:
            archive.archive(open_.database, open_.keyring, COMMAND_LINE, 0, left, open_.now)
        with open_.database.reading() as session:
            if older_than is not None:
                upto = archive.older_than(session, open_.now - older_than * DAY)
            else:
                upto = archive.beyond(session, keep or 0)
        try:
            file = to or archive.new_file(folder, open_.now)
            done = archive.archive(open_.database, open_.keyring, COMMAND_LINE, upto, file, open_.now)
        except Damaged as error:
            _refuse(error.verdict, "Nothing was removed")
        except OSError as error:
            raise Refused(f"The archive cannot be written: {error.strerror}.") from None
    if done.events:
        click.echo(str(done.file))
    click.echo(f"{done.events} events were moved.", err=True)


def _verify_file(open_: Installed, file: Path) -> None:
    with open_.database.reading() as session:
        keys = {head.lane: head.key for head in chain.heads(session)}
    try:
        whole = archive_file.verify(file, open_.keyring, keys)
    except Damaged as error:
        _refuse(error.verdict, f"{file} does not verify")
    click.echo(f"{file}: {whole.events} events verify.")
    for reached in whole.lanes.values():
        first, last = reached.after * chain.STRIDE + reached.lane, reached.upto * chain.STRIDE + reached.lane
        click.echo(f"It goes on from {first} to {last}:{reached.digest.hex()}")


def _refuse(verdict: Verdict, words: str) -> NoReturn:
    for finding in verdict.findings[:SHOWN]:
        place = f"event {finding.event_id}: " if finding.event_id else ""
        click.echo(f"  {place}{finding.words}", err=True)
    count = len(verdict.findings)
    raise Refused(f"{words}: {count} finding{'s' if count > 1 else ''}.")


def _write(open_: Installed, wanted: Wanted, form: export.Format, out: BinaryIO) -> None:
    out.writelines(export.export(open_.database, wanted, form))
    out.flush()


def _waypoint(text: str) -> tuple[int, bytes]:
    event_id, _, digest = text.partition(":")
    try:
        return int(event_id), bytes.fromhex(digest)
    except ValueError:
        raise SetupError(f"{text!r} is no point of the chain; it looks like 4711:0f3a...") from None


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.replace(tzinfo=UTC).timestamp()) if moment is not None else None

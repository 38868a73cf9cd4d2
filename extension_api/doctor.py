"""`wayfill doctor`: the usual faults of an installation, each with what to do. It looks and changes nothing.

A finding is a sentence for the person who looks after the machine. What is merely unwise is a warning and leaves the
exit status at 0; what keeps the service from starting or from filling is a fault.
"""

import datetime as dt
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

from extension_api import installation
from extension_api.clock import SystemClock
from extension_api.errors import SetupError
from extension_api.settings import Settings
from matcher import suffixes

SUFFIX_LIST_DAYS: Final = 90
"""Days after which the Public Suffix List is old: sites registered since under new suffixes are then told
apart wrongly."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        grave: Whether it keeps the service from working; `None` if all is well.
        text: What was found and what to do.
    """

    grave: bool | None
    text: str


def examine(settings: Settings, now: int) -> Iterator[Finding]:
    """Look an installation over.

    Args:
        settings: How the installation is set up.
        now: The time, in seconds since the epoch.
    """
    yield suffix_list(suffixes.current().date, dt.datetime.fromtimestamp(now, dt.UTC).date())
    if not settings.database_file.exists():
        yield Finding(True, f"There is no installation in {settings.data}; run: wayfill --data {settings.data} init")
        return
    yield _folder(settings)
    try:
        database, _ = installation.open_database(settings)
    except SetupError as error:
        yield Finding(True, str(error))
    else:
        database.close()
        yield Finding(None, "The database opens, and every key that it needs is here.")


def suffix_list(edition: dt.date | None, today: dt.date) -> Finding:
    """Judge the age of the suffix list.

    Args:
        edition: The day that the list names, if it names one.
        today: The day it is.
    """
    if edition is None:
        return Finding(False, "The Public Suffix List names no date; its age is not known.")
    days = (today - edition).days
    if days > SUFFIX_LIST_DAYS:
        advice = "Update the package `publicsuffixlist`."
        return Finding(False, f"The Public Suffix List is {days} days old (limit {SUFFIX_LIST_DAYS}). {advice}")
    return Finding(None, f"The Public Suffix List is of {edition}, {days} days old.")


def _folder(settings: Settings) -> Finding:
    mode = stat.S_IMODE(settings.data.stat().st_mode)
    if mode & 0o077:
        return Finding(False, f"Others may look into the data folder; run: chmod 700 {settings.data}")
    return Finding(None, f"The data folder {settings.data} is its owner's alone.")


@click.command("doctor")
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Look for the usual faults and say what to do; exit status 1 if one keeps Wayfill from working."""
    findings = list(examine(settings, SystemClock().now()))
    for finding in findings:
        click.echo(
            f"{'ok     ' if finding.grave is None else 'FAULT  ' if finding.grave else 'warning'}  {finding.text}"
        )
    if any(finding.grave for finding in findings):
        raise SystemExit(1)

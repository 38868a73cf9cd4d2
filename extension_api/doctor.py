"""`wayfill doctor`: the usual faults of an installation, each with what to do. It looks and changes nothing.

A finding is a sentence for the person who looks after the machine. What is merely unwise is a warning and leaves the
exit status at 0; what keeps the service from starting or from filling is a fault.
"""

import datetime as dt
import http.client
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import click
from sqlalchemy import column, func, select, table

from extension_api import installation, policy
from extension_api.clock import SystemClock
from extension_api.db import Database
from extension_api.errors import SetupError
from extension_api.settings import Settings
from matcher import suffixes

DAY: Final = 24 * 3600
"""Seconds."""
SUFFIX_LIST_DAYS: Final = 90
"""Days after which the Public Suffix List is old: sites registered since under new suffixes are then told
apart wrongly."""
CLOCK_OFF: Final = 30
"""Seconds between two clocks from which one-time codes (30 s each) and expiries go wrong."""
LARGE: Final = (
    ("audit_event", 5_000_000, "keep fewer under Settings, or archive them: wayfill audit archive --keep 1000000"),
    ("session", 500_000, "end what nobody uses on the console's page Sessions"),
    ("attempt_counter", 500_000, "somebody tries many names or addresses: see wayfill throttle list"),
)
"""Tables that grow by themselves, from how many rows they slow things down, and what helps."""
PROBE: Final = "X_Wayfill_Probe"
PROBE_ARRIVED: Final = "HTTP_X_WAYFILL_PROBE"
ARRIVED: Final = b'{"status":"live","underscores":"passed"}'
"""What the service answers where `PROBE` reached it."""
PROBE_TIME: Final = 5.0
"""Seconds."""


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
    try:
        there = installation.is_there(settings)
    except SetupError as error:
        yield Finding(True, f"{error} Correct WAYFILL_DATABASE_URL, or start the server.")
        return
    if not there:
        yield Finding(True, f"There is no installation in {settings.data}; run: wayfill --data {settings.data} init")
        return
    yield from _files(settings)
    try:
        database, _ = installation.open_database(settings)
    except SetupError as error:
        yield Finding(True, str(error))
        return
    try:
        yield Finding(None, "The database opens, its tables are of this version, and every key that it needs is here.")
        yield _clock(database, now)
        yield from _sizes(database)
        with database.reading() as session:
            networks = policy.read(session, settings).trusted_networks
            keys = installation.keys_needed(session)
    finally:
        database.close()
    if keys > 1:
        yield Finding(False, f"{keys} keys are needed, so the key is being changed; go on with: wayfill key rotate")
    yield _reached(settings, networks)
    if networks:
        yield _proxy(settings)


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


def seconds_of(day: dt.date) -> int:
    """Return the beginning of a day, in seconds since the epoch."""
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def _files(settings: Settings) -> Iterator[Finding]:
    if not settings.data.is_dir():
        yield Finding(True, f"There is no data folder {settings.data}; run: wayfill --data {settings.data} init")
        return
    mode = stat.S_IMODE(settings.data.stat().st_mode)
    if mode & 0o077:
        yield Finding(False, f"Others may look into the data folder; run: chmod 700 {settings.data}")
    else:
        yield Finding(None, f"The data folder {settings.data} is its owner's alone.")
    if not os.access(settings.data, os.W_OK | os.X_OK):
        yield Finding(True, f"The data folder {settings.data} cannot be written; run this as the user who serves.")
    key = settings.key_file
    if key.is_file() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Finding(False, f"Others may read {key}; run: chmod 600 {key}")


def _clock(database: Database, now: int) -> Finding:
    """Hold this machine's clock against the newest event, and against the database server's own."""
    with database.reading() as session:
        newest = session.scalar(select(func.max(column("at"))).select_from(table("audit_event"))) or 0
        theirs = database.clock(session)
    if newest > now + CLOCK_OFF:
        ahead = newest - now
        return Finding(False, f"The newest event is {ahead} s ahead of this machine's clock; set the clock by NTP.")
    if theirs is not None and abs(theirs - now) > CLOCK_OFF:
        off = round(theirs - now)
        return Finding(False, f"The database server's clock is {off} s off this machine's; set both by NTP.")
    return Finding(None, "The clock agrees with the database.")


def _sizes(database: Database) -> Iterator[Finding]:
    with database.reading() as session:
        for name, limit, advice in LARGE:
            rows = session.scalar(select(func.count()).select_from(table(name))) or 0
            if rows > limit:
                yield Finding(False, f"The table {name} has {rows:,} rows (usual: below {limit:,}); {advice}.")


def _reached(settings: Settings, networks: tuple[str, ...]) -> Finding:
    """Judge whether addresses of callers can be right: a public address elsewhere than where it listens is a proxy."""
    listens = (settings.tls_certificate is not None, settings.port)
    where = urlsplit(settings.public_url)
    public = (where.scheme == "https", where.port or (443 if where.scheme == "https" else 80))
    if public != listens and not networks:
        advice = "put the proxy's address under Settings, Trusted networks, or every caller counts as the proxy"
        return Finding(
            False, f"{settings.public_url} is not where the service listens, so a proxy stands before it; {advice}."
        )
    return Finding(
        None, "The addresses of callers are taken from trusted networks." if networks else "No proxy is trusted."
    )


def _proxy(settings: Settings) -> Finding:
    """Judge whether the proxy lets a header name with an underscore through, by sending one.

    The service cannot tell such a name from the one with hyphens (`client_address.py`), so that a caller behind the
    proxy could write `X_Forwarded_For` and be believed.
    """
    where = urlsplit(settings.public_url)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=PROBE_TIME)
    try:
        connection.request("GET", f"{where.path}/health/live", headers={PROBE: "1"})
        with connection.getresponse() as answer:
            status, body = answer.status, answer.read(len(ARRIVED) + 1)
    except (OSError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
        return Finding(False, f"Whether the proxy drops header names with an underscore is not known: {reason}.")
    finally:
        connection.close()
    if status != http.client.OK:
        return Finding(
            False, f"Whether the proxy drops header names with an underscore is not known: it answers {status}."
        )
    if body == ARRIVED:
        advice = f"let it drop them before {settings.public_url}, or callers can forge their address"
        return Finding(False, f"The proxy passes header names with an underscore; {advice}.")
    return Finding(None, "The proxy drops header names with an underscore.")


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

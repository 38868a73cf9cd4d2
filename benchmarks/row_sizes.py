"""What a row of each large table takes on the disk, with its share of the indexes, on SQLite and on PostgreSQL.

    python -m benchmarks.row_sizes [--records 100000] [--people 10000]

A vault is made by bulk inserts, and beside it what grows with use: events, old values, login chains with their
proposals, spent tokens. Bytes are those of whole pages, as the engines count them themselves: SQLite's `dbstat`, and
PostgreSQL's `pg_table_size` and `pg_indexes_size` after `VACUUM`. Where there is no PostgreSQL its column is left out.
"""

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import Connection, Table, func, insert, select

from benchmarks import vaults
from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.crypto import Keyring
from extension_api.db import Base
from extension_api.installation import open_database
from extension_api.redirects.models import ChainRow, Proposal, State
from extension_api.sessions.models import Kind, SignedIn, SpentRefreshToken
from extension_api.vault.models import OldValue, Record, history_place
from tests.practice import postgres

EVENTS: Final = 200_000
BATCH: Final = 10_000
HOPS: Final = ("www", "login", "sso")
"""Of a walk: from the linked address over a redirect to the page with the form."""
SHOWN: Final = (
    "record",
    "sealed_field",
    "link",
    "field_history",
    "login_chain",
    "link_proposal",
    "record_list",
    "permission",
    "membership",
    "account",
    "session",
    "spent_refresh_token",
    "audit_event",
)


def _events(draw: random.Random, records: list[UUID], accounts: list[UUID]) -> Iterator[dict[str, Any]]:
    for number in range(EVENTS):
        host = f"login.{draw.choice(vaults.WORDS)}{draw.choice(vaults.WORDS)}.com"
        yield {
            "id": number // 16 * 16 + 16 + number % 16,
            "at": 1_800_000_000 + number // 10,
            "action": "fill:grant",
            "account_id": draw.choice(accounts),
            "account_name": f"person-{number % 10_000:05}",
            "session_id": UUID(int=draw.getrandbits(128), version=4),
            "device": "Firefox on Linux",
            "address": f"10.{number % 200}.{number % 250}.7",
            "record_id": draw.choice(records),
            "page_host": host,
            "detail": f"username, password by https://{host}/ (host)",
            "digest": draw.randbytes(32),
        }


def _old_values(draw: random.Random, keyring: Keyring, records: list[UUID]) -> Iterator[dict[str, Any]]:
    for number, record in enumerate(records):
        place = history_place("password", 1)
        yield {
            "id": UUID(int=draw.getrandbits(128), version=4),
            "record_id": record,
            "field": "password",
            "version": 1,
            "sealed": keyring.seal(f"made-up-{number}", record_id=record, field=place),
            "replaced_at": 1_800_000_000,
            "replaced_by": f"person-{number % 10_000:05}",
        }


def _chains(draw: random.Random, records: list[UUID]) -> Iterator[dict[str, Any]]:
    for record in records:
        site = f"{draw.choice(vaults.WORDS)}-{draw.choice(vaults.WORDS)}.com"
        hops = [
            {
                "url": f"https://{name}.{site}/signin",
                "how": "redirect",
                "status": 302,
                "origin": f"https://{name}.{site}",
            }
            for name in HOPS
        ]
        yield {
            "record_id": record,
            "start": f"https://www.{site}/",
            "due_at": 1_800_086_400 + draw.randrange(86_400),
            "lease": None,
            "leased_until": 0,
            "walked_at": 1_800_000_000,
            "hops": msgspec.json.encode(hops).decode(),
            "end": "form",
            "arrived": f"https://sso.{site}",
            "moved_from": None,
            "moved_at": None,
        }


def _proposals(draw: random.Random, records: list[UUID]) -> Iterator[dict[str, Any]]:
    for record in records[::2]:
        origin = f"https://sso.{draw.choice(vaults.WORDS)}-{draw.choice(vaults.WORDS)}.com"
        yield {
            "id": UUID(int=draw.getrandbits(128), version=4),
            "record_id": record,
            "address": origin,
            "page": f"{origin}/signin",
            "state": State.OPEN.value,
            "first_at": 1_800_000_000,
            "resolved_at": 1_800_000_000,
            "resolved_how": "redirect",
            "resolved_hops": 2,
            "seen_at": None,
            "seen_by": 0,
            "decided_at": None,
        }


def _sessions(draw: random.Random, accounts: list[UUID]) -> Iterator[dict[str, Any]]:
    for account in accounts:
        yield {
            "id": UUID(int=draw.getrandbits(128), version=4),
            "account_id": account,
            "kind": Kind.EXTENSION.value,
            "device": "Firefox on Linux",
            "access_digest": draw.randbytes(32),
            "access_expires_at": 1_800_000_900,
            "refresh_digest": draw.randbytes(32),
            "expires_at": 1_800_600_000,
            "created_at": 1_800_000_000,
            "last_used_at": 1_800_000_000,
            "proved_at": 1_800_000_000,
            "ended_at": None,
        }


def _spent(draw: random.Random, connection: Connection) -> Iterator[dict[str, Any]]:
    for session_id in connection.scalars(select(SignedIn.id)).all():
        for _ in range(10):
            yield {"digest": draw.randbytes(32), "session_id": session_id}


def put(connection: Connection, model: type[Base], rows: Iterator[dict[str, Any]]) -> None:
    """Insert rows in batches."""
    table: Table = Base.metadata.tables[model.__tablename__]
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)


def fill(vault: vaults.Vault) -> dict[str, tuple[int, float, float]]:
    """Add what grows with use; gives rows, bytes a row and bytes of indexes a row of each table."""
    database, keyring = open_database(vault.settings)
    draw = random.Random(7)  # noqa: S311 - a shape, not a secret
    try:
        with database.writing() as session:
            connection = session.connection()
            records = list(connection.scalars(select(Record.id)).all())
            accounts = list(connection.scalars(select(Account.id)).all())
            put(connection, SignedIn, _sessions(draw, accounts))
            put(connection, SpentRefreshToken, _spent(draw, connection))
            put(connection, Event, _events(draw, records, accounts))
            put(connection, OldValue, _old_values(draw, keyring, records))
            put(connection, ChainRow, _chains(draw, records))
            put(connection, Proposal, _proposals(draw, records))
        with database.writing() as session:
            rows = {
                name: session.scalar(select(func.count()).select_from(Base.metadata.tables[name])) or 0
                for name in SHOWN
            }
    finally:
        database.close()
    taken = _sqlite(vault) if vault.settings.database_url is None else _postgres(str(vault.settings.database_url))
    each = {name: max(1, rows[name]) for name in SHOWN}
    return {name: (rows[name], taken[name][0] / each[name], taken[name][1] / each[name]) for name in SHOWN}


def _sqlite(vault: vaults.Vault) -> dict[str, tuple[int, int]]:
    connection = sqlite3.connect(vault.settings.database_file)
    taken: dict[str, tuple[int, int]] = {}
    for name in SHOWN:
        own, indexes = 0, 0
        for kind, size in connection.execute(
            "SELECT m.type, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema m ON m.name = d.name"
            " WHERE m.tbl_name = ? GROUP BY 1",
            (name,),
        ):
            own, indexes = (size, indexes) if kind == "table" else (own, size)
        taken[name] = own, indexes
    connection.close()
    return taken


def _postgres(address: str) -> dict[str, tuple[int, int]]:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        taken = {}
        for name in SHOWN:
            found = connection.execute("SELECT pg_table_size(%s), pg_indexes_size(%s)", (name, name)).fetchone()
            assert found is not None
            taken[name] = found[0], found[1]
        return taken


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=10_000)
    given = parser.parse_args()
    begin, found = time.perf_counter(), {}
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="wayfill-row-sizes-"))
        stack.callback(shutil.rmtree, root)
        found["SQLite"] = fill(vaults.ready(given.records, given.people, root=root))
        if postgres.binaries() is not None:
            server = stack.enter_context(postgres.serving())
            address = server.address(server.database())
            found["PostgreSQL"] = fill(vaults.ready(given.records, given.people, database_url=address, root=root))
    took = time.perf_counter() - begin
    print(f"({given.records:,} records, {given.people:,} people, made and measured in {took:.0f} s)")
    print(f"{'':20} {'rows':>9}" + "".join(f" | {kind + ': row':>16} {'indexes':>8} {'both':>8}" for kind in found))
    for name in SHOWN:
        line = f"{name:20} {found['SQLite'][name][0]:9,}"
        for each in found.values():
            _, own, indexes = each[name]
            line += f" | {own:16.0f} {indexes:8.0f} {own + indexes:8.0f}"
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())

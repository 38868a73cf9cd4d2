"""Vaults of any size for benchmarks, made by bulk inserts and kept in a temporary folder between runs.

The rows are those that the service itself would have written: sealed by the installation's own key, with rights by
person and by group. A vault is kept under a name that tells its shape and the tables' version; whatever is changed
here raises `SHAPE`, so that an older one is made anew.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, Table, delete, insert, select, text, update

from extension_api import installation, revision
from extension_api.accounts import passwords
from extension_api.accounts.models import Account
from extension_api.crypto import Keyring, digest
from extension_api.db import Base, Database
from extension_api.installation import open_database
from extension_api.people.models import Group, Membership
from extension_api.permissions import Permission
from extension_api.revision import Touched
from extension_api.sessions.models import Kind, SignedIn
from extension_api.settings import Settings
from extension_api.throttle.models import Counter
from extension_api.vault.models import Grant, LinkRow, Record, RecordList, SealedField

SHAPE: Final = 4
ROOT: Final = Path(tempfile.gettempdir()) / "wayfill-benchmark-vaults"
PER_LIST: Final = 100
"""Records of one list."""
LISTS: Final = 10
"""Lists of one person, nine by themselves and one by a group: 1,000 records with 1,400 links."""
MANY: Final = "many"
"""Whoever holds `MANY_LISTS`, where there are so many: 10,000 links."""
MANY_LISTS: Final = 72
PASSWORD: Final = "made up for this benchmark"  # noqa: S105 - of nobody
BATCH: Final = 20_000
SOME: Final = 500
"""People who are signed in, at the most."""
WORDS: Final = """
ads acme alpine amber atlas aurora bank birch blue bright cedar city cloud cobalt coral crane delta desk east
elm ever fair fern field fine first flint forge fox garden gate glen globe gold grand green grove harbor hill
hub iron ivy jade lake lark leaf light linden lotus mail main maple market meadow mill mint moon north nova oak
ocean olive orchid park path peak pearl pilot pine plum point port prime quartz rain red ridge river rock rose
sage sea shop silver sky snow south spark spring star stone storm summit sun swift tide timber tower trade vale
vega view vine violet wave west wild willow wind wing wood yard zen
""".split()  # noqa: SIM905 - a page of quotes would hide the words
ENDS: Final = ("com", "net", "org", "io", "de", "co.uk", "fr", "app", "eu", "dev")


@dataclass(frozen=True)
class Signed:
    """Somebody who is signed in.

    Args:
        account_id: The person.
        name: The name that they sign in with.
        token: Their access token.
        pages: Records that they may fill, each with a page that it is linked to.
    """

    account_id: UUID
    name: str
    token: str
    pages: list[tuple[UUID, str]]


@dataclass(frozen=True)
class Vault:
    """A vault that is ready to be served.

    Args:
        settings: How it is opened.
        records: How many records it has.
        people: Those who are signed in.
        many: Whoever holds 10,000 links, where the vault has as many.
    """

    settings: Settings
    records: int
    people: list[Signed]
    many: Signed | None


def ready(records: int, people: int, *, database_url: str | None = None, port: int = 7845, root: Path = ROOT) -> Vault:
    """Return a vault, made if it is not kept yet, with people freshly signed in.

    Args:
        records: How many records it has; a multiple of 100.
        people: How many people it has.
        database_url: The PostgreSQL database that it is in; an SQLite file if not given.
        port: The port that it will be served on.
        root: Where it is kept.
    """
    kind = "sqlite" if database_url is None else "postgres"
    folder = root / f"{kind}-{SHAPE}-{records}x{people}"
    settings = Settings(data=folder, database_url=database_url, port=port, resolve_interval=0)
    whole = folder / "whole"
    if not whole.exists():
        begin = time.perf_counter()
        installation.prepare(settings, int(time.time()))
        database, keyring = open_database(settings)
        _build(database, keyring, records, people)
        database.close()
        whole.touch()
        print(f"made a vault of {records:,} records and {people:,} people in {time.perf_counter() - begin:.0f} s")
    installation.prepare(settings, int(time.time()))
    database, _ = open_database(settings)
    try:
        with database.writing() as session:
            found = _sign_in(session.connection(), people)
    finally:
        database.close()
    many = next((each for each in found if each.name == MANY), None)
    return Vault(settings, records, [each for each in found if each.name != MANY], many)


def _build(database: Database, keyring: Keyring, records: int, people: int) -> None:
    draw = random.Random(20_261_125)  # noqa: S311 - a shape, not a secret
    now = int(time.time()) - 10_000_000
    ids = sorted(_uuid(draw) for _ in range(records))
    lists = [_uuid(draw) for _ in range(max(1, records // PER_LIST))]
    accounts = [_uuid(draw) for _ in range(people)]
    groups = [_uuid(draw) for _ in range(max(1, people // 20))]
    hashed = passwords.hash_password(PASSWORD, minimum=12)
    with database.writing() as session:
        put = _Puts(session.connection())
        nobody = dict.fromkeys(("setup_digest", "setup_expires_at", "disabled_at"))
        own = {"password_hash": hashed, "administrator": False, "created_at": now, **nobody}
        put(Account, ({"id": a, "name": f"person-{n:05}", **own} for n, a in enumerate(accounts)))
        put(Group, ({"id": g, "name": f"group-{n:05}", "created_at": now} for n, g in enumerate(groups)))
        put(Membership, ({"account_id": a, "group_id": groups[n % len(groups)]} for n, a in enumerate(accounts)))
        rest = {"folder_id": None, "personal_of": None, "created_at": now}
        put(RecordList, ({"id": one, "name": f"list-{n:06}", **rest} for n, one in enumerate(lists)))
        sites = [_site(draw) for _ in range(max(2, records * 3 // 4))]
        put(Record, _records(draw, ids, lists, sites, now))
        put(SealedField, _sealed(keyring, ids))
        put(LinkRow, _links(draw, ids, sites, now))
        put(Grant, _grants(draw, accounts, groups, lists))
        if len(lists) >= MANY_LISTS:
            account = _uuid(draw)
            put(Account, iter([{"id": account, "name": MANY, **own}]))
            held = draw.sample(lists, MANY_LISTS)
            put(Grant, (_grant(draw, Permission.FILL, account_id=account, list_id=one) for one in held))
        revision.raise_by_one(session)
    with database.writing() as session:
        session.execute(text("ANALYZE"))


def _records(
    draw: random.Random, ids: list[UUID], lists: list[UUID], sites: list[str], now: int
) -> Iterator[dict[str, Any]]:
    for n, record in enumerate(ids):
        site = sites[n * 3 // 4]
        at = now + n // 50
        yield {
            "id": record,
            "list_id": lists[n % len(lists)],
            "title": f"{site.partition('.')[0].title()} {draw.choice(('team', 'admin', 'billing', 'test'))}",
            "username": f"{draw.choice(WORDS)}.{draw.choice(WORDS)}@{'example.com' if n % 3 else site}",
            "version": 1,
            "created_at": at,
            "updated_at": at,
        }


def _sealed(keyring: Keyring, ids: list[UUID]) -> Iterator[dict[str, Any]]:
    for n, record in enumerate(ids):
        sealed = keyring.seal(f"made-up-{n}", record_id=record, field="password")
        yield {"record_id": record, "name": "password", "sealed": sealed}


def _links(draw: random.Random, ids: list[UUID], sites: list[str], now: int) -> Iterator[dict[str, Any]]:
    for n, record in enumerate(ids):
        site = sites[n * 3 // 4]
        urls = [(page_of(n, site), "domain" if n % 2 else "host")]
        if n % 5 < 2:
            urls.append((f"https://sso.{draw.choice(sites)}/", "host"))
        for position, (url, strategy) in enumerate(urls):
            yield {
                "id": _uuid(draw),
                "record_id": record,
                "url": url,
                "strategy": strategy,
                "veto": False,
                "expression": None,
                "position": position,
                "created_at": now,
            }


def page_of(number: int, site: str) -> str:
    """Return the page at which a record's login begins."""
    return f"https://{('www', 'login', 'app')[number % 3]}.{site}/"


def _grants(
    draw: random.Random, accounts: list[UUID], groups: list[UUID], lists: list[UUID]
) -> Iterator[dict[str, Any]]:
    for group in groups:
        yield _grant(draw, Permission.FILL, group_id=group, list_id=lists[0])
    for account in accounts:
        for one in draw.sample(lists[1:], min(LISTS - 1, len(lists) - 1)):
            yield _grant(draw, draw.choice((Permission.FILL, Permission.EDIT)), account_id=account, list_id=one)


def _grant(draw: random.Random, level: Permission, **places: UUID) -> dict[str, Any]:
    nothing = dict.fromkeys(("account_id", "group_id", "list_id", "record_id"))
    return {"id": _uuid(draw), "level": int(level), **nothing, **places}


def _site(draw: random.Random) -> str:
    name = draw.choice(("", "-")).join(draw.choices(WORDS, k=2))
    return f"{name}{draw.randrange(100) or ''}.{draw.choice(ENDS)}"


def _uuid(draw: random.Random) -> UUID:
    return UUID(int=draw.getrandbits(128), version=4)


class _Puts:
    """Inserts rows in batches: by COPY where the engine has it, by the driver's own way where not."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, model: type[Base], rows: Iterator[dict[str, Any]]) -> None:
        table = Base.metadata.tables[model.__tablename__]
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                self._write(table, batch)
                batch = []
        if batch:
            self._write(table, batch)

    def _write(self, table: Table, batch: list[dict[str, Any]]) -> None:
        if self._connection.dialect.name == "sqlite":
            self._connection.execute(insert(table), batch)
            return
        names = list(batch[0])
        driver: Any = self._connection.connection.dbapi_connection
        copied = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
        with driver.cursor() as cursor, cursor.copy(copied) as copy:
            for row in batch:
                copy.write_row([row[name] for name in names])


def _sign_in(connection: Connection, people: int) -> list[Signed]:
    now = int(time.time())
    connection.execute(delete(SignedIn))
    connection.execute(delete(Counter))
    names = [f"person-{n * max(1, people // SOME):05}" for n in range(min(people, SOME))]
    rows = connection.execute(select(Account.id, Account.name).where(Account.name.in_([*names, MANY]))).all()
    made = []
    for account_id, name in rows:
        token = f"benchmark-{name}-{now}"
        _session(connection, account_id, token, now)
        lists = select(Grant.list_id).where(Grant.account_id == account_id)
        found = connection.execute(
            select(Record.id, LinkRow.url)
            .join(LinkRow, LinkRow.record_id == Record.id)
            .where(Record.list_id.in_(lists), LinkRow.position == 0)
            .limit(20)
        )
        made.append(Signed(account_id, name, token, [(row.id, row.url) for row in found]))
    return made


def _session(connection: Connection, account_id: UUID, token: str, now: int) -> None:
    connection.execute(
        insert(SignedIn),
        {
            "id": UUID(bytes=digest(token)[:16]),
            "account_id": account_id,
            "kind": Kind.EXTENSION.value,
            "device": "Firefox on Linux",
            "access_digest": digest(token),
            "access_expires_at": now + 24 * 3600,
            "refresh_digest": digest(f"{token} refresh"),
            "expires_at": now + 7 * 24 * 3600,
            "created_at": now,
            "last_used_at": now + 3600,
            "proved_at": now,
            "ended_at": None,
        },
    )


def change_one_link(vault: Vault, who: Signed) -> None:
    """Change one link of a record of somebody, as a colleague would."""
    database, _ = open_database(vault.settings)
    try:
        with database.writing() as session:
            record = who.pages[0][0]
            row = session.scalars(select(LinkRow).where(LinkRow.record_id == record).order_by(LinkRow.position)).first()
            assert row is not None
            # There and back again, so that the vault stays what it was made as.
            url = row.url.replace("//changed.", "//") if "//changed." in row.url else f"https://changed.{row.url[8:]}"
            session.execute(update(LinkRow).where(LinkRow.id == row.id).values(url=url))
            list_id = session.get_one(Record, record).list_id
            revision.raise_by_one(session, Touched(record_id=record, list_id=list_id))
    finally:
        database.close()


def change_elsewhere(vault: Vault, times: int) -> None:
    """Change records of lists that nobody holds, as far as tables hear of it."""
    database, _ = open_database(vault.settings)
    try:
        for _ in range(times):
            with database.writing() as session:
                revision.raise_by_one(session, Touched(record_id=uuid4(), list_id=uuid4()))
    finally:
        database.close()

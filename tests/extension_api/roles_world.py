"""One installation in which every role of `roles_table.py` holds what its name says, and the calls that they make.

What a call changed is taken back after it, so that each meets the same installation: the file is copied over from how
it was at first, by SQLite itself. No password is hashed here.
"""

import re
import sqlite3
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from extension_api import installation
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.app import create_app
from extension_api.audit import service as audit
from extension_api.audit.service import COMMAND_LINE, Action, Actor
from extension_api.clock import SetClock
from extension_api.console import forms
from extension_api.factors.models import Passkey
from extension_api.people import groups
from extension_api.permissions import Permission
from extension_api.redirects import affiliations
from extension_api.redirects.models import LinkRequest, Proposal, State
from extension_api.sessions import service as sessions
from extension_api.sessions.models import Kind, SignedIn
from extension_api.settings import Settings
from extension_api.vault import changes, folders, links, lists, records
from extension_api.vault.grants import give
from extension_api.vault.models import OldValue, Record, RecordList
from tests.extension_api.conftest import START
from tests.extension_api.roles_table import CONSOLE, ROLES, Row

if TYPE_CHECKING:
    from flask import Flask

    from extension_api.kernel import Kernel

SECRET: Final = "made-up-secret-of-the-record"
OLD_SECRET: Final = "made-up-secret-it-had-before"
OTHER_SECRET: Final = "made-up-secret-of-another-record"
MISSING: Final = str(UUID(int=0x1234567890ABCDEF1234567890ABCDEF, version=4))
PLACE: Final = re.compile(r"\{(\w+)\}")
NONCE: Final = re.compile(rb"nonce(=\"|-)[\w-]{22}")
WEEK, HOUR = 7 * 24 * 3600, 3600
ALIKE = {"X-Request-Id": "one-for-all-requests"}
"""The id of a request is in its answer, which must otherwise be the same."""


@dataclass(frozen=True)
class Caller:
    """What a caller brings: a token of an extension and one of the console, or something that only looks like them."""

    bearer: str | None = None
    cookie: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """An answer as far as it can be compared with another."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]

    @property
    def location(self) -> str:
        return dict(self.headers).get("Location", "")


class World:
    """The installation and its people."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data=folder / "data", public_url="http://localhost")
        self.clock = SetClock(START)
        installation.prepare(self.settings, START)
        self.app: Flask = create_app(self.settings, clock=self.clock)
        self.kernel: Kernel = self.app.extensions["wayfill"]
        self.client = self.app.test_client(use_cookies=False)
        self.accounts: dict[str, Account] = {}
        self.callers: dict[str, Caller] = {}
        self.stale: dict[str, Caller] = {}
        self.strangers: dict[str, Caller] = {}
        self.values: dict[str, str] = {"missing": MISSING, "other_secret": OTHER_SECRET}
        self.own: dict[str, dict[str, str]] = {}
        with self.kernel.database.writing() as session:
            self._people(session)
            self._vault(session)
            self._proposals(session)
            self._strangers(session)
        self._file = sqlite3.connect(self._database(), isolation_level=None)
        self._file.execute("PRAGMA synchronous=OFF")
        self._first = sqlite3.connect(":memory:")
        self._file.backup(self._first)
        self._at = self._version()
        self._last: int = self._file.execute("SELECT max(id) FROM audit_event").fetchone()[0]
        self.noted: list[tuple[str, str | None, str | None, str | None]] = []
        """What the last call put on record: act, person, address, device."""

    def close(self) -> None:
        self._file.close()
        self._first.close()
        self.kernel.database.close()

    def ask(self, row: Row, caller: Caller, role: str = "", missing: str = "") -> tuple[Seen, bool]:
        """Make the call of a row; return the answer, and whether anything was written, which is then taken back.

        Args:
            row: The call.
            caller: What it brings.
            role: Whose own objects its `own_` places mean; nobody's are missing.
            missing: The place that is filled with an id that nothing has.
        """
        known = self.values | self.own.get(role, {}) | ({missing: MISSING} if missing else {})
        return self.send(row.filled(known), caller)

    def send(self, row: Row, caller: Caller) -> tuple[Seen, bool]:
        """Make a call as it stands."""
        answer = self._console(row, caller) if row.path.startswith(CONSOLE) else self._api(row, caller)
        kept = [(name, NONCE.sub(b"nonce", value.encode()).decode()) for name, value in answer.headers]
        seen = Seen(answer.status_code, NONCE.sub(b"nonce", answer.data), tuple(sorted(kept)))
        answer.close()
        return seen, self._taken_back()

    def _api(self, row: Row, caller: Caller) -> TestResponse:
        headers = {"If-Match": "*"} | ALIKE | caller.extra
        if caller.bearer is not None:
            headers["Authorization"] = f"Bearer {caller.bearer}"
        return self.client.open(row.path, method=row.method, json=row.body, headers=headers)

    def _console(self, row: Row, caller: Caller) -> TestResponse:
        headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"} | ALIKE
        cookies = []
        if caller.cookie is not None:
            cookies.append(f"{sessions.cookie_name(self.settings)}={caller.cookie}")
        if row.public:
            cookies.append(f"{forms.cookie_name(self.settings)}=made-up-form-secret")
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
        if row.method == "GET":
            return self.client.get(row.path, headers=headers | caller.extra)
        token = forms.token("made-up-form-secret" if row.public else caller.cookie or "")
        return self.client.post(row.path, data={"csrf": token, **(row.body or {})}, headers=headers | caller.extra)

    def _database(self) -> Path:
        return next(path for path in self.settings.data.rglob("*") if path.read_bytes()[:6] == b"SQLite")

    def _version(self) -> int:
        version: int = self._file.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _taken_back(self) -> bool:
        self.noted = []
        if self._version() == self._at:
            return False
        new = "SELECT action, account_name, address, device FROM audit_event WHERE id > ? ORDER BY id"
        self.noted = self._file.execute(new, (self._last,)).fetchall()
        self._first.backup(self._file)
        self._at = self._version()
        return True

    def _begin(self, session: Session, account: Account, kind: Kind, at: int = START) -> sessions.Tokens:
        return sessions.begin(session, account, kind=kind, device="made-up", address="127.0.0.1", now=at)

    def _both(self, session: Session, account: Account, at: int = START) -> tuple[Caller, list[UUID]]:
        extension, console = (self._begin(session, account, kind, at) for kind in (Kind.EXTENSION, Kind.CONSOLE))
        return Caller(extension.access, console.access), [extension.signed_in.id, console.signed_in.id]

    def _people(self, session: Session) -> None:
        for role in (*ROLES, "bystander", "disabled"):
            account = accounts.add(session, COMMAND_LINE, f"{role}-person", administrator=role == "admin", now=START)
            self.accounts[role] = account
            self.callers[role], _ = self._both(session, account)
            self.stale[role], ids = self._both(session, account)
            session.execute(update(SignedIn).where(SignedIn.id.in_(ids)).values(proved_at=START - HOUR))
            passkey = Passkey(
                id=uuid4(), account_id=account.id, credential_id=uuid4().bytes, credential=b"", sign_count=0,
                name="made-up", synced=False, created_at=START,
            )  # fmt: skip
            session.add(passkey)
            session.flush()
            self.own[role] = {
                "own_session": str(self._begin(session, account, Kind.EXTENSION).signed_in.id),
                "own_passkey": str(passkey.id),
            }
        self.values |= {
            "person": str(self.accounts["bystander"].id),
            "disabled": str(self.accounts["disabled"].id),
            "administrator": str(self.accounts["admin"].id),
            "session": self.own["bystander"]["own_session"],
            "passkey": self.own["bystander"]["own_passkey"],
        }
        crew = groups.add(session, COMMAND_LINE, "crew", now=START)
        for role in ("grouped", "bystander"):
            groups.add_member(session, COMMAND_LINE, crew, self.accounts[role], now=START)
        self.values["group"] = str(crew.id)
        self.crew = crew

    def _vault(self, session: Session) -> None:
        named = {}
        for name, inside in (("list", "folder"), ("other_list", "other_folder"), ("empty_list", ""), ("inbox", "")):
            folder = folders.add(session, COMMAND_LINE, f"The {inside}", None, now=START) if inside else None
            named[name] = lists.add(session, COMMAND_LINE, f"The {name}", folder, now=START)
            self.values |= {name: str(named[name].id)} | ({inside: str(folder.id)} if folder else {})
        named["shown"] = lists.add(session, COMMAND_LINE, "The shown", None, now=START)
        self.values["shown"] = str(named["shown"].id)
        self.values["empty_folder"] = str(folders.add(session, COMMAND_LINE, "Empty", None, now=START).id)
        record = self._record(session, "record", named["list"], SECRET, "https://ads.example-one.test/")
        other = self._record(session, "other", named["other_list"], OTHER_SECRET, "https://www.example-two.test/")
        people = self.accounts
        levels = {level.name.lower(): level for level in Permission}
        given = {role: give(session, COMMAND_LINE, people[role], record, levels[role], now=START) for role in levels}
        guest = give(session, COMMAND_LINE, people["guest"], other, Permission.MANAGE, now=START)
        lister = give(session, COMMAND_LINE, people["lister"], named["list"], Permission.MANAGE, now=START)
        give(session, COMMAND_LINE, people["lister"], named["empty_list"], Permission.MANAGE, now=START)
        give(session, COMMAND_LINE, self.crew, named["list"], Permission.EDIT, now=START)
        owner = give(session, COMMAND_LINE, people["bystander"], named["other_list"], Permission.MANAGE, now=START)
        for role in (*levels, "lister", "grouped"):
            give(session, COMMAND_LINE, people[role], named["inbox"], Permission.EDIT, now=START)
            give(session, COMMAND_LINE, people[role], named["shown"], Permission.VIEW, now=START)
        self.values |= {
            "permission": str(given["fill"].id),
            "other_permission": str(guest.id),
            "list_permission": str(lister.id),
            "other_list_permission": str(owner.id),
        }

    def _proposals(self, session: Session) -> None:
        for name, host in (("proposal", "login.example-four.test"), ("other_proposal", "login.example-five.test")):
            record = self.values["record" if name == "proposal" else "other"]
            made = Proposal(
                id=uuid4(), record_id=UUID(record), address=f"https://{host}", page=f"https://{host}/in",
                state=State.OPEN, first_at=START, seen_by=1, seen_at=START,
            )  # fmt: skip
            session.add(made)
            session.flush()
            session.add(LinkRequest(proposal_id=made.id, account_id=self.accounts["bystander"].id, at=START))
            self.values[name] = str(made.id)
        group = affiliations.group(shared=("example-one.test", "example-three.test"))
        self.values["affiliation"] = str(affiliations.add(session, COMMAND_LINE, group, record=None, now=START).id)

    def _record(self, session: Session, name: str, place: RecordList, secret: str, url: str) -> Record:
        new = records.NewRecord(title=f"The {name}", username="made-up", password=OLD_SECRET, list_id=place.id)
        made = records.add(session, self.kernel.keyring, COMMAND_LINE, new, now=START)
        link = links.add(session, COMMAND_LINE, made, url, "domain", now=START)
        values = {records.PASSWORD: secret}
        changes.change(session, self.kernel.keyring, COMMAND_LINE, made, values, expected=1, now=START)
        old = session.query(OldValue).filter(OldValue.record_id == made.id).one()
        moved, who = f"from the list The origin to {place.name}", Actor(name="somebody-else")
        audit.record(session, who, Action.RECORD_MOVE, now=START, record_id=made.id, detail=moved)
        prefix = "" if name == "record" else f"{name}_"
        self.values |= {name: str(made.id), f"{prefix}link": str(link.id), f"{prefix}old": str(old.id)}
        return made

    def _strangers(self, session: Session) -> None:
        """Everybody whom the guards must send away, all with the sessions of an administrator but for what is wrong."""
        admin = self.accounts["admin"]
        known = self.callers["admin"]
        revoked, ids = self._both(session, admin)
        for each in ids:
            sessions.end_one(session, each, now=START)
        expired, _ = self._both(session, admin, START - WEEK)
        refreshable = self._begin(session, admin, Kind.EXTENSION)
        old_access = self._begin(session, admin, Kind.EXTENSION, START - sessions.ACCESS_LIFETIME)
        disabled = self.callers.pop("disabled")
        # Without ending their sessions, which `people.disable` does as well: the guard alone must send them away.
        self.accounts["disabled"].disabled_at = START
        self.accounts["disabled"].administrator = True
        altered = replace(known, bearer=_altered(known.bearer), cookie=_altered(known.cookie))
        self.strangers = {
            "nobody": Caller(),
            "empty": Caller("", ""),
            "forged": Caller("A" * 43, "A" * 43),
            "altered": altered,
            "revoked": revoked,
            "expired": expired,
            "access expired": Caller(old_access.access, old_access.access),
            "refresh token": Caller(refreshable.refresh, refreshable.refresh),
            "disabled": disabled,
            "other kind": Caller(known.cookie, known.bearer),
            "other place": Caller(
                extra={
                    "Cookie": f"{sessions.cookie_name(self.settings)}={known.cookie}",
                    "X-Authorization": f"Bearer {known.bearer}",
                }
            ),
        }
        self.strangers["at the console by header"] = Caller(extra={"Authorization": f"Bearer {known.cookie}"})


def _altered(token: str | None) -> str:
    assert token is not None
    return ("B" if token[0] == "A" else "A") + token[1:]

"""A real installation in a temporary folder, for every test of the service: real database, real key, no mock.

The clock is set by the test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from extension_api import installation
from extension_api.accounts import passwords
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.app import create_app
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.sessions import service as sessions
from extension_api.sessions.models import Kind
from extension_api.settings import Settings
from extension_api.vault import links, lists, records
from extension_api.vault.grants import give
from extension_api.vault.models import Record
from tests.practice import engines
from tests.practice.engines import Engine

START = engines.START
"""Seconds since the epoch at which every test begins."""


QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def hasher(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its least: the real profile takes a fifth of a second of a processor, for each password of each test.

    Tests of the profile itself are marked `real_hashes`; servers in processes of their own have it anyway.
    """
    if request.node.get_closest_marker("real_hashes") is None:
        monkeypatch.setattr(passwords, "_hasher", QUICK)


@pytest.fixture
def settings(tmp_path: Path, engine: Engine, request: pytest.FixtureRequest) -> Iterator[Settings]:
    made = engine.settings(tmp_path / "data", prepared="app" in request.fixturenames)
    yield made
    engine.drop(made)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
def app(settings: Settings, clock: SetClock, engine: Engine) -> Iterator[Flask]:
    if settings == engine.settings(settings.data) and not settings.data.exists():
        engine.put_prepared(settings)
    else:
        installation.prepare(settings, clock.now())
    made = create_app(settings, clock=clock)
    yield made
    kernel: Kernel = made.extensions["wayfill"]
    kernel.database.close()


@pytest.fixture
def kernel(app: Flask) -> Kernel:
    found: Kernel = app.extensions["wayfill"]
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@dataclass(frozen=True)
class Person:
    """Somebody with a session of an extension, and the calls that it makes."""

    account: Account
    client: FlaskClient
    token: str
    refresh_token: str

    def call(self, method: str, path: str, json: object = None, **headers: str) -> TestResponse:
        given = {"Authorization": f"Bearer {self.token}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.client.open(f"/api/v1{path}", method=method, json=json, headers=given)


@pytest.fixture
def person(kernel: Kernel, client: FlaskClient) -> Callable[..., Person]:
    """Make a person who is signed in; they have a password only if one is given."""

    def make(name: str, *, administrator: bool = False, password: str | None = None) -> Person:
        now = kernel.clock.now()
        with kernel.database.writing() as session:
            account = accounts.add(session, COMMAND_LINE, name, administrator=administrator, now=now)
            if password is not None:
                hashed = passwords.hash_password(password, minimum=12)
                accounts.set_password(session, account, hashed, who=COMMAND_LINE, now=now)
            tokens = sessions.begin(session, account, kind=Kind.EXTENSION, device="test", address="127.0.0.1", now=now)
        assert tokens.refresh is not None
        return Person(account, client, tokens.access, tokens.refresh)

    return make


@pytest.fixture
def record(kernel: Kernel) -> Callable[..., Record]:
    """Make a record with links, each a pair of address and strategy, and grants by account."""

    def make(
        title: str = "Ads account",
        *,
        password: str = "made-up-record-secret",
        linked: tuple[tuple[str, str], ...] = (("https://ads.example-one.test/", "domain"),),
        grants: dict[Account, Permission] | None = None,
        list_name: str = "Team",
    ) -> Record:
        now = kernel.clock.now()
        with kernel.database.writing() as session:
            team = lists.named(session, COMMAND_LINE, list_name, now=now)
            new = records.NewRecord(title=title, username="ads@example-one.test", password=password, list_id=team.id)
            made = records.add(session, kernel.keyring, COMMAND_LINE, new, now=now)
            for url, strategy in linked:
                links.add(session, COMMAND_LINE, made, url, strategy, now=now)
            for account, level in (grants or {}).items():
                give(session, COMMAND_LINE, account, made, level, now=now)
        return made

    return make


People: TypeAlias = Callable[..., Person]
Records: TypeAlias = Callable[..., Record]


def fill_body(record_id: UUID, page: str, *fields: str, top: str | None = None) -> dict[str, object]:
    """Return the body of a fill."""
    asked = list(fields) or ["username", "password"]
    return {"record_id": str(record_id), "page_url": page, "top_url": top or page, "fields": asked}

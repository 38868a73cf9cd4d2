"""`wayfill user` against a real data folder and a real server's application: reset, disable, enable, remove codes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from extension_api.accounts import service as accounts
from extension_api.app import create_app
from extension_api.audit.models import Event
from extension_api.cli import main
from extension_api.crypto import digest
from extension_api.factors import codes, second
from extension_api.kernel import Kernel
from extension_api.sessions.models import SignedIn
from extension_api.sessions.service import identity_of
from extension_api.settings import Settings

PASSWORD = "made-up-password-of-anna"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on an installation with anna in it, who has a password."""
    monkeypatch.delenv("WAYFILL_DATA", raising=False)

    def invoke(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, ["--data", str(tmp_path / "data"), *arguments], input=stdin)

    assert invoke("init").exit_code == 0
    assert invoke("user", "add", "anna", "--password-stdin", stdin=f"{PASSWORD}\n").stdout == "anna\n"
    return invoke


@pytest.fixture
def served(tmp_path: Path, run: Run) -> Iterator[Flask]:
    app = create_app(Settings(data=tmp_path / "data"))
    yield app
    kernel_of(app).database.close()


def kernel_of(app: Flask) -> Kernel:
    found: Kernel = app.extensions["wayfill"]
    return found


def sign_in(app: Flask) -> tuple[int, str]:
    body = {"username": "anna", "password": PASSWORD, "device": "test"}
    answer = app.test_client().post("/api/v1/session", json=body)
    found = answer.get_json()
    return answer.status_code, found["access_token"] if answer.status_code == 201 else found["type"].split(":")[-1]


def on_record(app: Flask) -> list[tuple[str, str | None, str | None]]:
    kernel = kernel_of(app)
    with kernel.database.reading() as session:
        found = session.execute(
            select(Event.action, Event.device, Event.detail).where(Event.device == "command line").order_by(Event.id)
        )
        return [(row.action, row.device, row.detail) for row in found]


def test_a_reset_prints_a_link_and_is_on_record(run: Run, served: Flask) -> None:
    first, second_link = (run("user", "reset", "ANNA").stdout.strip() for _ in range(2))
    assert first.startswith("http://127.0.0.1:7845/console/welcome#")
    assert first != second_link
    assert sign_in(served)[0] == 201, "the password is worth nothing before the link is used"
    kernel = kernel_of(served)
    with kernel.database.reading() as session:
        account = accounts.of_setup_code(session, second_link.partition("#")[2], now=kernel.clock.now())
        assert account.name == "anna"
    assert on_record(served)[-1] == ("account:change", "command line", "anna: a link to set a new password")
    assert first.partition("#")[2] not in str(on_record(served))


def test_who_is_disabled_is_out_at_once_until_enabled(run: Run, served: Flask) -> None:
    _, token = sign_in(served)
    mine = {"Authorization": f"Bearer {token}"}
    client = served.test_client()
    assert client.get("/api/v1/match-table", headers=mine).status_code == 200
    assert run("user", "disable", "anna").stdout == "anna\n"
    assert client.get("/api/v1/match-table", headers=mine).status_code == 401
    assert sign_in(served) == (401, "wrong-credentials")
    assert run("user", "enable", "anna").stdout == "anna\n"
    assert client.get("/api/v1/match-table", headers=mine).status_code == 401, "an ended session came back"
    assert sign_in(served)[0] == 201
    assert [row[0] for row in on_record(served)][-2:] == ["account:disable", "account:enable"]


def test_codes_are_removed_for_who_lost_their_device(run: Run, served: Flask) -> None:
    kernel = kernel_of(served)
    refused = run("user", "second-factor", "remove", "anna")
    assert (refused.exit_code, refused.stderr) == (1, "wayfill: anna has no one-time codes.\n")
    _, token = sign_in(served)
    now = kernel.clock.now()
    with kernel.database.writing() as session:
        signed_in = session.scalars(select(SignedIn).where(SignedIn.access_digest == digest(token))).one()
        identity = identity_of(signed_in, "127.0.0.1")
        secret = second.set_up(session, kernel.keyring, identity.account_id, now=now)
        second.confirm(session, kernel.keyring, identity, codes.code_at(secret, now // codes.STEP), now=now)
    assert sign_in(served) == (401, "second-factor-required")
    assert run("user", "second-factor", "remove", "anna").stdout == "anna\n"
    assert sign_in(served)[0] == 201
    assert on_record(served)[-1] == ("second-factor:remove", "command line", "anna")


@pytest.mark.parametrize("command", [("reset",), ("disable",), ("enable",), ("second-factor", "remove")])
def test_an_unknown_person_is_named(run: Run, command: tuple[str, ...]) -> None:
    refused = run("user", *command, "nobody")
    assert (refused.exit_code, refused.stderr) == (1, "wayfill: There is no person named nobody.\n")


def test_a_short_password_is_refused_and_adds_nobody(run: Run) -> None:
    refused = run("user", "add", "bert", "--password-stdin", stdin="short\n")
    assert refused.exit_code == 1
    assert "12" in refused.stderr
    assert run("user", "add", "bert", "--password-stdin", stdin="").exit_code == 1
    assert run("user", "add", "bert", "--password-stdin", stdin=f"{PASSWORD}\n").exit_code == 0

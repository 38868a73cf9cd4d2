"""What administrators set: bounds, defaults that follow the settings, and that a change reaches those it concerns."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from extension_api import installation, policy, revision
from extension_api.accounts import service as accounts
from extension_api.app import create_app
from extension_api.clock import SetClock
from extension_api.db import Database
from extension_api.errors import Conflict, InvalidRequest
from extension_api.kernel import Kernel
from extension_api.policy import InvalidPolicy, Policy, StoredPolicy
from extension_api.sessions.models import Kind
from extension_api.sessions.signing_in import begin_by_setup_code
from tests.extension_api.conftest import START, People
from tests.practice.engines import Engine


def change(kernel: Kernel, **values: Any) -> list[str]:
    with kernel.database.writing() as session:
        old, version = policy.read_with_version(session, kernel.settings)
        new = policy.checked(msgspec.structs.asdict(old) | values)
        return [str(c) for c in policy.change(session, kernel.settings, new, version=version, now=START)]


def at(kernel: Kernel) -> int:
    with kernel.database.reading() as session:
        return revision.current(session)


def test_defaults_follow_the_settings_until_an_administrator_says_otherwise(
    tmp_path: Path, clock: SetClock, engine: Engine
) -> None:
    def found(refresh_interval: int = 60) -> tuple[int, int]:
        settings = engine.settings(tmp_path / "data", refresh_interval=refresh_interval)
        installation.prepare(settings, START)
        kernel: Kernel = create_app(settings, clock=clock).extensions["wayfill"]
        now = policy.current(kernel)
        kernel.database.close()
        return now.refresh_interval, now.permitted_attempts

    assert found() == (60, 10)
    assert found(refresh_interval=90) == (90, 10)
    settings = engine.settings(tmp_path / "data")
    database = Database(settings.database)
    with database.writing() as session:
        policy.change(session, settings, policy.checked(asdict(permitted_attempts=5)), version=0, now=START)
    database.close()
    assert found(refresh_interval=90) == (90, 5)


def asdict(**values: Any) -> dict[str, Any]:
    return msgspec.structs.asdict(Policy()) | values


def test_a_change_says_old_and_new_and_a_repetition_nothing(kernel: Kernel) -> None:
    networks = ("10.0.0.0/8", "fd00::/8")
    assert change(kernel, refresh_interval="45", trusted_networks=networks) == [
        "refresh_interval: 60 -> 45",
        "trusted_networks: none -> 10.0.0.0/8 fd00::/8",
    ]
    assert policy.current(kernel).trusted_networks == networks
    assert change(kernel) == []
    assert change(kernel, trusted_networks=()) == ["trusted_networks: 10.0.0.0/8 fd00::/8 -> none"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("refresh_interval", 29),
        ("refresh_interval", "sixty"),
        ("refresh_interval", ""),
        ("refresh_interval", None),
        ("refresh_interval", -60),
        ("refresh_interval", "٦٠"),
        ("refresh_interval", "9" * 5_000),
        ("continuation", 29),
        ("permitted_attempts", 2),
        ("permitted_attempts", 101),
        ("permitted_over_addresses", 101),
        ("longest_delay", 59),
        ("minimum_password_length", 11),
        ("audit_rows", 999),
        ("trusted_networks", ("0.0.0.0/0",)),
        ("trusted_networks", ("proxy.example",)),
        ("trusted_networks", "10.0.0.0/8"),
        ("trusted_networks", tuple(f"10.0.{n}.0/24" for n in range(65))),
    ],
)
def test_out_of_bounds_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        policy.checked(asdict(**{name: value}))
    assert set(refused.value.reasons) == {name}


def test_values_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        policy.checked(asdict(first_delay=901, permitted_attempts=60))
    assert set(refused.value.reasons) == {"longest_delay", "permitted_over_addresses"}


def test_every_reason_is_given_at_once_and_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        policy.checked({})
    assert set(refused.value.reasons) == set(Policy.__struct_fields__)
    with pytest.raises(InvalidRequest, match="unknown"):
        policy.checked(asdict(refresh_intervall=60))


def test_two_who_change_at_once_do_not_undo_each_other(kernel: Kernel) -> None:
    with kernel.database.writing() as session:
        policy.change(session, kernel.settings, Policy(audit_rows=5_000), version=0, now=START)
    with pytest.raises(Conflict), kernel.database.writing() as session:
        policy.change(session, kernel.settings, Policy(refresh_interval=90), version=0, now=START)
    assert policy.current(kernel) == Policy(audit_rows=5_000)


def test_extensions_learn_of_what_concerns_them_and_of_nothing_else(kernel: Kernel, person: People) -> None:
    anna = person("anna")
    first = anna.call("GET", "/match-table")
    assert first.json is not None
    assert first.json["policy"] == {"refresh_interval": 60, "continuation": 300, "observe_chains": True}
    tag = first.headers["ETag"]
    change(kernel, audit_rows=2_000, permitted_attempts=5)
    assert anna.call("GET", "/match-table", If_None_Match=tag).status_code == 304
    before = at(kernel)
    change(kernel, refresh_interval=30, continuation=60, observe_chains=0)
    assert at(kernel) == before + 1
    second = anna.call("GET", "/match-table", If_None_Match=tag)
    assert second.status_code == 200
    assert second.json is not None
    assert second.json["policy"] == {"refresh_interval": 30, "continuation": 60, "observe_chains": False}


def test_a_new_password_is_as_long_as_the_policy_says(kernel: Kernel, person: People) -> None:
    anna = person("anna").account
    change(kernel, minimum_password_length=16)
    with kernel.database.writing() as session:
        code = accounts.issue_setup_code(session.merge(anna), now=START)

    def set_password(password: str) -> None:
        with kernel.database.session(writes=True) as session:
            begin_by_setup_code(kernel, session, code, password, kind=Kind.CONSOLE, device="test", address="192.0.2.1")

    with pytest.raises(InvalidRequest, match="16 to"):
        set_password("fifteen letters")
    set_password("sixteen letters!")


def test_what_is_stored_beyond_the_bounds_is_never_used(kernel: Kernel) -> None:
    with kernel.database.writing() as session:
        session.execute(update(StoredPolicy).values(overrides='{"permitted_attempts": 1000000}'))
    with pytest.raises(msgspec.ValidationError):
        policy.current(kernel)


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("walk_names", ("SSO.Corp.Example", "*.corp.example"), ("sso.corp.example", "*.corp.example")),
        ("walk_names", ("b\u00fccher.example",), ("xn--bcher-kva.example",)),
        ("walk_networks", ("10.20.0.0/16", "fd00::/8"), ("10.20.0.0/16", "fd00::/8")),
        ("walk_ports", ("8443", "09000"), ("8443", "9000")),
        *(
            ("walk_names", (text,), None)
            for text in ("*", "*.", "a b", "x.test/", "x.test:80", "10.0.0.1", "a*.x.test")
        ),
        *(("walk_names", (text,), None) for text in ("https://x.test", "[::1]", "user@x.test", "*.*.x.test", "")),
        *(
            ("walk_networks", (text,), None)
            for text in ("0.0.0.0/0", "::/0", "10.0.0.1/8", "x.test", "::ffff:10.0.0.0/104")
        ),
        *(("walk_ports", (text,), None) for text in ("0", "65536", "-1", "http", "80-90", "1" * 20)),
        ("walk_ports", tuple("1" * 17), None),
        ("resolve_interval", 30 * 24 * 3600 + 1, None),
        ("observe_chains", 2, None),
    ],
)
def test_what_may_be_walked_to_is_checked(name: str, given: Any, kept: Any) -> None:
    if kept is None:
        with pytest.raises(InvalidPolicy):
            policy.checked(asdict(**{name: given}))
    else:
        assert getattr(policy.checked(asdict(**{name: given})), name) == kept

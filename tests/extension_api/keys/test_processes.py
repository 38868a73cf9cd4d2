"""The real commands beside the real server.

Nobody who fills or saves notices a change of the key; what is killed at a moment of chance goes on, or leaves no trace.
"""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from extension_api.settings import Settings
from tests.extension_api.keys.conftest import Vault
from tests.practice.service import Service

PASSWORD = "practice-password-of-pat"
VALUES = 4000
ROUNDS = 3
pytestmark = pytest.mark.timeout(600)  # commands are started dozens of times, beside whatever else the machine does
PAGE = "https://ads.example-one.test/"


@dataclass
class Seen:
    """What the people at work saw."""

    fills: int = 0
    saved: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path, settings={"WAYFILL_WORKERS": "2"})
    made.succeed("init")
    made.add_user("pat", PASSWORD)
    yield made
    made.kill()


@pytest.fixture
def vault(service: Service) -> Vault:
    made = Vault(Settings(data=service.data))
    made.add(VALUES)
    return made


def add_record(service: Service, title: str, secret: str) -> str:
    return service.add_record(
        "--title", title, "--url", PAGE, "--username", "p", "--fill", "pat", password=secret
    )  # fmt: skip


def duration(service: Service, *arguments: str) -> float:
    """How long the command takes when it is left alone, on this machine, now."""
    began = time.monotonic()
    service.succeed(*arguments)
    return time.monotonic() - began


@dataclass
class Chance:
    """Moments at which a command is killed (-9), spread over what it takes beyond starting, as measured just before.

    Where one comes too late, because the machine got faster meanwhile, the next ones come sooner.
    """

    service: Service
    idle: float
    whole: float
    killed: int = 0
    moments: random.Random = field(default_factory=lambda: random.Random(4))  # noqa: S311 - it only spreads moments

    def kill(self, *arguments: str) -> None:
        process = self.service.run(*arguments)
        time.sleep(self.moments.uniform(0.8 * self.idle, self.whole))
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            self.killed += 1
        else:
            self.whole = max(self.idle, 0.7 * self.whole)


@dataclass(frozen=True)
class Office:
    """People at work on a running server, each filling and saving in a loop."""

    service: Service
    token: str
    record: str
    seen: Seen
    stop: threading.Event

    def fill(self) -> None:
        body = {"record_id": self.record, "page_url": PAGE, "top_url": PAGE, "fields": ["password"]}
        while not self.stop.is_set():
            answer = self.service.ask("POST", "/api/v1/fill", body, token=self.token)
            if answer.status != 200 or answer.body["values"] != {"password": "filled-secret"}:
                self.seen.wrong.append(f"fill: {answer}")
            self.seen.fills += 1

    def save(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            body = {"title": f"Saved {number}", "username": "u", "password": f"saved-secret-{number}"}
            answer = self.service.ask("POST", "/api/v1/records", body, token=self.token)
            if answer.status != 201:
                self.seen.wrong.append(f"save: {answer}")
                continue
            self.seen.saved[answer.body["record"]["id"]] = f"saved-secret-{number}"

    def read(self) -> None:
        while not self.stop.is_set():
            answer = self.service.ask("GET", "/api/v1/records?limit=5", token=self.token)
            if answer.status != 200:
                self.seen.wrong.append(f"read: {answer}")


def test_nobody_at_work_notices_a_change_of_the_key(
    service: Service, vault: Vault, figure: Callable[[str], None]
) -> None:
    record = add_record(service, "Filled", "filled-secret")
    service.start()
    office = Office(service, service.token("pat", PASSWORD), record, Seen(), threading.Event())
    people = [threading.Thread(target=act) for act in (office.fill, office.fill, office.save, office.read)]
    for person in people:
        person.start()
    began, rounds = time.monotonic(), 2
    for _ in range(rounds):
        (old,) = vault.ids_in_source()
        done = service.command("key", "rotate", timeout=120)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() != old
        assert [done.stdout.strip()] == vault.ids_in_source()
    took = (time.monotonic() - began) / rounds
    time.sleep(0.5)  # and some work after it
    office.stop.set()
    for person in people:
        person.join()
    seen = office.seen
    assert seen.wrong == []
    assert seen.fills > 20
    assert len(seen.saved) > 5
    assert len(vault.keys_in_use()) == 1
    assert set(seen.saved.values()) <= vault.passwords()
    vault.require_open()
    assert "Traceback" not in service.log_text()
    figure(
        f"key rotated {rounds} times in {took:.1f} s each under load: {seen.fills} fills and {len(seen.saved)} saved"
        " records meanwhile, none refused, none lost"
    )


def test_rotation_killed_at_random_moments(service: Service, vault: Vault, figure: Callable[[str], None]) -> None:
    record = add_record(service, "Filled", "filled-secret")
    passwords, total = vault.passwords(), vault.require_open()
    service.start()
    token = service.token("pat", PASSWORD)
    body = {"record_id": record, "page_url": PAGE, "top_url": PAGE, "fields": ["password"]}
    chance = Chance(service, duration(service, "key", "show"), duration(service, "key", "rotate"))
    for _ in range(ROUNDS):
        chance.kill("key", "rotate")
        answer = service.ask("POST", "/api/v1/fill", body, token=token)
        assert answer.body["values"] == {"password": "filled-secret"}
        assert vault.require_open() == total
        assert len(vault.ids_in_source()) <= 2
    service.kill()
    service.start()
    answer = service.ask("POST", "/api/v1/fill", body, token=token)
    assert answer.body["values"] == {"password": "filled-secret"}
    service.succeed("key", "rotate")
    assert len(vault.ids_in_source()) == 1
    assert set(vault.ids_in_source()) == vault.keys_in_use()
    assert vault.passwords() == passwords
    assert chance.killed, "no kill came in time: the test did not test"
    figure(f"rotation killed {chance.killed} times of {ROUNDS}: {total:,} values, none lost")


def test_backup_killed_at_random_moments(service: Service, vault: Vault, figure: Callable[[str], None]) -> None:
    target, whole = service.folder / "backups", 1
    target.mkdir()
    service.start()
    first = str(target / "first.wayfill")
    chance = Chance(service, duration(service, "key", "show"), duration(service, "backup", first))
    for number in range(ROUNDS):
        file = target / f"{number}.wayfill"
        chance.kill("backup", str(file))
        if file.exists():
            whole += 1
            assert service.command("backup", "verify", str(file)).returncode == 0
    service.succeed("backup", str(target / "last.wayfill"))
    # What a killed one left is swept away by the next, and never looked like a backup.
    assert all(file.suffix == ".wayfill" and not file.name.startswith(".") for file in target.iterdir())
    assert chance.killed, "no kill came in time: the test did not test"
    assert len(list(target.iterdir())) == whole + 1
    assert vault.require_open()
    figure(f"backup killed {chance.killed} times of {ROUNDS}: no file that looks whole and is not")


def test_restore_killed_at_random_moments(service: Service, vault: Vault, figure: Callable[[str], None]) -> None:
    file = service.folder / "kept.wayfill"
    service.succeed("backup", str(file))
    kept = vault.passwords()
    chance = Chance(service, duration(service, "key", "show"), duration(service, "restore", str(file)))
    add_record(service, "Later", "later-secret")
    later = vault.passwords()
    assert later != kept
    restored = 0
    for _ in range(ROUNDS):
        chance.kill("restore", str(file))
        found = vault.passwords()
        assert found in (kept, later)
        if found == kept:
            restored += 1
            add_record(service, "Later", "later-secret")
        vault.require_open()
    service.succeed("restore", str(file))
    assert vault.passwords() == kept
    service.start()
    assert service.token("pat", PASSWORD)
    assert chance.killed, "no kill came in time: the test did not test"
    assert not (service.data / "restore.partial").exists()
    figure(f"restore killed {chance.killed} times of {ROUNDS}: {restored} times the new state, never half of it")


def test_no_restore_beside_a_server(service: Service) -> None:
    file = service.folder / "kept.wayfill"
    service.start()
    service.succeed("backup", str(file))
    refused = service.command("restore", str(file))
    assert refused.returncode == 1
    assert "stop it first" in refused.stderr
    assert service.token("pat", PASSWORD)


def test_a_key_in_the_environment_stays_while_a_server_runs(service: Service, vault: Vault) -> None:
    key = (service.data / "master.key").read_text().strip()
    fresh = service.succeed("key", "new")
    service.settings["WAYFILL_MASTER_KEY"] = f"{key} {fresh}"
    service.start()
    refused = service.command("key", "rotate")
    assert refused.returncode == 1
    assert "Stop it" in refused.stderr
    service.stop()
    done = service.command("key", "rotate")
    assert done.returncode == 0, done.stderr
    assert "take it out" in done.stderr
    service.settings["WAYFILL_MASTER_KEY"] = fresh
    service.start()
    assert service.token("pat", PASSWORD)
    assert key not in service.log_text() + done.stdout + done.stderr

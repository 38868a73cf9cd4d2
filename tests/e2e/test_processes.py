"""The server as a process: what stops its start is said in one sentence; killed, it loses nothing that it confirmed."""

import hashlib
import os
import random
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.household import PERSON, SITE_PASSWORD, Household
from tests.practice.service import Service
from tests.practice.serving import LOOPBACK

ROUNDS = 5
WRITERS = 3


@pytest.fixture
def installed(service: Service) -> Service:
    """Set up, one account, not running."""
    service.succeed("init")
    service.add_user(PERSON.name, PERSON.password)
    return service


def refused(service: Service, *arguments: str) -> str:
    """Run a command that must refuse with a sentence; gives the sentence."""
    done = service.command(*arguments)
    assert done.returncode not in (0, None), done.stdout
    assert "Traceback" not in done.stderr
    said = done.stderr.strip()
    assert said.startswith("wayfill: ")
    assert "\n" not in said
    return said


def sign_in_works(service: Service) -> bool:
    return service.token(PERSON.name, PERSON.password) != ""


def test_a_port_that_is_taken(installed: Service) -> None:
    with socket.create_server((LOOPBACK, installed.port)):
        assert str(installed.port) in refused(installed, "serve")
    installed.start()
    assert sign_in_works(installed)


def test_a_second_server_on_one_data_folder(installed: Service, tmp_path: Path) -> None:
    installed.start()
    second = Service(tmp_path, installed.name, installed.tls)
    assert second.data == installed.data
    assert second.port != installed.port
    assert str(installed.data) in refused(second, "serve")
    assert sign_in_works(installed)
    installed.stop()
    installed.start()
    assert sign_in_works(installed)


def test_a_file_in_the_way_of_the_data_folder(service: Service) -> None:
    service.data.write_text("somebody's notes")
    for command in ("init", "serve"):
        assert str(service.data) in refused(service, command)
    assert service.data.read_text() == "somebody's notes"


def test_a_data_folder_where_nobody_may_write(service: Service) -> None:
    # Of /proc not even root can make a part; file modes would not keep root out.
    service.settings["WAYFILL_DATA"] = "/proc/wayfill"
    for command in ("init", "serve"):
        assert "/proc/wayfill" in refused(service, command)


@pytest.mark.skipif(os.geteuid() == 0, reason="file modes do not bind root; /proc stands in for it above")
def test_a_data_folder_that_became_read_only(installed: Service) -> None:
    installed.data.chmod(0o500)
    try:
        assert str(installed.data) in refused(installed, "serve")
    finally:
        installed.data.chmod(0o700)
    installed.start()
    assert sign_in_works(installed)


def test_a_missing_key_file_stops_the_start_and_no_new_key_is_made(installed: Service) -> None:
    key = installed.data / "master.key"
    kept = key.read_bytes()
    key.unlink()
    for command in ("serve", "init"):
        assert str(key) in refused(installed, command)
        assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o600)
    installed.start()
    assert sign_in_works(installed)


def test_a_database_that_is_newer_than_the_code_is_left_alone(installed: Service) -> None:
    database = installed.data / "wayfill.sqlite3"
    with sqlite3.connect(database) as connection:
        (before,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    digest = hashlib.sha256(database.read_bytes()).hexdigest()
    assert "newer" in refused(installed, "serve")
    assert hashlib.sha256(database.read_bytes()).hexdigest() == digest
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (before,))
    connection.close()
    installed.start()
    assert sign_in_works(installed)


def test_a_server_whose_parent_was_killed_gives_way(installed: Service) -> None:
    installed.start()
    process = installed.process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 5
    while installed.is_ready():
        assert time.monotonic() < deadline, "the orphaned worker still answers"
        time.sleep(0.1)
    installed.start()
    assert sign_in_works(installed)


@pytest.mark.parametrize("turn", range(3))
def test_ctrl_c_at_a_terminal_stops_it(installed: Service, turn: int) -> None:
    """A terminal interrupts the whole group, parent and workers at once; how these race is not the same every time."""
    installed.cold = turn == 0
    installed.start()
    process = installed.process
    assert process is not None
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 0, turn
    assert "Traceback" not in installed.log_text()


def test_a_service_manager_stops_it(installed: Service) -> None:
    installed.cold = True
    installed.start()
    assert sign_in_works(installed)
    assert installed.stop() == 0
    assert "Traceback" not in installed.log_text()
    assert "[WARNING]" not in installed.log_text()


@dataclass
class Confirmed:
    """What the server had answered with success before it was killed."""

    links: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    asked_removals: list[str] = field(default_factory=list)
    fills: int = 0
    asked_fills: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def test_what_was_confirmed_survives_being_killed_in_the_middle_of_writes(
    own_household: Household, figure: Callable[[str], None]
) -> None:
    household, service = own_household, own_household.service
    token = service.token(PERSON.name, PERSON.password)
    first = {f"{household.first}/"}  # linked by somebody else, on the command line
    confirmed = Confirmed()
    pause = random.Random(20)  # noqa: S311 - it only spreads the moments of the kills
    for turn in range(ROUNDS):
        stop = threading.Event()
        writers = [
            threading.Thread(target=write, args=(household, token, confirmed, stop, f"{turn}-{number}"))
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        time.sleep(pause.uniform(0.3, 0.8))
        service.kill()
        stop.set()
        for writer in writers:
            writer.join()
        service.start()

    links = service.ask("GET", f"/api/v1/records/{household.record}/links", token=token).body["links"]
    there = {link["url"] for link in links}
    events = all_events(service, token)
    linked = {str(event["detail"]).split()[0] for event in events if event["action"] == "link:add"} | first
    filled = [event for event in events if event["action"] == "fill:grant"]
    table = service.ask("GET", "/api/v1/match-table", token=token)
    assert confirmed.links, "no link was confirmed before any kill: the test did not test"
    assert confirmed.removed
    assert confirmed.fills
    assert set(confirmed.links) - there <= set(confirmed.asked_removals)
    assert not set(confirmed.removed) & there
    assert set(confirmed.links) <= linked
    assert there <= linked
    assert confirmed.fills <= len(filled) <= confirmed.asked_fills
    assert table.status == 200
    with sqlite3.connect(service.data / "wayfill.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    figure(
        f"killed {ROUNDS} times while writing: {len(confirmed.links)} links, {len(confirmed.removed)} removals and"
        f" {confirmed.fills} fills confirmed, none lost"
    )


def write(household: Household, token: str, confirmed: Confirmed, stop: threading.Event, name: str) -> None:
    """Link, fill, and remove every second link, noting what was confirmed, until the server is gone."""
    service = household.service
    links = f"/api/v1/records/{household.record}/links"
    page = f"{household.first}/"
    fill = {"record_id": household.record, "page_url": page, "top_url": page, "fields": ["password"]}
    number = 0
    try:
        while not stop.is_set():
            number += 1
            url = f"https://host-{name}-{number}.example-one.test/"
            answer = service.ask("POST", links, {"url": url, "strategy": "host"}, token=token)
            if answer.status == 503:
                continue
            assert answer.status == 201, answer
            with confirmed.lock:
                confirmed.links.append(url)
            with confirmed.lock:
                confirmed.asked_fills += 1
            answer = service.ask("POST", "/api/v1/fill", fill, token=token)
            assert answer.status in (200, 503), answer
            if answer.status == 200:
                assert answer.body["values"] == {"password": SITE_PASSWORD}
                with confirmed.lock:
                    confirmed.fills += 1
            if number % 2:
                listed = service.ask("GET", links, token=token).body["links"]
                link = next(item for item in listed if item["url"] == url)
                with confirmed.lock:
                    confirmed.asked_removals.append(url)
                if service.ask("DELETE", f"{links}/{link['id']}", token=token).status == 204:
                    with confirmed.lock:
                        confirmed.removed.append(url)
    except OSError:
        # The server was killed under this request; what it had not confirmed may or may not be there.
        return


def all_events(service: Service, token: str) -> list[dict[str, object]]:
    events: list[dict[str, object]] = []
    before = ""
    while True:
        answer = service.ask("GET", f"/api/v1/audit?limit=200{before}", token=token).body
        events += answer["events"]
        if answer["next"] is None:
            return events
        before = f"&before={answer['next']}"

"""Three nodes on one PostgreSQL, behind a plain balancer, without a shared disk: real processes, killed and restarted.

What is tested here holds between processes: that a change is seen everywhere at once, that counts are exact over all
nodes, that no acknowledged write is lost and that a client needs no more than one repetition.
"""

import base64
import json
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from extension_api import installation, policy
from extension_api.policy import Policy
from extension_api.settings import Settings
from tests.practice import postgres
from tests.practice.balancer import balancing
from tests.practice.postgres import Server
from tests.practice.service import Answer, Service

ADMIN, ANNA = "practice-password-of-admin", "practice-password-of-anna"
SECRET, METRICS = "made-up-record-secret", "made-up-metrics-token"
PATIENCE = 150
PAUSE = 1.0
"""Seconds between an attempt that nobody answered and the next."""
GUESSES = 100
LIMITS = Policy(first_delay=2 * PATIENCE)
NODES = 3
COUNTED = re.compile(r'wayfill_request_seconds_count\{.*/api/v1/records".*\} (\S+)')


@dataclass
class Cluster:
    """The nodes, and their balancer as a fourth service that has no process of its own."""

    nodes: list[Service]
    front: Service
    database: str
    server: Server
    told: set[str] = field(default_factory=set)

    def log(self) -> str:
        return "".join(node.log_text() for node in self.nodes)

    def settings(self) -> Settings:
        node = self.nodes[0]
        return Settings(data=node.data, database_url=self.database, key_file=node.data / "master.key")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, database_server: Server) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("nodes")
    database = database_server.address(database_server.database())
    nodes = []
    for number in range(NODES):
        place = folder / f"node-{number}"
        place.mkdir()
        nodes.append(
            Service(
                place,
                settings={
                    "WAYFILL_DATABASE_URL": database,
                    "WAYFILL_LOG": "json",
                    "WAYFILL_METRICS_TOKEN": METRICS,
                },
                patience=PATIENCE,
            )
        )
    key = nodes[0].succeed("key", "new")
    for node in nodes:
        node.data.mkdir(mode=0o700)
        (node.data / "master.key").touch(mode=0o600)
        (node.data / "master.key").write_text(f"{key}\n")
    with balancing([node.port for node in nodes]) as port:
        front = Service(folder, port=port, patience=PATIENCE)
        for node in nodes:
            node.settings["WAYFILL_PUBLIC_URL"] = front.public_url
        made = Cluster(nodes, front, database, database_server, {ADMIN, ANNA, SECRET, METRICS, key, postgres.PASSWORD})
        try:
            # All at once on an empty database: one of them makes the tables, the others wait for it.
            for node in nodes:
                node.spawn()
            for node in nodes:
                until(node.is_ready, f"node {node.folder.name} got ready:\n{node.log_text()}")
            nodes[1].add_user("root", ADMIN, administrator=True)
            nodes[2].add_user("anna", ANNA)
            yield made
        finally:
            for node in nodes:
                node.kill()


def until(true: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not in time: {words}"
        time.sleep(0.05)


def insist(service: Service, method: str, path: str, body: object = None, *, token: str = "") -> tuple[Answer, int]:
    """Make a call as a client should: again, after a pause, where nobody answered or the service asks; gives both.

    Without the pause a client meets the node that is being killed once more: its port listens until the last of its
    processes is gone.
    """
    for repeated in range(60):
        try:
            answer = service.ask(method, path, body, token=token)
        except OSError:
            time.sleep(PAUSE)
            continue
        if answer.status != 503:
            return answer, repeated
        time.sleep(int(answer.headers["retry-after"]))
    raise AssertionError("the service did not come back")


def new_record(title: str, **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "username": "ads@example.test",
        "password": SECRET,
        "url": "https://ads.example.test/",
    } | more


def test_all_that_start_at_once_make_one_installation(cluster: Cluster) -> None:
    rows = cluster.server.run("SELECT count(*) FROM sealing_key", database=cluster.database.rpartition("/")[2])
    assert rows == [(1,)]
    assert len({node.succeed("audit", "verify").splitlines()[0] for node in cluster.nodes}) == 1


def test_what_one_changes_the_others_see_at_the_next_request(cluster: Cluster) -> None:
    first, second, third = cluster.nodes
    token = first.token("anna", ANNA)
    cluster.told.add(token)
    for number, (writer, other, reader) in enumerate([(first, second, third), (third, first, second)]):
        for node in cluster.nodes:
            before = node.ask("GET", "/api/v1/match-table", token=token)  # every node has the table in its memory
        made = writer.ask("POST", "/api/v1/records", new_record(f"Seen {number}"), token=token)
        assert made.status == 201, made
        page = f"https://login.example-{number}.test/"
        linked = {"url": page, "strategy": "host"}
        fill = {"record_id": made.body["record"]["id"], "page_url": page, "top_url": page, "fields": ["password"]}
        assert reader.ask("POST", "/api/v1/fill", fill, token=token).status == 403
        assert (
            other.ask("POST", f"/api/v1/records/{made.body['record']['id']}/links", linked, token=token).status == 201
        )
        for node in (reader, writer, other):
            table = node.ask(
                "GET", "/api/v1/match-table", token=token, headers={"If-None-Match": before.headers["etag"]}
            )
            assert table.status == 200
            assert f"Seen {number}" in json.dumps(table.body)
            filled = node.ask("POST", "/api/v1/fill", fill, token=token)
            assert (filled.status, filled.body["values"]) == (200, {"password": SECRET})
    assert second.ask("DELETE", "/api/v1/session", token=token).status == 204
    assert [node.ask("GET", "/api/v1/match-table", token=token).status for node in cluster.nodes] == [401] * NODES


def test_guesses_over_three_nodes_are_counted_exactly(cluster: Cluster, figure: Callable[[str], None]) -> None:
    settings = cluster.settings()
    database, _ = installation.open_database(settings)
    with database.writing() as session:
        policy.change(session, settings, LIMITS, version=0, now=0)
    database.close()
    served = [node.log_text().count('"/api/v1/session"') for node in cluster.nodes]

    def guess(number: int) -> tuple[int, int]:
        body = {"username": "root", "password": f"wrong guess {number}", "device": "guesser"}
        answer, repeated = insist(cluster.front, "POST", "/api/v1/session", body)
        return answer.status, repeated

    with ThreadPoolExecutor(GUESSES) as pool:
        answers = list(pool.map(guess, range(GUESSES)))
    statuses = Counter(status for status, _ in answers)
    assert set(statuses) <= {401, 429}
    # A guess that a busy node turned away with 503 may have been counted before; no other is missing.
    turned_away = sum(repeated for _, repeated in answers)
    assert LIMITS.permitted_attempts - turned_away <= statuses[401] <= LIMITS.permitted_attempts
    now = [node.log_text().count('"/api/v1/session"') for node in cluster.nodes]
    assert all(after > before for after, before in zip(now, served, strict=True)), "not every node took part"
    cluster.nodes[0].succeed("throttle", "lift", "--all")
    figure(f"throttle: {GUESSES} guesses over {NODES} nodes: {statuses[401]} judged")


def test_nodes_and_the_database_are_killed_and_nothing_acknowledged_is_lost(
    cluster: Cluster, figure: Callable[[str], None]
) -> None:
    token = cluster.front.token("anna", ANNA)
    cluster.told.add(token)
    acknowledged: list[str] = []
    repetitions: Counter[int] = Counter()
    failures: list[object] = []
    stop = threading.Event()

    def write(who: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            title = f"Kept {who}-{number}"
            try:
                answer, repeated = insist(cluster.front, "POST", "/api/v1/records", new_record(title), token=token)
            except Exception as error:  # noqa: BLE001 - told below, by the test
                failures.append(error)
                return
            repetitions[repeated] += 1
            if answer.status == 201:
                acknowledged.append(title)
            else:
                failures.append(answer)

    def goes_on(words: str) -> None:
        there = len(acknowledged)
        until(lambda: len(acknowledged) >= there + 12 or bool(failures), words)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    try:
        goes_on("writing began")
        cluster.nodes[1].kill()  # -9, with its workers, in the middle of whatever they do
        goes_on("it went on with two nodes")
        killed = dict(repetitions)
        cluster.nodes[1].start()
        cluster.nodes[0].kill()
        goes_on("it went on with two other nodes")
        cluster.nodes[0].start()
        cluster.server.stop(signal.SIGINT)
        cluster.server.start()
        goes_on("it went on after the database was restarted")
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert failures == []
    assert set(killed) <= {0, 1}, "a killed node costs a client one repetition"
    found, after = set(), ""
    while True:
        page = cluster.front.ask("GET", f"/api/v1/records?limit=100{after}", token=token)
        found |= {record["title"] for record in page.body["records"]}
        if not page.body.get("next"):
            break
        after = f"&after={page.body['next']}"
    assert set(acknowledged) <= found
    figure(
        f"nodes: {len(acknowledged)} writes acknowledged while two of {NODES} nodes were killed and the database was"
        f" restarted, none lost; repetitions {dict(sorted(repetitions.items()))}"
    )


def test_the_master_key_changes_while_all_nodes_serve(cluster: Cluster) -> None:
    token = cluster.front.token("anna", ANNA)
    cluster.told.add(token)
    refused = cluster.nodes[0].command("key", "rotate")
    assert refused.returncode == 1
    assert "Other nodes serve this database" in refused.stderr
    key = cluster.nodes[0].succeed("key", "new")
    cluster.told.add(key)
    for node in cluster.nodes:
        with (node.data / "master.key").open("a") as file:
            file.write(f"{key}\n")
    wrong: list[object] = []
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            made = cluster.front.ask("POST", "/api/v1/records", new_record(f"Sealed {number}"), token=token)
            if made.status != 201:
                wrong.append(made)

    writer = threading.Thread(target=write)
    writer.start()
    rotating = [
        threading.Thread(target=lambda node=node: results.append(node.command("key", "rotate", timeout=PATIENCE)))
        for node in cluster.nodes[:2]
    ]
    results: list[Any] = []
    for each in rotating:
        each.start()
    for each in rotating:
        each.join()
    done.set()
    writer.join(PATIENCE)
    assert wrong == []
    assert 0 in [result.returncode for result in results], results
    for result in results:
        assert result.returncode == 0 or "being changed already" in result.stderr or "gives no new one" in result.stderr
    seals = cluster.nodes[2].succeed("key", "show").splitlines()[0]
    assert "seals" in seals
    page = cluster.front.ask("GET", "/api/v1/records?limit=100", token=token)
    for node, record in zip(cluster.nodes * 2, page.body["records"], strict=False):
        body = {"record_id": record["id"], "page_url": "https://ads.example.test/", "fields": ["password"]}
        filled = node.ask("POST", "/api/v1/fill", body | {"top_url": body["page_url"]}, token=token)
        assert filled.status == 200, (filled, node.log_text()[-2000:])
        assert filled.body["values"] == {"password": SECRET}


def test_a_backup_is_made_while_all_nodes_serve_and_the_audit_verifies(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "one.wayfill"
    cluster.nodes[2].succeed("backup", str(file))
    assert cluster.nodes[0].succeed("backup", "verify", str(file)) == "whole"
    for node in cluster.nodes:
        node.succeed("audit", "verify")


def test_every_node_counts_and_says_what_it_did_and_no_secret_is_in_any_log(cluster: Cluster) -> None:
    counted = 0.0
    for node in cluster.nodes:
        text = node.ask("GET", "/metrics", token=METRICS).body
        assert "wayfill_database_up 1.0" in text
        counted += sum(
            float(n) for n in re.findall(r'wayfill_request_seconds_count\{.*/api/v1/records".*\} (\S+)', text)
        )
    assert counted > 30, text
    node = cluster.nodes[0]
    id_ = node.ask("GET", "/health/live", headers={"X-Request-Id": "asked-by-the-test"}).headers["x-request-id"]
    assert id_ == "asked-by-the-test"
    until(lambda: id_ in node.log_text(), "the request is in the log")
    log = cluster.log()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert len(lines) > 100
    assert {"time", "level", "logger", "message", "process"} <= set(lines[0])
    every = cluster.told | {base64.b64decode(key).hex() for key in cluster.told if key.endswith("=")}
    assert [secret for secret in every if secret in log] == []
    assert "ads@example.test" not in log

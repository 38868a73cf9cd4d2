"""The practice network of login shapes with a real service beside it that may walk there, and one person of it.

Each shape gets a record that knows its first address alone. What is proposed, and by which way it was learnt, is asked
of the service's API; what a browser does is `chain_run.py`'s.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from extension_api import policy
from extension_api.db import Database
from extension_api.settings import Settings
from tests.practice import certificates
from tests.practice.certificates import Certificates
from tests.practice.service import Answer, Service
from tests.practice.serving import serving
from tests.practice.shapes import HOSTS, Shape, ShapeSites

PERSON, PASSWORD = "pat-person", "practice-password-of-pat"
OWNER, OWNERS_PASSWORD = "ada-administrator", "practice-password-of-ada"
VALUES = {"username": "pat@example-one.test", "password": "practice-password-one"}
CODE_SECRET = "JBSWY3DPEHPK3PXP"
WALK_LIMIT = 120.0


@dataclass
class World:
    """Sites, service, and the records by the names of their shapes."""

    sites: ShapeSites
    service: Service
    trust: Certificates
    token: str = ""
    records: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the API as the person; the answer has to be a good one."""
        answer = self._ask(method, path, body)
        assert answer.status < 400, (method, path, answer)
        return answer.body

    def _ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Ask with a token that is good: a run of all shapes outlives one."""
        answer = self.service.ask(method, f"/api/v1{path}", body, token=self.token, headers=headers)
        if answer.status == 401:
            self.token = self.service.token(PERSON, PASSWORD)
            answer = self.service.ask(method, f"/api/v1{path}", body, token=self.token, headers=headers)
        return answer

    def add(self, shape: Shape) -> str:
        """A record of the person's own that knows the shape's first address and no more."""
        start = self.sites.start(shape)
        new = {"title": shape.name, **VALUES, "one_time_secret": CODE_SECRET, "url": start, "strategy": "path"}
        record: str = self.ask("POST", "/records", new)["record"]["id"]
        self.records[shape.name] = record
        return record

    def resolve(self) -> None:
        """Have every record's login walked, and wait for it."""
        waiting = set(self.records.values())
        for record in waiting:
            self.ask("POST", f"/records/{record}/resolve")
        deadline = time.monotonic() + WALK_LIMIT
        while waiting:
            assert time.monotonic() < deadline, f"{len(waiting)} logins are not walked"
            time.sleep(0.1)
            waiting = {one for one in waiting if self.ask("GET", f"/records/{one}/chain")["progress"] != "done"}

    def proposals(self, record: str) -> list[dict[str, Any]]:
        """All that was ever proposed for a record, whatever became of it."""
        found: list[dict[str, Any]] = []
        for state in ("open", "accepted", "rejected"):
            found += self.ask("GET", f"/proposals?record={record}&state={state}")["proposals"]
        return found

    def accept_resolved(self, record: str) -> int:
        """Accept what a walk found; gives how many that were."""
        open_ = [each for each in self.ask("GET", f"/proposals?record={record}")["proposals"] if _resolved(each)]
        for each in open_:
            self.ask("POST", f"/proposals/{each['id']}/accept", {})
        return len(open_)

    def ways(self, record: str) -> dict[str, set[str]]:
        """For each proposed address, by which ways it was learnt."""
        return {
            each["address"]: {way for way, known in (("resolved", _resolved(each)), ("seen", _seen(each))) if known}
            for each in self.proposals(record)
        }

    def forget(self, shape: Shape) -> None:
        """Remove a record that has had its turn: its links hold pages of the others."""
        path = f"/records/{self.records.pop(shape.name)}"
        seen = self._ask("GET", path).headers["etag"]
        answer = self._ask("DELETE", path, **{"If-Match": seen})
        assert answer.status == 204, answer

    def set_policy(self, **values: object) -> None:
        """What an administrator sets, straight into the database, as the service is not to be asked for a proof."""
        settings = Settings(data=self.service.data)
        database = Database(settings.database_file)
        with database.writing() as session:
            old, version = policy.read_with_version(session, settings)
            new = policy.checked(msgspec.structs.asdict(old) | values)
            policy.change(session, settings, new, version=version, now=0)
        database.close()


@contextlib.contextmanager
def world(folder: Path) -> Iterator[World]:
    """Serve the network, and a service whose administrator lists its names and port for walks."""
    made = certificates.make(folder / "certificates", list(HOSTS.values()))
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 {' '.join(HOSTS.values())}\n")
    sites = ShapeSites()
    with serving(sites, made.server_context()) as sites.port:
        settings = {"WAYFILL_HOSTS_FILE": str(hosts), "SSL_CERT_FILE": str(made.authority)}
        service = Service(folder, settings=settings)
        service.succeed("init", "--administrator", "unused-administrator")
        service.add_user(OWNER, OWNERS_PASSWORD, administrator=True)
        service.add_user(PERSON, PASSWORD)
        result = World(sites, service, made)
        result.set_policy(walk_names=tuple(HOSTS.values()), walk_ports=(str(sites.port),))
        service.start()
        try:
            result.token = service.token(PERSON, PASSWORD)
            yield result
        finally:
            service.kill()


def _resolved(proposal: dict[str, Any]) -> bool:
    return proposal["evidence"]["resolved_at"] is not None


def _seen(proposal: dict[str, Any]) -> bool:
    return proposal["evidence"]["seen_at"] is not None

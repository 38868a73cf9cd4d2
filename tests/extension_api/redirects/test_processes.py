"""The real command and the real server, with two workers: what they walk, what they keep, what they say."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from extension_api import policy
from extension_api.cli import main
from extension_api.db import Database
from extension_api.settings import Settings
from tests.practice import certificates
from tests.practice.service import Service
from tests.practice.serving import serving
from tests.practice.shapes import HOSTS, SHAPES, ShapeSites

PASSWORD = "practice-password-of-anna"
BY_NAME = {shape.name: shape for shape in SHAPES}


@pytest.fixture(scope="module")
def sites_and_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ShapeSites, Service]]:
    folder = Path(tmp_path_factory.mktemp("walking"))
    made = certificates.make(folder / "certificates", list(HOSTS.values()))
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 {' '.join(HOSTS.values())}\n")
    sites = ShapeSites()
    with serving(sites, made.server_context()) as sites.port:
        service = Service(
            folder,
            settings={
                "WAYFILL_HOSTS_FILE": str(hosts),
                "WAYFILL_RESOLVE_INTERVAL": "86400",
                "WAYFILL_WORKERS": "2",
                "SSL_CERT_FILE": str(made.authority),
            },
        )
        service.succeed("init")
        service.add_user("anna", PASSWORD)
        settings = Settings(data=service.data)
        database = Database(settings.database_file)
        with database.writing() as session:
            old, version = policy.read_with_version(session, settings)
            values = {"walk_names": tuple(HOSTS.values()), "walk_ports": (str(sites.port),)}
            new = policy.checked(msgspec.structs.asdict(old) | values)
            policy.change(session, settings, new, version=version, now=0)
        database.close()
        yield sites, service
        service.stop()


def test_the_server_walks_what_is_saved_and_a_person_links_it(sites_and_service: tuple[ShapeSites, Service]) -> None:
    sites, service = sites_and_service
    names = ["http-302", "dead-end", "form-post"]
    records = {
        name: service.add_record(
            *("--title", name, "--url", sites.start(BY_NAME[name])), "--username", "u", "--edit", "anna",
            password="made-up",
        )
        for name in names
    }  # fmt: skip
    service.start()
    token = service.token("anna", PASSWORD)
    deadline = time.monotonic() + 60
    waiting = dict(records)
    while waiting and time.monotonic() < deadline:
        time.sleep(0.2)
        for name, record in list(waiting.items()):
            if service.ask("GET", f"/api/v1/records/{record}/chain", token=token).body["progress"] == "done":
                del waiting[name]
    assert not waiting
    assert sorted(sites.asked) == sorted(set(sites.asked)), "of two workers one walks each login, once"
    found = service.ask("GET", "/api/v1/proposals", token=token).body["proposals"]
    wanted = {(name, sites.origin(letter)) for name in names for letter in BY_NAME[name].resolved}
    assert {(each["title"], each["address"]) for each in found} == wanted
    page = {"page_url": f"{sites.origin('b')}/http-302/password"}
    assert service.ask("POST", "/api/v1/match", page, token=token).body["matches"] == []
    (mine,) = (each["id"] for each in found if each["title"] == "http-302")
    assert service.ask("POST", f"/api/v1/proposals/{mine}/accept", {}, token=token).status == 200
    (match,) = service.ask("POST", "/api/v1/match", page, token=token).body["matches"]
    assert match["record_id"] == records["http-302"]


@pytest.fixture
def run(sites_and_service: tuple[ShapeSites, Service], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command in this process."""
    _, service = sites_and_service
    for name, value in service.settings.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments, stdin=None: CliRunner().invoke(
        main, ["--data", str(service.data), *arguments], input=stdin
    )


def test_the_command_walks_and_says_so_in_words_and_in_json(
    sites_and_service: tuple[ShapeSites, Service], run: Callable[..., Result]
) -> None:
    sites, _ = sites_and_service
    told = run("resolve", sites.start(BY_NAME["mixed"])).stdout.splitlines()
    assert [line.split()[1] for line in told[1:-1]] == ["start", "http", "meta", "script", "refresh"]
    assert told[-1] == "The login stops at this page."
    read = json.loads(run("resolve", "--json", sites.start(BY_NAME["query"])).stdout)
    wanted = [f"{sites.origin('a')}/query/", f"{sites.origin('b')}/query/password"]
    assert [hop["address"] for hop in read["hops"]] == wanted
    refused = run("resolve", "http://169.254.169.254/latest/meta-data/")
    words = "wayfill: This address is not a public one, and no administrator has listed it.\n"
    assert (refused.exit_code, refused.stderr) == (1, words)


def test_the_command_says_why(run: Callable[..., Result]) -> None:
    made = run("record", "add", "--title", "Why", "--url", "https://www.example-nine.test/", "--strategy", "host",
               "--username", "u", "--owner", "anna", "--password-stdin", stdin="made-up\n")  # fmt: skip
    told = run("why", "www.example-nine.test/in", "--user", "anna").stdout
    assert f"matches   Why  {made.stdout.strip()}" in told
    other = json.loads(run("why", "https://www2.example-nine.test/", "--user", "anna", "--json").stdout)
    assert (other["matches"], [each["title"] for each in other["others"]]) == ([], ["Why"])
    assert "It does not match" in other["others"][0]["reason"]
    assert run("why", "https://x.test/", "--user", "nobody").exit_code == 1
    assert run("why", "ftp://x.test/", "--user", "anna").exit_code == 1


def test_the_command_imports_affiliations(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "shared.json"
    file.write_text(json.dumps([{"shared": ["a.test", "b.test"]}, {"from": ["c.test"], "to": ["com"]}]))
    done = run("affiliations", "import", str(file))
    assert (done.exit_code, done.stdout) == (0, "1 groups\n")
    assert "group 2: 'com' is a public suffix; left out" in done.stderr
    file.write_text('{"no": "list"}')
    assert run("affiliations", "import", str(file)).exit_code == 1


def test_apples_own_file_is_taken_in(run: Callable[..., Result]) -> None:
    file = Path(__file__).resolve().parents[4] / "shared" / "data" / "affiliations" / "shared-credentials.json"
    if not file.exists():
        pytest.skip("the shared test data is not here")
    done = run("affiliations", "import", str(file))
    assert (done.exit_code, done.stderr) == (0, "")
    assert int(done.stdout.split()[0]) >= 100

"""The running service is held against its own OpenAPI document by schemathesis: every check, every endpoint, no 5xx."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.practice.service import Service

PASSWORD = "practice-password-of-pat"
EXAMPLES = 10
LIMIT = 400.0
"""Seconds; some two for each operation, more on a busy machine."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    made.succeed("init")
    made.add_user("pat", PASSWORD)
    made.add_record(
        "--title", "Practice", "--url", "ads.example-one.test", "--username", "pat", "--edit", "pat", password="made-up"
    )
    made.start()
    yield made
    made.stop()


@pytest.mark.timeout(LIMIT + 20)
def test_the_service_keeps_to_its_document(service: Service) -> None:
    token = service.token("pat", PASSWORD)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("st")),
            "--config-file",
            str(Path(__file__).with_name("schemathesis.toml")),
            "run",
            f"http://127.0.0.1:{service.port}/api/v1/openapi.json",
            "--header",
            f"Authorization: Bearer {token}",
            "--checks",
            "all",
            "--max-examples",
            str(EXAMPLES),
            "--no-color",
        ],
        cwd=service.folder,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    document = service.ask("GET", "/api/v1/openapi.json").body
    operations = sum(len(methods) for methods in document["paths"].values())
    # All but the one that `schemathesis.toml` leaves out, and the document's own, which schemathesis does by itself.
    assert f"Tested: {operations - 2}" in done.stdout
    assert "Unexpected" not in service.log_text()

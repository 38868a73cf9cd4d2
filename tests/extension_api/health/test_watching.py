"""What watches the service: readiness that names its reason, numbers for those with the token, lines without values."""

import json
import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from extension_api import logs
from extension_api.app import create_app
from extension_api.clock import SetClock
from extension_api.errors import SetupError
from extension_api.installation import SealingKey
from extension_api.kernel import Kernel
from extension_api.settings import Settings
from tests.extension_api.conftest import People
from tests.practice.engines import Engine

pytestmark = pytest.mark.every_engine
TOKEN = "made-up-metrics-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(tmp_path: Path, engine: Engine) -> Settings:
    return engine.settings(tmp_path / "data", metrics_token=TOKEN)


def test_ready_says_what_is_missing(kernel: Kernel, client: FlaskClient) -> None:
    assert client.get("/health/ready").status_code == 200
    with kernel.database.writing() as session:
        session.execute(update(SealingKey).values(id="0" * 16))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json["detail"]) == (503, "The key that seals is not here.")  # type: ignore[index]  # JSON
    assert answer.headers["Retry-After"] == "1"
    with kernel.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json["detail"]) == (  # type: ignore[index]  # JSON
        503,
        "The database cannot be read, or is not of this version.",
    )


def test_numbers_are_for_those_with_the_token(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer made-up-metrics-tokeN"}).status_code == 401
    assert client.get("/metrics", headers=BEARER).status_code == 200


def test_without_a_token_there_are_none(tmp_path: Path, engine: Engine, clock: SetClock) -> None:
    settings = engine.settings(tmp_path / "data")
    engine.put_prepared(settings)
    app = create_app(engine.settings(tmp_path / "data"), clock=clock)
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        assert app.test_client().get("/metrics", headers=headers).status_code == 404
    app.extensions["wayfill"].database.close()


def test_a_token_is_long(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="at least 16"):
        Settings(data=tmp_path, metrics_token="short")
    assert TOKEN not in repr(Settings(data=tmp_path, metrics_token=TOKEN))


def test_requests_are_counted_by_their_route_and_never_by_what_was_asked(client: FlaskClient, person: People) -> None:
    anna = person("anna")
    for secret in ("one", "two"):
        anna.call("GET", f"/records?q=made-up-{secret}")
        anna.call("GET", f"/no-such-{secret}")
    anna.call("GET", "/match-table")
    text = client.get("/metrics", headers=BEARER).text
    assert 'wayfill_request_seconds_count{method="GET",route="/api/v1/records",status="200"} 2.0' in text
    assert 'wayfill_request_seconds_count{method="any",route="(no such address)",status="404"} 2.0' in text
    assert 'wayfill_request_seconds_count{method="GET",route="/api/v1/match-table",status="200"} 1.0' in text
    assert "wayfill_database_up 1.0" in text
    assert "wayfill_suffix_list_age_days" in text
    for value in ("made-up", "anna", "no-such"):
        assert value not in text


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with a space 1234", 'quote"1234567', "0123456789abcdef"])
def test_every_answer_names_its_request(client: FlaskClient, given: str) -> None:
    for path in ("/health/live", "/api/v1/match-table", "/no-such-page"):
        id_ = client.get(path, headers={"X-Request-Id": given}).headers["X-Request-Id"]
        assert (id_ == given) is (given == "0123456789abcdef")
        assert logs.GIVEN.fullmatch(id_)


def test_a_line_of_json_tells_of_a_request(client: FlaskClient) -> None:
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Kept()
    handler.setFormatter(logs.JsonLines())
    logs.log.addHandler(handler)
    logs.log.setLevel(logging.INFO)
    try:
        client.get("/console/records/made-up-id?q=made-up-text", headers={"X-Request-Id": "0123456789abcdef"})
    finally:
        logs.log.removeHandler(handler)
        logs.log.setLevel(logging.NOTSET)
    (line,) = lines
    told = json.loads(line)
    assert told["request"] == "0123456789abcdef"
    assert (told["method"], told["status"]) == ("any", 404)
    assert told["ms"] >= 0
    assert "made-up" not in line


@pytest.mark.parametrize("formatter", [logs.JsonLines(), logs.TextLines()])
def test_an_exception_is_told_without_its_message(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("made-up-secret")
    except ValueError:
        import sys

        record = logging.LogRecord("wayfill", logging.ERROR, __file__, 1, "It\nfailed", (), sys.exc_info())
    line = formatter.format(record)
    assert "made-up-secret" not in line.replace(__file__, "")
    assert "ValueError" in line
    assert "test_watching.py" in line
    assert "\n" not in line

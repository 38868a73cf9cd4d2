"""What holds for every endpoint: guards, bodies, problems, headers, and the document that describes them."""

import json
import logging
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from extension_api.app import create_app
from extension_api.errors import SetupError
from extension_api.guards import guard_of, require_guards
from extension_api.kernel import Kernel
from extension_api.settings import Settings
from tests.extension_api.conftest import People


def api_rules(app: Flask) -> list[tuple[str, str, str | None]]:
    return [
        (method, rule.rule, guard_of(app.view_functions[rule.endpoint]))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


def test_an_endpoint_without_a_guard_stops_the_start(app: Flask) -> None:
    app._got_first_request = False
    app.add_url_rule("/open", view_func=lambda: "x", endpoint="open")
    with pytest.raises(SetupError, match="/open"):
        require_guards(app)


def test_nothing_but_signing_in_and_the_document_is_open(app: Flask) -> None:
    assert {(m, r) for m, r, guard in api_rules(app) if guard != "bearer"} == {
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/session/refresh"),
        ("GET", "/api/v1/openapi.json"),
    }


def test_without_a_token_every_guarded_endpoint_answers_401_before_it_reads_a_body(
    app: Flask, client: FlaskClient
) -> None:
    nothing = "00000000-0000-4000-8000-000000000000"
    guarded = [(m, r) for m, r, guard in api_rules(app) if guard == "bearer"]
    assert len(guarded) >= 9
    for method, rule in guarded:
        path = re.sub(r"<uuid:\w+>", nothing, rule)
        answer = client.open(path, method=method, data=b"{ not json", content_type="application/json")
        assert answer.status_code == 401, rule


@pytest.mark.parametrize(
    ("data", "content_type", "status", "slug"),
    [
        (b"{", "application/json", 400, "malformed-json"),
        (b"", "application/json", 400, "malformed-json"),
        (b"\xff\xfe", "application/json", 400, "malformed-json"),
        (b"[" * 60_000, "application/json", 422, "invalid-request"),
        (b'{"page_url": "\xed\xa0\x80"}', "application/json", 400, "malformed-json"),
        (b"[]", "application/json", 422, "invalid-request"),
        (b"{}", "application/json", 422, "invalid-request"),
        (b'{"page_url": 7}', "application/json", 422, "invalid-request"),
        (b'{"page_url": "https://a.test/", "extra": 1}', "application/json", 422, "invalid-request"),
        (b'{"page_url": "https://a.test/", "record_id": "x"}', "application/json", 422, "invalid-request"),
        (b"page_url=x", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b'{"page_url": "' + b"a" * 70_000 + b'"}', "application/json", 413, "too-large"),
    ],
)
def test_bad_bodies(person: People, data: bytes, content_type: str, status: int, slug: str) -> None:
    anna = person("anna")
    answer = anna.client.post(
        "/api/v1/match", data=data, content_type=content_type, headers={"Authorization": f"Bearer {anna.token}"}
    )
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert body["type"] == f"urn:wayfill:problem:{slug}"
    assert body["status"] == status


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=201", "before=0", "before=99999999999999999999", "x=1", "limit=1&limit=2"]
)
def test_bad_queries(person: People, query: str) -> None:
    assert person("anna").call("GET", f"/audit?{query}").status_code == 422


def test_problems_are_documents_for_every_wrong_address(client: FlaskClient) -> None:
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/records/not-a-uuid/links", 404),
        ("PUT", "/api/v1/session", 405),
    ):
        answer = client.open(path, method=method)
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"


def test_answers_are_hardened(client: FlaskClient) -> None:
    headers = client.get("/api/v1/openapi.json").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_cors_is_closed_by_default_and_opens_for_listed_extensions_alone(settings: Settings, app: Flask) -> None:
    origin = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert "Access-Control-Allow-Origin" not in app.test_client().options("/api/v1/fill", headers=asked).headers
    opened = Settings(data=settings.data, extension_origins=(origin,))
    other = create_app(opened)
    allowed = other.test_client().options("/api/v1/fill", headers=asked).headers
    assert allowed["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in allowed
    refused = other.test_client().options("/api/v1/fill", headers=asked | {"Origin": "https://web.test"}).headers
    assert "Access-Control-Allow-Origin" not in refused
    kernel: Kernel = other.extensions["wayfill"]
    kernel.database.close()


def test_an_unknown_error_is_a_bare_500(
    person: People, kernel: Kernel, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = person("anna")

    def broken(_cache: object, *_: object) -> None:
        raise RuntimeError("a secret in a message")

    monkeypatch.setattr("extension_api.matching.tables.TableCache.of", broken)
    with caplog.at_level(logging.DEBUG):
        answer = anna.call("GET", "/match-table")
    assert answer.status_code == 500
    assert answer.get_json()["type"] == "urn:wayfill:problem:internal"
    assert "a secret in a message" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


def test_the_document_describes_every_endpoint(app: Flask, client: FlaskClient) -> None:
    document = json.loads(client.get("/api/v1/openapi.json").data)
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    served = {(m, r.replace("<uuid:", "{").replace(">", "}")) for m, r, _ in api_rules(app)}
    assert described == served
    fill = document["paths"]["/api/v1/fill"]["post"]
    assert fill["security"] == [{"bearer": []}]
    assert set(fill["responses"]) >= {"200", "401", "403", "404", "422"}


def test_health(client: FlaskClient) -> None:
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200

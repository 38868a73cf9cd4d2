"""Settings are checked when they are made, and a misspelt one stops the start."""

import base64
from pathlib import Path

import pytest

from extension_api.errors import SetupError
from extension_api.settings import Settings, environment_of, from_environment


def test_defaults_are_loopback(tmp_path: Path) -> None:
    made = from_environment({"WAYFILL_DATA": str(tmp_path)})
    assert made.host == "127.0.0.1"
    assert made.public_url == "http://127.0.0.1:7845"
    assert not made.secure
    assert made.key_file == tmp_path / "master.key"


@pytest.mark.parametrize(
    "environment",
    [
        {"WAYFILL_REFRESH_INTERVAL": "29"},
        {"WAYFILL_REFRESH_INTERVAL": "sixty"},
        {"WAYFILL_PORT": "0"},
        {"WAYFILL_PORT": "65536"},
        {"WAYFILL_PORT": "-1"},
        {"WAYFILL_WORKERS": "0"},
        {"WAYFILL_PUBLIC_URL": "wayfill.example"},
        {"WAYFILL_PUBLIC_URL": "ftp://wayfill.example"},
        {"WAYFILL_PUBLIC_URL": "https://wayfill.example/path"},
        {"WAYFILL_TLS_CERTIFICATE": "/nowhere/cert.pem"},
        {"WAYFILL_TLS_CERTIFICATE": "/nowhere/cert.pem", "WAYFILL_TLS_KEY": "/nowhere/key.pem"},
        {"WAYFILL_MASTER_KEY": "c2hvcnQ="},
        {"WAYFILL_MASTER_KEY": "no base64"},
        {"WAYFILL_MASTER_KEY": base64.b64encode(bytes(32)).decode()},
        {"WAYFILL_MASTER_KEY": base64.b64encode(bytes(range(32))).decode(), "WAYFILL_KEY_FILE": "/k"},
        {"WAYFILL_EXTENSION_ORIGINS": "https://web.example"},
        {"WAYFILL_REFRESH_INTERVALL": "60"},
        {"WAYFILL_RESOLVE_INTERVAL": "2592001"},
        {"WAYFILL_HOSTS_FILE": "/nowhere/hosts"},
    ],
)
def test_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(SetupError):
        from_environment({"WAYFILL_DATA": str(tmp_path)} | environment)


def test_the_command_line_wins(tmp_path: Path) -> None:
    assert from_environment({"WAYFILL_DATA": "/x", "WAYFILL_PORT": "1"}, data=tmp_path, port=2).port == 2


def test_a_worker_gets_the_same_settings(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.touch()
    made = Settings(
        data=tmp_path, host="::1", port=8000, refresh_interval=30, workers=2, resolve_interval=0, hosts_file=hosts
    )
    assert from_environment(environment_of(made)) == made


def test_a_key_in_the_environment_prints_masked(tmp_path: Path) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    made = from_environment({"WAYFILL_DATA": str(tmp_path), "WAYFILL_MASTER_KEY": key})
    assert made.master_keys == (bytes(range(32)),)
    assert "<master key>" in repr(made)
    assert key not in repr(made)

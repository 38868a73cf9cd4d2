"""Everything that may be set, as one frozen object that is checked when it is made and handed in.

Settings come from the environment and the command line, never from a module-level global. What is secret among them
prints masked. An unknown `WAYFILL_` variable stops the start: a misspelt setting must not be silently without effect.
"""

import base64
import binascii
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from extension_api.errors import SetupError

MINIMUM_REFRESH_INTERVAL: Final = 30
"""Seconds (DESIGN section 3): the shortest interval at which a thousand extensions stay a small load."""
LONGEST_RESOLVE_INTERVAL: Final = 30 * 24 * 3600
KEY_BYTES: Final = 32
"""AES-256."""
DISTINCT: Final = 8
"""Different bytes that a key has at the least: 32 random ones have fewer once in 10^36 times, a placeholder has."""
KNOWN: Final = frozenset(
    {
        "WAYFILL_DATA",
        "WAYFILL_DATABASE_URL",
        "WAYFILL_EXTENSION_ORIGINS",
        "WAYFILL_HOST",
        "WAYFILL_HOSTS_FILE",
        "WAYFILL_KEY_COMMAND",
        "WAYFILL_KEY_FILE",
        "WAYFILL_LOG",
        "WAYFILL_MASTER_KEY",
        "WAYFILL_METRICS_TOKEN",
        "WAYFILL_PORT",
        "WAYFILL_PUBLIC_URL",
        "WAYFILL_REFRESH_INTERVAL",
        "WAYFILL_RESOLVE_INTERVAL",
        "WAYFILL_TLS_CERTIFICATE",
        "WAYFILL_TLS_KEY",
        "WAYFILL_WORKERS",
    }
)

LOGS: Final = ("text", "json")
SHORTEST_METRICS_TOKEN: Final = 16
"""Characters; it is compared with what anybody may send."""


class MasterKey(bytes):
    """Key material that never prints itself."""

    def __repr__(self) -> str:
        return "<master key>"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation.

    Args:
        data: The data folder; holds the embedded database and, unless set otherwise, the key file.
        database_url: The address of a PostgreSQL database that takes the embedded one's place; it may hold a password.
        host: Address that the service listens on.
        port: Port that the service listens on.
        public_url: The address that people and extensions use, without a closing slash.
        refresh_interval: Seconds between two looks of an extension at its match table, at least 30.
        continuation: Seconds for which a chosen record is carried on over the pages of a login.
        key_file: Where the master key lies; ignored when it comes from elsewhere.
        key_command: A command that prints the master key, run without a shell.
        master_keys: The key itself, for installations that hand it in through the environment; several while it is
            being changed.
        tls_certificate: PEM file of the certificate chain, to serve TLS without a proxy.
        tls_key: PEM file of its private key.
        workers: Number of server processes.
        extension_origins: Extension origins that may call the API under CORS; none by default.
        resolve_interval: Seconds after which a record's login chain is walked again; 0 for never by itself.
        hosts_file: A file in the form of `/etc/hosts` whose names are known before the system is asked, on walks of
            login chains alone.
        log: How it writes what it does: `text` for people, `json` with a line for each request.
        metrics_token: The bearer token for which `/metrics` answers; without one it answers nobody.

    Raises:
        SetupError: A value is out of bounds or contradicts another.
    """

    data: Path
    database_url: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 7845
    public_url: str = ""
    refresh_interval: int = 60
    continuation: int = 300
    key_file: Path = field(default=Path())
    key_command: str | None = field(default=None, repr=False)
    master_keys: tuple[MasterKey, ...] = ()
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    workers: int = 1
    extension_origins: tuple[str, ...] = ()
    resolve_interval: int = 24 * 3600
    hosts_file: Path | None = None
    log: str = "text"
    metrics_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        if self.refresh_interval < MINIMUM_REFRESH_INTERVAL:
            raise SetupError(
                f"The refresh interval is {self.refresh_interval} s; set it to at least {MINIMUM_REFRESH_INTERVAL} s."
            )
        if not 0 < self.port < 65_536:
            raise SetupError(f"{self.port} is no port; choose one from 1 to 65535.")
        if self.workers < 1:
            raise SetupError("WAYFILL_WORKERS must be at least 1.")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise SetupError("Set both WAYFILL_TLS_CERTIFICATE and WAYFILL_TLS_KEY, or neither.")
        if not 0 <= self.resolve_interval <= LONGEST_RESOLVE_INTERVAL:
            raise SetupError(f"WAYFILL_RESOLVE_INTERVAL must be from 0 to {LONGEST_RESOLVE_INTERVAL} s.")
        if self.hosts_file is not None and not self.hosts_file.is_file():
            raise SetupError(f"There is no file {self.hosts_file}; correct WAYFILL_HOSTS_FILE.")
        for file in (self.tls_certificate, self.tls_key):
            if file is not None and not file.is_file():
                raise SetupError(f"There is no file {file}; correct WAYFILL_TLS_CERTIFICATE or WAYFILL_TLS_KEY.")
        if self.log not in LOGS:
            raise SetupError("WAYFILL_LOG must be text or json.")
        if self.metrics_token is not None and len(self.metrics_token) < SHORTEST_METRICS_TOKEN:
            raise SetupError(f"WAYFILL_METRICS_TOKEN must have at least {SHORTEST_METRICS_TOKEN} characters.")
        if any(len(key) != KEY_BYTES for key in self.master_keys):
            raise SetupError(f"The master key must be {KEY_BYTES} bytes long.")
        if self.key_command is not None:
            _require_command(self.key_command)
        for origin in self.extension_origins:
            if not origin.startswith(("chrome-extension://", "moz-extension://")):
                raise SetupError(f"{origin} is not an extension's origin; web origins are never let in.")
        if self.key_file == Path():
            put(self, "key_file", self.data / "master.key")
        scheme = "https" if self.tls_certificate else "http"
        put(self, "public_url", (self.public_url or f"{scheme}://{self._shown_host()}:{self.port}").rstrip("/"))
        parts = urlsplit(self.public_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise SetupError("WAYFILL_PUBLIC_URL must look like https://wayfill.example.com, without a path.")

    def _shown_host(self) -> str:
        if self.host in ("0.0.0.0", "::"):  # noqa: S104 - compared with, not listened on
            return "localhost"
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def database_file(self) -> Path:
        """The file of the embedded database."""
        return self.data / "wayfill.sqlite3"

    @property
    def database(self) -> Path | str:
        """Where the database is: the file of the embedded one, or the address of another."""
        return self.database_url or self.database_file

    @property
    def secure(self) -> bool:
        """Whether people reach the service by https."""
        return self.public_url.startswith("https:")

    @property
    def public_origin(self) -> str:
        """The origin that a console page of this service has."""
        return self.public_url


def from_environment(environment: Mapping[str, str], **given: object) -> Settings:
    """Make the settings from environment variables.

    Args:
        environment: The variables; those that start with `WAYFILL_` are read.
        **given: Values from the command line; each that is not `None` replaces the variable's.

    Raises:
        SetupError: A variable is unknown, or a value is not one.
    """
    unknown = sorted(name for name in environment if name.startswith("WAYFILL_") and name not in KNOWN)
    if unknown:
        raise SetupError(f"Unknown setting {unknown[0]}; known are {', '.join(sorted(KNOWN))}.")
    values: dict[str, object] = {
        "data": Path(environment.get("WAYFILL_DATA") or Path.home() / ".local" / "share" / "wayfill"),
        "database_url": environment.get("WAYFILL_DATABASE_URL") or None,
        "host": environment.get("WAYFILL_HOST"),
        "port": _whole_number(environment, "WAYFILL_PORT"),
        "public_url": environment.get("WAYFILL_PUBLIC_URL"),
        "refresh_interval": _whole_number(environment, "WAYFILL_REFRESH_INTERVAL"),
        "resolve_interval": _whole_number(environment, "WAYFILL_RESOLVE_INTERVAL"),
        "hosts_file": _path(environment, "WAYFILL_HOSTS_FILE"),
        "log": environment.get("WAYFILL_LOG") or None,
        "metrics_token": environment.get("WAYFILL_METRICS_TOKEN") or None,
        "workers": _whole_number(environment, "WAYFILL_WORKERS"),
        "key_file": _path(environment, "WAYFILL_KEY_FILE"),
        "key_command": environment.get("WAYFILL_KEY_COMMAND") or None,
        "master_keys": _keys(environment),
        "tls_certificate": _path(environment, "WAYFILL_TLS_CERTIFICATE"),
        "tls_key": _path(environment, "WAYFILL_TLS_KEY"),
        "extension_origins": tuple((environment.get("WAYFILL_EXTENSION_ORIGINS") or "").split()) or None,
    }
    values.update({name: value for name, value in given.items() if value is not None})
    return Settings(**{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]  # each value was made for its field above


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables that hand `settings` to a worker process; a key given by the environment is inherited."""
    values = {
        "WAYFILL_DATA": str(settings.data),
        "WAYFILL_HOST": settings.host,
        "WAYFILL_PORT": str(settings.port),
        "WAYFILL_PUBLIC_URL": settings.public_url,
        "WAYFILL_REFRESH_INTERVAL": str(settings.refresh_interval),
        "WAYFILL_RESOLVE_INTERVAL": str(settings.resolve_interval),
        "WAYFILL_WORKERS": str(settings.workers),
        "WAYFILL_LOG": settings.log,
        "WAYFILL_EXTENSION_ORIGINS": " ".join(settings.extension_origins),
    }
    if settings.database_url is not None:
        values["WAYFILL_DATABASE_URL"] = settings.database_url
    if settings.metrics_token is not None:
        values["WAYFILL_METRICS_TOKEN"] = settings.metrics_token
    if settings.hosts_file is not None:
        values["WAYFILL_HOSTS_FILE"] = str(settings.hosts_file)
    if settings.key_command is not None:
        values["WAYFILL_KEY_COMMAND"] = settings.key_command
    elif not settings.master_keys:
        values["WAYFILL_KEY_FILE"] = str(settings.key_file)
    if settings.tls_certificate and settings.tls_key:
        values["WAYFILL_TLS_CERTIFICATE"] = str(settings.tls_certificate)
        values["WAYFILL_TLS_KEY"] = str(settings.tls_key)
    return values


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value) if value else None


def _whole_number(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name)
    if not value:
        return None
    if not (value.isascii() and value.isdigit()):
        raise SetupError(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def keys_in(content: bytes | str) -> tuple[MasterKey, ...]:
    """Return the keys that a text holds, in base64, apart by white space.

    Raises:
        ValueError: It holds something else, or no key.
    """
    try:
        keys = tuple(MasterKey(base64.b64decode(word, validate=True)) for word in content.split())
    except binascii.Error:
        raise ValueError("not base64") from None
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ValueError("no key of the right length")
    if any(len(set(key)) < DISTINCT for key in keys):
        raise ValueError("a placeholder, and no secret")
    return keys


def _keys(environment: Mapping[str, str]) -> tuple[MasterKey, ...] | None:
    given = [n for n in ("WAYFILL_MASTER_KEY", "WAYFILL_KEY_FILE", "WAYFILL_KEY_COMMAND") if environment.get(n)]
    if len(given) > 1:
        raise SetupError(f"Set {given[0]} or {given[1]}, not both.")
    value = environment.get("WAYFILL_MASTER_KEY")
    if not value:
        return None
    try:
        return keys_in(value)
    except ValueError:
        raise SetupError(f"WAYFILL_MASTER_KEY must be {KEY_BYTES} random bytes in base64.") from None


def _require_command(command: str) -> None:
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise SetupError("WAYFILL_KEY_COMMAND is no command; it is run without a shell, as words and quotes.")


def process_environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ

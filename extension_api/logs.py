"""What the service writes of its work, as lines for people or as JSON for a collector of logs, on standard error.

A line may say what was asked (method and the pattern of the route, never the address itself, which may hold a one-time
link), how it ended and which request it belongs to. It never holds a value: of an exception it says the kind and the
places it came through, not the message, which may quote what was given.
"""

import json
import logging
import re
import secrets
import time
import traceback
from collections.abc import Callable, Collection, Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, request

from extension_api.numbers import Numbers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

HEADER: Final = "X-Request-Id"
GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""The id of a request that a proxy gave it, taken as it is; another one is made where it is none."""
ROUTE: Final = "wayfill.route"
FIELDS: Final = ("method", "route", "status", "ms")
log = logging.getLogger("wayfill.request")
_current: ContextVar[str | None] = ContextVar("request", default=None)


def config(form: str) -> dict[str, Any]:
    """Return how everything in a process is logged (`logging.config.dictConfig`).

    Args:
        form: `json`, with a line for each request; or `text`, warnings and worse.
    """
    handlers = {"handlers": ["console"], "propagate": False}
    formatter = JsonLines if form == "json" else TextLines
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"generic": {"()": formatter}},
        "filters": {"unmeant": {"()": Unmeant}},
        "handlers": {
            "console": {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
        },
        "root": {"level": "WARNING", "handlers": ["console"]},
        "loggers": {
            "_granian": {"level": "INFO", "filters": ["unmeant"], **handlers},
            "granian.access": {"level": "CRITICAL", **handlers},
            "wayfill": {"level": "INFO" if form == "json" else "WARNING", **handlers},
        },
    }


class Unmeant(logging.Filter):
    """Keeps the server's doubt about its number of threads from people who did not choose it (`serving.WAITING`)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the line is written."""
        return "Python threads, which seems quite high" not in record.getMessage()


class TextLines(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        id_ = request_id()
        return f"[{record.levelname}] {_words(record)}" + (f" (request {id_})" if id_ else "")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _words(record),
            "process": record.process,
        }
        if (id_ := request_id()) is not None:
            line["request"] = id_
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        return json.dumps(line, ensure_ascii=False)


def request_id() -> str | None:
    """Return the id of the request that is being answered, if one is."""
    return _current.get()


def mark_routes(app: Flask) -> None:
    """Note which pattern took a request, for its line and its number."""

    @app.before_request
    def mark() -> None:
        if request.url_rule is not None:
            request.environ[ROUTE] = request.url_rule.rule


class Watched:
    """A WSGI application in front of all others, which gives each request an id, counts it and writes its line.

    Args:
        inner: What answers.
        numbers: Counts.
        fixed: Paths that `inner` answers without the framework.
    """

    def __init__(self, inner: "WSGIApplication", numbers: Numbers, fixed: Collection[str]) -> None:
        self._inner = inner
        self._numbers = numbers
        self._fixed = frozenset(fixed)

    def __call__(self, environment: dict[str, Any], start_response: "StartResponse", /) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        id_ = environment.get("HTTP_X_REQUEST_ID", "")
        if not GIVEN.fullmatch(id_):
            id_ = secrets.token_hex(8)
        before, began = _current.set(id_), time.perf_counter()

        def start(status: str, headers: Any, failed: Any = None, /) -> Callable[[bytes], object]:
            self._tell(environment, int(status[:3]), time.perf_counter() - began)
            return start_response(status, [*headers, (HEADER, id_)], failed)

        try:
            return self._inner(environment, start)
        finally:
            _current.reset(before)

    def _tell(self, environment: dict[str, Any], status: int, took: float) -> None:
        route = environment.get(ROUTE)
        if route is None and environment["PATH_INFO"] in self._fixed:
            route = environment["PATH_INFO"]
        method = environment["REQUEST_METHOD"] if route else "any"
        self._numbers.answered(method, route, status, took)
        if log.isEnabledFor(logging.INFO):
            about = {"method": method, "route": route, "status": status, "ms": round(took * 1000, 2)}
            log.info("answered", extra=about)


def _words(record: logging.LogRecord) -> str:
    words = record.getMessage()
    if record.exc_info and record.exc_info[0] is not None:
        places = traceback.extract_tb(record.exc_info[2])
        through = " < ".join(f"{place.name} ({place.filename}:{place.lineno})" for place in reversed(places))
        words = f"{words}: {record.exc_info[0].__qualname__} in {through}"
    return words.replace("\n", " ")

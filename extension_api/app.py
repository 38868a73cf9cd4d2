"""Where the kernel and the features are put together into one Flask application.

This is one of the kernel modules that may name features (see `__init__.py`). Answers to errors are made here, from the
one table in `errors.py`; what is not in the table is a bare 500 whose cause goes to the log and nowhere else.
"""

import functools
import logging
from typing import Final

import msgspec
from flask import Flask, Response, request
from flask_cors import CORS
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from extension_api import (
    audit,
    console,
    errors,
    fill,
    generate,
    health,
    logs,
    matching,
    openapi,
    people,
    redirects,
    sessions,
    transactions,
    vault,
)
from extension_api.api import PREFIX, Api, Call, kernel_of_app
from extension_api.clock import Clock, SystemClock
from extension_api.errors import Problem
from extension_api.front import BODY_LIMIT, Front, Headers
from extension_api.guards import require_guards
from extension_api.installation import open_database
from extension_api.kernel import Kernel
from extension_api.numbers import Numbers
from extension_api.settings import Settings

FEATURES: Final = (audit, sessions, people, vault, generate, redirects, matching, fill, health, console)
log = logging.getLogger("wayfill")


def create_app(settings: Settings, *, clock: Clock | None = None) -> Flask:
    """Make the application of one installation, which `installation.prepare` must have set up.

    Args:
        settings: How the installation is set up.
        clock: Tells the time; the system's by default.

    Raises:
        SetupError: The database or the key does not fit, or an endpoint declares no guard.
    """
    database, keyring = open_database(settings)
    app = Flask("extension_api", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, MAX_FORM_MEMORY_SIZE=BODY_LIMIT)
    kernel = Kernel(settings, database, keyring, clock or SystemClock())
    app.extensions["wayfill"] = kernel
    apis = [api for feature in FEATURES for api in feature.register(app, kernel)]
    _serve_openapi(app, apis)
    _answer_errors(app)
    logs.mark_routes(app)
    _open_cors(app, settings)
    app.after_request(functools.partial(_harden, _hardening(settings.secure)))
    require_guards(app)
    quick = {where: each for api in apis for where, each in api.quick.items()}
    # In front of the framework; `app` itself stays what tests and servers are given.
    front = Front(app, kernel, quick, _hardening(settings.secure), cors=bool(settings.extension_origins))
    watched = logs.Watched(front, kernel.shared(Numbers), {path for _, path in quick})
    app.wsgi_app = watched  # type: ignore[method-assign, assignment]  # the framework's own way of putting one in front
    return app


def _serve_openapi(app: Flask, apis: list[Api]) -> None:
    own = Api("openapi")
    every = [*apis, own]

    @functools.cache
    def described() -> bytes:
        return msgspec.json.encode(openapi.document(e for api in every for e in api.endpoints))

    @own.endpoint("GET", "/openapi.json", guard="public", summary="This document", answer=OpenApiDocument)
    def openapi_document(_call: Call) -> Response:
        return Response(described(), content_type="application/json")

    for api in every:
        app.register_blueprint(api.blueprint)


class OpenApiDocument(msgspec.Struct):
    """The OpenAPI document itself."""

    openapi: str


def _answer_errors(app: Flask) -> None:
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPException, lambda error: answer_problem(_of_http(error)))
    for unavailable in (DBAPIError, PoolTimeout):
        app.register_error_handler(unavailable, _answer_database)
    app.register_error_handler(Exception, _answer_unknown)


def answer_problem(problem: Problem) -> Response:
    """Return the problem document of a refusal, or its page where a person is looking."""
    if not request.path.startswith((PREFIX, "/health", "/metrics")):
        return console.problem_page(problem)
    body = openapi.ProblemDocument(f"urn:wayfill:problem:{problem.slug}", problem.title, problem.status, problem.detail)
    response = Response(msgspec.json.encode(body), problem.status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.allow:
        response.headers["Allow"] = ", ".join(problem.allow)
    if problem.status == errors.NotAuthenticated.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _of_http(error: HTTPException) -> Problem:
    if isinstance(error, NotFound):
        return errors.NotFound()
    if isinstance(error, RequestEntityTooLarge):
        return errors.TooLarge(f"The request is longer than {BODY_LIMIT // 1024} KiB.")
    if isinstance(error, MethodNotAllowed):
        return errors.MethodNotAllowed(allow=error.valid_methods or ())
    return errors.BadRequest() if error.code and error.code < 500 else errors.Internal()


def _answer_database(error: DBAPIError | PoolTimeout) -> Response:
    if not transactions.is_unavailable(error):
        return _answer_unknown(error)
    # The statement's values may hold what a log must not: only what kind of error it is, and where no statement was
    # sent the driver's own words, are written.
    log.error("The database did not answer: %s", transactions.words_of(error))
    kernel_of_app().shared(Numbers).unavailable.inc()
    return answer_problem(errors.Unavailable(retry_after=1))


def _answer_unknown(error: Exception) -> Response:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    # The message of an unknown error may quote a value; its kind and place are enough to find it.
    place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "?"
    log.error("Unexpected %s at %s", type(error).__qualname__, place)
    return answer_problem(errors.Internal())


def _open_cors(app: Flask, settings: Settings) -> None:
    if settings.extension_origins:
        CORS(
            app,
            resources={f"{PREFIX}/*": {"origins": list(settings.extension_origins)}},
            supports_credentials=False,
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", "Retry-After"],
        )


def _hardening(secure: bool) -> Headers:
    always = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]
    # The public address says whether people use https, also where a proxy ends it; a header of the request does not.
    return (*always, ("Strict-Transport-Security", "max-age=31536000")) if secure else tuple(always)


def _harden(always: Headers, response: Response) -> Response:
    for name, value in always:
        response.headers.setdefault(name, value)
    return response

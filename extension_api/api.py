"""How an endpoint of the API is declared, guarded, checked, run and committed.

One declaration serves the router, the check of the body and the OpenAPI document, so the three cannot disagree. The
order is fixed: caller, body, view, commit, answer. An exception rolls the transaction back, except where the refusal
itself is on record (`Problem.keeps_transaction`).
"""

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from flask import Blueprint, Request, Response, current_app, request
from sqlalchemy.orm import Session

from extension_api import client_address, transactions
from extension_api.errors import (
    InvalidRequest,
    Problem,
    UnsupportedMediaType,
)
from extension_api.front import Quick, decoded, require_keepable
from extension_api.guards import Guard, declare
from extension_api.kernel import Kernel
from extension_api.permissions import Identity

PREFIX: Final = "/api/v1"
Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call:
    """What every view is handed beside its caller and its body.

    Args:
        kernel: The installation.
        session: The request's transaction; the endpoint commits it, never the view.
        request: The request, for what is neither body nor query: headers and the caller's address.
    """

    kernel: Kernel
    session: Session
    request: Request

    @property
    def address(self) -> str:
        """The network address that the request came from."""
        return client_address.of(self.kernel, self.request)

    @property
    def now(self) -> int:
        """The time in seconds since the epoch."""
        return self.kernel.clock.now()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an endpoint declared."""

    method: Method
    path: str
    guard: Guard
    summary: str
    body: type[msgspec.Struct] | None
    query: type[msgspec.Struct] | None
    answer: type[msgspec.Struct] | None
    status: int
    problems: tuple[type[Problem], ...]
    tag: str
    headers: tuple[str, ...] = ()
    slow: bool = False
    quick: bool = False


class Api:
    """The endpoints of one feature.

    Args:
        feature: The feature's name, which is also the tag of its endpoints in the OpenAPI document.
    """

    def __init__(self, feature: str) -> None:
        self.feature = feature
        self.endpoints: list[Endpoint] = []
        self.quick: dict[tuple[str, str], Quick] = {}
        self.blueprint = Blueprint(f"api_{feature}", feature, url_prefix=PREFIX)

    def endpoint(
        self,
        method: Method,
        path: str,
        *,
        guard: Guard,
        summary: str,
        body: type[msgspec.Struct] | None = None,
        query: type[msgspec.Struct] | None = None,
        answer: type[msgspec.Struct] | None = None,
        status: int = 200,
        problems: tuple[type[Problem], ...] = (),
        headers: tuple[str, ...] = (),
        slow: bool = False,
        quick: bool = False,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare an endpoint; the view gets the call, then the identity, body and query that it declared.

        Args:
            method: HTTP method; everything but `GET` opens a writing transaction.
            path: Path below the API's prefix, in werkzeug's form.
            guard: Who may call.
            summary: One sentence for the OpenAPI document.
            body: What the JSON body must be; unknown fields are refused.
            query: What the query may hold; unknown names are refused.
            answer: What is answered, or `None` for no content.
            status: Status of the answer.
            problems: Refusals beyond those that every endpoint has.
            headers: Request headers that change the answer.
            slow: Whether the view hashes a password before it writes. Its caller is then found in a transaction that
                is over, and the call's own has not begun, so that nobody waits for the write lock meanwhile.
            quick: Whether it is one of the calls that every extension makes all the time (`front.py`): its view is
                given a `QuickCall` and no transaction. What such a view puts on record is durable by itself.
        """

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            declared = Endpoint(
                method, path, guard, summary, body, query, answer, status, problems, self.feature, headers, slow, quick
            )
            self.endpoints.append(declared)
            run = functools.partial(_run, declared, view)
            if quick:
                self.quick[method, PREFIX + path] = Quick(guard, body, query, status, view)
                run = functools.partial(_run_quick, self.quick[method, PREFIX + path])
            declare(run, guard)
            self.blueprint.add_url_rule(path, f"{method} {path}".replace(".", " "), run, methods=[method])
            return view

        return register


def kernel_of_app() -> Kernel:
    """Return the kernel of the application that serves this request."""
    kernel: Kernel = current_app.extensions["wayfill"]
    return kernel


def _run(declared: Endpoint, view: Callable[..., Any], **path: Any) -> Response:
    kernel = kernel_of_app()
    # Found before the transaction begins, since it may take one of its own; whoever asks later gets the same.
    client_address.of(kernel, request)

    def act(session: Session) -> object:
        given: list[Any] = [Call(kernel, session, request)]
        if declared.guard != "public":
            given.append(identify(kernel, session, request, declared.guard, slow=declared.slow))
        if declared.body is not None:
            given.append(_body(declared.body))
        if declared.query is not None:
            given.append(_query(declared.query))
        return view(*given, **path)

    answer = transactions.run(kernel, act, writes=declared.method != "GET", once=declared.slow)
    return _answer(declared, answer)


def _run_quick(quick: Quick) -> Response:
    if quick.body is not None and "CONTENT_LENGTH" not in request.environ:
        body = request.get_data()
        request.environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return quick.run(kernel_of_app(), request.environ).response()


def _answer(declared: Endpoint, answer: object) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status=204)
    return json_response(msgspec.json.encode(answer), declared.status)


def identify(kernel: Kernel, session: Session, given: Request, guard: Guard, *, slow: bool) -> Identity:
    """Return the caller behind a request.

    Args:
        kernel: The installation.
        session: The request's transaction.
        given: The request.
        guard: Who may call.
        slow: Whether to look in a transaction that is over afterwards, instead of in the request's own.

    Raises:
        NotAuthenticated: Nobody is known who sent it.
    """
    if not slow:
        return kernel.authenticators[guard](kernel, session, given)
    with kernel.database.reading() as reading:
        return kernel.authenticators[guard](kernel, reading, given)


def json_response(body: bytes, status: int = 200) -> Response:
    """Return `body` as an answer that no cache keeps unless a view says otherwise."""
    return Response(body, status, content_type="application/json", headers={"Cache-Control": "no-store"})


def _body(kind: type[msgspec.Struct]) -> msgspec.Struct:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return decoded(kind, request.get_data())  # kept: a transaction that is run again reads it again


def _query(kind: type[msgspec.Struct]) -> msgspec.Struct:
    repeated = [name for name in request.args if len(request.args.getlist(name)) > 1]
    if repeated:
        raise InvalidRequest(f"`{repeated[0]}` is given more than once.")
    require_keepable(request.args.to_dict())
    try:
        return msgspec.convert(request.args.to_dict(), kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"{error}.") from None

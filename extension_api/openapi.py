"""The OpenAPI 3.1 document, made from the very declarations that guard and check the calls.

Nothing is described here by hand except what is common to all calls: the bearer scheme and the problem document.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from extension_api.api import PREFIX, Endpoint
from extension_api.errors import (
    BadRequest,
    InvalidRequest,
    MalformedJson,
    MethodNotAllowed,
    NotAuthenticated,
    Problem,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)

_PARAMETER: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
_SCHEMA_REFERENCE: Final = "#/components/schemas/{name}"


class ProblemDocument(msgspec.Struct, rename={"kind": "type"}):
    """A refusal (RFC 9457)."""

    kind: str
    title: str
    status: int
    detail: str | None = None


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI document of `endpoints`."""
    declared = list(endpoints)
    kinds: list[type] = [ProblemDocument]
    for endpoint in declared:
        kinds += [kind for kind in (endpoint.body, endpoint.answer) if kind is not None]
    _, components = msgspec.json.schema_components(dict.fromkeys(kinds), ref_template=_SCHEMA_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in declared:
        path = _PARAMETER.sub(r"{\2}", PREFIX + endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Wayfill", "version": "1", "description": "The API that Wayfill's extension speaks."},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_headers(endpoint)],
        "responses": _responses(endpoint),
        "security": [] if endpoint.guard == "public" else [{"bearer": []}],
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(endpoint.body)}},
        }
    return operation


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    problems: set[type[Problem]] = {*endpoint.problems, BadRequest, MethodNotAllowed, Unavailable}
    if endpoint.guard == "bearer":
        problems.add(NotAuthenticated)
    if endpoint.body is not None:
        problems |= {InvalidRequest, MalformedJson, TooLarge, UnsupportedMediaType}
    if endpoint.query is not None:
        problems.add(InvalidRequest)
    by_status: dict[int, list[str]] = {}
    for problem in sorted(problems, key=lambda kind: (kind.status, kind.slug)):
        by_status.setdefault(problem.status, []).append(f"`{problem.slug}`: {problem.title}.")
    answer: dict[str, Any] = {"description": "Done."}
    if endpoint.answer is not None:
        answer["content"] = {"application/json": {"schema": _reference(endpoint.answer)}}
    responses: dict[str, Any] = {str(endpoint.status if endpoint.answer is not None else 204): answer}
    if "If-None-Match" in endpoint.headers:
        responses["304"] = {"description": "Unchanged."}
    for status, lines in by_status.items():
        responses[str(status)] = {
            "description": " ".join(lines),
            "content": {"application/problem+json": {"schema": _reference(ProblemDocument)}},
        }
    return responses


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"} if converter == "uuid" else {"type": "string"},
        }
        for converter, name in _PARAMETER.findall(endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    (schema,), components = msgspec.json.schema_components([endpoint.query], ref_template=_SCHEMA_REFERENCE)
    properties = components[schema["$ref"].rpartition("/")[2]]["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": shape} for name, shape in properties.items()]


def _headers(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}} for name in endpoint.headers
    ]


def _reference(kind: type) -> dict[str, str]:
    return {"$ref": _SCHEMA_REFERENCE.format(name=kind.__name__)}

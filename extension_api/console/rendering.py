"""How a page becomes an answer: templates that escape everything, and the policy under which a browser shows it.

The policy lets nothing run but the scripts that bear this answer's own nonce, and nothing load but the console's own
style sheet and picture. What is stored is shown as text; it is never made markup anywhere in this folder.
"""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flask import Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from extension_api.api import kernel_of_app
from extension_api.console import words
from extension_api.errors import NotFound

FOLDER: Final = Path(__file__).parent
STATIC: Final = "/console/static"
STATIC_TYPES: Final = {
    "console.css": "text/css; charset=utf-8",
    "passkeys.js": "text/javascript; charset=utf-8",
    "record.js": "text/javascript; charset=utf-8",
    "tree.js": "text/javascript; charset=utf-8",
    "wayfill.svg": "image/svg+xml",
}
"""Every file that is served as it is."""
YEAR: Final = 365 * 24 * 3600
"""Seconds; a file is asked for by its content's digest, so a changed one has another address."""
NONCE_BYTES: Final = 16
"""128 bits, as the Content Security Policy asks for (CSP level 3, section 7.1)."""


class Templates:
    """The templates and static files of the console, read once for each installation."""

    def __init__(self) -> None:
        self.static = {name: (FOLDER / "static" / name).read_bytes() for name in STATIC_TYPES}
        self.tags = {name: hashlib.sha256(content).hexdigest()[:16] for name, content in self.static.items()}
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(words.FILTERS)
        self._environment.globals["static"] = {name: f"{STATIC}/{name}?v={self.tags[name]}" for name in STATIC_TYPES}

    def response(self, template: str, values: Mapping[str, object], status: int, *, connects: bool = False) -> Response:
        """Return the page that `template` makes of `values`.

        Args:
            template: The template's file name.
            values: Everything that it shows.
            status: The status of the answer.
            connects: Whether its script may ask this service for something.

        """
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        connect = " connect-src 'self';" if connects else ""
        body = self._environment.get_template(template).render(values, nonce=nonce)
        response = Response(body, status, content_type="text/html; charset=utf-8")
        response.headers.update(
            {
                "Content-Security-Policy": f"default-src 'none'; style-src 'self'; img-src 'self';"
                f" script-src 'nonce-{nonce}';{connect} form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
                "Cache-Control": "no-store",
                "Cross-Origin-Opener-Policy": "same-origin",
                # Under `no-referrer` a browser sends `Origin: null` with the console's own forms (Fetch, "append a
                # request `Origin` header"), and the check of the origin would refuse them.
                "Referrer-Policy": "same-origin",
            }
        )
        return response


def static(name: str) -> Response:
    """Answer a static file; it may be kept for ever when it was asked for by its digest.

    Raises:
        NotFound: There is none of that name.

    """
    templates = kernel_of_app().shared(Templates)
    if name not in STATIC_TYPES:
        raise NotFound
    response = Response(templates.static[name], content_type=STATIC_TYPES[name])
    response.set_etag(templates.tags[name])
    known = request.args.get("v") == templates.tags[name]
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if known else "no-cache"
    response.make_conditional(request)
    return response

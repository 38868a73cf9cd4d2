"""Lost updates: a change names the state that its author saw, and is refused when that is no longer the state.

The number of that state travels as a strong entity tag (RFC 9110 sections 8.8.3 and 13.1.1), `"7"` for version 7.
"""

from flask import Request

from extension_api.errors import PreconditionFailed, PreconditionRequired

HEADER = "If-Match"


def expected_version(request: Request, current: int) -> int:
    """Return the version that a change may be made to: the current one, if it is among those the caller named.

    Args:
        request: The request; `If-Match: *` names whatever is there.
        current: The version of the object as this transaction sees it.

    Raises:
        PreconditionRequired: The caller named none (RFC 6585 section 3).
        PreconditionFailed: The caller saw another.
    """
    if HEADER not in request.headers:
        raise PreconditionRequired
    if not request.if_match.contains(str(current)):
        raise PreconditionFailed
    return current

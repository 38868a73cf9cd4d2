"""Every way in which a call can be refused, as one table of problems (RFC 9457).

A service raises one of these; the answer is made in `app.py`. Each has a stable slug, so that a client can branch on
it, and a sentence that tells the person what to do. Nothing here may carry a secret or say whether a record exists.
"""

from collections.abc import Iterable
from typing import ClassVar


class Problem(Exception):
    """A refusal that the caller is told about.

    Args:
        detail: One sentence for the person, replacing the class's own.
        retry_after: Seconds after which the same call may succeed; sent as `Retry-After`.
        allow: The methods that the address does take; sent as `Allow`.
    """

    slug: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong in the service"
    keeps_transaction: ClassVar[bool] = False
    """Whether what the request wrote stays: a refusal that is audited must not take its audit row with it."""

    def __init__(self, detail: str | None = None, *, retry_after: int | None = None, allow: Iterable[str] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.retry_after = retry_after
        self.allow = tuple(sorted(allow))


class NotAuthenticated(Problem):
    """No, a forged, an altered, an expired, a revoked or somebody else's token: all the same."""

    slug, status, title = "not-authenticated", 401, "Sign in to go on"


class WrongCredentials(Problem):
    """The name or the password is wrong; which of them is not said."""

    slug, status, title = "wrong-credentials", 401, "The user name or the password is wrong"
    keeps_transaction = True


class SecondFactorRequired(Problem):
    """The name and the password are right, and this person has to bring a code as well."""

    slug, status, title = "second-factor-required", 401, "Add the one-time code of your authenticator app"
    keeps_transaction = True


class ConfirmationRequired(Problem):
    """The act is dangerous, and the session has not proved itself within the last minutes."""

    slug, status, title = "confirmation-required", 403, "Confirm who you are first"


class RefreshTokenReused(NotAuthenticated):
    """A refresh token came a second time, so its session has been ended."""

    keeps_transaction = True


class TooManyAttempts(Problem):
    """The permitted number of attempts is used up for now."""

    slug, status, title = "too-many-attempts", 429, "Too many attempts; wait before the next one"
    keeps_transaction = True


class NotFound(Problem):
    """Missing, or not the caller's to know of: one answer for both."""

    slug, status, title = "not-found", 404, "There is no such thing here, or it is not yours to see"


class Forbidden(Problem):
    """The caller may see the object but not do this to it."""

    slug, status, title = "forbidden", 403, "You may not do this; ask an owner of the record"


class PageNotLinked(Problem):
    """A fill was asked for a page that no link of the record holds."""

    slug, status, title = "page-not-linked", 403, "No link of this record holds this page"
    keeps_transaction = True


class InvalidPage(Problem):
    """What was given as a page's address is none."""

    slug, status, title = "invalid-page", 422, "This is not the address of a page"


class InvalidLinkGiven(Problem):
    """What was given as a link cannot be one; the matcher's reason is the detail."""

    slug, status, title = "invalid-link", 422, "This address cannot be linked"


class Conflict(Problem):
    """The same thing exists already."""

    slug, status, title = "conflict", 409, "This exists already"


class PreconditionFailed(Problem):
    """The object changed since the caller looked at it, so their change would undo another's."""

    slug, status, title = "changed-meanwhile", 412, "This was changed meanwhile; look at it again"


class PreconditionRequired(Problem):
    """The call changes an object without saying which state of it the caller saw."""

    slug, status, title = "if-match-required", 428, "Send the ETag that you saw as If-Match"


class InvalidRequest(Problem):
    """The JSON is well formed but not what this call takes."""

    slug, status, title = "invalid-request", 422, "The request has a wrong field or value"


class MalformedJson(Problem):
    """The body is not JSON."""

    slug, status, title = "malformed-json", 400, "The body is not well-formed JSON"


class UnsupportedMediaType(Problem):
    """The body is not declared as JSON."""

    slug, status, title = "unsupported-media-type", 415, "Send the body as application/json"


class TooLarge(Problem):
    """The body is longer than any call needs."""

    slug, status, title = "too-large", 413, "The request is too large"


class MethodNotAllowed(Problem):
    """The address exists, the method does not."""

    slug, status, title = "method-not-allowed", 405, "This address does not take this method"


class BadRequest(Problem):
    """The request breaks HTTP in a way that no other problem names."""

    slug, status, title = "bad-request", 400, "The request could not be read"


class Unavailable(Problem):
    """The service cannot answer just now."""

    slug, status, title = "unavailable", 503, "The service is busy; try again in a moment"


class Internal(Problem):
    """An error of the service itself; nothing of it is shown."""


class SetupError(Exception):
    """The service cannot start as it is set up; the message says what to do."""

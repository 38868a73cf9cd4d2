"""How a walk may end, as codes, each with its sentence. They are all that a refusal ever says.

Nothing of the target may get into one: neither the address that a name led to, nor what a server or the system's own
error said. What an inner network holds cannot be learnt by having the service walk there and reading why it did not.
"""

import enum
from typing import Final


class End(enum.StrEnum):
    """Why a walk went no further."""

    ADDRESS = "address"
    BODY = "body"
    CERTIFICATE = "certificate"
    CONNECTION = "connection"
    DOWNGRADE = "downgrade"
    FILE = "file"
    HOPS = "hops"
    INVALID = "invalid"
    LOOP = "loop"
    NAME = "name"
    PAGE = "page"
    PORT = "port"
    POST = "post"
    PROTOCOL = "protocol"
    STATUS = "status"
    TIME = "time"


WORDS: Final[dict[End, str]] = {
    End.ADDRESS: "This address is not a public one, and no administrator has listed it.",
    End.BODY: "The page is packed in a way that is not read, or unpacks to far more than it is.",
    End.CERTIFICATE: "The certificate does not hold for this name.",
    End.CONNECTION: "No connection came about.",
    End.DOWNGRADE: "The login goes from https to http here; nothing is sent there.",
    End.FILE: "There is no page here.",
    End.HOPS: "The login goes on for more steps than are walked.",
    End.INVALID: "The next address is none that a browser would open.",
    End.LOOP: "The login leads back to where it has been.",
    End.NAME: "The name has no public address, and no administrator has listed it.",
    End.PAGE: "The login stops at this page.",
    End.PORT: "This port is not among those that are walked to.",
    End.POST: "From here the browser posts a form; nothing is posted on a walk.",
    End.PROTOCOL: "The answer is not HTTP as it should be, or is too large.",
    End.STATUS: "The page answers that something is wrong.",
    End.TIME: "The walk took longer than it may.",
}
"""What each says to a person."""
ARRIVED: Final = frozenset({End.PAGE, End.POST})
"""The ends of a walk that found out where a login goes."""


class Refused(Exception):
    """A walk cannot go on; the code is all that is told.

    Args:
        end: Why.
    """

    def __init__(self, end: End) -> None:
        super().__init__(WORDS[end])
        self.end = end

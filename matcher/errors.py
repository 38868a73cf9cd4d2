"""The errors that this library raises for what it was given.

Each is a `ValueError` with a `reason` in words that can be shown to the person who typed the value. Nothing else may
come out of a public call for bad input, so callers need one `except` an input.
"""


class MatcherError(ValueError):
    """Something given to the matcher was refused; `reason` says why, in a sentence for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidUrl(MatcherError):
    """The text is no page address."""


class InvalidLink(MatcherError):
    """The link may not be made."""


class InvalidAffiliation(MatcherError):
    """The affiliations may not be read."""


class InvalidTable(MatcherError):
    """The match table is damaged, of another version, or no match table at all."""


class InvalidSuffixList(MatcherError):
    """The file is no Public Suffix List."""

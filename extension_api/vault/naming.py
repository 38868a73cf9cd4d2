"""What a name or title may be: one line that a person can read, whose ends hold no spaces."""

import unicodedata

from extension_api.errors import InvalidRequest


def checked(what: str, text: str, limit: int, *, least: int = 1) -> str:
    """Return a name as it is stored.

    Args:
        what: What it is the name of, for the refusal's sentence.
        text: As it was typed.
        limit: Characters at the most.
        least: Characters at the least.

    Raises:
        InvalidRequest: It is too short or too long, or holds what cannot be shown in a line.
    """
    name = text.strip()
    if not least <= len(name) <= limit:
        raise InvalidRequest(f"The {what} has {least} to {limit} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name):
        raise InvalidRequest(f"The {what} holds a character that cannot be shown, such as a line break.")
    return name

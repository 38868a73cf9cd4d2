"""What may come in as text: everything but what no database here keeps.

PostgreSQL stores no U+0000 ("The character with the code zero cannot be in a string constant", its manual, section
4.1.2.2), and a lone surrogate has no UTF-8. Both are refused where text enters, in JSON, queries, forms and files,
so that neither is ever a failure of the database, and what one database takes the other takes too.
"""

from collections.abc import Iterable, Mapping
from typing import Final

REFUSAL: Final = "holds a character that cannot be kept (U+0000, or half of a pair)"


def keepable(text: str) -> bool:
    """Tell whether a text can be kept as it is."""
    if "\0" in text:
        return False
    try:
        # Of ASCII this costs nothing: it is what lies in memory.
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unkeepable(given: object) -> bool:
    """Tell whether some text in `given`, which came out of JSON, cannot be kept."""
    if isinstance(given, str):
        return not keepable(given)
    if isinstance(given, Mapping):
        return any(unkeepable(part) for pair in given.items() for part in pair)
    return isinstance(given, Iterable) and not isinstance(given, bytes) and any(unkeepable(part) for part in given)

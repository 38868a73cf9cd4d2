"""Expressions of `regex` links, by RE2: linear time whatever a person wrote.

Expressions are checked when the link is made and compiled at their first use, in a bounded cache; Python's own `re`
may never see one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import re2  # type: ignore[import-untyped] # the package has no types

from matcher.errors import InvalidLink

MAX_EXPRESSION: Final = 1_024
"""Longest expression, in characters (DESIGN section 2)."""

MAX_MEMORY: Final = 1 << 20
"""Bytes that one compiled expression may take; bounds the time that one page can cost too."""

KEPT: Final = 1_024
"""How many compiled expressions are kept."""


def check(expression: object) -> str:
    """Take an expression as a person wrote it.

    Raises:
        InvalidLink: not text, empty, too long, not in RE2's syntax, or too large once compiled.

    """
    if not isinstance(expression, str) or not expression:
        raise InvalidLink("a regex link needs its expression")
    if len(expression) > MAX_EXPRESSION:
        raise InvalidLink(f"the expression is longer than {MAX_EXPRESSION:,} characters")
    try:
        _compiled(expression)
    except UnicodeEncodeError:
        raise InvalidLink("the expression is not Unicode text") from None
    except re2.error as error:
        why = error.args[0] if error.args else "not understood"
        text = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
        raise InvalidLink(f"the expression is refused: {text}") from None
    return expression


def fits(expression: str, address: str) -> bool:
    """Whether the whole address matches the expression, which `check` accepted."""
    return _compiled(expression).fullmatch(address) is not None


@lru_cache(maxsize=KEPT)
def _compiled(expression: str) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = MAX_MEMORY
    return re2.compile(expression, options)

"""Who may call what. An endpoint that declares no guard does not start.

`declare` marks a view with its guard; `require_guards` walks the finished application and stops the start at the first
address whose view bears no mark. What a guard does is in `api.py` for the API and in `console/pages.py` for pages.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

from flask import Flask

from extension_api.errors import SetupError

Guard = Literal["bearer", "console", "public"]
"""`bearer`: an access token in the header. `console`: the console's cookie. `public`: anyone, by decision."""

_MARK: Final = "wayfill_guard"
ViewT = TypeVar("ViewT", bound=Callable[..., Any])


def declare(view: ViewT, guard: Guard) -> ViewT:
    """Mark `view` as standing behind `guard`."""
    setattr(view, _MARK, guard)
    return view


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """Return the guard that `view` declared, or `None`."""
    return getattr(view, _MARK, None)


def require_guards(app: Flask) -> None:
    """Check that every address of `app` has a view that declared its guard.

    Raises:
        SetupError: A view declares none.
    """
    for rule in app.url_map.iter_rules():
        if guard_of(app.view_functions[rule.endpoint]) is None:
            raise SetupError(f"{rule.rule} declares no guard; say who may call it.")

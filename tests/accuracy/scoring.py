"""When a filled page is right: the rule of the labelled pages, over the values that its inputs hold afterwards.

Pure, so that the rule itself is tested; it knows neither a browser nor the words of a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.accuracy.labelled import Labelled

USERNAME = "pat-7"
PASSWORD = "Kx7-pw-42"
"""Both made up, and short: many a field takes few characters."""
LOGINS = ("login", "hidden", "unfillable")


@dataclass(frozen=True)
class Verdict:
    """What became of a page: its number, whether it is right, and what went wrong in words about places alone."""

    number: int
    kind: str
    right: bool
    wrong: str = ""


def judge(page: Labelled, values: Sequence[str]) -> Verdict:
    """Score a page.

    Args:
        page: The page with its answer key.
        values: What each of its inputs holds after the fill, in the order of the document.
    """
    user = frozenset(place for place, value in enumerate(values) if value == USERNAME)
    secret = frozenset(place for place, value in enumerate(values) if value == PASSWORD)
    if page.kind in LOGINS:
        right = any(_holds(form.user, user) and _holds(form.secret, secret) for form in page.forms)
        wanted = "; ".join(f"user {_places(form.user)}, password {_places(form.secret)}" for form in page.forms)
        wrong = f"user in {_places(user)}, password in {_places(secret)}; wanted {wanted}"
    elif page.kind == "negative":
        right = not secret and not user & page.search
        wrong = f"password in {_places(secret)}, user in a search field {_places(user & page.search)}"
    else:
        right = not secret & page.new
        wrong = f"password in a field for a new one, {_places(secret & page.new)}"
    return Verdict(page.number, page.kind, right, "" if right else wrong)


def _holds(wanted: frozenset[int], got: frozenset[int]) -> bool:
    """One of the wanted fields and nothing else; nothing at all where the form has no such field."""
    return (len(got) == 1 and got <= wanted) if wanted else not got


def _places(places: frozenset[int]) -> str:
    return " ".join(map(str, sorted(places))) or "none"

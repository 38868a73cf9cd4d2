"""Whether one host's name can be taken for another's, by the skeletons of Unicode Technical Standard 39.

Two names look alike when the letters that people confuse, replaced by one of each kind, leave the same text. The table
of such letters is Unicode's own, as the `confusable-homoglyphs` package ships it.
"""

import functools
import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Final

from matcher import suffixes

PREFIX: Final = "xn--"
MARKS: Final = "\u200e"
"""Direction marks that stand around some entries of the table."""


@functools.lru_cache(maxsize=20_000)
def skeleton(host: str) -> str:
    """Return what is left of a host's name when confusable letters are made one.

    Args:
        host: A canonical host, in its ASCII form.
    """
    text = ".".join(_unicode(label) for label in host.split("."))
    table = _table()
    # Unicode keeps i and l apart; in the small letters of an address bar they are not.
    return "".join(table.get(letter, letter) for letter in text).casefold().replace("i", "l")


def resembled(host: str, known: Iterable[str]) -> str | None:
    """Return the known name that `host` can be taken for, without being it or lying below it.

    A known name that stands in front of another's (`login.example.com.evil.test`) is taken for it as well, and so is a
    site whose owner's part alone looks like a known one's.

    Args:
        host: A canonical host.
        known: Canonical hosts and sites.
    """
    domain = suffixes.registrable_domain(host)
    labels = skeleton(host).split(".")
    shown = {".".join(labels[:count]) for count in range(2, len(labels) + 1)}
    if domain is not None:
        shown.add(skeleton(domain))
    for name in known:
        owner = suffixes.registrable_domain(name) if not suffixes.is_ip(name) else None
        for each in {name, owner or name}:
            mine = host == each or host.endswith(f".{each}") or domain == each
            if not mine and "." in each and skeleton(each) in shown:
                return each
    return None


def _unicode(label: str) -> str:
    if not label.startswith(PREFIX):
        return label
    try:
        return label[len(PREFIX) :].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


@functools.lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    """Return for each letter that has a prototype what that is."""
    raw = files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8")
    pairs: dict[str, list[str]] = {
        key.strip(MARKS): [str(entry["c"]).strip(MARKS) for entry in entries]
        for key, entries in json.loads(raw).items()
    }
    # The table goes both ways. A prototype has many that are taken for it; of a lone pair either will do, if always.
    table = {}
    for letter, others in pairs.items():
        if len(letter) != 1 or len(others) != 1:
            continue
        prototype = others[0]
        if len(pairs.get(prototype, ())) > 1 or (len(prototype), prototype) < (len(letter), letter):
            table[letter] = prototype
    return table

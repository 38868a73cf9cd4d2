"""Public suffixes: which part of a host one owner registered, by the Public Suffix List's algorithm.

The list is a local file (the one that the weekly `publicsuffixlist` package ships, or another that is loaded here);
nothing in this file may ever reach for the network or a clock. Only compiling asks here: a compiled table carries what
it needs of the list.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast

import publicsuffixlist
import tldextract

from matcher.errors import InvalidSuffixList, InvalidUrl
from matcher.url import admit

if TYPE_CHECKING:
    import os

SHIPPED: Final = Path(publicsuffixlist.PSLFILE)
"""The list file of the installed `publicsuffixlist` package."""

_VERSION = re.compile(r"^// VERSION: (\d{4})-(\d\d)-(\d\d)", re.MULTILINE)
_DIGITS = frozenset("0123456789")


class SuffixList:
    """One edition of the Public Suffix List. Hosts given to it are canonical: an admitted `Url.host`."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Read the list from a file.

        Raises:
            InvalidSuffixList: the file cannot be read or holds no rules.

        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise InvalidSuffixList(f"the suffix list cannot be read: {error}") from error
        rules = [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("//")]
        if "com" not in rules:
            raise InvalidSuffixList("the file is no Public Suffix List: it has no rule for com")
        found = _VERSION.search(text)
        self.date: dt.date | None = dt.date(*map(int, found.groups())) if found else None
        """The day of this edition as its head names it, `None` if it names none."""
        self._extract = tldextract.TLDExtract(
            cache_dir=None,
            suffix_list_urls=(file.absolute().as_uri(),),
            fallback_to_snapshot=False,
            include_psl_private_domains=True,
            extra_suffixes=_hidden_by_deeper_rules(rules),
        )
        self._below = _rules_below(rules)
        # The text is in hand already; tldextract would read it through an HTTP session that leaves the file open.
        self._extract("example.com", session=cast("Any", _Text(text)))

    def is_suffix(self, host: str) -> bool:
        """Whether the list itself holds this name (`com`, `github.io`, by a wildcard rule `anything.ck`)."""
        return not is_ip(host) and self._extract(host).suffix == host

    def registrable_domain(self, host: str) -> str | None:
        """Give the domain that one owner registered: one label more than the public suffix.

        An unlisted top level counts as a suffix (the list's last rule). `None` for an IP address, a single label and
        a host that is a public suffix itself.
        """
        if is_ip(host):
            return None
        parts = self._extract(host)
        if parts.suffix:
            return f"{parts.domain}.{parts.suffix}" if parts.domain else None
        labels = host.rsplit(".", 2)
        return ".".join(labels[-2:]) if len(labels) > 1 else None

    def below(self, domain: str) -> tuple[str, ...]:
        """Give the public suffixes that lie below a registrable domain: names, and `*.name` for a wildcard rule.

        A host at or below such a name belongs to somebody else than the domain's owner.
        """
        return self._below.get(domain, ())

    def age(self, today: dt.date) -> dt.timedelta | None:
        """Tell how old this edition is on the day that the caller's clock shows; `None` if it does not say."""
        return today - self.date if self.date else None


class _Text:
    """What tldextract asks of a session and of its answer, with the list's text for every address."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get(self, _url: str, **_: object) -> Self:
        return self

    def raise_for_status(self) -> None:
        pass


def current() -> SuffixList:
    """Give the list in use: the shipped one, until `load` named another."""
    global _current
    if _current is None:
        _current = SuffixList(SHIPPED)
    return _current


def load(path: str | os.PathLike[str]) -> SuffixList:
    """Use another list file from now on, in this process. Tables compiled before keep what they were compiled with.

    Raises:
        InvalidSuffixList: the file cannot be read or is no list; the list in use stays.

    """
    global _current
    _current = SuffixList(path)
    return _current


_current: SuffixList | None = None


def registrable_domain(host: str) -> str | None:
    """Give the registrable domain by the list in use; see `SuffixList.registrable_domain`."""
    return current().registrable_domain(host)


def is_ip(host: str) -> bool:
    """Whether a canonical host is an IP address: only those are in brackets or have a last label of digits alone."""
    return host[0] == "[" or (host[-1] in _DIGITS and host.rpartition(".")[2].isdigit())


def _hidden_by_deeper_rules(rules: list[str]) -> tuple[str, ...]:
    """Name the suffixes that tldextract misses: covered by a wildcard, and the way to a deeper rule.

    With the rules `*.run.app` and `*.mtls.run.app`, `mtls.run.app` is a suffix by the first; tldextract 5.4 follows
    the second and gives up. Named as suffixes of their own they are found.
    """
    wildcards = {rule[2:] for rule in rules if rule.startswith("*.")}
    known = set(rules)
    hidden = set()
    for rule in rules:
        name = rule.lstrip("!").removeprefix("*.")
        while "." in name:
            parent = name.partition(".")[2]
            if parent in wildcards and name not in known and f"!{name}" not in known:
                hidden.add(name)
            name = parent
    return tuple(sorted(hidden))


def _rules_below(rules: list[str]) -> dict[str, tuple[str, ...]]:
    below: dict[str, list[str]] = {}
    for rule in rules:
        if rule.startswith("!"):
            continue  # its wildcard rule cuts here already
        name = rule.removeprefix("*.")
        if not name.isascii():
            name = _ascii(name)
        cut = f"*.{name}" if rule.startswith("*.") else name
        if cut != name:
            below.setdefault(name, []).append(cut)
        parent = name.partition(".")[2]
        while parent:
            below.setdefault(parent, []).append(cut)
            parent = parent.partition(".")[2]
    return {name: tuple(sorted(cuts)) for name, cuts in below.items()}


def _ascii(name: str) -> str:
    try:
        return admit(f"https://{name}/").host
    except InvalidUrl as error:
        raise InvalidSuffixList(f"the suffix list has a rule that is no host: {name}") from error

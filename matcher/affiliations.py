"""Affiliations: sets of sites that share one login, read from the form of Apple's `shared-credentials.json`.

One step and no more: what follows from two groups together is never followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from matcher import suffixes
from matcher.errors import InvalidAffiliation, InvalidUrl
from matcher.url import admit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_MEMBER: Final = 1_024
"""Longest member, in characters; a host name has at most 253."""

Group = tuple[tuple[str, ...], tuple[str, ...], bool]
"""Saved-for members, offered-on members, and whether the two are one set."""


class Limit(NamedTuple):
    """The records that a group holds for: those that are named alone (`only`), or all others."""

    records: frozenset[str]
    only: bool

    def holds_for(self, record: str) -> bool:
        """Tell whether the group holds for a record."""
        return (record in self.records) is self.only

    def joined(self, other: Limit) -> Limit:
        """Give the records that either of two groups holds for."""
        if self.only and other.only:
            return Limit(self.records | other.records, only=True)
        if self.only or other.only:
            named, but = (self, other) if self.only else (other, self)
            return Limit(but.records - named.records, only=False)
        return Limit(self.records & other.records, only=False)


Offered = tuple[str, Limit | None]
"""A member whose links are offered, and for which records; `None` for all."""


class Affiliations:
    """Checked affiliations. A member is a registrable domain, or a deeper name that stands for that one host."""

    __slots__ = ("groups", "hosts", "limits", "offers")

    def __init__(self, groups: tuple[Group, ...], hosts: frozenset[str], limits: tuple[Limit | None, ...] = ()) -> None:
        """Take checked groups, which of their members stand for one host alone, and the records that each holds for."""
        self.groups = groups
        self.hosts = hosts
        self.limits = limits or (None,) * len(groups)
        offers: dict[str, dict[str, Limit | None]] = {}
        for (saved_for, offered_on, _), limit in zip(groups, self.limits, strict=True):
            for target in offered_on:
                known = offers.setdefault(target, {})
                for source in saved_for:
                    if source != target:
                        before = known.get(source, limit)
                        known[source] = before.joined(limit) if before is not None and limit is not None else None
        self.offers: dict[str, tuple[Offered, ...]] = {
            target: tuple(known.items()) for target, known in offers.items() if known
        }
        """For each member that something is offered on: the members whose links are."""

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """For each member that something is offered on: the members whose links are, for whatever record."""
        return {target: tuple(name for name, _ in known) for target, known in self.offers.items()}

    def limited(self, limits: Sequence[Limit | None]) -> Affiliations:
        """Give the same groups, each for some records; `None` for all.

        Args:
            limits: one for each of `groups`, in their order.

        Raises:
            ValueError: there are more or fewer of them.

        """
        return Affiliations(self.groups, self.hosts, tuple(limits))

    @classmethod
    def none(cls) -> Affiliations:
        """No affiliations."""
        return cls((), frozenset())

    @classmethod
    def from_groups(cls, groups: object) -> Affiliations:
        """Read the parsed form of Apple's file: a list of `{"shared": [...]}` or `{"from": [...], "to": [...]}`.

        Other keys of a group are passed over.

        Raises:
            InvalidAffiliation: another form, or a member that is a public suffix, an IP address, a single label or no
                host name.

        """
        if not isinstance(groups, list | tuple):
            raise InvalidAffiliation("affiliations are a list of groups")
        read = tuple(map(_group, groups))
        members = {member for saved_for, offered_on, _ in read for member in (*saved_for, *offered_on)}
        return cls(read, frozenset(member for member in members if suffixes.registrable_domain(member) != member))

    @classmethod
    def known(cls, groups: object, hosts: object) -> Affiliations:
        """Read what `to_groups` gave, and the members that stand for one host, without asking the suffix list again.

        Unlike a file's, these groups say which records they hold for (`only`, `except`).

        Raises:
            InvalidAffiliation: another form.

        """
        if not isinstance(groups, list) or not isinstance(hosts, list):
            raise InvalidAffiliation("affiliations are a list of groups")
        names = frozenset(name for name in hosts if isinstance(name, str))
        if len(names) != len(hosts):
            raise InvalidAffiliation("the members that stand for one host are names")
        return cls(tuple(_group(group, _given) for group in groups), names, tuple(map(_limit, groups)))

    def to_groups(self) -> list[dict[str, list[str]]]:
        """Give the groups in the form that `from_groups` reads, members canonical, with the records they hold for."""
        return [
            ({"shared": list(saved_for)} if shared else {"from": list(saved_for), "to": list(offered_on)})
            | ({"only" if limit.only else "except": sorted(limit.records)} if limit is not None else {})
            for (saved_for, offered_on, shared), limit in zip(self.groups, self.limits, strict=True)
        ]


def _group(group: object, member: Callable[[object], str] | None = None) -> Group:
    if not isinstance(group, dict):
        raise InvalidAffiliation("a group of affiliations is an object")
    if "shared" in group:
        if "from" in group or "to" in group:
            raise InvalidAffiliation("a group is either shared, or from some to others")
        members = _members(group["shared"], member or _member)
        return members, members, True
    if "from" in group and "to" in group:
        return _members(group["from"], member or _member), _members(group["to"], member or _member), False
    raise InvalidAffiliation('a group has "shared", or "from" and "to"')


def _limit(group: dict[str, object]) -> Limit | None:
    named = [key for key in ("only", "except") if key in group]
    if not named:
        return None
    records = group[named[0]]
    if len(named) > 1 or not isinstance(records, list) or not all(isinstance(record, str) for record in records):
        raise InvalidAffiliation("a group holds only for some records, or for all except some")
    return Limit(frozenset(records), only=named == ["only"])


def _members(value: object, member: Callable[[object], str]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidAffiliation("the members of a group are a list of names")
    return tuple(dict.fromkeys(map(member, value)))


def _given(value: object) -> str:
    if not isinstance(value, str) or not value.isascii():
        raise InvalidAffiliation("a member is the name of a host")
    return value


def _member(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidAffiliation("a member is the name of a host")
    shown = value[:80]
    if len(value) > MAX_MEMBER or any(mark in value for mark in "/\\?#@:"):
        raise InvalidAffiliation(f"{shown!r} is not the name of a host alone")
    try:
        host = admit(f"https://{value}/").host
    except InvalidUrl as error:
        raise InvalidAffiliation(f"{shown!r}: {error.reason}") from None
    if suffixes.is_ip(host):
        raise InvalidAffiliation(f"{shown!r} is an IP address")
    if suffixes.registrable_domain(host) is None:
        kind = "a public suffix" if suffixes.current().is_suffix(host) else "a single label"
        raise InvalidAffiliation(f"{shown!r} is {kind}")
    return host

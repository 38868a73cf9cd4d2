"""Affiliations: sets of sites that share one login, read from the form of Apple's `shared-credentials.json`.

One step and no more: what follows from two groups together is never followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matcher import suffixes
from matcher.errors import InvalidAffiliation, InvalidUrl
from matcher.url import admit

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MEMBER: Final = 1_024
"""Longest member, in characters; a host name has at most 253."""

Group = tuple[tuple[str, ...], tuple[str, ...], bool]
"""Saved-for members, offered-on members, and whether the two are one set."""


class Affiliations:
    """Checked affiliations. A member is a registrable domain, or a deeper name that stands for that one host."""

    __slots__ = ("groups", "hosts", "sources")

    def __init__(self, groups: tuple[Group, ...], hosts: frozenset[str]) -> None:
        """Take checked groups, and which of their members stand for one host alone."""
        self.groups = groups
        self.hosts = hosts
        sources: dict[str, list[str]] = {}
        for saved_for, offered_on, _ in groups:
            for target in offered_on:
                known = sources.setdefault(target, [])
                known.extend(source for source in saved_for if source != target and source not in known)
        self.sources: dict[str, tuple[str, ...]] = {target: tuple(known) for target, known in sources.items() if known}
        """For each member that something is offered on: the members whose links are."""

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

        Raises:
            InvalidAffiliation: another form.

        """
        if not isinstance(groups, list) or not isinstance(hosts, list):
            raise InvalidAffiliation("affiliations are a list of groups")
        names = frozenset(name for name in hosts if isinstance(name, str))
        if len(names) != len(hosts):
            raise InvalidAffiliation("the members that stand for one host are names")
        return cls(tuple(_group(group, _given) for group in groups), names)

    def to_groups(self) -> list[dict[str, list[str]]]:
        """Give the groups in the form that `from_groups` reads, members canonical."""
        return [
            {"shared": list(saved_for)} if shared else {"from": list(saved_for), "to": list(offered_on)}
            for saved_for, offered_on, shared in self.groups
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

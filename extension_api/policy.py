"""What administrators set while the service runs: one typed object, kept in one row.

Only what differs from the defaults is stored, so that a default keeps following the settings that the service was
started with. What is needed to start is no policy; it stays in `settings.py`. Whoever changes the policy puts it on
record in the same transaction.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from sqlalchemy import BigInteger, Integer, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from extension_api import revision
from extension_api.db import Base
from extension_api.errors import Conflict, InvalidRequest
from extension_api.kernel import Kernel
from extension_api.networks import read_network
from extension_api.settings import MINIMUM_REFRESH_INTERVAL, Settings
from matcher import InvalidUrl, admit

_ONLY: Final = 1
LONGEST_NUMBER: Final = 12
"""Digits; no value has more."""
DAY: Final = 24 * 3600
SHOWN_TO_EXTENSIONS: Final = frozenset({"refresh_interval", "continuation", "observe_chains"})
"""What extensions are told with their match table; a change of it must reach them like a changed link."""


class StoredPolicy(Base):
    """The one row."""

    __tablename__ = "policy"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    """Grows with each change; who changes the policy names the version that they saw."""
    overrides: Mapped[str] = mapped_column(Text())
    """A JSON object of what differs from the defaults."""
    changed_at: Mapped[int | None] = mapped_column(BigInteger)


Networks = Annotated[tuple[str, ...], Meta(max_length=64)]
Names = Annotated[tuple[Annotated[str, Meta(max_length=253)], ...], Meta(max_length=64)]
Ports = Annotated[tuple[str, ...], Meta(max_length=16)]
Switch = Annotated[int, Meta(ge=0, le=1)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The policy of one installation. Times are seconds."""

    refresh_interval: Annotated[int, Meta(ge=MINIMUM_REFRESH_INTERVAL, le=DAY)] = 60
    """Between two looks of an extension at its match table."""
    continuation: Annotated[int, Meta(ge=30, le=3600)] = 300
    """For which a chosen record is carried on over the pages of a login."""
    permitted_attempts: Annotated[int, Meta(ge=3, le=100)] = 10
    """Failures of one person from one address before delays begin."""
    permitted_people: Annotated[int, Meta(ge=3, le=10_000)] = 20
    """Distinct people tried from one address before delays begin."""
    permitted_over_addresses: Annotated[int, Meta(ge=10, le=100)] = 50
    """Failures of one person over all addresses before delays begin (SP 800-63B-4 section 3.2.2: at most 100)."""
    first_delay: Annotated[int, Meta(ge=1, le=3600)] = 30
    """After the last permitted failure; each further one doubles it (the same section names 30 s to an hour)."""
    longest_delay: Annotated[int, Meta(ge=60, le=DAY)] = 900
    """That no delay exceeds, so every lock ends."""
    forget_after: Annotated[int, Meta(ge=60, le=DAY)] = 900
    """Without a further failure, after which earlier ones are forgotten."""
    trusted_networks: Networks = ()
    """Networks of the installation's own proxies, whose `X-Forwarded-For` is believed."""
    minimum_password_length: Annotated[int, Meta(ge=12, le=128)] = 12
    """Characters of a new password; SP 800-63B-4 asks for 15 where it stands alone and 8 beside a second factor."""
    audit_rows: Annotated[int, Meta(ge=1_000, le=100_000_000)] = 1_000_000
    """Events that are kept in the database; older ones are archived."""
    resolve_interval: Annotated[int, Meta(ge=0, le=30 * DAY)] = DAY
    """After which a record's login chain is walked again; 0 for never unless somebody asks."""
    walk_networks: Networks = ()
    """Networks that are not public and may be walked to all the same."""
    walk_names: Names = ()
    """Names that may be walked to whatever they lead to; `*.corp.example` for every name below."""
    walk_ports: Ports = ()
    """Ports that are walked to beside 80 and 443."""
    observe_chains: Switch = 1
    """Whether browsers may tell which hosts a login passed through."""
    accept_expected: Switch = 0
    """Whether an address that was resolved and is affiliated is linked without asking anybody."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that was changed."""

    name: str
    old: object
    new: object

    def __str__(self) -> str:
        return f"{self.name}: {_shown(self.old)} -> {_shown(self.new)}"


class InvalidPolicy(InvalidRequest):
    """Values that cannot be a policy.

    Args:
        reasons: Why, by the name of the value.
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {reason}" for name, reason in reasons.items()))
        self.reasons = dict(reasons)


def defaults(settings: Settings) -> Policy:
    """Return the policy where nobody has set anything."""
    return Policy(
        refresh_interval=settings.refresh_interval,
        continuation=settings.continuation,
        resolve_interval=settings.resolve_interval,
    )


def bounds() -> dict[str, tuple[int, int]]:
    """Return the least and the greatest value of every number in the policy."""
    described = msgspec.inspect.type_info(Policy)
    assert isinstance(described, msgspec.inspect.StructType)  # noqa: S101 - narrows the library's type
    numbers = {f.name: f.type for f in described.fields if isinstance(f.type, msgspec.inspect.IntType)}
    return {name: (kind.ge or 0, kind.le or 0) for name, kind in numbers.items()}


def read(session: Session, settings: Settings, *, lock: bool = False) -> Policy:
    """Return the policy that this transaction sees.

    Args:
        session: A transaction.
        settings: Where the defaults come from.
        lock: Whether to keep other transactions from doing the same until this one ends. Whoever counts or changes
            does so one at a time, on engines too that lock by row.
    """
    return read_with_version(session, settings, lock=lock)[0]


def read_with_version(session: Session, settings: Settings, *, lock: bool = False) -> tuple[Policy, int]:
    """Return the policy that this transaction sees, and its version."""
    wanted = select(StoredPolicy.overrides, StoredPolicy.version).where(StoredPolicy.id == _ONLY)
    overrides, version = session.execute(wanted.with_for_update() if lock else wanted).one()
    return _over(defaults(settings), overrides), version


@functools.lru_cache(maxsize=16)
def of_overrides(settings: Settings, overrides: str) -> Policy:
    """Return the policy that a row of the table makes of the defaults; the same few are asked for again and again."""
    return _over(defaults(settings), overrides)


def current(kernel: Kernel) -> Policy:
    """Return the policy of this moment, read in a short transaction of its own."""
    with kernel.database.reading() as session:
        return read(session, kernel.settings)


def minimum_password_length(session: Session) -> int:
    """Return how many characters a new password must have; no setting has a say in it."""
    overrides = session.scalars(select(StoredPolicy.overrides).where(StoredPolicy.id == _ONLY)).one()
    return _over(Policy(), overrides).minimum_password_length


def checked(values: Mapping[str, object]) -> Policy:
    """Return the policy that `values` are; numbers may be written as text.

    Raises:
        InvalidPolicy: At least one value is out of bounds or contradicts another.
    """
    reasons, given = {}, dict(values)
    for name, (least, greatest) in bounds().items():
        number = _whole_number(values.get(name))
        if number is None or not least <= number <= greatest:
            reasons[name] = f"A whole number from {least:,} to {greatest:,}."
        given[name] = number
    for name, (kind, read_one) in LISTS.items():
        try:
            texts = msgspec.convert(values.get(name), kind)
            given[name] = tuple(read_one(text) for text in texts)
        except (ValueError, msgspec.ValidationError) as error:
            reasons[name] = f"{error}."
    if reasons:
        raise InvalidPolicy(reasons)
    try:
        made = msgspec.convert(given, Policy)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"{error}.") from None
    if made.longest_delay < made.first_delay:
        reasons["longest_delay"] = "At least as long as the first delay."
    if made.permitted_over_addresses < made.permitted_attempts:
        reasons["permitted_over_addresses"] = "At least as many as from one address."
    if reasons:
        raise InvalidPolicy(reasons)
    return made


def change(session: Session, settings: Settings, new: Policy, *, version: int, now: int) -> list[Change]:
    """Set the policy; the caller puts the changes on record in the same transaction.

    Args:
        session: A writing transaction.
        settings: Where the defaults come from.
        new: The policy, as `checked` gave it.
        version: The version that whoever changes it saw.
        now: The time, in seconds since the epoch.

    Returns:
        What is different now.

    Raises:
        Conflict: Somebody else has changed it since.
    """
    old, found = read_with_version(session, settings, lock=True)
    if found != version:
        raise Conflict("Somebody else has changed the settings meanwhile; look at them and change them again.")
    changes = [Change(n, getattr(old, n), getattr(new, n)) for n in new.__struct_fields__ if differ(old, new, n)]
    if changes:
        overrides = {n: getattr(new, n) for n in new.__struct_fields__ if differ(defaults(settings), new, n)}
        values: dict[str, Any] = {"overrides": msgspec.json.encode(overrides).decode(), "version": version + 1}
        session.execute(update(StoredPolicy).where(StoredPolicy.id == _ONLY).values(**values, changed_at=now))
        if any(made.name in SHOWN_TO_EXTENSIONS for made in changes):
            revision.raise_by_one(session)
    return changes


def differ(one: Policy, other: Policy, name: str) -> bool:
    """Tell whether the two have different values of that name."""
    return bool(getattr(one, name) != getattr(other, name))


def _network(text: str) -> str:
    return str(read_network(text))


def _walked_name(text: str) -> str:
    try:
        host = admit(f"https://{text.removeprefix('*.')}/").host
    except InvalidUrl:
        host = ""
    given = text.lower().removeprefix("*.")
    if not host or "[" in host or any(mark in given for mark in "/\\?#@:*") or host[-1].isdigit():
        raise ValueError(f"{text[:80]} is no name; write it like wiki.corp.example or *.corp.example")
    return f"*.{host}" if text.startswith("*.") else host


def _port(text: str) -> str:
    number = _whole_number(text)
    if number is None or not 0 < number < 65_536:
        raise ValueError(f"{text[:20]} is no port; choose one from 1 to 65535")
    return str(number)


LISTS: Final[Mapping[str, tuple[Any, Callable[[str], str]]]] = {
    "trusted_networks": (Networks, _network),
    "walk_names": (Names, _walked_name),
    "walk_networks": (Networks, _network),
    "walk_ports": (Ports, _port),
}
"""The values that are lists of texts, and how each text is checked and made canonical."""


def _over(base: Policy, overrides: str) -> Policy:
    found = msgspec.json.decode(overrides, type=dict[str, object])
    return msgspec.convert(msgspec.structs.asdict(base) | found, Policy)


def _whole_number(value: object) -> int | None:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def _shown(value: object) -> str:
    return " ".join(value) or "none" if isinstance(value, tuple) else str(value)

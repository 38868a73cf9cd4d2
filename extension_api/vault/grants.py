"""Permissions on lists and records: giving, taking, and telling who may fill a record and why.

What a person may see of it depends on what they hold: a guest of one record is told of that record's grants, never of
its list's. Nothing here checks a right; `access` has done it before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Uuid, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from extension_api import paging, revision
from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import NotFound
from extension_api.paging import Cursor, Page
from extension_api.people.models import Group, Membership
from extension_api.permissions import Identity, Permission
from extension_api.revision import Touched
from extension_api.vault.access import Held, HeldList
from extension_api.vault.models import Grant, Record, RecordList

Holder: TypeAlias = Account | Group
Target: TypeAlias = Record | RecordList


@dataclass(frozen=True, slots=True)
class Given:
    """A grant, and who holds it."""

    id: UUID
    kind: Literal["group", "person"]
    holder_id: UUID
    name: str
    level: Permission


@dataclass(frozen=True, slots=True)
class Reached:
    """A list or a record that a person or a group was given a level on."""

    id: UUID
    kind: Literal["list", "record"]
    target_id: UUID
    name: str
    level: Permission


@dataclass(frozen=True, slots=True)
class Reason:
    """A grant that gives a person a level.

    Args:
        level: The level that it gives.
        on: Whether it stands on the record or on its list.
        group: The group that holds it, or `None` if the person does.
    """

    level: Permission
    on: Literal["list", "record"]
    group: str | None


@dataclass(frozen=True, slots=True)
class PersonsAccess:
    """What a person may do, and the grants that give it, the strongest first.

    Args:
        account_id: The person.
        name: Their name.
        active: Whether they may sign in; a disabled person can do nothing until enabled again.
        level: The highest of their levels.
        reasons: Every grant that gives them one.
    """

    account_id: UUID
    name: str
    active: bool
    level: Permission
    reasons: Sequence[Reason]


def give(
    session: Session, who: Identity | Actor, holder: Holder, target: Target, level: Permission, *, now: int
) -> Grant:
    """Give a person or a group a level on a record or a list, in place of what they had on it.

    Args:
        session: The transaction.
        who: Who gives it; the caller has checked that they may.
        holder: Who gets it.
        target: What it is on.
        level: The level.
        now: The time, in seconds since the epoch.
    """
    grant = session.scalar(select(Grant).where(_held_by(holder), _on(target)))
    if grant is None:
        grant = Grant(id=uuid4(), level=level, **_places(holder, target))
        session.add(grant)
    grant.level = level
    session.flush()
    revision.raise_by_one(session, Touched(account_id=grant.account_id, group_id=grant.group_id))
    _record(session, who, Action.PERMISSION_GIVE, target, f"{_named(holder)}: {level.name.lower()}", now=now)
    return grant


def take(session: Session, who: Identity | Actor, target: Target, grant_id: UUID, *, now: int) -> None:
    """Take a grant back; the caller has checked who may.

    Raises:
        NotFound: There is no such grant on this record or list.
    """
    grant = session.scalar(select(Grant).where(Grant.id == grant_id, _on(target)))
    if grant is None:
        raise NotFound
    holder = session.get(Account, grant.account_id) if grant.account_id else session.get(Group, grant.group_id)
    assert holder is not None  # noqa: S101 - a foreign key holds it
    level, held_by = Permission(grant.level), Touched(account_id=grant.account_id, group_id=grant.group_id)
    session.delete(grant)
    session.flush()
    revision.raise_by_one(session, held_by)
    _record(session, who, Action.PERMISSION_TAKE, target, f"{_named(holder)}: {level.name.lower()}", now=now)


def take_from(session: Session, who: Identity | Actor, holder: Holder, target: Target, *, now: int) -> None:
    """Take back whatever a person or a group was given on a record or a list.

    Raises:
        NotFound: They were given nothing on it.
    """
    grant_id = session.scalar(select(Grant.id).where(_held_by(holder), _on(target)))
    if grant_id is None:
        raise NotFound(f"{_named(holder)} was given nothing here.")
    take(session, who, target, grant_id, now=now)


def on(session: Session, target: Target, *, after: Cursor | None, limit: int) -> Page[Given]:
    """Return a page of the grants on a record or a list themselves, by their holders' names."""
    name = func.coalesce(Account.name, Group.name)
    wanted = (
        select(Grant.id, Grant.account_id, Grant.group_id, name.label("name"), Grant.level)
        .outerjoin(Account, Account.id == Grant.account_id)
        .outerjoin(Group, Group.id == Grant.group_id)
        .where(_on(target))
    )
    if after is not None:
        wanted = wanted.where(paging.beyond(name, Grant.id, after))
    rows = session.execute(wanted.order_by(name, Grant.id).limit(limit + 1)).all()
    given = [
        Given(
            row.id,
            "group" if row.account_id is None else "person",
            row.group_id if row.account_id is None else row.account_id,
            row.name,
            Permission(row.level),
        )
        for row in rows
    ]
    return paging.page(given, limit, lambda each: (each.name, each.id))


def reached_by(session: Session, holder: Holder, *, after: Cursor | None, limit: int) -> Page[Reached]:
    """Return a page of what a person or a group itself was given, by name; a person's groups are not looked at."""
    name = func.coalesce(RecordList.name, Record.title)
    wanted = (
        select(Grant.id, Grant.list_id, Grant.record_id, name.label("name"), Grant.level)
        .outerjoin(RecordList, RecordList.id == Grant.list_id)
        .outerjoin(Record, Record.id == Grant.record_id)
        .where(_held_by(holder))
    )
    if after is not None:
        wanted = wanted.where(paging.beyond(name, Grant.id, after))
    rows = session.execute(wanted.order_by(name, Grant.id).limit(limit + 1)).all()
    reached = [
        Reached(
            row.id,
            "record" if row.list_id is None else "list",
            row.record_id if row.list_id is None else row.list_id,
            row.name,
            Permission(row.level),
        )
        for row in rows
    ]
    return paging.page(reached, limit, lambda each: (each.name, each.id))


def who_can(session: Session, held: Held | HeldList, *, after: Cursor | None, limit: int) -> Page[PersonsAccess]:
    """Return a page of who can use a record or a list, with the grants that let them, by name.

    Whoever is in it can at least fill. Of a record's list a guest is told nothing.

    Args:
        session: A transaction.
        held: The record or list, as the caller was let through to it.
        after: Name and id of the last person of the page before.
        limit: How many people at the most.
    """
    places = _places_of(held)
    direct = select(
        Grant.account_id.label("account_id"), Grant.level, Grant.list_id, literal(None, Uuid()).label("group_id")
    ).where(or_(*places), Grant.account_id.is_not(None))
    by_group = (
        select(Membership.account_id, Grant.level, Grant.list_id, Grant.group_id)
        .join(Membership, Membership.group_id == Grant.group_id)
        .where(or_(*places))
    )
    every = union_all(direct, by_group).subquery()
    people = (
        select(Account.id, Account.name, Account.disabled_at, func.max(every.c.level).label("level"))
        .join(every, every.c.account_id == Account.id)
        .group_by(Account.id, Account.name, Account.disabled_at)
    )
    if after is not None:
        people = people.where(paging.beyond(Account.name, Account.id, after))
    found = session.execute(people.order_by(Account.name, Account.id).limit(limit + 1)).all()
    reasons: dict[UUID, list[Reason]] = {row.id: [] for row in found}
    rows = session.execute(
        select(every.c.account_id, every.c.level, every.c.list_id, Group.name)
        .outerjoin(Group, Group.id == every.c.group_id)
        .where(every.c.account_id.in_(list(reasons)))
        .order_by(every.c.level.desc(), Group.name)
    )
    for account_id, level, list_id, group in rows:
        reasons[account_id].append(Reason(Permission(level), "record" if list_id is None else "list", group))
    shown = [
        PersonsAccess(row.id, row.name, row.disabled_at is None, Permission(row.level), tuple(reasons[row.id]))
        for row in found
    ]
    return paging.page(shown, limit, lambda each: (each.name, each.account_id))


def _places_of(held: Held | HeldList) -> list[ColumnElement[bool]]:
    if isinstance(held, HeldList):
        return [Grant.list_id == held.list.id]
    places = [Grant.record_id == held.record.id]
    return [*places, Grant.list_id == held.record.list_id] if held.sees_list else places


def _held_by(holder: Holder) -> ColumnElement[bool]:
    return Grant.account_id == holder.id if isinstance(holder, Account) else Grant.group_id == holder.id


def _on(target: Target) -> ColumnElement[bool]:
    return Grant.record_id == target.id if isinstance(target, Record) else Grant.list_id == target.id


def _places(holder: Holder, target: Target) -> dict[str, UUID]:
    return {
        "account_id" if isinstance(holder, Account) else "group_id": holder.id,
        "record_id" if isinstance(target, Record) else "list_id": target.id,
    }


def _named(holder: Holder) -> str:
    return holder.name if isinstance(holder, Account) else f"group {holder.name}"


def _record(session: Session, who: Identity | Actor, action: Action, target: Target, detail: str, *, now: int) -> None:
    if isinstance(target, Record):
        audit.record(session, who, action, now=now, record_id=target.id, detail=detail)
    else:
        audit.record(session, who, action, now=now, detail=f"{detail}, on the list {target.name}")

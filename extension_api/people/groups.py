"""Groups of people: made, named, filled and removed by administrators. The caller has checked the right.

Whoever joins or leaves a group gains or loses, at their next request, all that it was granted; so the revision grows.
"""

from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extension_api import paging, revision
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Conflict, NotFound
from extension_api.paging import Cursor, Page
from extension_api.people.models import Group, Membership
from extension_api.permissions import Identity, require_fresh
from extension_api.revision import Touched

FEW: Final = 200
"""Members of a group, each of whom is told by name when it goes."""


def page(session: Session, *, after: Cursor | None, limit: int) -> Page[Group]:
    """Return a page of the groups, by name."""
    wanted = select(Group)
    if after is not None:
        wanted = wanted.where(paging.beyond(Group.name, Group.id, after))
    rows = session.scalars(wanted.order_by(Group.name, Group.id).limit(limit + 1)).all()
    return paging.page(rows, limit, lambda group: (group.name, group.id))


def sizes(session: Session, ids: list[UUID]) -> dict[UUID, int]:
    """Return how many people each of these groups has; empty ones are left out."""
    rows = session.execute(
        select(Membership.group_id, func.count()).where(Membership.group_id.in_(ids)).group_by(Membership.group_id)
    )
    return {row[0]: row[1] for row in rows}


def members(session: Session, group: Group, *, after: Cursor | None, limit: int) -> Page[Account]:
    """Return a page of a group's people, by name."""
    belong = Membership.account_id == Account.id
    wanted = select(Account).join(Membership, belong).where(Membership.group_id == group.id)
    if after is not None:
        wanted = wanted.where(paging.beyond(Account.name, Account.id, after))
    rows = session.scalars(wanted.order_by(Account.name, Account.id).limit(limit + 1)).all()
    return paging.page(rows, limit, lambda account: (account.name, account.id))


def of_person(session: Session, account_id: UUID) -> list[Group]:
    """Return the groups that a person belongs to, by name."""
    wanted = select(Group).join(Membership, Membership.group_id == Group.id).where(Membership.account_id == account_id)
    return list(session.scalars(wanted.order_by(Group.name)))


def require(session: Session, group_id: UUID) -> Group:
    """Return the group.

    Raises:
        NotFound: There is none such.
    """
    group = session.get(Group, group_id)
    if group is None:
        raise NotFound
    return group


def find(session: Session, name: str) -> Group | None:
    """Return the group of that name, if there is one.

    Raises:
        InvalidRequest: It can be nobody's name.
    """
    return session.scalar(select(Group).where(Group.name == accounts.canonical_name(name)))


def require_named(session: Session, name: str) -> Group:
    """Return the group of that name.

    Raises:
        NotFound: There is none.
        InvalidRequest: It can be nobody's name.
    """
    group = find(session, name)
    if group is None:
        raise NotFound(f"There is no group named {accounts.canonical_name(name)}.")
    return group


def add(session: Session, who: Identity | Actor, name: str, *, now: int) -> Group:
    """Add a group without people.

    Raises:
        Conflict: There is a group of that name.
        InvalidRequest: It is no name.
    """
    canonical = _free_name(session, name)
    group = Group(id=uuid4(), name=canonical, created_at=now)
    session.add(group)
    session.flush()
    audit.record(session, who, Action.GROUP_ADD, now=now, detail=canonical)
    return group


def rename(session: Session, who: Identity | Actor, group: Group, name: str, *, now: int) -> None:
    """Give a group another name.

    Raises:
        Conflict: There is another group of that name.
        InvalidRequest: It is no name.
    """
    if accounts.canonical_name(name) == group.name:
        return
    before, group.name = group.name, _free_name(session, name)
    session.flush()
    audit.record(session, who, Action.GROUP_CHANGE, now=now, detail=f"{before}: now named {group.name}")


def remove(session: Session, who: Identity | Actor, group: Group, *, now: int) -> None:
    """Remove a group, and with it everything that it was granted."""
    members = session.scalars(select(Membership.account_id).where(Membership.group_id == group.id).limit(FEW + 1)).all()
    session.delete(group)
    session.flush()
    # Who belonged to it is known no more; of very many, everybody looks at their whole table again.
    touched = [Touched(account_id=each) for each in members] or [Touched(group_id=group.id)]
    revision.raise_by_one(session, *(touched if len(members) <= FEW else ()))
    audit.record(session, who, Action.GROUP_REMOVE, now=now, detail=group.name)


def add_member(session: Session, who: Identity | Actor, group: Group, account: Account, *, now: int) -> None:
    """Put a person into a group, which gives them all that it was granted.

    Raises:
        ConfirmationRequired: The caller's session has not proved itself lately.
        Conflict: They belong to it already.
    """
    if isinstance(who, Identity):
        require_fresh(who, now=now)
    if session.get(Membership, (account.id, group.id)) is not None:
        raise Conflict(f"{account.name} belongs to {group.name} already.")
    session.add(Membership(account_id=account.id, group_id=group.id))
    session.flush()
    revision.raise_by_one(session, Touched(account_id=account.id))
    audit.record(session, who, Action.GROUP_MEMBER_ADD, now=now, detail=f"{account.name} to {group.name}")


def remove_member(session: Session, who: Identity | Actor, group: Group, account_id: UUID, *, now: int) -> None:
    """Take a person out of a group.

    Raises:
        NotFound: They do not belong to it.
    """
    membership = session.get(Membership, (account_id, group.id))
    if membership is None:
        raise NotFound
    account = session.get_one(Account, account_id)
    session.delete(membership)
    session.flush()
    revision.raise_by_one(session, Touched(account_id=account_id))
    audit.record(session, who, Action.GROUP_MEMBER_REMOVE, now=now, detail=f"{account.name} from {group.name}")


def _free_name(session: Session, name: str) -> str:
    canonical = accounts.canonical_name(name)
    if find(session, canonical) is not None:
        raise Conflict(f"There is a group named {canonical} already.")
    return canonical

"""Nothing flows upward or sideways: random installations, each answer held against a slow and plain reference."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from extension_api import installation
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.app import create_app
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.errors import Forbidden, NotFound
from extension_api.kernel import Kernel
from extension_api.people import groups
from extension_api.permissions import Identity, Permission
from extension_api.settings import Settings
from extension_api.vault import access, folders, grants, links, lists, records
from extension_api.vault.models import Folder, Record, RecordList
from tests.extension_api.conftest import START


@dataclass
class World:
    """Random people, groups, lists and grants, as plain data."""

    memberships: set[tuple[int, int]] = field(default_factory=set)
    records_in: list[int] = field(default_factory=list)
    grants: dict[tuple[str, int, str, int], Permission] = field(default_factory=dict)
    folder_of: list[int | None] = field(default_factory=list)
    parents: list[int | None] = field(default_factory=list)


N_PEOPLE, N_GROUPS, N_LISTS = 3, 2, 3


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world; a folder's parent is one made before it."""
    world = World()
    pairs = st.tuples(st.integers(0, N_PEOPLE - 1), st.integers(0, N_GROUPS - 1))
    world.memberships = draw(st.sets(pairs, max_size=4))
    world.records_in = draw(st.lists(st.integers(0, N_LISTS - 1), min_size=1, max_size=5))
    n_folders = draw(st.integers(0, 4))
    world.parents = [draw(st.none() | st.integers(0, i - 1)) if i else None for i in range(n_folders)]
    places = st.none() | st.integers(0, n_folders - 1) if n_folders else st.none()
    world.folder_of = [draw(places) for _ in range(N_LISTS)]
    holders = st.sampled_from([("person", i) for i in range(N_PEOPLE)] + [("group", i) for i in range(N_GROUPS)])
    targets = st.sampled_from(
        [("list", i) for i in range(N_LISTS)] + [("record", i) for i in range(len(world.records_in))]
    )
    drawn = draw(st.lists(st.tuples(holders, targets, st.sampled_from(list(Permission))), max_size=8))
    world.grants = {(*holder, *target): level for holder, target, level in drawn}
    return world


def _holders(world: World, person: int) -> set[tuple[str, int]]:
    return {("person", person)} | {("group", g) for p, g in world.memberships if p == person}


def slow_level(world: World, person: int, kind: str, index: int) -> int:
    """Return the level on a list or a record, straight from the rule's sentence."""
    mine = _holders(world, person)
    places = {(kind, index)} | ({("list", world.records_in[index])} if kind == "record" else set())
    return max((lv for (hk, h, tk, t), lv in world.grants.items() if (hk, h) in mine and (tk, t) in places), default=0)


def slow_folders(world: World, person: int) -> set[int]:
    """Return the folders that lead to a list on which the person holds anything."""
    seen: set[int] = set()
    for index in range(N_LISTS):
        folder = world.folder_of[index] if slow_level(world, person, "list", index) else None
        while folder is not None:
            seen.add(folder)
            folder = world.parents[folder]
    return seen


@dataclass
class Built:
    """A world in the database."""

    people: list[Account]
    lists: list[RecordList]
    records: list[Record]
    folders: list[Folder]


def build(session: Session, kernel: Kernel, world: World) -> Built:
    now, tag = kernel.clock.now(), uuid4().hex
    people = [accounts.add(session, COMMAND_LINE, f"p{i}-{tag}", administrator=False, now=now) for i in range(N_PEOPLE)]
    made_groups = [groups.add(session, COMMAND_LINE, f"g{i}-{tag}", now=now) for i in range(N_GROUPS)]
    for person, group in sorted(world.memberships):
        groups.add_member(session, COMMAND_LINE, made_groups[group], people[person], now=now)
    made_folders: list[Folder] = []
    for i, parent in enumerate(world.parents):
        above = None if parent is None else made_folders[parent]
        made_folders.append(folders.add(session, COMMAND_LINE, f"f{i}", above, now=now))
    made_lists = []
    for i in range(N_LISTS):
        place = world.folder_of[i]
        made_lists.append(
            lists.add(session, COMMAND_LINE, f"l{i}", None if place is None else made_folders[place], now=now)
        )
    made_records = [
        records.add(
            session,
            kernel.keyring,
            COMMAND_LINE,
            records.NewRecord(title=f"r{i}", username="", password="x", list_id=made_lists[at].id),
            now=now,
        )
        for i, at in enumerate(world.records_in)
    ]
    for each in made_records:
        links.add(session, COMMAND_LINE, each, f"https://s{each.title}.test/", "host", now=now)
    holders: dict[tuple[str, int], grants.Holder] = {("person", i): each for i, each in enumerate(people)}
    holders |= {("group", i): each for i, each in enumerate(made_groups)}
    targets: dict[tuple[str, int], grants.Target] = {("record", i): each for i, each in enumerate(made_records)}
    targets |= {("list", i): each for i, each in enumerate(made_lists)}
    for (holder, h, target, t), level in world.grants.items():
        grants.give(session, COMMAND_LINE, holders[holder, h], targets[target, t], level, now=now)
    return Built(people, made_lists, made_records, made_folders)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One installation for all examples; each is rolled back."""
    settings_ = Settings(data=tmp_path_factory.mktemp("flow") / "data")
    installation.prepare(settings_, START)
    kernel: Kernel = create_app(settings_, clock=SetClock(START)).extensions["wayfill"]
    yield kernel
    kernel.database.close()


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except NotFound:
        return "not found"
    except Forbidden:
        return "forbidden"
    return "let through"


def expected(level: int, wanted: Permission) -> str:
    if not level:
        return "not found"
    return "let through" if level >= wanted else "forbidden"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_nothing_flows_upward_or_sideways(shared: Kernel, world: World) -> None:
    session = shared.database.session(writes=True)
    try:
        built = build(session, shared, world)
        for who, account in enumerate(built.people):
            identity = Identity(account.id, account.name, False, uuid4(), "test", "")
            _compare(session, identity, world, built, who)
        _compare_who(session, world, built)
    finally:
        session.rollback()
        session.close()


def _compare(session: Session, identity: Identity, world: World, built: Built, who: int) -> None:
    on_records = [slow_level(world, who, "record", i) for i in range(len(built.records))]
    on_lists = [slow_level(world, who, "list", i) for i in range(N_LISTS)]
    for record, level in zip(built.records, on_records, strict=True):
        for wanted in Permission:
            found = outcome(partial(access.require, session, identity, record.id, wanted))
            assert found == expected(level, wanted)
    for each, level in zip(built.lists, on_lists, strict=True):
        for wanted in Permission:
            found = outcome(partial(access.require_list, session, identity, each.id, wanted))
            assert found == expected(level, wanted)
    # Whoever holds many lists is searched for in another way; it must find the same.
    for many in (access.MANY_LISTS, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(access, "MANY_LISTS", many)
            for text in ("", "r", "0"):
                seen = records.search(session, identity, text, after=None, limit=100)
                assert [r.id for r in seen] == [
                    r.id
                    for r, level in zip(built.records, on_records, strict=True)
                    if level and (text in r.title or text in f"https://s{r.title}.test/")
                ]
    held = access.levels(session, identity, built.records)
    assert [held[r.id].level or 0 for r in built.records] == on_records
    everything = access.holdings(session, identity)
    assert [everything.level(r.id, r.list_id) or 0 for r in built.records] == on_records
    shown = lists.page(session, identity, after=None, limit=100).rows
    assert {each.id for each in shown} == {e.id for e, level in zip(built.lists, on_lists, strict=True) if level}
    editable = lists.page(session, identity, may_edit=True, after=None, limit=100).rows
    assert {each.id for each in editable} == {
        e.id for e, level in zip(built.lists, on_lists, strict=True) if level >= Permission.EDIT
    }
    leading = slow_folders(world, who)
    for i, folder in enumerate(built.folders):
        found = outcome(partial(folders.require_seen, session, identity, folder.id))
        assert found == ("let through" if i in leading else "not found")


def _compare_who(session: Session, world: World, built: Built) -> None:
    for i, record in enumerate(built.records):
        whole = access.Held(record, None, administrator=True)
        told = grants.who_can(session, whole, after=None, limit=100).rows
        wanted = {
            built.people[who].id: level for who in range(N_PEOPLE) if (level := slow_level(world, who, "record", i))
        }
        assert {each.account_id: each.level for each in told} == wanted
        for each in told:
            assert max(reason.level for reason in each.reasons) == each.level
        guest = access.Held(record, Permission.MANAGE, administrator=False)
        told = grants.who_can(session, guest, after=None, limit=100).rows
        here = {(holder, h) for holder, h, target, t in world.grants if (target, t) == ("record", i)}
        assert {each.account_id for each in told} == {
            built.people[who].id for who in range(N_PEOPLE) if _holders(world, who) & here
        }

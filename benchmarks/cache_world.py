"""Who the simulated installation has, and their day: who holds which lists, who is there when, what changes.

Everything is drawn from one seed. Teams of ten and departments of two hundred hold lists together, as groups do; the
shape is stated here in numbers, so that whoever knows another one can put theirs in.
"""

import random
from dataclasses import dataclass, field
from typing import Final

MINUTES: Final = 24 * 60
DEPARTMENTS_OF: Final = 200
TEAMS_OF: Final = 10
LIST_LINKS: Final = 140.0
"""Links of a list in the middle: 100 records with 1.4 links each."""
ALL: Final = "all"
"""The kind of a change that is of everybody's table by itself, and of no list."""
FILLS: Final = 15.0
"""A person's fills in a day, in the middle; by Zipf, some make hundreds."""


@dataclass(frozen=True)
class Ways:
    """One row: how changes are told, how people are spread, how much there is room for.

    Args:
        name: What is printed.
        scoped: Whether a change concerns those alone who hold what changed, and not everybody.
        delta: Whether who was concerned is sent what changed, without a table being compiled.
        back: Changes of the whole installation that are looked through for it; who is further behind takes a whole
            table. None where what concerns somebody is looked up by their lists, however much else changed.
        apart: Whether what changes for everybody at once is sent as a change too, and not as whole tables.
        sticky: Whether the balancer leads a person to the same process each time.
        room: Tables that one process keeps.
        processes: Over all nodes.
        own, team, department, everybody: Lists that a person holds of each kind.
        changes: A day, for each person, in the middle.
        lost: Minute of the day at which every eighth process is lost, if any is.
        for_all: Minutes at which something changes for everybody beside the lists: a policy, an affiliation.
    """

    name: str
    scoped: bool = True
    delta: bool = False
    back: int | None = None
    apart: bool = False
    sticky: bool = True
    room: int = 3_000
    processes: int = 48
    own: int = 5
    team: int = 6
    department: int = 2
    everybody: int = 1
    changes: float = 1.0
    lost: int | None = None
    for_all: tuple[int, ...] = ()


@dataclass
class World:
    """Who there is, in the sample, and what changes when, in the whole installation."""

    people: int
    sample: int
    chance: random.Random
    team_of: list[int] = field(default_factory=list)
    department_of: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    phase: list[float] = field(default_factory=list)
    fill_rate: list[float] = field(default_factory=list)
    online: list[list[int]] = field(default_factory=list)
    """For each minute the people whose browsers are open, in the order in which they ask."""
    changes: list[list[tuple[float, str, int]]] = field(default_factory=list)
    """For each minute its changes: when in it, on which kind of list, and of whom."""


def zipf(count: int, exponent: float) -> list[float]:
    """Return cumulated weights of ranks, for `random.choices`."""
    total, weights = 0.0, []
    for rank in range(1, count + 1):
        total += rank**-exponent
        weights.append(total)
    return weights


def build(ways: Ways, people: int, sample: int, seed: int) -> World:
    """Make the people of a row and their day."""
    chance = random.Random(seed)  # noqa: S311 - a shape, not a secret
    world = World(people, sample, chance)
    seen = sorted(chance.sample(range(people), people // sample))
    phases = sorted(chance.random() for _ in seen)
    chance.shuffle(seen)
    lists = {
        "team": [_lists(chance, ways.team) for _ in range(people // TEAMS_OF)],
        "department": [_lists(chance, ways.department) for _ in range(people // DEPARTMENTS_OF)],
        "everybody": [_lists(chance, ways.everybody)],
    }
    activity = zipf(len(seen), 0.6)
    share = [
        len(seen) * (each - before) / activity[-1] for before, each in zip([0.0, *activity], activity, strict=False)
    ]
    chance.shuffle(share)
    intervals = []
    for who, number in enumerate(seen):
        team, department = number // TEAMS_OF, number // DEPARTMENTS_OF
        world.team_of.append(team)
        world.department_of.append(department)
        of_groups = lists["team"][team] + lists["department"][department] + lists["everybody"][0]
        world.links.append(_lists(chance, ways.own) + of_groups)
        world.phase.append(phases[who])
        intervals.append(_day(chance))
        minutes = sum(end - begin for begin, end in intervals[-1])
        world.fill_rate.append(min(1.0, FILLS * share[who] / max(1, minutes)))
    world.online = [[] for _ in range(MINUTES)]
    for who, mine in enumerate(intervals):
        for begin, end in mine:
            for minute in range(begin, end):
                world.online[minute].append(who)
    world.changes = _changes(world, ways, lists)
    return world


def _lists(chance: random.Random, count: int) -> int:
    """Return the links of that many lists, most of them small and a few large."""
    return sum(int(min(5_000.0, LIST_LINKS / 3 * chance.paretovariate(1.5))) for _ in range(count))


def _day(chance: random.Random) -> list[tuple[int, int]]:
    """Return the minutes from and to which a person's browser is open."""
    if chance.random() < 0.08:
        return []  # on leave
    away = chance.choices((0, 6 * 60, -6 * 60), (80, 10, 10))[0]
    begin = int(chance.gauss(8 * 60 + 45, 35)) + away
    end = int(chance.gauss(17 * 60 + 15, 50)) + away
    lunch = int(chance.gauss(12 * 60 + 15, 25)) + away
    parts = [(begin, lunch), (lunch + 45, end)] if chance.random() < 0.6 else [(begin, end)]
    return [(max(0, b), min(MINUTES, e)) for b, e in parts if max(0, b) < min(MINUTES, e)]


def _changes(world: World, ways: Ways, lists: dict[str, list[int]]) -> list[list[tuple[float, str, int]]]:
    """Draw the changes of a day, in proportion to who is at work when they are made."""
    chance, days = world.chance, round(world.people * ways.changes)
    share = {"own": 0.63, "team": 0.35, "department": 0.02}
    # Lists of everybody are changed by a few: so many a day, however many people there are.
    kinds = [kind for kind in share for _ in range(round(days * share[kind]))]
    kinds += ["everybody"] * round(10 * ways.changes * ways.everybody)
    busy = {kind: zipf(len(lists[kind]), 0.8) for kind in ("team", "department")}
    online = [len(each) + 0.001 for each in world.online]
    weights = [sum(online[: n + 1]) for n in range(MINUTES)]
    found: list[list[tuple[float, str, int]]] = [[] for _ in range(MINUTES)]
    for kind, minute in zip(kinds, chance.choices(range(MINUTES), cum_weights=weights, k=len(kinds)), strict=True):
        if kind == "own":
            of = chance.randrange(world.people)
        elif kind == "everybody":
            of = 0
        else:
            of = chance.choices(range(len(busy[kind])), cum_weights=busy[kind])[0]
        found[minute].append((chance.random(), kind, of))
    for minute in ways.for_all:
        found[minute].append((chance.random(), ALL, 0))
    for each in found:
        each.sort()
    return found

"""A day of 100,000 people and 100 million links: what the cache of match tables does, and what it costs.

    python -m benchmarks.cache_simulation [--people 100000] [--sample 80] [--seed 1]

People come and go as on a working day, and their browsers ask every minute whether their match table changed. Changes
fall on lists of one person, of a team, of a department and of everybody, busy ones oftener (Zipf). Each row is one way
of telling who is concerned by a change and of spreading people over processes; every process keeps the tables that were
asked for last. One person in `--sample` is simulated, with the room of each process in the same proportion; all changes
are. The costs of one call are measured ones (`table_costs.py`, `load.py`) and stand at the top. What must add up is
asserted for each row: this stops rather than print a wrong figure. The same seed prints the same figures.
"""

import argparse
import sys
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.cache_world import ALL, MINUTES, Ways, World, build

PEAK: Final = 10
"""Minutes over which the busiest time is averaged."""
TABLE_FILLS: Final = 0.05
"""Share of fills, and of questions by the popup, that need the person's table: links that an affiliation widens."""

# Measured (`table_costs.py`, on PostgreSQL), in milliseconds of one core unless it says otherwise.
UNCHANGED_MS: Final = 0.45
UNCHANGED_DB_MS: Final = 0.15
FILL_MS: Final = 1.1
FILL_DB_MS: Final = 0.6
SIGN_IN_MS: Final = 205.0
"""Nearly all of it hashes the password, as it should."""
SIGN_IN_DB_MS: Final = 7.0
REFRESH_MS: Final = 3.6
REFRESH_DB_MS: Final = 0.9
REFRESH_MINUTES: Final = 15
COMPILE_US: Final = 44.0
"""Microseconds a link, from rows to the table as it is sent."""
COMPILE_DB_US: Final = 10.0
"""By the union of two look-ups; what the condition of today costs grows with the installation."""
CHANGE_US: Final = 50.0
CHANGE_DB_US: Final = 10.0
"""Microseconds for each change of others that is looked through, by the log as it is."""
KEPT_BYTES: Final = 1_350.0
"""Of a kept table, a link: its part of what is sent, what is shown of its record, and the compiled form."""
SENT_BYTES: Final = 60.0
"""Of a whole table, a link, compressed."""

# Estimated.
DELTA_MS: Final = 2.0
DELTA_DB_MS: Final = 1.0
DELTA_BYTES: Final = 1_200.0
UNCHANGED_BYTES: Final = 700.0
"""Of both directions, with the headers and TLS."""


@dataclass
class Counts:
    """What happened, in the sample."""

    asked: int = 0
    unchanged: int = 0
    signed_in: int = 0
    whole: int = 0
    deltas: int = 0
    seen: int = 0
    """Changes, most of them others', that were looked through for somebody."""
    fills: int = 0
    looked_up: int = 0
    hits: int = 0
    advanced: int = 0
    """Of the hits, tables that were brought up to date by what changed."""
    compiled: int = 0
    compiled_links: int = 0
    put: int = 0
    replaced: int = 0
    evicted: int = 0
    lost: int = 0
    concerned: int = 0
    """People who were to be told of a change, each change by itself."""


class Nodes:
    """The processes and the tables that they keep."""

    def __init__(self, world: World, ways: Ways) -> None:
        self._ways = ways
        self._links = world.links
        self._room = max(1, round(ways.room / world.sample))
        self._chance = world.chance
        self.tables: list[OrderedDict[int, tuple[int, int]]] = [OrderedDict() for _ in range(ways.processes)]
        self.alive = list(range(ways.processes))
        self._home = [self._chance.randrange(1 << 30) for _ in world.links]
        self.kept_links = 0

    def lose(self, counts: Counts) -> None:
        """Lose every eighth process; whoever was led there is led elsewhere."""
        for gone in self.alive[::8]:
            self.kept_links -= sum(self._links[who] for who in self.tables[gone])
            counts.lost += len(self.tables[gone])
            self.tables[gone].clear()
        self.alive = [each for place, each in enumerate(self.alive) if place % 8]

    def process(self, who: int) -> int:
        """Return the process that answers somebody now."""
        if not self._ways.sticky:
            return self.alive[int(self._chance.random() * len(self.alive))]
        home = self._home[who] % self._ways.processes
        return home if home in self.alive else self.alive[self._home[who] % len(self.alive)]

    def need(self, who: int, version: int, revision: int, counts: Counts) -> None:
        """Look somebody's table up, and compile it where none is kept that will do.

        Args:
            who: The person.
            version: The revision at which their table changed last.
            revision: The present one.
            counts: What happened so far.
        """
        tables = self.tables[self.process(who)]
        counts.looked_up += 1
        kept = tables.get(who)
        if kept is not None and (kept[0] == version or self._ways.delta) and near(self._ways, kept[1], revision):
            counts.hits += 1
            counts.advanced += kept[0] != version
            tables[who] = version, revision
            tables.move_to_end(who)
            return
        links = self._links[who]
        counts.compiled += 1
        counts.compiled_links += links
        counts.put += 1
        if kept is None:
            self.kept_links += links
            if len(tables) >= self._room:
                old, _ = tables.popitem(last=False)
                self.kept_links -= self._links[old]
                counts.evicted += 1
        else:
            counts.replaced += 1
        tables[who] = version, revision
        tables.move_to_end(who)


def near(ways: Ways, then: int, revision: int) -> bool:
    """Tell whether what changed since a revision can still be looked through."""
    return ways.back is None or revision - then <= ways.back


@dataclass
class Minute:
    """What one minute cost, in the sample."""

    asked: int
    signed_in: int
    deltas: int
    seen: int
    fills: int
    compiled: int
    compiled_links: int
    sent_links: int
    changes: int
    """In the whole installation."""


def run(ways: Ways, world: World) -> tuple[Counts, list[Minute], int]:
    """Live through the day; gives what happened, minute by minute, and the most links that were kept at once."""
    counts, nodes, minutes, most = Counts(), Nodes(world, ways), [], 0
    version = [0] * len(world.links)  # what each person's table is at
    held: list[int | None] = [None] * len(world.links)  # what each browser has; nothing before its person signed in
    of_team: dict[int, list[int]] = {}
    of_department: dict[int, list[int]] = {}
    by_number: dict[int, list[int]] = {}
    everybody = list(range(len(world.links)))
    for who, (team, department) in enumerate(zip(world.team_of, world.department_of, strict=True)):
        of_team.setdefault(team, []).append(who)
        of_department.setdefault(department, []).append(who)
    # One's own changes are drawn among all people; those outside the sample concern nobody in it.
    for who in everybody:
        by_number[who * world.sample] = [who]
    holders = {"own": by_number, "team": of_team, "department": of_department}
    holders |= {"everybody": {0: everybody}, ALL: {0: everybody}}
    asked_at = [0] * len(world.links)  # the revision at which each browser asked last
    revision, for_all, before = 0, 0, Counts()
    chance, phase, rate = world.chance.random, world.phase, world.fill_rate
    for minute in range(MINUTES):
        if minute == ways.lost:
            nodes.lose(counts)
        waiting, place, sent = world.changes[minute], 0, 0
        for who in world.online[minute]:
            while place < len(waiting) and waiting[place][0] <= phase[who]:
                _, kind, of = waiting[place]
                place, revision = place + 1, revision + 1
                for_all = revision if kind == ALL else for_all
                for each in holders[kind].get(of, ()):
                    version[each] = revision
                    counts.concerned += 1
            # Unscoped, a table holds for one revision of the whole installation, though most are what they were.
            wanted = version[who] if ways.scoped else revision
            counts.asked += 1
            counts.signed_in += held[who] is None
            if not ways.scoped:
                nodes.need(who, wanted, revision, counts)
            told = near(ways, asked_at[who], revision) and (ways.apart or asked_at[who] >= for_all)
            if held[who] == version[who] and told:
                counts.unchanged += 1
            elif held[who] is not None and ways.delta and told:
                counts.deltas += 1
                if ways.back is not None:  # it bears the check sum of the whole table, which has to be there for that
                    nodes.need(who, wanted, revision, counts)
            else:
                if ways.scoped:
                    nodes.need(who, wanted, revision, counts)
                counts.whole += 1
                sent += world.links[who]
            if ways.back is not None and told:
                counts.seen += revision - asked_at[who]
            held[who], asked_at[who] = version[who], revision
            if chance() < rate[who]:
                counts.fills += 1
                if chance() < TABLE_FILLS:
                    nodes.need(who, wanted, revision, counts)
        for _, kind, of in waiting[place:]:
            revision += 1
            for_all = revision if kind == ALL else for_all
            for each in holders[kind].get(of, ()):
                version[each] = revision
                counts.concerned += 1
        most = max(most, nodes.kept_links)
        minutes.append(
            Minute(
                counts.asked - before.asked,
                counts.signed_in - before.signed_in,
                counts.deltas - before.deltas,
                counts.seen - before.seen,
                counts.fills - before.fills,
                counts.compiled - before.compiled,
                counts.compiled_links - before.compiled_links,
                sent,
                len(waiting),
            )
        )
        before = replace(counts)
    check(ways, world, counts, nodes, revision, sum(len(each) for each in world.changes))
    return counts, minutes, most


def check(ways: Ways, world: World, counts: Counts, nodes: Nodes, revision: int, changes: int) -> None:
    """Stop unless everything adds up."""
    assert counts.asked == sum(map(len, world.online)), "each open browser asks once a minute"
    assert counts.asked == counts.unchanged + counts.whole + counts.deltas, "each question has one answer"
    assert counts.signed_in == len(set().union(*world.online)), "everybody who came signed in once"
    by_lists = ways.delta and ways.back is None and (ways.apart or not ways.for_all)
    assert not by_lists or counts.whole == counts.signed_in, "by lists, a whole table is sent once a day"
    assert counts.looked_up == counts.hits + counts.compiled, "a table is kept or compiled"
    assert counts.compiled == counts.put, "what is compiled is kept"
    kept = sum(map(len, nodes.tables))
    assert counts.put - counts.replaced - counts.evicted - counts.lost == kept, "no table appears or vanishes"
    assert nodes.kept_links == sum(world.links[who] for tables in nodes.tables for who in tables), "nor a link"
    assert revision == changes, "every change is told once"
    assert ways.delta or counts.deltas == 0
    assert all(len(tables) <= max(1, round(ways.room / world.sample)) for tables in nodes.tables), "within the room"


@dataclass(frozen=True)
class Shown:
    """A row's figures for the whole installation."""

    without: float
    """Share of questions and fills that were answered without compiling a table."""
    compiled: float
    cores: float
    """Of the service, in the busiest ten minutes."""
    cores_minute: float
    """The same in the busiest minute: what is not there then makes people wait."""
    database_cores: float
    writes: float
    """Transactions a second, in the busiest ten minutes, that go one at a time."""
    gigabytes: float
    megabits: float


def own_ms(part: Sequence[Minute]) -> float:
    """Return what some minutes cost the service, in the sample."""
    return sum(
        one.asked * (UNCHANGED_MS + REFRESH_MS / REFRESH_MINUTES)
        + one.signed_in * SIGN_IN_MS
        + one.fills * FILL_MS
        + one.deltas * DELTA_MS
        + one.seen * CHANGE_US / 1e3
        + one.compiled_links * COMPILE_US / 1e3
        for one in part
    )


def database_ms(part: Sequence[Minute]) -> float:
    """Return what some minutes cost the database, in the sample."""
    return sum(
        one.asked * (UNCHANGED_DB_MS + REFRESH_DB_MS / REFRESH_MINUTES)
        + one.signed_in * SIGN_IN_DB_MS
        + one.fills * FILL_DB_MS
        + one.deltas * DELTA_DB_MS
        + one.seen * CHANGE_DB_US / 1e3
        + one.compiled_links * COMPILE_DB_US / 1e3
        for one in part
    )


def writes(part: Sequence[Minute], ways: Ways, sample: int) -> float:
    """Return how many transactions a second wait for each other; fills are not among them.

    A refresh is one, a sign-in is two (an attempt is counted before it is judged), and each process notes once a second
    when its sessions were used.
    """
    sampled = sum(one.asked / REFRESH_MINUTES + 2 * one.signed_in for one in part) * sample
    return (sampled + sum(one.changes for one in part)) / 60 / len(part) + ways.processes


def shown(ways: Ways, world: World, counts: Counts, minutes: list[Minute], most: int) -> Shown:
    """Return what a row needs, in the ten minutes that need most of the service's cores, and beside in one minute."""
    scale = world.sample / 60 / 1e3
    windows = [minutes[at : at + PEAK] for at in range(0, MINUTES, PEAK)]
    worst = max(windows, key=own_ms)
    sent = sum(one.asked * UNCHANGED_BYTES + one.sent_links * SENT_BYTES + one.deltas * DELTA_BYTES for one in worst)
    return Shown(
        without=1 - counts.compiled / (counts.asked + counts.fills),
        compiled=counts.compiled * world.sample / MINUTES / 60,
        cores=own_ms(worst) * scale / PEAK,
        cores_minute=max(own_ms([one]) for one in minutes) * scale,
        database_cores=max(map(database_ms, windows)) * scale / PEAK,
        writes=max(writes(part, ways, world.sample) for part in windows),
        gigabytes=most * world.sample * KEPT_BYTES / 1e9,
        megabits=sent * scale * 8 / 1e3 / PEAK,
    )


ONE: Final = Ways("one revision for all, 512 tables a process", scoped=False, sticky=False, room=512)
WHOLE: Final = Ways("told by list and person, whole tables", sticky=False, room=512)
LOG: Final = Ways("the log: 500 changes back", delta=True, back=500, sticky=False, room=512, processes=16)
LISTS: Final = replace(LOG, name="the log, asked by list and person", back=None, apart=True)
ELEVEN: Final = 11 * 60
ROWS: Final = (
    ONE,
    replace(ONE, name="  room for everybody in each process", room=100_000),
    WHOLE,
    replace(WHOLE, name="  a balancer that leads by person", sticky=True),
    LOG,
    replace(LOG, name="  led by person, 6,000 tables a process", sticky=True, room=6_000),
    replace(LOG, name="  one change for all at 11:00", for_all=(ELEVEN,)),
    replace(LOG, name="  twice the changes", changes=2.0),
    replace(LOG, name="  four times the changes", changes=4.0),
    LISTS,
    replace(LISTS, name="  one change for all at 11:00", for_all=(ELEVEN,)),
    replace(LISTS, name="  four times the changes", changes=4.0),
    replace(LISTS, name="  64 tables a process", room=64),
    replace(LISTS, name="  every eighth process lost at 10:30", lost=10 * 60 + 30),
    replace(LISTS, name="  40 lists a person", team=20, department=10, everybody=5),
)


def main() -> int:
    """Simulate every row and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=80, help="one person in so many is simulated")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    once = [run(LOG, build(LOG, 10_000, given.sample, given.seed)) for _ in range(2)]
    assert once[0] == once[1], "the same seed gives the same day"
    heads = ("links", "asked", "without", "compiled", "cores", "cores", "database", "one-at-a-", "tables", "Mbit/s")
    units = ("each", "a s", "a table", "a s", "10 min", "1 min", "cores", "time a s", "GB", "10 min")
    for first, words in (("", heads), (f"{given.people:,} people, {given.people * 1000:,} links", units)):
        print(f"{first:46}" + "".join(f"{word:>10}" for word in words))
    for ways in ROWS:
        world = build(ways, given.people, given.sample, given.seed)
        counts, minutes, most = run(ways, world)
        found = shown(ways, world, counts, minutes, most)
        links = sum(world.links) / len(world.links)
        busiest = max(one.asked for one in minutes) * given.sample / 60
        print(
            f"{ways.name:46}{links:10,.0f}{busiest:10,.0f}{found.without:10.2%}{found.compiled:10,.1f}"
            f"{found.cores:10.1f}{found.cores_minute:10.1f}{found.database_cores:10.1f}{found.writes:10.0f}"
            f"{found.gigabytes:10,.0f}{found.megabits:10.0f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What changed of a match table: previous and changes together are the whole, whatever was done in between.

The changes are random and made through the services that people's acts go through. Each step's previous table, answer
and whole are also handed to the extension's own merging, under Node.
"""

import gzip
import json
import random
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from extension_api.audit.service import COMMAND_LINE
from extension_api.errors import NotFound
from extension_api.kernel import Kernel
from extension_api.matching import changes
from extension_api.matching.tables import TableCache
from extension_api.people import groups
from extension_api.permissions import Permission
from extension_api.redirects import affiliations
from extension_api.revision import Revision, TableChange, Touched, raise_by_one
from extension_api.vault import grants, links, records
from extension_api.vault.changes import change as change_record
from extension_api.vault.models import LinkRow, Record, RecordList
from matcher import BETWEEN, MatchTable
from tests.extension.test_node import node
from tests.extension_api.conftest import People, Person, Records
from tests.practice.engines import START

if TYPE_CHECKING:
    from extension_api.accounts.models import Account
    from extension_api.people.models import Group

STEPS = 90
HERE = Path(__file__).resolve()
HOSTS = ["a.test", "login.b.test", "c.co.uk", "s3.amazonaws.com", "x.github.io", "münchen.test", "127.0.0.1"]


def merged(
    table: dict[str, Any], shown: dict[str, Any], answer: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put an answer's changes into a table, as README and the OpenAPI document say."""
    made = answer.get("changes")
    if made is None:
        return table, shown
    gone = {*made["went"], *answer["records"]}
    kept = [line for line in table["links"].split(BETWEEN) if line and line.rpartition(" ")[2] not in gone]
    lines = sorted([*kept, *(line for line in made["links"].split(BETWEEN) if line)])
    parts = {part: made[part] for part in ("revision", "suffix_list", "cuts", "check")}
    parts |= {part: made[part] for part in ("affiliations", "hosts") if part in made}
    left = {key: card for key, card in shown.items() if key not in made["went"]}
    return table | parts | {"links": BETWEEN.join(lines)}, left | answer["records"]


class Vault:
    """Lists, groups and records that are changed at random."""

    def __init__(self, kernel: Kernel, people: list[Person], draw: random.Random) -> None:
        self.kernel, self.people, self.draw = kernel, people, draw
        with kernel.database.writing() as session:
            self.lists = [RecordList(id=uuid4(), name=f"list {n}", created_at=START) for n in range(3)]
            session.add_all(self.lists)
            session.flush()
            self.group = groups.add(session, COMMAND_LINE, "team", now=START)
            grants.give(session, COMMAND_LINE, people[0].account, self.lists[0], Permission.FILL, now=START)
            grants.give(session, COMMAND_LINE, self.group, self.lists[1], Permission.EDIT, now=START)

    def step(self) -> str:
        """Change something; return what."""

        draw, now = self.draw, START + self.draw.randrange(10**6)
        act = draw.choice(
            ["add"] * 4 + ["link"] * 5 + ["unlink", "title", "remove", "move", "give", "take"] * 2 + ["join"]
        )
        with self.kernel.database.writing() as session:
            known = session.scalars(select(Record).order_by(Record.id)).all()
            record = draw.choice(known) if known else None
            everybody: list[Person | Group] = [*self.people, self.group]
            who = draw.choice(everybody)
            holder: Account | Group = who.account if isinstance(who, Person) else session.merge(who)
            if act == "add" or record is None:
                new = records.NewRecord(
                    title=f"{draw.random()}", username="u", password=None, list_id=draw.choice(self.lists).id
                )
                made = records.add(session, self.kernel.keyring, COMMAND_LINE, new, now=now)
                url = f"https://{draw.choice(HOSTS)}/{draw.randrange(99)}"
                links.add(session, COMMAND_LINE, made, url, "host", now=now)
            elif act == "link" and len(links.of_record(session, record.id)) < 4:
                url = f"https://{draw.choice(HOSTS[:3])}/{draw.randrange(10**6)}"
                strategy = draw.choice(["domain", "host", "path", "exact", "regex"])
                links.add(
                    session,
                    COMMAND_LINE,
                    record,
                    url,
                    strategy,
                    veto=draw.random() < 0.2,
                    expression="https://.*ü 100%" if strategy == "regex" else None,
                    now=now,
                )
            elif act == "unlink":
                row = session.scalar(select(LinkRow).where(LinkRow.record_id == record.id).limit(1))
                if row is not None:
                    links.remove(session, COMMAND_LINE, record, row.id, now=now)
            elif act == "title":
                values = {"title": f"ü {draw.random()}"}
                change_record(
                    session, self.kernel.keyring, COMMAND_LINE, record, values, expected=record.version, now=now
                )
            elif act == "remove":
                records.remove(session, COMMAND_LINE, record, expected=record.version, now=now)
            elif act == "move":
                to = draw.choice(self.lists).id
                former, record.list_id = record.list_id, to
                session.flush()
                raise_by_one(session, Touched(record_id=record.id, list_id=to, former_list_id=former))
            elif act == "give":
                places: list[Record | RecordList] = [record, *self.lists[:2]]
                target = draw.choice(places)
                grants.give(session, COMMAND_LINE, holder, target, draw.choice(list(Permission)), now=now)
            elif act == "take":
                places = [record, *self.lists[1:2]]
                taken = draw.choice(places)
                with suppress(NotFound):
                    grants.take_from(session, COMMAND_LINE, holder, taken, now=now)
            elif act == "join":
                group = session.merge(self.group)
                if groups.sizes(session, [group.id]):
                    groups.remove_member(session, COMMAND_LINE, group, self.people[1].account.id, now=now)
                else:
                    groups.add_member(session, COMMAND_LINE, group, self.people[1].account, now=now)
            if draw.random() < 0.03:
                together = {"shared": ["a.test", f"b{draw.random()}.test"]}
                affiliations.add(session, COMMAND_LINE, together, record=None, now=now)
        return act


def test_previous_and_changes_are_the_whole(person: People, kernel: Kernel, tmp_path: Path, figure: Any) -> None:
    draw = random.Random(7)  # noqa: S311 - a sequence that comes again
    people = [person(name) for name in ("anna", "berta", "carl")]
    vault = Vault(kernel, people, draw)
    held: dict[str, tuple[dict[str, Any], dict[str, Any], int, str]] = {}
    steps, kinds = [], {"whole": 0, "changes": 0, "nothing": 0}
    for _ in range(STEPS):
        act = vault.step()
        for who in people:
            if draw.random() < 0.3:
                continue  # somebody who does not look falls behind
            name = who.account.name
            if draw.random() < 0.2:
                kernel.shared(TableCache)._tables.clear()  # another worker, or one that forgot
            if name in held:
                table, shown, revision, tag = held[name]
                response = who.call("GET", f"/match-table?since={revision}", If_None_Match=tag)
                if response.status_code == 304:
                    continue
                answer = response.get_json()
                kind = "whole" if "table" in answer else "changes" if "changes" in answer else "nothing"
                kinds[kind] += 1
            else:
                response, table, shown, kind = who.call("GET", "/match-table"), {}, {}, "whole"
                answer = response.get_json()
            kernel.shared(TableCache)._tables.clear()
            whole = who.call("GET", "/match-table").get_json()
            before = {"table": table, "records": shown}
            table, shown = (answer["table"], answer["records"]) if kind == "whole" else merged(table, shown, answer)
            assert shown == whole["records"], act
            assert (table["links"], table["cuts"]) == (whole["table"]["links"], whole["table"]["cuts"]), act
            assert table["affiliations"] == whole["table"]["affiliations"], act
            MatchTable.from_json(json.dumps(table))  # checks the sum
            if kind == "changes":
                steps.append({"before": before, "answer": answer, "after": {"table": table, "records": shown}})
            held[name] = table, shown, answer["revision"], response.headers["ETag"]
    assert min(kinds.values()) > 5, kinds
    figure(f"match tables in {STEPS} random steps: {kinds}")
    file = tmp_path / "steps.json"
    file.write_text(json.dumps(steps))
    script = HERE.parent / "merge.mjs"
    done = subprocess.run([node(), str(script), str(file)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == f"{len(steps)} merged"


def ask(who: Person, revision: int, tag: str) -> dict[str, Any]:
    answer: dict[str, Any] = who.call("GET", f"/match-table?since={revision}", If_None_Match=tag).get_json()
    return answer


def test_nobody_is_told_of_a_record_that_they_never_had(person: People, record: Records, kernel: Kernel) -> None:
    anna, berta = person("anna"), person("berta")
    record(grants={anna.account: Permission.FILL})
    hers = record("Not hers", grants={berta.account: Permission.FILL})
    first = anna.call("GET", "/match-table")
    with kernel.database.writing() as session:
        links.add(session, COMMAND_LINE, session.get_one(Record, hers.id), "https://new.test/", "host", now=START)
        records.remove(session, COMMAND_LINE, session.get_one(Record, hers.id), expected=1, now=START)
    answer = ask(anna, first.get_json()["revision"], first.headers["ETag"])
    assert answer["records"] == {}
    assert "changes" not in answer
    assert "table" not in answer
    assert str(hers.id) not in json.dumps(answer)


@pytest.mark.parametrize(
    "why", ["too far behind", "another's tag", "no tag", "a revision that comes again", "a change that says nothing"]
)
def test_where_only_the_whole_will_do(
    person: People, record: Records, kernel: Kernel, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    anna, berta = person("anna"), person("berta")
    ads = record(grants={anna.account: Permission.EDIT, berta.account: Permission.FILL})
    first = anna.call("GET", "/match-table")
    revision, tag = first.get_json()["revision"], first.headers["ETag"]
    with kernel.database.writing() as session:
        made = session.get_one(Record, ads.id)
        links.add(session, COMMAND_LINE, made, "https://b.test/", "host", now=START)
        links.add(session, COMMAND_LINE, made, "https://c.test/", "host", now=START)
        if why == "a change that says nothing":
            raise_by_one(session)
    assert "changes" in ask(anna, revision, tag) or why == "a change that says nothing"
    if why == "too far behind":
        monkeypatch.setattr(changes, "MOST", 1)
    elif why == "another's tag":
        tag = berta.call("GET", "/match-table").headers["ETag"]
    elif why == "no tag":
        tag = ""
    elif why == "a revision that comes again":
        with kernel.database.writing() as session:
            session.execute(update(TableChange).values(stamp=1))
            session.execute(update(Revision).values(stamp=1))
    assert "table" in ask(anna, revision, tag)


def test_what_is_long_travels_compressed(person: People, record: Records) -> None:
    anna = person("anna")
    for number in range(12):
        record(
            f"Record {number}", linked=((f"https://a{number}.test/", "host"),), grants={anna.account: Permission.FILL}
        )
    plain = anna.call("GET", "/match-table")
    packed = anna.call("GET", "/match-table", Accept_Encoding="br;q=0, gzip")
    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (None, "gzip")
    assert gzip.decompress(packed.data) == plain.data
    assert anna.call("GET", "/match-table", Accept_Encoding="gzip;q=0").data == plain.data

from __future__ import annotations

import json
import random
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matcher
from matcher import Affiliations, InvalidLink, InvalidTable, Link, MatchTable, Strategy, suffixes
from matcher.changes import MOST_CHANGES
from matcher.wire import _check
from tests.contract.generated import PAGES, SITUATIONS, Situation, affiliations
from tests.contract.test_cases import CASES, table_of

if TYPE_CHECKING:
    from tests.contract.evaluator import NodeEvaluator

SCHEMA = json.loads(Path(matcher.__file__).with_name("table.schema.json").read_text(encoding="utf-8"))
LINKS = [
    Link("ads", "https://ads.example.com/"),
    Link("ads", "https://login.example.net/", Strategy.HOST),
    Link("büro 😀", "http://10.0.0.1:8080/", Strategy.DOMAIN, veto=True),
    Link("re", "https://www.amazonaws.com/", Strategy.REGEX, expression="a b%20"),
    Link("pa", "*://**.example.com:*/x*?y", Strategy.PATTERN),
    Link("p", "https://example.com/a/b/", Strategy.PATH),
    Link("e", "https://github.io/?x#y", Strategy.EXACT),
    Link("c", "http://example.com:443/z", Strategy.PATH),
]
GROUPS = Affiliations.from_groups(
    [{"shared": ["example.com", "login.example.org"]}, {"from": ["a.ck.example"], "to": ["b.example"]}]
)
TABLE = MatchTable.compile(LINKS, GROUPS, revision=7)


def test_the_json_names_version_revision_and_the_date_of_the_suffix_list() -> None:
    body = json.loads(TABLE.to_json())
    assert (body["version"], body["revision"]) == (1, 7)
    assert body["suffix_list"] == str(suffixes.current().date)
    assert MatchTable.from_json(TABLE.to_json()).revision == 7


def test_the_json_keeps_to_its_schema() -> None:
    validator = jsonschema_rs.Draft202012Validator(SCHEMA)
    validator.validate(json.loads(TABLE.to_json()))
    for case in CASES:
        validator.validate(json.loads(table_of(case).to_json()))
    for part in json.loads(TABLE.to_json()):
        body = json.loads(TABLE.to_json())
        del body[part]
        assert not validator.is_valid(body)


def test_reading_and_writing_give_the_same_json() -> None:
    assert MatchTable.from_json(TABLE.to_json()).to_json() == TABLE.to_json()
    assert MatchTable.from_json(TABLE.to_json().decode()).to_json() == TABLE.to_json()


def resealed(body: dict[str, Any]) -> bytes:
    body["check"] = _check(body)
    return json.dumps(body, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"5",
        b'"x"',
        b"\xff",
        b"[" * 100_000,
        TABLE.to_json()[:-1],
        TABLE.to_json() + b"x",
        None,
        5,
    ],
    ids=range(12),
)
def test_what_is_no_table(data: Any) -> None:
    with pytest.raises(InvalidTable):
        MatchTable.from_json(data)


@pytest.mark.parametrize("version", [0, 2, "1", None, True, 1.0, [1]])
def test_another_version_is_refused(version: object, node: NodeEvaluator) -> None:
    body = json.loads(TABLE.to_json()) | {"version": version}
    with pytest.raises(InvalidTable):
        MatchTable.from_json(json.dumps(body))
    if version != 1.0 or version is True:  # JavaScript has one kind of number
        assert "refused" in node.ask(table=body)


@pytest.mark.parametrize("part", list(json.loads(TABLE.to_json())))
def test_a_missing_or_strange_part_is_refused(part: str, node: NodeEvaluator) -> None:
    values: tuple[Any, ...] = (..., None, 5, -1, "x", [], ["x"], [5], {}, [None], True)
    for value in values:
        body = json.loads(TABLE.to_json())
        if value is ...:
            del body[part]
        elif body[part] == value and type(body[part]) is type(value):
            continue
        else:
            body[part] = value
        with pytest.raises(InvalidTable):
            MatchTable.from_json(json.dumps(body))
        assert "refused" in node.ask(table=body), (part, value)


def test_every_damaged_byte_is_noticed() -> None:
    good = TABLE.to_json()
    chance = random.Random(5)  # noqa: S311 - the same damage every time, nothing secret
    for _ in range(2_000):
        at = chance.randrange(len(good))
        damaged = bytearray(good)
        damaged[at] = chance.randrange(256)
        if bytes(damaged) == good or json_equal(bytes(damaged), good):
            continue
        with pytest.raises(InvalidTable):
            MatchTable.from_json(bytes(damaged))


def test_every_cut_is_noticed() -> None:
    good = TABLE.to_json()
    for end in range(0, len(good), 3):
        with pytest.raises(InvalidTable):
            MatchTable.from_json(good[:end])


def json_equal(one: bytes, other: bytes) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


@pytest.mark.parametrize(
    "line",
    [
        "x", "\x7f", "@example.com dhttps://example.com/ 1 r\x7f",
        "@example.com", "@example.com dhttps://example.com/", "@example.com dhttps://example.com/ x r",
        "@example.com xhttps://example.com/ 1 r", "=example.com hhttps://example.com/ 1 r",
        "=example.com 0hhttps://example.com/ 1 r",
        "@example.com dftp://example.com/ 1 r", "@example.com dhttps://example.com 1 r", "@example.com dhttps:///x 1 r",
        "=example.com:x 2hhttps://example.com:x/ 1 r", "@example.com rhttps://example.com/ 1 r",
        "@example.com rhttps://example.com/ 1 ( r",
        "@example.com dhttps://ex\u00e4mple.com/ 1 r", "@example.com dhttps://example.com/ 9999999999999999 r",
        "=h 1ghttps:// 1 r",
    ],
)  # fmt: skip
def test_lines_that_are_no_links_are_refused(line: str) -> None:
    body = json.loads(TABLE.to_json()) | {"links": line}
    with pytest.raises(InvalidTable):
        MatchTable.from_json(resealed(body))


def test_the_check_sum_is_the_published_one() -> None:
    body = json.loads(TABLE.to_json())
    head = json.dumps(
        [body[part] for part in ("revision", "suffix_list", "affiliations", "hosts", "cuts")], separators=(",", ":")
    )
    assert zlib.adler32(f"{head}\n{body['links']}".encode()) == body["check"]


def test_any_name_of_a_record_comes_through(node: NodeEvaluator) -> None:
    names = [
        "a b",
        "%",
        "%7F",
        "\x7f",
        "%25\x7f%",
        "\n",
        " ",
        "\u00e9",
        *("x" * odd + "\U0001f511" * 9_000 for odd in (0, 1)),
    ]
    links = [Link(name, f"https://h{at}.example.com/", Strategy.HOST) for at, name in enumerate(names)]
    links.append(
        Link("r\x7f%", "https://example.org/", Strategy.REGEX, expression="https://example.org/(%7F|\x7f| |%25)*")
    )
    table = MatchTable.compile(links)
    again = MatchTable.from_json(table.to_json())
    assert [again.find(link.url)[0].link for link in links] == links
    *answers, undecided = node.find(table, [link.url for link in links])
    assert [[match["record"] for match in answer["matches"]] for answer in answers] == [[name] for name in names]
    assert undecided["undecided"] == ["r\x7f%"]


@settings(max_examples=60, deadline=None, database=None)
@given(SITUATIONS, st.data())
def test_changes_give_what_compiling_anew_gives(situation: Situation, data: st.DataObject) -> None:
    groups = affiliations(situation)
    table = MatchTable.compile(situation.links, groups)
    before = table.to_json()
    gone = data.draw(st.lists(st.sampled_from(range(len(situation.links))), unique=True)) if situation.links else []
    left = [link for at, link in enumerate(situation.links) if at not in gone]
    removed = [situation.links[at] for at in gone]
    # Of equal links the first is removed.
    for link in removed:
        if link in left:
            return
    added = data.draw(SITUATIONS).links
    changed = table
    for link in removed:
        changed = changed.with_changes(remove=[link])
    changed = changed.with_changes(add=added, revision=9)
    anew = MatchTable.compile([*left, *added], groups)
    for page in data.draw(st.lists(PAGES, min_size=20, max_size=20)):
        try:
            wanted = anew.find(page)
        except matcher.InvalidUrl:
            continue
        assert changed.find(page) == wanted
        assert MatchTable.from_json(changed.to_json()).find(page) == wanted
    assert changed.revision == 9
    assert table.to_json() == before


def test_changes_of_a_table_that_was_read() -> None:
    read = MatchTable.from_json(TABLE.to_json())
    added = Link("new", "https://new.example/")
    changed = read.with_changes(add=[added], remove=[LINKS[0]])
    assert [match.link for match in changed.find("https://new.example/")] == [added]
    assert not changed.find("https://ads.example.com/")
    assert read.find("https://ads.example.com/")
    assert changed.revision == 7


def test_a_link_that_is_not_there_cannot_be_removed() -> None:
    for link in (
        Link("x", "https://ads.example.com/"),
        Link("ads", "https://x.example.com/"),
        Link("q", "https://q.example/"),
    ):
        with pytest.raises(InvalidLink, match="no such link"):
            TABLE.with_changes(remove=[link])


def test_only_links_are_compiled() -> None:
    for links in ([5], [None], ["https://example.com"], [("r", "https://example.com")]):
        with pytest.raises(InvalidLink):
            MatchTable.compile(links)  # type: ignore[arg-type]
        with pytest.raises(InvalidLink):
            TABLE.with_changes(add=links)  # type: ignore[arg-type]


def test_many_changes_are_merged_and_stay_right() -> None:
    table = MatchTable.compile([Link(f"r{i}", f"https://s{i}.example/") for i in range(50)])
    links = [Link(f"n{i}", f"https://n{i}.example/") for i in range(MOST_CHANGES + 10)]
    changed = table
    for link in links:
        changed = changed.with_changes(add=[link])
    for link in links[: MOST_CHANGES // 2]:
        changed = changed.with_changes(remove=[link])
    assert not changed.find("https://n0.example/")
    assert changed.find(f"https://n{MOST_CHANGES + 5}.example/")
    assert changed.find("https://s3.example/")
    assert len(json.loads(changed.to_json())["links"].split("\x7f")) == 50 + len(links) - MOST_CHANGES // 2

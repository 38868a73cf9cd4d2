from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from matcher import Affiliations, InvalidAffiliation, Limit, Link, MatchTable

if TYPE_CHECKING:
    from pathlib import Path


def test_groups_are_read_canonical() -> None:
    groups = Affiliations.from_groups(
        [
            {"shared": ["Example.com.", "bücher.example", "login.example.org"]},
            {"from": ["old.example"], "to": ["new.example", "new.example"], "fromDomainsAreObsoleted": True},
        ]
    )
    assert groups.to_groups() == [
        {"shared": ["example.com", "xn--bcher-kva.example", "login.example.org"]},
        {"from": ["old.example"], "to": ["new.example"]},
    ]
    assert groups.hosts == {"login.example.org"}
    assert Affiliations.known(groups.to_groups(), sorted(groups.hosts)).sources == groups.sources


@pytest.mark.parametrize(
    "groups",
    [
        None,
        "shared",
        {"shared": ["a.example", "b.example"]},
        [["a.example"]],
        [{}],
        [{"from": ["a.example"]}],
        [{"to": ["a.example"]}],
        [{"shared": ["a.example"], "from": [], "to": []}],
        [{"shared": "a.example"}],
        [{"shared": [None]}],
        [{"shared": [5]}],
        [{"shared": [["a.example"]]}],
        [{"shared": ["com"]}],
        [{"shared": ["github.io"]}],
        [{"shared": ["co.uk"]}],
        [{"shared": ["a.ck"]}],
        [{"shared": ["localhost"]}],
        [{"shared": ["lan"]}],
        [{"shared": ["10.0.0.1"]}],
        [{"shared": ["0x7f.1"]}],
        [{"shared": ["[::1]"]}],
        [{"shared": ["https://a.example"]}],
        [{"shared": ["a.example/b"]}],
        [{"shared": ["a.example:443"]}],
        [{"shared": ["u@a.example"]}],
        [{"shared": ["a..example"]}],
        [{"shared": [""]}],
        [{"shared": ["a b.example"]}],
        [{"shared": ["\ud800.example"]}],
        [{"shared": ["a." * 5000 + "example"]}],
        [{"from": ["com"], "to": ["a.example"]}],
        [{"from": ["a.example"], "to": ["com"]}],
    ],
)
def test_what_is_no_affiliation(groups: Any) -> None:
    with pytest.raises(InvalidAffiliation) as caught:
        Affiliations.from_groups(groups)
    assert caught.value.reason


def test_a_group_holds_for_all_records_or_for_some() -> None:
    links = [Link(record, "https://one.example/") for record in "abc"]
    pair = {"shared": ["one.example", "two.example"]}

    def only(*names: str) -> Limit:
        return Limit(frozenset(names), only=True)

    def but(*names: str) -> Limit:
        return Limit(frozenset(names), only=False)

    def found(*limits: Limit | None) -> str:
        groups = Affiliations.from_groups([pair] * len(limits)).limited(limits)
        table = MatchTable.compile(links, groups)
        assert MatchTable.from_json(table.to_json()).to_json() == table.to_json()
        return "".join(match.record for match in table.find("https://www.two.example/"))

    assert (found(None), found(only("b")), found(but("b")), found(only())) == ("abc", "b", "ac", "")
    assert (found(only("a"), only("b")), found(but("a", "b"), but("b", "c")), found(but("a", "b"), only("a"))) == (
        "ab", "ac", "ac",
    )  # fmt: skip
    assert found(only("a"), None) == found(None, only("a")) == "abc"
    assert MatchTable.compile(links, Affiliations.from_groups([pair | {"only": ["b"]}])).find("https://two.example/")
    wrongs: list[dict[str, Any]] = [{"only": "b"}, {"except": [1]}, {"only": [], "except": []}]
    for wrong in wrongs:
        with pytest.raises(InvalidAffiliation):
            Affiliations.known([pair | wrong], [])


def test_apples_file_as_it_is(shared_data: Path) -> None:
    file = json.loads((shared_data / "affiliations" / "shared-credentials.json").read_text(encoding="utf-8"))
    groups = Affiliations.from_groups(file)
    assert len(groups.groups) == len(file) > 100
    table = MatchTable.compile([Link("r", "https://www.airfrance.com/"), Link("s", "https://adobelogin.com/")], groups)
    [match] = table.find("https://login.klm.com/common/")
    assert (match.record, str(match.strength), match.close) == ("r", "affiliated", False)
    assert [match.record for match in table.find("https://account.adobe.com/")] == ["s"]
    assert not MatchTable.compile([Link("s", "https://adobe.com/")], groups).find("https://adobelogin.com/")
    read = MatchTable.from_json(table.to_json())
    assert read.find("https://login.klm.com/common/") == [match]
    assert read.to_json() == table.to_json()

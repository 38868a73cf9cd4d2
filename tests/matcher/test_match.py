from __future__ import annotations

import pytest

from matcher import Affiliations, InvalidUrl, Link, Match, MatchTable, Strategy, Strength, Url, admit, holds

LINKS = [
    Link(record="ads", url="https://ads.example.com/", strategy=Strategy.DOMAIN),
    Link(record="ads", url="https://login.example.net/", strategy=Strategy.HOST),
]
TABLE = MatchTable.compile(LINKS, Affiliations.none())


def test_a_match_says_what_and_why() -> None:
    [match] = TABLE.find("https://login.example.net/step2")
    assert isinstance(match, Match)
    assert match.record == "ads"
    assert match.link == LINKS[1]
    assert match.strength is Strength.HOST
    assert match.close
    assert match.reason == "the page is on the linked host, login.example.net"
    assert "login.example.net" in repr(match)
    assert match == TABLE.find(admit("https://login.example.net/other"))[0]
    assert match != TABLE.find("https://ads.example.com/")[0]
    assert len({match, TABLE.find("https://login.example.net/")[0]}) == 1


def test_strengths_compare_best_greatest() -> None:
    order = [
        Strength.EXACT,
        Strength.PATH,
        Strength.HOST,
        Strength.PATTERN,
        Strength.REGEX,
        Strength.DOMAIN_SAME_HOST,
        Strength.DOMAIN_OTHER_HOST,
        Strength.AFFILIATED,
    ]
    assert list(Strength) == order
    assert sorted(order) == order[::-1]
    assert Strength.EXACT > Strength.HOST >= "host" > "affiliated"
    assert Strength("pattern") is Strength.PATTERN
    assert [strength.close for strength in order] == [True] * 6 + [False] * 2
    assert Strength.REGEX < Strength.PATTERN <= Strength.PATTERN


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://login.example.net/", "It matches: the page is on the linked host, login.example.net."),
        ("https://x.example.com/", "It matches: x.example.com belongs to the same site as ads.example.com"),
        ("https://x.example.com/", "loose"),
        ("https://evil.example.org/", "evil.example.org is no part of the linked site example.com"),
        ("https://evil.example.org/", "evil.example.org is not the linked host login.example.net"),
        ("http://ads.example.com/", "the page is on http, and https://ads.example.com/ is linked on https"),
        ("https://login.example.net:444/", "another port of login.example.net"),
    ],
)
def test_explanations(address: str, words: str) -> None:
    assert words in TABLE.explain(address, record="ads")


@pytest.mark.parametrize(
    ("link", "address", "words"),
    [
        (
            Link("r", "https://www.amazonaws.com/"),
            "https://evil.s3.amazonaws.com/",
            "public suffix below amazonaws.com",
        ),
        (Link("r", "https://a.example/app", Strategy.PATH), "https://a.example/apple", "not at or below"),
        (Link("r", "https://a.example/app", Strategy.EXACT), "https://a.example/app?", "path or the query"),
        (Link("r", "https://a.example/app#x", Strategy.EXACT), "https://a.example/app#y", "behind #"),
        (Link("r", "http://a.example/app", Strategy.EXACT), "https://a.example/app", "is linked on http"),
        (Link("r", "*.a.example/x", Strategy.PATTERN), "https://b.a.example/y", "the path does not fit"),
        (Link("r", "*.a.example/x", Strategy.PATTERN), "https://a.example/x", "does not fit the host"),
        (Link("r", "*.a.example/x", Strategy.PATTERN), "https://b.a.example:1/x", "another port than the pattern"),
        (Link("r", "*.a.example/x", Strategy.PATTERN), "http://b.a.example/x", "is on http, and the pattern"),
        (Link("r", "*.a.example/x", Strategy.PATTERN), "https://b.example/x", "no part of the linked site a.example"),
        (Link("r", "a.example", Strategy.REGEX, expression="x"), "https://a.example/", "does not fit the expression x"),
        (Link("r", "10.0.0.1:81"), "https://10.0.0.1/", "another port"),
        (Link("r", "localhost:81"), "https://intranet/", "not the linked host localhost"),
    ],
)
def test_explanations_of_a_miss(link: Link, address: str, words: str) -> None:
    table = MatchTable.compile([link, Link("other", "https://unrelated.example/")])
    assert not table.find(address)
    assert words in table.explain(address, record="r")
    assert words in MatchTable.from_json(table.to_json()).explain(address, record="r")


def test_explanations_of_a_veto_of_no_link_and_of_many() -> None:
    table = MatchTable.compile([Link("r", "a.example"), Link("r", "a.example/out", Strategy.PATH, veto=True)])
    assert "a veto keeps the record from this page (https://a.example/out)" in table.explain(
        "https://a.example/out", "r"
    )
    assert table.explain("https://a.example/in", "r").startswith("It matches")
    assert "has no link" in table.explain("https://a.example/", "unknown")
    many = MatchTable.compile([Link("r", f"h{i}.example", Strategy.HOST) for i in range(50)])
    assert "and 45 more" in many.explain("https://a.example/", "r")
    assert len(many.explain("https://a.example/", "r")) < 500


def test_what_is_no_page_raises() -> None:
    for address in ("example.com", "", "ftp://example.com/", None):
        with pytest.raises(InvalidUrl):
            TABLE.find(address)  # type: ignore[arg-type]
        with pytest.raises(InvalidUrl):
            TABLE.explain(address, record="ads")  # type: ignore[arg-type]


def test_a_search_never_looks_at_links_of_other_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    strategies = (Strategy.HOST, Strategy.PATH, Strategy.EXACT)
    links = [Link(f"r{i}", f"https://h{i}.example.com/p{i}", each) for i in range(1000) for each in strategies]
    table = MatchTable.compile(links)

    def counted(packed: str, page: Url) -> Strength | None:
        looked_at.append(packed)
        return holds.held(packed, page)

    monkeypatch.setattr("matcher.match.held", counted)
    assert [str(match.strength) for match in table.find("https://h7.example.com/p7")] == ["exact"]
    assert len(looked_at) == 3

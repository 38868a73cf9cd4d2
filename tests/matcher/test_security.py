"""Table 2 of the security notes: addresses that try to look like another, against the strategies they might fool."""

# ruff: noqa: RUF001 - letters that look like others are what is tested

import pytest

from matcher import InvalidLink, InvalidUrl, Link, MatchTable, Strategy, admit

GOOD = [
    Link("domain", "https://good.com/"),
    Link("host", "https://good.com/", Strategy.HOST),
    Link("path", "https://good.com/", Strategy.PATH),
    Link("pattern", "https://**.good.com", Strategy.PATTERN),
    Link("regex", "https://good.com/", Strategy.REGEX, expression=".*good.*"),
]
TABLE = MatchTable.compile(GOOD)


def found(address: str) -> set[str]:
    return {match.record for match in TABLE.find(address)}


def test_the_good_site_is_found() -> None:
    assert found("https://good.com/") == {"domain", "host", "path", "pattern", "regex"}


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://good.com@evil.com", "evil.com"),
        ("https://good.com:443@evil.com/", "evil.com"),
        ("https://good.com%2F@evil.com/", "evil.com"),
        ("https://good.com.evil.com", "good.com.evil.com"),
        ("https://evilgood.com", "evilgood.com"),
        ("https://evil.com/good.com", "evil.com"),
        ("https://evil.com?x=.good.com", "evil.com"),
        ("https://evil.com#.good.com", "evil.com"),
        ("https://evil.com\\.good.com", "evil.com"),
        ("https://evil.com\\@good.com/", "evil.com"),
        ("https://good-com.evil.com/", "good-com.evil.com"),
        ("https://gооd.com/", "xn--gd-fmca.com"),  # Cyrillic o
        ("https://good.com.com/", "good.com.com"),
        ("https://good.co/", "good.co"),
        ("https://good.com.:443@evil.com./", "evil.com"),
        ("https://goo\u0307d.com/", "xn--god-lob.com"),
    ],
)
def test_strangers_that_look_alike(address: str, host: str) -> None:
    assert admit(address).host == host
    assert found(address) == set()


@pytest.mark.parametrize(
    "address",
    [
        "https://good.com\\@evil.com",
        "https://\tgo\nod.com\r/",
        "https://%67ood.com/",
        "https://ｇｏｏｄ．ｃｏｍ/",
        "https://GOOD.com./",
        "https://evil@good.com:443/",
        "https:good.com",
        "https:\\\\good.com\\x",
    ],
)
def test_spellings_of_the_good_site(address: str) -> None:
    assert admit(address).host == "good.com"
    assert found(address) == {"domain", "host", "path", "pattern", "regex"}


@pytest.mark.parametrize(
    "address",
    [
        "https://good.com%00.evil.com/",
        "https://good.com%2f.evil.com/",
        "https://good%2ecom%23.evil.com/",
        "https://good.com%5c/",
        "https://[good.com]/",
        "https://good.com /",
    ],
)
def test_hosts_that_are_none(address: str) -> None:
    with pytest.raises(InvalidUrl):
        TABLE.find(address)


def test_a_sharp_s_is_a_letter_of_its_own() -> None:
    assert admit("https://faß.de/").host == "xn--fa-hia.de"
    table = MatchTable.compile([Link("r", "https://fass.de/")])
    assert not table.find("https://faß.de/")


@pytest.mark.parametrize(
    "address",
    [
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://127.0.0.1./",
        "http://①②⑦.0.0.1/",
    ],
)
def test_spellings_of_an_ipv4_address(address: str) -> None:
    assert admit(address).host == "127.0.0.1"
    table = MatchTable.compile([Link("r", "http://127.0.0.1/"), Link("s", address, Strategy.HOST)])
    assert [match.record for match in table.find(address)] == ["s", "r"]
    assert not table.find("http://127.0.0.2/")


def test_a_mapped_ipv4_address_is_an_address_of_its_own() -> None:
    table = MatchTable.compile([Link("r", "http://127.0.0.1/"), Link("s", "http://[::ffff:127.0.0.1]/")])
    assert [match.record for match in table.find("http://[::ffff:7f00:1]/")] == ["s"]
    assert [match.record for match in table.find("http://127.0.0.1/")] == ["r"]


@pytest.mark.parametrize("port", [":80", ":443", ":8443"])
def test_ports_count_for_a_host_and_not_for_a_domain(port: str) -> None:
    expected = {"domain", "regex"} | ({"host", "path", "pattern"} if port == ":443" else set())
    assert found(f"https://good.com{port}/") == expected


@pytest.mark.parametrize("suffix", ["co.uk", "github.io", "s3.amazonaws.com", "x.ck", "kobe.jp.", "公司.cn"])
def test_a_public_suffix_is_nobodys_site(suffix: str) -> None:
    if suffix != "kobe.jp.":  # covered by jp alone: the list holds *.kobe.jp, not kobe.jp
        with pytest.raises(InvalidLink):
            Link("r", f"https://{suffix}/")
    table = MatchTable.compile(
        [Link("r", f"https://mine.{suffix}/", Strategy.HOST), Link("s", f"https://a.b.mine.{suffix}/")]
    )
    assert not table.find(f"https://{suffix}/")
    assert not table.find(f"https://evil.{suffix}/")
    assert table.find(f"https://mine.{suffix}/")[0].record == "r"


def test_a_suffix_below_a_site_belongs_to_others() -> None:
    table = MatchTable.compile(
        [
            Link("r", "https://www.amazonaws.com/"),
            Link("s", "**.amazonaws.com", Strategy.PATTERN),
            Link("t", "https://www.amazonaws.com/", Strategy.REGEX, expression=".*"),
        ]
    )
    assert len(table.find("https://www.amazonaws.com/")) == 3
    for host in ("s3.amazonaws.com", "evil.s3.amazonaws.com", "x.y.compute.amazonaws.com", "y.compute.amazonaws.com"):
        assert not table.find(f"https://{host}/"), host


def test_wildcard_and_exception_rules() -> None:
    table = MatchTable.compile([Link("exception", "https://www.ck/"), Link("wildcard", "https://shop.other.ck/")])
    assert [match.record for match in table.find("https://a.www.ck/")] == ["exception"]
    assert [match.record for match in table.find("https://www.shop.other.ck/")] == ["wildcard"]
    assert not table.find("https://other.ck/")
    assert not table.find("https://evil.other.ck/")
    assert not table.find("https://evil.ck/")

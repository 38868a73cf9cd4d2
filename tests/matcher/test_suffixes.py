from __future__ import annotations

import datetime as dt
import socket
from typing import TYPE_CHECKING, Any

import publicsuffixlist
import pytest

from matcher import InvalidLink, InvalidSuffixList, InvalidUrl, Link, MatchTable, admit, suffixes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def own_list(tmp_path: Path) -> Path:
    file = tmp_path / "list.dat"
    file.write_text("// VERSION: 2020-01-31_00-00-00_UTC\ncom\nexample\nhosting.example\n*.wild.example\n", "utf-8")
    return file


@pytest.fixture
def restored() -> Iterator[None]:
    before = suffixes.current()
    yield
    suffixes._current = before


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("a.b.example.com", "example.com"),
        ("example.com", "example.com"),
        ("com", None),
        ("co.uk", None),
        ("a.github.io", "a.github.io"),
        ("github.io", None),
        ("a.b.wiki.lan", "wiki.lan"),
        ("wiki.lan", "wiki.lan"),
        ("lan", None),
        ("10.0.0.1", None),
        ("[::1]", None),
        ("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("mtls.run.app", None),
        ("a.mtls.run.app", None),
        ("a.b.mtls.run.app", "a.b.mtls.run.app"),
        ("in.futurecms.at", None),
        ("*.ck", None),
        ("a.*.ck", "a.*.ck"),
    ],
)
def test_registrable_domains(host: str, site: str | None) -> None:
    assert suffixes.registrable_domain(host) == site


def rules() -> list[str]:
    with open(publicsuffixlist.PSLFILE, encoding="utf-8") as file:  # noqa: PTH123 - the package names it as text
        return [line.split()[0] for line in file if line.strip() and not line.startswith("//")]


def test_every_rule_of_the_list_against_another_reading_of_it() -> None:
    other = publicsuffixlist.PublicSuffixList()
    wildcard_bases = {admit(f"https://{rule[2:]}/").host for rule in rules() if rule.startswith("*.")}
    checked = 0
    for rule in rules():
        name = admit(f"https://{rule.lstrip('!').replace('*', 'any')}/").host
        for host in (name, f"a.{name}", f"b.a.{name}", f"any.b.a.{name}"):
            # publicsuffixlist takes the name under a wildcard rule for a suffix too; the list's algorithm does not.
            if host in wildcard_bases and suffixes.registrable_domain(host) is not None:
                continue
            assert suffixes.registrable_domain(host) == other.privatesuffix(host), (rule, host)
            checked += 1
    assert checked > 35_000


def test_suffixes_below_a_site_are_where_registrable_domains_change() -> None:
    list_in_use = suffixes.current()
    for site in ("amazonaws.com", "futurecms.at", "run.app", "example.com", "kobe.jp"):
        cuts = list_in_use.below(site)
        for cut in cuts:
            assert list_in_use.registrable_domain(f"x.y.{cut.removeprefix('*.')}") != site
    assert "s3.amazonaws.com" in list_in_use.below("amazonaws.com")
    assert "*.futurecms.at" in list_in_use.below("futurecms.at")
    assert list_in_use.below("example.com") == ()


def test_the_list_is_fresh_and_tells_its_age() -> None:
    shipped = suffixes.current()
    assert shipped.date is not None
    assert shipped.date >= dt.date(2026, 10, 1)
    assert shipped.age(shipped.date + dt.timedelta(days=91)) == dt.timedelta(days=91)


def test_another_list_takes_one_call(own_list: Path, restored: None) -> None:
    before = MatchTable.compile([Link("r", "https://a.hosting.example/")])
    loaded = suffixes.load(own_list)
    assert suffixes.current() is loaded
    assert loaded.date == dt.date(2020, 1, 31)
    assert suffixes.registrable_domain("b.a.hosting.example") == "a.hosting.example"
    assert suffixes.registrable_domain("a.b.github.io") == "github.io"
    with pytest.raises(InvalidLink, match="public suffix"):
        Link("r", "https://hosting.example/")
    after = MatchTable.compile([Link("r", "https://a.hosting.example/")])
    assert before.find("https://b.hosting.example/")
    assert not after.find("https://b.hosting.example/")
    assert after.suffix_list == dt.date(2020, 1, 31)
    assert MatchTable.from_json(after.to_json()).suffix_list == dt.date(2020, 1, 31)


def test_a_link_of_another_list_never_matches_a_suffix(own_list: Path, restored: None) -> None:
    link = Link("r", "https://hosting.example/")
    host = Link("r", "https://hosting.example/", "host")  # type: ignore[arg-type]
    suffixes.load(own_list)
    assert not MatchTable.compile([link]).find("https://hosting.example/")
    assert MatchTable.compile([host]).find("https://hosting.example/")


def test_a_list_without_a_date_has_no_age(tmp_path: Path) -> None:
    file = tmp_path / "list.dat"
    file.write_text("com\n", "utf-8")
    assert suffixes.SuffixList(file).age(dt.date(2026, 1, 1)) is None
    table = MatchTable.compile([Link("r", "example.com")], suffixes=suffixes.SuffixList(file))
    assert MatchTable.from_json(table.to_json()).suffix_list is None


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xfe\x00", b"// com\n"])
def test_what_is_no_list_is_refused(content: bytes, tmp_path: Path, restored: None) -> None:
    before = suffixes.current()
    file = tmp_path / "list.dat"
    file.write_bytes(content)
    with pytest.raises(InvalidSuffixList):
        suffixes.load(file)
    with pytest.raises(InvalidSuffixList):
        suffixes.load(tmp_path / "absent.dat")
    assert suffixes.current() is before


def test_no_network(own_list: Path, monkeypatch: pytest.MonkeyPatch, restored: None) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the matcher reached for the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    suffixes.load(suffixes.SHIPPED)
    assert suffixes.registrable_domain("a.example.com") == "example.com"
    with pytest.raises(InvalidUrl):
        admit("https://")

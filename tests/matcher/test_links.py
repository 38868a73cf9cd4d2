# ruff: noqa: RUF001 - letters that look like others are what is tested
from typing import Any

import pytest

from matcher import InvalidLink, Link, Strategy
from matcher.links import known_link


def test_a_link_is_canonical_once_made() -> None:
    link = Link("r", " Ads.EXAMPLE.com./x/../y?z#w ")
    assert link == Link(record="r", url="https://ads.example.com/y?z#w", strategy=Strategy.DOMAIN, veto=False)
    assert link.url == "https://ads.example.com/y?z#w"
    assert Link("r", link.url) == link


def test_a_strategy_may_be_its_word() -> None:
    assert Link("r", "example.com", "host").strategy is Strategy.HOST  # type: ignore[arg-type]
    assert [str(strategy) for strategy in Strategy] == ["domain", "host", "path", "exact", "pattern", "regex"]


def test_a_link_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Link("r", "example.com").url = "https://evil.example/"  # type: ignore[misc]


def test_a_known_link_is_the_checked_one() -> None:
    link = Link("r", "example.com", Strategy.REGEX, True, "a.*")
    assert known_link("r", "https://example.com/", Strategy.REGEX, True, "a.*") == link


REFUSED: list[tuple[tuple[Any, ...], str | None]] = [
    (("r", "https://user@example.com/"), "user name"),
    (("r", "https://user:pass@example.com/"), "user name"),
    (("r", "https://@example.com/"), "user name"),
    (("r", "user@example.com"), "user name"),
    (("r", "https:\\\\a@b\\c"), "user name"),
    (("r", "https://com/"), "public suffix"),
    (("r", "co.uk"), "public suffix"),
    (("r", "github.io"), "public suffix"),
    (("r", "https://anything.ck"), "public suffix"),
    (("r", "https://s3.amazonaws.com/"), "public suffix"),
    (("r", "https://github.io./"), "public suffix"),
    (("r", "https://公司.cn/"), "public suffix"),
    (("r", "github.io", "regex", False, ".*"), "public suffix"),
    (("r", "https://github.io/x", "pattern"), "public suffix"),
    (("r", "**.github.io", "pattern"), "public suffix"),
    (("r", "*.github.io", "pattern"), "registrable domain"),
    (("r", ""), None),
    (("r", "https://"), None),
    (("r", "?x"), None),
    (("r", "#x"), None),
    (("r", "/login"), "path alone"),
    (("r", "ftp://example.com/"), "http and https"),
    (("r", "javascript:alert(1)"), "http and https"),
    (("r", "mailto:a@example.com"), "http and https"),
    (("r", "*://example.com/"), None),
    (("r", "https://a..example/"), "empty label"),
    (("r", "https://example.com/" + "a" * 8173), "longer than"),
    (("r", None), "text"),
    (("r", b"example.com"), "text"),
    ((None, "example.com"), "record"),
    ((5, "example.com"), "record"),
    (("\ud800", "example.com"), "Unicode"),
    (("r", "example.com", "dns"), "strategy"),
    (("r", "example.com", None), "strategy"),
    (("r", "example.com", []), "strategy"),
    (("r", "example.com", "host", 1), "veto"),
    (("r", "example.com", "host", None), "veto"),
    (("r", "example.com", "host", False, ".*"), "regex link alone"),
    (("r", "*.example.com", "pattern", False, ".*"), "regex link alone"),
    (("r", "example.com", "regex"), "needs its expression"),
    (("r", "example.com", "regex", False, ""), "needs its expression"),
    (("r", "example.com", "regex", False, 5), "needs its expression"),
    (("r", "example.com", "regex", False, "("), "refused"),
    (("r", "example.com", "regex", False, "(?=a)"), "refused"),
    (("r", "example.com", "regex", False, r"(a)\1"), "refused"),
    (("r", "example.com", "regex", False, "a" * 1025), "longer than 1,024"),
    (("r", "example.com", "regex", False, "((a{100}){100}){100}"), "refused"),
    (("r", "example.com", "regex", False, "\ud800"), "Unicode"),
]


@pytest.mark.parametrize(
    ("arguments", "reason"), REFUSED, ids=lambda value: str(value)[:60].encode("unicode_escape").decode()
)
def test_refusals_say_why(arguments: tuple[Any, ...], reason: str | None) -> None:
    with pytest.raises(InvalidLink, match=reason) as caught:
        Link(*arguments)
    assert caught.value.reason


@pytest.mark.parametrize("strategy", ["host", "path", "exact"])
@pytest.mark.parametrize("url", ["https://com/", "https://github.io/", "https://a.ck/"])
def test_a_suffix_may_be_linked_for_itself(strategy: str, url: str) -> None:
    assert Link("r", url, strategy).url == url  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["localhost", "intranet:8443", "10.0.0.1", "[::1]", "ck", "a.wiki.lan", "lan"])
@pytest.mark.parametrize("strategy", ["domain", "pattern"])
def test_hosts_without_a_listed_suffix_are_fine(url: str, strategy: str) -> None:
    assert Link("r", url, strategy).strategy == strategy  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("*.Example.com", "https://*.example.com"),
        ("*.example.com.", "https://*.example.com"),
        ("HTTP://**.example.com:*/A*?B", "http://**.example.com:*/A*?B"),
        ("*://example.com:0443", "*://example.com:443"),
        ("https://example.com:443/", "https://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https:*.example.com", "https://*.example.com"),
        ("https:\\\\*.example.com\\a", "https://*.example.com/a"),
        ("example.com:*", "https://example.com:*"),
        ("example.com/a/../*/./b c#d", "https://example.com/*/b%20c"),
        ("*。example．com", "https://*.example.com"),
        ("[::1]:*", "https://[::1]:*"),
        ("http://0x7f.1:*/x*", "http://127.0.0.1:*/x*"),
        ("*.x_y.example.com", "https://*.x_y.example.com"),
        ("**.*.example.com", "https://**.*.example.com"),
    ],
)
def test_patterns_are_canonical_once_made(text: str, canonical: str) -> None:
    link = Link("r", text, Strategy.PATTERN)
    assert link.url == canonical
    assert Link("r", canonical, Strategy.PATTERN) == link


@pytest.mark.parametrize(
    "text",
    [
        "*", "*.com", "**.com", "*.*", "*.co.uk", "a.*.co.uk", "example.*", "exa*mple.com", "*example.com",
        "*.localhost",
        "**.localhost", "local*", "10.0.0.*", "*.0.0.1", "**.10.0.0.1", "[::*]", "*.1", "**", "**.", "a**.example.com",
        "a.**.example.com", "**.**.example.com", "***.example.com", "b**b.example.com", "ü*.example.com",
        "*ü.example.com",
        "＊.example.com", "%2A.example.com", "%61*.example.com", "a b*.example.com", "a[*.example.com",
        "a<*.example.com",
        "*..example.com", ".*.example.com", "*.example.com..", "example.com:8*", "example.com:**", "example.com:65536",
        "example.com:x", "*:*", "u@*.example.com", "*@example.com", "ftp://*.example.com", "*//example.com",
        "**://example.com",
        "/*", "", "https://", "https://:*", "https://*", "https://:443/", "*.example.com:99999999999999999999",
    ],
)  # fmt: skip
def test_patterns_that_say_too_much_or_nothing_are_refused(text: str) -> None:
    with pytest.raises(InvalidLink):
        Link("r", text, Strategy.PATTERN)


def test_the_limit_is_for_what_was_typed() -> None:
    text = "example.com/" + "a" * (8192 - len("example.com/"))
    for strategy in (Strategy.HOST, Strategy.PATTERN):
        assert len(Link("r", text, strategy).url) == 8192 + len("https://")
        with pytest.raises(InvalidLink, match="longer"):
            Link("r", text + "a", strategy)

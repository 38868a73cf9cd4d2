import pytest

from matcher import InvalidUrl, Url, admit
from matcher.url import MAX_ADDRESS, typed


def test_the_parts_of_an_address() -> None:
    url = admit("HTTPS://User:Pass@Login.Example.NET.:8443/a/../b?c=d#e")
    assert (url.scheme, url.host, url.port, url.path, url.query, url.fragment) == (
        "https",
        "login.example.net",
        8443,
        "/b",
        "c=d",
        "e",
    )
    assert url.href == str(url) == "https://login.example.net:8443/b?c=d#e"
    assert (url.netloc, url.port_text, url.resource) == ("login.example.net:8443", "8443", "/b?c=d")
    assert repr(url) == "Url('https://login.example.net:8443/b?c=d#e')"


@pytest.mark.parametrize(
    ("address", "port", "text"),
    [("http://a.example", 80, ""), ("https://a.example:443", 443, ""), ("http://a.example:443", 443, "443")],
)
def test_the_port_is_a_number_whether_written_or_not(address: str, port: int, text: str) -> None:
    assert (admit(address).port, admit(address).port_text) == (port, text)


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("https://a.example/", None),
        ("https://a.example/?", ""),
        ("https://a.example/?a?b#c?d", "a?b"),
        ("https://a.example/#?x", None),
    ],
)
def test_a_bare_question_mark_is_a_query_without_text(address: str, query: str | None) -> None:
    assert admit(address).query == query


def test_addresses_are_equal_by_their_canonical_text() -> None:
    assert admit("https://a.example") == admit("HTTPS://u@A.example.:443/")
    assert admit("https://a.example") != admit("https://a.example/?")
    assert hash(admit("https://a.example")) == hash(admit("https://A.example"))
    assert admit("https://a.example") != "https://a.example/"


def test_an_admitted_address_is_admitted() -> None:
    url = admit("https://a.example/")
    assert admit(url) is url


def test_a_hop_may_be_relative() -> None:
    base = admit("https://a.example/b/c?d")
    assert admit("../e", base).href == "https://a.example/e"
    assert admit("//other.example/x", base).host == "other.example"
    assert admit("https://third.example", base).host == "third.example"
    with pytest.raises(InvalidUrl):
        admit("mailto:a@b.example", base)


def test_length_counts_as_given() -> None:
    start = "https://a.example/"
    assert admit(start + "ü" * (MAX_ADDRESS - len(start)))
    with pytest.raises(InvalidUrl, match="longer than 8,192"):
        admit(start + "a" * (MAX_ADDRESS - len(start) + 1))
    with pytest.raises(InvalidUrl, match="longer than 8,192"):
        typed(" " * (MAX_ADDRESS + 1))


def test_lone_surrogates_are_read_as_a_browser_reads_them() -> None:
    assert admit("https://a.example/\ud800").href == "https://a.example/%EF%BF%BD"
    assert admit("https://a.example/\ud83d\ude00").href == admit("https://a.example/\U0001f600").href
    with pytest.raises(InvalidUrl):
        admit("https://a\ud800.example/")


@pytest.mark.parametrize("value", [None, 1, b"https://a.example", ["https://a.example"], object()])
def test_what_is_no_text_is_no_address(value: object) -> None:
    with pytest.raises(InvalidUrl, match="text"):
        admit(value)  # type: ignore[arg-type]
    with pytest.raises(InvalidUrl, match="text"):
        typed(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("example.com", "scheme"),
        ("/login", "scheme"),
        ("ftp://a.example/", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("https://a..example/", "empty label"),
        ("https://./", "empty label"),
        ("https://a.example../", "empty label"),
        ("https://", "no address"),
        ("https://a b.example/", "no address"),
        ("https://a.example:65536/", "no address"),
    ],
)
def test_refusals_say_why(address: str, reason: str) -> None:
    with pytest.raises(InvalidUrl, match=reason) as caught:
        admit(address)
    assert caught.value.reason == str(caught.value)


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("example.com", "https://example.com"),
        ("localhost:3000", "https://localhost:3000"),
        ("example.com:8080/x", "https://example.com:8080/x"),
        ("example.com?x:y", "https://example.com?x:y"),
        ("example.com/a:b", "https://example.com/a:b"),
        ("[::1]:3000", "https://[::1]:3000"),
        ("[::1]", "https://[::1]"),
        (" \t exa\nmple.com ", "https://example.com"),
        ("http:example.com", "http:example.com"),
        ("HTTPS:example.com", "HTTPS:example.com"),
        ("ftp://example.com", "ftp://example.com"),
        ("*://example.com", "*://example.com"),
    ],
)
def test_typed_addresses_are_completed(text: str, completed: str) -> None:
    assert typed(text) == completed


@pytest.mark.parametrize(
    "text",
    [
        "/login",
        "//example.com",
        "\\login",
        "mailto:a@b.example",
        "example.com:",
        "example.com:x",
        "user:pass@example.com",
        "C:\\x",
        "://example.com",
    ],
)
def test_what_cannot_be_completed(text: str) -> None:
    with pytest.raises(InvalidUrl):
        typed(text)


def test_an_url_is_made_by_admit_alone() -> None:
    assert isinstance(admit("https://a.example"), Url)

"""Links and pages made by Hypothesis: close to each other, so that they often nearly match.

A plain second reading of the design's rules stands here too, link by link and without any table: what both evaluators
are held against, so that an error that they share does not pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import re2  # type: ignore[import-untyped] # the package has no types
from hypothesis import strategies as st

from matcher import Affiliations, InvalidLink, Limit, Link, Strategy, Url, admit, suffixes

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = st.sampled_from(
    [
        "example.com", "example.co.uk", "example.org", "amazonaws.com", "s3.amazonaws.com", "mine.s3.amazonaws.com",
        "a.b.ck", "b.ck", "www.ck", "github.io", "me.github.io", "wiki.lan", "lan", "localhost", "10.0.0.1", "[::1]",
        "bücher.example", "city.kobe.jp", "x.compute.amazonaws.com", "futurecms.at", "in.futurecms.at", "com",
    ]
)  # fmt: skip
LABELS = st.sampled_from(["", "", "", "a.", "b.", "a.b.", "login.", "evil", "*."])
PORTS = st.sampled_from(["", "", "", "", ":80", ":443", ":8443", ":0443"])
PATHS = st.sampled_from(["", "/", "/a", "/a/", "/a/b", "/A", "/ab", "/a//b", "/a/../b", "/a%20b", "/ü", "//", "/a/b/c"])
QUERIES = st.sampled_from(["", "", "", "?", "?x", "?x=1", "?a?b"])
FRAGMENTS = st.sampled_from(["", "", "", "#", "#f"])
SCHEMES = st.sampled_from(["https://"] * 5 + ["http://", "http://", "HTTP:\\"])
RECORDS = st.sampled_from(["r", "s", "t", "u v"])
DOTS = st.sampled_from(["", "", "", "", "."])
FOCUS = st.shared(st.lists(NAMES, min_size=1, max_size=3), key="focus").flatmap(st.sampled_from)
"""A few names a situation, so that its links and pages meet."""
ADDRESSES = st.tuples(SCHEMES, LABELS, FOCUS, DOTS, PORTS, PATHS, QUERIES, FRAGMENTS).map("".join)
USERS = st.sampled_from(["", "", "", "", "u@", "good.example@", "u:p@"])
PAGES = st.one_of(
    ADDRESSES,
    st.builds(lambda address, user: address.replace("://", f"://{user}", 1), ADDRESSES, USERS),
)
PATTERNS = st.tuples(
    st.sampled_from(["https://", "http://", "*://", ""]),
    st.sampled_from(["", "", "*.", "**.", "a*.", "*.*.", "**.a.", "l*n."]),
    FOCUS,
    st.sampled_from(["", "", "", ":*", ":443", ":80", ":8443"]),
    st.sampled_from(["", "", "/", "/a", "/a*", "/*b", "/a/*/c", "/*", "/ü*"]),
    st.sampled_from(["", "", "?", "?*", "?x*"]),
).map("".join)
EXPRESSIONS = st.sampled_from([".*", "https://.*", r"https?://[^/]*/a.*", "nothing", ".*b", "(.*a){20}.*"])
STRATEGIES = st.sampled_from(list(Strategy))


@dataclass(frozen=True)
class Situation:
    """What a table is made of."""

    links: list[Link]
    groups: list[dict[str, list[str]]]


MEMBERS = st.lists(
    st.sampled_from(
        ["example.com", "example.co.uk", "login.example.org", "amazonaws.com", "mine.s3.amazonaws.com", "a.b.ck",
         "www.ck", "me.github.io", "a.b.example.com", "wiki.lan", "a.wiki.lan"]
    ),
    min_size=1, max_size=3,
)  # fmt: skip
GROUPS = st.lists(
    st.builds(
        lambda group, limit: group | limit,
        st.one_of(
            st.builds(lambda members: {"shared": members}, MEMBERS),
            st.builds(lambda saved_for, offered_on: {"from": saved_for, "to": offered_on}, MEMBERS, MEMBERS),
        ),
        st.one_of(
            st.just({}),
            st.builds(
                lambda key, records: {key: records}, st.sampled_from(["only", "except"]), st.lists(RECORDS, max_size=2)
            ),
        ),
    ),
    max_size=3,
)


@st.composite
def links(draw: st.DrawFn) -> Link | None:
    """Give a link, or nothing where the parts make none."""
    strategy = draw(STRATEGIES)
    url = draw(PATTERNS if strategy is Strategy.PATTERN else ADDRESSES)
    expression = draw(EXPRESSIONS) if strategy is Strategy.REGEX else None
    try:
        return Link(draw(RECORDS), url, strategy, draw(st.sampled_from([False, False, False, True])), expression)
    except InvalidLink:
        return None


SITUATIONS = st.builds(
    lambda some, groups: Situation([link for link in some if link], groups), st.lists(links(), max_size=14), GROUPS
)


def plain_answer(situation: Situation, address: str) -> list[tuple[str, str, str]]:
    """Give record, link and strength by reading the rules one after the other."""
    page = admit(address)
    steps = {link.record: _steps(situation.groups, link.record) for link in situation.links}
    best: dict[str, tuple[int, int, int, str, str]] = {}
    vetoed = set()
    for order, link in enumerate(situation.links):
        strength = _strength(link, page, steps[link.record])
        if strength is None:
            continue
        if link.veto:
            vetoed.add(link.record)
            continue
        length = len(_trimmed(admit(link.url).path)) if strength == "path" else 0
        key = (_ORDER.index(strength), -length, order, link.url, strength)
        best[link.record] = min(best.get(link.record, key), key)
    found = sorted((key, record) for record, key in best.items() if record not in vetoed)
    return [(record, key[3], key[4]) for key, record in found]


_ORDER = [
    "exact", "path", "host", "pattern", "regex", "domain on the same host", "domain on another host", "affiliated",
]  # fmt: skip


def _steps(groups: Iterable[dict[str, list[str]]], record: str) -> set[tuple[str, str]]:
    steps: set[tuple[str, str]] = set()
    for group in groups:
        if record not in group.get("only", [record]) or record in group.get("except", []):
            continue
        for source in group.get("shared", group.get("from", [])):
            steps.update((source, target) for target in group.get("shared", group.get("to", [])))
    return steps


def _site(host: str) -> str | None:
    return suffixes.registrable_domain(host)


def _ports(scheme: str, port: str, page: Url, default: bool) -> bool:
    return (default and not page.port_text) or (port or {"http": "80", "https": "443"}.get(scheme)) == str(page.port)


def _trimmed(path: str) -> str:
    return path.removesuffix("/")


def _strength(link: Link, page: Url, steps: set[tuple[str, str]]) -> str | None:
    if link.strategy is Strategy.PATTERN:
        return "pattern" if _fits(link, page) else None
    url = admit(link.url)
    if not link.veto and url.scheme == "https" and page.scheme == "http":
        return None
    here = url.host == page.host and _ports(url.scheme, url.port_text, page, not url.port_text)
    site = _site(url.host)
    same_site = site is not None and _site(page.host) == site
    alone = site is None and not suffixes.current().is_suffix(url.host) and here
    match link.strategy:
        case Strategy.DOMAIN:
            if same_site or alone:
                return "domain on the same host" if url.host == page.host else "domain on another host"
            near = {url.host, site}
            far = {page.host, _site(page.host)}
            return "affiliated" if not link.veto and any((a, b) in steps for a in near for b in far) else None
        case Strategy.HOST:
            return "host" if here else None
        case Strategy.PATH:
            base = _trimmed(url.path)
            return "path" if here and (page.path == base or page.path.startswith(base + "/")) else None
        case Strategy.EXACT:
            same = (
                here and (link.veto or url.scheme == page.scheme) and (url.path, url.query) == (page.path, page.query)
            )
            return "exact" if same and url.fragment in ("", page.fragment) else None
        case _:
            schemes = ["http", "https"] if link.veto else [page.scheme]
            address = f"{page.netloc}{page.path}" + ("" if page.query is None else f"?{page.query}")
            fits = any(re2.fullmatch(link.expression, admit(f"{scheme}://{address}").href) for scheme in schemes)
            return "regex" if (same_site or alone) and fits else None


def _fits(link: Link, page: Url) -> bool:
    parts = re.fullmatch(r"(\*|https?)://(\[[^]]*\]|[^/:]*)(?::([0-9]+|\*))?(/.*)?", link.url)
    assert parts, link.url
    scheme, host, port, resource = parts.groups()
    if not link.veto and scheme not in ("*", page.scheme):
        return False
    literal = host.removeprefix("**.").replace("*", "x-any-x")
    if _site(literal) != _site(page.host):
        return False
    if port != "*" and not _ports(scheme, port or "", page, not port):
        return False
    lead, rest = (r"(?:[^.]+\.)*", host[3:]) if host.startswith("**.") else ("", host)
    if not re.fullmatch(lead + "[^.]+".join(map(re.escape, rest.split("*"))), page.host):
        return False
    if resource is None:
        return True
    text = page.path + ("" if page.query is None or "?" not in resource else f"?{page.query}")
    return re.fullmatch(".*".join(map(re.escape, resource.split("*"))), text, re.DOTALL) is not None


def affiliations(situation: Situation) -> Affiliations:
    """Give the situation's affiliations, read as any file's are, and each for its records."""
    return limited(situation.groups)


def limited(groups: list[dict[str, list[str]]]) -> Affiliations:
    """Give affiliations, each for the records that its group names."""
    return Affiliations.from_groups(groups).limited([_limit(group) for group in groups])


def _limit(group: dict[str, list[str]]) -> Limit | None:
    for key in ("only", "except"):
        if key in group:
            return Limit(frozenset(group[key]), only=key == "only")
    return None


def short(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Give an evaluator's matches in the plain answer's form."""
    return [(match["record"], match["link"]["url"], match["strength"]) for match in answer["matches"]]

"""The index at rest answers as the dictionary that it was made of, however crowded its slots are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.match import Evaluator
from matcher.nodes import MORE, Node, Stand, links_at
from matcher.packed import BETWEEN
from matcher.sites import Sites, in_slot

# Few names, one the beginning and the end of another, so that slots are shared and texts look alike.
NAMES = st.sampled_from(
    ["a", "a.b", "b", "a.bb", "b.b", "ab", "c", "cc", "c.c", "d", *(f"s{n}.com" for n in range(20))]
)
URL = "https://a/"
LINKS = st.sampled_from(
    [f"d{URL} 1 a.b ", f"h{URL} 2 b", f"d{URL} 3 a b", f"e{URL} 4 %7F", f"r{URL} 5 .* a", f"s{URL} 6 "]
)
NODES = st.builds(lambda links: Node(["dhttps://a/ 1 x", *links]), st.lists(LINKS, max_size=2))
STANDS = st.one_of(LINKS, st.lists(LINKS, min_size=2, max_size=4), NODES)


def standing(stand: Stand | None) -> tuple[bool, list[str]]:
    return isinstance(stand, Node), list(links_at(stand))


def same(sites: Sites, wanted: dict[str, Stand]) -> None:
    for name in [*wanted, "a", "b", "a.b", "b.a", "", "zz"]:
        assert standing(sites.get(name)) == standing(wanted.get(name)), name
    found: dict[str, list[str]] = {}
    for name, stand in sites.items():
        found.setdefault(name, []).extend(links_at(stand))
    assert found == {name: list(links_at(stand)) for name, stand in wanted.items()}


@settings(max_examples=300, deadline=None, database=None)
@given(st.dictionaries(NAMES, STANDS), st.dictionaries(NAMES, st.none() | STANDS), st.booleans())
def test_as_a_dictionary(first: dict[str, Stand], changes: dict[str, Stand | None], crowded: bool) -> None:
    sites = Sites.of(dict(first))
    if crowded:
        sites = Sites({}, [""], -1_000).changed(first)  # one slot for all, and no word of too many lines
        assert len(sites.slots) == 1
    same(sites, first)
    changed = sites.changed(changes)
    same(sites, first)
    same(changed, {name: stand for name, stand in (first | changes).items() if stand is not None})


def test_many_lines_get_more_slots() -> None:
    sites = Sites.of({"first.com": "dhttps://first.com/ 1 r"})
    wanted: dict[str, Stand] = {"first.com": "dhttps://first.com/ 1 r"}
    for step in range(40):
        some: dict[str, Stand] = {f"s{step}-{n}.com": f"dhttps://s{step}-{n}.com/ {n} r" for n in range(10)}
        sites = sites.changed(some)
        wanted |= some
        assert step * 10 + 11 <= len(sites.slots)
    same(sites, wanted)


def test_what_was_made_of_is_let_go() -> None:
    index: dict[str, Stand] = {"a.com": "dhttps://a.com/ 1 r", "b.com": Node()}
    Sites.of(index)
    assert index == {}


def test_a_slot_of_other_sites() -> None:
    slot = f"{BETWEEN}xa.com d1{BETWEEN}a.com.x d2{BETWEEN}a.co d3"
    assert in_slot(slot, "a.com") is None
    assert in_slot("", "a.com") is None
    assert in_slot("a.com.x d2", "a.com") is None
    assert in_slot(slot, "a.com.x") == "d2"
    assert in_slot(slot, "a.co") == "d3"


def test_a_page_whose_site_begins_the_name_in_its_slot() -> None:
    alone = Evaluator(Sites({"co.de": MORE}, ["example.co.de dhttps://example.co.de/ 1 r"], 1))
    assert len(alone.find("https://example.co.de/")) == 1
    assert alone.find("https://example.co/") == []
    assert alone.find("https://e.co.de/") == []

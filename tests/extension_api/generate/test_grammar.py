"""The grammar of `passwordrules`: what it says, what it refuses and in which words, and every real rule there is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension_api.generate.compose import compose
from extension_api.generate.grammar import CLASSES, PRINTABLE, InvalidRules, Rules, parse

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "affiliations" / "password-rules.json"
LOWER, UPPER, DIGIT = CLASSES["lower"], CLASSES["upper"], CLASSES["digit"]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", Rules((), PRINTABLE)),
        (" ; ;", Rules((), PRINTABLE)),
        ("minlength: 8; maxlength: 16;", Rules((), PRINTABLE, 8, 16)),
        ("required: lower, upper; required: digit", Rules((LOWER | UPPER, DIGIT), LOWER | UPPER | DIGIT)),
        ("required: lower; allowed: digit;", Rules((LOWER,), LOWER | DIGIT)),
        ("allowed: [-]", Rules((), frozenset("-"))),
        ("allowed: []]", Rules((), frozenset("]"))),
        ("allowed: [-a]]; minlength: 1", Rules((), frozenset("-a]"), 1)),
        ("required: [!;:,]; required:digit", Rules((frozenset("!;:,"), DIGIT), frozenset("!;:,") | DIGIT)),
        ("allowed: [a]\n,[b]", Rules((), frozenset("ab"))),
        ("allowed: [äa]", Rules((), frozenset("a"))),
        ("REQUIRED: Lower; MaxLength: 9", Rules((LOWER,), LOWER, None, 9)),
        ("minlength: 6; minlength: 8; maxlength: 20; maxlength: 10", Rules((), PRINTABLE, 8, 10)),
        ("max-consecutive: 3; max-consecutive: 2", Rules((), PRINTABLE, max_consecutive=2)),
        ("allowed: unicode", Rules((), PRINTABLE)),
    ],
)
def test_what_rules_say(text: str, rules: Rules) -> None:
    assert parse(text) == rules


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("minlength", "`:` after minlength was expected"),
        ("minlength: ", "a number from 1 to 9999"),
        ("minlength: x", "At character 12 of the rules there is 'x'"),
        ("minlength: 0", "a number from 1"),
        ("minlength: 10000", "a number from 1"),
        ("minlength: 99999999999999999999", "a number from 1"),
        ("minlength: ٣", "a number from 1"),
        ("minlength: 8 maxlength: 9", "`;` after minlength"),
        ("minlength: 9; maxlength: 8", "at least 9 and at most 8"),
        ("longest: 8", "no rule named longest"),
        ("required: letters", "one of ascii-printable, digit"),
        ("required: lower,", "the rules end"),
        ("required: [abc", "`]` at the end"),
        ("required: []", "a printable ASCII character"),
        ("required: [ä]", "a printable ASCII character"),
        ("required: [a-z]", "no ranges"),
        ("8", "a rule's name"),
        ("x" * 4001, "longer than 4000"),
    ],
)
def test_what_is_refused_says_where_and_why(text: str, says: str) -> None:
    with pytest.raises(InvalidRules, match=says.replace("[", r"\[")):
        parse(text)


@given(st.text(alphabet="minlegth:;,[]-8 requidowlap\nÄ", max_size=60))
def test_any_text_gives_rules_or_a_reason(text: str) -> None:
    reason = ""
    try:
        rules = parse(text)
    except InvalidRules as error:
        reason = str(error)
    assert len(reason) > 10 or all(rules.allowed >= each for each in rules.required)


def written(rules: Rules) -> str:
    """Write rules down again, for the way there and back."""

    def characters(each: frozenset[str]) -> str:
        middle = "".join(sorted(each - set("-]")))
        return "[" + "-" * ("-" in each) + middle + "]" * ("]" in each) + "]"

    parts = [f"required: {characters(each)}" for each in rules.required] + [f"allowed: {characters(rules.allowed)}"]
    numbers = {
        "minlength": rules.minlength,
        "maxlength": rules.maxlength,
        "max-consecutive": rules.max_consecutive,
    }
    return "; ".join([*parts, *(f"{name}: {value}" for name, value in numbers.items() if value)])


@given(
    required=st.lists(st.frozensets(st.sampled_from(sorted(PRINTABLE)), min_size=1), max_size=4),
    allowed=st.frozensets(st.sampled_from(sorted(PRINTABLE)), min_size=1),
    lengths=st.tuples(st.integers(1, 50), st.integers(50, 9999)),
    run=st.none() | st.integers(1, 9),
)
def test_there_and_back(
    required: list[frozenset[str]], allowed: frozenset[str], lengths: tuple[int, int], run: int | None
) -> None:
    rules = Rules(tuple(required), allowed.union(*required), *lengths, run)
    assert parse(written(rules)) == rules


@pytest.mark.skipif(not REAL.is_file(), reason="the shared data with the real rules of sites is not here")
def test_every_real_rule_is_read_and_kept() -> None:
    sites = json.loads(REAL.read_bytes())
    assert len(sites) >= 434
    for site, entry in sites.items():
        rules = parse(entry["password-rules"])
        for avoid in (False, True):
            assert rules.keeps(compose(rules, avoid_ambiguous=avoid).password), site

"""New passwords: they keep to their rules, none is likelier than another, and the defaults are strong."""

import math
from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extension_api.generate import compose as composing
from extension_api.generate.compose import AMBIGUOUS, DEFAULT, compose
from extension_api.generate.grammar import PRINTABLE, InvalidRules, Rules, parse

FEW = st.frozensets(st.sampled_from("aAbB01!-"), min_size=1, max_size=5)


@st.composite
def small_rules(draw: st.DrawFn) -> Rules:
    """Draw rules over few characters, so that every password can be written out."""
    required = draw(st.lists(FEW, max_size=3))
    allowed = draw(FEW).union(*required)
    return Rules(tuple(required), allowed, 1, draw(st.integers(1, 4)), draw(st.none() | st.integers(1, 4)))


@settings(deadline=None)
@given(rules=small_rules(), length=st.integers(1, 6))
def test_the_count_is_that_of_all_passwords_written_out(rules: Rules, length: int) -> None:
    within = max(rules.minlength or 1, min(length, rules.maxlength or length))
    every = [p for p in map("".join, product(sorted(rules.allowed), repeat=within)) if rules.keeps(p)]
    if not every:
        with pytest.raises(InvalidRules, match=f"{within} characters"):
            compose(rules, length=length)
        return
    made = compose(rules, length=length)
    assert made.password in every
    assert made.bits == math.floor(math.log2(len(every)))


@settings(deadline=None, max_examples=60)
@given(
    required=st.lists(st.frozensets(st.sampled_from(sorted(PRINTABLE)), min_size=1), max_size=4),
    allowed=st.frozensets(st.sampled_from(sorted(PRINTABLE)), min_size=3),
    lengths=st.tuples(st.integers(1, 30), st.integers(30, 60)),
    run=st.none() | st.integers(1, 3),
    avoid=st.booleans(),
)
def test_large_rules_are_kept(
    required: list[frozenset[str]], allowed: frozenset[str], lengths: tuple[int, int], run: int | None, avoid: bool
) -> None:
    rules = Rules(tuple(required), allowed.union(*required), *lengths, run)
    assert rules.keeps(compose(rules, avoid_ambiguous=avoid).password)


@pytest.mark.parametrize(
    "text",
    [
        "required: [ab]; required: [01]; required: [!]; minlength: 4; maxlength: 4",
        "required: [ab]; required: [b0]; max-consecutive: 1; minlength: 4; maxlength: 4",
        "allowed: [abc]; max-consecutive: 2; minlength: 4; maxlength: 4",
    ],
)
def test_no_password_is_likelier_than_another(text: str) -> None:
    rules = parse(text)
    every = [p for p in map("".join, product(sorted(rules.allowed), repeat=4)) if rules.keeps(p)]
    draws = 60 * len(every)
    drawing = composing._Drawing(rules, avoid_ambiguous=False)
    found = Counter(drawing.draw(4) for _ in range(draws))
    assert set(found) == set(every)
    # Pearson's statistic; six standard deviations above its mean is one red run in a thousand million.
    statistic = sum((found[p] - 60) ** 2 / 60 for p in every)
    freedom = len(every) - 1
    assert statistic < freedom + 6 * math.sqrt(2 * freedom)


def test_the_defaults_are_strong_and_never_repeat() -> None:
    made = [compose(DEFAULT) for _ in range(200)]
    assert len({each.password for each in made}) == 200
    assert all(len(each.password) >= 20 and each.bits >= 120 and DEFAULT.keeps(each.password) for each in made)
    assert "password of" in repr(made[0])
    assert made[0].password not in repr(made[0])


def test_a_small_alphabet_makes_a_longer_password_where_it_may() -> None:
    digits = compose(parse("allowed: digit"))
    assert digits.bits >= 100
    assert len(digits.password) == 31
    assert len(compose(parse("allowed: digit; maxlength: 6")).password) == 6
    assert len(compose(parse("minlength: 40")).password) == 40
    assert len(compose(parse("minlength: 500")).password) == 128


def test_a_wanted_length_is_kept_within_the_rules() -> None:
    rules = parse("minlength: 8; maxlength: 12")
    assert [len(compose(rules, length=n).password) for n in (1, 10, 50)] == [8, 10, 12]
    assert len(compose(DEFAULT, length=8).password) == 20


def test_what_looks_alike_and_spaces_are_left_out_where_rules_allow() -> None:
    for _ in range(50):
        password = compose(parse("allowed: ascii-printable"), avoid_ambiguous=True, length=60).password
        assert not AMBIGUOUS & set(password)
        assert " " not in password
    assert set(compose(parse("required: [01]; maxlength: 5"), avoid_ambiguous=True).password) <= set("01")
    assert compose(parse("allowed: [ ]; minlength: 3"), length=3).password == "   "


@pytest.mark.parametrize(
    "text",
    [
        "required: lower; required: upper; required: digit; maxlength: 2",
        "allowed: [a]; max-consecutive: 1; minlength: 2",
    ],
)
def test_what_nobody_can_keep_is_refused(text: str) -> None:
    with pytest.raises(InvalidRules, match="No password of"):
        compose(parse(text))


def test_rules_that_would_cost_too_much_are_refused_at_once() -> None:
    text = ";".join(f"required: [{a}{b}]" for a, b in zip("abcdefghijklm", "bcdefghijklmn", strict=True))
    with pytest.raises(InvalidRules, match="too much"):
        compose(parse(text + "; max-consecutive: 9; minlength: 100"))

"""The rule by which a labelled page is right, without a browser."""

import pytest

from tests.accuracy.labelled import Form, Labelled
from tests.accuracy.scoring import PASSWORD, USERNAME, judge
from tests.accuracy.summary import Summary


def page(kind: str, *forms: Form, new: frozenset[int] = frozenset(), search: frozenset[int] = frozenset()) -> Labelled:
    return Labelled(7, kind, forms, new, search, "")


LOGIN = page("login", Form(frozenset({1}), frozenset({2})), Form(frozenset({3}), frozenset({4, 5})))
STEP = page("login", Form(frozenset({0}), frozenset()))
U, P = USERNAME, PASSWORD


@pytest.mark.parametrize(
    ("login", "values", "right"),
    [
        (LOGIN, ["", U, P, "", "", ""], True),
        (LOGIN, ["", "", "", U, "", P], True),
        (LOGIN, ["", "", "", U, P, P], False),
        (LOGIN, ["", U, "", "", P, ""], False),
        (LOGIN, ["", U, "", "", "", ""], False),
        (LOGIN, [U, U, P, "", "", ""], False),
        (LOGIN, ["", U, P, "", "", P], False),
        (LOGIN, ["", P, U, "", "", ""], False),
        (LOGIN, ["", "", "", "", "", ""], False),
        (STEP, [U, ""], True),
        (STEP, [U, P], False),
    ],
)
def test_a_login_has_both_values_in_their_fields_of_one_form_and_nowhere_else(
    login: Labelled, values: list[str], right: bool
) -> None:
    assert judge(login, values).right is right


@pytest.mark.parametrize(
    ("values", "right"), [(["", ""], True), ([U, ""], True), (["", U], False), ([P, ""], False), (["", P], False)]
)
def test_another_page_gets_no_password_and_its_search_no_name(values: list[str], right: bool) -> None:
    assert judge(page("negative", search=frozenset({1})), values).right is right


@pytest.mark.parametrize(("values", "right"), [([P, ""], True), (["", P], False), (["", U], True)])
def test_a_change_of_password_gets_none_in_a_field_for_a_new_one(values: list[str], right: bool) -> None:
    assert judge(page("change", new=frozenset({1})), values).right is right


def test_the_bounds_are_97_of_100_logins_and_no_password_where_none_belongs() -> None:
    good, bad = judge(STEP, [U]), judge(STEP, [""])
    assert Summary([good] * 97 + [bad] * 3).good()
    assert not Summary([good] * 96 + [bad] * 4).good()
    assert not Summary([good] * 97 + [judge(page("negative"), [P])]).good()
    assert not Summary([good] * 97 + [judge(page("change", new=frozenset({0})), [P])]).good()
    assert Summary([good] * 97 + [judge(page("hidden", Form(frozenset({0}), frozenset())), [""])]).good()

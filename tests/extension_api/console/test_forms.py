"""A form is taken from this console's own pages alone, and only from the person whom the page was made for."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from extension_api.accounts import service as accounts
from extension_api.guards import guard_of
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.vault.models import LinkRow
from tests.extension_api.conftest import People, Records
from tests.extension_api.console.conftest import Html, Visitor, Visitors

ANY = UUID(int=1)
"""For what a form names that is not there: nothing is looked at before the form is found to be this console's own."""


def forms(app: Flask, **values: UUID) -> list[tuple[str, str]]:
    """Return address and guard of every form that the console takes."""
    adapter = app.url_map.bind("localhost")
    return [
        (
            adapter.build(rule.endpoint, {name: values.get(name, ANY) for name in rule.arguments}, method="POST"),
            str(guard_of(app.view_functions[rule.endpoint])),
        )
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/console") and "POST" in (rule.methods or ())
    ]


@pytest.fixture
def record_id(record: Records, person: People) -> UUID:
    anna, bert = person("anna").account, person("bert").account
    made: UUID = record(grants={anna: Permission.EDIT, bert: Permission.EDIT}).id
    return made


@pytest.fixture
def link_id(kernel: Kernel, record_id: UUID) -> UUID:
    with kernel.database.reading() as session:
        return session.scalars(select(LinkRow.id).where(LinkRow.record_id == record_id)).one()


def browser_of(name: str, kernel: Kernel, visitor: Visitors) -> Visitor:
    with kernel.database.reading() as session:
        return visitor(accounts.require(session, name))


def untouched(kernel: Kernel, link_id: UUID) -> bool:
    with kernel.database.reading() as session:
        return list(session.scalars(select(LinkRow.id))) == [link_id]


@pytest.mark.parametrize("token", [None, "", "0" * 64, "ü", "of somebody else", "of nobody signed in"])
def test_no_form_without_the_persons_own_token(
    app: Flask, kernel: Kernel, visitor: Visitors, record_id: UUID, link_id: UUID, token: str | None
) -> None:
    anna = browser_of("anna", kernel, visitor)
    if token == "of somebody else":
        token = browser_of("bert", kernel, visitor).page("/console/records").token
    elif token == "of nobody signed in":
        token = visitor().page("/console/sign-in").token
    found = forms(app, record_id=record_id, link_id=link_id, block_id=record_id)
    assert len(found) >= 58
    for path, guard in found:
        browser = anna if guard == "console" else visitor()
        fields = {"url": "https://login.example-two.test", "strategy": "host"}
        answer = browser.send(path, fields if token is None else fields | {"csrf": token})
        assert answer.status_code == 403, path
        assert "out of date" in Html(answer.text).text
    assert untouched(kernel, link_id)
    assert anna.get("/console/records").status_code == 200, "signed out by a forged form"


TYPED = {"url": "https://login.example-two.test/?a=b&c", "strategy": "host"}
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "https://localhost"},
    {"Origin": "http://[broken"},
    {"Origin": "http://localhost:port"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_form_from_another_origin_whatever_it_knows(
    app: Flask, kernel: Kernel, visitor: Visitors, record_id: UUID, link_id: UUID, headers: dict[str, str]
) -> None:
    anna = browser_of("anna", kernel, visitor)
    token = anna.page("/console/records").token
    for path, guard in forms(app, record_id=record_id, link_id=link_id, block_id=record_id):
        browser = anna if guard == "console" else visitor()
        given = token if guard == "console" else browser.page("/console/sign-in").token
        answer = browser.send(path, {"csrf": given, **TYPED}, headers)
        assert answer.status_code == 403, path
        assert "was not sent by a page of" in Html(answer.text).text
    assert untouched(kernel, link_id)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost:80"},
        {"Origin": "http://127.0.0.1:7845"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_the_own_origin_is_the_host_asked_or_the_public_address(
    kernel: Kernel, visitor: Visitors, record_id: UUID, headers: dict[str, str]
) -> None:
    anna = browser_of("anna", kernel, visitor)
    page = f"/console/records/{record_id}"
    answer = anna.send(page, {"csrf": anna.page(page).token, **TYPED}, headers)
    assert answer.location == page


def test_an_old_form_gives_back_what_was_typed(kernel: Kernel, visitor: Visitors, record_id: UUID) -> None:
    anna, page = browser_of("anna", kernel, visitor), f"/console/records/{record_id}"
    answer = anna.send(page, {"csrf": "old", **TYPED})
    again = Html(answer.text).one("a", class_="button primary").attributes["href"]
    assert again.startswith(page)
    assert anna.page(again).one("input", name="url").get("value") == TYPED["url"]


def test_a_form_sent_after_the_session_ended_gives_back_what_was_typed(
    kernel: Kernel, visitor: Visitors, record_id: UUID
) -> None:
    page = f"/console/records/{record_id}"
    nobody = visitor()
    answer = nobody.send(page, {"csrf": "old", **TYPED})
    after = nobody.page(answer.location).one("input", name="next").attributes["value"]
    anna = browser_of("anna", kernel, visitor)
    assert anna.page(after).one("input", name="url").get("value") == TYPED["url"]


def test_too_much_is_refused_with_a_page(visitor: Visitors) -> None:
    answer = visitor().send("/console/sign-in", {"username": "x" * 100_000})
    assert answer.status_code == 413
    assert "too large" in Html(answer.text).text

"""What is stored is shown as text, under a policy that would stop it if it were not."""

import re
from uuid import UUID

import pytest
from flask import Flask

from extension_api.accounts.models import Account
from extension_api.audit.service import COMMAND_LINE
from extension_api.guards import guard_of
from extension_api.kernel import Kernel
from extension_api.people import groups
from extension_api.permissions import Permission
from extension_api.vault import folders, links
from extension_api.vault.models import LinkRow, Record
from tests.extension_api.conftest import People, Records
from tests.extension_api.console.conftest import Html, Visitor, Visitors

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe",
]
POLICY = re.compile(
    r"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'nonce-([\w-]{22,})';"
    r"(?: connect-src 'self';)?"
    r" form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.fixture
def anna(person: People) -> Account:
    made: Account = person("anna").account
    return made


@pytest.fixture
def root(person: People) -> Account:
    """Make somebody who sees every page."""
    made: Account = person("root", administrator=True).account
    return made


def inert(page: Html) -> bool:
    """Tell whether a page holds no script but its own, no handler, no style and nothing loaded."""
    scripts = all("nonce" in element.attributes for element in page.all("script"))
    handlers = [name for element in page.elements for name in element.attributes if name.startswith(("on", "style"))]
    images = all(element.attributes["src"].startswith("/console/static/") for element in page.all("img"))
    return scripts and images and not handlers and not page.all("style")


def pages_of(record_id: object) -> list[str]:
    return ["/console/records", f"/console/records/{record_id}", f"/console/records/{record_id}/audit"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_record_is_text(kernel: Kernel, visitor: Visitors, record: Records, anna: Account, text: str) -> None:
    made = record(text, grants={anna: Permission.EDIT})
    now = kernel.clock.now()
    with kernel.database.writing() as session:
        stored = session.get_one(Record, made.id)
        stored.username = text
        session.add(
            LinkRow(
                id=made.id, record_id=made.id, url=text, strategy="host", veto=False, expression=text, position=9,
                created_at=now,
            )
        )  # fmt: skip
    for path in pages_of(made.id):
        page = visitor(anna).page(path)
        assert inert(page), path
        assert " ".join(text.split()) in page.text
        assert "49" not in page.text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_typing_is_text(visitor: Visitors, record: Records, anna: Account, text: str) -> None:
    made = record(grants={anna: Permission.EDIT})
    browser, path = visitor(anna), f"/console/records/{made.id}"
    found = Html(browser.client.get("/console/records", query_string={"q": text}).text)
    assert found.one("input", name="q").get("value") == text
    assert inert(found)
    given = Html(browser.client.get(path, query_string={"link": text}).text)
    assert given.one("input", name="url").get("value") == text
    assert inert(given)
    refused = Html(browser.post(path, form=path, url=text, strategy=text).text)
    assert inert(refused)
    signing = Html(visitor().post("/console/sign-in", form="/console/sign-in", username=text, password="x").text)
    assert signing.one("input", name="username").get("value") == text
    assert inert(signing)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", " https://x.test", "//x.test"]
)
def test_only_a_web_address_is_a_link_to_follow(
    kernel: Kernel, visitor: Visitors, record: Records, anna: Account, address: str
) -> None:
    made = record(grants={anna: Permission.FILL})
    with kernel.database.writing() as session:
        session.add(
            LinkRow(
                id=made.id, record_id=made.id, url=address, strategy="host", veto=True, expression=None, position=9,
                created_at=0,
            )
        )  # fmt: skip
    page = visitor(anna).page(f"/console/records/{made.id}")
    shown = [element for element in page.elements if element.get("class") == "address"]
    assert [(element.tag, element.text) for element in shown] == [
        ("a", "https://ads.example-one.test/"),
        ("span", address),
    ]
    assert shown[0].get("rel") == "noopener noreferrer"
    assert shown[0].get("href") == "https://ads.example-one.test/"


def addresses(app: Flask, **ids: UUID) -> list[tuple[str, str | None]]:
    """Return every page of the console that is read, with its guard."""
    adapter = app.url_map.bind("localhost")
    return [
        (
            adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments}),
            guard_of(app.view_functions[rule.endpoint]),
        )
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/console/")
        and "GET" in (rule.methods or ())
        and not rule.rule.endswith(("<name>", ".svg"))
    ]


def ids_of(kernel: Kernel, record: Records, root: Account) -> dict[str, UUID]:
    """Make one of each thing that a page is about, for an administrator to look at."""
    made = record(grants={root: Permission.EDIT})
    with kernel.database.writing() as session:
        crew = groups.add(session, COMMAND_LINE, "crew", now=kernel.clock.now())
        folder = folders.add(session, COMMAND_LINE, "Folder", None, now=kernel.clock.now())
        link_id = links.of_record(session, made.id)[0].id
    ids = {"record_id": made.id, "link_id": link_id, "list_id": made.list_id, "folder_id": folder.id}
    return {**ids, "account_id": root.id, "group_id": crew.id}


def test_every_page_bears_its_policy(
    app: Flask, kernel: Kernel, visitor: Visitors, record: Records, root: Account
) -> None:
    nonces, shown = set(), 0
    for path, guard in [
        *addresses(app, **ids_of(kernel, record, root)),
        ("/console/missing", "public"),
        ("/missing", "public"),
    ]:
        browser = visitor(root) if guard == "console" else visitor()
        for _ in range(2):
            answer = browser.get(path)
            assert answer.headers["Cache-Control"] == "no-store", path
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            if answer.status_code == 303:
                continue
            policy = POLICY.fullmatch(answer.headers["Content-Security-Policy"])
            assert policy, path
            nonces.add(policy[1])
            shown += 1
            page = Html(answer.text)
            assert inert(page)
            assert {script.get("nonce") for script in page.all("script")} <= {policy[1]}
            assert bool(page.all("meta", name="wayfill-revision")) is (guard == "console")
            assert answer.headers["Referrer-Policy"] == "same-origin", "the browser would send Origin: null"
    assert shown >= 66
    assert len(nonces) == shown


def test_a_page_is_usable_by_keyboard_and_by_ear(
    app: Flask, kernel: Kernel, visitor: Visitors, record: Records, root: Account
) -> None:
    for path, guard in addresses(app, **ids_of(kernel, record, root)):
        answer = (visitor(root) if guard == "console" else visitor()).get(path)
        if answer.status_code == 303:
            continue
        page = Html(answer.text)
        assert page.one("html").get("lang") == "en"
        assert len(page.all("h1")) == 1
        assert page.all("a")[0].get("href") == "#main"
        page.one("main", id="main")
        assert page.one("div", role="status").get("aria-live") == "polite"
        labelled = {label.get("for") for label in page.all("label")}
        fields = [f for f in page.all("input") + page.all("select") + page.all("textarea") if f.get("type") != "hidden"]
        assert all(field.get("id") in labelled for field in fields)
        assert all(int(element.attributes.get("tabindex", "0")) <= 0 for element in page.elements)
        described = {i for e in page.elements for i in e.attributes.get("aria-describedby", "").split()}
        assert described <= {element.get("id") for element in page.elements}


def test_static_files_are_kept_by_their_content(visitor: Visitors) -> None:
    browser: Visitor = visitor()
    sheet = browser.page("/console/sign-in").one("link", rel="stylesheet").attributes["href"]
    answer = browser.get(sheet)
    assert answer.content_type == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    bare = browser.get(sheet.partition("?")[0])
    assert bare.headers["Cache-Control"] == "no-cache"
    assert browser.get(sheet.partition("?")[0], **{"If-None-Match": bare.headers["ETag"]}).status_code == 304
    assert browser.get(f"{sheet}0").headers["Cache-Control"] == "no-cache"
    for missing in ("nothing.css", "../pages.py", "%2e%2e/pages.py", ".."):
        assert browser.get(f"/console/static/{missing}").status_code == 404


def test_a_refusal_outside_the_api_is_a_page(visitor: Visitors) -> None:
    browser = visitor()
    missing, wrong = browser.get("/nothing"), browser.client.delete("/console/records")
    assert (missing.status_code, wrong.status_code) == (404, 405)
    for answer in (missing, wrong):
        page = Html(answer.text)
        assert page.one("a", class_="button primary").get("href") == "/console/"
        assert page.one("h1").text

"""Coming in and going out by the console's pages."""

from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from extension_api import installation
from extension_api.accounts import passwords
from extension_api.accounts import service as accounts
from extension_api.app import create_app
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.policy import Policy
from extension_api.sessions.models import Kind
from extension_api.sessions.service import SESSION_LIFETIME
from extension_api.settings import Settings
from extension_api.throttle import service as throttle
from extension_api.throttle.models import Kind as Tried
from tests.extension_api.conftest import People
from tests.extension_api.console.conftest import Html, Visitor, Visitors

PASSWORD = "practice-password-of-anna"
SIGN_IN = "/console/sign-in"
WELCOME = "/console/welcome"


def cookies(answer: TestResponse) -> dict[str, Morsel[str]]:
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        jar.load(line)
    return dict(jar)


def attempt(who: Visitor, password: str, *, name: str = "anna", after: str = "") -> TestResponse:
    return who.post(SIGN_IN, form=SIGN_IN, username=name, password=password, next=after)


def test_the_right_password_signs_in(visitor: Visitors, person: People) -> None:
    person("anna", password=PASSWORD)
    browser = visitor()
    answer = attempt(browser, PASSWORD, name="Anna")
    assert (answer.status_code, answer.location) == (303, "/console/records")
    page = browser.page("/console/records")
    assert "anna" in page.text
    assert page.one("meta", name="wayfill-revision").attributes["content"].isdigit()


@pytest.mark.parametrize(("name", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("", ""), ("anna", "")])
def test_a_wrong_one_does_not_and_says_not_which(visitor: Visitors, person: People, name: str, password: str) -> None:
    person("anna", password=PASSWORD)
    browser = visitor()
    answer = attempt(browser, password, name=name, after="/console/records?q=a")
    page = Html(answer.text)
    assert answer.status_code == 401
    assert page.one("p", role="alert").text == "The user name or the password is wrong."
    assert page.one("input", name="username").get("value") == name
    assert page.one("input", name="next").get("value") == "/console/records?q=a"
    assert page.one("input", name="password").get("value") is None
    assert "wayfill-console" not in cookies(answer)
    assert browser.get("/console/records").status_code == 303


def test_both_ends_of_a_session_are_in_the_audit(visitor: Visitors, person: People, kernel: Kernel) -> None:
    person("anna", password=PASSWORD)
    browser = visitor()
    attempt(browser, "wrong")
    attempt(browser, PASSWORD)
    browser.post("/console/sign-out", form="/console/records")
    with kernel.database.reading() as session:
        events = session.scalars(select(Event).where(Event.device == "Firefox on Linux").order_by(Event.id)).all()
    assert [event.action for event in events] == ["session:sign-in-refuse", "session:sign-in", "session:sign-out"]
    assert {event.address for event in events} == {"127.0.0.1"}


def test_after_too_many_attempts_the_right_one_waits_too(
    visitor: Visitors, person: People, kernel: Kernel, clock: SetClock
) -> None:
    person("anna", password=PASSWORD)
    browser = visitor()
    limits = Policy()

    def fail() -> None:
        throttle.count(kernel, kind=Tried.PASSWORD, name="anna", address="127.0.0.1")

    for _ in range(limits.permitted_attempts):
        fail()
    answer = attempt(browser, PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(limits.first_delay)
    assert "Try again in 30 seconds" in Html(answer.text).text
    for _ in range(2):
        clock.advance(limits.longest_delay)
        fail()
    assert "Try again in 2 minutes" in Html(attempt(browser, PASSWORD).text).text
    clock.advance(limits.longest_delay)
    assert attempt(browser, PASSWORD).status_code == 303


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/console/",
    "/\\evil.example",
    "/console/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/console/\n//evil.example",
    "/console/ x",
    "/consolex",
    "/api/v1/openapi.json",
    "console/records",
    "https:/console/records",
    "/console/records#fragment",
    "/console/" + "x" * 20_000,
]


def test_next_leads_nowhere_else(visitor: Visitors, person: People) -> None:
    outside, inside = visitor(), visitor(person("anna", password=PASSWORD).account)
    for elsewhere in ELSEWHERE:
        page = Html(outside.client.get(SIGN_IN, query_string={"next": elsewhere}).text)
        assert page.one("input", name="next").get("value") == "", elsewhere
        assert inside.client.get(SIGN_IN, query_string={"next": elsewhere}).location == "/console/records"
    assert attempt(outside, PASSWORD, after="//evil.example/console/").location == "/console/records"


def test_next_leads_back_to_the_page_asked_for(visitor: Visitors, person: People) -> None:
    person("anna", password=PASSWORD)
    browser = visitor()
    asked = "/console/records?q=ads+account%20%C3%A4"
    answer = browser.get(asked)
    assert answer.status_code == 303
    assert answer.location.startswith(f"{SIGN_IN}?next=")
    after = browser.page(answer.location).one("input", name="next").attributes["value"]
    assert attempt(browser, PASSWORD, after=after).location == asked


def test_who_is_signed_in_is_not_asked_again(visitor: Visitors, person: People) -> None:
    browser = visitor(person("anna").account)
    assert browser.get(SIGN_IN).location == "/console/records"
    assert browser.get("/").location == browser.get("/console").location == "/console/"
    assert browser.get("/console/").location == "/console/records"


def test_sign_out_ends_the_session_and_not_only_the_cookie(visitor: Visitors, person: People) -> None:
    browser = visitor(person("anna").account)
    kept = browser.client.get_cookie("wayfill-console")
    assert kept is not None
    answer = browser.post("/console/sign-out", form="/console/records")
    assert answer.location == SIGN_IN
    assert browser.client.get_cookie("wayfill-console") is None
    assert "You are signed out." in browser.page(SIGN_IN).text
    assert "You are signed out." not in browser.page(SIGN_IN).text
    browser.client.set_cookie("wayfill-console", kept.value)
    assert browser.get("/console/records").status_code == 303


def test_a_session_ends_by_itself(visitor: Visitors, person: People, clock: SetClock) -> None:
    browser = visitor(person("anna").account)
    clock.advance(SESSION_LIFETIME[Kind.CONSOLE] - 1)
    assert browser.get("/console/records").status_code == 200
    clock.advance(1)
    assert browser.get("/console/records").status_code == 303


def test_an_extensions_token_opens_no_page(visitor: Visitors, person: People) -> None:
    browser = visitor()
    browser.client.set_cookie("wayfill-console", person("anna").token)
    assert browser.get("/console/records").status_code == 303


def test_cookies_are_the_browsers_alone(visitor: Visitors, person: People) -> None:
    person("anna", password=PASSWORD)
    browser = visitor()
    given = cookies(browser.get(SIGN_IN)) | cookies(attempt(browser, PASSWORD))
    assert set(given) == {"wayfill-form", "wayfill-console"}
    for morsel in given.values():
        assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Lax", "/")
        assert morsel["domain"] == morsel["max-age"] == morsel["expires"] == ""


@pytest.fixture
def secure_app(tmp_path: Path, clock: SetClock) -> Iterator[Flask]:
    settings = Settings(data=tmp_path / "secure", public_url="https://wayfill.example-vault.test")
    installation.prepare(settings, clock.now())
    made = create_app(settings, clock=clock)
    yield made
    kernel: Kernel = made.extensions["wayfill"]
    kernel.database.close()


def test_under_https_cookies_are_bound_to_it_and_to_the_host(secure_app: Flask) -> None:
    kernel: Kernel = secure_app.extensions["wayfill"]
    with kernel.database.writing() as session:
        account = accounts.add(session, COMMAND_LINE, "anna", administrator=False, now=kernel.clock.now())
        hashed = passwords.hash_password(PASSWORD, minimum=12)
        accounts.set_password(session, account, hashed, who=COMMAND_LINE, now=kernel.clock.now())
    client = secure_app.test_client()
    first = client.get(SIGN_IN, base_url="https://wayfill.example-vault.test")
    token = Html(first.text).token
    # A proxy ends the TLS and names itself as the host; the browser names the public address.
    answer = client.post(
        SIGN_IN,
        base_url="https://wayfill.example-vault.test",
        data={"csrf": token, "username": "anna", "password": PASSWORD},
        headers={"Origin": "https://wayfill.example-vault.test"},
    )
    given = cookies(first) | cookies(answer)
    assert set(given) == {"__Host-wayfill-form", "__Host-wayfill-console"}
    for morsel in given.values():
        assert (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"]) == (True, True, "/", "")
    assert client.get("/console/records", base_url="https://wayfill.example-vault.test").status_code == 200


@pytest.fixture
def code(kernel: Kernel) -> str:
    with kernel.database.writing() as session:
        account = accounts.add(session, COMMAND_LINE, "anna", administrator=False, now=kernel.clock.now())
        return accounts.issue_setup_code(account, now=kernel.clock.now())


def welcome(who: Visitor, code: str, password: str = PASSWORD, repeated: str | None = None) -> TestResponse:
    repeated = password if repeated is None else repeated
    return who.post(WELCOME, form=WELCOME, code=code, password=password, repeated=repeated)


@pytest.mark.parametrize("typed", ["{}", "  {}\n", "http://localhost/console/welcome#{}"])
def test_a_one_time_link_sets_the_password_and_signs_in(visitor: Visitors, code: str, typed: str) -> None:
    browser = visitor()
    answer = welcome(browser, typed.format(code))
    assert answer.location == "/console/records"
    assert "Your password is set" in browser.page("/console/records").text
    assert attempt(visitor(), PASSWORD).status_code == 303


def test_it_works_once(visitor: Visitors, code: str) -> None:
    welcome(visitor(), code)
    answer = welcome(visitor(), code, "another-password-of-somebody")
    assert answer.status_code == 404
    assert "used already or is too old" in Html(answer.text).one("p", role="alert").text
    assert attempt(visitor(), "another-password-of-somebody").status_code == 401
    assert attempt(visitor(), PASSWORD).status_code == 303


def test_it_works_for_a_day(visitor: Visitors, code: str, clock: SetClock) -> None:
    clock.advance(accounts.SETUP_LIFETIME)
    answer = welcome(visitor(), code)
    assert answer.status_code == 404
    assert "wayfill-console" not in cookies(answer)


@pytest.mark.parametrize("other", ["", "x", "#", "0" * 43])
def test_another_code_sets_nothing(visitor: Visitors, code: str, other: str) -> None:
    assert welcome(visitor(), other).status_code == 404
    assert welcome(visitor(), code).status_code == 303


@pytest.mark.parametrize(("password", "repeated"), [("short", "short"), (PASSWORD, PASSWORD + "x"), ("", "")])
def test_a_refused_password_leaves_the_code_in_the_form(
    visitor: Visitors, code: str, password: str, repeated: str
) -> None:
    answer = welcome(visitor(), code, password, repeated)
    page = Html(answer.text)
    assert answer.status_code == 422
    assert page.one("input", name="code").get("value") == code
    assert page.one("input", name="password").attributes.keys() >= {"aria-invalid", "aria-describedby"}
    assert page.one("input", name="password").get("value") is None
    assert welcome(visitor(), code).status_code == 303


def test_a_new_password_ends_every_earlier_session(visitor: Visitors, person: People, kernel: Kernel) -> None:
    anna = person("anna")
    old = visitor(anna.account)
    with kernel.database.writing() as session:
        code = accounts.issue_setup_code(accounts.require(session, "anna"), now=kernel.clock.now())
    assert welcome(visitor(), code).status_code == 303
    assert old.get("/console/records").status_code == 303
    assert anna.call("GET", "/match-table").status_code == 401


def test_the_pages_script_alone_knows_the_fragment(visitor: Visitors) -> None:
    answer = visitor().get(WELCOME)
    script = Html(answer.text).one("script")
    assert script.get("nonce")
    assert f"'nonce-{script.get('nonce')}'" in answer.headers["Content-Security-Policy"]
    assert "location.hash" in script.text
    assert "history.replaceState" in script.text

"""A person's own account on the console's pages: what asks for a fresh proof, what is shown once, what ends what."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from extension_api import installation
from extension_api.accounts.models import Account
from extension_api.app import create_app
from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.factors import codes, proofs
from extension_api.factors.models import CodeSecret
from extension_api.kernel import Kernel
from extension_api.permissions import FRESH_FOR
from extension_api.sessions.models import SignedIn
from extension_api.settings import Settings
from tests.extension_api.conftest import People
from tests.extension_api.console.conftest import Html, Visitor, Visitors
from tests.extension_api.factors.authenticator import Authenticator
from tests.extension_api.factors.conftest import Factors
from tests.extension_api.factors.conftest import factor as factor
from tests.extension_api.factors.conftest import identity as identity

PASSWORD = "practice-password-of-anna"
NEW_PASSWORD = "another-practice-password"
ACCOUNT = "/console/account"
SET_UP = f"{ACCOUNT}/one-time-codes"
SIGN_IN = "/console/sign-in"
CONFIRM = f"/console/confirm?next={ACCOUNT.replace('/', '%2F')}"
ORIGIN = "http://localhost:7845"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", public_url=ORIGIN)


def sign_in(browser: Visitor, *, after: str = "", password: str = PASSWORD) -> Html:
    answer = browser.post(SIGN_IN, form=SIGN_IN, username="anna", password=password, next=after)
    assert answer.status_code == 200, answer.status_code
    return Html(answer.text)


def hidden(page: Html, *names: str) -> dict[str, str]:
    return {name: page.all("input", name=name)[0].attributes["value"] for name in names}


def bring(browser: Visitor, asked: Html, code: str) -> TestResponse:
    return browser.send("/console/sign-in/code", hidden(asked, "csrf", "token", "next") | {"code": code})


DANGEROUS = [
    ("/account/password", {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}),
    ("/account/one-time-codes", {}),
    ("/account/one-time-codes/confirm", {"code": "000000"}),
    ("/account/one-time-codes/remove", {}),
    ("/account/recovery-codes", {}),
    ("/account/passkeys/options", {}),
    ("/account/passkeys", {"name": "x", "answer": "{}"}),
    (f"/account/passkeys/{UUID(int=1)}/remove", {}),
]


@pytest.mark.parametrize(("path", "fields"), DANGEROUS, ids=[path for path, _ in DANGEROUS])
def test_dangerous_acts_ask_for_a_fresh_proof(
    visitor: Visitors, person: People, kernel: Kernel, clock: SetClock, path: str, fields: dict[str, str]
) -> None:
    browser = visitor(person("anna").account)
    clock.advance(FRESH_FOR)
    answer = browser.post(f"/console{path}", form=ACCOUNT, **fields)
    assert (answer.status_code, answer.location) == (303, CONFIRM)
    with kernel.database.reading() as session:
        assert session.scalars(select(Event.action).where(~Event.action.startswith("account:add"))).all() == [
            "session:sign-in",
            "session:sign-in",
        ]
        assert session.scalars(select(CodeSecret)).all() == []


def test_the_secret_is_shown_to_a_fresh_proof_alone(visitor: Visitors, person: People, clock: SetClock) -> None:
    browser = visitor(person("anna").account)
    assert browser.post(SET_UP, form=ACCOUNT).location == SET_UP
    picture = browser.get(f"{SET_UP}/qr.svg")
    assert (picture.status_code, picture.content_type) == (200, "image/svg+xml")
    assert picture.headers["Cache-Control"] == "no-store"
    assert b"<script" not in picture.data
    clock.advance(FRESH_FOR)
    for path in (SET_UP, f"{SET_UP}/qr.svg"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/console/confirm")


def test_confirming_leads_back(visitor: Visitors, person: People, kernel: Kernel, clock: SetClock) -> None:
    person("anna", password=PASSWORD)
    browser = visitor()
    browser.post(SIGN_IN, form=SIGN_IN, username="anna", password=PASSWORD)
    clock.advance(FRESH_FOR)
    where = browser.post(SET_UP, form=ACCOUNT).location
    wrong = browser.post("/console/confirm", form=where, next=ACCOUNT, password="wrong")
    assert wrong.status_code == 401
    assert Html(wrong.text).one("p", id="refusal").text == "The password is wrong."
    assert browser.post(SET_UP, form=ACCOUNT).location == where
    assert browser.post("/console/confirm", form=where, next=ACCOUNT, password=PASSWORD).location == ACCOUNT
    assert browser.post(SET_UP, form=ACCOUNT).location == SET_UP
    with kernel.database.reading() as session:
        found = session.execute(select(Event.action, Event.detail, Event.account_name).order_by(Event.id)).all()
    assert [tuple(row) for row in found][-2:] == [
        ("session:reauthenticate-refuse", "wrong password", "anna"),
        ("session:reauthenticate", "password", "anna"),
    ]


def test_confirming_leads_nowhere_else(visitor: Visitors, person: People) -> None:
    browser = visitor(person("anna", password=PASSWORD).account)
    answer = browser.post("/console/confirm", form=CONFIRM, next="https://evil.example/", password=PASSWORD)
    assert answer.location == "/console/records"


def test_codes_are_set_up_and_their_recovery_codes_shown_once(
    visitor: Visitors, person: People, clock: SetClock
) -> None:
    anna = person("anna").account
    browser = visitor(anna)
    browser.post(SET_UP, form=ACCOUNT)
    secret = browser.page(SET_UP).one("code", id="secret").text.replace(" ", "")
    wrong = browser.post(f"{SET_UP}/confirm", form=SET_UP, code="000000")
    assert wrong.status_code == 401
    assert Html(wrong.text).one("code", id="secret").text.replace(" ", "") == secret
    code = codes.code_at(secret, clock.now() // codes.STEP)
    answer = browser.post(f"{SET_UP}/confirm", form=SET_UP, code=code)
    assert answer.headers["Cache-Control"] == "no-store"
    shown = [element.text for element in Html(answer.text).all("code")]
    assert len(shown) == 10
    assert browser.get(SET_UP).location == ACCOUNT, "the secret is shown after it counts"
    assert all(code not in browser.get(ACCOUNT).text for code in [secret, *shown])
    assert "10 of 10 recovery codes" in browser.page(ACCOUNT).text
    renewed = browser.post(f"{ACCOUNT}/recovery-codes", form=ACCOUNT)
    assert {element.text for element in Html(renewed.text).all("code")}.isdisjoint(shown)
    assert browser.post(f"{SET_UP}/remove", form=ACCOUNT).location == ACCOUNT
    assert "Your password alone signs you in again" in browser.page(ACCOUNT).text


def test_the_code_is_asked_for_in_a_second_step(visitor: Visitors, factor: Factors, clock: SetClock) -> None:
    anna = factor("anna", password=PASSWORD)
    clock.advance(codes.STEP)
    browser = visitor()
    asked = sign_in(browser, after="/console/sessions")
    assert browser.get("/console/records").status_code == 303, "the password alone signed in"
    wrong = bring(browser, asked, "000000")
    assert wrong.status_code == 401
    answer = bring(browser, asked, anna.code())
    assert answer.location == "/console/sessions"
    assert browser.get("/console/records").status_code == 200
    again = bring(browser, asked, anna.recovery[0]).location
    assert again == f"{SIGN_IN}?next=/console/sessions", "the first step is good for two"


def test_the_second_step_is_the_same_browsers_and_soon(visitor: Visitors, factor: Factors, clock: SetClock) -> None:
    anna = factor("anna", password=PASSWORD)
    asked, other = sign_in(visitor()), visitor()
    taken = hidden(asked, "token", "next") | {"csrf": other.page(SIGN_IN).token, "code": anna.recovery[0]}
    assert other.send("/console/sign-in/code", taken).location == SIGN_IN
    assert other.send("/console/sign-in/code", taken | {"token": "made up"}).location == SIGN_IN
    browser = visitor()
    asked = sign_in(browser)
    clock.advance(proofs.LIFETIME)
    assert bring(browser, asked, anna.recovery[0]).location == SIGN_IN
    assert browser.get("/console/records").status_code == 303


def test_a_changed_password_ends_what_was_begun_with_the_old_one(
    visitor: Visitors, factor: Factors, kernel: Kernel
) -> None:
    anna = factor("anna", password=PASSWORD)
    browser, own, elsewhere = visitor(), visitor(anna.person.account), visitor(anna.person.account)
    asked = sign_in(browser)
    fields = {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
    assert own.post(f"{ACCOUNT}/password", form=ACCOUNT, **fields).location == ACCOUNT
    assert own.get(ACCOUNT).status_code == 200
    assert elsewhere.get(ACCOUNT).status_code == 303
    assert anna.person.call("GET", "/match-table").status_code == 401
    assert bring(browser, asked, anna.recovery[0]).location == SIGN_IN
    sign_in(visitor(), password=NEW_PASSWORD).one("input", name="code")
    with kernel.database.reading() as session:
        assert "account:password-set" in session.scalars(select(Event.action).where(Event.account_name == "anna")).all()


@pytest.mark.parametrize(
    ("password", "repeated", "why"),
    [(NEW_PASSWORD, "different", "not the same"), ("short", "short", "12"), ("", "", "12")],
)
def test_a_refused_password_changes_nothing(
    visitor: Visitors, person: People, kernel: Kernel, password: str, repeated: str, why: str
) -> None:
    anna = person("anna", password=PASSWORD)
    browser = visitor(anna.account)
    answer = browser.post(f"{ACCOUNT}/password", form=ACCOUNT, password=password, repeated=repeated)
    assert answer.status_code == 422
    assert why in Html(answer.text).one("p", id="refusal").text
    assert anna.call("GET", "/match-table").status_code == 200


def ask(browser: Visitor, path: str, form: str) -> dict[str, object]:
    answer = browser.post(path, form=form)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, object] = json.loads(answer.data)
    return found


def test_a_passkey_signs_in_and_confirms(visitor: Visitors, person: People, kernel: Kernel, clock: SetClock) -> None:
    anna, device = person("anna").account, Authenticator(ORIGIN)
    browser = visitor(anna)
    answer = device.create(ask(browser, f"{ACCOUNT}/passkeys/options", ACCOUNT))
    assert browser.post(f"{ACCOUNT}/passkeys", form=ACCOUNT, name="Key", answer=answer).location == ACCOUNT
    again = browser.post(f"{ACCOUNT}/passkeys", form=ACCOUNT, name="Key", answer=answer)
    assert (again.status_code, "begin again" in again.text) == (404, True)

    other = visitor()
    given = device.get(ask(other, f"{SIGN_IN}/passkey/options", SIGN_IN))
    stranger = visitor().post(f"{SIGN_IN}/passkey", form=SIGN_IN, answer=given)
    assert stranger.location == SIGN_IN, "an answer was taken from a browser that did not ask"
    assert other.post(f"{SIGN_IN}/passkey", form=SIGN_IN, answer=given, next=ACCOUNT).location == ACCOUNT
    assert "Key" in other.page(ACCOUNT).text

    clock.advance(FRESH_FOR)
    assert other.post(SET_UP, form=ACCOUNT).location == CONFIRM
    given = device.get(ask(other, "/console/confirm/passkey/options", CONFIRM))
    assert other.post("/console/confirm/passkey", form=CONFIRM, answer=given, next=ACCOUNT).location == ACCOUNT
    assert other.post(SET_UP, form=ACCOUNT).location == SET_UP
    with kernel.database.reading() as session:
        found = session.execute(select(Event.action, Event.detail).where(Event.detail.contains("passkey"))).all()
    assert [tuple(row) for row in found] == [
        ("session:sign-in", "console, passkey Key"),
        ("session:reauthenticate", "passkey Key"),
    ]


def test_a_passkey_of_somebody_disabled_or_forged_is_refused_and_on_record(
    visitor: Visitors, person: People, kernel: Kernel
) -> None:
    anna, device = person("anna").account, Authenticator(ORIGIN)
    browser = visitor(anna)
    answer = device.create(ask(browser, f"{ACCOUNT}/passkeys/options", ACCOUNT))
    browser.post(f"{ACCOUNT}/passkeys", form=ACCOUNT, name="Key", answer=answer)
    other = visitor()
    forged = Authenticator(ORIGIN, credential_id=device.credential_id)
    given = forged.get(ask(other, f"{SIGN_IN}/passkey/options", SIGN_IN))
    refused = other.post(f"{SIGN_IN}/passkey", form=SIGN_IN, answer=given)
    with kernel.database.writing() as session:
        session.execute(update(Account).values(disabled_at=1))
    given = device.get(ask(other, f"{SIGN_IN}/passkey/options", SIGN_IN))
    disabled = other.post(f"{SIGN_IN}/passkey", form=SIGN_IN, answer=given)
    for answer_ in (refused, disabled):
        assert answer_.status_code == 401
        assert Html(answer_.text).one("p", id="refusal").text == "The passkey was not accepted."
    with kernel.database.reading() as session:
        rows = session.execute(
            select(Event.account_name, Event.detail).where(Event.action == "session:sign-in-refuse")
        ).all()
    assert [tuple(row) for row in rows] == [
        ("anna", "passkey: Invalid signature."),
        ("anna", "passkey: a disabled person"),
    ]


def test_pages_whose_script_asks_may_ask_this_service_alone(visitor: Visitors, person: People) -> None:
    browser, outside = visitor(person("anna").account), visitor()
    policies = {
        path: who.get(path).headers["Content-Security-Policy"]
        for who, path in (
            (browser, ACCOUNT),
            (browser, "/console/records"),
            (outside, SIGN_IN),
            (outside, "/console/welcome"),
        )
    }
    assert {path for path, policy in policies.items() if "connect-src 'self';" in policy} == {ACCOUNT, SIGN_IN}


def test_where_browsers_offer_no_passkeys_none_are_offered(
    tmp_path: Path, clock: SetClock, visitor: Visitors, person: People
) -> None:
    settings = Settings(data=tmp_path / "by-address", public_url="http://127.0.0.1:7845")
    installation.prepare(settings, clock.now())
    app = create_app(settings, clock=clock)
    page = app.test_client().get(SIGN_IN)
    assert "passkey" not in page.text
    assert "connect-src" not in page.headers["Content-Security-Policy"]
    kernel: Kernel = app.extensions["wayfill"]
    kernel.database.close()


def test_an_administrator_ends_anybodys_session(visitor: Visitors, person: People, kernel: Kernel) -> None:
    anna, root = person("anna"), person("root", administrator=True)
    of_anna = f"/console/people/{anna.account.id}/sessions"
    browser = visitor(anna.account)
    assert browser.get(of_anna).status_code == 403
    assert visitor(root.account).get(f"/console/people/{UUID(int=1)}/sessions").status_code == 404
    page = visitor(root.account).page(of_anna)
    ends = [form.attributes["action"] for form in page.all("form") if form.attributes["action"].endswith("/end")]
    assert len(ends) == 2
    with kernel.database.reading() as session:
        of_root = session.scalars(select(SignedIn.id).where(SignedIn.account_id == root.account.id)).first()
    assert browser.post(f"/console/sessions/{of_root}/end", form=ACCOUNT).status_code == 404
    assert browser.post(ends[0], form=ACCOUNT).status_code == 403
    assert visitor(root.account).post(f"{of_anna}/{of_root}/end", form=ACCOUNT).status_code == 404
    administrator = visitor(root.account)
    for end in ends:
        assert administrator.post(end, form=ACCOUNT).location == of_anna
    assert browser.get(ACCOUNT).status_code == 303
    assert anna.call("GET", "/match-table").status_code == 401

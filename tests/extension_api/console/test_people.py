"""People on the console: found, added with a one-time link, shut out and let in, made administrators; at 10,000 too."""

from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from extension_api import paging
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.people import groups
from extension_api.permissions import FRESH_FOR, Permission
from tests.extension_api.conftest import People, Records
from tests.extension_api.console.conftest import Html, Visitor, Visitors

PEOPLE = "/console/people"
MANY = 10_000


@pytest.fixture
def root(person: People) -> Account:
    return person("root", administrator=True).account


@pytest.fixture
def browser(root: Account, visitor: Visitors) -> Visitor:
    return visitor(root)


def names(page: Html) -> list[str]:
    return [a.text for a in page.all("a") if (a.get("href") or "").startswith(f"{PEOPLE}/")]


def on_record(kernel: Kernel) -> list[tuple[str, str | None, str | None]]:
    with kernel.database.reading() as session:
        found = session.execute(select(Event.action, Event.account_name, Event.detail).order_by(Event.id))
        return [(row.action, row.account_name, row.detail) for row in found if row.action.startswith("account:")]


def of(page: Html, act: str) -> str:
    """Return where the form of an act goes."""
    return next(f.attributes["action"] for f in page.all("form") if f.attributes["action"].endswith(f"/{act}"))


def test_a_person_is_added_and_sets_a_password_by_the_link_that_is_shown_once(
    browser: Visitor, visitor: Visitors, kernel: Kernel
) -> None:
    answer = browser.post(PEOPLE, form=PEOPLE, name="Ännä")
    shown = Html(answer.text)
    link = shown.one("input", id="link").attributes["value"]
    assert link.startswith("http://127.0.0.1:7845/console/welcome#")
    assert "ännä is added" in shown.text
    assert answer.headers["Cache-Control"] == "no-store"
    code = link.partition("#")[2]
    assert code not in browser.page(PEOPLE).source
    assert code not in str(on_record(kernel))
    assert "ännä No password yet" in browser.page(PEOPLE).text
    newcomer = visitor()
    fields = {"code": code, "password": "made-up-password-of-hers", "repeated": "made-up-password-of-hers"}
    assert newcomer.post("/console/welcome", form="/console/welcome", **fields).location == "/console/records"
    assert "ännä Active" in browser.page(PEOPLE).text


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [("ROOT", 409, "named root already"), ("x" * 101, 422, "1 to 100 printable"), (" ", 422, "printable")],
)
def test_a_name_that_cannot_be_stays_typed_with_the_reason(browser: Visitor, name: str, status: int, said: str) -> None:
    answer = browser.post(PEOPLE, form=PEOPLE, name=name, administrator="1")
    assert answer.status_code == status
    page = Html(answer.text)
    assert said in page.one("p", id="refusal").text
    field = page.one("input", id="name")
    assert (field.get("value"), field.get("aria-invalid")) == (name, "true")
    assert page.one("input", name="administrator").get("checked") is not None


def test_adding_an_administrator_asks_for_a_fresh_proof_and_keeps_what_was_typed(
    browser: Visitor, clock: SetClock, kernel: Kernel
) -> None:
    clock.advance(FRESH_FOR)
    answer = browser.post(PEOPLE, form=PEOPLE, name="Bert & co", administrator="1")
    assert (answer.status_code, answer.location.startswith("/console/confirm?next=")) == (303, True)
    again = browser.page(browser.page(answer.location).one("input", name="next").attributes["value"])
    assert again.one("input", id="name").get("value") == "Bert & co"
    assert again.one("input", name="administrator").get("checked") is not None
    assert len(names(again)) == 1, "nobody was added"
    assert browser.post(PEOPLE, form=PEOPLE, name="carl").status_code == 200, "adding somebody alone asks for nothing"
    clock.advance(-FRESH_FOR)
    assert browser.post(PEOPLE, form=PEOPLE, name="Bert & co", administrator="1").status_code == 200
    assert "bert & co No password yet Administrator" in browser.page(PEOPLE).text


def test_a_persons_page_tells_how_they_stand_and_what_they_were_given(
    browser: Visitor, person: People, record: Records, kernel: Kernel, clock: SetClock
) -> None:
    anna = person("anna", password="made-up-password-of-anna").account
    made = record("Ads <b>account</b>", grants={anna: Permission.VIEW})
    with kernel.database.writing() as session:
        crew = groups.add(session, COMMAND_LINE, "crew <i>", now=clock.now())
        groups.add_member(session, COMMAND_LINE, crew, anna, now=clock.now())
    page = browser.page(f"{PEOPLE}/{anna.id}")
    assert page.one("h1").text == "anna"
    for words in ("Active", "Not an administrator", "Signs in with a password", "Signed in at one place", "crew <i>"):
        assert words in page.text
    assert not page.all("b")
    assert not page.all("i")
    assert "Ads <b>account</b> may fill and see the password Permissions" in page.text
    links = {a.attributes["href"] for a in page.all("a")}
    assert links > {
        f"{PEOPLE}/{anna.id}/sessions", f"/console/groups/{crew.id}", f"/console/records/{made.id}/permissions",
    }  # fmt: skip
    sessions = browser.page(f"{PEOPLE}/{anna.id}/sessions")
    assert f"{PEOPLE}/{anna.id}" in {a.attributes["href"] for a in sessions.all("a")}
    assert browser.get(f"{PEOPLE}/{uuid4()}").status_code == 404


def test_dangerous_acts_on_a_person(
    browser: Visitor, person: People, kernel: Kernel, clock: SetClock, visitor: Visitors
) -> None:
    anna = person("anna").account
    page, hers = f"{PEOPLE}/{anna.id}", visitor(anna)
    acts = [
        ("disable", {}, "They are shut out", "account:disable", "anna"),
        ("enable", {}, "They may sign in again", "account:enable", "anna"),
        ("administrator", {"administrator": "1"}, "They administer from", "account:administrator-change",
         "anna: now an administrator"),
        ("administrator", {"administrator": "0"}, "They administer no longer", "account:administrator-change",
         "anna: no longer an administrator"),
    ]  # fmt: skip
    for act, fields, said, action, detail in acts:
        form = browser.page(page)
        fields = fields | {"csrf": form.token}
        before = on_record(kernel)
        clock.advance(FRESH_FOR)
        asked = browser.send(of(form, act), fields)
        assert asked.location == f"/console/confirm?next={page.replace('/', '%2F')}", act
        assert on_record(kernel) == before
        clock.advance(-FRESH_FOR)
        assert browser.send(of(form, act), fields).location == page
        assert said in browser.page(page).text
        assert on_record(kernel)[len(before) :] == [(action, "root", detail)]
    assert hers.get("/console/records").status_code == 303, "no session came back"


def test_who_lost_the_password_gets_a_one_time_link(
    browser: Visitor, person: People, kernel: Kernel, clock: SetClock
) -> None:
    anna = person("anna").account
    page = f"{PEOPLE}/{anna.id}"
    clock.advance(FRESH_FOR)
    assert "/console/confirm" in browser.post(f"{page}/link", form=page).location
    clock.advance(-FRESH_FOR)
    answer = browser.post(f"{page}/link", form=page)
    code = Html(answer.text).one("input", id="link").attributes["value"].partition("#")[2]
    with kernel.database.reading() as session:
        assert accounts.of_setup_code(session, code, now=clock.now()).id == anna.id
    assert on_record(kernel)[-1] == ("account:change", "root", "anna: a link to set a new password")
    assert "A one-time link is good until 16 January 2027, 08:00 UTC" in browser.page(page).text
    browser.post(f"{page}/disable", form=page)
    refused = browser.post(f"{page}/link", form=page)
    assert (refused.status_code, "anna is disabled; enable them first" in refused.text) == (409, True)


def test_the_last_administrator_stays_and_one_who_leaves_is_led_away(
    browser: Visitor, root: Account, person: People
) -> None:
    page = f"{PEOPLE}/{root.id}"
    form = browser.page(page)
    assert "this is you" in form.text
    assert not [f for f in form.all("form") if f.attributes["action"].endswith("/link")], "see Your account"
    for act, fields in (("disable", {}), ("administrator", {"administrator": "0"})):
        refused = browser.send(of(form, act), fields | {"csrf": form.token})
        assert refused.status_code == 409
        assert "root is the last administrator" in Html(refused.text).one("p", role="alert").text
    person("second", administrator=True)
    gone = browser.send(of(form, "administrator"), {"administrator": "0", "csrf": form.token})
    assert gone.location == "/console/records"
    assert browser.get(PEOPLE).status_code == 403


def test_ten_thousand_people_come_by_page_and_by_text(browser: Visitor, kernel: Kernel) -> None:
    rows = [{"id": uuid4(), "name": f"person-{n:05}", "administrator": False, "created_at": 0} for n in range(MANY)]
    with kernel.database.writing() as session:
        session.execute(insert(Account), rows)
    first = browser.page(PEOPLE)
    assert names(first) == [f"person-{n:05}" for n in range(paging.PAGE)]
    more = next(a.attributes["href"] for a in first.all("a") if a.text == "More")
    second = browser.page(more)
    assert names(second) == [f"person-{n:05}" for n in range(paging.PAGE, 2 * paging.PAGE)]
    assert "Back to the first" in second.text
    found = browser.page(f"{PEOPLE}?q=ON-0999")
    assert names(found) == [f"person-{n:05}" for n in range(9990, 10_000)]
    assert names(browser.page(f"{PEOPLE}?q=on-009&after={more.partition('after=')[2]}"))[0] == "person-00900"
    assert "Nobody's name holds “%”" in browser.page(f"{PEOPLE}?q=%25").text
    assert browser.get(f"{PEOPLE}?after=made-up").status_code == 404

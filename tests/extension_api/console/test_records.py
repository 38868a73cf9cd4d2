"""The list of records, a record's linked websites, its people and its history, for those who may see them."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.clock import SetClock
from extension_api.console.record_page import EVENTS_ON_RECORD
from extension_api.console.records import EVENTS_SHOWN, RECORDS_SHOWN
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.vault.models import LinkRow
from tests.extension_api.conftest import People, Records, fill_body
from tests.extension_api.console.conftest import Html, Visitor, Visitors

FIRST, SECOND = "https://ads.example-one.test/", "https://login.example-two.test/"


def address(record_id: object) -> str:
    return f"/console/records/{record_id}"


def link(who: Visitor, record_id: UUID, url: str, strategy: str = "host") -> Html:
    """Link a website on the record's page and return the page that the person then sees."""
    answer = who.post(address(record_id), form=address(record_id), url=url, strategy=strategy)
    if answer.status_code == 303:
        return who.page(answer.location)
    assert answer.status_code in (409, 422)
    return Html(answer.text)


def linked(page: Html) -> list[str]:
    return [element.text for element in page.elements if element.get("class") == "address"]


def titles(page: Html) -> list[str]:
    return [element.text for element in page.all("span", class_="record-title")]


def revision(page: Html) -> int:
    return int(page.one("meta", name="wayfill-revision").attributes["content"])


# The list


def test_a_person_sees_their_own_records_and_an_administrator_all(
    visitor: Visitors, person: People, record: Records
) -> None:
    anna, ada = person("anna").account, person("ada", administrator=True).account
    record("Ads account", grants={anna: Permission.FILL})
    record("Mail")
    assert titles(visitor(anna).page("/console/records")) == ["Ads account"]
    assert titles(visitor(ada).page("/console/records")) == ["Ads account", "Mail"]
    assert "No records yet" in visitor(person("bert").account).page("/console/records").text


@pytest.mark.parametrize(
    ("text", "found"), [("ads", ["Ads account"]), ("EXAMPLE-TWO", ["Mail"]), ("%", []), ("zzz", [])]
)
def test_search(visitor: Visitors, person: People, record: Records, text: str, found: list[str]) -> None:
    ada = person("ada", administrator=True).account
    record("Ads account", linked=())
    record("Mail", linked=((SECOND, "host"),))
    page = visitor(ada).page(f"/console/records?q={text.replace('%', '%25')}")
    if text != "ads":
        assert titles(page) == found
    else:
        assert found[0] in titles(page)
    assert page.one("input", name="q").get("value") == text
    assert ("No record found" in page.text) is (found == [])


def test_more_leads_through_every_record_once(visitor: Visitors, person: People, record: Records) -> None:
    ada = person("ada", administrator=True).account
    made = [record(f"Same: & title {n % 3}", linked=()).id for n in range(2 * RECORDS_SHOWN + 1)]
    browser, path, seen = visitor(ada), "/console/records?q=same", []
    for _ in range(3):
        page = browser.page(path)
        addresses = [e.attributes.get("href", "").rpartition("/") for e in page.all("a")]
        seen += [UUID(last) for before, _, last in addresses if before == "/console/records" and last != "new"]
        more = [element for element in page.all("a", class_="button") if element.text == "More"]
        if more:
            path = more[0].attributes["href"]
    assert not more
    assert sorted(seen) == sorted(made)


def test_a_made_up_cursor_is_no_error_of_ours(visitor: Visitors, person: People) -> None:
    assert visitor(person("anna").account).get("/console/records?after=nonsense").status_code == 404


# Who sees a record


@pytest.mark.parametrize("suffix", ["", "/audit"])
def test_a_record_that_is_not_theirs_answers_as_one_that_is_not(
    visitor: Visitors, person: People, record: Records, suffix: str
) -> None:
    browser = visitor(person("anna").account)
    hidden = browser.get(address(record().id) + suffix)
    missing = browser.get(address(uuid4()) + suffix)
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text == missing.text
    assert set(hidden.headers.keys()) == set(missing.headers.keys())


def test_nor_can_they_write_to_it(visitor: Visitors, person: People, record: Records, kernel: Kernel) -> None:
    browser = visitor(person("anna").account)
    hidden = record()
    with kernel.database.reading() as session:
        link_id = session.scalars(select(LinkRow.id)).one()
    token = browser.page("/console/records").token
    for record_id in (hidden.id, uuid4()):
        for path in (address(record_id), f"{address(record_id)}/links/{link_id}/remove"):
            answer = browser.send(path, {"csrf": token, "url": SECOND, "strategy": "host"})
            assert answer.status_code == 404
    with kernel.database.reading() as session:
        assert session.scalars(select(LinkRow.url)).all() == [FIRST]


def test_nobody_who_is_not_signed_in_learns_anything(visitor: Visitors, record: Records) -> None:
    there, missing = (visitor().get(address(record_id)) for record_id in (record().id, uuid4()))
    assert there.status_code == missing.status_code == 303
    assert there.text.count("Ads") == 0


def test_who_may_only_fill_sees_no_form_and_may_send_none(
    visitor: Visitors, person: People, record: Records, kernel: Kernel
) -> None:
    bert = person("bert").account
    made = record(grants={bert: Permission.FILL})
    browser = visitor(bert)
    page = browser.page(address(made.id))
    assert linked(page) == [FIRST]
    assert [form.get("action") for form in page.all("form")] == ["/console/sign-out"]
    assert not page.all("input", name="url")
    assert "Remove" not in page.text
    with kernel.database.reading() as session:
        link_id = session.scalars(select(LinkRow.id)).one()
    for path in (address(made.id), f"{address(made.id)}/links/{link_id}/remove"):
        answer = browser.send(path, {"csrf": page.token, "url": SECOND, "strategy": "host"})
        assert answer.status_code == 403
    assert linked(browser.page(address(made.id))) == [FIRST]


def test_an_administrator_edits_without_being_able_to_fill(visitor: Visitors, person: People, record: Records) -> None:
    page = link(visitor(person("ada", administrator=True).account), record().id, SECOND)
    assert linked(page) == [FIRST, SECOND]
    assert "may not fill" in page.text


# Linked websites


@pytest.fixture
def editor(person: People) -> Account:
    made: Account = person("anna").account
    return made


@pytest.fixture
def mine(record: Records, editor: Account) -> UUID:
    made: UUID = record(grants={editor: Permission.EDIT}).id
    return made


def test_a_website_is_linked(visitor: Visitors, editor: Account, mine: UUID) -> None:
    browser = visitor(editor)
    before = browser.page(address(mine))
    after = link(browser, mine, "login.example-two.test", "host")
    assert linked(after) == [FIRST, SECOND]
    assert "The website is linked." in after.one("div", role="status").text
    assert revision(after) == revision(before) + 1
    assert [element.text for element in after.all("span", class_="chip accent")] == ["Primary"]
    assert "The website is linked." not in browser.page(address(mine)).text, "said more than once"


def test_what_the_end_to_end_tests_rely_on(visitor: Visitors, editor: Account, mine: UUID) -> None:
    page = visitor(editor).page(address(mine))
    assert "Linked websites" in [element.text for element in page.all("h2")]
    page.one("input", name="url")
    assert [element.get("value") for element in page.all("option")][:2] == ["domain", "host"]
    assert {element.text for element in page.all("button")} == {"Sign out", "Show", "Remove", "Link website"}


@pytest.mark.parametrize(
    ("url", "strategy", "reason"),
    [
        ("https://anna:secret@login.example-two.test/", "host", "user name or password"),
        ("co.uk", "domain", "public suffix"),
        ("ftp://login.example-two.test/", "host", "http"),
        ("", "domain", ""),
        ("https://", "host", ""),
        ("/login", "host", ""),
        ("https://" + "a" * 9000 + ".test/", "host", "8,192"),
        ("login.example-two.test", "regex", "expression"),
        ("login.example-two.test", "nonsense", "nonsense"),
        ("login.example-two.test", "", "strategy"),
    ],
)
def test_a_refused_address_stays_in_the_form_with_its_reason(
    visitor: Visitors, editor: Account, mine: UUID, url: str, strategy: str, reason: str
) -> None:
    browser = visitor(editor)
    page = link(browser, mine, url, strategy)
    field, words = page.one("input", name="url"), page.one("p", id="refusal").text
    assert words.startswith("Not linked:")
    assert len(words) > len("Not linked:  ")
    assert reason in words
    assert field.get("value") == url
    assert (field.get("aria-invalid"), field.get("aria-describedby")) == ("true", "refusal")
    chosen = [element.get("value") for element in page.all("option") if "selected" in element.attributes]
    assert chosen == ([strategy] if strategy in ("domain", "host") else [])
    assert linked(browser.page(address(mine))) == [FIRST]


def test_the_same_link_again_is_a_conflict(visitor: Visitors, editor: Account, mine: UUID) -> None:
    page = link(visitor(editor), mine, "ADS.example-one.test", "domain")
    assert "is linked to this record already" in page.one("p", id="refusal").text
    assert page.one("input", name="url").get("value") == "ADS.example-one.test"
    assert linked(page) == [FIRST]


def test_a_link_is_removed(visitor: Visitors, editor: Account, mine: UUID, clock: SetClock) -> None:
    browser = visitor(editor)
    page = link(browser, mine, SECOND)
    clock.advance(3600)
    forms = [form for form in page.all("form") if form.attributes["action"].endswith("/remove")]
    answer = browser.post(forms[0].attributes["action"], form=address(mine))
    assert answer.location == address(mine)
    after = browser.page(answer.location)
    assert linked(after) == [SECOND]
    assert "The link is removed." in after.one("div", role="status").text
    assert revision(after) == revision(page) + 1
    assert browser.post(forms[0].attributes["action"], form=address(mine)).status_code == 404


def test_a_link_of_another_record_cannot_be_removed_through_ones_own(
    visitor: Visitors, editor: Account, mine: UUID, record: Records, kernel: Kernel
) -> None:
    other = record("Other", linked=((SECOND, "host"),))
    with kernel.database.reading() as session:
        link_id = session.scalars(select(LinkRow.id).where(LinkRow.record_id == other.id)).one()
    browser = visitor(editor)
    answer = browser.post(f"{address(mine)}/links/{link_id}/remove", form=address(mine))
    assert answer.status_code == 404
    with kernel.database.reading() as session:
        assert session.get(LinkRow, link_id) is not None


def test_the_popups_address_is_put_into_the_form_and_nothing_more(
    visitor: Visitors, editor: Account, mine: UUID
) -> None:
    browser = visitor(editor)
    page = browser.page(f"{address(mine)}?link=https%3A%2F%2Flogin.example-two.test%2Fstep%3Fa%3D1%26b")
    assert page.one("input", name="url").get("value") == "https://login.example-two.test/step?a=1&b"
    assert [e.get("value") for e in page.all("option") if "selected" in e.attributes] == ["host"]
    assert linked(page) == [FIRST]


# People and history


def test_people_are_named_with_what_they_may(
    visitor: Visitors, person: People, record: Records, editor: Account
) -> None:
    bert = person("bert").account
    made = record(grants={editor: Permission.MANAGE, bert: Permission.FILL})
    people = visitor(editor).page(address(made.id)).one("ul", class_="people").text
    assert "anna" in people
    assert "may edit and give access" in people
    assert "bert" in people
    assert "may fill" in people


def test_the_history_says_who_what_where_and_when(
    visitor: Visitors, person: People, record: Records, editor: Account
) -> None:
    bert = person("bert")
    made = record(grants={editor: Permission.EDIT, bert.account: Permission.FILL})
    assert bert.call("POST", "/fill", json=fill_body(made.id, FIRST)).status_code == 200
    assert bert.call("POST", "/fill", json=fill_body(made.id, SECOND)).status_code == 403
    browser = visitor(editor)
    link(browser, made.id, SECOND)
    rows = [" ".join(row.text.split()) for row in browser.page(f"{address(made.id)}/audit").all("tr")][1:]
    when = "15 January 2027, 08:00 UTC"
    assert rows[0] == f"Linked a website {SECOND} (host) anna \N{EN DASH} Firefox on Linux from 127.0.0.1 {when}"
    assert rows[1].startswith("Fill refused: the page is not linked bert login.example-two.test test from 127.0.0.1")
    assert rows[2].startswith("Filled username, password")
    assert "bert ads.example-one.test test from 127.0.0.1" in rows[2]
    assert rows[-1] == f"Added the record Ads account On the server \N{EN DASH} command line {when}"
    times = browser.page(f"{address(made.id)}/audit").all("time")
    assert times[0].attributes["datetime"] == "2027-01-15T08:00:00Z"
    newest = " ".join(browser.page(address(made.id)).one("ol", class_="timeline").text.split())
    assert newest.count("UTC") == EVENTS_ON_RECORD
    assert newest.startswith("Linked a website")
    assert "made-up-record-secret" not in "".join(rows)


def test_who_may_only_fill_sees_their_own_acts_alone(
    visitor: Visitors, person: People, record: Records, editor: Account
) -> None:
    bert, cora = person("bert"), person("cora")
    made = record(grants={editor: Permission.EDIT, bert.account: Permission.FILL, cora.account: Permission.FILL})
    for someone in (bert, cora):
        someone.call("POST", "/fill", json=fill_body(made.id, FIRST))
    for path in (address(made.id), f"{address(made.id)}/audit"):
        for container in visitor(bert.account).page(path).all("tbody") + visitor(bert.account).page(path).all("ol"):
            assert "cora" not in container.text
        assert "Filled" in visitor(bert.account).page(path).text
        assert "Your use of it" in visitor(bert.account).page(path).text


@pytest.fixture
def happen(kernel: Kernel) -> Callable[[UUID, int], None]:
    def make(record_id: UUID, count: int) -> None:
        with kernel.database.writing() as session:
            for n in range(count):
                actor = Actor(name="anna", address="127.0.0.1", device="test")
                audit.record(
                    session, actor, Action.FILL_GRANT, now=kernel.clock.now(), record_id=record_id, detail=f"event-{n}."
                )

    return make


def test_older_leads_through_the_whole_history(
    visitor: Visitors, editor: Account, mine: UUID, happen: Callable[[UUID, int], None]
) -> None:
    happen(mine, 2 * EVENTS_SHOWN)
    browser, path, seen = visitor(editor), f"{address(mine)}/audit", ""
    for _ in range(3):
        page = browser.page(path)
        seen += page.one("tbody").text
        older = [element for element in page.all("a", class_="button") if element.text == "Older"]
        if older:
            path = f"{older[0].attributes['href']}"
    assert not older
    assert all(seen.count(f"event-{n}.") == 1 for n in range(2 * EVENTS_SHOWN))
    assert seen.count("Added the record") == 1


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "٣", ""])
def test_a_made_up_place_in_the_history_is_the_newest(
    visitor: Visitors, editor: Account, mine: UUID, before: str
) -> None:
    assert "Added the record" in visitor(editor).page(f"{address(mine)}/audit?before={before}").text

"""A record on the console: made, changed, looked at, given back, removed.

Nothing of anybody's is lost unseen, nothing is shown that is not on record, and what was typed comes back with every
refusal.
"""

import json
from uuid import UUID

import pytest
from sqlalchemy import select

from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.vault.models import OldValue, Record, SealedField
from tests.extension_api.conftest import People, Records
from tests.extension_api.console.conftest import Html, Visitors

NEW = "/console/records/new"
SECRET = "made-up-record-secret"
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture
def anna(person: People) -> Account:
    made: Account = person("anna").account
    return made


def of(record_id: UUID) -> str:
    return f"/console/records/{record_id}"


def shown(kernel: Kernel) -> list[tuple[str | None, str, str | None]]:
    """Return who looked at what, as the audit has it."""
    with kernel.database.reading() as session:
        wanted = select(Event.account_name, Event.action, Event.detail).where(Event.action == "record:view")
        return [(name, action, detail) for name, action, detail in session.execute(wanted.order_by(Event.id))]


def test_a_record_with_every_kind_of_field_is_made(visitor: Visitors, anna: Account, kernel: Kernel) -> None:
    browser = visitor(anna)
    page = browser.page(NEW)
    assert "It goes into your personal list" in page.text
    assert page.one("input", name="password").get("type") == "password"
    answer = browser.submit(
        NEW,
        title="Ads <i>account</i>",
        username="ads@example-one.test",
        url="ads.example-one.test",
        password="made-up-one",
        one_time_secret=TOTP,
        notes="two\r\nlines",
        **{"extra-0-name": "Customer", "extra-0-value": "12 <b>"},
    )
    record = browser.page(answer.location)
    assert (record.one("h1").text, "The record is added." in record.text) == ("Ads <i>account</i>", True)
    assert [e.text for e in record.all("dt")] == ["Customer", "Notes", "One-time code secret", "Password"]
    assert "https://ads.example-one.test/" in [e.text for e in record.all("a", class_="address")]
    hidden = record.source
    for secret in ("made-up-one", TOTP, "two", "12 &lt;b&gt;"):
        assert secret not in hidden
    told = {}
    for name in ("extra:Customer", "notes", "one_time_secret", "password"):
        answered = browser.post(f"{answer.location}/reveal", form=answer.location, field=name)
        told[name] = Html(answered.text).one("code", class_="value").text
        assert answered.headers["Cache-Control"] == "no-store"
    assert told == {
        "extra:Customer": "12 <b>", "notes": "two\nlines", "one_time_secret": TOTP, "password": "made-up-one",
    }  # fmt: skip
    assert [(who, detail) for who, _, detail in shown(kernel)] == [("anna", name) for name in told]
    assert browser.post(f"{answer.location}/reveal", form=answer.location, field="made up").status_code == 404


REFUSED = (
    ({"title": ""}, "title has 1 to 200"),
    ({"title": "x" * 201}, "title has 1 to 200"),
    ({"username": "a\nb"}, "line break"),
    ({"url": "co.uk"}, "co.uk is a public suffix"),
    ({"url": "ftp://x.test", "strategy": "host"}, "http"),
    ({"one_time_secret": "not base32!"}, "secret"),
    ({"password": "x" * 10_001}, "10000"),
    ({"extra-0-name": "", "extra-0-value": "v"}, "needs both its name and what it holds"),
    ({"extra-0-name": "n" * 81, "extra-0-value": "v"}, "80"),
    (
        {"extras": "2", "extra-0-name": "n", "extra-0-value": "v", "extra-1-name": "n ", "extra-1-value": "w"},
        "same name",
    ),
)


def test_what_is_refused_keeps_nothing_and_comes_back_as_typed(
    visitor: Visitors, anna: Account, kernel: Kernel
) -> None:
    browser = visitor(anna)
    for changes, reason in REFUSED:
        typed = {"title": "Ads", "username": "ann", "url": "ads.test", "password": "typed-<1>", "notes": "n"} | changes
        answer = browser.submit(NEW, **typed)
        page = Html(answer.text)
        assert (answer.status_code, reason in page.one("p", id="refusal").text) == (422, True), changes
        stands = page.fields(NEW)
        assert {name: stands[name] for name in typed} == typed, changes
        assert "typed" not in str(answer.headers)
    with kernel.database.reading() as session:
        assert session.scalars(select(Record)).all() == []


def test_a_password_is_drawn_and_a_field_added_without_a_script(visitor: Visitors, anna: Account) -> None:
    browser = visitor(anna)
    drawn = Html(browser.submit(NEW, act="generate", title="Ads", url="ads.test").text)
    first = drawn.fields(NEW)
    assert (first["title"], first["url"], len(first["password"]) >= 20) == ("Ads", "ads.test", True)
    assert drawn.one("input", name="password").get("type") == "text"
    assert f"A new password of {len(first['password'])} characters" in drawn.text
    again = Html(browser.send(NEW, first | {"act": "generate"}).text).fields(NEW)
    assert again["password"] != first["password"]
    more = Html(browser.send(NEW, again | {"act": "more", "extra-0-name": "n"}).text).fields(NEW)
    assert (more["extras"], more["extra-0-name"], more["extra-1-name"]) == ("2", "n", "")
    assert more["password"] == again["password"]
    by_script = browser.post("/console/generate", form=NEW, url="no address at all")
    assert by_script.content_type == "application/json"
    assert by_script.headers["Cache-Control"] == "no-store"
    assert len(json.loads(by_script.text)["password"]) >= 20


@pytest.fixture
def made(record: Records, anna: Account) -> Record:
    found: Record = record(grants={anna: Permission.MANAGE})
    return found


def test_only_what_was_changed_is_written(visitor: Visitors, anna: Account, made: Record, kernel: Kernel) -> None:
    browser, path = visitor(anna), of(made.id)
    page = browser.page(f"{path}/edit")
    assert SECRET not in page.source
    assert page.fields(f"{path}/edit")["password"] == ""
    same = browser.submit(f"{path}/edit")
    assert "You changed nothing" in browser.page(same.location).text
    changed = browser.submit(f"{path}/edit", title="Ads two", password="made-up-two", notes="a note")
    assert "The record is changed." in browser.page(changed.location).text
    with kernel.database.reading() as session:
        record = session.get_one(Record, made.id)
        old = session.scalars(
            select(OldValue.field).where(OldValue.record_id == made.id).order_by(OldValue.field)
        ).all()
        assert (record.title, record.username, record.version) == ("Ads two", made.username, 2)
    assert old == ["password", "title"]
    gone = browser.submit(f"{path}/edit", **{"remove-notes": "1"})
    assert [e.text for e in browser.page(gone.location).all("dt")] == ["Password"]
    wrong = browser.submit(f"{path}/edit", title="", password="typed-again")
    again = Html(wrong.text).fields(f"{path}/edit")
    assert (wrong.status_code, again["title"], again["password"]) == (422, "", "typed-again")


def test_a_value_is_shown_in_its_field_to_who_may_view_and_on_record(
    visitor: Visitors, anna: Account, person: People, record: Records, kernel: Kernel
) -> None:
    ada = person("ada", administrator=True).account
    made = record(grants={anna: Permission.EDIT})
    path = f"{of(made.id)}/edit"
    answered = visitor(anna).submit(path, act="show:password", title="typed")
    kept = Html(answered.text).fields(path)
    assert (kept["password"], kept["title"]) == (SECRET, "typed")
    assert shown(kernel) == [("anna", "record:view", "password")]
    for refused in (
        visitor(ada).submit(path, act="show:password"),
        visitor(ada).post(f"{of(made.id)}/reveal", form=path, field="password"),
    ):
        assert (refused.status_code, SECRET in refused.text) == (403, False)
    assert not [button for button in visitor(ada).page(path).all("button") if button.text == "Show"]
    assert len(shown(kernel)) == 1


def test_who_was_too_late_is_told_what_changed_and_loses_nothing(
    visitor: Visitors, anna: Account, person: People, record: Records, kernel: Kernel
) -> None:
    bert = person("bert").account
    made = record(grants={anna: Permission.EDIT, bert: Permission.EDIT})
    path = f"{of(made.id)}/edit"
    mine, theirs = visitor(anna), visitor(bert)
    opened = mine.page(path).fields(path)
    extra = {"extra-0-name": "Customer", "extra-0-value": "12", "extras": "1"}
    theirs.submit(path, title="Their title", password="their-password", **extra)
    late = mine.send(path, opened | {"username": "mine@example.test", "password": "my-password"})
    page = Html(late.text)
    assert late.status_code == 412
    words = " ".join(page.one("section", id="refusal").text.split())
    assert "nothing of yours is kept yet" in words
    assert "Title: replaced by bert, 15 January 2027, 08:00 UTC; it is “Their title” now" in words
    assert "Password: replaced by bert" in words
    assert "Customer: added" in words
    assert "their-password" not in page.source
    with kernel.database.reading() as session:
        record_now = session.get_one(Record, made.id)
        assert (record_now.title, record_now.username) == ("Their title", made.username)
    again = page.fields(path)
    assert (again["title"], again["username"], again["password"]) == ("Their title", "mine@example.test", "my-password")
    assert again["extra-0-name"] == "Customer"
    assert mine.send(path, again).status_code == 303
    with kernel.database.reading() as session:
        record_now = session.get_one(Record, made.id)
        assert (record_now.title, record_now.username) == ("Their title", "mine@example.test")
        assert set(session.scalars(select(SealedField.name))) == {"password", "extra:Customer"}
    told = mine.post(f"{of(made.id)}/reveal", form=path, field="password")
    assert Html(told.text).one("code", class_="value").text == "my-password"


def test_an_earlier_value_is_looked_at_and_given_back(
    visitor: Visitors, anna: Account, made: Record, kernel: Kernel
) -> None:
    browser, path = visitor(anna), of(made.id)
    assert "Nothing has been replaced yet" in browser.page(f"{path}/history").text
    browser.submit(f"{path}/edit", password="made-up-two")
    page = browser.page(f"{path}/history")
    assert SECRET not in page.source
    (row,) = [" ".join(each.text.split()) for each in page.all("tr")[1:]]
    assert row.startswith("Password until version 1 15 January 2027, 08:00 UTC anna"), row
    actions = [
        form.attributes["action"]
        for form in page.all("form", method="post")
        if "/history/" in form.attributes["action"]
    ]
    reveal, restore = (next(a.partition("#")[0] for a in actions if each in a) for each in ("/reveal", "/restore"))
    answered = Html(browser.post(reveal, form=f"{path}/history").text)
    assert answered.one("code", class_="value").text == SECRET
    assert [action for _, action, _ in shown(kernel)] == ["record:view"]
    # Somebody changes the record while the page is open: nothing is given back unseen.
    stale = page.fields(restore)
    browser.submit(f"{path}/edit", title="Another")
    late = browser.send(restore, stale)
    assert (late.status_code, "Somebody changed this record" in Html(late.text).text) == (412, True)
    done = browser.submit(f"{path}/history", restore)
    assert "The earlier value is back." in browser.page(done.location).text
    told = browser.post(f"{path}/reveal", form=path, field="password")
    assert Html(told.text).one("code", class_="value").text == SECRET
    kept = [" ".join(each.text.split()) for each in browser.page(f"{path}/history").all("tr")[1:]]
    assert [row.partition(" until")[0] for row in kept] == ["Password", "Title", "Password"]


def test_a_record_is_removed_with_all_that_goes_with_it_said_before(
    visitor: Visitors, anna: Account, made: Record, kernel: Kernel
) -> None:
    browser, path = visitor(anna), of(made.id)
    browser.submit(f"{path}/edit", password="made-up-two")
    page = browser.page(f"{path}/remove")
    listed = [" ".join(item.text.split()) for item in page.all("li")]
    assert listed[-3:] == [
        "one sealed value, and one earlier value",
        "one linked website, which it is filled on no more",
        "one permission on this record alone",
    ]
    stale = page.fields(f"{path}/remove")
    browser.submit(f"{path}/edit", title="Changed since")
    late = browser.send(f"{path}/remove", stale)
    assert (late.status_code, "Look at it again before you remove it" in Html(late.text).text) == (412, True)
    assert browser.submit(f"{path}/remove").location == "/console/records"
    assert browser.get(path).status_code == 404
    with kernel.database.reading() as session:
        for table in (Record, SealedField, OldValue):
            assert session.scalars(select(table)).all() == []
        last = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
        assert (last.account_name, last.action) == ("anna", "record:remove")


def test_what_each_level_may_do_here(visitor: Visitors, person: People, record: Records) -> None:
    levels = {level: person(f"holds-{level.name.lower()}").account for level in Permission}
    path = of(record(grants={account: level for level, account in levels.items()}).id)
    parts = {"edit": Permission.EDIT, "history": Permission.VIEW, "remove": Permission.MANAGE, "move": None}
    for level, account in levels.items():
        browser = visitor(account)
        page = browser.page(path)
        for part, least in parts.items():
            allowed = least is not None and level >= least
            offered = f"{path}/{part}" in {a.get("href") for a in page.all("a")}
            assert (browser.get(f"{path}/{part}").status_code, offered) == ((200, True) if allowed else (403, False)), (
                part
            )
        assert bool([button for button in page.all("button") if button.text == "Show"]) is (level >= Permission.VIEW)
        revealed = browser.post(f"{path}/reveal", form=path, field="password")
        assert (SECRET in revealed.text) is (level >= Permission.VIEW)
        assert f"{path}/chain" in {a.get("href") for a in page.all("a")}, (
            "where this login goes is told to whoever sees it"
        )


def test_nothing_of_it_is_typed_into_an_address(
    visitor: Visitors, anna: Account, made: Record, clock: SetClock
) -> None:
    browser, path = visitor(anna), f"{of(made.id)}/edit"
    fields = browser.page(path).fields(path) | {"password": "typed-secret", "notes": "typed-secret"}
    old = browser.send(path, fields | {"csrf": "old"})
    assert (old.status_code, "typed-secret" in old.text) == (403, False)
    clock.advance(400 * 24 * 3600)
    signed_out = browser.send(path, fields)
    assert signed_out.status_code == 303
    assert "typed-secret" not in signed_out.location
    assert signed_out.location.startswith("/console/sign-in?next=")

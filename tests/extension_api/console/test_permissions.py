"""Permissions on the console: given, changed, taken; who can fill a record and why. Told to whom the API tells it."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from extension_api import paging
from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.people import groups
from extension_api.permissions import FRESH_FOR, Permission
from extension_api.vault.grants import give
from extension_api.vault.models import Record, RecordList
from tests.extension_api.conftest import People, Records
from tests.extension_api.console.conftest import Html, Visitors


@pytest.fixture
def made(record: Records) -> Record:
    return record("Ads <b>account</b>", list_name="Team <i>")


@pytest.fixture
def crew(kernel: Kernel, person: People) -> UUID:
    """Make a group to which gina belongs."""
    gina, now = person("gina").account, kernel.clock.now()
    with kernel.database.writing() as session:
        group = groups.add(session, COMMAND_LINE, "crew", now=now)
        groups.add_member(session, COMMAND_LINE, group, session.get_one(Account, gina.id), now=now)
        return group.id


def grant(kernel: Kernel, holder: Account | UUID, target: Record | UUID, level: Permission) -> None:
    with kernel.database.writing() as session:
        to = groups.require(session, holder) if isinstance(holder, UUID) else session.get_one(Account, holder.id)
        on = session.get_one(RecordList, target) if isinstance(target, UUID) else target
        give(session, COMMAND_LINE, to, on, level, now=kernel.clock.now())


def given(page: Html) -> list[tuple[str, str]]:
    """Return who holds what here: each row's form, as it would be sent unchanged."""
    found, name = [], ""
    for element in page.elements:
        if element.tag == "input" and element.get("name") == "name" and element.get("type") == "hidden":
            name = element.attributes["value"]
        if element.tag == "option" and element.get("selected") is not None and name:
            found.append((name, element.attributes["value"]))
            name = ""
    return found


def rows(page: Html) -> list[str]:
    return [" ".join(row.text.split()) for row in page.all("tr")[1:]]


def on_record(kernel: Kernel) -> list[str | None]:
    with kernel.database.reading() as session:
        wanted = Event.action.startswith("permission:"), Event.account_name.is_not(None)
        return list(session.scalars(select(Event.detail).where(*wanted).order_by(Event.id)))


def test_a_manager_gives_changes_and_takes(
    visitor: Visitors, person: People, made: Record, crew: UUID, kernel: Kernel, clock: SetClock
) -> None:
    mona, anna = person("mona").account, person("anna").account
    grant(kernel, mona, made, Permission.MANAGE)
    browser, path = visitor(mona), f"/console/records/{made.id}/permissions"
    # Who manages the record gives what is theirs; only who merely administers is asked to confirm.
    clock.advance(FRESH_FOR)
    assert visitor(anna).get(f"/console/records/{made.id}").status_code == 404
    for kind, name, level in (("person", "ANNA", "fill"), ("group", "crew", "view"), ("person", "anna", "edit")):
        assert browser.post(path, form=path, kind=kind, name=name, level=level).location == path
        assert "Access is given" in browser.page(path).text
    page = browser.page(path)
    assert given(page) == [("anna", "edit"), ("crew", "view"), ("mona", "manage")]
    assert "crew Group" in page.text
    assert (page.all("b"), page.all("i")) == ([], [])
    assert visitor(anna).get(f"/console/records/{made.id}").status_code == 200
    take = [f.attributes["action"] for f in page.all("form") if f.attributes["action"].endswith("/take")]
    assert browser.send(take[0], {"csrf": page.token}).location == path
    assert visitor(anna).get(f"/console/records/{made.id}").status_code == 404
    assert browser.send(take[0], {"csrf": page.token}).status_code == 404
    details = ["anna: fill", "group crew: view", "anna: edit", "anna: edit"]
    assert on_record(kernel) == details


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"kind": "person", "name": "nobody", "level": "view"}, 404, "There is no person named nobody."),
        ({"kind": "group", "name": "nobody", "level": "view"}, 404, "There is no group named nobody."),
        ({"kind": "person", "name": "", "level": "view"}, 422, "1 to 100 printable"),
        ({"kind": "person", "name": "x" * 101, "level": "view"}, 422, "1 to 100 printable"),
        ({"kind": "person", "name": "mona", "level": "own"}, 422, "Choose what they may do."),
    ],
)
def test_what_cannot_be_given_stays_typed(
    visitor: Visitors, person: People, made: Record, kernel: Kernel, fields: dict[str, str], status: int, said: str
) -> None:
    mona = person("mona").account
    grant(kernel, mona, made, Permission.MANAGE)
    path = f"/console/records/{made.id}/permissions"
    answer = visitor(mona).post(path, form=path, **fields)
    page = Html(answer.text)
    assert answer.status_code == status
    assert said in page.one("p", id="refusal").text
    assert page.one("input", id="name").get("value") == fields["name"]
    assert on_record(kernel) == []


def test_an_administrator_confirms_first_and_finds_the_form_as_it_was(
    visitor: Visitors, person: People, made: Record, crew: UUID, kernel: Kernel, clock: SetClock
) -> None:
    browser = visitor(person("root", administrator=True).account)
    for path in (f"/console/records/{made.id}/permissions", f"/console/lists/{made.list_id}/permissions"):
        clock.advance(FRESH_FOR)
        asked = browser.post(path, form=path, kind="group", name="crew", level="manage")
        back = browser.page(asked.location).one("input", name="next").attributes["value"]
        assert back.startswith(f"{path}?")
        page = browser.page(back)
        assert page.one("input", id="name").get("value") == "crew"
        chosen = [o.attributes["value"] for o in page.all("option") if o.get("selected") is not None]
        assert chosen[-2:] == ["group", "manage"]
        clock.advance(-FRESH_FOR)
        assert browser.post(path, form=path, kind="group", name="crew", level="manage").location == path
        assert given(browser.page(path)) == [("crew", "manage")]
    assert on_record(kernel) == ["group crew: manage", "group crew: manage, on the list Team <i>"]


def test_who_gives_their_own_right_away_is_led_to_where_they_may_be(
    visitor: Visitors, person: People, made: Record, kernel: Kernel
) -> None:
    mona = person("mona").account
    grant(kernel, mona, made, Permission.MANAGE)
    path, browser = f"/console/records/{made.id}/permissions", visitor(mona)
    gone = browser.post(path, form=path, kind="person", name="mona", level="edit")
    assert (gone.location, browser.get(path).status_code) == ("/console/records", 403)


def test_what_comes_from_the_list_stands_on_the_records_page(
    visitor: Visitors, person: People, made: Record, crew: UUID, kernel: Kernel
) -> None:
    mona, lena = person("mona").account, person("lena").account
    grant(kernel, mona, made, Permission.MANAGE)
    grant(kernel, lena, made.list_id, Permission.MANAGE)
    grant(kernel, crew, made.list_id, Permission.FILL)
    path = f"/console/records/{made.id}/permissions"
    of_lena = visitor(lena).page(path)
    assert "From its list Given on the list “Team <i>”" in of_lena.text
    assert rows(of_lena)[-2:] == ["crew Group may fill", "lena may edit and give access"]
    assert f"/console/lists/{made.list_id}/permissions" in {a.get("href") for a in of_lena.all("a")}
    of_guest = visitor(mona).page(path)
    assert "Team" not in of_guest.text
    assert "lena" not in of_guest.text
    grant(kernel, mona, made.list_id, Permission.FILL)
    seeing = visitor(mona).page(path)
    assert "Whoever holds the list “Team <i>” holds the same" in seeing.text
    assert "lena" not in seeing.text
    assert given(visitor(lena).page(f"/console/lists/{made.list_id}/permissions")) == [
        ("crew", "fill"), ("lena", "manage"), ("mona", "fill"),
    ]  # fmt: skip


def test_who_can_fill_it_and_why(
    visitor: Visitors, person: People, made: Record, crew: UUID, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    edna, dora = person("edna").account, person("dora").account
    root = person("root", administrator=True).account
    grant(kernel, edna, made, Permission.EDIT)
    grant(kernel, dora, made.list_id, Permission.VIEW)
    grant(kernel, crew, made, Permission.VIEW)
    grant(kernel, crew, made.list_id, Permission.EDIT)
    with kernel.database.writing() as session:
        session.get_one(Account, dora.id).disabled_at = kernel.clock.now()
    path = f"/console/records/{made.id}/people"
    page = visitor(root).page(path)
    by_list, by_record = "By the group “crew”, on its list “Team <i>”", "By the group “crew”, on this record"
    assert rows(page) == [
        "dora Disabled: cannot sign in may fill and see the password Given on its list “Team <i>”",
        "edna may edit Given on this record",
        f"gina may edit {by_list} may edit {by_record} may fill and see the password",
    ]
    assert f"/console/people/{edna.id}" in {a.get("href") for a in page.all("a")}
    of_guest = visitor(edna).page(path)
    assert rows(of_guest) == [
        "edna may edit Given on this record",
        "gina may fill and see the password By the group “crew”, on this record",
    ]
    assert "whoever can fill it by its list is not shown" in of_guest.text
    assert not [a for a in of_guest.all("a") if "/people/" in (a.get("href") or "")]
    assert "Permissions" not in of_guest.text
    of_list = visitor(root).page(f"/console/lists/{made.list_id}/people")
    assert rows(of_list)[1] == "gina may edit By the group “crew”, on the list “Team <i>”"
    monkeypatch.setattr(paging, "PAGE", 2)
    first = visitor(root).page(path)
    more = next(a.attributes["href"] for a in first.all("a") if a.text == "More")
    assert [len(rows(first)), rows(visitor(root).page(more))[0].partition(" ")[0]] == [2, "gina"]


def test_each_page_is_for_those_whom_the_api_tells(
    visitor: Visitors, person: People, made: Record, kernel: Kernel
) -> None:
    below = {Permission.FILL: (403, 403), Permission.VIEW: (403, 403), Permission.EDIT: (403, 200)}
    for level, expected in {**below, Permission.MANAGE: (200, 200)}.items():
        someone = person(f"holds-{level.name.lower()}")
        grant(kernel, someone.account, made, level)
        browser = visitor(someone.account)
        for part, status in zip(("permissions", "people"), expected, strict=True):
            assert browser.get(f"/console/records/{made.id}/{part}").status_code == status, (level, part)
            assert someone.call("GET", f"/records/{made.id}/{part}").status_code == status, (level, part)
        page = browser.page(f"/console/records/{made.id}")
        told = level >= Permission.EDIT
        assert ("Who may use this record" in page.text) is told
        assert ("holds-fill" in page.one("main").text) is told
        links = {a.get("href") for a in page.all("a")}
        assert (f"/console/records/{made.id}/people" in links) is told
        assert (f"/console/records/{made.id}/permissions" in links) is (level is Permission.MANAGE)
    stranger = visitor(person("stranger").account)
    for path in (f"records/{made.id}", f"lists/{made.list_id}", f"records/{uuid4()}", f"lists/{uuid4()}"):
        for part in ("permissions", "people"):
            assert stranger.get(f"/console/{path}/{part}").status_code == 404

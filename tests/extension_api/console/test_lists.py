"""Folders and lists on the console: browsing, adding, renaming, moving and removing them.

Each refusal comes with its reason and with what was typed. Who may not do a thing is told so, who may not know of it is
told nothing.
"""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.console import browsing
from extension_api.kernel import Kernel
from extension_api.permissions import FRESH_FOR, Permission
from extension_api.vault import folders, lists
from extension_api.vault.grants import give
from extension_api.vault.models import Folder, Record, RecordList
from tests.extension_api.conftest import People, Records
from tests.extension_api.console.conftest import Html, Visitor, Visitors

LISTS = "/console/lists"


@pytest.fixture
def ada(person: People) -> Account:
    made: Account = person("ada", administrator=True).account
    return made


@pytest.fixture
def anna(person: People) -> Account:
    made: Account = person("anna").account
    return made


def add_folder(kernel: Kernel, name: str, inside: UUID | None = None) -> UUID:
    with kernel.database.writing() as session:
        parent = session.get_one(Folder, inside) if inside else None
        return folders.add(session, COMMAND_LINE, name, parent, now=kernel.clock.now()).id


def add_list(kernel: Kernel, name: str, inside: UUID | None = None, **holders: tuple[Account, Permission]) -> UUID:
    with kernel.database.writing() as session:
        folder = session.get_one(Folder, inside) if inside else None
        made = lists.add(session, COMMAND_LINE, name, folder, now=kernel.clock.now())
        for account, level in holders.values():
            give(session, COMMAND_LINE, account, made, level, now=kernel.clock.now())
        return made.id


def names(page: Html) -> list[str]:
    return [element.text for element in page.all("span", class_="record-title")]


def on_record(kernel: Kernel, start: str) -> list[tuple[str | None, str, str | None]]:
    with kernel.database.reading() as session:
        found = session.execute(
            select(Event.account_name, Event.action, Event.detail).where(Event.action.startswith(start))
        )
        return [(name, action, detail) for name, action, detail in found if name]


def placed(page: Html) -> str:
    """Return the trail above the heading."""
    return " ".join(page.one("p", class_="trail").text.split())


def refused(answer: object) -> str:
    page = Html(answer.text)  # type: ignore[attr-defined]  # a test's answer
    return " ".join(page.one("p", id="refusal").text.split())


def test_a_list_is_added_named_moved_and_removed(
    visitor: Visitors, anna: Account, kernel: Kernel, clock: SetClock
) -> None:
    shared = add_folder(kernel, "Marketing")
    add_list(kernel, "Known", shared, anna=(anna, Permission.FILL))
    browser = visitor(anna)
    added = browser.submit(f"{LISTS}/new?folder={shared}", f"{LISTS}/new", name="  Ads <b>  ")
    page = browser.page(added.location)
    assert (page.one("h1").text, placed(page)) == ("Ads <b>", "Lists / Marketing")
    assert "You may edit and give access" in page.text
    assert "The list is added, and you manage it." in page.one("div", role="status").text
    path = added.location
    assert browser.submit(f"{path}/rename", name="Campaigns").location == path
    assert browser.page(path).one("h1").text == "Campaigns"
    at_the_top = browser.page(f"{path}/move")
    assert "Marketing" in [element.text for element in at_the_top.all("span", class_="record-title")]
    inside = browser.page(f"{path}/move?in={shared}")
    assert "It lies here now" in inside.text
    assert not [element for element in inside.all("button") if element.text == "Move here"]
    assert browser.submit(f"{path}/move").location == path
    assert placed(browser.page(path)) == "Lists"
    assert browser.submit(f"{path}/move?in={shared}", f"{path}/move").location == path
    assert placed(browser.page(path)) == "Lists / Marketing"
    asked = browser.page(f"{path}/remove")
    assert "no record goes with it, but one permission on it" in asked.text
    assert browser.submit(f"{path}/remove").location == LISTS, "the folder may be none that they know of now"
    assert browser.get(path).status_code == 404
    acts = [(action.removeprefix("list:"), who) for who, action, _ in on_record(kernel, "list:")]
    assert acts == [("add", "anna"), ("change", "anna"), ("change", "anna"), ("change", "anna"), ("remove", "anna")]


def test_folders_are_an_administrators(visitor: Visitors, ada: Account, anna: Account, kernel: Kernel) -> None:
    browser = visitor(ada)
    added = browser.submit("/console/folders/new", name="Sales")
    sales = added.location
    below = browser.submit(f"/console/folders/new?folder={sales.rpartition('/')[2]}", "/console/folders/new", name="EU")
    assert placed(browser.page(below.location)) == "Lists / Sales"
    assert browser.submit(f"{below.location}/rename", name="Europe").location == below.location
    inner = below.location.rpartition("/")[2]
    itself = browser.submit(f"{sales}/move?in={inner}", f"{sales}/move")
    assert (itself.status_code, "cannot lie below itself" in Html(itself.text).text) == (409, True)
    full = browser.post(f"{sales}/remove", form=LISTS)
    assert full.status_code == 409
    assert "This folder holds 1 folder. Move or remove what it holds first." in Html(full.text).text
    assert browser.submit(f"{below.location}/move").location == below.location
    assert names(browser.page(LISTS)) == ["Europe", "Sales"]
    assert browser.submit(f"{sales}/remove").location == LISTS
    assert names(browser.page(LISTS)) == ["Europe"]
    assert {who for who, _, _ in on_record(kernel, "folder:")} == {"ada"}
    other = visitor(anna)
    assert [element.text for element in other.page(LISTS).all("a", class_="button primary")] == ["New list"]
    assert "New folder" not in other.page(LISTS).text
    told = [other.get(f"/console/folders/{which}/remove") for which in (inner, uuid4())]
    assert {answer.status_code for answer in told} == {403}
    assert told[0].text == told[1].text


def test_a_refused_name_stays_in_its_form_with_the_reason(visitor: Visitors, ada: Account, kernel: Kernel) -> None:
    folder, made = add_folder(kernel, "Sales"), add_list(kernel, "Ads")
    browser = visitor(ada)
    renaming = (f"{LISTS}/{made}/rename", f"/console/folders/{folder}/rename")
    for name, reason in (("", "1 to 200"), ("   ", "1 to 200"), ("x" * 201, "200"), ("two\nlines", "line break")):
        for path in (f"{LISTS}/new", "/console/folders/new", *renaming):
            answer = browser.submit(path, name=name)
            field = Html(answer.text).one("input", name="name")
            assert (answer.status_code, reason in refused(answer)) == (422, True), (path, name)
            assert (field.get("value"), field.get("aria-invalid")) == (name, "true")
    assert names(browser.page(LISTS)) == ["Sales", "Ads"]


def test_a_new_one_goes_where_its_page_said_also_when_it_was_refused_first(
    visitor: Visitors, ada: Account, kernel: Kernel
) -> None:
    folder = add_folder(kernel, "Sales")
    browser = visitor(ada)
    answer = browser.submit(f"{LISTS}/new?folder={folder}", f"{LISTS}/new", name="")
    page = Html(answer.text)
    assert "Sales" in placed(page)
    again = browser.send(f"{LISTS}/new", page.fields(f"{LISTS}/new") | {"name": "Ads"})
    assert placed(browser.page(again.location)) == "Lists / Sales"


def test_a_list_that_holds_records_says_what_stands_in_the_way(
    visitor: Visitors, ada: Account, record: Records, kernel: Kernel
) -> None:
    made = record()
    path = f"{LISTS}/{made.list_id}"
    page = visitor(ada).page(f"{path}/remove")
    assert "This list holds one record. Move or remove it first" in page.text
    assert not [form for form in page.all("form") if form.get("action") == f"{path}/remove"]
    sent = visitor(ada).post(f"{path}/remove", form=path)
    assert (sent.status_code, "This list holds one record" in sent.text) == (409, True)
    with kernel.database.reading() as session:
        assert session.get(RecordList, made.list_id) is not None


def test_one_sees_the_way_to_ones_lists_and_nothing_else(
    visitor: Visitors, anna: Account, record: Records, kernel: Kernel
) -> None:
    top = add_folder(kernel, "Marketing")
    below, hidden = add_folder(kernel, "Ads", top), add_folder(kernel, "Secret", top)
    mine = add_list(kernel, "Search ads", below, anna=(anna, Permission.VIEW))
    unseen = add_list(kernel, "Board", hidden)
    with kernel.database.writing() as session:
        guest = record("One account")
        give(session, COMMAND_LINE, anna, guest, Permission.FILL, now=kernel.clock.now())
    browser = visitor(anna)
    assert names(browser.page(LISTS)) == ["Marketing"]
    assert names(browser.page(f"/console/folders/{top}")) == ["Ads"]
    assert names(browser.page(f"/console/folders/{below}")) == ["Search ads"]
    assert names(browser.page(f"{LISTS}?q=SEARCH")) == ["Search ads"]
    assert "No list found" in browser.page(f"{LISTS}?q=board").text
    page = browser.page(f"{LISTS}/{mine}")
    assert "You may fill and see the password" in page.text
    assert page.all("a", class_="button") == [], "acts that they may not do"
    missing = browser.get(f"{LISTS}/{uuid4()}").text
    for path in (f"/console/folders/{hidden}", f"{LISTS}/{unseen}", f"{LISTS}/{guest.list_id}"):
        answer = browser.get(path)
        assert (answer.status_code, answer.text) == (404, missing), path
    # A folder or list that they may not know of is none to put something into either.
    for unknown in (str(hidden), str(unseen), "no id"):
        assert browser.post(f"{LISTS}/new", form=LISTS, name="x", folder=unknown).status_code == 404
        assert browser.post("/console/records/new", form=LISTS, title="x", list=unknown).status_code == 404


def test_who_may_only_edit_a_list_may_not_rename_move_or_remove_it(
    visitor: Visitors, anna: Account, kernel: Kernel
) -> None:
    made = add_list(kernel, "Ads", None, anna=(anna, Permission.EDIT))
    browser, path = visitor(anna), f"{LISTS}/{made}"
    offered = [element.text for element in browser.page(path).all("a", class_="button")]
    assert "Rename" not in offered + [e.text for e in browser.page(path).all("a", class_="button danger")]
    for part in ("rename", "move", "remove"):
        for answer in (browser.get(f"{path}/{part}"), browser.post(f"{path}/{part}", form=path, name="x")):
            assert answer.status_code == 403
            assert "ask who manages the list" in Html(answer.text).text
    assert browser.page(path).one("h1").text == "Ads"


def test_pages_of_folders_and_lists_go_on_by_themselves(
    visitor: Visitors, ada: Account, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "SHOWN", 2)
    for n in range(5):
        add_folder(kernel, f"folder {n}")
        add_list(kernel, f"list {n}")
    browser, seen, path = visitor(ada), [], LISTS

    def more(page: Html, kind: str) -> str | None:
        found = [a.attributes["href"] for a in page.all("a", class_="button") if a.text == f"More {kind}"]
        return found[0] if found else None

    for kind in ("folders", "lists"):
        path = LISTS
        for _ in range(5):
            page = browser.page(path)
            seen += [name for name in names(page) if name.startswith(kind[:-1])]
            following = more(page, kind)
            if following is None:
                break
            path = following
    assert sorted(set(seen)) == [f"{kind} {n}" for kind in ("folder", "list") for n in range(5)]
    assert len(seen) == 10
    assert browser.get(f"{LISTS}?lists=nonsense").status_code == 404


def test_a_record_moves_to_a_list_that_may_be_edited(
    visitor: Visitors, anna: Account, ada: Account, record: Records, kernel: Kernel, clock: SetClock
) -> None:
    made = record(list_name="Team")
    shown = add_list(kernel, "Shown", None, anna=(anna, Permission.VIEW))
    goal = add_list(kernel, "Goal", None, anna=(anna, Permission.EDIT))
    with kernel.database.writing() as session:
        home = session.get_one(RecordList, made.list_id)
        give(session, COMMAND_LINE, anna, home, Permission.MANAGE, now=kernel.clock.now())
    path = f"/console/records/{made.id}"
    browser = visitor(anna)
    page = browser.page(f"{path}/move")
    offered = [e.get("value") for e in page.all("input", name="list")]
    assert offered == [str(goal)]
    nothing = browser.submit(f"{path}/move")
    assert (nothing.status_code, "Choose the list" in Html(nothing.text).text) == (422, True)
    assert browser.submit(f"{path}/move", list=str(shown)).status_code == 403
    assert browser.submit(f"{path}/move", list=str(uuid4())).status_code == 404
    late = browser.submit(f"{path}/move", list=str(goal), version="0")
    assert (late.status_code, "Somebody changed this record" in Html(late.text).text) == (412, True)
    assert chosen(Html(late.text)) == [str(goal)]
    assert placed(browser.page(path)).endswith("/ Team")
    assert browser.submit(f"{path}/move", list=str(goal)).location == path
    assert placed(browser.page(path)).endswith("/ Goal")
    assert browser.get(f"{path}/move").status_code == 403, "editing the new list is not managing it"
    # An administrator who holds neither gives access by it, and proves themselves first; the choice is kept.
    root = visitor(ada)
    clock.advance(FRESH_FOR)
    asked = root.submit(f"{path}/move", list=str(shown))
    assert asked.location.startswith("/console/confirm?next=")
    assert f"to%3D{shown}" in asked.location
    assert chosen(root.page(f"{path}/move?to={shown}")) == [str(shown)]


def chosen(page: Html) -> list[str | None]:
    return [each.get("value") for each in page.all("input", name="list") if "checked" in each.attributes]


def test_ones_own_list_is_made_when_it_is_asked_for(visitor: Visitors, anna: Account, kernel: Kernel) -> None:
    browser: Visitor = visitor(anna)
    assert "Open your personal list" in browser.page(LISTS).text
    path = browser.submit(LISTS, f"{LISTS}/personal").location
    assert "New logins that name no list come here" in browser.page(path).text
    page = browser.page(LISTS)
    assert "Open your personal list" not in page.text
    assert browser.post(f"{LISTS}/personal", form=LISTS).location == path
    with kernel.database.reading() as session:
        assert len(session.scalars(select(RecordList)).all()) == 1
        assert session.scalars(select(Record)).all() == []

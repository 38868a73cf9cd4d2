"""Permissions: what each level lets do, and how groups and lists give it. That nothing leaks is in `test_flow.py`."""

import pytest
from sqlalchemy import select

from extension_api.audit.models import Event
from extension_api.kernel import Kernel
from tests.extension_api.conftest import People, Person, Records, fill_body

pytestmark = pytest.mark.every_engine

PAGE = "https://ads.example-one.test/"


def give(owner: Person, path: str, **body: object) -> None:
    answer = owner.call("POST", f"{path}/permissions", body)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("fill", {"fill": 200, "reveal": 403, "history": 403, "link": 403, "patch": 403, "permissions": 403}),
        ("view", {"fill": 200, "reveal": 200, "history": 200, "link": 403, "patch": 403, "permissions": 403}),
        ("edit", {"fill": 200, "reveal": 200, "history": 200, "link": 201, "patch": 200, "permissions": 403}),
        ("manage", {"fill": 200, "reveal": 200, "history": 200, "link": 201, "patch": 200, "permissions": 200}),
        (None, {"fill": 404, "reveal": 404, "history": 404, "link": 404, "patch": 404, "permissions": 404}),
    ],
)
@pytest.mark.parametrize("where", ["record", "list", "group on record", "group on list"])
def test_what_each_level_lets_do(
    person: People, record: Records, kernel: Kernel, level: str | None, expected: dict[str, int], where: str
) -> None:
    root, anna = person("root", administrator=True), person("anna")
    ads = record()
    target = f"/records/{ads.id}" if where.endswith("record") else f"/lists/{ads.list_id}"
    holder = {"person": "anna"}
    if where.startswith("group"):
        group = root.call("POST", "/groups", {"name": "ops"}).get_json()["id"]
        assert root.call("POST", f"/groups/{group}/people", {"person": "Anna"}).status_code == 201
        holder = {"group": "ops"}
    if level:
        give(root, target, level=level, **holder)
    path = f"/records/{ads.id}"
    found = {
        "fill": anna.call("POST", "/fill", fill_body(ads.id, PAGE)),
        "reveal": anna.call("POST", f"{path}/reveal", {"field": "password"}),
        "history": anna.call("GET", f"{path}/history"),
        "link": anna.call("POST", f"{path}/links", {"url": "https://x.test/"}),
        "patch": anna.call("PATCH", path, {"notes": "x"}, If_Match="*"),
        "permissions": anna.call("GET", f"{path}/permissions"),
    }
    assert {name: answer.status_code for name, answer in found.items()} == expected


def test_a_guest_of_one_record_sees_only_it(person: People, record: Records) -> None:
    root, guest, owner = person("root", administrator=True), person("guest"), person("owner")
    ads, other = record("Ads"), record("Other")
    give(root, f"/records/{ads.id}", level="manage", person="guest")
    give(root, f"/lists/{ads.list_id}", level="manage", person="owner")
    assert [r["title"] for r in guest.call("GET", "/records").get_json()["records"]] == ["Ads"]
    assert guest.call("GET", f"/records/{ads.id}").get_json()["list"] is None
    assert owner.call("GET", f"/records/{ads.id}").get_json()["list"]["name"] == "Team"
    for path in (f"/records/{other.id}", f"/lists/{ads.list_id}", f"/lists/{ads.list_id}/permissions"):
        assert guest.call("GET", path).status_code == 404, path
    assert guest.call("GET", f"/records?list={ads.list_id}").status_code == 404
    assert guest.call("GET", "/lists").get_json()["lists"] == []
    who = guest.call("GET", f"/records/{ads.id}/people").get_json()["people"]
    assert [(p["name"], p["level"]) for p in who] == [("guest", "manage")]
    who = owner.call("GET", f"/records/{ads.id}/people").get_json()["people"]
    assert [p["name"] for p in who] == ["guest", "owner"]
    # A guest may manage the record but not take it from those who hold its list.
    mine = guest.call("POST", "/lists", {"name": "Mine"}).get_json()["id"]
    moved = guest.call("PATCH", f"/records/{ads.id}", {"list_id": mine}, If_Match="*")
    assert moved.status_code == 403


def test_who_can_fill_and_why(person: People, record: Records, kernel: Kernel) -> None:
    root, _anna, berta = person("root", administrator=True), person("anna"), person("berta")
    ads = record()
    group = root.call("POST", "/groups", {"name": "ops"}).get_json()["id"]
    for name in ("anna", "berta"):
        root.call("POST", f"/groups/{group}/people", {"person": name})
    give(root, f"/lists/{ads.list_id}", level="view", group="ops")
    give(root, f"/records/{ads.id}", level="edit", person="anna")
    give(root, f"/lists/{ads.list_id}", level="fill", person="anna")
    root.call("PATCH", f"/people/{berta.account.id}", {"active": False})
    who = root.call("GET", f"/records/{ads.id}/people").get_json()["people"]
    assert [(p["name"], p["active"], p["level"]) for p in who] == [("anna", True, "edit"), ("berta", False, "view")]
    assert who[0]["reasons"] == [
        {"level": "edit", "on": "record", "group": None},
        {"level": "view", "on": "list", "group": "ops"},
        {"level": "fill", "on": "list", "group": None},
    ]
    first = root.call("GET", f"/records/{ads.id}/people?limit=1").get_json()
    second = root.call("GET", f"/records/{ads.id}/people?limit=1&after={first['next']}").get_json()
    assert [p["name"] for p in first["people"] + second["people"]] == ["anna", "berta"]
    assert second["next"] is None


def test_an_administrator_gives_themselves_a_grant_on_record_and_reads_only_then(
    person: People, record: Records, kernel: Kernel
) -> None:
    root = person("root", administrator=True)
    ads = record()
    reveal = f"/records/{ads.id}/reveal"
    assert root.call("POST", reveal, {"field": "password"}).status_code == 403
    give(root, f"/records/{ads.id}", level="view", person="root")
    assert root.call("POST", reveal, {"field": "password"}).get_json()["value"] == "made-up-record-secret"
    with kernel.database.reading() as session:
        events = session.scalars(select(Event).where(Event.record_id == ads.id).order_by(Event.id)).all()
    assert [(e.action, e.detail) for e in events[-2:]] == [
        ("permission:give", "root: view"),
        ("record:view", "password"),
    ]


def test_taking_a_permission_bites_at_once_and_is_on_record(person: People, record: Records, kernel: Kernel) -> None:
    root, anna = person("root", administrator=True), person("anna")
    ads = record()
    give(root, f"/records/{ads.id}", level="fill", person="anna")
    revision = anna.call("GET", "/match-table").get_json()["revision"]
    assert anna.call("POST", "/fill", fill_body(ads.id, PAGE)).status_code == 200
    (given_,) = root.call("GET", f"/records/{ads.id}/permissions").get_json()["permissions"]
    assert (given_["kind"], given_["name"], given_["level"]) == ("person", "anna", "fill")
    # A grant of another object is not found here.
    assert root.call("DELETE", f"/lists/{ads.list_id}/permissions/{given_['id']}").status_code == 404
    assert root.call("DELETE", f"/records/{ads.id}/permissions/{given_['id']}").status_code == 204
    assert anna.call("POST", "/fill", fill_body(ads.id, PAGE)).status_code == 404
    table = anna.call("GET", "/match-table").get_json()
    assert table["records"] == {}
    assert table["revision"] > revision
    with kernel.database.reading() as session:
        assert session.scalars(select(Event.detail).where(Event.action == "permission:take")).all() == ["anna: fill"]


def test_leaving_a_group_or_its_end_bites_at_once(person: People, record: Records) -> None:
    root, anna = person("root", administrator=True), person("anna")
    ads = record()
    group = root.call("POST", "/groups", {"name": "ops"}).get_json()["id"]
    give(root, f"/lists/{ads.list_id}", level="edit", group="ops")
    assert anna.call("GET", f"/records/{ads.id}").status_code == 404
    assert anna.call("GET", "/match-table").get_json()["records"] == {}
    root.call("POST", f"/groups/{group}/people", {"person": "anna"})
    table = anna.call("GET", "/match-table").get_json()
    assert table["records"][str(ads.id)]["may_edit"] is True
    assert root.call("DELETE", f"/groups/{group}/people/{anna.account.id}").status_code == 204
    assert anna.call("GET", "/match-table").get_json()["records"] == {}
    root.call("POST", f"/groups/{group}/people", {"person": "anna"})
    assert anna.call("GET", f"/records/{ads.id}").status_code == 200
    assert root.call("DELETE", f"/groups/{group}").status_code == 204
    assert anna.call("GET", f"/records/{ads.id}").status_code == 404
    assert anna.call("GET", "/match-table").get_json()["records"] == {}


def test_a_level_is_given_to_one_holder_that_exists(person: People, record: Records) -> None:
    root = person("root", administrator=True)
    path = f"/records/{record().id}/permissions"
    assert root.call("POST", path, {"level": "fill"}).status_code == 422
    assert root.call("POST", path, {"level": "fill", "person": "root", "group": "x"}).status_code == 422
    assert root.call("POST", path, {"level": "own", "person": "root"}).status_code == 422
    assert root.call("POST", path, {"level": "fill", "person": "nobody"}).status_code == 404
    assert root.call("POST", path, {"level": "fill", "group": "nobody"}).status_code == 404

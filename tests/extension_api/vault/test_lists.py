"""Lists and folders over the API: who sees which, and that the tree stays a tree."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from extension_api.audit.models import Event
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.vault import lists
from extension_api.vault.folders import DEPTH
from tests.extension_api.conftest import People, Person, Records


def folder(root: Person, name: str, parent: str | None = None) -> str:
    answer = root.call("POST", "/folders", {"name": name, "parent_id": parent})
    assert answer.status_code == 201, answer.text
    made: str = answer.get_json()["id"]
    return made


def test_who_makes_a_list_manages_it_and_gives_it_to_others(person: People, kernel: Kernel) -> None:
    anna, berta = person("anna"), person("berta")
    made = anna.call("POST", "/lists", {"name": " Ads "})
    assert (made.status_code, made.get_json()["name"], made.get_json()["level"]) == (201, "Ads", "manage")
    path = f"/lists/{made.get_json()['id']}"
    assert berta.call("GET", path).status_code == 404
    assert berta.call("PATCH", path, {"name": "x"}).status_code == 404
    assert berta.call("DELETE", path).status_code == 404
    anna.call("POST", f"{path}/permissions", {"level": "edit", "person": "berta"})
    assert berta.call("GET", path).get_json()["may_edit"] is True
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        assert berta.call(method, path, body).status_code == 403
    assert berta.call("GET", f"{path}/permissions").status_code == 403
    assert [p["name"] for p in berta.call("GET", f"{path}/people").get_json()["people"]] == ["anna", "berta"]
    assert anna.call("PATCH", path, {"name": "Paid ads"}).get_json()["name"] == "Paid ads"
    assert anna.call("DELETE", path).status_code == 204
    assert anna.call("GET", path).status_code == 404
    with kernel.database.reading() as session:
        details = session.execute(select(Event.action, Event.detail).order_by(Event.id)).all()
    assert ("list:change", "Ads: now named Paid ads") in details
    assert ("permission:give", "berta: edit, on the list Ads") in details
    assert ("list:remove", "Paid ads") in details


def test_two_lists_may_have_one_name_so_that_a_name_tells_nothing(person: People) -> None:
    for name in ("anna", "berta"):
        assert person(name).call("POST", "/lists", {"name": "Payroll"}).status_code == 201


def test_a_person_adds_lists_up_to_a_limit_and_an_administrator_any_number(
    person: People, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_LISTS", 2)
    anna, root = person("anna"), person("root", administrator=True)
    made = [anna.call("POST", "/lists", {"name": "Mine"}) for _ in range(3)]
    assert [answer.status_code for answer in made] == [201, 201, 409]
    assert "You manage 2 lists, and one person may add no more" in made[2].get_json()["detail"]
    assert anna.call("POST", "/records", {"title": "New", "username": "", "password": "x"}).status_code == 201
    assert len(anna.call("GET", "/lists").get_json()["lists"]) == 3, "their personal list is made all the same"
    assert [root.call("POST", "/lists", {"name": "Team"}).status_code for _ in range(3)] == [201] * 3
    for each in anna.call("GET", "/lists").get_json()["lists"][:2]:
        assert anna.call("DELETE", f"/lists/{each['id']}").status_code == 204
    assert anna.call("POST", "/lists", {"name": "Mine"}).status_code == 201


def test_a_list_with_records_is_not_removed(person: People, record: Records) -> None:
    root = person("root", administrator=True)
    ads = record()
    assert root.call("DELETE", f"/lists/{ads.list_id}").status_code == 409
    root.call("DELETE", f"/records/{ads.id}", If_Match="*")
    assert root.call("DELETE", f"/lists/{ads.list_id}").status_code == 204


def test_lists_come_by_page_by_place_and_by_what_one_may(person: People) -> None:
    root, anna = person("root", administrator=True), person("anna")
    marketing = folder(root, "Marketing")
    ids = {}
    for name, place in (("b", None), ("a", marketing), ("c", marketing)):
        ids[name] = root.call("POST", "/lists", {"name": name, "folder_id": place}).get_json()["id"]
    for name, level in (("a", "fill"), ("b", "edit"), ("c", "manage")):
        root.call("POST", f"/lists/{ids[name]}/permissions", {"level": level, "person": "anna"})

    def names(query: str) -> list[str]:
        return [each["name"] for each in anna.call("GET", f"/lists?{query}").get_json()["lists"]]

    assert names("") == ["a", "b", "c"]
    assert names("top=true") == ["b"]
    assert names(f"folder={marketing}") == ["a", "c"]
    assert names("may_edit=true") == ["b", "c"]
    assert names("q=C") == ["c"]
    first = anna.call("GET", "/lists?limit=2").get_json()
    assert names(f"limit=2&after={first['next']}") == ["c"]
    assert anna.call("GET", f"/lists?top=true&folder={marketing}").status_code == 422
    assert anna.call("GET", f"/lists?folder={uuid4()}").status_code == 404


def test_folders_are_seen_by_those_whose_lists_they_lead_to(person: People, record: Records) -> None:
    root, anna = person("root", administrator=True), person("anna")
    top, below, secret = folder(root, "Top"), "", folder(root, "Secret")
    below = folder(root, "Below", top)
    side = folder(root, "Side", top)
    made = root.call("POST", "/lists", {"name": "Deep", "folder_id": below}).get_json()["id"]

    def inside(parent: str) -> list[str]:
        answer = anna.call("GET", f"/folders?{parent}")
        return [each["name"] for each in answer.get_json()["folders"]]

    assert inside("") == []
    root.call("POST", f"/lists/{made}/permissions", {"level": "fill", "person": "anna"})
    assert inside("") == ["Top"]
    assert inside(f"parent={top}") == ["Below"]
    shown = anna.call("GET", f"/folders/{below}").get_json()
    assert (shown["folder"]["name"], [each["name"] for each in shown["above"]]) == ("Below", ["Top"])
    for hidden in (secret, side, str(uuid4())):
        assert anna.call("GET", f"/folders/{hidden}").status_code == 404
        assert anna.call("GET", f"/folders?parent={hidden}").status_code == 404
        assert anna.call("POST", "/lists", {"name": "x", "folder_id": hidden}).status_code == 404
    # A record in it, given by itself, leads nowhere.
    ads = record(grants={anna.account: Permission.MANAGE}, list_name="Elsewhere")
    root.call("PATCH", f"/lists/{ads.list_id}", {"folder_id": secret})
    assert inside("") == ["Top"]
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        assert anna.call(method, f"/folders/{below}", body).status_code == 403


def test_a_folder_never_lies_below_itself_nor_too_deep(person: People, kernel: Kernel) -> None:
    root = person("root", administrator=True)
    path = [folder(root, "0")]
    for i in range(1, DEPTH):
        path.append(folder(root, str(i), path[-1]))
    assert root.call("POST", "/folders", {"name": "x", "parent_id": path[-1]}).status_code == 409
    for below in (path[0], path[1], path[-1]):
        refused = root.call("PATCH", f"/folders/{path[0]}", {"parent_id": below})
        assert (refused.status_code, "below itself" in refused.get_json()["detail"]) == (409, True)
    other = folder(root, "Other")
    assert root.call("PATCH", f"/folders/{path[0]}", {"parent_id": other}).status_code == 409
    assert root.call("PATCH", f"/folders/{path[5]}", {"parent_id": other}).status_code == 200
    assert root.call("PATCH", f"/folders/{path[5]}", {"parent_id": None}).status_code == 200
    assert root.call("PATCH", f"/folders/{path[5]}", {"parent_id": str(uuid4())}).status_code == 404
    assert root.call("PATCH", f"/folders/{path[5]}", {"name": "Five"}).get_json()["name"] == "Five"
    assert root.call("DELETE", f"/folders/{path[5]}").status_code == 409
    held = root.call("POST", "/lists", {"name": "x", "folder_id": path[-1]}).get_json()["id"]
    assert root.call("DELETE", f"/folders/{path[-1]}").status_code == 409
    assert root.call("DELETE", f"/lists/{held}").status_code == 204
    assert root.call("DELETE", f"/folders/{path[-1]}").status_code == 204
    with kernel.database.reading() as session:
        changes = session.scalars(select(Event.detail).where(Event.action == "folder:change").order_by(Event.id)).all()
    assert changes == ["5: moved to Other", "5: moved to the top", "5: now named Five"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", "a\u0000", "\u2028"])
def test_what_is_no_name_is_refused(person: People, name: str) -> None:
    root = person("root", administrator=True)
    assert root.call("POST", "/lists", {"name": name}).status_code == 422
    assert root.call("POST", "/folders", {"name": name}).status_code == 422

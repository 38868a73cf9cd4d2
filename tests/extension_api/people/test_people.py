"""People and groups over the API: administrators alone, at once, on record, and never without an administrator."""

import pytest
from sqlalchemy import select

from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.errors import NotFound
from extension_api.kernel import Kernel
from extension_api.permissions import FRESH_FOR, Permission
from tests.extension_api.conftest import People, Records

PASSWORD = "a-long-enough-password"


def test_a_person_is_added_and_welcomed_by_a_link(person: People, kernel: Kernel) -> None:
    root = person("root", administrator=True)
    answer = root.call("POST", "/people", {"name": "Anna"})
    assert answer.status_code == 201
    body = answer.get_json()
    assert body["setup_link"].startswith("http://127.0.0.1:7845/console/welcome#")
    assert body["person"] | {"id": "", "created_at": 0} == {
        "id": "", "name": "anna", "administrator": False, "active": True, "ready": False, "created_at": 0,
    }  # fmt: skip
    assert root.call("POST", "/people", {"name": "ANNA"}).status_code == 409
    assert root.call("POST", "/people", {"name": "\u0000"}).status_code == 422
    assert root.call("GET", f"/people/{body['person']['id']}").get_json() == body["person"]


@pytest.mark.every_engine
def test_a_disabled_person_is_out_at_once_and_their_sessions_do_not_come_back(person: People, record: Records) -> None:
    root, anna = person("root", administrator=True), person("anna")
    record(grants={anna.account: Permission.EDIT})
    path = f"/people/{anna.account.id}"
    assert root.call("PATCH", path, {"active": False}).get_json()["active"] is False
    assert anna.call("GET", "/records").status_code == 401
    assert root.call("PATCH", path, {"active": True}).get_json()["active"] is True
    assert anna.call("GET", "/records").status_code == 401
    assert anna.call("POST", "/session/refresh", {"refresh_token": anna.refresh_token}).status_code == 401


def test_the_last_administrator_can_neither_be_disabled_nor_demoted(person: People, kernel: Kernel) -> None:
    root = person("root", administrator=True, password=PASSWORD)
    path = f"/people/{root.account.id}"
    for change in ({"active": False}, {"administrator": False}, {"active": False, "administrator": False}):
        refused = root.call("PATCH", path, change)
        assert (refused.status_code, "last administrator" in refused.get_json()["detail"]) == (409, True)
    # One who never set a password cannot take the place of one who did.
    other = root.call("POST", "/people", {"name": "other", "administrator": True}).get_json()["person"]
    assert root.call("PATCH", path, {"administrator": False}).status_code == 409
    assert root.call("PATCH", f"/people/{other['id']}", {"active": False}).status_code == 200
    second = person("second", administrator=True, password=PASSWORD)
    assert root.call("PATCH", path, {"administrator": False}).status_code == 200
    assert root.call("GET", "/people").status_code == 403
    assert second.call("PATCH", f"/people/{second.account.id}", {"active": False}).status_code == 409
    with kernel.database.reading() as session:
        left = session.scalars(select(Account.name).where(Account.administrator, Account.disabled_at.is_(None))).all()
        changes = session.scalars(select(Event.detail).where(Event.action == "account:administrator-change")).all()
    assert left == ["second"]
    assert changes == ["root: no longer an administrator"]


def test_shutting_out_and_letting_in_ask_for_a_fresh_proof(person: People, kernel: Kernel, clock: SetClock) -> None:
    root, anna = person("root", administrator=True), person("anna")
    path = f"/people/{anna.account.id}"
    for active in (False, True):
        clock.advance(FRESH_FOR)
        refused = root.call("PATCH", path, {"active": active})
        assert (refused.status_code, refused.get_json()["type"]) == (403, "urn:wayfill:problem:confirmation-required")
        assert root.call("GET", path).get_json()["active"] is not active
        clock.advance(-FRESH_FOR)
        assert root.call("PATCH", path, {"active": active}).get_json()["active"] is active


def test_a_person_who_is_locked_out_gets_a_new_one_time_link(person: People, kernel: Kernel, clock: SetClock) -> None:
    root, anna = person("root", administrator=True), person("anna", password=PASSWORD)
    path = f"/people/{anna.account.id}/setup-link"
    answer = root.call("POST", path)
    made = answer.get_json()
    assert (answer.status_code, made["expires_at"]) == (201, kernel.clock.now() + 24 * 3600)
    address, _, code = made["setup_link"].partition("#")
    assert address == "http://127.0.0.1:7845/console/welcome"
    with kernel.database.reading() as session:
        assert accounts.of_setup_code(session, code, now=kernel.clock.now()).name == "anna"
        event = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
        assert (event.account_name, event.detail) == ("root", "anna: a link to set a new password")
        assert code not in str(session.scalars(select(Event.detail)).all())
    # Their sessions and the password that they have go on until it is used; a second link ends the first.
    assert anna.call("GET", "/records").status_code == 200
    assert root.call("POST", path).get_json()["setup_link"] != made["setup_link"]
    with kernel.database.reading() as session, pytest.raises(NotFound):
        accounts.of_setup_code(session, code, now=kernel.clock.now())
    clock.advance(FRESH_FOR)
    refused = root.call("POST", path)
    assert (refused.status_code, refused.get_json()["type"]) == (403, "urn:wayfill:problem:confirmation-required")
    clock.advance(-FRESH_FOR)
    root.call("PATCH", f"/people/{anna.account.id}", {"active": False})
    disabled = root.call("POST", path)
    assert (disabled.status_code, disabled.get_json()["detail"]) == (409, "anna is disabled; enable them first.")


def test_what_an_administrator_may_edit_is_told_anew_with_the_table(person: People, record: Records) -> None:
    root, anna = person("root", administrator=True), person("anna")
    ads = record(grants={anna.account: Permission.FILL})
    assert anna.call("GET", "/match-table").get_json()["records"][str(ads.id)]["may_edit"] is False
    root.call("PATCH", f"/people/{anna.account.id}", {"administrator": True})
    assert anna.call("GET", "/match-table").get_json()["records"][str(ads.id)]["may_edit"] is True


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/people", None),
        ("POST", "/people", {"name": "x"}),
        ("GET", "/people/{anna}", None),
        ("PATCH", "/people/{anna}", {"administrator": True}),
        ("GET", "/groups", None),
        ("POST", "/groups", {"name": "x"}),
        ("GET", "/groups/{group}", None),
        ("PATCH", "/groups/{group}", {"name": "x"}),
        ("DELETE", "/groups/{group}", None),
        ("GET", "/groups/{group}/people", None),
        ("POST", "/groups/{group}/people", {"person": "anna"}),
        ("DELETE", "/groups/{group}/people/{anna}", None),
        ("POST", "/folders", {"name": "x"}),
    ],
)
def test_nobody_else_manages_people_and_what_is_missing_looks_the_same(
    person: People, method: str, path: str, body: object
) -> None:
    root, anna = person("root", administrator=True), person("anna")
    group = root.call("POST", "/groups", {"name": "ops"}).get_json()["id"]
    root.call("POST", f"/groups/{group}/people", {"person": "anna"})
    nothing = "00000000-0000-4000-8000-000000000000"
    there = anna.call(method, path.format(anna=anna.account.id, group=group), body)
    missing = anna.call(method, path.format(anna=nothing, group=nothing), body)
    assert (there.status_code, there.data) == (403, missing.data)
    if "{" in path:
        assert root.call(method, path.format(anna=nothing, group=nothing), body).status_code == 404


def test_groups_are_made_filled_named_and_removed(person: People, kernel: Kernel) -> None:
    root, anna = person("root", administrator=True), person("anna")
    made = root.call("POST", "/groups", {"name": "Ops"})
    assert (made.status_code, made.get_json()["name"]) == (201, "ops")
    group = made.get_json()["id"]
    assert root.call("POST", "/groups", {"name": "OPS"}).status_code == 409
    assert root.call("POST", f"/groups/{group}/people", {"person": "anna"}).get_json()["people"] == 1
    assert root.call("POST", f"/groups/{group}/people", {"person": "anna"}).status_code == 409
    assert root.call("POST", f"/groups/{group}/people", {"person": "nobody"}).status_code == 404
    other = root.call("POST", "/groups", {"name": "dev"}).get_json()["id"]
    assert root.call("PATCH", f"/groups/{other}", {"name": "ops"}).status_code == 409
    assert root.call("PATCH", f"/groups/{group}", {"name": "OPS"}).status_code == 200
    assert root.call("PATCH", f"/groups/{group}", {"name": "ops two"}).get_json()["name"] == "ops two"
    assert [(g["name"], g["people"]) for g in root.call("GET", "/groups").get_json()["groups"]] == [
        ("dev", 0),
        ("ops two", 1),
    ]
    members = root.call("GET", f"/groups/{group}/people").get_json()["people"]
    assert [p["name"] for p in members] == ["anna"]
    assert root.call("DELETE", f"/groups/{group}/people/{anna.account.id}").status_code == 204
    assert root.call("DELETE", f"/groups/{group}/people/{anna.account.id}").status_code == 404
    assert root.call("DELETE", f"/groups/{group}").status_code == 204
    with kernel.database.reading() as session:
        actions = session.scalars(
            select(Event.action).where(Event.action.startswith("group:")).order_by(Event.id)
        ).all()
    assert actions == [
        "group:add", "group:member-add", "group:add", "group:change", "group:member-remove", "group:remove",
    ]  # fmt: skip


@pytest.mark.every_engine
def test_people_come_by_page_and_by_text(person: People) -> None:
    root = person("root", administrator=True)
    for name in ("dora", "carl", "berta", "anna"):
        person(name)
    first = root.call("GET", "/people?limit=3").get_json()
    second = root.call("GET", f"/people?limit=3&after={first['next']}").get_json()
    assert [p["name"] for p in first["people"] + second["people"]] == ["anna", "berta", "carl", "dora", "root"]
    assert second["next"] is None
    assert [p["name"] for p in root.call("GET", "/people?q=AR").get_json()["people"]] == ["carl"]
    person("Ångström")
    for text in ("ÅNG", "%C3%A5ngstr"):
        assert [p["name"] for p in root.call("GET", f"/people?q={text}").get_json()["people"]] == ["ångström"]
    assert root.call("GET", "/people?q=_a").get_json()["people"] == []

"""Records over the API: saving, changing without losing another's change, revealing on record, removing for good."""

from collections.abc import Sequence
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.errors import PreconditionFailed
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.vault import changes, records
from extension_api.vault.models import OldValue, Record, SealedField
from tests.extension_api.conftest import People, Person, Records, fill_body
from tests.practice.engines import Engine

NEW = {"title": "Shop", "username": "anna@shop.test", "password": "made-up-shop-secret", "url": "shop.test"}


def saved(person: Person, **more: object) -> str:
    answer = person.call("POST", "/records", NEW | more)
    assert answer.status_code == 201, answer.text
    record_id: str = answer.get_json()["record"]["id"]
    return record_id


def details(kernel: Kernel, action: str) -> Sequence[str | None]:
    with kernel.database.reading() as session:
        return session.scalars(select(Event.detail).where(Event.action == action).order_by(Event.id)).all()


def test_a_new_login_goes_into_the_personal_list_and_fills_at_once(person: People, kernel: Kernel) -> None:
    anna, berta = person("anna"), person("berta")
    answer = anna.call("POST", "/records", NEW | {"strategy": "host"})
    body = answer.get_json()
    assert answer.headers["ETag"] == '"1"'
    assert body["record"]["list"]["name"] == "Personal (anna)"
    assert body["record"]["level"] == "manage"
    assert body["record"]["fields"] == ["password"]
    assert (body["link"]["url"], body["link"]["strategy"], body["link"]["primary"]) == (
        "https://shop.test/",
        "host",
        True,
    )
    assert body["revision"] == anna.call("GET", "/match-table").get_json()["revision"]
    filled = anna.call("POST", "/fill", fill_body(body["record"]["id"], "https://shop.test/login"))
    assert filled.get_json()["values"] == {"username": "anna@shop.test", "password": "made-up-shop-secret"}
    assert berta.call("GET", f"/records/{body['record']['id']}").status_code == 404
    # The second one goes into the same list.
    saved(anna, title="Other")
    assert len(anna.call("GET", "/lists").get_json()["lists"]) == 1
    assert "made-up-shop-secret" not in answer.text


def test_a_login_is_saved_where_its_saver_may_edit(person: People, record: Records) -> None:
    anna, root = person("anna"), person("root", administrator=True)
    team = str(record().list_id)
    assert anna.call("POST", "/records", NEW | {"list_id": team}).status_code == 404
    path = f"/lists/{team}/permissions"
    root.call("POST", path, {"level": "view", "person": "anna"})
    assert anna.call("POST", "/records", NEW | {"list_id": team}).status_code == 403
    root.call("POST", path, {"level": "edit", "person": "anna"})
    assert anna.call("POST", "/records", NEW | {"list_id": team}).status_code == 201
    assert anna.call("POST", "/records", NEW | {"list_id": str(uuid4())}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": " "},
        {"title": "two\nlines"},
        {"title": "x" * 201},
        {"password": ""},
        {"url": "co.uk"},
        {"url": "ftp://shop.test"},
        {"strategy": "regex"},
        {"one_time_secret": "not base 32!"},
        {"one_time_secret": "MFRGG"},
        {"one_time_secret": "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
        {"extra": {"": "x"}},
        {"extra": {"a": "x", " a": "y"}},
        {"extra": {f"f{i}": "x" for i in range(51)}},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_saved_is_refused_and_nothing_stays(person: People, wrong: dict[str, object]) -> None:
    anna = person("anna")
    assert anna.call("POST", "/records", NEW | wrong).status_code == 422
    assert anna.call("GET", "/records").get_json()["records"] == []
    assert anna.call("GET", "/lists").get_json()["lists"] == []


def test_a_lost_update_is_refused(person: People) -> None:
    anna = person("anna")
    path = f"/records/{saved(anna)}"
    seen = anna.call("GET", path).headers["ETag"]
    first = anna.call("PATCH", path, {"password": "made-up-second"}, If_Match=seen)
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    late = anna.call("PATCH", path, {"password": "made-up-third"}, If_Match=seen)
    assert (late.status_code, late.get_json()["type"]) == (412, "urn:wayfill:problem:changed-meanwhile")
    blind = anna.call("PATCH", path, {"password": "made-up-third"})
    assert (blind.status_code, blind.get_json()["type"]) == (428, "urn:wayfill:problem:if-match-required")
    weak = anna.call("PATCH", path, {"password": "made-up-third"}, If_Match='W/"2"')
    assert weak.status_code == 412
    assert anna.call("POST", f"{path}/reveal", {"field": "password"}).get_json()["value"] == "made-up-second"
    assert anna.call("DELETE", path).status_code == 428
    assert anna.call("DELETE", path, If_Match=seen).status_code == 412
    assert anna.call("DELETE", path, If_Match='"1", "2"').status_code == 204


def test_of_two_who_change_at_once_one_is_refused(record: Records, kernel: Kernel) -> None:
    ads = record()
    with kernel.database.writing() as session:
        mine = session.get_one(Record, ads.id)
        # Another transaction was faster: this one still has the record as it was before.
        session.execute(text("UPDATE record SET version = 2"))
        seen = mine.version
        with pytest.raises(PreconditionFailed):
            changes.change(session, kernel.keyring, COMMAND_LINE, mine, {"notes": "x"}, expected=seen, now=1)
        with pytest.raises(PreconditionFailed):
            records.remove(session, COMMAND_LINE, mine, expected=seen, now=1)
        assert session.scalar(select(func.count()).select_from(SealedField)) == 1


def test_reveal_opens_one_field_on_record_and_nothing_else_does(person: People, kernel: Kernel) -> None:
    anna = person("anna")
    secret = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
    uri = "otpauth://totp/shop?secret=JBSWY3DPEHPK3PXP&issuer=shop"
    path = f"/records/{saved(anna, notes='made-up-notes', one_time_secret=secret, extra={'PIN': '4711-made-up'})}"
    shown = anna.call("GET", path)
    assert shown.get_json()["fields"] == ["extra:PIN", "notes", "one_time_secret", "password"]
    for value in ("made-up-notes", secret, "4711-made-up", NEW["password"]):
        assert value not in shown.text
    for name, value in (("extra:PIN", "4711-made-up"), ("notes", "made-up-notes"), ("one_time_secret", secret)):
        answer = anna.call("POST", f"{path}/reveal", {"field": name})
        assert answer.get_json() == {"field": name, "value": value}
    assert anna.call("POST", f"{path}/reveal", {"field": "extra:CVV"}).status_code == 404
    assert anna.call("POST", f"{path}/reveal", {"field": "history:1:password"}).status_code == 422
    assert details(kernel, "record:view") == ["extra:PIN", "notes", "one_time_secret"]
    assert anna.call("PATCH", path, {"one_time_secret": uri}, If_Match="*").status_code == 200
    assert anna.call("POST", f"{path}/reveal", {"field": "one_time_secret"}).get_json()["value"] == uri


def test_values_are_replaced_and_removed_and_events_name_fields_alone(person: People, kernel: Kernel) -> None:
    anna = person("anna")
    path = f"/records/{saved(anna, notes='made-up-notes', extra={'PIN': '1', 'CVV': '2'})}"
    change = {"title": "Store", "notes": None, "extra": {"PIN": None, "CVV": "made-up-3"}, "password": NEW["password"]}
    changed = anna.call("PATCH", path, change, If_Match='"1"').get_json()
    assert (changed["title"], changed["fields"], changed["version"]) == ("Store", ["extra:CVV", "password"], 2)
    assert details(kernel, "record:change") == ["title, notes, extra:CVV, extra:PIN"]
    assert anna.call("PATCH", path, {"title": None}, If_Match="*").status_code == 422


def test_what_the_match_table_shows_raises_the_revision_and_a_password_does_not(person: People) -> None:
    anna = person("anna")
    path = f"/records/{saved(anna)}"

    def revision() -> int:
        found: int = anna.call("GET", "/match-table").get_json()["revision"]
        return found

    before = revision()
    anna.call("PATCH", path, {"password": "made-up-second"}, If_Match="*")
    assert revision() == before
    anna.call("PATCH", path, {"username": "new"}, If_Match="*")
    assert revision() == before + 1


def test_a_removed_record_is_gone_everywhere_at_once_and_its_events_stay(person: People, kernel: Kernel) -> None:
    anna = person("anna")
    record_id = saved(anna)
    path = f"/records/{record_id}"
    anna.call("PATCH", path, {"password": "made-up-second"}, If_Match="*")
    link = anna.call("GET", f"{path}/links").get_json()["links"][0]["id"]
    events = len(details(kernel, "record:add"))
    assert list(anna.call("GET", "/match-table").get_json()["records"]) == [record_id]
    assert anna.call("DELETE", path, If_Match="*").status_code == 204
    for method, gone, body in (
        ("GET", path, None),
        ("GET", f"{path}/links", None),
        ("GET", f"{path}/history", None),
        ("POST", f"{path}/reveal", {"field": "password"}),
        ("PATCH", path, {"title": "x"}),
        ("DELETE", f"{path}/links/{link}", None),
        ("POST", "/fill", fill_body(record_id, "https://shop.test/")),  # type: ignore[arg-type]  # JSON takes the text
    ):
        assert anna.call(method, gone, body, If_Match="*").status_code == 404, gone
    assert anna.call("GET", "/records").get_json()["records"] == []
    assert anna.call("GET", "/match-table").get_json()["records"] == {}
    with kernel.database.reading() as session:
        for table in ("record", "link", "sealed_field", "field_history"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608 - names of this file
    assert len(details(kernel, "record:add")) == events
    assert details(kernel, "record:remove") == ["Shop"]


def test_removing_needs_more_than_editing(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    assert anna.call("DELETE", f"/records/{ads.id}", If_Match="*").status_code == 403


def test_moving_takes_a_record_under_the_other_lists_permissions(person: People, kernel: Kernel) -> None:
    anna, berta, carl = person("anna"), person("berta"), person("carl")
    there = anna.call("POST", "/lists", {"name": "There"}).get_json()["id"]
    here = anna.call("POST", "/lists", {"name": "Here"}).get_json()["id"]
    anna.call("POST", f"/lists/{here}/permissions", {"level": "edit", "person": "berta"})
    anna.call("POST", f"/lists/{there}/permissions", {"level": "fill", "person": "carl"})
    path = f"/records/{saved(anna, list_id=here)}"
    assert berta.call("GET", path).status_code == 200
    assert carl.call("GET", path).status_code == 404
    # Who may edit records of a list does not by that manage it, and a list unknown to the mover is not found.
    assert berta.call("PATCH", path, {"list_id": there}, If_Match="*").status_code == 404
    bertas = berta.call("POST", "/lists", {"name": "Berta's"}).get_json()["id"]
    assert berta.call("PATCH", path, {"list_id": bertas}, If_Match="*").status_code == 403
    moved = anna.call("PATCH", path, {"list_id": there, "title": "Moved"}, If_Match='"1"')
    assert (moved.status_code, moved.get_json()["list"]["id"]) == (200, there)
    assert berta.call("GET", path).status_code == 404
    assert carl.call("GET", path).status_code == 200
    assert [r["title"] for r in carl.call("GET", "/match-table").get_json()["records"].values()] == ["Moved"]
    assert details(kernel, "record:move") == ["from the list Here to There"]


def test_the_history_is_kept_sealed_restorable_and_bounded(person: People, kernel: Kernel, engine: Engine) -> None:
    anna = person("anna")
    record_id = saved(anna, notes="n")
    path = f"/records/{record_id}"
    for i in range(25):
        anna.call("PATCH", path, {"password": f"made-up-{i:02}"}, If_Match="*")
    anna.call("PATCH", path, {"username": "second", "notes": None}, If_Match="*")
    first = anna.call("GET", f"{path}/history?limit=15").get_json()
    rest = anna.call("GET", f"{path}/history?limit=200&after={first['next']}").get_json()
    entries = first["history"] + rest["history"]
    assert rest["next"] is None
    assert [e["field"] for e in entries[:2]] == ["notes", "username"]
    passwords = [e for e in entries if e["field"] == "password"]
    assert [e["version"] for e in passwords] == list(range(25, 5, -1))
    assert {e["replaced_by"] for e in entries} == {"anna"}
    old = anna.call("POST", f"{path}/history/{passwords[0]['id']}/reveal").get_json()
    assert old == {"field": "password", "value": "made-up-23"}
    assert details(kernel, "record:view") == ["password, as it was until version 25"]
    restore = f"{path}/history/{passwords[5]['id']}/restore"
    assert anna.call("POST", restore).status_code == 428
    assert anna.call("POST", restore, If_Match='"1"').status_code == 412
    restored = anna.call("POST", restore, If_Match="*")
    assert (restored.status_code, "made-up" in restored.text) == (200, False)
    assert anna.call("POST", f"{path}/reveal", {"field": "password"}).get_json()["value"] == "made-up-18"
    # What was replaced by restoring is in the history in turn, and a removed field comes back.
    newest = anna.call("GET", f"{path}/history?limit=1").get_json()["history"][0]
    assert anna.call("POST", f"{path}/history/{newest['id']}/reveal").get_json()["value"] == "made-up-24"
    notes = next(e for e in entries if e["field"] == "notes")
    anna.call("POST", f"{path}/history/{notes['id']}/restore", If_Match="*")
    assert anna.call("POST", f"{path}/reveal", {"field": "notes"}).get_json()["value"] == "n"
    assert details(kernel, "record:value-restore") == ["password", "notes"]
    stored = engine.stored(kernel.settings)
    assert b"made-up-2" not in stored


def test_old_values_of_another_record_and_of_what_one_may_not_see(person: People, record: Records) -> None:
    anna, root = person("anna"), person("root", administrator=True)
    ads = record(grants={anna.account: Permission.VIEW})
    mine = saved(anna)
    root.call("PATCH", f"/records/{ads.id}", {"password": "made-up-new"}, If_Match="*")
    (entry,) = root.call("GET", f"/records/{ads.id}/history").get_json()["history"]
    # An administrator sees that and when, and may give it back; looking at it takes a grant.
    assert root.call("POST", f"/records/{ads.id}/history/{entry['id']}/reveal").status_code == 403
    assert anna.call("POST", f"/records/{mine}/history/{entry['id']}/reveal").status_code == 404
    assert anna.call("POST", f"/records/{mine}/history/{entry['id']}/restore", If_Match="*").status_code == 404
    assert anna.call("POST", f"/records/{ads.id}/history/{entry['id']}/restore", If_Match="*").status_code == 403
    assert root.call("POST", f"/records/{ads.id}/history/{entry['id']}/restore", If_Match="*").status_code == 200
    shown = anna.call("POST", f"/records/{ads.id}/reveal", {"field": "password"}).get_json()
    assert shown["value"] == "made-up-record-secret"


def test_an_old_value_opens_in_its_own_place_alone(person: People, kernel: Kernel) -> None:
    anna = person("anna")
    path = f"/records/{saved(anna)}"
    for value in ("made-up-2", "made-up-3"):
        anna.call("PATCH", path, {"password": value}, If_Match="*")
    with kernel.database.writing() as session:
        older, newer = session.scalars(select(OldValue).order_by(OldValue.version)).all()
        older.sealed, newer.sealed = newer.sealed, older.sealed
        newest = newer.id
        current = session.scalars(select(SealedField)).one()
        current.sealed, kept = older.sealed, current.sealed
    assert anna.call("POST", f"{path}/history/{newest}/reveal").status_code == 500
    assert anna.call("POST", f"{path}/reveal", {"field": "password"}).status_code == 500
    with kernel.database.writing() as session:
        session.scalars(select(SealedField)).one().sealed = kept
        assert session.scalar(select(func.count()).select_from(OldValue)) == 2
    assert anna.call("POST", f"{path}/reveal", {"field": "password"}).get_json()["value"] == "made-up-3"


def test_pages_by_title_hold_every_record_once(person: People, record: Records) -> None:
    anna = person("anna")
    titles = sorted(["b", "a", "c", "a", "Ä", "a", "d"])
    made = [record(title, grants={anna.account: Permission.FILL}, linked=()) for title in titles]
    seen: list[tuple[str, str]] = []
    after = ""
    for _ in range(10):
        answer = anna.call("GET", f"/records?limit=2&after={after}").get_json()
        seen += [(r["title"], r["id"]) for r in answer["records"]]
        if answer["next"] is None:
            break
        after = answer["next"]
    assert [title for title, _ in seen] == titles
    assert {i for _, i in seen} == {str(r.id) for r in made}
    for bad in ("x", "bm90IGpzb24", "WyJhIiwiYiJd", "%00", "W10"):
        assert anna.call("GET", f"/records?after={bad}").status_code == 422, bad

"""Pinned fields: bounded, checked, for pages that the record matches, shown in every table that holds the record."""

from typing import Any

import pytest

from extension_api.matching.pinning import PINS_PER_RECORD
from extension_api.permissions import Permission
from tests.extension_api.conftest import People, Records

FIELD = {"names": "x1 x1", "type": "text", "autocomplete": "off", "label": "Customer", "nth": 0, "place": 0, "total": 2}
SECRET = {**FIELD, "type": "password", "label": "", "place": 1}
PAGE = "https://ads.example-one.test/enter"


def pin(kind: str = "username", **change: Any) -> dict[str, Any]:
    return {"kind": kind, "field": {**FIELD, **change}}


def test_what_one_points_at_all_others_have_until_it_is_forgotten(person: People, record: Records) -> None:
    anna, berta = person("anna"), person("berta")
    ads = record(grants={anna.account: Permission.EDIT, berta.account: Permission.FILL})
    path = f"/records/{ads.id}/pins"
    before = berta.call("GET", "/match-table")
    both = [pin(), {"kind": "password", "field": SECRET}]
    answer = anna.call("POST", path, {"page_url": f"{PAGE}?from=home#top", "pins": both})
    assert answer.status_code == 200, answer.text
    after = berta.call("GET", "/match-table", If_None_Match=before.headers["ETag"])
    body = after.get_json()
    assert body["revision"] == answer.get_json()["revision"]
    assert body["records"][str(ads.id)]["pins"] == [{"page": PAGE, "pins": sorted(both, key=lambda one: one["kind"])}]
    told = anna.call("GET", "/audit?limit=1").get_json()["events"][0]
    assert (told["action"], told["detail"]) == ("fields:pin", f"{PAGE}: password, username")
    assert berta.call("POST", path, {"page_url": PAGE, "pins": []}).status_code == 403
    assert anna.call("POST", path, {"page_url": PAGE, "pins": []}).status_code == 200
    assert "pins" not in berta.call("GET", "/match-table").get_json()["records"][str(ads.id)]


@pytest.mark.parametrize(
    ("page", "pins", "status", "slug"),
    [
        ("https://elsewhere.test/", [pin()], 403, "page-not-linked"),
        ("http://ads.example-one.test/enter", [pin()], 403, "page-not-linked"),
        ("nowhere", [pin()], 422, "invalid-page"),
        (f"{PAGE}/{'x' * 1000}", [pin()], 422, "invalid-page"),
        (PAGE, [pin(), pin(names="y")], 409, "conflict"),
        (PAGE, [pin(names="x" * 201)], 422, "invalid-request"),
        (PAGE, [pin(nth=201)], 422, "invalid-request"),
        (PAGE, [pin(type="hidden")], 422, "invalid-request"),
        (PAGE, [pin("notes")], 422, "invalid-request"),
        (PAGE, [pin(value="made-up")], 422, "invalid-request"),
    ],
)
def test_what_is_no_pin_is_refused(
    person: People, record: Records, page: str, pins: list[Any], status: int, slug: str
) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.EDIT})
    answer = anna.call("POST", f"/records/{ads.id}/pins", {"page_url": page, "pins": pins})
    assert (answer.status_code, answer.get_json()["type"].rpartition(":")[2]) == (status, slug)
    assert "pins" not in anna.call("GET", "/match-table").get_json()["records"][str(ads.id)]


def test_a_record_has_so_many_and_takes_them_with_it(person: People, record: Records) -> None:
    anna = person("anna")
    ads = record(grants={anna.account: Permission.MANAGE})
    path = f"/records/{ads.id}/pins"
    kinds = ["username", "password", "code"]
    for number in range(PINS_PER_RECORD // 3):
        body = {"page_url": f"{PAGE}/{number}", "pins": [pin(kind) for kind in kinds]}
        assert anna.call("POST", path, body).status_code == 200
    assert anna.call("POST", path, {"page_url": f"{PAGE}/more", "pins": [pin()]}).status_code == 409
    assert anna.call("POST", path, body).status_code == 200, "in place of those of the same page"
    tag = anna.call("GET", f"/records/{ads.id}").headers["ETag"]
    assert anna.call("DELETE", f"/records/{ads.id}", If_Match=tag).status_code == 204

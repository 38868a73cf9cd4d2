"""A person's own events, page by page."""

from extension_api.permissions import Permission
from tests.extension_api.conftest import People, Records, fill_body


def test_own_events_newest_first_page_by_page(person: People, record: Records) -> None:
    anna, berta = person("anna"), person("berta")
    ads = record(grants={anna.account: Permission.FILL, berta.account: Permission.FILL})
    page = "https://ads.example-one.test/"
    for somebody in (anna, berta, anna, anna):
        assert somebody.call("POST", "/fill", fill_body(ads.id, page)).status_code == 200
    first = anna.call("GET", "/audit?limit=2").get_json()
    assert [e["action"] for e in first["events"]] == ["fill:grant", "fill:grant"]
    assert first["events"][0]["page_host"] == "ads.example-one.test"
    assert first["events"][0]["record_id"] == str(ads.id)
    second = anna.call("GET", f"/audit?limit=2&before={first['next']}").get_json()
    assert [e["action"] for e in second["events"]] == ["fill:grant", "session:sign-in"]
    last = anna.call("GET", f"/audit?limit=2&before={second['next']}").get_json()
    assert last == {"events": [], "next": None}

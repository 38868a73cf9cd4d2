"""The pages of a link, with all that a link may be: made, changed, made the primary one, turned into a veto.

Each refusal comes with the matcher's reason and with what was typed.
"""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.vault import links
from extension_api.vault.models import LinkRow
from tests.extension_api.conftest import People, Records, fill_body
from tests.extension_api.console.conftest import Html, Visitors

FIRST, SECOND = "https://ads.example-one.test/", "https://login.example-two.test/"


@pytest.fixture
def anna(person: People) -> Account:
    made: Account = person("anna").account
    return made


@pytest.fixture
def record_id(record: Records, anna: Account) -> UUID:
    made: UUID = record(grants={anna: Permission.EDIT}).id
    return made


def of(record_id: UUID) -> str:
    return f"/console/records/{record_id}"


def kept(kernel: Kernel, record_id: UUID) -> list[tuple[str, str, bool, str | None]]:
    """Return the links of a record, the primary one first."""
    with kernel.database.reading() as session:
        wanted = select(LinkRow).where(LinkRow.record_id == record_id).order_by(LinkRow.position)
        return [(row.url, row.strategy, row.veto, row.expression) for row in session.scalars(wanted)]


def edit_of(page: Html, url: str) -> str:
    """Return the address of the page that changes the link to `url`."""
    rows = [i for i, e in enumerate(page.elements) if e.get("class") == "address" and e.text == url]
    following = page.elements[rows[0] :]
    return next(e.attributes["href"] for e in following if e.tag == "a" and (e.get("href") or "").endswith("/edit"))


MADE = (
    ({"url": "login.example-two.test", "strategy": "path"}, (SECOND, "path", False, None)),
    (
        {"url": "https://*.example-two.test:*/in", "strategy": "pattern"},
        ("https://*.example-two.test:*/in", "pattern", False, None),
    ),
    (
        {"url": "example-two.test", "strategy": "regex", "expression": "https://login[0-9]\\.example-two\\.test/.*"},
        ("https://example-two.test/", "regex", False, "https://login[0-9]\\.example-two\\.test/.*"),
    ),
    (
        {"url": "www.example-two.test", "strategy": "host", "veto": "1"},
        ("https://www.example-two.test/", "host", True, None),
    ),
)


def test_a_link_of_any_kind_is_made(visitor: Visitors, anna: Account, record_id: UUID, kernel: Kernel) -> None:
    browser, path = visitor(anna), of(record_id)
    for typed, stored in MADE:
        assert browser.submit(f"{path}/links/new", **typed).location == path
        page = browser.page(path)
        assert ("Never here" in page.text) is ("veto" in typed)
        edit = edit_of(page, stored[0])
        held = browser.page(edit).fields(edit)
        assert (held["url"], held["strategy"], held["expression"]) == (stored[0], stored[1], stored[3] or "")
        assert ("veto" in held) is stored[2]
    assert kept(kernel, record_id) == [(FIRST, "domain", False, None), *(stored for _, stored in MADE)]


REFUSED = (
    ({"url": "co.uk", "strategy": "domain"}, "public suffix"),
    ({"url": "https://a:b@x.test", "strategy": "host"}, "user name or password"),
    ({"url": SECOND, "strategy": "regex"}, "expression"),
    ({"url": SECOND, "strategy": "regex", "expression": "("}, "expression"),
    ({"url": SECOND, "strategy": "host", "expression": "x"}, "expression"),
    ({"url": "https://*.test/", "strategy": "pattern"}, "registrable domain"),
    ({"url": SECOND, "strategy": "made up"}, "made up"),
    ({"url": FIRST, "strategy": "domain"}, "is linked to this record already"),
    ({"url": SECOND, "strategy": "host", "veto": "1", "primary": "1"}, "cannot be its primary one"),
)


def test_a_refusal_says_why_and_keeps_what_was_typed(
    visitor: Visitors, anna: Account, record_id: UUID, kernel: Kernel
) -> None:
    browser, new = visitor(anna), f"{of(record_id)}/links/new"
    browser.submit(new, url="other.test", strategy="host")
    before, edit = kept(kernel, record_id), edit_of(browser.page(of(record_id)), "https://other.test/")
    for path, word in ((new, "Not linked:"), (edit, "Not changed:")):
        for typed, reason in REFUSED:
            answer = browser.submit(path, **typed)
            refused = Html(answer.text)
            assert answer.status_code in (409, 422), (path, typed)
            words = " ".join(refused.one("p", id="refusal").text.split())
            assert (words.startswith(word), reason in words) == (True, True), words
            stands = refused.fields(path)
            assert (stands["url"], stands["expression"]) == (typed["url"], typed.get("expression", ""))
            assert [name in stands for name in ("veto", "primary")] == [name in typed for name in ("veto", "primary")]
    assert kept(kernel, record_id) == before


def test_a_link_is_changed_and_made_the_primary_one_and_fills_at_once(
    visitor: Visitors, person: People, record: Records, kernel: Kernel
) -> None:
    anna = person("anna")
    record_id = record(grants={anna.account: Permission.EDIT}).id
    browser, path = visitor(anna.account), of(record_id)
    browser.submit(f"{path}/links/new", url=SECOND, strategy="exact")
    below = f"{SECOND}step"
    assert anna.call("POST", "/fill", json=fill_body(record_id, below)).status_code == 403
    edit = edit_of(browser.page(path), SECOND)
    assert "This is the primary link" not in browser.page(edit).text
    assert browser.submit(edit, strategy="path", primary="1").location == path
    assert kept(kernel, record_id) == [(SECOND, "path", False, None), (FIRST, "domain", False, None)]
    assert anna.call("POST", "/fill", json=fill_body(record_id, below)).status_code == 200
    page = browser.page(edit)
    assert "This is the primary link" in page.text
    assert not page.all("input", name="primary")
    assert browser.submit(edit, veto="1").location == path
    assert anna.call("POST", "/fill", json=fill_body(record_id, below)).status_code == 403
    with kernel.database.reading() as session:
        acts = session.scalars(select(Event.action).where(Event.action.startswith("link:")).order_by(Event.id)).all()
    assert acts[-3:] == ["link:add", "link:change", "link:change"]


def test_what_was_typed_outlives_a_new_sign_in(
    visitor: Visitors, anna: Account, record_id: UUID, clock: SetClock
) -> None:
    browser, path = visitor(anna), f"{of(record_id)}/links/new"
    fields = browser.page(path).fields(path)
    typed = {"url": "https://login.example-two.test/?a=1&b", "strategy": "pattern", "veto": "1"}
    back = f"{path}?url=https%3A%2F%2Flogin.example-two.test%2F%3Fa%3D1%26b&strategy=pattern&veto=True"
    shown = browser.page(back).fields(path)
    assert {name: shown[name] for name in typed} == typed
    old = Html(browser.send(path, fields | typed | {"csrf": "old"}).text)
    assert back in [a.get("href") for a in old.all("a")]
    clock.advance(400 * 24 * 3600)
    signed_out = browser.send(path, fields | typed).location
    assert signed_out.startswith("/console/sign-in?next=")
    assert "login.example-two.test" in signed_out


def test_no_more_links_than_a_record_may_have(
    visitor: Visitors, anna: Account, record: Records, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "LINKS_PER_RECORD", 3)
    many = tuple((f"https://n{n}.test/", "host") for n in range(3))
    record_id = record(linked=many, grants={anna: Permission.EDIT}).id
    answer = visitor(anna).submit(f"{of(record_id)}/links/new", url=SECOND, strategy="host")
    assert (answer.status_code, "has 3 links" in answer.text) == (409, True)
    assert len(kept(kernel, record_id)) == 3


def test_who_may_not_edit_is_told_and_who_may_not_see_is_not(
    visitor: Visitors, person: People, record: Records, kernel: Kernel
) -> None:
    viewer, stranger = person("viewer").account, person("stranger").account
    made, other = record(grants={viewer: Permission.VIEW}), record("Other", linked=((SECOND, "host"),))
    with kernel.database.reading() as session:
        ids = {row.record_id: row.id for row in session.scalars(select(LinkRow))}
    paths = ("links/new", f"links/{ids[made.id]}/edit")
    for account, status in ((viewer, 403), (stranger, 404)):
        browser = visitor(account)
        for path in paths:
            for answer in (
                browser.get(f"{of(made.id)}/{path}"),
                browser.post(f"{of(made.id)}/{path}", form="/console/records", url=SECOND, strategy="host"),
            ):
                assert answer.status_code == status, (account.name, path)
    missing = visitor(stranger).get(f"{of(uuid4())}/links/new")
    assert missing.text == visitor(stranger).get(f"{of(made.id)}/links/new").text
    ada = visitor(person("ada", administrator=True).account)
    assert ada.get(f"{of(made.id)}/links/{ids[other.id]}/edit").status_code == 404, "a link of another record"
    assert kept(kernel, made.id) == [(FIRST, "domain", False, None)]

"""A record's chain, the inbox of proposals, *Why?* and affiliations, as a person at the console meets them."""

from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import select

from extension_api import policy
from extension_api.accounts.models import Account
from extension_api.audit.service import COMMAND_LINE
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.redirects import affiliations, chains
from extension_api.redirects.ends import End
from extension_api.redirects.models import AffiliationRow, ChainRow, Proposal
from extension_api.redirects.steps import Chain, Hop, How
from extension_api.vault import links
from extension_api.vault.models import Record
from tests.extension_api.conftest import START, People, Records
from tests.extension_api.console.conftest import Html, Visitor, Visitors

ADS, LOGIN, BETWEEN = (
    f"https://{host}" for host in ("ads.example-one.test", "login.example-two.test", "go.example-x.test")
)
HOSTILE = "<script>alert(1)</script>"


def walked(kernel: Kernel, record: Record, *hops: Hop, end: End = End.PAGE) -> None:
    """Have the record's chain walked with this outcome."""
    with kernel.database.writing() as session:
        chains.ask(session, COMMAND_LINE, session.get_one(Record, record.id), now=START)
        (job,) = chains.take(session, now=START + chains.SOONEST, limit=1)
        current = policy.read(session, kernel.settings)
        assert chains.keep(
            session,
            job,
            Chain((Hop(f"{ADS}/", ADS, How.START, 302, 12, "ads.example-one.test"), *hops), end),
            current,
            now=START,
        )


def on(origin: str, path: str = "/in", how: How = How.HTTP, status: int | None = 200) -> Hop:
    return Hop(f"{origin}{path}", origin, how, status, 5)


@pytest.fixture
def anna(person: People) -> Account:
    made: Account = person("anna").account
    return made


Rows = Callable[[Html], list[str]]


def states(page: Html) -> list[str]:
    return [" ".join(cell.text.split()) for cell in page.all("td", data_label="State")]


def urls(kernel: Kernel, record: Record) -> list[str]:
    with kernel.database.reading() as session:
        return [row.url for row in links.of_record(session, record.id)]


def proposal_id(kernel: Kernel, address: str = LOGIN) -> str:
    with kernel.database.reading() as session:
        return str(session.scalars(select(Proposal.id).where(Proposal.address == address)).one())


def test_a_chain_is_shown_hop_by_hop_with_the_state_of_each(
    kernel: Kernel, visitor: Visitors, record: Records, anna: Account
) -> None:
    made = record(grants={anna: Permission.EDIT})
    walked(kernel, made, on(BETWEEN, status=302), on(LOGIN, f"/{HOSTILE}"))
    browser, address = visitor(anna), f"/console/records/{made.id}/chain"
    page = browser.page(address)
    assert states(page) == ["Linked", "Passes on", "Proposed"]
    assert "The login stops at this page." in page.text
    chips = [e.text for e in page.all("span", class_="chip warn")]
    assert chips == ["Proposed", "another site", "no browser has seen it", "first found within a day"]
    assert not [e for e in page.all("script") if "nonce" not in e.attributes]
    accepted = browser.send(
        f"/console/proposals/{proposal_id(kernel)}/accept", {"csrf": page.token, "from": "chain", "strategy": "host"}
    )
    assert (accepted.status_code, accepted.location) == (303, address)
    assert states(browser.page(address)) == ["Linked", "Passes on", "Linked"]
    assert urls(kernel, made) == [f"{ADS}/", f"{LOGIN}/"]
    walked(
        kernel, made, on(BETWEEN, how=How.START), Hop("http://x.test/", "http://x.test", How.HTTP), end=End.DOWNGRADE
    )
    page = browser.page(address)
    assert states(page)[-1] == "Not walked to"
    assert "from https to http" in page.text


def test_a_walk_is_asked_for_and_its_progress_shown(
    kernel: Kernel, visitor: Visitors, record: Records, anna: Account
) -> None:
    made = record(grants={anna: Permission.EDIT})
    browser, address = visitor(anna), f"/console/records/{made.id}/chain"
    assert "It has not been walked." in browser.page(address).text
    assert browser.post(f"{address}/resolve", form=address).location == address
    page = browser.page(address)
    assert "The walk is about to begin." in page.text
    assert page.one("meta", http_equiv="refresh").attributes["content"] == "2"
    with kernel.database.writing() as session:
        chains.take(session, now=START, limit=1)
    assert "The login is being walked." in browser.page(address).text


def test_a_login_that_goes_elsewhere_is_flagged_until_somebody_has_seen_it(
    kernel: Kernel, visitor: Visitors, record: Records, anna: Account
) -> None:
    made = record(grants={anna: Permission.EDIT})
    for origin in (BETWEEN, LOGIN):
        walked(kernel, made, on(origin))
        with kernel.database.writing() as session:
            row = session.get_one(ChainRow, made.id)
            row.due_at = row.walked_at = None
    browser, address = visitor(anna), f"/console/records/{made.id}/chain"
    assert f"before, it went to {BETWEEN}" in browser.page(address).text
    (line,) = (r for r in browser.page("/console/proposals").all("tr") if BETWEEN in r.text)
    assert LOGIN in line.text
    browser.post(f"{address}/seen", form=address)
    assert "elsewhere now" not in browser.page(address).text


def test_the_inbox_takes_one_decision_for_many_records(
    kernel: Kernel, visitor: Visitors, record: Records, anna: Account
) -> None:
    mine = [record(f"Ads {number}", grants={anna: Permission.EDIT}) for number in range(3)]
    other = record("Somebody else's")
    for each in (*mine, other):
        walked(kernel, each, on(LOGIN))
    browser = visitor(anna)
    page = browser.page("/console/proposals")
    assert "Link to all 3 records" in page.text
    assert "Somebody else's" not in page.text
    answer = browser.send("/console/proposals/accept", {"csrf": page.token, "address": LOGIN})
    assert (answer.status_code, answer.location) == (303, "/console/proposals")
    assert [len(urls(kernel, each)) for each in (*mine, other)] == [2, 2, 2, 1]
    assert "Nothing is proposed" in browser.page("/console/proposals").text


def test_a_proposal_is_rejected_or_asked_for(
    kernel: Kernel, visitor: Visitors, record: Records, person: People
) -> None:
    anna, ben = person("anna").account, person("ben").account
    made = record(grants={anna: Permission.EDIT, ben: Permission.FILL})
    walked(kernel, made, on(LOGIN))
    filler, editor, chain = visitor(ben), visitor(anna), f"/console/records/{made.id}/chain"
    assert "Reject" not in filler.page(chain).text
    token = filler.page(chain).token
    asked = filler.send(f"/console/proposals/{proposal_id(kernel)}/accept", {"csrf": token, "from": "chain"})
    assert asked.location == chain
    assert urls(kernel, made) == [f"{ADS}/"]
    assert "asked for by ben" in editor.page("/console/proposals").text
    assert editor.post(f"/console/proposals/{proposal_id(kernel)}/reject", form="/console/proposals").status_code == 303
    assert f"Rejected for good: {LOGIN}" in editor.page(chain).text
    assert "Nothing is proposed" in editor.page("/console/proposals").text


def test_why_tells_what_matches_and_what_one_would_expect_to(
    kernel: Kernel, visitor: Visitors, record: Records, anna: Account
) -> None:
    record("By its site", grants={anna: Permission.FILL})
    record("By another host", linked=(("https://www.example-one.test/", "host"),), grants={anna: Permission.FILL})
    record("By a look-alike", linked=(("https://ads.examp1e-one.test/", "host"),), grants={anna: Permission.FILL})
    record("Elsewhere", linked=(("https://www.example-nine.test/", "host"),), grants={anna: Permission.FILL})
    record("Somebody else's")
    browser: Visitor = visitor(anna)
    page = browser.page("/console/why?url=ads.example-one.test/x?a=%3Cscript%3E")
    matches, others = page.text.split("What does not")
    assert "By its site the page is on the host saved with the record" in matches
    assert "By another host It does not match" in others
    assert "By a look-alike It does not match" in others
    assert not any(title in page.text for title in ("Elsewhere", "Somebody else's"))
    assert "None of your records matches" in browser.page("/console/why?url=https://nothing.test/").text
    refused = browser.get("/console/why?url=ftp://x/")
    assert refused.status_code == 422
    assert "only http and https" in refused.text


def test_affiliations_are_added_imported_switched_and_removed(
    kernel: Kernel, visitor: Visitors, record: Records, person: People
) -> None:
    root = person("root", administrator=True).account
    made, browser, address = record(), visitor(root), "/console/affiliations"
    file = msgspec.json.encode([{"shared": ["example-one.test", "example-two.test"]}, {"shared": ["com"]}]).decode()
    for path, fields in (
        ("", {"names": "example-three.test, example-four.test"}),
        ("", {"names": "example-five.test", "to": "example-six.test"}),
        ("/import", {"file": file}),
    ):
        assert browser.post(address + path, form=address, **fields).status_code == 303
    page = browser.page(address)
    assert "example-five.test -> example-six.test" in page.text
    assert "example-one.test, example-two.test imported" in page.text
    refused = browser.post(address, form=address, names="co.uk example.test")
    assert (refused.status_code, "public suffix" in refused.text) == (422, True)
    with kernel.database.reading() as session:
        (imported,) = session.scalars(select(AffiliationRow).where(AffiliationRow.imported))
    chain = f"/console/records/{made.id}/chain"
    browser.post(f"/console/records/{made.id}/affiliations/{imported.id}", form=chain, active="0")
    assert "off here" in browser.page(chain).text
    browser.post(f"{address}/{imported.id}/switch", form=address, active="0")
    assert "off for all" in browser.page(chain).text
    browser.post(f"{address}/import", form=address, file=file)
    with kernel.database.reading() as session:
        assert not session.scalars(select(AffiliationRow.active).where(AffiliationRow.imported)).one(), "stays off"
        assert not affiliations.expected(session, [made.id])[made.id].expects({"example-one.test"}, "example-two.test")
    browser.post(f"{address}/{imported.id}/remove", form=address)
    assert "example-two.test" not in browser.page(address).text

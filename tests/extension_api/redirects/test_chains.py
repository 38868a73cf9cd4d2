"""Chains as they are kept: made due by links, leased once, walked by the service itself, flagged when they moved."""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import delete, select, update
from werkzeug.wrappers import Request, Response

from extension_api import policy
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE
from extension_api.clock import SetClock
from extension_api.kernel import Kernel
from extension_api.permissions import Permission
from extension_api.redirects import affiliations, chains
from extension_api.redirects.ends import End
from extension_api.redirects.models import ChainRow, Proposal
from extension_api.redirects.running import Runner, Summary
from extension_api.redirects.steps import Chain, Hop, How
from extension_api.redirects.turns import Turns
from extension_api.settings import Settings
from extension_api.vault import links
from extension_api.vault.models import LinkRow, Record
from tests.extension_api.conftest import START, People, Records
from tests.practice import certificates
from tests.practice.serving import serving

DAY = 24 * 3600
FIRST, SECOND, THIRD = "ads.example-one.test", "login.example-two.test", "login.example-three.test"


class Sites:
    """The first host leads to whichever is the second just now; each shows a login page."""

    def __init__(self) -> None:
        self.port = 0
        self.second = SECOND
        self.at_once = 0
        self.most_at_once = 0
        self.requests = 0
        self._lock = threading.Lock()

    def origin(self, host: str) -> str:
        return f"https://{host}:{self.port}"

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]  # WSGI
        with self._lock:
            self.requests += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        request = Request(environ)
        if request.host.startswith("ads") and self.second:
            response = Response(status=302, headers={"Location": f"{self.origin(self.second)}/sign-in?state=hidden"})
        else:
            response = Response("<form method=post><input name=p type=password></form>", content_type="text/html")
        with self._lock:
            self.at_once -= 1
        return response(environ, start_response)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sites, ssl.SSLContext]]:
    hosts = [FIRST, SECOND, THIRD]
    made = certificates.make(Path(tmp_path_factory.mktemp("chains")), hosts)
    sites = Sites()
    with serving(sites, made.server_context()) as sites.port:
        yield sites, made.client_context()


@pytest.fixture
def sites(served: tuple[Sites, ssl.SSLContext]) -> Sites:
    served[0].second = SECOND
    return served[0]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 {FIRST} {SECOND} # practice\n127.0.0.1\t{THIRD}\n")
    return Settings(data=tmp_path / "data", hosts_file=hosts)


def set_policy(kernel: Kernel, **values: object) -> None:
    with kernel.database.writing() as session:
        old, version = policy.read_with_version(session, kernel.settings)
        new = policy.checked(msgspec.structs.asdict(old) | values)
        policy.change(session, kernel.settings, new, version=version, now=START)


Walk = Callable[[], Summary]


@pytest.fixture
def walk(kernel: Kernel, served: tuple[Sites, ssl.SSLContext]) -> Iterator[Walk]:
    """Walk all that is due."""
    set_policy(kernel, walk_names=("*.example-one.test", SECOND, THIRD), walk_ports=(str(served[0].port),))
    with contextlib.ExitStack() as stack:

        def run() -> Summary:
            runner = Runner(kernel, believes=served[1], turns=Turns(0.0))
            stack.callback(runner.close)
            return runner.run_until_done()

        yield run


@pytest.fixture
def ads(record: Records, sites: Sites) -> Callable[..., Record]:
    return lambda **more: record(linked=((f"{sites.origin(FIRST)}/", "domain"),), **more)


def row_of(kernel: Kernel, record: Record) -> ChainRow:
    with kernel.database.reading() as session:
        return session.get_one(ChainRow, record.id)


def proposals_of(kernel: Kernel, record: Record) -> list[tuple[str, str]]:
    with kernel.database.reading() as session:
        rows = session.scalars(select(Proposal).where(Proposal.record_id == record.id).order_by(Proposal.address))
        return [(row.address, row.state) for row in rows]


def test_a_saved_link_is_walked_and_proposes_where_the_login_goes(
    kernel: Kernel, sites: Sites, ads: Callable[..., Record], walk: Walk, person: People
) -> None:
    anna = person("anna")
    made = ads(grants={anna.account: Permission.EDIT})
    assert walk().ends == {End.PAGE: 1}
    told = anna.call("GET", f"/records/{made.id}/chain").get_json()
    assert (told["progress"], told["end"], told["next_at"]) == ("done", "page", START + DAY)
    assert [(hop["address"], hop["how"], hop["status"], hop["certificate"]) for hop in told["hops"]] == [
        (f"{sites.origin(FIRST)}/", "start", 302, FIRST),
        (f"{sites.origin(SECOND)}/sign-in", "http", 200, SECOND),
    ]
    assert "hidden" not in str(told)
    (proposal,) = anna.call("GET", "/proposals").get_json()["proposals"]
    assert (proposal["address"], proposal["strategy"], proposal["state"]) == (sites.origin(SECOND), "host", "open")
    assert proposal["warnings"] == ["other-domain", "unseen", "young"]
    assert walk().walked == 0, "what was walked is not due again"


def test_a_chain_is_walked_again_after_its_interval_and_when_its_link_changes(
    kernel: Kernel, clock: SetClock, sites: Sites, ads: Callable[..., Record], walk: Walk
) -> None:
    made = ads()
    assert walk().walked == 1
    clock.advance(DAY - 1)
    assert walk().walked == 0
    clock.advance(1)
    assert walk().walked == 1
    with kernel.database.writing() as session:
        (link,) = links.of_record(session, made.id)
        changed = links.LinkChange(url=f"{sites.origin(FIRST)}/other")
        links.change(session, COMMAND_LINE, session.get_one(Record, made.id), link.id, changed, now=START)
    assert walk().walked == 1
    assert row_of(kernel, made).start.endswith("/other")


def test_with_no_interval_only_what_is_asked_for_is_walked(
    kernel: Kernel, ads: Callable[..., Record], walk: Walk, person: People
) -> None:
    set_policy(kernel, resolve_interval=0)
    anna = person("anna")
    made = ads(grants={anna.account: Permission.EDIT})
    assert walk().walked == 0
    asked = anna.call("POST", f"/records/{made.id}/resolve")
    assert (asked.status_code, asked.get_json()["progress"]) == (202, "waiting")
    assert walk().walked == 1
    told = anna.call("GET", f"/records/{made.id}/chain").get_json()
    assert (told["progress"], told["next_at"]) == ("done", None)
    for _ in range(3):
        again = anna.call("POST", f"/records/{made.id}/resolve").get_json()
        assert (again["progress"], again["next_at"]) == ("waiting", START + chains.SOONEST), "not over and over"
    assert walk().walked == 0
    with kernel.database.reading() as session:
        resolved = session.scalars(select(Event.action).where(Event.action == "chain:resolve")).all()
    assert len(resolved) == 2


def test_of_many_takers_one_has_a_job(kernel: Kernel, clock: SetClock, ads: Callable[..., Record]) -> None:
    made = [ads(title=f"Ads {number}") for number in range(12)]
    with kernel.database.writing() as session:
        assert chains.make_due(session, now=START) == 12
    taken: list[chains.Job] = []
    together = threading.Barrier(6)

    def take() -> None:
        together.wait()
        for _ in range(4):
            with kernel.database.writing() as session:
                taken.extend(chains.take(session, now=START, limit=3))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job.record_id for job in taken) == sorted(record.id for record in made)
    clock.advance(chains.LEASE)
    with kernel.database.writing() as session:
        again = chains.take(session, now=clock.now(), limit=20)
    assert len(again) == 12, "a run that died gives its jobs up by time"
    found = Chain((Hop("https://a.test/", "https://a.test", How.START, 200),), End.PAGE)
    with kernel.database.writing() as session:
        current = policy.read(session, kernel.settings)
        late = next(job for job in taken if job.record_id == again[0].record_id)
        assert not chains.keep(session, late, found, current, now=clock.now()), "who lost the lease keeps nothing"
        assert chains.keep(session, again[0], found, current, now=clock.now())


def test_a_record_that_is_gone_or_begins_elsewhere_keeps_nothing(kernel: Kernel, ads: Callable[..., Record]) -> None:
    gone, elsewhere = ads(title="gone"), ads(title="elsewhere")
    with kernel.database.writing() as session:
        chains.make_due(session, now=START)
        jobs = {job.record_id: job for job in chains.take(session, now=START, limit=9)}
        session.execute(delete(Record).where(Record.id == gone.id))
        session.execute(update(LinkRow).where(LinkRow.record_id == elsewhere.id).values(url="https://moved.test/"))
        chains.make_due(session, now=START)
        found = Chain((Hop("https://a.test/", "https://a.test", How.START, 200),), End.PAGE)
        current = policy.read(session, kernel.settings)
        assert not chains.keep(session, jobs[gone.id], found, current, now=START)
        assert not chains.keep(session, jobs[elsewhere.id], found, current, now=START)
        assert not chains.keep(session, chains.Job(uuid4(), "x", uuid4()), found, current, now=START)
        (again,) = chains.take(session, now=START, limit=9)
    assert again.start == "https://moved.test/"


def test_a_login_that_goes_elsewhere_is_flagged_until_it_comes_back(
    kernel: Kernel, clock: SetClock, sites: Sites, ads: Callable[..., Record], walk: Walk
) -> None:
    made = ads()
    walk()
    assert row_of(kernel, made).moved_from is None
    for second, flagged in ((THIRD, sites.origin(SECOND)), (SECOND, None), ("", sites.origin(SECOND))):
        sites.second = second
        clock.advance(DAY)
        walk()
        assert row_of(kernel, made).moved_from == flagged
    assert (sites.origin(THIRD), "open") in proposals_of(kernel, made)


def test_what_is_resolved_and_affiliated_is_linked_by_itself_if_the_policy_says_so(
    kernel: Kernel, clock: SetClock, sites: Sites, ads: Callable[..., Record], walk: Walk
) -> None:
    made = ads()
    with kernel.database.writing() as session:
        group = affiliations.group(shared=("example-one.test", "example-two.test"))
        affiliations.add(session, COMMAND_LINE, group, record=None, now=START)
    walk()
    assert proposals_of(kernel, made) == [(sites.origin(SECOND), "open")]
    set_policy(kernel, accept_expected=1)
    for second in (SECOND, THIRD):
        sites.second = second
        clock.advance(DAY)
        walk()
    # The third host is no affiliate: it stays a proposal.
    assert proposals_of(kernel, made) == [(sites.origin(THIRD), "open"), (sites.origin(SECOND), "accepted")]
    with kernel.database.reading() as session:
        urls = [(row.url, row.strategy) for row in links.of_record(session, made.id)]
        event = session.scalars(select(Event).where(Event.action == "link:add").order_by(Event.id.desc())).first()
    assert urls[1:] == [(f"{sites.origin(SECOND)}/", "host")]
    assert event is not None
    assert event.device == "the service itself"


def test_many_records_take_turns_at_each_host(
    kernel: Kernel, sites: Sites, ads: Callable[..., Record], served: tuple[Sites, ssl.SSLContext], walk: Walk
) -> None:
    for number in range(30):
        ads(title=f"Ads {number}")
    sites.most_at_once, sites.requests = 0, 0
    seen: list[int] = []
    runner = Runner(kernel, believes=served[1], turns=Turns(0.001), walkers=4)
    summary = runner.run_until_done(lambda so_far: seen.append(so_far.walked))
    runner.close()
    assert (summary.walked, summary.arrived, sites.requests) == (30, 30, 60)
    assert sites.most_at_once <= 2, "two hosts, one connection each"
    assert seen == sorted(seen)
    with kernel.database.reading() as session:
        assert len(session.scalars(select(Proposal.id)).all()) == 30

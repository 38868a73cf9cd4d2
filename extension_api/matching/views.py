"""The match table and single matches over the API; no secret is in either."""

import base64
import functools
import hashlib
from collections.abc import Iterable
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.http import parse_etags

from extension_api import policy, transactions
from extension_api.api import Api
from extension_api.errors import InvalidPage, NotFound
from extension_api.front import JSON, Headers, QuickCall, Told
from extension_api.kernel import Kernel
from extension_api.matching import changes, service
from extension_api.matching.changes import Point
from extension_api.matching.pins import PagePins
from extension_api.matching.tables import PersonalTable
from extension_api.permissions import Identity
from extension_api.policy import StoredPolicy
from extension_api.quick import Statement
from extension_api.revision import Revision
from extension_api.sessions.views import PolicyAnswer, policy_answer
from extension_api.settings import Settings
from matcher import BETWEEN, Match, check_sum, suffixes

api = Api("matching")
Address = Annotated[str, msgspec.Meta(max_length=20_000)]
"""A page's address as the browser gives it; how long one may be is the matcher's to say."""
TAG_BYTES = 18
"""144 bits of a digest, 24 characters."""

Rules: TypeAlias = tuple["PolicyAnswer", bytes]
"""What the extension must keep to, and the same as it is written."""
UNSHARED: Final[Headers] = (
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Authorization, Accept-Encoding"),
)
_STATE: Final = Statement(select(Revision.value, Revision.stamp, StoredPolicy.overrides))
"""Each of the two tables has one row."""


class ShownAnswer(msgspec.Struct, omit_defaults=True):
    """What is shown of a record that may be filled; `pins` only where a person pointed at fields."""

    title: str
    username: str
    may_edit: bool
    pins: tuple[PagePins, ...] = ()


class TableChanges(msgspec.Struct, omit_defaults=True):
    """What makes the caller's present table of the one that they have.

    Lines of the records in `went`, and of those that the answer's `records` name, go; `links` come, and all are sorted
    again. The other parts take the place of those that were there; affiliations and hosts only where they are given.
    """

    revision: int
    links: str
    went: list[str]
    suffix_list: str | None
    cuts: list[str]
    check: int
    affiliations: msgspec.Raw | None = None
    hosts: list[str] | None = None


class MatchTableAnswer(msgspec.Struct, omit_defaults=True):
    """The caller's match table; `records` by the ids that the table uses.

    Either the whole `table` with all records, or its `changes` with the records that they touch, or neither where
    nothing changed for the caller but the number.
    """

    revision: int
    records: dict[str, ShownAnswer]
    policy: PolicyAnswer
    table: msgspec.Raw | None = None
    changes: TableChanges | None = None


class MatchTableQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`since`: the revision of the table that the caller has, whose tag `If-None-Match` bears."""

    since: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None


class MatchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A page, and a record if its reasons are wanted."""

    page_url: Address
    record_id: UUID | None = None


class MatchedLink(msgspec.Struct):
    """The link that matched."""

    id: UUID
    url: str
    strategy: str


class MatchAnswer(msgspec.Struct):
    """A record that matches a page, by which link, how well, and why."""

    record_id: UUID
    title: str
    link: MatchedLink
    strength: str
    close: bool
    reason: str


class MatchesAnswer(msgspec.Struct):
    """Matches, best first; `explanation` of the record that was named."""

    matches: list[MatchAnswer]
    explanation: str | None


@api.endpoint(
    "GET",
    "/match-table",
    guard="bearer",
    summary="Your match table, or what changed of it",
    query=MatchTableQuery,
    answer=MatchTableAnswer,
    headers=("If-None-Match",),
    quick=True,
)
def match_table(call: QuickCall, identity: Identity, query: MatchTableQuery) -> Told:
    """Answer the caller's table, what changed of it, or that it is unchanged (RFC 9110 section 13.1.2)."""
    kernel, known = call.kernel, call.header("HTTP_IF_NONE_MATCH")
    at, rules = _state(kernel)
    tag = _tag(identity, at, rules[1])
    if known and _is_known(known, tag):
        return Told(304, b"", (*UNSHARED, ("ETag", f'"{tag}"')))

    def act(session: Session) -> tuple[Point, bytes]:
        now = changes.now(session)
        return now, msgspec.json.encode(_table_answer(call, session, identity, now, rules, query.since))

    now, body = transactions.run(kernel, act, writes=False)
    head = (("Content-Type", JSON), *UNSHARED, ("ETag", f'"{_tag(identity, now, rules[1])}"'))
    return Told(200, body, head).compressed(call)


def _table_answer(
    call: QuickCall,
    session: Session,
    identity: Identity,
    now: Point,
    told: tuple[PolicyAnswer, bytes],
    since: int | None,
) -> MatchTableAnswer:
    rules, written = told
    found, stamp = None, None if since is None else changes.stamp_of(session, since)
    if since is not None and stamp is not None:
        then = Point(since, stamp)
        if _is_known(call.header("HTTP_IF_NONE_MATCH"), _tag(identity, then, written)):
            found = changes.between(session, identity, then, now)
    if found is not None and found.nothing:
        return MatchTableAnswer(now.revision, {}, rules)
    personal = service.table_of(call.kernel, session, identity)
    if found is None:
        return MatchTableAnswer(now.revision, _shown(personal, personal.records), rules, msgspec.Raw(personal.json))
    touched = sorted(map(str, found.records))
    present = [key for key in touched if key in personal.records]
    lines = [line for key in present for line in personal.pieces[key].lines]
    limited = any(personal.groups.limits)
    made = TableChanges(
        revision=personal.revision,
        links=BETWEEN.join(lines),
        went=[key for key in touched if key not in personal.records],
        suffix_list=None if (listed := suffixes.current().date) is None else listed.isoformat(),
        cuts=personal.cuts,
        check=check_sum(personal.json),
        affiliations=msgspec.Raw(msgspec.json.encode(personal.groups.to_groups())) if limited else None,
        hosts=sorted(personal.groups.hosts) if limited else None,
    )
    return MatchTableAnswer(now.revision, _shown(personal, present), rules, changes=made)


def _shown(personal: PersonalTable, keys: Iterable[str]) -> dict[str, ShownAnswer]:
    return {
        key: ShownAnswer(shown.title, shown.username, shown.may_edit, shown.pins)
        for key in keys
        for shown in (personal.records[key],)
    }


@api.endpoint(
    "POST",
    "/match",
    guard="bearer",
    summary="What matches a page, and why",
    body=MatchRequest,
    answer=MatchesAnswer,
    problems=(InvalidPage, NotFound),
    quick=True,
)
def matches(call: QuickCall, identity: Identity, body: MatchRequest) -> MatchesAnswer:
    """Answer the caller's records that match a page."""
    personal = service.table_now(call.kernel, identity)
    url = service.page(body.page_url)
    explanation = service.explain(personal, url, body.record_id) if body.record_id else None
    return MatchesAnswer([match_answer(personal, match) for match in personal.table.find(url)], explanation)


def _state(kernel: Kernel) -> tuple[Point, Rules]:
    revision, stamp, overrides = kernel.database.lines.ask(_STATE, {})[0]
    return Point(revision, stamp), _rules(kernel.settings, overrides)


@functools.lru_cache(maxsize=16)
def _rules(settings: Settings, overrides: str) -> Rules:
    rules = policy_answer(policy.of_overrides(settings, overrides))
    return rules, msgspec.json.encode(rules)


def _tag(identity: Identity, at: Point, rules: bytes) -> str:
    """Return the entity tag of what a person is answered at a revision.

    It is made of all that the answer follows from, and of whose it is, not the revision alone. All people have the
    same revision, and a tag must not be the same for two answers of one address (RFC 9110 section 8.8.3): a cache may
    ask for one person with a tag that it keeps of another (RFC 9111 section 4.1) and would be told that nothing
    changed. The revision also comes again when a backup is put back, which its stamp tells, and says nothing of rules
    and of a list of suffixes that the service was started with.
    """
    said = (identity.account_id.bytes, at.revision, at.stamp, suffixes.current().date, rules)
    made = hashlib.sha256(msgspec.msgpack.encode(said)).digest()
    return base64.urlsafe_b64encode(made[:TAG_BYTES]).decode()


def _is_known(tags: str, tag: str) -> bool:
    return tags == f'"{tag}"' or (bool(tags) and parse_etags(tags).contains_weak(tag))


def match_answer(personal: PersonalTable, match: Match) -> MatchAnswer:
    """Return what is answered of a match."""
    return MatchAnswer(
        record_id=UUID(match.record),
        title=personal.records[match.record].title,
        link=MatchedLink(personal.id_of(match.link), match.link.url, match.link.strategy.value),
        strength=match.strength.value,
        close=match.close,
        reason=match.reason,
    )

"""Every endpoint and every page, called by every role, against the one table of what each is answered.

An address without a row fails. Beyond the table: a refused call writes nothing, what is missing and what is forbidden
answer byte for byte alike, and whoever brings no living token of the right kind gets one and the same answer.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from werkzeug.routing import RequestRedirect

from extension_api.guards import guard_of
from tests.extension_api.roles_table import ADMIN, API, CONSOLE, ROLES, TABLE, Row
from tests.extension_api.roles_world import OLD_SECRET, PLACE, SECRET, Caller, Seen, World

SIGN_IN = "/console/sign-in?next="
CONFIRM = "/console/confirm"
SEEN_BY = {
    "record": {"fill", "view", "edit", "manage", "lister", "grouped", "admin"},
    "other": {"guest", "admin"},
    "proposal": {"fill", "view", "edit", "manage", "lister", "grouped", "admin"},
    "old": {"view", "edit", "manage", "lister", "grouped", "admin"},
    "list": {"lister", "grouped", "admin"},
    "folder": {"lister", "grouped", "admin"},
    "shown": {"fill", "view", "edit", "manage", "lister", "grouped", "admin"},
    "inbox": {"fill", "view", "edit", "manage", "lister", "grouped", "admin"},
}
"""Who may know of an object: they alone may be told that they lack a right on it."""
BEGUN = {
    "POST /api/v1/chains",
    "POST /console/account/one-time-codes",
    "POST /console/account/passkeys/options",
    "POST /console/confirm/passkey/options",
}
"""What is kept without an event: what a browser saw, which a proposal names, and what only begins something."""
GUARDED = [row for row in TABLE if not row.public]
PUBLIC = [row for row in TABLE if row.public]
EACH = list({(row.method, row.path.partition("?")[0]): row for row in GUARDED}.values())
"""One row of each guarded address, where what matters is who comes and not what they ask for."""
POSTED = [row for row in TABLE if row.method == "POST" and row.path.startswith(CONSOLE)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("roles"))
    yield made
    made.close()


def endpoint_of(world: World, row: Row) -> str:
    path = row.filled(world.values | world.own["admin"]).path.partition("?")[0]
    try:
        endpoint, _ = world.app.url_map.bind("localhost").match(path, method=row.method)
    except RequestRedirect as redirected:
        pytest.fail(f"{row}: leads to {redirected.new_url}")
    return str(endpoint)


def test_every_address_has_its_row(world: World) -> None:
    rowed = {(endpoint_of(world, row), row.method) for row in TABLE}
    every = {
        (str(rule.endpoint), method)
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert every - rowed == set(), "give each of these its row in roles_table.py"
    for row in TABLE:
        guard = guard_of(world.app.view_functions[endpoint_of(world, row)])
        assert row.public is (guard == "public"), f"{row}: is it for anybody?"


@pytest.mark.parametrize("row", GUARDED, ids=str)
def test_each_role_is_answered_as_the_table_says(world: World, row: Row) -> None:
    wrong = []
    for role, cell in row.expected:
        if row.hashes and role != "admin":
            continue
        seen, written = world.ask(row, world.callers[role], role)
        secret = SECRET.encode() in seen.body or (OLD_SECRET.encode() in seen.body and OLD_SECRET not in row.tells)
        tells = row.filled(world.values).tells.encode()
        told = seen.status < 300 and bool(tells) and tells in seen.body
        got = f"{seen.status}{'+' if told else ''}{'$' if secret else ''}"
        if got != cell:
            wrong.append(f"{role}: {got} and not {cell}")
        if seen.status >= 400 and written and not row.written:
            wrong.append(f"{role}: {seen.status}, but something was written")
        if seen.location.startswith((SIGN_IN, CONFIRM)):
            wrong.append(f"{role}: was sent to {seen.location}")
        wrong += unlike(world, row, role, seen)
    assert not wrong, "\n".join([str(row), *wrong])


def unlike(world: World, row: Row, role: str, refused: Seen) -> list[str]:
    """Return where a refusal tells an object that the caller may not know of from one that nothing is."""
    if refused.status not in (403, 404):
        return []
    caller, found = world.callers[role], []
    for place in {*PLACE.findall(row.path), *PLACE.findall(str(row.body or ""))}:
        missing, _ = world.ask(row, caller, role, missing=place)
        # A missing object of one's own is told from a forbidden act on it; nothing else is.
        if missing != refused and not (role in SEEN_BY.get(place, ()) and missing.status == 404):
            found.append(f"{role}: {place} answers {refused.status}, but a missing one {missing.status}: {missing}")
    return found


def test_what_is_for_administrators_answers_everybody_else_alike_whatever_it_names(world: World) -> None:
    for row in (row for row in GUARDED if row.cells.startswith(ADMIN)):
        refused, _ = world.ask(row, world.callers["stranger"], "stranger")
        for role in ROLES[1:-1]:
            assert world.ask(row, world.callers[role], role)[0] == refused, f"{row}: {role}"
        for place in PLACE.findall(row.path):
            assert world.ask(row, world.callers["lister"], "lister", missing=place)[0] == refused, f"{row}: {place}"


def test_whatever_is_done_is_on_record_with_who_from_where_and_on_what_device(world: World) -> None:
    unnoted = set()
    for row in (row for row in GUARDED if row.method != "GET" and not row.hashes):
        role = next((role for role, cell in reversed(list(row.expected)) if cell[:1] in "23"), None)
        if role is None:
            continue
        seen, written = world.ask(row, world.callers[role], role)
        if not written:
            continue
        if not world.noted:
            unnoted.add(f"{row.method} {row.path}")
        for _, name, address, device in world.noted:
            assert (name, address, device) == (f"{role}-person", "127.0.0.1", "made-up"), f"{row}: {seen.status}"
    assert unnoted == BEGUN


@pytest.mark.parametrize("row", PUBLIC, ids=str)
def test_nobody_is_answered_as_the_table_says(world: World, row: Row) -> None:
    seen, written = world.ask(row, Caller())
    assert seen.status == int(row.cells), seen
    assert seen.status < 400 or not written or row.written


@pytest.mark.parametrize("row", EACH, ids=str)
def test_whoever_brings_no_living_token_of_the_right_kind_gets_one_answer(world: World, row: Row) -> None:
    nobody, _ = world.ask(row, Caller(), "admin")
    if row.path.startswith(CONSOLE):
        assert nobody.status == 303
        assert nobody.location.startswith(SIGN_IN)
    else:
        assert nobody.status == 401
        assert b"urn:wayfill:problem:not-authenticated" in nobody.body
    for name, caller in world.strangers.items():
        if name == "other place" and row.path.startswith(CONSOLE):
            continue
        seen, written = world.ask(row, caller, "admin")
        assert seen == nobody, name
        assert not written, name


@pytest.mark.parametrize("row", [row for row in GUARDED if row.fresh], ids=str)
def test_a_dangerous_act_asks_for_a_fresh_proof(world: World, row: Row) -> None:
    for role, cell in row.expected:
        seen, written = world.ask(row, world.stale[role], role)
        if role not in row.fresh or cell == "403":
            assert seen.status == int(cell[:3]), role
            continue
        if row.path.startswith(CONSOLE):
            assert seen.status == 303
            assert seen.location.startswith(CONFIRM), role
        else:
            assert seen.status == 403, role
            assert b"urn:wayfill:problem:confirmation-required" in seen.body, role
        assert not written, role


@pytest.mark.parametrize("row", POSTED, ids=str)
def test_a_page_takes_forms_of_its_own_reader_alone(world: World, row: Row) -> None:
    caller = Caller() if row.public else world.callers["admin"]
    forged = [
        ("another origin", row, replace(caller, extra={"Origin": "https://evil.example.test"})),
        ("an opaque origin", row, replace(caller, extra={"Origin": "null"})),
        ("another site", row, replace(caller, extra={"Sec-Fetch-Site": "cross-site"})),
        ("a neighbour", row, replace(caller, extra={"Sec-Fetch-Site": "same-site"})),
        ("no token", replace(row, body={**(row.body or {}), "csrf": ""}), caller),
        ("another's token", replace(row, body={**(row.body or {}), "csrf": "0" * 64}), caller),
    ]
    for name, sent, by in forged:
        seen, written = world.ask(sent, by, "admin")
        assert seen.status == 403, name
        assert b"form" in seen.body, name
        assert not written, name


@pytest.mark.parametrize("row", [row for row in TABLE if row.body and row.path.startswith(API)], ids=str)
def test_a_call_takes_no_field_that_it_did_not_declare(world: World, row: Row) -> None:
    for field in ("id", "made_up"):
        caller = Caller() if row.public else world.callers["admin"]
        seen, written = world.ask(
            replace(row, body={**(row.body or {}), field: world.values["person"]}), caller, "admin"
        )
        assert seen.status == 422, field
        assert field.encode() in seen.body, field
        assert not written, field


@pytest.mark.parametrize("row", EACH + PUBLIC, ids=str)
def test_what_no_database_keeps_is_refused_wherever_text_comes_in(world: World, row: Row) -> None:
    caller = Caller() if row.public else world.callers["admin"]
    names = list(row.body or {}) if row.path.startswith(API) else ["q", "title", "made-up"]
    sent = [replace(row, body={**(row.body or {}), name: "a\0b"}) for name in names if row.method != "GET"]
    if row.method == "GET" or row.path.startswith(CONSOLE):
        sent += [replace(row, path=f"{row.path.partition('?')[0]}?{name}=a%00b") for name in ("q", "made_up")]
    for each in sent:
        seen, written = world.ask(each, caller, "admin")
        assert seen.status < 500, each
        assert not written, each
        if row.path.startswith(CONSOLE + "/") and not row.path.startswith(f"{CONSOLE}/static"):
            assert seen.status == 422, each
            assert "U+0000" in seen.body.decode(), each
            assert b"%00" not in seen.body, each
        elif row.path.startswith(API) and "?" not in each.path:
            assert seen.status == 422, each


def test_the_roles_are_those_of_the_world(world: World) -> None:
    assert set(ROLES) <= set(world.callers)
    for row in GUARDED:
        assert len(row.cells.split()) == len(ROLES), row

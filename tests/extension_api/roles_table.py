"""Who may call what: one row a call, one column a role. Every endpoint and page has at least one row.

A cell is the status; behind it `+` says that the answer holds the row's `tells`, `$` that it holds the record's secret.
Where they are not, the answer must not hold them. Braces name objects of `roles_world.py`: `{record}` is the one that
the roles are named after; `{other}`, its link, old value, permission and list are another's.

One rule for the API and the console: what somebody may not know of answers 404, as if it were missing; who may know of
it but lacks a right is told so (403); what only administrators may do answers everybody else 403, whatever it names.
"""

# ruff: noqa: E501 - a row of the table is one line
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

API: Final = "/api/v1"
CONSOLE: Final = "/console"
ROLES: Final = ("stranger", "guest", "fill", "view", "edit", "manage", "lister", "grouped", "admin")
"""`stranger` holds nothing, `guest` manages `{other}` alone; `fill` to `manage` hold that on `{record}` itself;
`lister` manages its list, `grouped` edits it by a group; `admin` administers and was granted nothing."""


@dataclass(frozen=True)
class Row:
    """A call and what each role is answered; one cell for a call that anybody may make."""

    method: str
    path: str
    cells: str
    body: Mapping[str, object] | None = None
    tells: str = ""
    fresh: tuple[str, ...] = ()
    """The roles of whom the act asks for a proof of the last minutes, where they may do it at all."""
    written: bool = False
    """Whether a refusal is put on record."""
    hashes: bool = False
    """Whether a password is hashed, which takes long: one role then stands for all."""

    @property
    def public(self) -> bool:
        return len(self.cells.split()) == 1

    @property
    def expected(self) -> Iterator[tuple[str, str]]:
        return zip(ROLES, self.cells.split(), strict=True)

    def filled(self, values: Mapping[str, str]) -> "Row":
        """Return this call with ids in place of the names in braces."""
        body = {key: _filled(value, values) for key, value in self.body.items()} if self.body is not None else None
        return replace(self, path=_text(self.path, values), body=body, tells=_text(self.tells, values))

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" {self.body}" if self.body else "")


def _filled(given: object, values: Mapping[str, str]) -> object:
    return _text(given, values) if isinstance(given, str) else given


def _text(given: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        given = given.replace("{" + name + "}", value)
    return given


def _api(call: str, cells: str, body: Mapping[str, object] | None = None, **more: Any) -> Row:
    method, path = call.split(" ", 1)
    return Row(method, API + path, cells, body, **more)


def _page(call: str, cells: str, body: Mapping[str, object] | None = None, **more: Any) -> Row:
    method, path = call.split(" ", 1)
    return Row(method, CONSOLE + path, cells, body, **more)


ADS = "https://ads.example-one.test/"
FILL = {"record_id": "{record}", "page_url": ADS, "top_url": ADS, "fields": ["username", "password"]}
NEW = {"title": "A new record", "username": "made-up", "password": "made-up"}
FIELD = {"names": "x1", "type": "text", "autocomplete": "", "label": "", "nth": 0, "place": 0, "total": 1}
PINS = {"page_url": ADS, "pins": [{"kind": "username", "field": FIELD}]}
URL = {"url": "https://login.example-three.test/"}
GIVEN = {"kind": "person", "name": "bystander-person", "level": "view"}
FORM = {**URL, "strategy": "host"}
GIVE = {"person": "bystander-person", "level": "view"}
ADMINISTERING = ("admin",)
"""Of whom alone a fresh proof is asked: who gives access, or sets rules for all, because they administer."""
ADMIN = "403 403 403 403 403 403 403 403"
"""Of every role but `admin`."""
R = "/records/{record}"
RL = R + "/links"
RP = R + "/permissions"
RH = R + "/history"
L = "/lists/{list}"
LP = L + "/permissions"

#                                                stranger guest fill view edit manage lister grouped admin
RECORDS = (
    _api("GET /records?limit=100",               "200  200  200+ 200+ 200+ 200+ 200+ 200+ 200+", tells="{record}"),
    _api("GET /records?list={list}",             "404  404  404  404  404  404  200+ 200+ 200+", tells="{record}"),
    _api("GET /records?q=example-two",           "200  200+ 200  200  200  200  200  200  200+", tells="{other}"),
    _api("POST /records",                        "201  201  201  201  201  201  201  201  201", NEW),
    _api("POST /records",                        "404  404  404  404  404  404  201  201  201", {**NEW, "list_id": "{list}"}),
    _api("POST /records",                        "404  404  403  403  403  403  403  403  201", {**NEW, "list_id": "{shown}"}),
    _api(f"GET {R}",                             "404  404  200  200  200  200  200+ 200+ 200+", tells="The list"),
    _api(f"PATCH {R}",                           "404  404  403  403  200  200  200  200  200", {"title": "Another"}),
    _api(f"PATCH {R}",                           "404  404  403  403  200  200  200  200  200", {"password": "another"}),
    _api(f"PATCH {R}",                           "404  404  403  403  404  404  404  404  200", {"list_id": "{other_list}"}, fresh=ADMINISTERING),
    _api(f"PATCH {R}",                           "404  404  403  403  403  403  200  403  200", {"list_id": "{inbox}"}, fresh=ADMINISTERING),
    _api(f"PATCH {R}",                           "404  404  403  403  403  403  403  403  200", {"list_id": "{shown}"}, fresh=ADMINISTERING),
    _api("PATCH /records/{other}",               "404  404  404  404  404  404  404  404  200", {"list_id": "{list}"}, fresh=ADMINISTERING),
    _api(f"DELETE {R}",                          "404  404  403  403  403  204  204  403  204"),
    _api(f"POST {R}/reveal",                     "404  404  403  200$ 200$ 200$ 200$ 200$ 403", {"field": "password"}),
    _api(f"GET {RL}",                            "404  404  200+ 200+ 200+ 200+ 200+ 200+ 200+", tells="{link}"),
    _api(f"POST {RL}",                           "404  404  403  403  201  201  201  201  201", URL),
    _api(f"PATCH {RL}/{{link}}",                 "404  404  403  403  200  200  200  200  200", {"strategy": "host"}),
    _api(f"PATCH {RL}/{{other_link}}",           "404  404  403  403  404  404  404  404  404", {"strategy": "host"}),
    _api(f"DELETE {RL}/{{link}}",                "404  404  403  403  204  204  204  204  204"),
    _api(f"DELETE {RL}/{{other_link}}",          "404  404  403  403  404  404  404  404  404"),
    _api(f"POST {R}/pins",                       "404  404  403  403  200  200  200  200  403", PINS),
    _api(f"GET {RH}",                            "404  404  403  200+ 200+ 200+ 200+ 200+ 200+", tells="{old}"),
    _api(f"POST {RH}/{{old}}/reveal",            "404  404  403  200+ 200+ 200+ 200+ 200+ 403", tells="made-up-secret-it-had-before"),
    _api(f"POST {RH}/{{other_old}}/reveal",      "404  404  403  404  404  404  404  404  404"),
    _api(f"POST {RH}/{{old}}/restore",           "404  404  403  403  200  200  200  200  200"),
    _api(f"POST {RH}/{{other_old}}/restore",     "404  404  403  403  404  404  404  404  404"),
    _api(f"GET {RP}",                            "404  404  403  403  403  200+ 200+ 403  200+", tells="{permission}"),
    _api(f"POST {RP}",                           "404  404  403  403  403  201  201  403  201", GIVE, fresh=ADMINISTERING),
    _api(f"DELETE {RP}/{{permission}}",          "404  404  403  403  403  204  204  403  204"),
    _api(f"DELETE {RP}/{{other_permission}}",    "404  404  403  403  403  404  404  403  404"),
    _api(f"DELETE {RP}/{{list_permission}}",     "404  404  403  403  403  404  404  403  404"),
    _api(f"GET {R}/people",                      "404  404  403  403  200  200  200+ 200+ 200+", tells="lister-person"),
    _api("GET /match-table",                     "200  200  200+ 200+ 200+ 200+ 200+ 200+ 200", tells="{record}"),
    _api("POST /match",                          "200  200  200+ 200+ 200+ 200+ 200+ 200+ 200", {"page_url": ADS}, tells="{record}"),
    _api("POST /match",                          "404  404  200+ 200+ 200+ 200+ 200+ 200+ 404", {"page_url": ADS, "record_id": "{record}"}, tells="{record}"),
    _api("POST /fill",                           "404  404  200$ 200$ 200$ 200$ 200$ 200$ 404", FILL),
    _api("POST /fill",                           "404  404  403  403  403  403  403  403  404", {**FILL, "page_url": "https://www.example-two.test/"}, written=True),
)  # fmt: skip
LISTS = (
    _api("GET /lists",                           "200  200  200  200  200  200  200+ 200+ 200+", tells="{list}"),
    _api("GET /lists?folder={folder}",           "404  404  404  404  404  404  200+ 200+ 200+", tells="{list}"),
    _api("POST /lists",                          "201  201  201  201  201  201  201  201  201", {"name": "New"}),
    _api("POST /lists",                          "404  404  404  404  404  404  201  201  201", {"name": "New", "folder_id": "{folder}"}),
    _api(f"GET {L}",                             "404  404  404  404  404  404  200  200  200"),
    _api(f"PATCH {L}",                           "404  404  404  404  404  404  200  403  200", {"name": "Another"}),
    _api(f"PATCH {L}",                           "404  404  404  404  404  404  404  403  200", {"folder_id": "{other_folder}"}),
    _api(f"DELETE {L}",                          "404  404  404  404  404  404  409  403  409"),
    _api("DELETE /lists/{empty_list}",           "404  404  404  404  404  404  204  404  204"),
    _api(f"GET {LP}",                            "404  404  404  404  404  404  200+ 403  200+", tells="{list_permission}"),
    _api(f"POST {LP}",                           "404  404  404  404  404  404  201  403  201", GIVE, fresh=ADMINISTERING),
    _api(f"POST {LP}",                           "404  404  404  404  404  404  201  403  201", {"group": "crew", "level": "manage"}, fresh=ADMINISTERING),
    _api(f"DELETE {LP}/{{list_permission}}",     "404  404  404  404  404  404  204  403  204"),
    _api(f"DELETE {LP}/{{other_list_permission}}", "404  404  404  404  404  404  404  403  404"),
    _api(f"DELETE {LP}/{{permission}}",          "404  404  404  404  404  404  404  403  404"),
    _api(f"GET {L}/people",                      "404  404  404  404  404  404  200  200  200", tells="guest-person"),
    _api("GET /folders",                         "200  200  200  200  200  200  200+ 200+ 200+", tells="{folder}"),
    _api("GET /folders?parent={folder}",         "404  404  404  404  404  404  200  200  200"),
    _api("GET /folders/{folder}",                "404  404  404  404  404  404  200  200  200"),
    _api("GET /folders/{empty_folder}",          "404  404  404  404  404  404  404  404  200"),
    _api("POST /folders",                        f"{ADMIN} 201", {"name": "New", "parent_id": "{folder}"}),
    _api("PATCH /folders/{folder}",              f"{ADMIN} 200", {"name": "New"}),
    _api("PATCH /folders/{folder}",              f"{ADMIN} 200", {"parent_id": "{other_folder}"}),
    _api("DELETE /folders/{folder}",             f"{ADMIN} 409"),
    _api("DELETE /folders/{empty_folder}",       f"{ADMIN} 204"),
)  # fmt: skip
PEOPLE = (
    _api("GET /people",                          f"{ADMIN} 200"),
    _api("POST /people",                         f"{ADMIN} 201", {"name": "new"}),
    _api("POST /people",                         f"{ADMIN} 201", {"name": "new", "administrator": True}, fresh=ROLES),
    _api("GET /people/{person}",                 f"{ADMIN} 200"),
    _api("PATCH /people/{person}",               f"{ADMIN} 200", {"active": False}, fresh=ADMINISTERING),
    _api("PATCH /people/{disabled}",             f"{ADMIN} 200", {"active": True}, fresh=ADMINISTERING),
    _api("PATCH /people/{person}",               f"{ADMIN} 200", {"administrator": True}, fresh=ROLES),
    _api("PATCH /people/{administrator}",        f"{ADMIN} 409", {"administrator": False}, fresh=ROLES),
    _api("PATCH /people/{administrator}",        f"{ADMIN} 409", {"active": False}, fresh=ADMINISTERING),
    _api("POST /people/{person}/setup-link",     f"{ADMIN} 201", fresh=ADMINISTERING),
    _api("POST /people/{disabled}/setup-link",   f"{ADMIN} 409"),
    _api("GET /groups",                          f"{ADMIN} 200"),
    _api("POST /groups",                         f"{ADMIN} 201", {"name": "new"}),
    _api("GET /groups/{group}",                  f"{ADMIN} 200"),
    _api("PATCH /groups/{group}",                f"{ADMIN} 200", {"name": "new"}),
    _api("DELETE /groups/{group}",               f"{ADMIN} 204"),
    _api("GET /groups/{group}/people",           f"{ADMIN} 200"),
    _api("POST /groups/{group}/people",          f"{ADMIN} 201", {"person": "stranger-person"}, fresh=ADMINISTERING),
    _api("DELETE /groups/{group}/people/{person}", f"{ADMIN} 204"),
    _api("DELETE /groups/{group}/people/{administrator}", f"{ADMIN} 404"),
)  # fmt: skip
ALL = "200 200 200 200 200 200 200 200 200"
NONE = "404 404 404 404 404 404 404 404 404"
GONE = "204 204 204 204 204 204 204 204 204"
SESSIONS = (
    _api("POST /session",                        "401", {"username": "x", "password": "x", "device": "x"}, written=True),
    _api("POST /session/refresh",                "401", {"refresh_token": "x"}),
    _api("DELETE /session",                      GONE),
    _api("POST /session/confirm",                "401 401 401 401 401 401 401 401 401", {"password": "x"}, written=True, hashes=True),
    _api("GET /sessions",                        ALL, tells="{session}"),
    _api("GET /sessions?account={person}",       f"{ADMIN} 200+", tells="{session}"),
    _api("DELETE /sessions/{own_session}",       GONE),
    _api("DELETE /sessions/{session}",           "404  404  404  404  404  404  404  404  204", fresh=ADMINISTERING),
    _api("GET /audit?limit=200",                 ALL, tells="somebody-else"),
    _api("GET /audit?record_id={record}",        ALL, tells="somebody-else"),
    _api("GET /audit?person=somebody-else",      ALL, tells="somebody-else"),
    _api("GET /audit?everybody=true&limit=200&record_id={record}", f"{ADMIN} 200+", tells="somebody-else"),
    _api("POST /generate",                       ALL, {}),
    _api("GET /openapi.json",                    "200"),
    Row("GET", "/health/live", "200"),
    Row("GET", "/health/ready", "200"),
    Row("GET", "/metrics", "404"),
)  # fmt: skip
HOPS = [ADS, "https://login.example-nine.test/x"]
SHARED = {"shared": ["example-four.test", "example-five.test"]}
EDITORS = "404  404  403  403"
CHAINS = (
    _api(f"GET {R}/chain",                       "404  404  200+ 200+ 200+ 200+ 200+ 200+ 200+", tells="{record}"),
    _api(f"POST {R}/resolve",                    f"{EDITORS} 202 202 202 202 202"),
    _api("POST /chains",                         "404  404  200+ 200+ 200+ 200+ 200+ 200+ 404", {"record_id": "{record}", "hops": HOPS}, tells="example-nine"),
    _api("POST /chains",                         "404  404  403  403  403  403  403  403  404", {"record_id": "{record}", "hops": HOPS[::-1]}),
    _api("GET /proposals",                       "200  200  200  200  200+ 200+ 200+ 200+ 200+", tells="{proposal}"),
    _api("GET /proposals",                       "200  200+ 200  200  200  200  200  200  200+", tells="{other_proposal}"),
    _api("GET /proposals?record={record}",       "404  404  200+ 200+ 200+ 200+ 200+ 200+ 200+", tells="{proposal}"),
    _api("GET /proposals?record={record}",       "404  404  200  200  200+ 200+ 200+ 200+ 200+", tells="bystander-person"),
    _api("POST /proposals/{proposal}/accept",    "404  404  200  200  200+ 200+ 200+ 200+ 200+", {"strategy": "host"}, tells="asked\":false"),
    _api("POST /proposals/{other_proposal}/accept", "404  200  404  404  404  404  404  404  200", {"strategy": "host"}),
    _api("POST /proposals/{proposal}/reject",    f"{EDITORS} 200 200 200 200 200"),
    _api("POST /proposals/{other_proposal}/reject", "404  200  404  404  404  404  404  404  200"),
    _api("POST /proposals/accept",               "200  200  200  200  200+ 200+ 200+ 200+ 200+", {"address": "https://login.example-four.test"}, tells="accepted\":1"),
    _api("GET /affiliations",                    f"{ADMIN} 200+", tells="{affiliation}"),
    _api("POST /affiliations",                   f"{ADMIN} 201", SHARED),
    _api("POST /affiliations",                   f"{EDITORS} 201 201 201 201 201", {**SHARED, "record_id": "{record}"}),
    _api("PATCH /affiliations/{affiliation}",    f"{ADMIN} 200", {"active": False}),
    _api("PATCH /affiliations/{affiliation}",    f"{EDITORS} 200 200 200 200 200", {"active": False, "record_id": "{record}"}),
    _api("DELETE /affiliations/{affiliation}",   f"{ADMIN} 204"),
)  # fmt: skip
SEE = "303 303 303 303 303 303 303 303 303"
PAGES = (
    Row("GET", "/", "303"),
    Row("GET", "/console", "303"),
    _page("GET /",                               "303"),
    _page("GET /static/console.css",             "200"),
    _page("GET /sign-in",                        "200"),
    _page("POST /sign-in",                       "401", {"username": "x", "password": "x"}, written=True),
    _page("POST /sign-in/code",                  "303", {"token": "x", "code": "000000"}),
    _page("POST /sign-in/passkey/options",       "200"),
    _page("POST /sign-in/passkey",               "401", {"answer": "{}"}, written=True),
    _page("GET /welcome",                        "200"),
    _page("POST /welcome",                       "404", {"code": "x", "password": "x", "repeated": "x"}),
    _page("POST /sign-out",                      SEE),
    _page("GET /records",                        "200  200  200+ 200+ 200+ 200+ 200+ 200+ 200+", tells="{record}"),
    _page("GET /records?q=example-two",          "200  200+ 200  200  200  200  200  200  200+", tells="{other}"),
    _page(f"GET {R}",                            "404  404  200  200  200+ 200+ 200+ 200+ 200+", tells="somebody-else"),
    _page(f"GET {R}",                            "404  404  200  200  200  200  200+ 200+ 200+", tells="The origin"),
    _page(f"GET {R}",                            "404  404  200  200  200+ 200+ 200+ 200+ 200+", tells="manage-person"),
    _page(f"POST {R}",                           "404  404  403  403  303  303  303  303  303", FORM),
    _page(f"POST {RL}/{{link}}/remove",          "404  404  403  403  303  303  303  303  303"),
    _page(f"POST {RL}/{{other_link}}/remove",    "404  404  403  403  404  404  404  404  404"),
    _page(f"GET {R}/audit",                      "404  404  200  200  200+ 200+ 200+ 200+ 200+", tells="somebody-else"),
    _page(f"GET {R}/audit",                      "404  404  200  200  200  200  200+ 200+ 200+", tells="The origin"),
    _page(f"GET {R}/people",                     "404  404  403  403  200  200  200+ 200+ 200+", tells="bystander-person"),
    _page(f"GET {R}/people",                     "404  404  403  403  200  200  200+ 200+ 200+", tells="The list"),
    _page(f"GET {RP}",                           "404  404  403  403  403  200+ 200+ 403  200+", tells="{permission}"),
    _page(f"GET {RP}",                           "404  404  403  403  403  200  200+ 403  200+", tells="The list"),
    _page(f"POST {RP}",                          "404  404  403  403  403  303  303  403  303", GIVEN, fresh=ADMINISTERING),
    _page(f"POST {RP}/{{permission}}/take",      "404  404  403  403  403  303  303  403  303"),
    _page(f"POST {RP}/{{other_permission}}/take", "404  404  403  403  403  404  404  403  404"),
    _page(f"POST {RP}/{{list_permission}}/take", "404  404  403  403  403  404  404  403  404"),
    _page(f"GET {L}/people",                     "404  404  404  404  404  404  200+ 200+ 200+", tells="bystander-person"),
    _page(f"GET {LP}",                           "404  404  404  404  404  404  200+ 403  200+", tells="{list_permission}"),
    _page(f"POST {LP}",                          "404  404  404  404  404  404  303  403  303", GIVEN, fresh=ADMINISTERING),
    _page(f"POST {LP}",                          "404  404  404  404  404  404  303  403  303", {"kind": "group", "name": "crew", "level": "manage"}, fresh=ADMINISTERING),
    _page(f"POST {LP}/{{list_permission}}/take", "404  404  404  404  404  404  303  403  303"),
    _page(f"POST {LP}/{{permission}}/take",      "404  404  404  404  404  404  404  403  404"),
    _page(f"POST {LP}/{{other_list_permission}}/take", "404  404  404  404  404  404  404  403  404"),
    _page("GET /audit?record={record}",          "200  200  200  200  200  200  200  200  200+", tells="somebody-else"),
    _page("POST /audit/export",                  f"{ADMIN} 200+", tells="somebody-else"),
    _page("GET /account",                        ALL),
    _page("POST /account/password",              "422 422 422 422 422 422 422 422 422", {"password": "x", "repeated": "y"}, fresh=ROLES),
    _page("POST /account/one-time-codes",        SEE, fresh=ROLES),
    _page("GET /account/one-time-codes",         SEE, fresh=ROLES),
    _page("GET /account/one-time-codes/qr.svg",  NONE, fresh=ROLES),
    _page("POST /account/one-time-codes/confirm", SEE, {"code": "000000"}, fresh=ROLES),
    _page("POST /account/one-time-codes/remove", NONE, fresh=ROLES),
    _page("POST /account/recovery-codes",        NONE, fresh=ROLES),
    _page("POST /account/passkeys/options",      ALL, fresh=ROLES),
    _page("POST /account/passkeys",              "401 401 401 401 401 401 401 401 401", {"answer": "{}", "name": "x"}, fresh=ROLES),
    _page("POST /account/passkeys/{own_passkey}/remove", SEE, fresh=ROLES),
    _page("POST /account/passkeys/{passkey}/remove", NONE, fresh=ROLES),
    _page("GET /confirm",                        ALL),
    _page("POST /confirm",                       "401 401 401 401 401 401 401 401 401", {"password": "x"}, written=True, hashes=True),
    _page("POST /confirm/passkey/options",       ALL),
    _page("POST /confirm/passkey",               "401 401 401 401 401 401 401 401 401", {"answer": "{}"}, written=True),
    _page("GET /sessions",                       ALL, tells="{session}"),
    _page("POST /sessions/{own_session}/end",    SEE),
    _page("POST /sessions/{session}/end",        NONE),
    _page("GET /people",                         f"{ADMIN} 200+", tells="{person}"),
    _page("POST /people",                        f"{ADMIN} 200", {"name": "new"}),
    _page("POST /people",                        f"{ADMIN} 200", {"name": "new", "administrator": "1"}, fresh=ADMINISTERING),
    _page("GET /people/{person}",                f"{ADMIN} 200+", tells="{group}"),
    _page("POST /people/{person}/administrator", f"{ADMIN} 303", {"administrator": "1"}, fresh=ADMINISTERING),
    _page("POST /people/{administrator}/administrator", f"{ADMIN} 409", {"administrator": "0"}, fresh=ADMINISTERING),
    _page("POST /people/{person}/disable",       f"{ADMIN} 303", fresh=ADMINISTERING),
    _page("POST /people/{administrator}/disable", f"{ADMIN} 409", fresh=ADMINISTERING),
    _page("POST /people/{disabled}/enable",      f"{ADMIN} 303", fresh=ADMINISTERING),
    _page("POST /people/{person}/link",          f"{ADMIN} 200", fresh=ADMINISTERING),
    _page("POST /people/{disabled}/link",        f"{ADMIN} 409"),
    _page("GET /groups",                         f"{ADMIN} 200+", tells="{group}"),
    _page("POST /groups",                        f"{ADMIN} 303", {"name": "new"}),
    _page("GET /groups/{group}",                 f"{ADMIN} 200+", tells="{list}"),
    _page("POST /groups/{group}/rename",         f"{ADMIN} 303", {"name": "new"}),
    _page("POST /groups/{group}/remove",         f"{ADMIN} 303"),
    _page("POST /groups/{group}/people",         f"{ADMIN} 303", {"person": "stranger-person"}, fresh=ADMINISTERING),
    _page("POST /groups/{group}/people/{person}/remove", f"{ADMIN} 303"),
    _page("POST /groups/{group}/people/{administrator}/remove", f"{ADMIN} 404"),
    _page("GET /people/{person}/sessions",       f"{ADMIN} 200+", tells="{session}"),
    _page("POST /people/{person}/sessions/{session}/end", f"{ADMIN} 303", fresh=ADMINISTERING),
    _page("POST /people/{person}/sessions/{own_session}/end", f"{ADMIN} 404"),
    _page("GET /export",                         ALL, fresh=ROLES),
    _page("POST /export",                        "200  200  200  200$ 200$ 200$ 200+$ 200+$ 200", {"format": "csv"}, tells="The list", fresh=ROLES),
    _page("POST /export",                        "200  200  200  200$ 200$ 200$ 200+$ 200+$ 200", {"format": "bitwarden-json"}, tells="The list", fresh=ROLES),
    _page("POST /export",                        "200  200  200  200$ 200$ 200$ 200+$ 200+$ 200", {"format": "bitwarden-json"}, tells="{list}", fresh=ROLES),
    _page("POST /export",                        "200  200+ 200  200$ 200$ 200$ 200$ 200$ 200", {"format": "csv"}, tells="{other_secret}", fresh=ROLES),
    _page("POST /export",                        "200  200  200  200$ 200$ 200$ 200$ 200$ 200", {"format": "csv"}, tells="The other_list", fresh=ROLES),
    _page("GET /blocked",                        f"{ADMIN} 200"),
    _page("POST /blocked/00/lift",               f"{ADMIN} 404", fresh=ADMINISTERING),
    _page("GET /settings",                       f"{ADMIN} 200", fresh=ADMINISTERING),
    _page("POST /settings",                      f"{ADMIN} 422", fresh=ADMINISTERING),
)  # fmt: skip
NO_EDIT = "404  404  403  403"
CHAIN_PAGES = (
    _page(f"GET {R}/chain",                      "404  404  200+ 200+ 200+ 200+ 200+ 200+ 200+", tells="login.example-four.test"),
    _page(f"GET {R}/chain",                      "404  404  200  200  200+ 200+ 200+ 200+ 200+", tells="bystander-person"),
    _page(f"POST {R}/chain/resolve",             f"{NO_EDIT} 303 303 303 303 303"),
    _page(f"POST {R}/chain/seen",                f"{NO_EDIT} 303 303 303 303 303"),
    _page(f"POST {R}/affiliations/{{affiliation}}", f"{NO_EDIT} 303 303 303 303 303", {"active": "0"}),
    _page("GET /proposals",                      "200  200  200  200  200+ 200+ 200+ 200+ 200+", tells="{proposal}"),
    _page("GET /proposals",                      "200  200+ 200  200  200  200  200  200  200+", tells="{other_proposal}"),
    _page("POST /proposals/accept",              SEE, {"address": "https://login.example-four.test"}),
    _page("POST /proposals/{proposal}/accept",   "404  404  303  303  303  303  303  303  303", {"strategy": "host"}),
    _page("POST /proposals/{other_proposal}/accept", "404  303  404  404  404  404  404  404  303", {"strategy": "host"}),
    _page("POST /proposals/{proposal}/reject",   f"{NO_EDIT} 303 303 303 303 303"),
    _page("GET /why",                            ALL),
    _page("GET /why?url=https://ads.example-one.test/", "200  200  200+ 200+ 200+ 200+ 200+ 200+ 200", tells="{record}"),
    _page("GET /why?record={record}&url=https://ads.example-one.test/", "404  404  200+ 200+ 200+ 200+ 200+ 200+ 404", tells="{record}"),
    _page("GET /affiliations",                   f"{ADMIN} 200+", tells="{affiliation}"),
    _page("POST /affiliations",                  f"{ADMIN} 303", {"names": "example-four.test example-five.test"}),
    _page("POST /affiliations/import",           f"{ADMIN} 303", {"file": "[]"}),
    _page("POST /affiliations/{affiliation}/switch", f"{ADMIN} 303", {"active": "0"}),
    _page("POST /affiliations/{affiliation}/remove", f"{ADMIN} 303"),
)  # fmt: skip
EDITED = {
    "title": "Another",
    "username": "made-up",
    "seen-title": "The record",
    "seen-username": "made-up",
    "version": "2",
}
SHOWN = {"act": "show:password", "title": "x", "had": "password", "version": "2"}
SEEN = {"version": "2"}
UNSEEN = {"version": "1"}
HIDDEN = "404 404 404 404 404 404 404 404"
"""Of every role but `admin`, to whom alone the object is shown."""
VAULT_PAGES = (
    _page("GET /records/new",                    ALL),
    _page("GET /records/new?list={list}",        "404  404  404  404  404  404  200  200  200"),
    _page("GET /records/new?list={shown}",       "404  404  403  403  403  403  403  403  200"),
    _page("POST /records/new",                   SEE, NEW),
    _page("POST /records/new",                   "404  404  404  404  404  404  303  303  303", {**NEW, **URL, "list": "{list}"}),
    _page("POST /records/new",                   "404  404  403  403  403  403  403  403  303", {**NEW, "list": "{shown}"}),
    _page("POST /records/new",                   "422  422  422  422  422  422  422  422  422", {**NEW, "url": "co.uk"}),
    _page("POST /records/new",                   ALL, {**NEW, "act": "generate"}),
    _page("POST /generate",                      ALL),
    _page(f"GET {R}",                            "404  404  200  200  200  200  200+ 200+ 200+", tells="/lists/{list}"),
    _page(f"POST {R}/reveal",                    "404  404  403  200$ 200$ 200$ 200$ 200$ 403", {"field": "password"}),
    _page(f"POST {R}/reveal",                    "404  404  403  404  404  404  404  404  403", {"field": "notes"}),
    _page(f"GET {R}/edit",                       "404  404  403  403  200  200  200  200  200"),
    _page(f"POST {R}/edit",                      "404  404  403  403  303  303  303  303  303", EDITED),
    _page(f"POST {R}/edit",                      "404  404  403  403  412  412  412  412  412", EDITED | UNSEEN),
    _page(f"POST {R}/edit",                      "404  404  403  403  200$ 200$ 200$ 200$ 403", SHOWN),
    _page(f"GET {R}/move",                       "404  404  403  403  403  403  200+ 403  200+", tells="{inbox}"),
    _page(f"POST {R}/move",                      "404  404  403  403  403  403  303  403  303", SEEN | {"list": "{inbox}"}, fresh=ADMINISTERING),
    _page(f"POST {R}/move",                      "404  404  403  403  403  403  403  403  303", SEEN | {"list": "{shown}"}, fresh=ADMINISTERING),
    _page(f"POST {R}/move",                      "404  404  403  403  403  403  404  403  303", SEEN | {"list": "{other_list}"}, fresh=ADMINISTERING),
    _page("POST /records/{other}/move",          "404  403  404  404  404  404  404  404  303", SEEN | {"list": "{list}"}, fresh=ADMINISTERING),
    _page(f"GET {R}/remove",                     "404  404  403  403  403  200  200  403  200"),
    _page(f"POST {R}/remove",                    "404  404  403  403  403  303  303  403  303", SEEN),
    _page(f"POST {R}/remove",                    "404  404  403  403  403  412  412  403  412", UNSEEN),
    _page(f"GET {RH}",                           "404  404  403  200+ 200+ 200+ 200+ 200+ 200+", tells="{old}"),
    _page(f"POST {RH}/{{old}}/reveal",           "404  404  403  200+ 200+ 200+ 200+ 200+ 403", tells="made-up-secret-it-had-before"),
    _page(f"POST {RH}/{{other_old}}/reveal",     "404  404  403  404  404  404  404  404  403"),
    _page(f"POST {RH}/{{old}}/restore",          "404  404  403  403  303  303  303  303  303", SEEN),
    _page(f"POST {RH}/{{old}}/restore",          "404  404  403  403  412  412  412  412  412", UNSEEN),
    _page(f"POST {RH}/{{other_old}}/restore",    "404  404  403  403  404  404  404  404  404", SEEN),
    _page(f"GET {RL}/new",                       "404  404  403  403  200  200  200  200  200"),
    _page(f"POST {RL}/new",                      "404  404  403  403  303  303  303  303  303", {**URL, "strategy": "host", "veto": "1"}),
    _page(f"GET {RL}/{{link}}/edit",             "404  404  403  403  200  200  200  200  200"),
    _page(f"GET {RL}/{{other_link}}/edit",       "404  404  403  403  404  404  404  404  404"),
    _page(f"POST {RL}/{{link}}/edit",            "404  404  403  403  303  303  303  303  303", FORM),
    _page(f"POST {RL}/{{link}}/edit",            "404  404  403  403  422  422  422  422  422", {"url": "co.uk", "strategy": "domain"}),
    _page(f"POST {RL}/{{other_link}}/edit",      "404  404  403  403  404  404  404  404  404", FORM),
    _page("GET /lists",                          "200  200  200  200  200  200  200+ 200+ 200+", tells="{folder}"),
    _page("GET /lists",                          "200  200  200  200  200  200  200  200  200+", tells="{empty_folder}"),
    _page("GET /lists?q=The list",               "200  200  200  200  200  200  200+ 200+ 200+", tells="{list}"),
    _page("POST /lists/personal",                SEE),
    _page("GET /folders/{folder}",               "404  404  404  404  404  404  200+ 200+ 200+", tells="{list}"),
    _page("GET /folders/{other_folder}",         f"{HIDDEN} 200"),
    _page(f"GET {L}",                            "404  404  404  404  404  404  200+ 200+ 200+", tells="{record}"),
    _page("GET /lists/{other_list}",             f"{HIDDEN} 200+", tells="{other}"),
    _page("GET /lists/new",                      ALL),
    _page("POST /lists/new",                     SEE, {"name": "New"}),
    _page("POST /lists/new",                     "422  422  422  422  422  422  422  422  422", {"name": " "}),
    _page("POST /lists/new",                     "404  404  404  404  404  404  303  303  303", {"name": "New", "folder": "{folder}"}),
    _page(f"GET {L}/rename",                     "404  404  404  404  404  404  200  403  200"),
    _page(f"POST {L}/rename",                    "404  404  404  404  404  404  303  403  303", {"name": "Another"}),
    _page(f"GET {L}/move",                       "404  404  404  404  404  404  200  403  200+", tells="{other_folder}"),
    _page(f"POST {L}/move",                      "404  404  404  404  404  404  303  403  303"),
    _page(f"POST {L}/move",                      "404  404  404  404  404  404  404  403  303", {"folder": "{other_folder}"}),
    _page(f"GET {L}/remove",                     "404  404  404  404  404  404  200  403  200"),
    _page(f"POST {L}/remove",                    "404  404  404  404  404  404  409  403  409"),
    _page("POST /lists/{empty_list}/remove",     "404  404  404  404  404  404  303  404  303"),
    _page("GET /folders/new",                    f"{ADMIN} 200"),
    _page("POST /folders/new",                   f"{ADMIN} 303", {"name": "New", "folder": "{folder}"}),
    _page("GET /folders/{folder}/rename",        f"{ADMIN} 200"),
    _page("POST /folders/{folder}/rename",       f"{ADMIN} 303", {"name": "New"}),
    _page("GET /folders/{folder}/move",          f"{ADMIN} 200"),
    _page("POST /folders/{folder}/move",         f"{ADMIN} 303", {"folder": "{other_folder}"}),
    _page("POST /folders/{folder}/move",         f"{ADMIN} 409", {"folder": "{folder}"}),
    _page("GET /folders/{folder}/remove",        f"{ADMIN} 200"),
    _page("POST /folders/{folder}/remove",       f"{ADMIN} 409"),
    _page("POST /folders/{empty_folder}/remove", f"{ADMIN} 303"),
)  # fmt: skip
TABLE: Final = (*RECORDS, *LISTS, *PEOPLE, *SESSIONS, *CHAINS, *CHAIN_PAGES, *PAGES, *VAULT_PAGES)

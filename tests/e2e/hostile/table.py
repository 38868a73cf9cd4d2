"""Pages that try to harvest a fill, and what is wanted of each: one row a variant, the same in every browser.

Data alone. How a page is built is in tests/practice, how it is played and judged in `stage.py`. What is wanted is what
holds on https with a good certificate; without encryption and with a broken certificate nothing is ever filled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.practice import hostile_pages as pages
from tests.practice.theatre import TOP, Frame


class Wanted(Enum):
    """What comes of a person's act."""

    FILLED = auto()  # user name and password, in the login's own fields and nowhere else
    ASKED = auto()  # nothing at first; both, once the person has confirmed the host
    NO_PASSWORD = auto()  # not the password, whatever the person confirms
    NOTHING = auto()  # nothing at all, whatever the person confirms
    NO_USERNAME = auto()  # the password in its own field, the user name nowhere
    EITHER = auto()  # nothing, or both where they belong: a frame that has the very origin that matched
    TAKEN_BACK = auto()  # filled, and the values removed before another site is sent them


@dataclass(frozen=True)
class Variant:
    """One page and what is wanted of it.

    `frames` are those beside the top one; `where` is the frame that may be filled; `then` runs in the page after the
    fill; `before` and `after` are how long the page needs to get ready and to do what `then` set off, in seconds.
    """

    top: Frame
    wanted: Wanted
    frames: Mapping[str, Frame] = field(default_factory=dict)
    where: str = TOP
    then: str = ""
    before: float = 0.0
    after: float = 0.3
    ignored: tuple[str, ...] = ()
    """Fields that the page's own script fills."""

    @property
    def play(self) -> dict[str, Frame]:
        """All its frames."""
        return {TOP: self.top, **self.frames}


def home(body: str, wanted: Wanted, **more: object) -> Variant:
    """A page of the very host that the record is linked to."""
    return Variant(Frame("home", body), wanted, **more)  # type: ignore[arg-type] # the fields of Variant


def within(site: str, inner: str, wanted: Wanted, **how: str) -> Variant:
    """A page of `site` that frames a login of `inner`."""
    top = Frame(site, pages.framed("inner", how.get("style", ""), how.get("attributes", "")) + how.get("more", ""))
    return Variant(top, wanted, {"inner": Frame(inner, pages.LOGIN)}, where="inner")


FILLED, ASKED, NO_PASSWORD, NOTHING, NO_USERNAME, EITHER, TAKEN_BACK = Wanted
SEND = "document.getElementById('go').click()"
FAINT = {str(amount): f"opacity:{amount}" for amount in (0, 0.001, 0.01, 0.1)}
HIDDEN = {
    **{f"at opacity {amount}": style for amount, style in FAINT.items()},
    "of no display": "display:none",
    "invisible": "visibility:hidden",
}
COVERED = f"<div style='{pages.COVER}'>Accept?</div>"
COVERED_SOFTLY = f"<div style='{pages.COVER}pointer-events:none'>Accept?</div>"
FULL_FRAME = (
    "<iframe srcdoc='<body style=background:white>Accept?'"
    f" style='{pages.COVER}width:100vw;height:100vh;border:0'></iframe>"
)

ORDINARY = {
    "ordinary": home(pages.LOGIN, FILLED),
    "autocomplete off": home(
        pages.login(
            pages.USER.replace("=username>", "=off>"),
            pages.SECRET.replace("=current-password", "=off"),
            "action=@sent@ method=post autocomplete=off",
        ),
        FILLED,
    ),
    "no action and method": home(pages.login(attributes=""), FILLED),
    "no names": home(pages.login("<input id=user>", "<input id=pw type=password>"), FILLED),
    "names changed": home(pages.login("<input id=user name=f81a>", "<input id=pw name=q77 type=password>"), FILLED),
    "names changed by script": home(
        pages.script("setInterval(() => { user.name = 'x' + Math.random(); pw.name = 'y' + Math.random(); }, 40)"),
        FILLED,
    ),
    "no form": home(pages.BARE, FILLED),
    "two bare inputs": home(pages.UNSAID, FILLED),
}
SENT = {
    "action elsewhere": home(pages.login(attributes="action=@stranger@@sent@ method=post"), NOTHING),
    "button elsewhere": home(pages.LOGIN.replace("<button", "<button formaction=@stranger@@sent@"), NOTHING),
    "action elsewhere by base": home("<base href=@stranger@>" + pages.LOGIN, NOTHING),
    "action changed when the password is entered": home(
        pages.script(f"pw.addEventListener('focus', () => {{ {pages.TURN} }})"), NO_PASSWORD
    ),
    "action changed a second later": home(pages.LATER, TAKEN_BACK, then=f"setTimeout(() => {SEND}, 1100)", after=1.5),
    "action changed in the submit handler": home(pages.IN_SUBMIT, TAKEN_BACK, then=SEND),
    "action changed in the click, sent by script": home(pages.IN_CLICK, TAKEN_BACK, then=SEND),
}
TEXT = {
    "password as text": home(
        pages.login(secret="<input id=pw name=password type=text placeholder=Password>"), NO_PASSWORD
    ),
    "password turned to text": home(
        pages.script("setTimeout(() => { pw.type = 'text'; }, 50)"), NO_PASSWORD, before=0.2
    ),
    "password turned to text when entered": home(
        pages.script("pw.addEventListener('focus', () => { pw.type = 'text'; })"), NO_PASSWORD
    ),
    "password that takes nothing": home(
        pages.login(secret=pages.SECRET.replace("<input", "<input maxlength=0")), NO_PASSWORD
    ),
    "maxlength at the last moment": home(
        pages.script("pw.addEventListener('focus', () => { pw.maxLength = 0; })"), NO_PASSWORD
    ),
}
READ = {
    "mirrored password": home(pages.MIRROR, FILLED, ignored=("mirror",)),
    "traps beside": home(pages.TRAPS, FILLED),
    "hidden user name": home(pages.login(user=pages.USER.replace("<input", "<input style='opacity:0'")), NO_USERNAME),
    "hidden password": home(
        pages.login(secret=pages.SECRET.replace("<input", "<input style='opacity:0'")), NO_PASSWORD
    ),
}
UNSEEN_STYLES = {
    **{f"at opacity {amount}": style for amount, style in FAINT.items()},
    "filtered away": "filter:opacity(0)",
    "masked": "mask-image:linear-gradient(transparent,transparent)",
    "off screen": "position:absolute;left:-9999px",
    "above the page": "position:absolute;top:-900px",
    "of no size": "width:0;height:0;overflow:hidden",
    "clipped by a path": "clip-path:inset(100%)",
    "clipped": "position:absolute;clip:rect(0 0 0 0)",
    "scaled to nothing": "transform:scale(0)",
    "scaled to a dot": "transform:scale(.01)",
    "turned away": "transform:rotateY(90deg)",
    "turned to its back": "transform:rotateY(180deg);backface-visibility:hidden",
    "behind the page": "position:relative;z-index:-1",
    "invisible": "visibility:hidden",
    "of no display": "display:none",
    "not laid out": "content-visibility:hidden",
}
UNSEEN = {
    **{
        f"form {name}": home(pages.inside(style), NOTHING)
        for name, style in UNSEEN_STYLES.items()
        if name != "behind the page"
    },
    "form behind the page": home(
        "<div style='background:#fff;position:absolute;inset:0'></div>"
        + pages.inside(UNSEEN_STYLES["behind the page"]),
        NOTHING,
    ),
    "page at opacity 0": home(f"<style>html{{opacity:0}}</style>{pages.LOGIN}", NOTHING),
    "fields of no size": home(f"<style>input{{width:0;height:0;border:0;padding:0}}</style>{pages.LOGIN}", NOTHING),
    "fields of a few pixels": home(
        f"<style>input{{width:6px;height:6px;border:0;padding:0;background:#ccc}}</style>{pages.LOGIN}", NOTHING
    ),
    "under a cover": home(pages.under(""), NOTHING),
    "under a cover for no pointer": home(pages.under("pointer-events:none"), NOTHING),
    "under a picture for no pointer": home(
        pages.under(
            "pointer-events:none;background:url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>\") #fff"
        ),
        NOTHING,
    ),
    "under tiles for no pointer": home(pages.tiled(), NOTHING),
    "under a popover of the top layer": home(pages.popover(), NOTHING),
    "moving and faint": home(pages.MOVING, NOTHING),
    "gone when entered": home(
        pages.script("addEventListener('focusin', () => { document.forms[0].style.opacity = 0; })"), NOTHING
    ),
    "covered when entered": home(
        pages.script(
            f"addEventListener('focusin', () => document.body.insertAdjacentHTML('beforeend', `{COVERED_SOFTLY}`))"
        ),
        NOTHING,
    ),
}
FRAMES = {
    "frame of the same host": within("home", "home", FILLED),
    "frame of the same host at opacity 0": within("home", "home", NOTHING, style="opacity:0"),
    "frame of the same host of no display": within("home", "home", NOTHING, style="display:none"),
    "frame of a linked host": within("home", "partner", ASKED),
    "linked frame in a stranger's page": within("stranger", "partner", ASKED),
    "linked frame in an unencrypted page": within("unencrypted", "partner", NOTHING),
    "linked frame scaled to a dot": within("stranger", "partner", NOTHING, style="transform:scale(.01)"),
    "linked frame clipped": within("stranger", "partner", NOTHING, style="clip-path:inset(0 100% 0 0)"),
    "linked frame off screen": within("stranger", "partner", NOTHING, style="position:absolute;left:-9999px"),
    **{f"linked frame {name}": within("stranger", "partner", NOTHING, style=style) for name, style in HIDDEN.items()},
    "linked frame below a cover": within("stranger", "partner", NOTHING, more=COVERED),
    "linked frame below a cover for no pointer": within("stranger", "partner", NOTHING, more=COVERED_SOFTLY),
    "linked frame behind a frame of the whole page": within("stranger", "partner", NOTHING, more=FULL_FRAME),
    "stranger's frame": within("home", "stranger", NOTHING),
    "stranger's frame at opacity 0": within("home", "stranger", NOTHING, style="opacity:0"),
    "several frames": Variant(
        Frame(
            "stranger",
            "".join(
                pages.framed(name, style)
                for name, style in [("a", "opacity:0"), ("b", "opacity:.01"), ("c", "display:none")]
            ),
        ),
        NOTHING,
        {name: Frame(site, pages.LOGIN) for name, site in [("a", "partner"), ("b", "one"), ("c", "two")]},
    ),
    "several linked frames to be seen": Variant(
        Frame("stranger", "".join(pages.framed(name) for name in ("a", "b", "c"))),
        ASKED,
        {name: Frame(site, pages.LOGIN) for name, site in [("a", "partner"), ("b", "one"), ("c", "two")]},
        where="a",
    ),
    "linked frame two deep": Variant(
        Frame("stranger", pages.framed("middle", "opacity:0")),
        NOTHING,
        {"middle": Frame("stranger", pages.framed("inner")), "inner": Frame("partner", pages.LOGIN)},
    ),
}


def apart(site: str, source: str, attributes: str = "", inner: str = "", wanted: Wanted = NOTHING) -> Variant:
    """A login in a frame that its page keeps apart, or that has no address of its own."""
    top = Frame(site, pages.framed("inner", "", attributes, source))
    return Variant(top, wanted, {"inner": Frame(inner, pages.LOGIN)}, where="inner")


APART = {
    "sandboxed frame": apart("home", "", "sandbox='allow-scripts allow-forms'", "home"),
    "sandboxed frame that keeps its origin": apart(
        "home", "", "sandbox='allow-scripts allow-forms allow-same-origin'", "home"
    ),
    "page sandboxed by its header": Variant(
        Frame("home", pages.LOGIN, {"Content-Security-Policy": "sandbox allow-scripts allow-forms"}), NOTHING
    ),
    "credentialless frame": apart("home", "", "credentialless", "home"),
    "frame of srcdoc": apart("home", "srcdoc='@srcdoc:inner@'", wanted=EITHER),
    "sandboxed frame of srcdoc": apart("home", "srcdoc='@srcdoc:inner@'", "sandbox='allow-scripts'"),
    "frame of data": apart("home", "src='@data:inner@'"),
    "frame of a blob": Variant(
        Frame("home", pages.blob("inner")), EITHER, {"inner": Frame("", pages.LOGIN)}, where="inner"
    ),
    "written frame": Variant(
        Frame("home", pages.written("inner")), EITHER, {"inner": Frame("", pages.LOGIN)}, where="inner"
    ),
    "stranger's frame of srcdoc": apart("stranger", "srcdoc='@srcdoc:inner@'"),
    "stranger's frame of a blob": Variant(
        Frame("stranger", pages.blob("inner")), NOTHING, {"inner": Frame("", pages.LOGIN)}
    ),
    "stranger's written frame": Variant(
        Frame("stranger", pages.written("inner")), NOTHING, {"inner": Frame("", pages.LOGIN)}
    ),
    "stranger's sandboxed linked frame": apart(
        "stranger", "", "sandbox='allow-scripts allow-forms allow-same-origin'", "partner"
    ),
}
STRANGERS = {
    "stranger": Variant(Frame("stranger", pages.LOGIN), NOTHING),
    "below the linked host's domain": Variant(Frame("sub", pages.LOGIN), NOTHING),
}
ROWS = {
    "an ordinary login": ORDINARY,
    "a form that sends elsewhere": SENT,
    "a password that is none": TEXT,
    "a page that reads along": READ,
    "a login that cannot be seen": UNSEEN,
    "a login in a frame": FRAMES,
    "a frame kept apart": APART,
    "a stranger": STRANGERS,
}
# Those in which more happens than one fill; test_hostile_pages.py tells what.
TALES: dict[str, dict[str, Frame]] = {
    "sweep": {
        TOP: Frame("home", pages.going_on("one", pages.NAME_ONLY)),
        "one": Frame("one", pages.going_on("two")),
        "two": Frame("two", pages.going_on("three", after="a while")),
        "three": Frame("three", pages.LOGIN),
    },
    "again": {TOP: Frame("home", pages.going_on(TOP, pages.NAME_ONLY))},
    "sweep-by-tabs": {
        TOP: Frame("home", pages.opening("one", "two", "three", body=pages.NAME_ONLY)),
        **{name: Frame(name, pages.LOGIN) for name in ("one", "two", "three")},
    },
    "sweep-by-frames": {
        TOP: Frame("home", pages.going_on("trap", pages.NAME_ONLY)),
        "trap": Frame("stranger", "".join(pages.framed(name) for name in ("one", "two", "three"))),
        **{name: Frame(name, pages.LOGIN) for name in ("one", "two", "three")},
    },
    "opener": {
        TOP: Frame("stranger", "".join(pages.framed(name) for name in ("home", "one"))),
        "home": Frame("home", pages.LOGIN),
        "one": Frame("one", pages.LOGIN),
    },
    "name-only": {TOP: Frame("home", pages.NAME_ONLY)},
    "below": {TOP: Frame("below", pages.LOGIN)},
    "code-below": {TOP: Frame("below", pages.CODE)},
    "code": {TOP: Frame("wide", pages.CODE)},
    "sign-up": {TOP: Frame("home", pages.SIGN_UP)},
    "forger": {TOP: Frame("home", pages.FORGER)},
}
VARIANTS: dict[str, Variant] = {name: variant for row in ROWS.values() for name, variant in row.items()}

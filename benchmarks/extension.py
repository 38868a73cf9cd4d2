"""What the extension costs a page, beside an extension that does nothing; and how long a fill takes.

    python -m benchmarks.extension [--fills 60]

Bytes are those of the extension's files that really ran in a page, script time is what the page's main thread spent in
them, both from the browser's own trace of pages that have no script of their own. A fill is timed in the background,
from the command that the key gives to the answer that both fields are filled, with the service on this machine. Figures
over their bound are marked, and the exit status says so.
"""

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright, sync_playwright

from tests.practice import programs
from tests.practice.chromium import EXTENSION, person
from tests.practice.service import Service
from tests.practice.serving import serving

NODES: Final = 10_000
RUNS: Final = 7
SETTLE: Final = 4_000
"""Milliseconds for which a page is watched after its load; the last timed look but one lies inside."""
BYTES, PLAIN, FORM, FILL = 30_000, 5.0, 15.0, 100.0
"""Bounds: bytes, and milliseconds (the project's own promise)."""
SCRIPT: Final = frozenset(
    ("EvaluateScript", "v8.compile", "v8.evaluateModule", "FunctionCall", "RunMicrotasks", "TimerFire", "EventDispatch")
)
HOST: Final = "pages.example-one.test"
NAME, SECRET = "pat-person", "practice-password-of-pat"
LOGIN: Final = (
    "<form action=/in><label>Username <input name=user autocomplete=username></label>"
    "<label>Password <input type=password name=pw></label><button>Sign in</button></form>"
)
KEY: Final = """async () => {
  const [tab] = await chrome.tabs.query({active: true, lastFocusedWindow: true});
  const started = performance.now();
  const {results} = chrome.commands.onCommand.dispatch("fill-best", tab);
  await Promise.all(results);
  return performance.now() - started;
}"""


def site(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Serve a page of many nodes and no script; `/form` has a login in its midst, `/small` little else."""
    path = environ["PATH_INFO"]
    count = 10 if path == "/small" else NODES // 2
    half = "<p><b>word</b></p>" * (count // 2)
    body = f"<!doctype html><meta charset=utf-8><title>Page</title>{half}{LOGIN if path != '/plain' else ''}{half}"
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Link", "<data:,>; rel=icon")])
    return [body.encode()]


@dataclass(frozen=True)
class Cost:
    """What one load of a page cost."""

    milliseconds: float
    files: frozenset[str]


class Trace:
    """The browser's own account of what ran on a page's main thread."""

    def __init__(self, context: BrowserContext) -> None:
        """Attach to a browser."""
        assert context.browser is not None
        self._session: CDPSession = context.browser.new_browser_cdp_session()
        self._events: list[dict[str, Any]] = []
        self._complete = False
        self._session.on("Tracing.dataCollected", lambda part: self._events.extend(part["value"]))
        self._session.on("Tracing.tracingComplete", lambda _: setattr(self, "_complete", True))

    def of(self, page: Page, address: str) -> Cost:
        """Load a page under the trace."""
        self._events.clear()
        self._complete = False
        categories = ["devtools.timeline", "v8", "disabled-by-default-v8.compile", "blink.user_timing"]
        self._session.send("Tracing.start", {"traceConfig": {"includedCategories": categories}})
        page.goto(address, wait_until="load")
        page.wait_for_timeout(SETTLE)
        page.evaluate("performance.mark('wayfill-this-page')")
        self._session.send("Tracing.end")
        while not self._complete:
            page.wait_for_timeout(20)
        return self._cost()

    def _cost(self) -> Cost:
        mark = next(event for event in self._events if event["name"] == "wayfill-this-page")
        thread = mark["pid"], mark["tid"]
        # The evaluation of the mark itself is Playwright's: what runs after the pages' own time does not count.
        own = sorted(
            (
                (event["ts"], event["ts"] + event.get("dur", 0), event)
                for event in self._events
                if (event["pid"], event["tid"]) == thread and event["name"] in SCRIPT and event["ph"] == "X"
            ),
            key=lambda one: (one[0], -one[1]),
        )
        total, end, files = 0.0, 0, set()
        last = mark["ts"] - 20_000
        for start, stop, event in own:
            address = str(event.get("args", {}).get("data", {}).get("url") or event.get("args", {}).get("fileName", ""))
            if address.startswith("chrome-extension://"):
                files.add(address.split("/", 3)[3])
            if start >= end and start < last:
                total += (stop - start) / 1000
                end = stop
        return Cost(total, frozenset(files))


@contextlib.contextmanager
def empty_extension(playwright: Playwright, *arguments: str) -> Iterator[tuple[BrowserContext, Page]]:
    """A browser with an extension whose content script is empty."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        extension = Path(folder, "extension")
        extension.mkdir()
        sites = ["http://*/*", "https://*/*"]
        manifest = {"manifest_version": 3, "name": "Empty", "version": "1", "host_permissions": sites}
        scripts = [{"matches": sites, "js": ["empty.js"], "run_at": "document_idle"}]
        (extension / "manifest.json").write_text(json.dumps(manifest | {"content_scripts": scripts}))
        (extension / "empty.js").write_text('"use strict";\n')
        context = playwright.chromium.launch_persistent_context(
            str(Path(folder, "profile")),
            executable_path=programs.chromium(playwright),
            headless=True,
            args=[f"--disable-extensions-except={extension}", f"--load-extension={extension}", *arguments],
        )
        try:
            yield context, context.pages[0]
        finally:
            context.close()


def costs(trace: Trace, page: Page, address: str) -> Cost:
    """The middle of several loads; the first, which fills caches, does not count."""
    runs = [trace.of(page, address) for _ in range(RUNS + 1)][1:]
    return Cost(statistics.median(run.milliseconds for run in runs), frozenset().union(*(run.files for run in runs)))


def weight(files: frozenset[str]) -> int:
    """The bytes of the extension's files."""
    return sum((EXTENSION / name).stat().st_size for name in files)


def furnished(service: Service, port: int) -> None:
    """A person, and one record for the pages of the benchmark."""
    service.succeed("init", "--administrator", "unused-administrator")
    service.add_user(NAME, SECRET)
    service.start()
    record = {"title": "Pages", "username": "pat", "password": "made-up", "strategy": "host"}
    token = service.token(NAME, SECRET)
    answer = service.ask("POST", "/api/v1/records", record | {"url": f"http://{HOST}:{port}/"}, token=token)
    assert answer.status == 201, answer


def measure(playwright: Playwright, fills: int) -> list[tuple[str, float, float | None, float | None]]:
    """Rows of a name, the figure, that of the empty extension and the bound."""
    switches = ["--host-resolver-rules=MAP *.test 127.0.0.1"]
    with tempfile.TemporaryDirectory() as folder, serving(site) as port:
        here, strange = f"http://{HOST}:{port}", f"http://stranger.example-two.test:{port}"
        with empty_extension(playwright, *switches) as (context, page):
            trace = Trace(context)
            bare = {path: costs(trace, page, strange + path).milliseconds for path in ("/plain", "/form")}
        service = Service(Path(folder))
        try:
            furnished(service, port)
            with person(playwright, *switches) as pat:
                pat.sign_in(service.public_url, NAME, SECRET)
                trace = Trace(pat.context)
                plain = costs(trace, pat.page, f"{strange}/plain")
                form = costs(trace, pat.page, f"{here}/form")
                times = []
                for _ in range(fills):
                    pat.page.goto(f"{here}/small", wait_until="load")
                    pat.page.wait_for_timeout(400)
                    times.append(pat.worker.evaluate(KEY))
                    assert pat.page.input_value("[name=user]") == "pat"
                    assert pat.page.input_value("[name=pw]") == "made-up"
        finally:
            service.kill()
    times.sort()
    return [
        ("bytes in an ordinary page", weight(plain.files), None, BYTES),
        ("bytes in a page with a login", weight(form.files), None, BYTES),
        (f"script time, {NODES} nodes, no form (ms)", plain.milliseconds, bare["/plain"], PLAIN),
        (f"script time, {NODES} nodes and a login (ms)", form.milliseconds, bare["/form"], FORM),
        ("from the key to both fields, median (ms)", statistics.median(times), None, None),
        (f"from the key to both fields, p95 of {fills} (ms)", times[int(len(times) * 0.95)], None, FILL),
    ]


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="What the extension costs a page, and how long a fill takes.")
    parser.add_argument("--fills", type=int, default=60)
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        rows = measure(playwright, arguments.fills)
    sys.stdout.write(f"{'':48} {'Wayfill':>9} {'empty':>9} {'bound':>9}\n")
    over = False
    for name, figure, bare, bound in rows:
        missed = bound is not None and figure >= bound
        over |= missed
        cells = [" " * 9 if one is None else f"{one:9,.{0 if one >= 1000 else 1}f}" for one in (figure, bare, bound)]
        sys.stdout.write(f"{name:48} {' '.join(cells)}{'  over its bound' if missed else ''}\n")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

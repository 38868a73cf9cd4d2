"""Fills the labelled pages as a person with a key would: real Chromium, extension and service, one record a page.

Nothing is replaced and nothing is told where a field is. The time of a page is that of loading it, pressing the key and
reading its inputs once the extension says that it is done.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Playwright

from tests.accuracy.labelled import Labelled, LabelledSites
from tests.accuracy.scoring import PASSWORD, USERNAME, Verdict, judge
from tests.practice.certificates import make
from tests.practice.chromium import Person, person
from tests.practice.service import Service
from tests.practice.serving import serving

NAME, SECRET = "pat-person", "practice-password-of-pat"
PRESS = """async () => {
  const [tab] = await chrome.tabs.query({active: true, lastFocusedWindow: true});
  const {results} = chrome.commands.onCommand.dispatch("fill-best", tab);
  await Promise.all(results);
}"""
VALUES = "[...document.querySelectorAll('input')].map((one) => one.value)"


def measure(playwright: Playwright, pages: Sequence[Labelled]) -> list[Verdict]:
    """Fill and score pages, one after the other in one browser."""
    with _furnished(playwright, pages) as pat:
        return [judge(page, _fill(pat, page)) for page in pages]


@contextlib.contextmanager
def _furnished(playwright: Playwright, pages: Sequence[Labelled]) -> Iterator[Person]:
    hosts = [page.host for page in pages]
    sites = LabelledSites(dict(zip(hosts, pages, strict=True)))
    with tempfile.TemporaryDirectory(prefix="wayfill-accuracy-") as folder:
        certificates = make(Path(folder), hosts)
        service = Service(Path(folder))
        service.succeed("init", "--administrator", "unused-administrator")
        service.add_user(NAME, SECRET)
        service.start()
        try:
            _add_records(service, hosts)
            with serving(sites, certificates.server_context()) as port:
                switches = [
                    # What a page would fetch from its site is not there, and said to be so at once.
                    f"--host-resolver-rules=MAP *.test:443 127.0.0.1:{port},MAP * ~NOTFOUND,EXCLUDE localhost",
                    f"--ignore-certificate-errors-spki-list={certificates.spki_digest}",
                ]
                with person(playwright, *switches) as pat:
                    pat.sign_in(service.public_url, NAME, SECRET)
                    yield pat
        finally:
            service.kill()


def _add_records(service: Service, hosts: Sequence[str]) -> None:
    token = service.token(NAME, SECRET)

    def add(host: str) -> None:
        record = {"title": host, "username": USERNAME, "password": PASSWORD, "url": f"https://{host}/"}
        answer = service.ask("POST", "/api/v1/records", record | {"strategy": "host"}, token=token)
        assert answer.status == 201, answer

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, hosts))


def _fill(pat: Person, page: Labelled) -> list[str]:
    pat.page.goto(f"https://{page.host}/", wait_until="load")
    pat.worker.evaluate(PRESS)
    values: list[str] = pat.page.evaluate(VALUES)
    return values

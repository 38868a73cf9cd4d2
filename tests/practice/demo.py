"""`make demo`: a service with an example record, the practice login on two hosts, and a browser that knows both.

Where a screen is, the browser is left to the person; without one the same run is made by itself and leaves pictures.
All of it is thrown away with the folder `demo-run`; names and passwords are made up and printed.
"""

import argparse
import contextlib
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, Page, Playwright, expect, sync_playwright

from tests.practice.chromium import Person, person
from tests.practice.screen import screen
from tests.practice.service import Service
from tests.practice.serving import serving
from tests.practice.sites import PracticeLogin

FOLDER = Path(__file__).resolve().parents[2] / "demo-run"
FIRST_HOST = "ads.example-one.localhost"
SECOND_HOST = "login.example-two.localhost"
SITE_USERNAME = "pat@example-one.test"
SITE_PASSWORD = "practice-password-one"
ADMINISTRATOR, ADMINISTRATOR_PASSWORD = "ada", "practice-password-of-ada"
PERSON, PERSON_PASSWORD = "pat", "practice-password-of-pat"
SIZE = (1180, 720)

Camera = Callable[[], bytes]


@dataclass(frozen=True)
class Stage:
    """What the demo has put up."""

    service: Service
    login: PracticeLogin
    record: str


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Put up the service and the sites, in a folder that starts empty."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    login = PracticeLogin("", "", SITE_USERNAME, SITE_PASSWORD)
    service = Service(FOLDER)
    with serving(login) as port:
        login.first, login.second = f"http://{FIRST_HOST}:{port}", f"http://{SECOND_HOST}:{port}"
        service.succeed("init", "--administrator", ADMINISTRATOR + "-unused")
        service.add_user(ADMINISTRATOR, ADMINISTRATOR_PASSWORD, administrator=True)
        service.add_user(PERSON, PERSON_PASSWORD)
        record = service.add_record(
            *("--title", "Example ads account", "--url", f"{login.first}/", "--strategy", "host"),
            *("--username", SITE_USERNAME, "--owner", ADMINISTRATOR, "--edit", PERSON),
            password=SITE_PASSWORD,
        )
        service.succeed("link", "add", record, f"{login.second}/", "--strategy", "host")
        service.start()
        try:
            yield Stage(service, login, record)
        finally:
            service.stop()


def show(playwright: Playwright, scene: Stage) -> None:
    """Open a window, signed in and on the first page, and leave it to the person until they close it."""
    with person(playwright, "--ozone-platform-hint=auto", headless=False, size=SIZE) as pat:
        pat.give_key()
        pat.sign_in(scene.service.public_url, PERSON, PERSON_PASSWORD)
        pat.page.goto(scene.login.start_at())
        say(
            f"""
A browser window is open at {scene.login.start_at()}, signed in to Wayfill as {PERSON}.
  1. Press Ctrl+Shift+L, or open Wayfill from the puzzle piece in the toolbar and choose the record.
  2. Continue: the next page is {scene.login.second}, another site, and fills by itself.
  3. Sign in: the page says whether both values were right.

The console is at {scene.service.public_url}/console (administrator {ADMINISTRATOR}, {ADMINISTRATOR_PASSWORD}).
Take the second address away there, and the password page stays empty, as it does elsewhere.

Close the window or press Ctrl+C to end the demo."""
        )
        with contextlib.suppress(Error, KeyboardInterrupt):
            pat.context.wait_for_event("close", timeout=0)


def play(pat: Person, scene: Stage, camera: Camera | None) -> list[str]:
    """Make the run without a person; gives the names of the pictures. Without a camera, pages are taken one by one."""
    names: list[str] = []

    def take(name: str, picture: Camera) -> None:
        names.append(f"{len(names) + 1}-{name}.png")
        (FOLDER / names[-1]).write_bytes(picture())

    def take_page(name: str, page: Page) -> None:
        page.bring_to_front()
        page.wait_for_timeout(300)
        take(name, camera or page.screenshot)

    pat.sign_in(scene.service.public_url, PERSON, PERSON_PASSWORD)
    take_page("signed-in-to-the-extension", pat.options)
    pat.page.bring_to_front()
    pat.page.goto(scene.login.start_at())
    popup = pat.open_popup()
    popup.wait_for(f"#matches button[data-record='{scene.record}']")
    pat.page.wait_for_timeout(500)
    take("popup-on-the-first-page", camera or popup.picture)
    popup.click(f"#matches button[data-record='{scene.record}']")
    pat.page.wait_for_function("document.querySelector('#username').value !== ''")
    take("popup-has-filled", lambda: last_while(popup.is_open, camera or pat.page.screenshot))
    expect(pat.page.locator("#username")).to_have_value(SITE_USERNAME)
    popup.wait_until_closed()
    pat.page.bring_to_front()
    pat.page.get_by_role("button", name="Continue").click()
    expect(pat.page.locator("#password")).not_to_have_value("")
    take_page("second-page-on-another-host-filled", pat.page)
    pat.page.get_by_role("button", name="Sign in").click()
    expect(pat.page.locator("#outcome")).to_have_text("Signed in")
    take_page("signed-in", pat.page)
    console = pat.context.new_page()
    console.goto(f"{scene.service.public_url}/console/sign-in")
    console.fill("[name=username]", ADMINISTRATOR)
    console.fill("[name=password]", ADMINISTRATOR_PASSWORD)
    console.get_by_role("button", name="Sign in", exact=True).click()
    console.wait_for_url("**/console/records")
    console.goto(f"{scene.service.public_url}/console/records/{scene.record}")
    take_page("record-in-the-console", console)
    return names


def last_while(lasts: Callable[[], bool], camera: Camera) -> bytes:
    """The last picture of something that goes away by itself: the popup says that it has filled, and closes."""
    picture = camera()
    while lasts():
        candidate = camera()
        if lasts():
            picture = candidate
    return picture


def photograph(playwright: Playwright, scene: Stage) -> None:
    """Make the run by itself: in a window on a virtual screen where there is one, else without a window."""
    say("No screen here (or pictures asked for): making the run by itself ...")
    try:
        with (
            screen(*SIZE) as shown,
            # The bar that warns of the missing sandbox (root has none) would cover the picture.
            person(playwright, "--test-type", headless=False, environment=shown.environment, size=SIZE) as pat,
        ):
            names = play(pat, scene, shown.picture)
    except FileNotFoundError:
        with person(playwright, size=SIZE) as pat:
            names = play(pat, scene, None)
    say(f"Both pages were filled after one act. Pictures, in {FOLDER}:\n" + "\n".join(f"  {name}" for name in names))


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the demo; 0 when it came to its end."""
    parser = argparse.ArgumentParser(prog="python -m tests.practice.demo", description=__doc__)
    parser.add_argument("--pictures", action="store_true", help="take pictures even where there is a screen")
    wanted = parser.parse_args()
    # After Ctrl+C, which ends the browser's driver too, asyncio would tell of every question left without an answer.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    on_screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) or sys.platform == "darwin"
    with contextlib.suppress(KeyboardInterrupt), stage() as scene, sync_playwright() as playwright:
        if on_screen and not wanted.pictures:
            show(playwright, scene)
        else:
            photograph(playwright, scene)
    return 0


if __name__ == "__main__":
    sys.exit(main())

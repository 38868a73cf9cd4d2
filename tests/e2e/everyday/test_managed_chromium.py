"""Chromium: what an administrator manages by a policy file holds and is locked.

The browser reads such files from one place of the system alone; they are put there for this one browser, in a mount
namespace of its own, so that nothing of the machine changes.
"""

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from tests.practice import programs
from tests.practice.chromium import Person, person

MOUNTS = ("unshare", "--map-root-user", "--mount", "true")
PLACES = ("/etc/chromium", "/etc/opt")
EXTENSION_ID = "ldljjafibligiejfkenkndgooopckpfi"
SERVER = "https://wayfill.example-vault.test"
POLICY = {
    "server": SERVER,
    "refreshInterval": 45,
    "sites": {"locked.test": "never"},
    "offerToSave": False,
}


def lay_out(folder: Path, program: str) -> Path:
    """Write the policy wherever a build of Chromium looks for it, and return a program that starts it with that."""
    policy = json.dumps({"3rdparty": {"extensions": {EXTENSION_ID: POLICY}}})
    for name in (".", "chrome", "chrome_for_testing"):
        managed = folder / "etc" / name / "policies/managed"
        managed.mkdir(parents=True)
        (managed / "wayfill.json").write_text(policy)
    mounts = [f"mount --bind {shlex.quote(str(folder / 'etc'))} {place}" for place in PLACES if Path(place).is_dir()]
    inside = " && ".join([*mounts, 'exec "$0" "$@"'])
    starter = folder / "chromium"
    run = f"unshare --map-root-user --mount sh -c {shlex.quote(inside)} {shlex.quote(program)}"
    starter.write_text(f'#!/bin/sh\nexec {run} "$@"\n')
    starter.chmod(0o755)
    return starter


@pytest.fixture(scope="module")
def pat(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    program = programs.chromium(playwright)
    if program is None or not any(Path(place).is_dir() for place in PLACES):
        pytest.skip("no Chromium, or no place where it looks for a policy")
    if shutil.which("unshare") is None or subprocess.run(MOUNTS, check=False).returncode:
        pytest.skip("this system lets nobody have mounts of their own")
    starter = lay_out(tmp_path_factory.mktemp("managed"), str(program))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, "chromium", lambda _: str(starter))
        with person(playwright) as result:
            yield result


def ask(pat: Person, message: dict[str, Any]) -> Any:
    """What the options page asks the background."""
    return pat.options.evaluate("(message) => chrome.runtime.sendMessage(message)", message)


def test_what_is_managed_holds_and_is_locked(pat: Person) -> None:
    options = pat.options
    # The browser hands its policies over a moment after it has started.
    for _ in range(200):
        if options.evaluate("chrome.storage.managed.get()"):
            break
        options.wait_for_timeout(50)
    options.reload()
    expect(options.locator("#behaviour")).to_be_visible()
    expect(options.locator("#server")).to_have_value(SERVER)
    expect(options.locator("#server")).to_have_attribute("readonly", "")
    expect(options.locator("#offerToSave")).to_be_disabled()
    expect(options.locator("#offerToSave")).not_to_be_checked()
    expect(options.locator("#offerInPrivate")).to_be_enabled()
    expect(options.locator("#site-list")).to_contain_text("locked.test")
    expect(options.locator("#interval")).to_contain_text("45")
    for message in (
        {"type": "options:switch", "name": "offerToSave", "on": True},
        {"type": "options:server", "address": "https://evil.test"},
    ):
        assert ask(pat, message)["problem"]["code"] == "managed"

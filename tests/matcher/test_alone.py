"""The library alone: a fresh interpreter that can import the standard library and `matcher`'s own dependencies only."""

import subprocess
import sys
import textwrap
from importlib.metadata import distribution, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement

import matcher

ROOT = Path(__file__).parents[2]

PROGRAM = """
    import sys
    ALLOWED = set({allowed!r})
    class Wall:
        def find_spec(self, name, path=None, target=None):
            top = name.partition(".")[0]
            if top not in ALLOWED and top not in sys.stdlib_module_names:
                raise ModuleNotFoundError(f"{{top}} is not installed here")
    sys.meta_path.insert(0, Wall())
    sys.path.insert(0, {root!r})
    from matcher import Affiliations, InvalidLink, Link, MatchTable, Strategy, admit, suffixes
    table = MatchTable.compile([Link("r", "https://ads.example.com/", Strategy.REGEX, expression=".*")])
    assert MatchTable.from_json(table.to_json()).find("https://login.example.com/")[0].record == "r"
    assert suffixes.current().date is not None
    for absent in ("flask", "sqlalchemy", "extension_api"):
        try:
            __import__(absent)
        except ModuleNotFoundError:
            continue
        raise AssertionError(absent)
    assert not any(name.startswith(("flask", "extension_api")) for name in sys.modules)
    print("ok")
"""


def names_of(distributions: set[str]) -> set[str]:
    by_name = packages_distributions()
    return {
        top for top, owners in by_name.items() if distributions & {owner.lower().replace("_", "-") for owner in owners}
    }


def plain(name: str) -> str:
    return name.lower().replace("_", "-")


def with_their_own(name: str, known: set[str]) -> None:
    name = plain(name)
    if name in known:
        return
    known.add(name)
    for text in requires(name) or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            with_their_own(requirement.name, known)


def test_importable_with_four_dependencies() -> None:
    own = {Requirement(text).name for text in distribution("wayfill").requires or [] if "extra ==" not in text}
    assert own == {"google-re2", "publicsuffixlist", "tldextract", "upa-url"}
    known: set[str] = set()
    for name in own:
        with_their_own(name, known)
    assert "flask" not in known
    program = textwrap.dedent(PROGRAM).format(allowed=sorted(names_of(known) | {"matcher"}), root=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60, check=False, cwd="/"
    )
    assert done.stderr == ""
    assert done.stdout == "ok\n"


def test_typed() -> None:
    assert (ROOT / "matcher" / "py.typed").is_file()


def test_the_names_that_are_offered_are_there() -> None:
    wanted = {"Affiliations", "InvalidLink", "InvalidUrl", "Link", "MatchTable", "Strategy", "admit"}
    assert wanted <= set(matcher.__all__)
    assert all(hasattr(matcher, name) for name in matcher.__all__)

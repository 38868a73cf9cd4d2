"""What leaves in an export, for whom, and that it can be taken in again without loss."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import re2  # type: ignore[import-untyped] # the package has no types
from sqlalchemy import select

from extension_api.accounts.models import Account
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE, Action, Actor
from extension_api.errors import ConfirmationRequired, SetupError
from extension_api.kernel import Kernel
from extension_api.permissions import FRESH_FOR, Identity, Permission
from extension_api.transfer import exporting, files, formats
from extension_api.transfer.importing import Outcome
from extension_api.vault import grants, lists
from extension_api.vault.models import RecordList
from matcher import Affiliations, Link, MatchTable
from tests.extension_api.conftest import START, People, Records
from tests.extension_api.transfer.conftest import Bring, Held, held
from tests.extension_api.transfer.samples import EXPECTED, bitwarden, bitwarden_item

FULL = bitwarden(
    bitwarden_item(
        "Ads",
        (0, "https://ads.example-one.com/"),
        (1, "https://login.example-two.com:8443/"),
        (2, "https://ads.example-one.com/app/"),
        (2, "https://ads.example-one.com/app?x"),
        (3, "https://ads.example-one.com/a?b"),
        (4, r"^https://[a-z]+\.example-one\.com/in"),
        (5, "https://ads.example-one.com/never"),
    ),
    bitwarden_item("=HYPERLINK(1)", id=None, folderId=None, fields=None, notes=None, login=None),
)


def exported(kernel: Kernel, who: Identity | Actor, form: exporting.Format) -> bytes:
    with kernel.database.writing() as session:
        exporting.begin(session, who, form, now=kernel.clock.now())
    return b"".join(exporting.pieces(kernel.database, kernel.keyring, who, form))


def identity(account: Account, *, proved_at: int = START) -> Identity:
    return Identity(account.id, account.name, account.administrator, uuid4(), "test", "127.0.0.1", proved_at)


def test_json_is_taken_in_again_without_loss(kernel: Kernel, bring: Bring) -> None:
    bring(FULL)
    before = held(kernel)
    given = exported(kernel, COMMAND_LINE, "bitwarden-json")
    assert formats.recognise(given) == "bitwarden-json"
    with kernel.database.writing() as session:
        other = lists.named(session, COMMAND_LINE, "Other", now=START).id
    assert [fate.outcome for fate in bring(given, into=other, flat=True)] == [Outcome.ADDED, Outcome.ADDED]

    after = [without_folder(each) for each in held(kernel)]
    assert sorted(after) == sorted([without_folder(each) for each in before] * 2)


def without_folder(record: Held) -> Held:
    title, username, sealed, linked = record
    kept = tuple(field for field in sealed if not field[0].startswith("extra:Folder"))
    return title, username, kept, tuple(sorted(linked))


def test_csv_is_taken_in_again_with_what_it_can_hold(kernel: Kernel, bring: Bring) -> None:
    bring(FULL)
    given = exported(kernel, COMMAND_LINE, "csv")
    reading = formats.read(given)
    assert reading.form == "bitwarden-csv"
    items = {item.title: item for item in reading.items}
    assert (items["Ads"].password, items["Ads"].notes) == ("made-up-1", "two\nlines")
    assert ("PIN", "=1+1") in items["Ads"].extras
    assert len(items["Ads"].addresses) == 4
    assert items["=HYPERLINK(1)"].password == ""


def test_other_programs_read_the_nearest_of_theirs(kernel: Kernel, bring: Bring) -> None:
    bring(FULL)
    items = {item["name"]: item for item in json.loads(exported(kernel, COMMAND_LINE, "bitwarden-json"))["items"]}
    assert [uri["match"] for uri in items["Ads"]["login"]["uris"]] == [0, 1, 2, 4, 3, 4, 5]


@pytest.mark.parametrize(
    ("pattern", "holds", "holds_not"),
    [
        ("https://*.example-one.com/a*", "https://b.example-one.com/ab?x", "https://b.c.example-one.com/ab"),
        ("*://**.example-one.com", "http://b.c.example-one.com:80/x?y", "https://evilexample-one.com/"),
        ("https://ads.example-one.com:*/", "https://ads.example-one.com:8443/", "https://ads.example-one.com/x"),
        ("https://ads.example-one.com/a?b=*", "https://ads.example-one.com/a?b=1", "https://ads.example-one.com/a?c"),
    ],
)
def test_a_pattern_written_as_an_expression(pattern: str, holds: str, holds_not: str) -> None:
    table = MatchTable.compile([Link("r", pattern, "pattern")], Affiliations.none())  # type: ignore[arg-type]
    expression = exporting._pattern_as_expression(pattern)
    for page, wanted in ((holds, True), (holds_not, False)):
        assert bool(table.find(page)) is wanted
        assert bool(re2.search(expression, page)) is wanted


def test_a_person_gets_what_they_may_view_and_no_more(kernel: Kernel, person: People, record: Records) -> None:
    anna, admin = person("anna").account, person("admin", administrator=True).account
    record("Filled", grants={anna: Permission.FILL})
    record("Viewed", grants={anna: Permission.VIEW})
    record("Other")
    titles = {
        who.name: [i.title for i in formats.read(exported(kernel, identity(who), "csv")).items] for who in (anna, admin)
    }
    assert titles == {"anna": ["Viewed"], "admin": []}
    names = json.loads(exported(kernel, identity(anna), "bitwarden-json"))
    assert [item["name"] for item in names["items"]] == ["Viewed"]
    assert json.loads(exported(kernel, identity(admin), "bitwarden-json")) == {
        "encrypted": False,
        "folders": [],
        "items": [],
    }


def test_a_list_is_viewed_by_those_who_hold_it(kernel: Kernel, bring: Bring, person: People) -> None:
    anna = person("anna").account
    bring(EXPECTED["chrome-csv"][0])
    with kernel.database.writing() as session:
        grants.give(session, COMMAND_LINE, anna, session.scalars(select(RecordList)).one(), Permission.VIEW, now=START)
    assert len(json.loads(exported(kernel, identity(anna), "bitwarden-json"))["items"]) == 1


def test_only_after_proving_oneself_and_on_record(kernel: Kernel, person: People) -> None:
    anna = person("anna").account
    with pytest.raises(ConfirmationRequired):
        exported(kernel, identity(anna, proved_at=START - FRESH_FOR), "csv")
    exported(kernel, identity(anna), "csv")
    with kernel.database.reading() as session:
        events = session.scalars(select(Event).where(Event.action == Action.VAULT_EXPORT)).all()
    assert [(e.account_name, e.detail) for e in events] == [("anna", "csv, 0 records")]


def test_many_records_leave_once_each(kernel: Kernel, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 7)
    rows = b"".join(b"A%d,https://a.test/,u,p-%d\n" % (n, n) for n in range(30))
    bring(b"name,url,username,password\n" + rows)
    for form in ("bitwarden-json", "csv"):
        found = formats.read(exported(kernel, COMMAND_LINE, form)).items
        assert sorted(i.password for i in found) == sorted(f"p-{n}" for n in range(30))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "export.json"


def test_the_file_is_its_owners_alone(target: Path) -> None:
    left = target.with_name(".export.json.wayfill-partial")
    left.write_bytes(b"of a killed export")
    left.chmod(0o644)
    files.write(target, [b"a", b"b"])
    assert target.read_bytes() == b"ab"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_no_file_is_written_over(target: Path) -> None:
    target.write_text("mine")
    with pytest.raises(SetupError, match="is there already"):
        files.require_new(target)
    with pytest.raises(SetupError, match="is there already"):
        files.write(target, [b"x"])
    assert target.read_text() == "mine"
    target.unlink()
    target.symlink_to(target.parent / "elsewhere")
    with pytest.raises(SetupError):
        files.write(target, [b"x"])
    assert not (target.parent / "elsewhere").exists()


def test_what_fails_half_way_leaves_nothing(target: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        files.write(target, broken())
    assert list(target.parent.iterdir()) == []

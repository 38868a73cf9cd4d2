"""What an import does to a real database: all of it once, nothing twice, nothing half, and nothing that was there."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from extension_api import installation
from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.kernel import Kernel
from extension_api.settings import Settings
from extension_api.transfer import formats, importing
from extension_api.transfer.importing import Outcome
from extension_api.transfer.models import Imported
from extension_api.transfer.places import Target
from extension_api.vault import changes, lists, records
from extension_api.vault.models import Record
from tests.extension_api.conftest import START
from tests.extension_api.keys.conftest import killed_before
from tests.extension_api.transfer.conftest import Bring, held
from tests.extension_api.transfer.samples import EXPECTED, OTPAUTH, bitwarden, bitwarden_item

CSV = b"name,url,username,password\n"


def chrome(*rows: str) -> bytes:
    return CSV + "".join(f"{row}\n" for row in rows).encode()


def outcomes(fates: list[importing.Fate]) -> list[Outcome]:
    return [fate.outcome for fate in fates]


def everything(kernel: Kernel) -> list[str]:
    """Every row of every table, to the byte."""
    with sqlite3.connect(kernel.settings.database_file) as connection:
        return list(connection.iterdump())


def only(kernel: Kernel) -> Record:
    with kernel.database.reading() as session:
        return session.scalars(select(Record)).one()


def test_an_item_becomes_a_record(kernel: Kernel, bring: Bring) -> None:
    fates = bring(EXPECTED["bitwarden-json"][0])
    assert [(f.where, f.title, f.outcome, f.links, f.words) for f in fates] == [("item 1", "Ads", Outcome.ADDED, 3, ())]
    assert held(kernel) == [
        (
            "Ads",
            "ann",
            (
                ("extra:PIN", "=1+1"),
                ("extra:Remember", "true"),
                ("notes", "two\nlines"),
                ("one_time_secret", OTPAUTH),
                ("password", "made-up-1"),
            ),
            (
                ("https://ads.example-one.test/", "domain", False),
                ("https://login.example-two.test/", "host", False),
                ("https://ads.example-one.test/x", "exact", True),
            ),
        )
    ]
    with kernel.database.reading() as session:
        events = session.scalars(select(Event).order_by(Event.id)).all()
    came = ["vault:import", "folder:add", "list:add", "record:add", *["link:add"] * 3]
    assert [e.action for e in events] == ["list:add", *came]
    assert events[1].detail == "bitwarden-json, 1 items"


@pytest.mark.parametrize("form", EXPECTED)
def test_a_second_time_changes_nothing(kernel: Kernel, bring: Bring, form: str) -> None:
    given, items = EXPECTED[form]
    assert outcomes(bring(given)) == [Outcome.ADDED] * len(items)
    before = everything(kernel)
    assert outcomes(bring(given)) == [Outcome.KNOWN] * len(items)
    assert everything(kernel) == before


@pytest.mark.parametrize("form", EXPECTED)
def test_a_dry_run_tells_the_same_and_writes_nothing(kernel: Kernel, bring: Bring, form: str) -> None:
    given = EXPECTED[form][0]
    before = everything(kernel)
    told = bring(given, dry=True)
    assert everything(kernel) == before
    assert bring(given) == told
    assert outcomes(bring(given, dry=True)) == [Outcome.KNOWN] * len(told)


def test_a_dry_run_into_a_list_that_is_not_there_yet(kernel: Kernel) -> None:
    target = Target(COMMAND_LINE, None)
    reading = formats.read(chrome("A,a.test,a,p", "A,a.test,a,p", "B"))
    fates = list(importing.dry_run(kernel.database, kernel.keyring, target, reading))
    assert outcomes(fates) == [Outcome.ADDED, Outcome.THERE, Outcome.LEFT_OUT]
    assert held(kernel) == []


def test_an_edited_and_renamed_record_is_known_and_left_as_it_is(kernel: Kernel, bring: Bring) -> None:
    given = chrome("Ads,https://ads.example-one.test/,ann,p-1")
    bring(given)
    with kernel.database.writing() as session:
        record = session.scalars(select(Record)).one()
        values = {"title": "Advertising", "password": "p-2"}
        changes.change(session, kernel.keyring, COMMAND_LINE, record, values, expected=1, now=START)
    before = everything(kernel)
    (fate,) = bring(given)
    assert (fate.outcome, fate.words) == (Outcome.DIFFERS, ("title", "password"))
    assert everything(kernel) == before


def test_a_removed_record_comes_again(kernel: Kernel, bring: Bring) -> None:
    given = chrome("Ads,https://ads.example-one.test/,ann,p-1")
    bring(given)
    with kernel.database.writing() as session:
        records.remove(session, COMMAND_LINE, session.scalars(select(Record)).one(), expected=1, now=START)
        assert session.scalar(select(func.count()).select_from(Imported)) == 0
    assert outcomes(bring(given)) == [Outcome.ADDED]


def test_alike_is_told_from_same(kernel: Kernel, bring: Bring) -> None:
    rows = ("Ads,a.test,ann,p-1", "Ads,a.test,ann,p-2", "Ads,a.test,ann,p-1", "Ads,a.test,berta,p-1")
    given = chrome(*rows)
    assert outcomes(bring(given, dry=True)) == outcomes(fates := bring(given))
    assert outcomes(fates) == [Outcome.ADDED, Outcome.ADDED, Outcome.THERE, Outcome.ADDED]
    assert len(held(kernel)) == 3
    before = everything(kernel)
    assert outcomes(bring(given)) == [Outcome.KNOWN] * 4
    assert everything(kernel) == before


def test_what_another_program_exported_too_comes_once(kernel: Kernel, bring: Bring) -> None:
    bring(chrome("Ads,https://ads.example-one.test/,ann,p-1"))
    safari = b"Title,URL,Username,Password,Notes,OTPAuth\nAds,https://ads.example-one.test/,ann,p-1,,\n"
    assert outcomes(bring(safari)) == [Outcome.THERE]
    assert len(held(kernel)) == 1
    before = everything(kernel)
    assert outcomes(bring(safari)) == [Outcome.KNOWN]
    assert everything(kernel) == before


def test_lists_know_nothing_of_one_another(kernel: Kernel, bring: Bring) -> None:
    given = chrome("Ads,https://ads.example-one.test/,ann,p-1")
    bring(given)
    with kernel.database.writing() as session:
        other = lists.named(session, COMMAND_LINE, "Other", now=START).id
    assert outcomes(bring(given, into=other)) == [Outcome.ADDED]
    assert len(held(kernel)) == 2


def test_what_does_not_fit_is_kept_or_told(kernel: Kernel, bring: Bring) -> None:
    odd = bitwarden_item(
        "A\x07 " + "t" * 300, fields=[{"name": "n" * 200, "value": "1"}, {"name": "n" * 200, "value": "2"}]
    )
    odd["login"]["totp"] = "steam://ABCDEF"
    given = bitwarden(odd, bitwarden_item("", (None, "https://ads.example-one.test:8443/x"), id=None, folderId=None))
    first, second = bring(given)
    assert first.words[0].startswith("its one-time secret is kept as an extra field")
    assert second.title == "ads.example-one.test:8443"
    (title, _, sealed, _), _ = held(kernel)
    assert title == "A " + "t" * 198
    names = {name: value for name, value in sealed if name.startswith("extra:")}
    assert names["extra:One-time secret, as exported"] == "steam://ABCDEF"
    assert [value for name, value in names.items() if name.startswith("extra:nn")] == ["1", "2"]


def test_no_fingerprint_is_made_of_a_secret(kernel: Kernel, bring: Bring) -> None:
    def fingerprints() -> set[bytes]:
        with kernel.database.reading() as session:
            return set(session.scalars(select(Imported.fingerprint)))

    bring(chrome("Ads,https://a.test/,ann,p-1"))
    made = fingerprints()
    with kernel.database.writing() as session:
        records.remove(session, COMMAND_LINE, session.scalars(select(Record)).one(), expected=1, now=START)
    bring(chrome("Ads,https://a.test/,ann,another-password"))
    assert fingerprints() == made


def test_every_password_and_line_of_a_long_file(kernel: Kernel, bring: Bring) -> None:
    number = importing.BATCH * 2 + 7
    given = chrome(*(f"Account {n},https://a{n}.test/,user{n},secret-{n}" for n in range(number)))
    assert outcomes(bring(given)) == [Outcome.ADDED] * number
    assert {dict(sealed)["password"] for _, _, sealed, _ in held(kernel)} == {f"secret-{n}" for n in range(number)}
    with kernel.database.reading() as session:
        imports = session.scalars(select(Event).where(Event.action == Action.VAULT_IMPORT)).all()
    assert len(imports) == 1


def imported_by_itself(settings: Settings, list_id: UUID, given: bytes) -> list[Outcome]:
    """Import as a fresh process would."""
    database, keyring = installation.open_database(settings)
    try:
        reading = formats.read(given)
        return outcomes(list(importing.run(database, keyring, Target(COMMAND_LINE, list_id), reading, now=START)))
    finally:
        database.close()


def test_killed_before_any_commit_it_is_completed_by_the_next_run(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)
    given = chrome(*(f"Account {n},https://a{n}.test/,user{n},secret-{n}" for n in range(10)))
    number = 1
    while True:
        mine = Settings(data=tmp_path / f"data-{number}")
        installation.prepare(mine, START)
        database, _ = installation.open_database(mine)
        with database.writing() as session:
            list_id = lists.named(session, COMMAND_LINE, "Imported", now=START).id
        database.close()
        killed = killed_before(number, mine.data, lambda: imported_by_itself(mine, list_id, given))  # noqa: B023
        found = imported_by_itself(mine, list_id, given)
        assert set(found) <= {Outcome.ADDED, Outcome.KNOWN}
        assert found.count(Outcome.KNOWN) % 3 in (0, 10 % 3), "a batch is there wholly or not at all"
        database, _ = installation.open_database(mine)
        with database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Record)) == 10
            assert session.scalar(select(func.count()).select_from(Imported)) == 10
        database.close()
        if not killed:
            break
        number += 1
    assert number > 5, "no kill came in time: the test did not test"
    figure(f"import killed before each of {number - 1} acts on its files: 10 records after the next run, none doubled")

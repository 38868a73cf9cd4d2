"""Folders of an import: what is made of them, who gets to see it, and that a second time makes nothing."""

from uuid import UUID

import pytest
from sqlalchemy import select

from extension_api.audit.service import COMMAND_LINE
from extension_api.kernel import Kernel
from extension_api.people import groups
from extension_api.permissions import Identity, Permission
from extension_api.transfer import formats, importing, places
from extension_api.transfer.importing import Outcome
from extension_api.transfer.places import Target
from extension_api.vault import folders, grants, lists
from extension_api.vault.models import Folder, Grant, Record, RecordList, SealedField
from tests.extension_api.conftest import START, People
from tests.extension_api.transfer.conftest import Bring
from tests.extension_api.transfer.test_importing import everything, outcomes

HEAD = "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n"


def file(*items: tuple[str, str]) -> bytes:
    """A CSV of Bitwarden's: folder and title of each."""
    return (HEAD + "".join(f"{folder},,login,{title},,,0,,ann,made-up,\n" for folder, title in items)).encode()


def where(kernel: Kernel) -> dict[str, str]:
    """The path of each record, by its title, with what its field of folders holds."""
    found = {}
    with kernel.database.reading() as session:
        for record, listed in session.execute(select(Record, RecordList).join(RecordList)).all():
            above = folders.trail(session, session.get_one(Folder, listed.folder_id)) if listed.folder_id else []
            kept = session.scalar(
                select(SealedField).where(SealedField.record_id == record.id, SealedField.name == "extra:Folder")
            )
            text = " / ".join([*(each.name for each in above), listed.name])
            if kept is not None:
                text += f" ({kernel.keyring.open(kept.sealed, record_id=record.id, field=kept.name)})"
            found[record.title] = text
    return found


def test_folders_become_folders_and_lists_once(kernel: Kernel, bring: Bring) -> None:
    given = file(("", "A"), ("Work", "B"), ("Work/Ads", "C"), ("Work/Ads/Deep", "D"), ("Work / Ads", "E"))
    told = bring(given, dry=True)
    assert [(fate.place, fate.new) for fate in told] == [
        ("", False), ("Work", True), ("Work / Ads", True), ("Work / Ads / Deep", True), ("Work / Ads", False),
    ]  # fmt: skip
    assert bring(given) == told
    wanted = {"A": "Imported", "B": "Work", "C": "Work / Ads", "D": "Work / Ads / Deep", "E": "Work / Ads"}
    assert where(kernel) == wanted
    before = everything(kernel)
    assert outcomes(bring(given)) == [Outcome.KNOWN] * 5
    assert everything(kernel) == before

    more = file(("Work/Ads", "C"), ("Work/Ads", "F"), ("Work/New", "G"))
    assert [(fate.outcome, fate.new) for fate in bring(more)] == [
        (Outcome.KNOWN, False), (Outcome.ADDED, False), (Outcome.ADDED, True),
    ]  # fmt: skip
    assert where(kernel) == wanted | {"F": "Work / Ads", "G": "Work / New"}


def test_lists_lie_beside_the_named_one_with_its_permissions(
    kernel: Kernel, bring: Bring, list_id: UUID, person: People
) -> None:
    anna, bert = person("anna").account, person("bert").account
    with kernel.database.writing() as session:
        group = groups.add(session, COMMAND_LINE, "Marketing", now=START)
        named = session.get_one(RecordList, list_id)
        lists.move(session, COMMAND_LINE, named, folders.add(session, COMMAND_LINE, "Team", None, now=START), now=START)
        for holder, level in ((anna, Permission.MANAGE), (bert, Permission.FILL), (group, Permission.VIEW)):
            grants.give(session, COMMAND_LINE, holder, named, level, now=START)
    bring(file(("Ads", "A"), ("Imported", "B"), ("Deep/Imported", "C")))
    assert where(kernel) == {"A": "Team / Ads", "B": "Team / Imported", "C": "Team / Imported (Deep / Imported)"}
    with kernel.database.reading() as session:
        made = session.scalars(select(RecordList).where(RecordList.name == "Ads")).one()
        held = session.execute(select(Grant.account_id, Grant.group_id, Grant.level).where(Grant.list_id == made.id))
        assert {tuple(row) for row in held} == {
            (anna.id, None, Permission.MANAGE), (bert.id, None, Permission.FILL), (None, group.id, Permission.VIEW),
        }  # fmt: skip


def test_a_list_that_waits_for_secrets_gets_none(kernel: Kernel, bring: Bring, list_id: UUID, person: People) -> None:
    anna, eve = person("anna").account, person("eve").account
    with kernel.database.writing() as session:
        grants.give(session, COMMAND_LINE, anna, session.get_one(RecordList, list_id), Permission.MANAGE, now=START)
        waiting = lists.add(session, COMMAND_LINE, "Ads", None, now=START)
        for holder in (anna, eve):
            grants.give(session, COMMAND_LINE, holder, waiting, Permission.MANAGE, now=START)
    given = file(("Ads", "A"))
    told = bring(given, dry=True)
    assert told[0].words == ("its folders are kept as an extra field: the list Ads has other permissions",)
    assert bring(given) == told
    assert where(kernel) == {"A": "Imported (Ads)"}
    before = everything(kernel)
    assert outcomes(bring(given)) == [Outcome.KNOWN]
    assert everything(kernel) == before


def test_what_cannot_become_folders_stays_a_field(
    kernel: Kernel, bring: Bring, list_id: UUID, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "NEW_LISTS", 2)
    given = file(("/".join("abcdefghijkl"), "Deep"), ("x\x07y" + "z" * 300, "Odd"), ("L2", "B"), ("L3", "C"))
    told = bring(given, dry=True)
    assert bring(given) == told
    found = where(kernel)
    assert found["Deep"] == "Imported (" + " / ".join("abcdefghijkl") + ")"
    assert found["Odd"] == "x y" + "z" * 197
    assert (found["B"], found["C"]) == ("L2", "Imported (L3)")
    assert [fate.words[0].rpartition(": ")[2] for fate in told if fate.words] == [
        "its folders lie more than 10 deep", "a file brings at most 2 lists",
    ]  # fmt: skip

    bert = person("bert").account
    who = Identity(bert.id, bert.name, False, UUID(int=1), "test", "127.0.0.1")
    reading = formats.read(file(("Own", "Own")))
    (fate,) = importing.run(kernel.database, kernel.keyring, Target(who, list_id), reading, now=START)
    assert (fate.place, where(kernel)["Own"]) == ("", "Imported (Own)"), "no administrator, no folders"


def test_what_came_before_folders_became_lists_is_known(kernel: Kernel, bring: Bring) -> None:
    given = file(("Work/Ads", "A"), ("Work", "B"))
    assert outcomes(bring(given, flat=True)) == [Outcome.ADDED] * 2
    assert where(kernel) == {"A": "Imported (Work / Ads)", "B": "Imported (Work)"}
    before = everything(kernel)
    assert outcomes(bring(given)) == [Outcome.KNOWN] * 2
    assert everything(kernel) == before
    # By another program's file the same logins are there already.
    tree = (
        b'"Group","Title","Username","Password","URL","Notes","TOTP","Icon","Last Modified","Created"\n'
        b'"Root/Work/Ads","A","ann","made-up","","","","0","x","x"\n"Root/Work","B","ann","made-up","","","","0","x","x"\n'
    )
    assert outcomes(bring(tree)) == [Outcome.THERE] * 2


def test_the_same_login_in_two_folders_comes_twice_and_in_one_once(kernel: Kernel, bring: Bring) -> None:
    given = file(("Work", "A"), ("Home", "A"), ("Work", "A"), ("", "A"))
    for flat in (True, False):
        told = bring(given, dry=True, flat=flat)
        assert outcomes(told) == [Outcome.ADDED, Outcome.ADDED, Outcome.THERE, Outcome.ADDED]
    assert bring(given) == told
    assert outcomes(bring(given)) == [Outcome.KNOWN] * 4


def test_a_dry_run_for_a_list_that_is_not_there_yet(kernel: Kernel, person: People) -> None:
    anna = person("anna").account
    target = Target(COMMAND_LINE, None, "Team", anna.id)
    reading = formats.read(file(("Team", "A"), ("Ads", "B"), ("Ads", "C")))
    fates = list(importing.dry_run(kernel.database, kernel.keyring, target, reading))
    assert [(fate.place, fate.new) for fate in fates] == [("", False), ("Ads", True), ("Ads", False)]


def test_many_folders(kernel: Kernel, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)
    given = file(*((f"F{n % 7}/L{n % 5}", f"T{n}") for n in range(35)))
    told = bring(given, dry=True)
    assert bring(given) == told
    assert where(kernel) == {f"T{n}": f"F{n % 7} / L{n % 5}" for n in range(35)}
    assert sum(fate.new for fate in told) == 35
    with kernel.database.reading() as session:
        assert len(session.scalars(select(Folder)).all()) == 7

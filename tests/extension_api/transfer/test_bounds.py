"""Files made to harm: each is refused in a sentence, or costs its own row alone, in bounded memory and time."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from extension_api.transfer import content, formats, items
from extension_api.transfer.items import CannotRead, Trouble
from extension_api.transfer.ready import made_ready
from tests.extension_api.transfer.samples import bitwarden, bitwarden_item, keepass, keepass_entry, onepux, onepux_item


def test_a_file_that_is_too_large_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(b"x" * 11)
    monkeypatch.setattr(content, "FILE", 10)
    with pytest.raises(CannotRead, match="larger than"):
        content.from_file(file)
    for path in (tmp_path, tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(CannotRead, match="is no file"):
            content.from_file(path)


def test_what_no_database_keeps_costs_its_row_alone() -> None:
    given = b"name,url,username,password\ngood,a.test,c,d\nbad,b.test,c,d\0\nbad,c.test,c\0d,d\nt\0itle,d.test,c,d\n"
    ready = list(made_ready(formats.read(given)))
    assert [each.sentence if isinstance(each, Trouble) else each.title for each in ready] == [
        "good",
        "The field password holds a character that cannot be kept (U+0000, or half of a pair).",
        "The user name holds a character that cannot be shown, such as a line break.",
        "t itle",
    ]
    assert [each.where for each in ready] == ["line 2", "line 3", "line 4", "line 5"]
    (item,) = made_ready(formats.read(bitwarden(bitwarden_item("Ads", (4, "https://a\\.test/\0.*")))))
    assert not isinstance(item, Trouble)
    assert (item.links, len(item.troubles)) == ((), 1)
    assert "holds a character that cannot be kept" in item.troubles[0]


def test_too_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "ITEMS", 3)
    with pytest.raises(CannotRead, match="more than 3 items"):
        formats.read(b"name,url,username,password\n" + b"a,b.test,c,d\n" * 4)


@pytest.mark.parametrize(
    "given",
    [
        b'{"encrypted":false,"items":[{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"encrypted":false,"x":' + b'{"x":' * 100_000 + b"1" + b"}" * 100_000 + b',"items":[]}',
        b'{"items":[' + b"[" * 200_000,
        b'{"folders":[' + b'{"folders":[' * 100_000 + b"]}" * 100_000 + b"]}",
    ],
)
def test_json_nested_without_end(given: bytes) -> None:
    with pytest.raises(CannotRead):
        formats.read(given)


def test_folders_nested_deeper_than_is_followed() -> None:
    deep = b'{"items":[],"folders":[' + b'{"name":"f","folders":[' * 60 + b"]}" * 60 + b"]}"
    reading = formats.read(deep)
    assert reading.items == []
    assert [e.sentence for e in reading.entries if isinstance(e, Trouble)] == ["it is damaged or lies too deep"]


def test_json_of_more_values_than_any_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "NODES", 1_000)
    with pytest.raises(CannotRead, match="more values"):
        formats.read(b'{"encrypted":false,"items":[' + b"0," * 1_000 + b"0]}")


def test_a_zip_bomb_unpacks_no_further_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "FILE", 2 * 1024**2)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("export.data", "w") as file:
        for _ in range(200):
            file.write(b" " * 1024**2)
    assert len(packed.getvalue()) < 1024**2
    tracemalloc.start()
    try:
        with pytest.raises(CannotRead, match="unpacks to more"):
            formats.read(packed.getvalue())
        assert tracemalloc.get_traced_memory()[1] < 20 * 1024**2
    finally:
        tracemalloc.stop()


def test_a_zip_that_lies_or_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotRead, match=r"no export\.data"):
        formats.read(onepux(member="other.data"))
    whole = onepux(onepux_item())
    at = whole.index(b"export.data")
    for damaged in (
        whole[:-30],
        whole[: at + 20] + b"\0" * 40 + whole[at + 60 :],
        whole.replace(b"export.data", b"export.dat\xff"),
    ):
        with pytest.raises(CannotRead):
            formats.read(damaged)
    monkeypatch.setattr(content, "ZIP_MEMBERS", 2)
    with pytest.raises(CannotRead, match="more than 2 files"):
        formats.read(whole)


def test_a_field_of_megabytes_costs_its_own_row() -> None:
    given = b'name,url,username,password\nA,a.test,a,"' + b"x\n" * 2_000_000 + b'"\nB,b.test,b,p\n'
    reading = formats.read(given)
    assert [(i.where, i.title) for i in reading.items] == [("line 2000003", "B")]
    (trouble,) = (e for e in reading.entries if isinstance(e, Trouble))
    assert trouble == Trouble("line 2", "a field is longer than 100,000 characters")


def test_an_open_quotation_mark_is_one_bad_row() -> None:
    reading = formats.read(b'name,url,username,password\nA,a.test,a,p\nB,b.test,b,"p\nC,c.test,c,p\n')
    assert [i.title for i in reading.items] == ["A", "B"]
    assert reading.items[1].password == "p\nC,c.test,c,p\n"


def test_xml_entities_are_refused_before_they_grow() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    for given in (keepass("").replace(b"<KeePassFile>", bomb + b"<KeePassFile>"), (bomb + keepass(""))):
        for encoded in (given, given.decode().encode("utf-16")):
            with pytest.raises(CannotRead, match="document type"):
                formats.read(encoded)


def test_xml_nested_without_end() -> None:
    group = b"<Group><Name>g</Name>" * 5_000 + b"</Group>" * 5_000
    entry = keepass_entry(1, {"Title": "A"}).encode()
    reading = formats.read(keepass("").replace(b"<DeletedObjects/>", b"").replace(b"<Root>", b"<Root>" + group + entry))
    assert reading.items == []
    assert [e.sentence for e in reading.entries if isinstance(e, Trouble)] == ["what lies below it lies too deep"]


def test_what_a_record_cannot_hold_is_told_by_the_item() -> None:
    long = bitwarden_item("Long", notes="n" * 20_001)
    user = bitwarden_item("User")
    user["login"] |= {"username": "a\x1b[2J"}
    many = bitwarden_item("Many", fields=[{"name": "f", "value": "v"}] * 51)
    found = list(made_ready(formats.read(bitwarden(long, user, many))))
    assert [each.where for each in found if isinstance(each, Trouble)] == ["item 1", "item 2", "item 3"]

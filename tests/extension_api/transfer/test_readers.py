"""Every format, read from a file made up here: nothing lost, nothing altered, told by what is in it."""

import pytest

from extension_api.transfer import formats
from extension_api.transfer.items import CannotRead, Trouble
from extension_api.transfer.ready import Ready, made_ready
from tests.extension_api.transfer.samples import (
    ADS,
    EXPECTED,
    IDS,
    SECRET,
    bitwarden,
    bitwarden_item,
    keepass,
    keepass_entry,
    onepux,
    onepux_item,
)


def test_there_is_a_sample_of_every_format() -> None:
    # A database is sampled by `kdbx_writer`, since it has to be opened.
    assert EXPECTED.keys() == formats.FORMS.keys()
    assert set(formats.NAMES) == {formats.AUTO, formats.LOCKED, *EXPECTED}


@pytest.mark.parametrize("form", EXPECTED)
def test_the_format_is_told_and_read(form: str) -> None:
    given, expected = EXPECTED[form]
    reading = formats.read(given)
    assert reading.form == form
    assert reading.entries == expected
    assert formats.read(given, form) == reading


@pytest.mark.parametrize("form", EXPECTED)
def test_every_item_can_be_a_record(form: str) -> None:
    found = list(made_ready(formats.read(EXPECTED[form][0])))
    assert len(found) == len(EXPECTED[form][1])
    for ready in found:
        assert isinstance(ready, Ready), ready
        assert ready.troubles == ()


@pytest.mark.parametrize("form", EXPECTED)
def test_no_secret_in_what_python_prints(form: str) -> None:
    reading = formats.read(EXPECTED[form][0])
    printed = repr(reading) + repr(list(made_ready(reading)))
    assert not any(secret in printed for secret in ("made-up-1", "JBSWY3DPEHPK3PXP", "1234", "4711", "note>"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", "no format that is known"),
        (b"a,b\n1,2\n", "no format that is known"),
        (b"[]", "no format that is known"),
        (b'{"a":1}', "no format that is known"),
        (b'{"encrypted":true,"passwordProtected":true,"salt":"x","data":"2.x"}', "encrypted"),
        (b'{"encrypted":false,"items":', "no well-formed JSON"),
        (b"<html></html>", "no export of KeePass"),
        (b"<KeePassFile>", "no well-formed XML"),
        (bytes.fromhex("03d9a29a67fb4bb5000004"), "no KeePass database"),
        (bytes.fromhex("03d9a29a67fb4bb501000300") + bytes(90), "KDBX 3.1"),
        (bytes.fromhex("03d9a29a65fb4bb5") + bytes(90), "KeePass 1.x"),
        (b"name,url,username,password\nM\xfcller,a.test,a,b\n", "Line 2 is not in UTF-8"),
        (b"PK\x03\x04 and nothing more", "damaged"),
    ],
)
def test_what_is_none_of_them_is_refused_in_a_sentence(given: bytes, words: str) -> None:
    with pytest.raises(CannotRead, match=words):
        formats.read(given)


def test_a_format_that_is_not_the_files_own() -> None:
    with pytest.raises(CannotRead, match="columns of firefox-csv"):
        formats.read(EXPECTED["chrome-csv"][0], "firefox-csv")
    with pytest.raises(CannotRead, match="not laid out"):
        formats.read(b'{"items":[],"accounts":7,"encrypted":"x"}', "bitwarden-json")


def test_bad_rows_are_told_with_their_line_and_the_rest_comes() -> None:
    given = (
        b'name,url,username,password\r\nA,a.test,a,"p\r\nq"\r\n\r\nB,b.test,b\r\nC,c.test,c,p,x\r\nD,d.test,d,=1+1\r\n'
    )
    entries = formats.read(given).entries
    assert [(e.where, e.sentence) for e in entries if isinstance(e, Trouble)] == [
        ("line 5", "it has 3 fields, the first line has 4"),
        ("line 6", "it has 5 fields, the first line has 4"),
    ]
    assert [(i.where, i.title, i.password) for i in formats.read(given).items] == [
        ("line 2", "A", "p\r\nq"),
        ("line 7", "D", "=1+1"),
    ]


def test_other_separators_and_encodings() -> None:
    text = "name;url;username;password\nMüller;a.test;ä;ö,ü\n"
    for given in (text.encode(), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()):
        (found,) = formats.read(given).items
        assert (found.title, found.username, found.password) == ("Müller", "ä", "ö,ü")


def test_bad_items_of_json_are_told_by_number() -> None:
    bad = bitwarden_item(name="x") | {"login": {"uris": "none"}}
    given = bitwarden(
        bitwarden_item("First"), bad, 7, bitwarden_item("Gone", deletedDate="2026-01-01"), bitwarden_item()
    )
    reading = formats.read(given)
    assert [i.title for i in reading.items] == ["First", "Ads"]
    assert [(e.where, e.sentence) for e in reading.entries if isinstance(e, Trouble)] == [
        ("item 2", "it is not laid out as an item of Bitwarden"),
        ("item 3", "it is not laid out as an item of Bitwarden"),
        ("item 4", "it lies in the trash"),
    ]


def test_what_is_no_login_keeps_what_it_holds() -> None:
    card = bitwarden_item(
        "Card", login=None, type=3, fields=None, card={"number": "4111", "code": None, "expYear": "2030"}
    )
    (found,) = formats.read(bitwarden(card)).items
    assert (found.password, found.extras) == ("", (("number", "4111"), ("expYear", "2030")))
    organization = bitwarden(
        bitwarden_item(folderId=None, collectionIds=[IDS[7]]),
        folders=None,
        collections=[{"id": IDS[7], "name": "Team"}],
    )
    assert formats.read(organization).items[0].folder == ("Team",)


def test_onepassword_archived_passwords_and_documents() -> None:
    archived = onepux_item(state="archived")
    archived["details"] = {"password": "made-up-2", "documentAttributes": {"fileName": "x"}, "loginFields": []}
    wrapped = {"item": onepux_item(), "file": None}
    reading = formats.read(onepux(archived, wrapped, {"item": {}}))
    assert [i.password for i in reading.items] == ["made-up-2", "made-up-1"]
    assert ("Archived", "yes") in reading.items[0].extras
    assert [e.where for e in reading.entries if isinstance(e, Trouble)] == ["item 1", "item 3"]


@pytest.mark.parametrize(
    ("strings", "secret"),
    [
        ({"TOTP Seed": SECRET, "TOTP Settings": "30;6"}, SECRET),
        ({"TOTP Seed": SECRET, "TOTP Settings": "60;8;x"}, f"otpauth://totp/?secret={SECRET}&period=60&digits=8"),
        ({"TOTP Seed": SECRET, "TOTP Settings": "30;S"}, f"steam://{SECRET}"),
        ({"TimeOtp-Secret-Base32": SECRET, "TimeOtp-Period": "30", "TimeOtp-Length": "6"}, SECRET),
        ({"TimeOtp-Secret-Hex": "48656c6c6f21deadbeef"}, SECRET),
        ({"TimeOtp-Secret-Base64": "SGVsbG8h3q2+7w=="}, SECRET),
        ({"TimeOtp-Secret": "12345678901234567890"}, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        ({"TimeOtp-Secret-Hex": "no digits"}, "no digits"),
        (
            {"TimeOtp-Secret-Base32": SECRET, "TimeOtp-Algorithm": "HMAC-SHA-256", "TimeOtp-Length": "8"},
            f"otpauth://totp/?secret={SECRET}&digits=8&algorithm=SHA256",
        ),
        ({"otp": f"key={SECRET}&step=60&size=6"}, f"otpauth://totp/?secret={SECRET}&period=60"),
        ({"otp": f"key={SECRET}&type=hotp&counter=1"}, f"key={SECRET}&type=hotp&counter=1"),
    ],
)
def test_keepass_one_time_secrets_of_every_program(strings: dict[str, str], secret: str) -> None:
    (found,) = formats.read(keepass(keepass_entry(1, strings))).items
    assert (found.one_time_secret, found.extras) == (secret, ())
    (ready,) = made_ready(formats.read(keepass(keepass_entry(1, strings))))
    assert isinstance(ready, Ready)
    assert bool(ready.troubles) == (":" in secret[:6] or "=" in secret[:4] or " " in secret)


def test_keepass_trash_stays_out_and_other_fields_of_one_time_secrets() -> None:
    entry = keepass_entry(
        1, {"Title": "A", "TOTP Seed": "JBSWY3DPEHPK3PXP", "TOTP Settings": "30;6", "URL": f'"{ADS}x"'}
    )
    rpc = keepass_entry(2, {"Title": "B", "KPRPC JSON": '{"altURLs":["https://b.test/"],"blockedURLs":["c.test"]}'})
    reading = formats.read(keepass(entry + rpc, trash=keepass_entry(3, {"Title": "Gone"})))
    first, second = reading.items
    assert first.one_time_secret == "JBSWY3DPEHPK3PXP"
    assert [(a.url, a.strategy) for a in first.addresses] == [(f"{ADS}x", "exact")]
    assert [(a.url, a.veto) for a in second.addresses] == [("https://b.test/", False), ("c.test", True)]
    assert [e.sentence for e in reading.entries if isinstance(e, Trouble)] == [
        "it is the recycle bin; 1 entries are left out"
    ]

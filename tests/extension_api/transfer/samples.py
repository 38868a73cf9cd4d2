"""Small made-up exports in the published format of each program, and what each has to be read as."""

import base64
import io
import json
import zipfile
from typing import Any

from extension_api.transfer.items import Address, Item

SECRET = "JBSWY3DPEHPK3PXP"
OTPAUTH = f"otpauth://totp/Ads:ann?secret={SECRET}&issuer=Ads"
IDS = [f"0a8b7c6d-0000-4000-8000-00000000000{n}" for n in range(10)]


def bitwarden(*items: object, **more: Any) -> bytes:
    folders = [{"id": IDS[0], "name": "Work/Ads"}]
    return json.dumps({"encrypted": False, "folders": folders, "items": list(items)} | more).encode()


def bitwarden_item(name: str = "Ads", *uris: tuple[int | None, str], **more: Any) -> dict[str, Any]:
    login = {
        "fido2Credentials": [],
        "uris": [{"match": match, "uri": uri} for match, uri in uris],
        "username": "ann",
        "password": "made-up-1",
        "totp": OTPAUTH,
    }
    return {
        "passwordHistory": [{"lastUsedDate": "2026-01-01T00:00:00Z", "password": "older"}], "revisionDate": "x",
        "creationDate": "x", "deletedDate": None, "id": IDS[1], "organizationId": None, "folderId": IDS[0], "type": 1,
        "reprompt": 0, "name": name, "notes": "two\nlines", "favorite": False,
        "fields": [{"name": "PIN", "value": "=1+1", "type": 1, "linkedId": None},
                   {"name": "Remember", "value": "true", "type": 2, "linkedId": None},
                   {"name": "User", "value": None, "type": 3, "linkedId": 100}],
        "login": login, "collectionIds": None,
    } | more  # fmt: skip


def onepux(*items: dict[str, Any], member: str = "export.data") -> bytes:
    data = {
        "accounts": [
            {
                "attrs": {"accountName": "Ann", "uuid": "A"},
                "vaults": [{"attrs": {"uuid": "V", "name": "Private", "type": "P"}, "items": list(items)}],
            }
        ]
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.attributes", json.dumps({"version": 3, "description": "1Password Unencrypted Export"}))
        archive.writestr(member, json.dumps(data))
        archive.writestr("files/x___picture.png", b"picture")
    return packed.getvalue()


def onepux_item(**more: Any) -> dict[str, Any]:
    return {
        "uuid": "abcdefghijklmnopqrstuvwxyz", "favIndex": 0, "createdAt": 1, "updatedAt": 2, "state": "active",
        "categoryUuid": "001",
        "details": {
            "loginFields": [
                {"value": "ann", "id": "", "name": "user", "fieldType": "T", "designation": "username"},
                {"value": "made-up-1", "id": "", "name": "pass", "fieldType": "P", "designation": "password"},
                {"value": "de", "id": "", "name": "country", "fieldType": "T"},
            ],
            "notesPlain": "a note",
            "sections": [{"title": "More", "name": "s", "fields": [
                {"title": "one-time password", "id": "TOTP_1", "value": {"totp": OTPAUTH}, "guarded": False},
                {"title": "PIN", "id": "p", "value": {"concealed": "1234"}},
                {"title": "mail", "id": "m", "value": {"email": {"email_address": "a@b.test", "provider": None}}}]}],
            "passwordHistory": [{"value": "older", "time": 1}],
        },
        "overview": {
            "subtitle": "ann", "title": "Ads", "url": "https://ads.example-one.test/", "ps": 1,
            "urls": [{"label": "website", "url": "https://ads.example-one.test/"},
                     {"label": "sign-in", "url": "https://login.example-two.test/"}],
            "tags": ["money", "web"],
        },
    } | more  # fmt: skip


def keepass_uuid(number: int) -> str:
    return base64.b64encode(number.to_bytes(16)).decode()


def keepass_entry(number: int, strings: dict[str, str], custom: dict[str, str] | None = None) -> str:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;")

    fields = "".join(
        f"<String><Key>{key}</Key><Value>{escaped(value)}</Value></String>" for key, value in strings.items()
    )
    data = "".join(
        f"<Item><Key>{key}</Key><Value>{escaped(value)}</Value></Item>" for key, value in (custom or {}).items()
    )
    old = "<Entry><UUID/><String><Key>Title</Key><Value>Old</Value></String></Entry>"
    uuid = keepass_uuid(number)
    return f"<Entry><UUID>{uuid}</UUID>{fields}<CustomData>{data}</CustomData><History>{old}</History></Entry>"


def keepass(entries: str, trash: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?><KeePassFile><Meta><Generator>KeePass</Generator>'
        f"<RecycleBinUUID>{keepass_uuid(99)}</RecycleBinUUID></Meta><Root>"
        f"<Group><UUID>{keepass_uuid(98)}</UUID><Name>Database</Name>"
        f"<Group><UUID>{keepass_uuid(97)}</UUID><Name>Work</Name>{entries}</Group>"
        f"<Group><UUID>{keepass_uuid(99)}</UUID><Name>Bin</Name>{trash}</Group>"
        "</Group><DeletedObjects/></Root></KeePassFile>"
    ).encode()


KEEPASS_STRINGS = {
    "Title": "Ads", "UserName": "ann", "Password": "made-up-1", "URL": "https://ads.example-one.test/",
    "Notes": "a <note>", "otp": OTPAUTH, "KP2A_URL": "https://login.example-two.test/",
    "KP2A_URL_1": "https://*.example-one.test/app/*", "KPH: tenant": "t-1", "PIN": "1234",
    "TimeOtp-Period": "30",
}  # fmt: skip
KEEPASS_BROWSER = {
    "KeePassXC-Browser Settings": '{"Allow":["sso.example-two.test"],"Deny":["forum.example-one.test"],"Realm":""}'
}
PSONO = json.dumps(
    {
        "folders": [
            {
                "id": "f",
                "name": "Work",
                "folders": [],
                "items": [
                    {
                        "id": IDS[5], "type": "website_password", "name": "Ads", "urlfilter": "ads.example-one.test",
                        "website_password_title": "Ads", "website_password_url": "https://ads.example-one.test/login",
                        "website_password_username": "ann", "website_password_password": "made-up-1",
                        "website_password_notes": "a note", "website_password_auto_submit": False,
                        "website_password_url_filter": "ads.example-one.test, *.example-two.test",
                        "website_password_totp_code": SECRET, "website_password_totp_period": 30,
                    }
                ],
            }
        ],
        "items": [{"type": "note", "name": "Door", "note_title": "Door", "note_notes": "4711"}],
    }
).encode()  # fmt: skip

ADS = "https://ads.example-one.test/"
LOGIN = "https://login.example-two.test/"


def item(where: str = "line 2", **more: Any) -> Item:
    return Item(**{"where": where, "title": "Ads", "username": "ann", "password": "made-up-1"} | more)


EXPECTED: dict[str, tuple[bytes, list[Item]]] = {
    "bitwarden-json": (
        bitwarden(bitwarden_item("Ads", (None, ADS), (1, LOGIN), (5, "https://ads.example-one.test/x"))),
        [
            item(
                "item 1",
                one_time_secret=OTPAUTH,
                notes="two\nlines",
                extras=(("PIN", "=1+1"), ("Remember", "true")),
                folder=("Work", "Ads"),
                addresses=(
                    Address(ADS), Address(LOGIN, "host"), Address("https://ads.example-one.test/x", "exact", True)
                ),
                source_id=IDS[1],
            )
        ],
    ),
    "bitwarden-csv": (
        (b"folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\r\n"
         b'Work/Ads,1,login,Ads,"two\nlines","PIN: =1+1\nMore: a\nb",0,'
         b'"https://ads.example-one.test/a,b,https://login.example-two.test/",ann,made-up-1,JBSWY3DPEHPK3PXP\r\n'
         b"Work,,note,Door,4711,,0,,,,\r\n"),
        [
            item(
                notes="two\nlines",
                one_time_secret=SECRET,
                extras=(("PIN", "=1+1"), ("More", "a\nb")),
                folder=("Work", "Ads"),
                addresses=(Address("https://ads.example-one.test/a,b"), Address(LOGIN)),
            ),
            Item(where="line 6", title="Door", notes="4711", folder=("Work",)),
        ],
    ),
    "1password-1pux": (
        onepux(onepux_item()),
        [
            item(
                "item 1",
                one_time_secret=OTPAUTH,
                notes="a note",
                extras=(("country", "de"), ("PIN", "1234"), ("mail", "a@b.test"), ("Tags", "money, web")),
                folder=("Private",),
                addresses=(Address(ADS), Address(LOGIN)),
                source_id="abcdefghijklmnopqrstuvwxyz",
            )
        ],
    ),
    "1password-csv": (
        (b"Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\n"
         b"Ads,https://ads.example-one.test/,ann,made-up-1,JBSWY3DPEHPK3PXP,false,false,money,a note\n"),
        [item(one_time_secret=SECRET, notes="a note", extras=(("Tags", "money"),), addresses=(Address(ADS),))],
    ),
    "keepass-xml": (
        keepass(
            keepass_entry(1, KEEPASS_STRINGS, KEEPASS_BROWSER)
            + keepass_entry(2, {"Title": "Clone", "Password": f"{{REF:P@I:{1:032X}}}"})
        ),
        [
            item(
                "entry 1",
                one_time_secret=OTPAUTH,
                notes="a <note>",
                extras=(("tenant", "t-1"), ("PIN", "1234")),
                folder=("Work",),
                addresses=(
                    Address(ADS), Address(LOGIN), Address("https://*.example-one.test/app/*", "pattern"),
                    Address("sso.example-two.test", "host"), Address("forum.example-one.test", "host", True),
                ),
                source_id=f"{1:032X}",
            ),
            Item(
                where="entry 2", title="Clone", password="made-up-1", folder=("Work",), source_id=f"{2:032X}"
            ),
        ],
    ),
    "keepass-csv": (
        (b'"Account","Login Name","Password","Web Site","Comments"\r\n'
         b'"Ads","ann","made-up-1","https://ads.example-one.test/","a note"\r\n'),
        [item(notes="a note", addresses=(Address(ADS),))],
    ),
    "keepassxc-csv": (
        (b'"Group","Title","Username","Password","URL","Notes","TOTP","Icon","Last Modified","Created"\n'
         b'"Passwords/Work","Ads","ann","made-up-1","https://ads.example-one.test/","","","0","x","x"\n'),
        [item(folder=("Work",), addresses=(Address(ADS),))],
    ),
    "chrome-csv": (
        b"name,url,username,password,note\nAds,https://ads.example-one.test/,ann,made-up-1,a note\n",
        [item(notes="a note", addresses=(Address(ADS, "host"),))],
    ),
    "firefox-csv": (
        (b'"url","username","password","httpRealm","formActionOrigin","guid","timeCreated","timeLastUsed",'
         b'"timePasswordChanged"\n"https://ads.example-one.test/","ann","made-up-1",,"https://ads.example-one.test",'
         b'"{0a8b7c6d-0000-4000-8000-000000000001}","1","2","3"\n'),
        [item(title="", addresses=(Address(ADS, "host"),), source_id=f"{{{IDS[1]}}}")],
    ),
    "safari-csv": (
        (b"Title,URL,Username,Password,Notes,OTPAuth\n"
         b"Ads,https://ads.example-one.test/,ann,made-up-1,a note,JBSWY3DPEHPK3PXP\n"),
        [item(notes="a note", one_time_secret=SECRET, addresses=(Address(ADS, "host"),))],
    ),
    "passwordstate-csv": (
        (b"\xef\xbb\xbfPasswordID,Tree Path,Title,UserName,Account Type,Description,GenericField1,Notes,URL,Password,"
         b"ExpiryDate\r\n12,\\Work\\Ads,Ads,ann,AD,=cmd|' /C calc'!A0,,a note,https://ads.example-one.test/,"
         b"made-up-1,2027-01-01\r\n"),
        [
            item(
                notes="a note",
                extras=(("Account Type", "AD"), ("Description", "=cmd|' /C calc'!A0"), ("GenericField1", "")),
                folder=("Work", "Ads"),
                addresses=(Address(ADS),),
                source_id="12",
            )
        ],
    ),
    "psono-json": (
        PSONO,
        [
            Item(where="item 1", title="Door", notes="4711"),
            item(
                "item 2",
                one_time_secret=SECRET,
                notes="a note",
                folder=("Work",),
                addresses=(
                    Address("https://ads.example-one.test/login", "host"),
                    Address("*://**.example-two.test", "pattern"),
                ),
                source_id=IDS[5],
            ),
        ],
    ),
}  # fmt: skip

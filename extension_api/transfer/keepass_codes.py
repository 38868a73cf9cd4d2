"""The secret of an entry's one-time codes, which KeePass, KeePassXC and the plug-ins each keep in fields of their own.

What is not as authenticators take it by default (six digits, 30 seconds, SHA-1) is written as an `otpauth:` address, so
that the codes that come of it stay the same.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlencode

OTP: Final = "otp"
"""KeePassXC's, an `otpauth:` address; of the plug-in KeeOtp, `key=...&step=...&size=...`."""
SEED, SEED_SETTINGS = "TOTP Seed", "TOTP Settings"
"""Of the plug-ins TrayTOTP and KeeTrayTOTP: `30;6`, or `30;S` for Steam's codes."""
BASE32, HEX, BASE64, TEXT = "TimeOtp-Secret-Base32", "TimeOtp-Secret-Hex", "TimeOtp-Secret-Base64", "TimeOtp-Secret"
PERIOD, LENGTH, ALGORITHM = "TimeOtp-Period", "TimeOtp-Length", "TimeOtp-Algorithm"
"""KeePass's own since 2.47 (keepass.info/help/base/placeholders.html#otp)."""
FIELDS: Final = frozenset({OTP, SEED, SEED_SETTINGS, BASE32, HEX, BASE64, TEXT, PERIOD, LENGTH, ALGORITHM})
ALGORITHMS: Final = {"HMAC-SHA-1": "SHA1", "HMAC-SHA-256": "SHA256", "HMAC-SHA-512": "SHA512"}
STEAM: Final = "S"


def secret_of(strings: Mapping[str, str]) -> str:
    """Return the one-time secret among an entry's fields, or an empty text; what is not understood is kept as it is."""
    if kept := strings.get(OTP, "").strip():
        return _of_keeotp(kept) if kept.startswith("key=") else kept
    if kept := strings.get(SEED, "").strip():
        period, _, digits = strings.get(SEED_SETTINGS, "").partition(";")
        digits = digits.partition(";")[0]
        return f"steam://{kept}" if digits == STEAM else _written(kept, period, digits)
    if kept := _of_keepass(strings):
        algorithm = ALGORITHMS.get(strings.get(ALGORITHM, "").strip().upper(), "")
        return _written(kept, strings.get(PERIOD, ""), strings.get(LENGTH, ""), algorithm)
    return ""


def _of_keeotp(kept: str) -> str:
    given = {name: values[0] for name, values in parse_qs(kept).items()}
    if given.get("type", "totp").casefold() != "totp" or "key" not in given:
        return kept
    return _written(given["key"], given.get("step", ""), given.get("size", ""), given.get("otpHashMode", ""))


def _of_keepass(strings: Mapping[str, str]) -> str:
    if kept := strings.get(BASE32, "").strip():
        return kept
    try:
        for name, read in ((HEX, bytes.fromhex), (BASE64, base64.b64decode), (TEXT, str.encode)):
            if kept := strings.get(name, ""):
                return base64.b32encode(read(kept)).decode().rstrip("=")
    except (ValueError, binascii.Error):
        return kept
    return ""


def _written(secret: str, period: str, digits: str, algorithm: str = "") -> str:
    given = {"period": (period.strip(), "30"), "digits": (digits.strip(), "6")}
    differs = {name: text for name, (text, usual) in given.items() if text.isdecimal() and text != usual}
    if algorithm.upper() not in ("", "SHA1"):
        differs["algorithm"] = algorithm.upper()
    return f"otpauth://totp/?{urlencode({'secret': secret} | differs)}" if differs else secret

"""No code of the service reaches a person without words."""

import pytest

from extension_api.audit.models import Event
from extension_api.audit.service import COMMAND_LINE, Action
from extension_api.console import words
from extension_api.console.device import device_of
from extension_api.permissions import Permission
from matcher import Strategy


def test_every_code_has_words() -> None:
    assert set(words.ACTIONS) == set(Action)
    assert set(words.STRATEGIES) == set(Strategy)
    assert set(words.PERMISSIONS) == set(Permission)


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert words.action("later:thing") == "later:thing"
    assert words.strategy_name("later") == words.strategy_meaning("later") == "later"


def test_every_offered_strategy_takes_an_address_alone() -> None:
    assert words.OFFERED[:2] == (Strategy.DOMAIN, Strategy.HOST)
    assert Strategy.REGEX not in words.OFFERED


def test_time_is_in_words_and_utc() -> None:
    assert words.time(1_800_000_000) == "15 January 2027, 08:00 UTC"
    assert words.machine_time(1_800_000_059) == "2027-01-15T08:00:59Z"


@pytest.mark.parametrize(
    ("name", "device", "shown"),
    [
        ("anna", "Firefox on Linux", "anna"),
        (None, COMMAND_LINE.device, "On the server"),
        (None, "x", "Somebody unknown"),
    ],
)
def test_who(name: str | None, device: str | None, shown: str) -> None:
    assert words.who(Event(account_name=name, device=device)) == shown


@pytest.mark.parametrize(
    ("name", "message"), [("LINKED", words.Message.LINKED), ("<script>", None), (None, None), ("of", None)]
)
def test_only_the_consoles_own_messages_are_said(name: str | None, message: words.Message | None) -> None:
    assert words.Message.of(name) is message


@pytest.mark.parametrize(
    ("header", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 CriOS/140 Mobile Safari/604",
            "Chrome on iPhone",
        ),
        ("curl/8.0", "A browser"),
        ("<script>alert(1)</script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_in_fixed_words(header: str, device: str) -> None:
    assert device_of(header) == device

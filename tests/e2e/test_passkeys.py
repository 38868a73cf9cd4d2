"""Signing in to the console in a browser: with a passkey of Chromium's own virtual authenticator, and with codes.

The service is asked at http://localhost, which browsers count among the secure ones (Secure Contexts section 3.1).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from extension_api.factors import codes
from tests.e2e.household import Account, console_sign_in
from tests.practice.chromium import Person
from tests.practice.service import Service

NEW_PASSWORD = "another-practice-password"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without TLS on this very machine; each test has an account of its own in it."""
    service = Service(tmp_path_factory.mktemp("local"))
    try:
        service.succeed("init")
        service.start()
        yield service
    finally:
        service.kill()


@pytest.fixture
def account(local: Service, request: pytest.FixtureRequest) -> Account:
    number = request.session.items.index(request.node)
    result = Account(f"pat-person-{number}", "practice-password-of-pat")
    local.add_user(result.name, result.password)
    return result


@dataclass
class Device:
    """A window of a browser, and the virtual authenticator in it."""

    page: Page
    session: CDPSession
    authenticator: str

    def credentials(self) -> list[dict[str, object]]:
        answer = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        found: list[dict[str, object]] = answer["credentials"]
        return found

    def verifies(self, *, its_person: bool) -> None:
        options = {"authenticatorId": self.authenticator, "isUserVerified": its_person}
        self.session.send("WebAuthn.setUserVerified", options)


def device(page: Page) -> Device:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(page, session, added["authenticatorId"])


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def account_page(context: BrowserContext, service: Service, account: Account) -> Page:
    page = console_sign_in(context, service, account)
    page.get_by_role("link", name=account.name).click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    return page


def signed_in(page: Page) -> bool:
    return page.locator("meta[name=wayfill-revision]").count() == 1


def test_a_passkey_is_added_signs_in_confirms_and_is_removed(
    local: Service, account: Account, other_browser: Browser
) -> None:
    refused: list[str] = []
    page = account_page(other_browser.new_context(), local, account)
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    laptop = device(page)
    page.fill("#passkey-name", "Laptop")
    press(page, "Add a passkey")
    expect(page.get_by_role("status")).to_contain_text("The passkey is added")
    expect(page.get_by_role("row").filter(has_text="Laptop")).to_have_count(1)
    assert [(c["rpId"], c["isResidentCredential"]) for c in laptop.credentials()] == [("localhost", True)]

    press(page, "Sign out")
    expect(page.get_by_role("heading", name="Sign in to Wayfill")).to_be_visible()
    # Whom the device does not know is nobody's business: the person lets the verification fail.
    laptop.verifies(its_person=False)
    press(page, "Sign in with a passkey")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("Nothing was confirmed")
    laptop.verifies(its_person=True)
    press(page, "Sign in with a passkey")
    expect(page.locator("meta[name=wayfill-revision]")).to_be_attached()
    assert account.name in page.locator("header").inner_text()

    # The same device twice, and the page a person confirms on.
    page.goto(f"{local.public_url}/console/account")
    press(page, "Add a passkey")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("has a passkey of yours already")
    page.goto(f"{local.public_url}/console/confirm?next=/console/sessions")
    press(page, "Confirm with a passkey")
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()

    page.goto(f"{local.public_url}/console/account")
    page.get_by_role("row").filter(has_text="Laptop").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status")).to_contain_text("The passkey is removed")
    press(page, "Sign out")
    press(page, "Sign in with a passkey")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("The passkey was not accepted")
    assert not signed_in(page)
    assert refused == []


def test_codes_are_set_up_asked_for_and_recovered(local: Service, account: Account, other_browser: Browser) -> None:
    page = account_page(other_browser.new_context(), local, account)
    press(page, "Set up one-time codes")
    picture = page.get_by_role("img", name="QR code of the secret")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 20")
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.fill("#code", "000000")
    press(page, "Turn on one-time codes")
    expect(page.get_by_role("alert")).to_contain_text("The code is wrong")
    page.fill("#code", codes.code_at(secret, int(time.time()) // codes.STEP))
    press(page, "Turn on one-time codes")
    expect(page.locator(".recovery code")).to_have_count(10)
    recovery = page.locator(".recovery code").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 of 10 recovery codes are left")).to_be_visible()

    other = other_browser.new_context().new_page()
    other.goto(f"{local.public_url}/console/sign-in?next=/console/account")
    other.fill("[name=username]", account.name)
    other.fill("[name=password]", account.password)
    press(other, "Sign in")
    expect(other.get_by_role("heading", name="One-time code")).to_be_visible()
    assert not signed_in(other)
    other.fill("#code", "000000")
    press(other, "Sign in")
    expect(other.get_by_role("alert")).to_contain_text("The code is wrong")
    other.fill("#code", recovery[0])
    press(other, "Sign in")
    expect(other.get_by_text("9 of 10 recovery codes are left")).to_be_visible()

    # A new password shuts the first window out, and not the one in which it was chosen.
    other.fill("#password", NEW_PASSWORD)
    other.fill("#repeated", NEW_PASSWORD)
    press(other, "Change password")
    expect(other.get_by_role("status")).to_contain_text("Your password is changed")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in to Wayfill")).to_be_visible()


def test_a_session_is_ended_from_another_device(local: Service, account: Account, other_browser: Browser) -> None:
    lost = account_page(other_browser.new_context(), local, account)
    page = account_page(other_browser.new_context(), local, account)
    page.get_by_role("link", name="Where you are signed in").click()
    expect(page.get_by_role("row")).to_have_count(3)
    press(page, "End")
    expect(page.get_by_role("status")).to_contain_text("The session is ended")
    expect(page.get_by_role("row")).to_have_count(2)
    lost.reload()
    expect(lost.get_by_role("heading", name="Sign in to Wayfill")).to_be_visible()


def test_the_extension_asks_for_the_code_that_goes_with_the_password(
    local: Service, account: Account, pat: Person
) -> None:
    console = account_page(pat.context, local, account)
    press(console, "Set up one-time codes")
    secret = console.locator("#secret").inner_text().replace(" ", "")
    console.fill("#code", codes.code_at(secret, int(time.time()) // codes.STEP))
    press(console, "Turn on one-time codes")
    recovery = console.locator(".recovery code").all_inner_texts()

    options, code = pat.options, pat.options.locator("#code")
    options.bring_to_front()
    expect(code).to_be_hidden()
    options.fill("#server", local.public_url)
    options.fill("#username", account.name)
    options.fill("#password", account.password)
    options.click("#sign-in")
    expect(options.locator("#status")).to_contain_text("Your password is right")
    code.fill("000000")
    options.click("#sign-in")
    expect(options.locator("#status")).to_contain_text("the code is wrong")
    code.fill(recovery[0])
    options.click("#sign-in")
    expect(options.locator("#sign-out")).to_be_visible()
    expect(options.locator("#status")).to_contain_text(account.name)
    expect(code).to_be_hidden()
    expect(options.locator("#password")).to_have_value("")

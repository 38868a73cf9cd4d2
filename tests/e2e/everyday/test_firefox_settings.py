"""Firefox: what an administrator manages, the browser's password saver, a sign-in dialog; with the real permissions."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.household import (
    ADMINISTRATOR,
    FIRST_HOST,
    PERSON,
    SECOND_HOST,
    SERVICE_NAME,
    SITE_PASSWORD,
    SITE_USERNAME,
)
from tests.practice import programs
from tests.practice.certificates import Certificates
from tests.practice.chromium import OPTIONS, POPUP
from tests.practice.firefox import ADD_ON, FirefoxPerson, firefox_person
from tests.practice.service import Service
from tests.practice.serving import serving
from tests.practice.shop import Shop

# The browser's own question cannot be answered by a driver; it is told to say yes. A driver switches its saver off.
PREFERENCES: dict[str, str | int | bool] = {
    "extensions.webextOptionalPermissionPrompts": False,
    "signon.rememberSignons": True,
}


@dataclass
class Managed:
    """A Firefox with a policy for the extension, and what it meets."""

    pat: FirefoxPerson
    service: Service
    shop: Shop
    origin: str
    record: str


@pytest.fixture(scope="module")
def managed(
    certificates: Certificates, tmp_path_factory: pytest.TempPathFactory, furnished: tuple[Path, str]
) -> Iterator[Managed]:
    if programs.firefox() is None or programs.geckodriver() is None:
        pytest.skip("no Firefox or no geckodriver found; `make test` brings them")
    folder = tmp_path_factory.mktemp("managed")
    service = Service(folder, SERVICE_NAME, certificates)
    shutil.copytree(furnished[0], service.data)
    shop = Shop(f"https://{SECOND_HOST}", SITE_USERNAME, SITE_PASSWORD)
    policy = {
        "server": service.public_url,
        "refreshInterval": 45,
        "sites": {"locked.test": "never"},
        "offerToSave": False,
    }
    storage = folder / ".mozilla/managed-storage"
    storage.mkdir(parents=True)
    manifest = {"name": ADD_ON, "description": "policy", "type": "storage", "data": policy}
    (storage / f"{ADD_ON}.json").write_text(json.dumps(manifest))
    try:
        service.start()
        with (
            serving(shop, certificates.server_context()) as port,
            firefox_person(folder / "driver.log", home=folder, preferences=PREFERENCES) as pat,
        ):
            yield Managed(pat, service, shop, f"https://{FIRST_HOST}:{port}", furnished[1])
    finally:
        service.kill()


def ask(pat: FirefoxPerson, message: dict[str, Any]) -> Any:
    """What the options page asks the background."""
    return pat.driver.execute_async_script(
        "const done = arguments[1]; browser.runtime.sendMessage(arguments[0]).then(done)", message
    )


def test_what_is_managed_holds_and_is_locked(managed: Managed) -> None:
    pat = managed.pat
    pat.driver.switch_to.window(pat.own)
    pat.driver.get(pat.address(OPTIONS))
    pat.until(lambda: pat.element("#behaviour").is_displayed())
    pat.until(lambda: pat.element("#sign-in").is_enabled())
    assert pat.value("#server") == managed.service.public_url
    assert pat.element("#server").get_property("readOnly") is True
    assert not pat.element("#offerToSave").is_enabled()
    assert pat.element("#offerInPrivate").is_enabled()
    assert "locked.test" in pat.element("#site-list").text
    assert "45" in pat.element("#interval").text
    assert ask(pat, {"type": "options:switch", "name": "offerToSave", "on": True})["problem"]["code"] == "managed"
    assert ask(pat, {"type": "options:server", "address": "https://evil.test"})["problem"]["code"] == "managed"
    pat.element("#username").send_keys(PERSON.name)
    pat.element("#password").send_keys(PERSON.password)
    pat.element("#sign-in").click()
    pat.until(lambda: PERSON.name in pat.element("#status").text)
    alarm = pat.driver.execute_async_script("browser.alarms.get('refresh').then(arguments[0])")
    assert alarm["periodInMinutes"] == 0.75


def test_the_browsers_own_saver_is_switched_off_and_given_back(managed: Managed) -> None:
    pat = managed.pat
    pat.driver.switch_to.window(pat.own)
    pat.driver.get(pat.address(OPTIONS))
    pat.until(lambda: pat.element("#saver").is_enabled() and pat.element("#saver").is_displayed())

    def saves() -> bool:
        with pat.driver.context(pat.driver.CONTEXT_CHROME):
            return bool(pat.driver.execute_script("return Services.prefs.getBoolPref('signon.rememberSignons')"))

    before = saves()
    assert before
    pat.element("#saver").click()
    pat.until(lambda: not saves())
    pat.until(lambda: pat.element("#saver").is_enabled() and pat.element("#saver").is_selected())
    pat.element("#saver").click()
    pat.until(saves)


def test_a_sign_in_dialog_is_answered_with_the_chosen_record(managed: Managed) -> None:
    pat, service = managed.pat, managed.service
    token = service.token(ADMINISTRATOR.name, ADMINISTRATOR.password)
    link = {"url": f"{managed.origin}/", "strategy": "host"}
    assert service.ask("POST", f"/api/v1/records/{managed.record}/links", link, token=token).status == 201
    pat.driver.switch_to.window(pat.own)
    pat.driver.get(pat.address(OPTIONS))
    pat.until(lambda: pat.element("#signInDialogs").is_enabled() and pat.element("#signInDialogs").is_displayed())
    if ask(pat, {"type": "options:look"})["value"]["account"] is None:
        pat.element("#username").send_keys(PERSON.name)
        pat.element("#password").send_keys(PERSON.password)
        pat.element("#sign-in").click()
        pat.until(lambda: PERSON.name in pat.element("#status").text)
    pat.element("#signInDialogs").click()
    pat.until(lambda: ask(pat, {"type": "options:settings"})["value"]["dialogsKnown"])
    pat.driver.switch_to.window(pat.site)
    pat.driver.get(f"{managed.origin}/elsewhere")
    pat.driver.switch_to.window(pat.own)
    pat.driver.get(pat.address(POPUP))
    pat.until(lambda: pat.element(f"#matches button[data-record='{managed.record}']").is_displayed())
    pat.driver.switch_to.window(pat.site)
    pat.driver.execute_script("setTimeout(() => { location.href = '/basic/firefox/' }, 200)")
    pat.driver.switch_to.window(pat.own)
    time.sleep(1.5)
    pat.driver.get(pat.address(POPUP))
    pat.until(lambda: pat.element("#dialog").is_displayed())
    pat.element(f"#dialog button[data-record='{managed.record}']").click()
    pat.driver.switch_to.window(pat.site)
    pat.until(lambda: pat.element("#private").is_displayed())
    assert managed.shop.users_at("/basic/firefox/") == [SITE_USERNAME]

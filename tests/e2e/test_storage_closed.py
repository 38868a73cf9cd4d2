"""What runs beside a page, the extension's own content script included, reaches none of the extension's storage.

Whoever takes over a page's process speaks with the content script's voice: it must not read the tokens, nor send the
next sign-in to another server by changing the address that the person set.
"""

from typing import Any

from tests.e2e.household import PERSON, Household
from tests.practice.chromium import Person

EVIL = "https://evil.example.test"
TRY = f"""Promise.all(["local", "session", "sync"].map(async (name) => {{
  try {{
    await chrome.storage[name].set({{server: "{EVIL}"}});
    return name;
  }} catch {{
    return null;
  }}
}}))"""


def test_a_content_script_cannot_change_the_server_address(household: Household, pat: Person) -> None:
    pat.sign_in(household.service.public_url, PERSON.name, PERSON.password)
    pat.page.goto(household.sites.login.start_at())
    worlds: list[dict[str, Any]] = []
    protocol = pat.context.new_cdp_session(pat.page)
    protocol.on("Runtime.executionContextCreated", lambda event: worlds.append(event["context"]))
    protocol.send("Runtime.enable")
    [world] = [one["id"] for one in worlds if one["origin"] == pat.address("")]
    answer = protocol.send(
        "Runtime.evaluate", {"expression": TRY, "contextId": world, "awaitPromise": True, "returnByValue": True}
    )
    assert "value" in answer["result"], answer
    assert set(answer["result"]["value"]) <= {None, "sync"}, answer  # Nothing is ever kept in `sync`.
    assert pat.storage("local")["server"] == household.service.public_url

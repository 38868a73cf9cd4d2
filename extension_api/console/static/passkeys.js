// Passkeys: asks the browser for one with what the service says, and sends the answer with the page's own form. Loaded
// on the pages that need it alone; without it, or in a browser without passkeys, those forms stay hidden.
"use strict";

const KINDS = {
  create: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

const WORDS = {
  NotAllowedError: "Nothing was confirmed. Try again, or use your password.",
  InvalidStateError: "This device has a passkey of yours already.",
  SecurityError: "The browser takes no passkeys at this address. Open the console at its public address.",
};

async function prove(form) {
  const asked = await fetch(form.dataset.options, {
    method: "POST",
    body: new URLSearchParams({ csrf: form.elements.csrf.value }),
  });
  if (!asked.ok || !asked.headers.get("Content-Type")?.startsWith("application/json")) {
    // The page has grown old, or wants its person to confirm first: the service has led to where that is done.
    if (asked.redirected) location.assign(asked.url);
    else location.reload();
    return;
  }
  const credential = await KINDS[form.dataset.passkey]((await asked.json()).publicKey);
  form.elements.answer.value = JSON.stringify(credential);
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !window.PublicKeyCredential?.parseRequestOptionsFromJSON;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [button, refusal] = [form.querySelector("button"), form.querySelector("[role=alert]")];
    button.disabled = true;
    refusal.hidden = true;
    try {
      await prove(form);
    } catch (error) {
      refusal.textContent = WORDS[error.name] ?? "The passkey could not be used. Try again, or use your password.";
      refusal.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

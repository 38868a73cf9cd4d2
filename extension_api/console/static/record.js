// What a record's pages do more comfortably with a script: a new password without sending the form, a look at what is
// typed, and copying a value that is shown. Without it each button sends its form, and the service does the same.
"use strict";

async function draw(form, button) {
  const site = form.elements.url ? form.elements.url.value : (form.dataset.site ?? "");
  const answer = await fetch("/console/generate", {
    method: "POST",
    body: new URLSearchParams({ csrf: form.elements.csrf.value, url: site }),
  });
  if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("no password");
  const drawn = await answer.json();
  const field = form.elements.password;
  field.value = drawn.password;
  field.type = "text";
  form.querySelector("[data-words]").textContent = drawn.words;
  button.disabled = false;
  button.focus();
}

for (const button of document.querySelectorAll("[data-generate]")) {
  button.addEventListener("click", async (event) => {
    if (button.dataset.plain) return;
    event.preventDefault();
    button.disabled = true;
    try {
      await draw(button.form, button);
    } catch {
      // The form itself says what is the matter: signed out, for example.
      button.disabled = false;
      button.dataset.plain = "yes";
      button.click();
    }
  });
}

for (const value of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(value.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
  });
  value.after(button);
}

// The settings on the options page: what Wayfill does by itself, and the person's list of sites. What an administrator
// manages is shown and locked; a permission that a switch needs is asked for at the switch and not before.

import { ask } from "../shared/ask.js";
import { browser } from "../shared/browser.js";
import { phrase, strong, text } from "../shared/texts.js";

const SWITCHES = ["offerToSave", "offerInPrivate", "observeChains", "signInDialogs"];
/** @type {chrome.permissions.Permissions} what answering the browser's sign-in dialogs takes */
const DIALOGS = { permissions: ["webRequest", "webRequestAuthProvider"] };

/** @template {HTMLElement} [T=HTMLInputElement] @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));

/** @typedef {import("../background/options_messages.js").SettingsView} SettingsView */

/** @type {string[]} what an administrator has set, as drawn */
let locked = [];

/** @param {SettingsView} [view] */
export async function drawSettings(view) {
  const { values, managed, managedSites, saver, dialogsKnown } = view ?? /** @type {SettingsView} */ (await ask("options:settings"));
  locked = managed;
  const server = part("server");
  server.dataset.managed = String(managed.includes("server"));
  if (managed.includes("server")) {
    server.value = values.server ?? "";
    server.readOnly = true;
    part("server-hint").textContent = text(values.server ? "managedServer" : "managedServerBad");
  }
  part("managed").hidden = managed.length === 0 && managedSites.length === 0;
  for (const name of SWITCHES) {
    part(name).checked = /** @type {any} */ (values)[name] && (name !== "signInDialogs" || dialogsKnown);
    // A managed switch whose permission is missing is the person's to complete.
    part(name).disabled = managed.includes(name) && !(name === "signInDialogs" && values.signInDialogs && !dialogsKnown);
  }
  part("saver").checked = saver.off;
  part("saver").disabled = saver.locked;
  drawSeconds(values.clipboardSeconds, managed.includes("clipboardSeconds"));
  part("interval").hidden = !managed.includes("refreshInterval");
  part("interval").textContent = text("managedInterval", String(values.refreshInterval));
  drawSites(values.sites, managedSites);
  part("behaviour").hidden = part("sites").hidden = false;
}

/** @param {number} seconds @param {boolean} locked */
function drawSeconds(seconds, locked) {
  const select = /** @type {HTMLSelectElement} */ (/** @type {unknown} */ (part("clipboardSeconds")));
  if (![...select.options].some(({ value }) => value === String(seconds))) select.append(new Option(String(seconds)));
  select.value = String(seconds);
  select.disabled = locked;
}

/** @param {Record<string, string>} sites @param {string[]} managed */
function drawSites(sites, managed) {
  const items = Object.entries(sites).sort(([a], [b]) => a.localeCompare(b)).map(([site, rule]) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    words.append(phrase("siteEntry", strong(site), text(`rule_${rule}`)));
    item.append(words);
    if (managed.includes(site)) item.append(note(text("managedShort")));
    else item.append(remover(site));
    return item;
  });
  part("site-list").replaceChildren(...items);
}

/** @param {string} content */
function note(content) {
  const made = document.createElement("span");
  made.className = "chip";
  made.textContent = content;
  return made;
}

/** @param {string} site */
function remover(site) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "text-button";
  button.textContent = text("siteRemove");
  button.setAttribute("aria-label", text("siteRemoveOf", site));
  button.addEventListener("click", () => run(() => ask("options:site", { site, rule: "" })));
  return button;
}

/** @type {(work: () => Promise<SettingsView>) => void} */
let run = () => {};

/** @param {{ act: (work: () => Promise<void>) => Promise<void>, say: (words: string, kind: "good" | "bad" | "warn") => void }} page */
export function setUpSettings({ act, say }) {
  // Whatever came of it, the page shows what holds.
  run = (work) => void act(async () => drawSettings(await work())).then(() => drawSettings());
  for (const name of SWITCHES) {
    part(name).addEventListener("change", () => {
      const on = part(name).checked;
      // The browser hears a request for a permission only at once, before anything is awaited.
      const permitted = name === "signInDialogs" && on ? browser.permissions.request(DIALOGS) : Promise.resolve(true);
      run(async () => {
        if (!(await permitted)) say(text("permissionRefused"), "warn");
        else if (!locked.includes(name)) return ask("options:switch", { name, on });
        return ask("options:settings");
      });
    });
  }
  part("saver").addEventListener("change", () => {
    const off = part("saver").checked;
    const permitted = browser.permissions.request({ permissions: ["privacy"] });
    run(async () => {
      if (await permitted) return ask("options:saver", { off });
      say(text("permissionRefused"), "warn");
      return ask("options:settings");
    });
  });
  part("clipboardSeconds").addEventListener("change", () => {
    run(() => ask("options:clipboard", { seconds: Number(part("clipboardSeconds").value) }));
  });
  part("site-add").addEventListener("submit", (event) => {
    event.preventDefault();
    const [site, rule] = [part("site-name").value, part("site-rule").value];
    run(async () => {
      const view = await ask("options:site", { site, rule });
      part("site-name").value = "";
      return view;
    });
  });
}

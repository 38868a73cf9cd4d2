// The context menu of fields: fill, generate, copy. A click is a person's act on the page in front, exactly as a click in the
// popup; what needs a second look opens the popup instead.

import { browser } from "../shared/browser.js";
import * as fresh from "./fresh.js";

/** Entry by id; its text is `menu_<id>` in _locales. */
export const ENTRIES = ["fill", "generate", "copy_username", "copy_password", "copy_code"];
const SITES = ["http://*/*", "https://*/*"];

/** Makes the menu anew; the browser keeps it when the background stops. */
export async function makeMenu() {
  await browser.contextMenus.removeAll();
  for (const id of ENTRIES) {
    browser.contextMenus.create({ id, title: browser.i18n.getMessage(`menu_${id}`), contexts: ["editable"], documentUrlPatterns: SITES });
  }
}

/**
 * @param {import("./main.js").Parts} parts
 * @param {string} id @param {number} tabId
 * @returns {Promise<boolean>} false: the person has to look at the popup
 */
export async function chosen(parts, id, tabId) {
  const { filling, session, vault, tabs, saving, certificates } = parts;
  if (!session.current()) return false;
  if (id === "fill") return ["filled", "chosen"].includes((await filling.best(tabId)).outcome);
  if (id === "generate") {
    const tab = await browser.tabs.get(tabId);
    const form = await fresh.look(tabId);
    const { password } = await vault.generate(tab.url ?? null, form?.rules);
    if (tab.url) await saving.generated(tabId, new URL(tab.url), { username: form?.username ?? "", password });
    await fresh.put(tabId, tabs.get(tabId).page?.id ?? "", password, { certificates, focused: true });
    return false; // The popup saves it.
  }
  const field = id.replace("copy_", "");
  const tab = await browser.tabs.get(tabId);
  const matches = (await parts.table.find(tab.url ?? "")).filter(({ close }) => close);
  const record = tabs.get(tabId).choice?.record ?? (matches.length === 1 ? matches[0].record : null);
  if (!record || !matches.some((match) => match.record === record)) return false;
  await parts.copy(record, field);
  return true;
}

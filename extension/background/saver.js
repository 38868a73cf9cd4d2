// The browser's own password saver, which a person may have switched off so that not two of them ask. The permission for it
// is asked for on the options page when the switch is used, and not before.

import { browser } from "../shared/browser.js";

/** @typedef {{ known: boolean, off: boolean, locked: boolean }} Saver `known`: the browser lets Wayfill see the setting; `locked`: somebody else rules it */

/** @returns {Promise<Saver>} */
export async function saver() {
  const setting = browser.privacy?.services?.passwordSavingEnabled;
  if (!setting || !(await browser.permissions.contains({ permissions: ["privacy"] }))) return { known: false, off: false, locked: false };
  const { value, levelOfControl } = await setting.get({});
  return { known: true, off: value === false, locked: !levelOfControl.endsWith("_by_this_extension") };
}

/** @param {boolean} off */
export async function switchSaver(off) {
  const setting = browser.privacy?.services?.passwordSavingEnabled;
  if (!setting) return;
  // Given back rather than switched on: what the person had set before holds again.
  if (off) await setting.set({ value: false });
  else await setting.clear({});
}

// Copying a value for a person, and taking it off the clipboard again after the set time, if it is still there. What was
// copied is remembered as a salted digest alone, in the store, so that a stopped background still clears it.

import { browser } from "../shared/browser.js";

export const ALARM = "clipboard";
/** A page of the extension's own that may touch the clipboard where the background has no document (Chromium). */
const HELPER = "offscreen/clipboard.html";

/** @typedef {{ salt: string, digest: string, at: number }} Mark what is on the clipboard, and when it is to go */
/** @typedef {{ read: () => Promise<string>, write: (text: string) => Promise<void> }} Board */

export class Clipboard {
  /** @type {import("./store.js").Store} */ #store;
  /** @type {Board} */ #board;
  /** @type {Pick<typeof chrome.alarms, "create" | "clear">} */ #alarms;
  /** @type {() => number} */ #now;

  /** @param {{ store: import("./store.js").Store, board: Board, alarms: Pick<typeof chrome.alarms, "create" | "clear">, now: () => number }} parts */
  constructor({ store, board, alarms, now }) {
    this.#store = store;
    this.#board = board;
    this.#alarms = alarms;
    this.#now = now;
  }

  /** @param {string} text @param {number} seconds after which it goes */
  async copy(text, seconds) {
    const salt = crypto.randomUUID();
    /** @type {Mark} */
    const mark = { salt, digest: await digest(salt, text), at: this.#now() + seconds * 1000 };
    await this.#store.set("clipboard", mark);
    await this.#board.write(text);
    // An alarm comes in a browser at the earliest after half a minute, but outlives this process; the timer is in time.
    await this.#alarms.create(ALARM, { when: mark.at });
    setTimeout(() => this.clear(), seconds * 1000);
  }

  /** Empties the clipboard if the time is over and it holds what was copied; anything else on it is the person's own. */
  async clear() {
    const mark = /** @type {Mark | undefined} */ (this.#store.get("clipboard"));
    if (!mark || this.#now() < mark.at) return;
    await this.#store.set("clipboard", null);
    await this.#alarms.clear(ALARM);
    if ((await digest(mark.salt, await this.#board.read())) === mark.digest) await this.#board.write("");
  }

  /** Signing out does not wait for the time. */
  async clearNow() {
    const mark = /** @type {Mark | undefined} */ (this.#store.get("clipboard"));
    if (!mark) return;
    await this.#store.set("clipboard", { ...mark, at: 0 });
    await this.clear();
  }
}

/** @param {string} salt @param {string} text */
async function digest(salt, text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(salt + text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The system's clipboard. @type {Board} */
export const systemBoard = {
  async read() {
    if (!browser.offscreen) return navigator.clipboard.readText();
    return String((await helped({ type: "offscreen:read" })) ?? "");
  },
  async write(text) {
    if (!browser.offscreen) await navigator.clipboard.writeText(text);
    else if ((await helped({ type: "offscreen:write", text })) !== true) throw new Error("the clipboard could not be written");
  },
};

/** Asks the helper page, which stays for this one question. @param {object} question */
async function helped(question) {
  try {
    await browser.offscreen.createDocument({
      url: HELPER,
      reasons: [browser.offscreen.Reason.CLIPBOARD],
      justification: "Put a value on the clipboard for the person, and take it off again.",
    });
  } catch {
    // It is open already.
  }
  try {
    return await browser.runtime.sendMessage(question);
  } finally {
    await browser.offscreen.closeDocument().catch(() => {});
  }
}

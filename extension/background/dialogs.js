// Sign-in dialogs of the browser (HTTP Basic and Digest, RFC 7617 and 7616): a challenge waits a little while for the
// person's choice in the popup or by the key, and goes on to the browser's own dialog without one. Never for a proxy, never
// twice for one challenge, never for what another site's page asked for, and by close matches only.

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";

/** How long a challenge waits, in milliseconds: shorter than a background without events lives. */
const PATIENCE = 25_000;
/** How many challenges are remembered as answered. */
const REMEMBERED = 500;
const SCHEMES = ["basic", "digest"];

/**
 * @typedef {{ authCredentials?: { username: string, password: string } }} Reply an empty one: the browser asks by itself
 * @typedef {{ tabId: number, url: URL, realm: string, matches: import("./table.js").Match[], reply: (reply: Reply) => void }} Waiting
 * @typedef {{ id: string, host: string, realm: string, encrypted: boolean, matches: import("./table.js").Match[] }} DialogView
 */

export class Dialogs {
  /** @type {import("./main.js").Parts} */ #parts;
  /** @type {Map<string, Waiting>} by request id */
  #waiting = new Map();
  /** @type {(tabId: number) => void} called when a challenge comes or goes */
  onChange = () => {};

  /** @param {import("./main.js").Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * A server asks for a name and a password.
   * @param {chrome.webRequest.OnAuthRequiredDetails} details
   * @returns {Promise<Reply>}
   */
  async asked(details) {
    const { requestId, tabId, isProxy, scheme } = details;
    // A second challenge of one request means that the values were wrong.
    const seen = /** @type {string[]} */ (this.#parts.store.get("challenges") ?? []);
    if (isProxy || seen.includes(requestId)) return {};
    await this.#parts.store.set("challenges", [...seen.slice(1 - REMEMBERED), requestId]);
    if (!SCHEMES.includes(scheme.toLowerCase()) || tabId < 0 || !this.#parts.session.current()) return {};
    const url = await ownSite(details);
    if (!url || !(await this.#parts.settings.all()).signInDialogs) return {};
    const matches = (await this.#parts.table.find(url.href)).filter(({ close, asks }) => close || asks);
    if (matches.length === 0) return {};
    return new Promise((resolve) => {
      /** @param {Reply} reply */
      const reply = (reply) => {
        if (!this.#waiting.delete(requestId)) return;
        clearTimeout(timer);
        this.onChange(tabId);
        resolve(reply);
      };
      const timer = setTimeout(() => reply({}), PATIENCE);
      this.#waiting.set(requestId, { tabId, url, realm: details.realm ?? "", matches, reply });
      this.onChange(tabId);
    });
  }

  /** @param {number} tabId @returns {DialogView | null} the challenge that waits in a tab */
  view(tabId) {
    for (const [id, { tabId: tab, url, realm, matches }] of this.#waiting) {
      if (tab === tabId) return { id, host: url.host, realm, encrypted: url.protocol === "https:", matches };
    }
    return null;
  }

  /**
   * The person chose a record, or, with none, the browser's own dialog.
   * @param {string} id @param {string} record
   * @returns {Promise<{ outcome: "filled" | "moved" | "chosen" | "refused", refused?: { kind: string, why: string }[] }>}
   */
  async answer(id, record) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return { outcome: "moved" };
    if (record === "") {
      waiting.reply({});
      return { outcome: "chosen" };
    }
    if (!waiting.matches.some((match) => match.record === record)) return { outcome: "moved" };
    const { href } = waiting.url;
    if (await this.#parts.certificates.isBroken(waiting.url)) return { outcome: "refused", refused: [{ kind: "password", why: "certificate" }] };
    const { body } = await this.#parts.session.ask("POST", "/fill", {
      body: { record_id: record, page_url: href, top_url: href, fields: ["username", "password"] },
    });
    const { username, password } = body.values;
    if (!this.#waiting.has(id)) return { outcome: "moved" };
    waiting.reply({ authCredentials: { username, password } });
    return { outcome: "filled" };
  }

  /** The key answers with the best match, unless the person wants to be asked here. @param {number} tabId @returns {Promise<boolean>} whether there was something to answer */
  async best(tabId) {
    const view = this.view(tabId);
    if (!view) return false;
    const [best] = view.matches;
    return best.close && (await this.answer(view.id, best.record)).outcome === "filled";
  }

  /** The tab is closed, or the session is over. @param {number} [tabId] all of them without */
  drop(tabId) {
    for (const { tabId: tab, reply } of [...this.#waiting.values()]) if (tabId === undefined || tab === tabId) reply({});
  }
}

/**
 * The address that asks, if it is the page itself or a part of a page of the very same host.
 * @param {chrome.webRequest.OnAuthRequiredDetails} details
 * @returns {Promise<URL | null>}
 */
async function ownSite(details) {
  const url = webPage(details.url);
  const { challenger, type, tabId } = details;
  if (!url || url.hostname !== challenger.host.replace(/^\[?/, url.hostname.startsWith("[") ? "[" : "").replace(/\]?$/, url.hostname.endsWith("]") ? "]" : "")) return null;
  if (Number(url.port || (url.protocol === "https:" ? 443 : 80)) !== challenger.port) return null;
  if (type === "main_frame") return url;
  const { initiator, documentUrl, originUrl } = /** @type {Record<string, any>} */ (details);
  const tab = await browser.tabs.get(tabId).catch(() => null); // Closed meanwhile.
  const around = [tab?.url, documentUrl ?? originUrl ?? initiator].map(webPage);
  return around.every((page) => page?.host === url.host) ? url : null;
}

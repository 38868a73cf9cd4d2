// Login chains that this browser sees: from a page where a person chose a record to a page of the same login that no link
// holds. Told to the service are the pages between the two, never their queries, and only while a chosen record lives in the
// tab; nothing is told of private windows, or where the person or an administrator has switched it off.

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import { mayOffer } from "./continuation.js";
import * as frames from "./frames.js";
import { Refused, ServiceAway, SignedOut } from "./service.js";
import { ruleOf } from "./sites.js";
import { arrived, begun, joined, leaving, wayTo } from "./trail.js";

/** How far back one follows tabs that opened each other. */
const DEEPEST = 3;

/**
 * @typedef {import("./trail.js").Told} Told
 * @typedef {import("./trail.js").Trail} Trail
 * @typedef {import("./continuation.js").Choice} Choice
 */

export class Observing {
  /** @type {Pick<import("./main.js").Parts, "tabs" | "table" | "session" | "settings" | "now">} */ #parts;
  /** @type {Map<string, Promise<void>>} questions under way, by document */
  #asking = new Map();
  /** Documents of which the service was asked, whatever came of it. @type {Set<string>} */
  #tried = new Set();

  /** @param {Pick<import("./main.js").Parts, "tabs" | "table" | "session" | "settings" | "now">} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** A navigation of a tab begins. @param {number} tabId @param {string} address */
  async leaving(tabId, address) {
    const [url, trail] = [webPage(address), this.#trail(tabId)];
    if (url && trail) await this.#parts.tabs.set(tabId, { trail: leaving(trail, url) });
  }

  /** Another page is there, and what was chosen before lives on. @param {number} tabId @param {string} address @param {string[]} qualifiers */
  async arrived(tabId, address, qualifiers) {
    const [url, trail] = [webPage(address), this.#trail(tabId)];
    if (!trail && !this.#parts.tabs.get(tabId).trail) return;
    // What cannot be told is no page of a login; a way through it is none.
    await this.#parts.tabs.set(tabId, { trail: (url && trail && arrived(trail, url, qualifiers)) ?? undefined });
  }

  /** The choice of which a tab's page is a part: its own, or that of the tab whose page opened it. @param {number} tabId @returns {Choice | null} */
  under(tabId) {
    const { tabs, now } = this.#parts;
    const { choice, opener } = tabs.get(tabId);
    const found = choice ?? (opener === undefined ? null : tabs.get(opener).choice);
    return found && now() < found.until ? found : null;
  }

  /** What the service said of the page that a tab shows; null: nothing yet. @param {number} tabId @param {URL} page @returns {Told | null} */
  told(tabId, page) {
    const { told } = this.#parts.tabs.get(tabId).trail ?? { told: null };
    return told?.origin === page.origin || told?.frame ? told : null;
  }

  /** The people who may change the record were asked. @param {number} tabId @param {Told} told */
  async asked(tabId, told) {
    const { trail } = this.#parts.tabs.get(tabId);
    if (trail) await this.#parts.tabs.set(tabId, { trail: { ...trail, told: { ...told, asked: true } } });
  }

  /**
   * A page with a login field is shown that no link of the chosen record holds: the service is told how the login came there,
   * once, and says what it makes of it. Where nothing may be told, it is only asked what it knows already.
   * @param {number} tabId
   */
  async tell(tabId) {
    const key = this.#documentOf(tabId);
    const asking = this.#asking.get(key) ?? this.#tell(tabId).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    await asking;
    this.#tried.add(key);
  }

  /** Whether the service has still to say what it knows of the page that a tab shows. @param {number} tabId */
  isPending(tabId) {
    return !this.#tried.has(this.#documentOf(tabId));
  }

  /** @param {number} tabId */
  #documentOf(tabId) {
    return `${tabId} ${this.#parts.tabs.get(tabId).page?.id}`;
  }

  /** @param {number} tabId */
  async #tell(tabId) {
    const { tabs, table, session, settings, now } = this.#parts;
    const choice = this.under(tabId);
    const { page, trail } = tabs.get(tabId);
    const top = webPage(page?.address);
    if (!choice || !page || !top || this.told(tabId, top)) return;
    const { record } = choice;
    const frame = page.kinds.length === 0 && (await this.#isRecords(record, top.href)) ? await frames.unlinked(tabId, table, record) : null;
    const [url, kinds] = frame ? [frame.url, frame.seen.kinds] : [top, page.kinds];
    if (kinds.length === 0 || !mayOffer(choice, url, kinds, now()) || ruleOf((await settings.all()).sites, url.href) === "never") return;
    if (await this.#isRecords(record, url.href)) return;
    try {
      const hops = (await this.#mayTell(tabId)) ? await this.#way(tabId, record, url) : [];
      const { body } = hops.length > 0 ? await session.ask("POST", "/chains", { body: { record_id: record, hops } }) : await this.#known(record);
      const found = body.proposals.find((/** @type {any} */ one) => one.address === url.origin);
      if (!found && hops.length === 0) return;
      const still = tabs.get(tabId);
      if (still.page?.id !== page.id) return;
      const told = { origin: url.origin, id: found?.id ?? null, warnings: found?.warnings ?? [], asked: false, ...(frame && { frame: url.host }) };
      await tabs.set(tabId, { trail: { ...(still.trail ?? trail ?? begun(record, url)), told } });
    } catch (error) {
      if (!(error instanceof ServiceAway || error instanceof SignedOut || error instanceof Refused)) throw error;
      // Nothing is known of the address then, which the popup says.
    }
  }

  /** @param {number} tabId */
  async #mayTell(tabId) {
    const { session, settings } = this.#parts;
    if (!(await settings.all()).observeChains || session.current()?.policy.observe_chains === false) return false;
    const tab = await browser.tabs.get(tabId).catch(() => null); // Closed meanwhile.
    return tab?.incognito === false;
  }

  /** What is proposed for a record without this browser. @param {string} record */
  #known(record) {
    return this.#parts.session.ask("GET", `/proposals?${new URLSearchParams({ record, limit: "100" })}`);
  }

  /** @param {number} tabId @param {string} record @param {URL} page */
  #way(tabId, record, page) {
    /** @type {string[]} */
    let hops = [];
    let at = /** @type {number | undefined} */ (tabId);
    for (let depth = 0; at !== undefined && depth < DEEPEST; depth++) {
      const { trail, opener, choice } = this.#parts.tabs.get(at);
      if (trail?.record === record) hops = joined(trail.hops, hops);
      at = opener ?? choice?.home;
    }
    return wayTo(hops, page, (address) => this.#isRecords(record, address));
  }

  /** @param {string} record @param {string} address */
  async #isRecords(record, address) {
    return (await this.#parts.table.find(address)).some((match) => match.record === record);
  }

  /** The way of a tab in which a chosen record lives. @param {number} tabId @returns {Trail | null} */
  #trail(tabId) {
    const choice = this.under(tabId);
    if (!choice) return null;
    const { trail } = this.#parts.tabs.get(tabId);
    return trail?.record === choice.record ? trail : { record: choice.record, hops: [], begun: null, told: null };
  }
}

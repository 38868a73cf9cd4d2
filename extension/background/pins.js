// Pointing at a field where recognition fails: begun by a person in the popup, done by their own hand in the page, kept at
// the service where they may edit the record and else in this browser alone. A pin says where a field is; what may be put
// there, and when, is held by the same rules as everywhere.

import { browser } from "../shared/browser.js";
import * as pages from "./pages.js";
import { describe } from "./recognition/pins.js";
import { loginsOf, objectionTo } from "./recognition/view.js";
import { problemOf } from "./view.js";

/** How long a person may look for the field, in milliseconds. */
const PATIENCE = 60_000;
const SCRIPT = "injected/pick.js";
/** The browser draws it; nothing of it is in the page's document. */
const STYLE = { css: "* { cursor: crosshair !important } input:hover { outline: 3px solid #0a7a5a !important; outline-offset: 2px !important }", origin: /** @type {const} */ ("USER") };
/** Pages with pins of this browser's own; the oldest go first. */
const MOST = 60;

/**
 * @typedef {import("./recognition/pins.js").Pin} Pin
 * @typedef {{ record: string, kind: Kind, page: string, until: number, taken?: boolean, came?: string }} Picking one under way (`taken`: the person has pointed), or what came of it
 * @typedef {{ record: string, page: string, pins: Pin[] }} Own
 * @typedef {Pick<chrome.storage.StorageArea, "get" | "set">} Area
 */

export class Pins {
  /** @type {Around} */ #parts;

  /**
   * @typedef {{ kept: Area, store: import("./store.js").Store, table: import("./table.js").Table,
   *   vault: import("./vault.js").Vault, now: () => number }} Around `kept`: what outlives the browser
   * @param {Around} parts
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * What was pointed at on a page: for one record, or for the best that has any there.
   * @param {string} address @param {string} [record] @returns {Promise<Pin[]>}
   */
  async of(address, record) {
    return (await this.#all(address)).find((one) => record === undefined || one.record === record)?.pins ?? [];
  }

  /** @param {string} address @returns {Promise<string[]>} the records with pins on a page */
  async records(address) {
    return (await this.#all(address)).map(({ record }) => record);
  }

  /**
   * A look at the page of a tab with what was pointed at there.
   * @param {number} tabId @param {string} [record]
   */
  async look(tabId, record) {
    const seen = await pages.look(tabId);
    if (typeof seen === "string") return seen;
    const pins = await this.of(seen.url.href, record);
    return pins.length === 0 ? seen : pages.read(seen, loginsOf(seen.view, pins));
  }

  /**
   * A person wants to point at a field of the page that they see.
   * @param {number} tabId @param {string} page its document @param {string} record @param {Kind} kind
   * @returns {Promise<"picking" | "moved" | "not-linked">}
   */
  async begin(tabId, page, record, kind) {
    const { table, now } = this.#parts;
    const seen = await pages.look(tabId);
    if (typeof seen === "string" || seen.id !== page) return "moved";
    if (!pages.KINDS.includes(kind) || !(await table.find(seen.url.href)).some((match) => match.record === record)) return "not-linked";
    await this.#note(tabId, { record, kind, page, until: now() + PATIENCE });
    await browser.scripting.insertCSS({ target: { tabId }, ...STYLE }).catch(() => {}); // It can be done without.
    await pages.equip(tabId, {}, SCRIPT);
    return "picking";
  }

  /**
   * The person pointed, or pressed Escape (field 0).
   * @param {number} tabId @param {string} page the document that says so @param {number} field its number there
   * @param {boolean} isPrivate @returns {Promise<boolean>} whether there is something to tell the person
   */
  async picked(tabId, page, field, isPrivate) {
    const pick = this.#of(tabId);
    if (!pick || pick.taken || pick.page !== page) return false;
    await this.#note(tabId, field === 0 ? null : { ...pick, taken: true });
    await browser.scripting.removeCSS({ target: { tabId }, ...STYLE }).catch(() => {}); // Gone with its page.
    if (field === 0) return false;
    const came = await this.#keep(tabId, pick, field, isPrivate).catch((error) => problemOf(error).code);
    await this.#note(tabId, { ...pick, taken: true, came });
    return true;
  }

  /** What came of pointing, told once. @param {number} tabId @param {string} page @returns {Promise<{ kind: Kind, came: string } | null>} */
  async outcome(tabId, page) {
    const pick = this.#of(tabId);
    if (pick?.came === undefined) return null;
    await this.#note(tabId, null);
    return pick.page === page ? { kind: pick.kind, came: pick.came } : null;
  }

  /** Forgets what was pointed at for a record on a page. @param {string} address @param {string} record */
  async forget(address, record) {
    await this.#setOwn(address, record, []);
    if (await this.#mayEdit(record)) await this.#store(address, record, []);
  }

  /** The page of a tab is another. @param {number} tabId */
  async left(tabId) {
    if (this.#picks()[tabId]) await this.#note(tabId, null);
  }

  /** @param {number} tabId @param {Picking} pick @param {number} field @param {boolean} isPrivate @returns {Promise<string>} */
  async #keep(tabId, { record, kind, page }, field, isPrivate) {
    const seen = await pages.look(tabId);
    if (typeof seen === "string" || seen.id !== page) return "moved";
    const place = seen.view.fields.findIndex(({ id }) => id === field);
    const why = place < 0 ? "gone" : objectionTo(seen.view, place, kind);
    if (why !== null) return why;
    const address = seen.url.href;
    const before = (await this.#all(address)).find((one) => one.record === record)?.pins ?? [];
    const pins = [...before.filter((pin) => pin.kind !== kind), { kind, field: describe(seen.view.fields, place) }];
    if (!(await this.#mayEdit(record))) {
      await this.#setOwn(address, record, pins, isPrivate);
      return "kept-here";
    }
    await this.#store(address, record, pins);
    await this.#setOwn(address, record, []);
    return "kept";
  }

  /** @param {string} address @param {string} record @param {Pin[]} pins */
  async #store(address, record, pins) {
    const { vault, table } = this.#parts;
    await table.refresh({ atLeast: await vault.pin(record, pageOf(address), pins) });
  }

  /** @param {string} record */
  async #mayEdit(record) {
    return (await this.#parts.table.loaded())?.records[record]?.may_edit ?? false;
  }

  /** Each matching record that has pins on a page, best first; what this person pointed at here goes before what others did. @param {string} address */
  async #all(address) {
    const own = await this.#own();
    const page = pageOf(address);
    const all = (await this.#parts.table.pinned(address, page)).map(({ record, pins }) => {
      const mine = own.find((one) => one.record === record && one.page === page)?.pins ?? [];
      return { record, pins: [...mine, ...pins.filter((pin) => !mine.some(({ kind }) => kind === pin.kind))] };
    });
    return all.filter(({ pins }) => pins.length > 0);
  }

  /** @returns {Promise<Own[]>} */
  async #own() {
    const { pins } = await this.#parts.kept.get("pins");
    return [...(this.#parts.store.get("pins") ?? []), ...(Array.isArray(pins) ? pins : [])];
  }

  /** What was pointed at in a private window goes with the browser. @param {string} address @param {string} record @param {Pin[]} pins @param {boolean} [isPrivate] */
  async #setOwn(address, record, pins, isPrivate = false) {
    const { kept, store } = this.#parts;
    const page = pageOf(address);
    const others = (/** @type {unknown} */ list) => (Array.isArray(list) ? list : []).filter((/** @type {Own} */ one) => one.record !== record || one.page !== page);
    const made = pins.length > 0 ? [{ record, page, pins }] : [];
    const [mine, ofDisk] = [others(store.get("pins")), others((await kept.get("pins")).pins)];
    await store.set("pins", [...(isPrivate ? made : []), ...mine].slice(0, MOST));
    await kept.set({ pins: [...(isPrivate ? [] : made), ...ofDisk].slice(0, MOST) });
  }

  /** @param {number} tabId @returns {Picking | null} */
  #of(tabId) {
    const pick = this.#picks()[tabId];
    return pick && this.#parts.now() < pick.until ? pick : null;
  }

  /** @param {number} tabId @param {Picking | null} pick */
  #note(tabId, pick) {
    const { [tabId]: _, ...others } = this.#picks();
    return this.#parts.store.set("picks", pick ? { ...others, [tabId]: pick } : others);
  }

  /** @returns {Record<number, Picking>} */
  #picks() {
    return this.#parts.store.get("picks") ?? {};
  }
}

/** Query and fragment may name a person. @param {string} address */
function pageOf(address) {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

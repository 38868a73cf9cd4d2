// What a person or their administrator set. A managed value (storage.managed) wins and cannot be changed here; whoever
// reads a setting asks this file at every use, so that a policy that changes is kept to at once. No secret is a setting.

import { BadServerAddress, serverOrigin } from "../shared/address.js";

/**
 * @typedef {import("./sites.js").Rule} Rule
 * @typedef {{ server: string | null, refreshInterval: number | null, clipboardSeconds: number, offerToSave: boolean,
 *   offerInPrivate: boolean, signInDialogs: boolean, observeChains: boolean, sites: Record<string, Rule> }} Values
 *   `refreshInterval` in seconds, null: as the service says
 */

/** @type {Values} */
const DEFAULTS = {
  server: null,
  refreshInterval: null,
  clipboardSeconds: 30,
  offerToSave: true,
  offerInPrivate: false,
  signInDialogs: false,
  observeChains: true,
  sites: {},
};

/** The bounds of numbers, in seconds; DESIGN section 3 gives the shortest interval. @type {Record<string, [number, number]>} */
const BOUNDS = { refreshInterval: [30, 86_400], clipboardSeconds: [10, 600] };
const RULES = ["never", "ask", "host"];

/** A policy of the administrator says what was to be changed. */
export class Managed extends Error {}

export class Settings {
  /** @type {Pick<chrome.storage.StorageArea, "get" | "set">} */ #own;
  /** @type {Pick<chrome.storage.StorageArea, "get"> | undefined} */ #managed;

  /** @param {{ own: Pick<chrome.storage.StorageArea, "get" | "set">, managed?: Pick<chrome.storage.StorageArea, "get"> }} areas */
  constructor({ own, managed }) {
    this.#own = own;
    this.#managed = managed;
  }

  /** @returns {Promise<Values>} what holds now */
  async all() {
    const own = await this.#own.get(Object.keys(DEFAULTS));
    const policy = await this.managed();
    const sites = { ...listOf(own.sites), ...policy.sites };
    return { ...DEFAULTS, ...this.#valid(own), ...policy, sites };
  }

  /** @returns {Promise<Partial<Values>>} what an administrator has set; an address that cannot be used counts as none */
  async managed() {
    /** @type {Record<string, unknown>} */
    let values = {};
    try {
      values = (await this.#managed?.get(null)) ?? {};
    } catch {
      // Firefox refuses where no policy was written for this extension.
    }
    const policy = this.#valid(values);
    return "server" in values ? { ...policy, server: usableServer(values.server) } : policy;
  }

  /**
   * One setting as a storage area gives it, so that the session can be handed either.
   * @param {string} name @returns {Promise<Record<string, any>>}
   */
  async get(name) {
    const value = /** @type {Record<string, unknown>} */ (await this.all())[name];
    return value === null ? {} : { [name]: value };
  }

  /**
   * @param {Partial<Values>} values
   * @throws {Managed} one of them is the administrator's to set
   */
  async set(values) {
    const managed = await this.managed();
    for (const [name, value] of Object.entries(values)) {
      if (name !== "sites" && name in managed) throw new Managed(name);
      if (name !== "server" && checked(name, value) === undefined) throw new TypeError(name);
    }
    await this.#own.set(values);
  }

  /** Puts a site on the list, or takes it off. @param {string} site @param {Rule | null} rule @throws {Managed} */
  async setSite(site, rule) {
    if (rule !== null && !RULES.includes(rule)) throw new TypeError(rule);
    if (site in ((await this.managed()).sites ?? {})) throw new Managed(site);
    const { sites: stored } = await this.#own.get("sites");
    const { [site]: _, ...sites } = listOf(stored);
    await this.#own.set({ sites: rule === null ? sites : { ...sites, [site]: rule } });
  }

  /** @param {Record<string, unknown>} values @returns {Partial<Values>} those that are what they should be */
  #valid(values) {
    const pairs = Object.keys(DEFAULTS).map((name) => [name, checked(name, values[name])]);
    return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
  }
}

/** @param {string} name @param {unknown} value @returns {unknown} the value, or undefined when it is none for this setting */
function checked(name, value) {
  if (name === "server") return typeof value === "string" ? value : undefined;
  if (name === "sites") return value === undefined ? undefined : listOf(value);
  if (!(name in BOUNDS)) return typeof value === "boolean" && name in DEFAULTS ? value : undefined;
  const [least, most] = BOUNDS[name];
  return Number.isSafeInteger(value) ? Math.min(most, Math.max(least, Number(value))) : undefined;
}

/** @param {unknown} value @returns {Record<string, Rule>} what of it is an entry */
function listOf(value) {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, rule]) => RULES.includes(rule)));
}

/** @param {unknown} address */
function usableServer(address) {
  try {
    return typeof address === "string" ? serverOrigin(address) : null;
  } catch (error) {
    if (error instanceof BadServerAddress) return null;
    throw error;
  }
}

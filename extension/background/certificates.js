// Hosts of whose certificate the browser has warned. An extension is told that a page failed, not that the person then let
// it in; so such a host gets nothing, until a connection of the background's own, for which no exception of the person's
// counts, has shown a good certificate. Nothing is asked of a host that nobody was warned of.

/** More hosts than anybody is warned of; the oldest go first. */
const MOST = 200;
/** How long a host has to show its certificate, in milliseconds. */
const PATIENCE = 5_000;
/** Firefox's errors of certificates and TLS: nsresult numbers of this module. */
const NSS = 0x805a;

/** @param {string} error as webNavigation gives it: a name in Chromium, a number in Firefox */
export function isOfCertificate(error) {
  const [, number] = /^Error code (\d+)$/.exec(error) ?? [];
  return number ? Number(number) >>> 16 === NSS : /^net::ERR_(CERT|SSL)_/.test(error);
}

/** @typedef {Pick<chrome.storage.StorageArea, "get" | "set">} Area */

export class Certificates {
  /** @type {Area} */ #kept;
  /** @type {import("./store.js").Store} */ #store;
  /** @type {(url: URL) => Promise<boolean>} */ #isGood;

  /**
   * @param {{ kept: Area, store: import("./store.js").Store, isGood?: (url: URL) => Promise<boolean> }} parts
   *   `kept`: outlives the browser, as its exceptions do; what happened in a private window is in `store` alone
   */
  constructor({ kept, store, isGood = showsGood }) {
    this.#kept = kept;
    this.#store = store;
    this.#isGood = isGood;
  }

  /** A page failed because of its certificate. @param {URL} url @param {boolean} isPrivate */
  async warned(url, isPrivate) {
    const { here, kept } = await this.#hosts();
    const add = (/** @type {string[]} */ hosts) => [...hosts.filter((host) => host !== url.host), url.host].slice(-MOST);
    await this.#store.set("warned", add(here));
    if (!isPrivate) await this.#kept.set({ warned: add(kept) });
  }

  /** Must nothing be filled there? @param {URL} url @returns {Promise<boolean>} */
  async isBroken(url) {
    if (url.protocol !== "https:") return false; // Whether that may be filled, its link says.
    const { here, kept } = await this.#hosts();
    if (!here.includes(url.host) && !kept.includes(url.host)) return false;
    if (!(await this.#isGood(url))) return true;
    const without = (/** @type {string[]} */ hosts) => hosts.filter((host) => host !== url.host);
    const now = await this.#hosts();
    await this.#store.set("warned", without(now.here));
    await this.#kept.set({ warned: without(now.kept) });
    return false;
  }

  async #hosts() {
    const { warned } = await this.#kept.get("warned");
    return { here: listOf(this.#store.get("warned")), kept: listOf(warned) };
  }
}

/** @param {unknown} value @returns {string[]} */
const listOf = (value) => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);

/** @param {URL} url */
async function showsGood({ hostname, port }) {
  const host = globalThis.document ? respelt(hostname) : hostname;
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    if (host === null) return false;
    await fetch(`https://${host}${port && `:${port}`}/`, { method: "HEAD", credentials: "omit", cache: "no-store", redirect: "manual", signal });
    return true;
  } catch {
    return false;
  }
}

/**
 * A worker's connections know no exception. Those of a background that is a page do; but exceptions are kept by the spelling
 * of a name, and with a full stop at its end it is spelt otherwise and means the same.
 * @param {string} hostname @returns {string | null} null where there is no other spelling, as of an IP address
 */
function respelt(hostname) {
  const other = hostname.endsWith(".") ? hostname.slice(0, -1) : `${hostname}.`;
  return URL.parse(`https://${other}/`)?.hostname === other ? other : null;
}

// What is known of each tab: the page that reported login fields, the record chosen for the login under way, how the login
// came here, and the tab whose page opened it. An entry belongs to its tab alone and leaves with it; addresses in it come from the browser, never
// from a page's word.

/**
 * `id`: a random name that the page's content script gave its document, so that an answer reaches that document or none.
 * @typedef {{ id: string, address: string, documentId?: string, kinds: string[], warning?: boolean }} Page
 * @typedef {{ page: Page | null, choice: import("./continuation.js").Choice | null, trail?: import("./trail.js").Trail, opener?: number }} Tab
 */

export class Tabs {
  /** @type {import("./store.js").Store} */ #store;

  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** @param {number} id @returns {Tab} */
  get(id) {
    return this.#all()[id] ?? { page: null, choice: null };
  }

  /** @param {number} id @param {Partial<Tab>} change @returns {Promise<void>} */
  set(id, change) {
    const tab = { ...this.get(id), ...change };
    const { [id]: _, ...others } = this.#all();
    return this.#store.set("tabs", tab.page || tab.choice || tab.opener !== undefined ? { ...others, [id]: tab } : others);
  }

  /** @param {number} id @returns {Promise<void>} */
  async remove(id) {
    if (id in this.#all()) await this.set(id, { page: null, choice: null, opener: undefined });
  }

  /** @returns {[number, Tab][]} */
  entries() {
    return Object.entries(this.#all()).map(([id, tab]) => [Number(id), tab]);
  }

  /** @returns {Record<number, Tab>} */
  #all() {
    return this.#store.get("tabs") ?? {};
  }
}

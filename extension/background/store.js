// What the background must remember when the browser stops it between two events. Everything lives in storage.session
// (memory of the browser, closed to content scripts, never on disk) and is mirrored here, so that after `ready()` reading
// and changing is one step that no other event can come between.

/** @typedef {Pick<chrome.storage.StorageArea, "get" | "set" | "clear">} Area */

export class Store {
  /** @type {Area} */ #area;
  /** @type {string[]} */ #names;
  /** @type {Record<string, any>} */ #memory = {};
  /** @type {Promise<void> | null} */ #loading = null;

  /**
   * @param {Area} area usually `browser.storage.session`
   * @param {string[]} names the entries to mirror; large ones that are seldom read stay out and use `load`
   */
  constructor(area, names) {
    this.#area = area;
    this.#names = names;
  }

  /** Reads the entries once in the life of this background. */
  async ready() {
    this.#loading ??= this.#read();
    try {
      await this.#loading;
    } catch (error) {
      this.#loading = null;
      throw error;
    }
  }

  async #read() {
    this.#memory = await this.#area.get(this.#names);
  }

  /** @param {string} name @returns {any} the entry, or undefined */
  get(name) {
    return this.#memory[name];
  }

  /** @param {string} name @param {any} value @returns {Promise<void>} done when it would survive a stop */
  set(name, value) {
    if (this.#names.includes(name)) this.#memory[name] = value;
    return this.#area.set({ [name]: value });
  }

  /** @param {string} name an entry that is not mirrored @returns {Promise<any>} */
  async load(name) {
    return (await this.#area.get(name))[name];
  }

  /** Forgets everything, here and in the browser. @returns {Promise<void>} */
  clear() {
    this.#memory = {};
    return this.#area.clear();
  }
}

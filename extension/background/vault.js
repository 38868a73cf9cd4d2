// The service's records as the popup and the menus use them: searched, looked at, revealed, added, changed, linked. Each
// call is one question; nothing that comes back is kept, least of all a value.

import { oneTimeCode } from "./totp.js";
import { Refused } from "./service.js";

/** How many records a search shows. */
const SHOWN = 20;
/** What the popup calls a field, and what the service calls it. @type {Record<string, string>} */
const FIELDS = { username: "username", password: "password", code: "one_time_secret", notes: "notes" };

/**
 * @typedef {{ id: string, title: string, username: string, url: string | null, mayEdit: boolean }} Card
 * @typedef {{ id: string, title: string, username: string, fields: string[], level: string | null, mayEdit: boolean, mayView: boolean,
 *   etag: string, links: { url: string, strategy: string, veto: boolean }[] }} Detail
 * @typedef {{ title: string, username: string, password: string, addresses: string[] }} NewLogin `addresses`: the login's pages, the first one first
 */

export class Vault {
  /** @type {import("./session.js").Session} */ #session;
  /** @type {() => number} */ #now;

  /** @param {{ session: import("./session.js").Session, now: () => number }} parts */
  constructor({ session, now }) {
    this.#session = session;
    this.#now = now;
  }

  /** @param {string} text @returns {Promise<{ records: Card[], more: boolean }>} */
  async search(text) {
    const query = new URLSearchParams({ q: text.slice(0, 200), limit: String(SHOWN) });
    const { body } = await this.#session.ask("GET", `/records?${query}`);
    const records = body.records.map((/** @type {any} */ { may_edit, ...one }) => ({ ...one, mayEdit: may_edit }));
    return { records, more: body.next !== null };
  }

  /** @param {string} record @returns {Promise<Detail>} */
  async detail(record) {
    const path = pathOf(record);
    const [{ body, etag }, links] = await Promise.all([this.#session.ask("GET", path), this.#session.ask("GET", `${path}/links`)]);
    const { id, title, username, fields, level, may_edit } = body;
    const mayView = level !== null && level !== "fill";
    return { id, title, username, fields, level, mayEdit: may_edit, mayView, etag: etag ?? "", links: links.body.links };
  }

  /**
   * What a field holds, for the person's eyes or clipboard; the service puts it on record.
   * @param {string} record @param {string} field `username`, `password`, `code`, `notes` or a field of the person's own (`extra:...`)
   * @returns {Promise<string>}
   */
  async value(record, field) {
    const name = FIELDS[field] ?? (field.startsWith("extra:") ? field : "");
    const { body } = await this.#session.ask("POST", `${pathOf(record)}/reveal`, { body: { field: name } });
    return field === "code" ? (await oneTimeCode(body.value, this.#now())).code : body.value;
  }

  /**
   * Saves a new login with a link for each host that it passed.
   * @param {NewLogin} login
   * @returns {Promise<{ record: string, revision: number }>} the revision at which tables hold it
   */
  async add({ title, username, password, addresses }) {
    const [first, ...others] = [...new Set(addresses.map((address) => `${new URL(address).origin}/`))];
    const link = first ? { url: first, strategy: "host" } : {};
    const { body } = await this.#session.ask("POST", "/records", { body: { title, username, password, ...link } });
    let { revision } = body;
    for (const url of others) revision = Math.max(revision, await this.link(body.record.id, url));
    return { record: body.record.id, revision };
  }

  /**
   * @param {string} record @param {string} etag the state that the person saw
   * @param {{ username?: string, password?: string }} values
   * @throws {Refused} with status 412 when somebody changed it since
   */
  async update(record, etag, values) {
    await this.#session.ask("PATCH", pathOf(record), { body: values, ifMatch: etag });
  }

  /** @param {string} record @param {string} url @returns {Promise<number>} the revision at which tables hold it; 0: they do already */
  async link(record, url) {
    try {
      const body = { url, strategy: "host" };
      return (await this.#session.ask("POST", `${pathOf(record)}/links`, { body })).body.revision;
    } catch (error) {
      if (error instanceof Refused && error.slug === "conflict") return 0; // Somebody linked it already.
      throw error;
    }
  }

  /**
   * @param {string} record @param {string} page @param {import("./recognition/pins.js").Pin[]} pins in place of those of that page
   * @returns {Promise<number>} the revision at which tables hold them
   */
  async pin(record, page, pins) {
    return (await this.#session.ask("POST", `${pathOf(record)}/pins`, { body: { page_url: page, pins } })).body.revision;
  }

  /**
   * Links a proposed address, or asks those who may change the record to do it.
   * @param {string} proposal @returns {Promise<{ asked: boolean, revision: number }>} the revision at which tables hold it
   */
  async accept(proposal) {
    const { body } = await this.#session.ask("POST", `/proposals/${encodeURIComponent(proposal)}/accept`, { body: {} });
    return { asked: body.asked, revision: body.revision };
  }

  /**
   * @param {string | null} page whose rules count @param {string} [rules] the field's own (`passwordrules`)
   * @returns {Promise<{ password: string, bits: number, site: string | null }>}
   */
  async generate(page, rules) {
    const body = { ...(page && { page_url: page }), ...(rules && { rules: rules.slice(0, 1_000) }) };
    return (await this.#session.ask("POST", "/generate", { body })).body;
  }
}

/** @param {string} record */
function pathOf(record) {
  return `/records/${encodeURIComponent(record)}`;
}

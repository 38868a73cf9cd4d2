// Logins typed by hand, from the page that sent them to the person's answer in the popup. Values live in storage.session
// alone, for five minutes at most, and go with the answer, the tab, the session and the browser; never from a private
// window unless the person asked for that, never from a site on the "never here" list.

import { asksAgain, caught, meant } from "./saving_rules.js";
import { ruleOf } from "./sites.js";

export const ALARM = "saving";
/** How long a page gets to show its login form again, in milliseconds. */
const SETTLE = 900;
/** A stopped background is woken after so long, in milliseconds, to see what became of a login; no alarm of Chromium's comes sooner. */
const WAKE = 30_000;
/** Further looks at a page that sent its login by script and stays, in milliseconds after each other. */
const LATER = [1_500, 3_000];

/**
 * @typedef {import("./saving_rules.js").Caught} Caught
 * @typedef {import("./saving_rules.js").Candidate} Candidate
 * @typedef {{ id: string, username: string, host: string, from: string, record: string | null, candidates: Candidate[] }} SaveOffer
 *   `from`, `host`: where the login began and where the password went
 */

export class Saving {
  /** @type {import("./main.js").Parts} */ #parts;
  /** @type {Map<number, number>} the newest look at a tab */
  #looks = new Map();
  /** @type {Map<number, Promise<void>>} the newest look at a tab while it runs */
  #looking = new Map();
  /** @type {(tabId: number) => void} called when an offer comes or goes */
  onOffer = () => {};

  /** @param {import("./main.js").Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Whether a page may be asked to tell what is typed into its login.
   * @param {string} address @param {boolean} isPrivate
   */
  async listens(address, isPrivate) {
    if (!this.#parts.session.current()) return false;
    const { offerToSave, offerInPrivate, sites } = await this.#parts.settings.all();
    return offerToSave && (!isPrivate || offerInPrivate) && ruleOf(sites, address) !== "never";
  }

  /**
   * A page sent a login. @param {number} tabId @param {URL} url @param {boolean} isPrivate
   * @param {{ username: string, password: string, document: string, own: boolean }} values `own`: Wayfill filled it, so there is nothing to save
   */
  async submitted(tabId, url, isPrivate, { own, ...values }) {
    if (own || !(await this.listens(url.href, isPrivate))) return this.forget(tabId);
    const { tabs, now } = this.#parts;
    const before = this.#of(tabId);
    const page = url.origin + url.pathname;
    // A click and the submit that follows it tell the same.
    if (before?.password === values.password && before.pages.at(-1) === page && before.state !== "worked") return;
    await this.#set(tabId, caught(before, values, page, tabs.get(tabId).choice?.record ?? null, now()));
    if (values.password !== "") this.#stayed(tabId);
  }

  /** A page that goes nowhere tells nothing when its form is gone. @param {number} tabId */
  async #stayed(tabId) {
    for (const pause of LATER) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      await this.settled(tabId);
    }
  }

  /**
   * A password was made for a form of this page: it is offered for saving at once, before anything can be lost.
   * @param {number} tabId @param {URL} url @param {{ username: string, password: string }} values
   */
  async generated(tabId, url, values) {
    const login = caught(null, values, url.origin + url.pathname, null, this.#parts.now());
    await this.#set(tabId, { ...login, state: "worked" });
    this.onOffer(tabId);
  }

  /** The tab goes elsewhere by the person's own will: half a login is left behind. @param {number} tabId */
  async left(tabId) {
    if (this.#of(tabId)?.state === "typed") await this.forget(tabId);
  }

  /**
   * A page is there, or an address of the same document: did the login work? Done when the newest look is.
   * @param {number} tabId
   */
  async settled(tabId) {
    if (this.#of(tabId)?.state !== "sent") return;
    this.#looking.set(tabId, this.#settle(tabId));
    for (let look; look !== this.#looking.get(tabId); ) await (look = this.#looking.get(tabId));
  }

  /** @param {number} tabId */
  async #settle(tabId) {
    const turn = (this.#looks.get(tabId) ?? 0) + 1;
    this.#looks.set(tabId, turn);
    await new Promise((resolve) => setTimeout(resolve, SETTLE));
    const seen = await this.#parts.pins.look(tabId);
    const login = this.#of(tabId);
    if (login?.state !== "sent" || this.#looks.get(tabId) !== turn || typeof seen === "string") return;
    if (asksAgain(login, seen.url.href, seen.kinds)) {
      // The document that sent it may still be waiting for an answer.
      return seen.id === login.document ? undefined : this.forget(tabId);
    }
    await this.#set(tabId, { ...login, state: "worked" });
    this.onOffer(tabId);
  }

  /** A page tells of its fields; one that asks for the password again takes the offer back. @param {number} tabId @param {URL} url @param {string[]} kinds */
  async met(tabId, url, kinds) {
    const login = this.#of(tabId);
    if (login?.state === "worked" && asksAgain(login, url.href, kinds)) await this.forget(tabId);
    if (login?.state === "sent" && !kinds.includes("password")) await this.settled(tabId);
  }

  /** @param {number} tabId @returns {boolean} */
  waits(tabId) {
    return this.#of(tabId)?.state === "worked";
  }

  /** @param {number} tabId @returns {Promise<SaveOffer | null>} what the popup offers; no password is in it */
  async offer(tabId) {
    const login = this.#of(tabId);
    if (login?.state !== "worked") return null;
    const { offered, record, candidates } = meant(login, await this.#candidates(login));
    if (!offered) {
      await this.forget(tabId);
      return null;
    }
    const [from, host] = [login.pages[0], login.pages[login.pages.length - 1]].map((page) => new URL(page).host);
    return { id: login.id, username: login.username, host, from, record, candidates };
  }

  /**
   * The person's answer: into which record, "" for a new one.
   * @param {number} tabId @param {{ offer: string, record: string, etag: string, title: string, username: string }} answer
   * @returns {Promise<"saved" | "updated" | "gone">}
   * @throws {import("./service.js").Refused} with status 412 when the record was changed since the person saw it; the offer stays
   */
  async answer(tabId, { offer, record, etag, title, username }) {
    const { vault, table } = this.#parts;
    const login = this.#of(tabId);
    if (!login || login.id !== offer) return "gone";
    const { password } = login;
    if (record === "") {
      const { revision } = await vault.add({ title, username, password, addresses: login.pages });
      await this.forget(tabId);
      await table.refresh({ atLeast: revision });
      return "saved";
    }
    await vault.update(record, etag, { password, ...(username && { username }) });
    await this.forget(tabId);
    await table.refreshQuietly();
    return "updated";
  }

  /** @param {number} tabId */
  async forget(tabId) {
    if (!(tabId in this.#all())) return;
    await this.#set(tabId, null);
    this.onOffer(tabId);
  }

  /** Wipes what nobody answered in time, and goes on where a background that was stopped left off. */
  async sweep() {
    for (const [tabId, { until }] of Object.entries(this.#all())) {
      if (until <= this.#parts.now()) await this.forget(Number(tabId));
    }
    await this.resume();
    await this.#schedule();
  }

  /** The background may have been stopped between a login and the look at what became of it. */
  async resume() {
    await Promise.all(Object.keys(this.#all()).map((tabId) => this.settled(Number(tabId))));
  }

  /** @param {Caught} login @returns {Promise<Candidate[]>} */
  async #candidates(login) {
    /** @type {Map<string, Candidate>} */
    const found = new Map();
    for (const page of login.pages) {
      for (const { record, title, username, mayEdit } of await this.#parts.table.find(page)) found.set(record, { record, title, username, mayEdit });
    }
    const card = login.under ? (await this.#parts.table.loaded())?.records[login.under] : null;
    if (login.under && card) found.set(login.under, { record: login.under, title: card.title, username: card.username, mayEdit: card.may_edit });
    return [...found.values()];
  }

  /** @param {number} tabId @param {Caught | null} login */
  async #set(tabId, login) {
    const { [tabId]: _, ...others } = this.#all();
    await this.#parts.store.set("caught", login ? { ...others, [tabId]: login } : others);
    await this.#schedule();
  }

  /** The alarm that wipes the oldest and looks at what was sent, also when this process was stopped. */
  async #schedule() {
    const soon = this.#parts.now() + WAKE;
    const ends = Object.values(this.#all()).map(({ until, state }) => (state === "sent" ? Math.min(until, soon) : until));
    if (ends.length > 0) await this.#parts.alarms.create(ALARM, { when: Math.min(...ends) });
    else await this.#parts.alarms.clear(ALARM);
  }

  /** @param {number} tabId @returns {Caught | null} */
  #of(tabId) {
    const login = this.#all()[tabId];
    return login && this.#parts.now() < login.until ? login : null;
  }

  /** @returns {Record<number, Caught>} */
  #all() {
    return this.#parts.store.get("caught") ?? {};
  }
}

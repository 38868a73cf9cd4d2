// The way of a fill, and the login it belongs to: a person's act on one page, then the following pages of that login.
// The service decides every release again; a value lives here only between its answer and the page.

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import { begin, met, moved, stepped } from "./continuation.js";
import * as frames from "./frames.js";
import * as pages from "./pages.js";
import { Refused, ServiceAway, SignedOut } from "./service.js";
import { begun } from "./trail.js";

/** Pauses before each try of a continuation fill while the service is away, in milliseconds; about 15 s together. */
const TRIES = [0, 400, 800, 1600, 3200, 4500, 4500];
/** How long a page that a record may be used on tells of its changes after each of them, in milliseconds. */
const INTEREST = 600_000;

/**
 * @typedef {{ outcome: "filled" | "chosen" | "refused" | "confirm" | "moved" | "not-linked" | "no-page" | "no-script" | "asked",
 *   filled?: string[], refused?: { kind: string, why: string }[], match?: import("./table.js").Match }} Outcome
 * @typedef {{ store: import("./store.js").Store, tabs: import("./tabs.js").Tabs, table: import("./table.js").Table,
 *   session: import("./session.js").Session, certificates: import("./certificates.js").Certificates,
 *   pins: import("./pins.js").Pins, now: () => number,
 *   onMatches: (tabId: number, count: number) => void, onUnlinked: (tabId: number) => void }} Parts
 *   `onUnlinked`: a page with a login field is shown that no link holds
 */

export class Filling {
  /** @type {Parts} */ #parts;
  /** @type {Map<number, { page: string, again: boolean }>} continuation fills under way, by tab */
  #running = new Map();
  /** @type {Map<number, object>} the newest choice of a person under way, by tab */
  #choosing = new Map();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * A person chose a record for the page that a tab shows.
   * @param {number} tabId @param {string} record
   * @param {{ page?: string, confirmed?: boolean }} [options] `page`: the document that the person saw when choosing;
   *   `confirmed`: the person has read for which host a loose match was saved
   * @returns {Promise<Outcome>}
   * @throws {SignedOut | ServiceAway | Refused}
   */
  async choose(tabId, record, { page, confirmed = false } = {}) {
    const { tabs, table, session, pins, now } = this.#parts;
    this.abandon(tabId);
    const still = this.#holdOn(tabId);
    const seen = await pins.look(tabId, record);
    if (typeof seen === "string") return { outcome: seen };
    if (page !== undefined && page !== seen.id) return { outcome: "moved" };
    const match = (await table.find(seen.url.href)).find((one) => one.record === record);
    if (!match || seen.kinds.length === 0) {
      const done = await this.#chooseFrame(tabId, record, seen, confirmed, still);
      if (done) return done;
    }
    if (!match) return { outcome: "not-linked" };
    if (!still()) return { outcome: "moved" };
    if (!match.close && !this.#isConfirmed(record, seen.url)) {
      if (!confirmed) return { outcome: "confirm", match };
      await this.#confirm(record, seen.url);
    }
    await this.#see(tabId, seen, tabs.get(tabId).choice?.record === record ? {} : { choice: null });
    /** @type {pages.Filled} */
    let done = { filled: [], refused: [] };
    if (seen.kinds.length > 0) {
      done = await this.#release(tabId, record, seen, seen.kinds, true, still);
    }
    if (done.moved || !still()) return { outcome: "moved" };
    const seconds = session.current()?.policy.continuation ?? 0;
    const choice = begin({ record, title: match.title }, seen.url, done.filled, now(), seconds);
    await tabs.set(tabId, { choice, trail: choice ? begun(record, seen.url) : undefined });
    await this.watch(tabId);
    const outcome = done.filled.length > 0 ? "filled" : seen.kinds.length > 0 ? "refused" : "chosen";
    return { outcome, filled: done.filled, refused: done.refused, match };
  }

  /**
   * The login is in a frame of the page. In a page of another origin the person has to have read the frame's host, each time;
   * nothing carries on from a frame.
   * @param {number} tabId @param {string} record @param {pages.Seen} top @param {boolean} confirmed @param {() => boolean} still
   * @returns {Promise<Outcome | null>} null: in no frame is a login for this record
   */
  async #chooseFrame(tabId, record, top, confirmed, still) {
    const found = await frames.withLogin(tabId, this.#parts.table, record);
    for (const frame of found) {
      if (!(await frames.isShown(tabId, frame))) continue;
      const match = frame.matches.find((one) => one.record === record);
      if (!frame.own && !confirmed) return { outcome: "confirm", match: match && { ...match, frame: frame.url.host } };
      if (!still()) return { outcome: "moved" };
      const { filled, refused, moved } = await this.#release(tabId, record, frame.seen, frame.seen.kinds, true, still, { frame, top });
      if (moved || !still()) return { outcome: "moved" };
      return { outcome: filled.length > 0 ? "filled" : "refused", filled, refused, match };
    }
    const [first] = found;
    return first ? { outcome: "refused", filled: [], refused: first.seen.kinds.map((kind) => ({ kind, why: "unseen" })) } : null;
  }

  /**
   * The keyboard's fill: the best match, if it is a close one and the page leaves no doubt about which form is meant.
   * @param {number} tabId
   * @returns {Promise<Outcome>} `confirm` or `not-linked` when a person has to look
   */
  async best(tabId) {
    const seen = await pages.look(tabId);
    if (typeof seen === "string") return { outcome: seen };
    const [best] = await this.#parts.table.find(seen.url.href);
    if (!best) return { outcome: "not-linked" };
    if (!best.close || seen.logins[0]?.doubtful) return { outcome: "confirm", match: best };
    return this.choose(tabId, best.record, { page: seen.id });
  }

  /**
   * A page of a tab has login fields, or is looked at again: go on with the login under way, and when no link holds the
   * page, ask the service for news and look once more.
   * @param {number} tabId
   */
  async meet(tabId) {
    const page = this.#parts.tabs.get(tabId).page;
    if (!page || page.kinds.length === 0 || !this.#parts.session.current()) return;
    if (await this.#go(tabId)) return;
    this.#parts.onUnlinked(tabId);
    const news = await this.#parts.table.refreshForUnmatched();
    if (news && this.#parts.tabs.get(tabId).page?.id === page.id) await this.#go(tabId);
  }

  /**
   * The popup was opened: the page is looked at as it is now, with the table as it is now.
   * @param {number} tabId
   */
  async meetAgain(tabId) {
    const seen = await this.#parts.pins.look(tabId, this.#parts.tabs.get(tabId).choice?.record);
    if (typeof seen === "string" || !this.#parts.session.current()) return;
    await this.#see(tabId, seen);
    if (seen.kinds.length > 0) await this.#go(tabId);
  }

  /**
   * Notes what a look found; the page may have been there before anybody signed in.
   * @param {number} tabId @param {pages.Seen} seen @param {Partial<import("./tabs.js").Tab>} [change]
   */
  #see(tabId, seen, change) {
    const { tabs } = this.#parts;
    const { page } = tabs.get(tabId);
    const known = page?.id === seen.id ? page : { id: seen.id };
    return tabs.set(tabId, { ...change, page: { ...known, address: seen.url.href, kinds: seen.kinds } });
  }

  /**
   * A person's choice begins.
   * @param {number} tabId
   * @returns {() => boolean} whether it still holds: same page, no later choice, the same person signed in
   */
  #holdOn(tabId) {
    const { session } = this.#parts;
    const act = {};
    const id = session.current()?.id;
    this.#choosing.set(tabId, act);
    return () => this.#choosing.get(tabId) === act && session.current()?.id === id;
  }

  /** While a login is under way in a tab its page tells of every field that comes. @param {number} tabId */
  async watch(tabId) {
    const { tabs, now } = this.#parts;
    const { choice } = tabs.get(tabId);
    if (choice && now() < choice.until) await pages.watch(tabId, choice.until - now());
  }

  /**
   * Whether what understands forms is to be brought into a page that has inputs: a login is under way, a record may be used
   * there, or it may be a login of which the table does not know yet.
   * @param {number} tabId @param {URL} url @param {string} hint as content/watch.js gives it
   */
  async isWanted(tabId, url, hint) {
    const { tabs, table } = this.#parts;
    const { choice, opener } = tabs.get(tabId);
    return hint === "login" || choice !== null || opener !== undefined || (await table.count(url.href)) > 0;
  }

  /**
   * How long changes of a page are of interest, in milliseconds: as long as a login is under way or a record may be used.
   * @param {number} tabId @param {URL} url
   */
  async interest(tabId, url) {
    const { tabs, table, now } = this.#parts;
    const { choice } = tabs.get(tabId);
    const rest = choice ? choice.until - now() : 0;
    return Math.max(rest, (await table.count(url.href)) > 0 ? INTEREST : 0);
  }

  /** The page of a tab opened another one. @param {number} tabId @param {number} opener */
  async opened(tabId, opener) {
    const { tabs, now } = this.#parts;
    const { choice } = tabs.get(opener);
    if (choice && now() < choice.until) await tabs.set(tabId, { opener });
  }

  /** A tab was closed: a login that moved there and is not done goes back to where it began. @param {number} tabId */
  async closed(tabId) {
    const { tabs } = this.#parts;
    this.abandon(tabId);
    const { choice } = tabs.get(tabId);
    await tabs.remove(tabId);
    const home = choice?.home;
    if (!choice || home === undefined || tabs.get(home).choice || !(await browser.tabs.get(home).catch(() => null))) return;
    const { home: _, ...back } = choice;
    await tabs.set(home, { choice: back });
    await this.watch(home);
  }

  /** Takes the login over from the tab that opened this one. @param {number} tabId @param {URL} url @param {string[]} kinds @param {import("./table.js").Match[]} matches */
  async #takeOver(tabId, url, kinds, matches) {
    const { tabs, now } = this.#parts;
    const { choice, opener } = tabs.get(tabId);
    const other = opener === undefined ? null : tabs.get(opener).choice;
    if (choice || !other || opener === undefined) return;
    const close = matches.some((match) => match.record === other.record && match.close);
    const here = moved(other, opener, url, kinds, close, now());
    if (!here) return;
    // In one step: another tab of the same opener may be about to ask.
    await Promise.all([tabs.set(tabId, { choice: here, opener: undefined }), tabs.set(opener, { choice: null })]);
  }

  /** @param {number} tabId @returns {Promise<boolean>} whether a link holds the page, for the record under way if there is one */
  async #go(tabId) {
    const { tabs, table, now } = this.#parts;
    const page = tabs.get(tabId).page;
    const url = webPage(page?.address);
    if (!page || !url) return true;
    const matches = await table.find(page.address);
    this.#parts.onMatches(tabId, matches.length);
    await this.#takeOver(tabId, url, page.kinds, matches);
    const { choice, page: same } = tabs.get(tabId);
    if (!choice || same?.id !== page.id) return matches.length > 0;
    const close = matches.some((match) => match.record === choice.record && match.close);
    const decision = met(choice, url, page.kinds, close, now());
    if (decision.choice !== choice) await tabs.set(tabId, { choice: decision.choice });
    if (decision.fill.length > 0) this.#continue(tabId, page.id);
    return close;
  }

  /** Fills the page by continuation, and again if more fields came meanwhile. @param {number} tabId @param {string} id */
  async #continue(tabId, id) {
    const under = this.#running.get(tabId);
    if (under?.page === id) {
      under.again = true;
      return;
    }
    const run = { page: id, again: false };
    this.#running.set(tabId, run);
    try {
      for (const pause of TRIES) {
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        if (this.#running.get(tabId) !== run) return;
        if ((await this.#tryStep(tabId, id)) === "done") break;
      }
    } finally {
      if (this.#running.get(tabId) === run) this.#running.delete(tabId);
    }
    if (run.again) await this.#go(tabId);
  }

  /** @param {number} tabId @param {string} id @returns {Promise<"done" | "away">} */
  async #tryStep(tabId, id) {
    const { tabs, table, session, now } = this.#parts;
    const signedIn = session.current()?.id;
    const seen = await this.#parts.pins.look(tabId, tabs.get(tabId).choice?.record);
    const { choice } = tabs.get(tabId);
    if (typeof seen === "string" || seen.id !== id || !choice) return "done";
    const close = (await table.find(seen.url.href)).some((match) => match.record === choice.record && match.close);
    const { fill } = met(choice, seen.url, seen.kinds, close, now());
    if (fill.length === 0) return "done";
    const still = () => tabs.get(tabId).choice?.record === choice.record && now() < choice.until && session.current()?.id === signedIn;
    try {
      const done = await this.#release(tabId, choice.record, seen, fill, false, still);
      if (done.filled.length > 0 && tabs.get(tabId).choice?.record === choice.record) {
        await tabs.set(tabId, { choice: stepped(choice, seen.url, done.filled, now()) });
        await this.watch(tabId);
      }
    } catch (error) {
      if (error instanceof ServiceAway) return "away";
      if (!(error instanceof SignedOut || error instanceof Refused)) throw error;
      // Signed out or refused: nothing to fill; the popup tells why.
    }
    return "done";
  }

  /** The tab left its page, or the person chose anew: a fill that waits for the service is dropped. @param {number} tabId */
  abandon(tabId) {
    this.#running.delete(tabId);
    this.#choosing.delete(tabId);
  }

  /**
   * @param {number} tabId @param {string} record @param {pages.Seen} seen @param {string[]} fields @param {boolean} act
   * @param {() => boolean} still whether what was allowed before the service was asked is allowed now
   * @param {{ frame: frames.FrameWithLogin, top: pages.Seen }} [inside] the frame that `seen` is about, and the page around it
   * @returns {Promise<pages.Filled>}
   */
  async #release(tabId, record, seen, fields, act, still, inside) {
    const { session, tabs, certificates } = this.#parts;
    const address = seen.url.href;
    const refuse = (/** @type {string} */ why) => ({ filled: [], refused: fields.map((kind) => ({ kind, why })) });
    const top = inside?.top.url ?? seen.url;
    if ((await certificates.isBroken(seen.url)) || (await certificates.isBroken(top))) return refuse("certificate");
    const sites = await this.#sites(record, seen);
    const { body } = await session.ask("POST", "/fill", {
      body: { record_id: record, page_url: address, top_url: top.href, fields },
    });
    // The page around it may have hidden the frame since.
    if (inside && !(await frames.isShown(tabId, inside.frame))) {
      for (const kind of fields) delete body.values[kind];
      return refuse("unseen");
    }
    const { page } = tabs.get(tabId);
    if (!still()) return { filled: [], refused: [], moved: true };
    const documentId = page?.id === seen.id ? page.documentId : undefined;
    const order = { values: body.values, fields: pages.fieldsOf(seen.logins[0], fields), sites, act };
    const missing = fields.filter((kind) => order.values[kind] === undefined);
    const done = await pages.fill(tabId, { id: seen.id, address, ...(inside?.frame.at ?? { documentId }) }, order);
    return { ...done, refused: [...done.refused, ...missing.map((kind) => ({ kind, why: "none" }))] };
  }

  /** @param {string} record @param {pages.Seen} seen @returns {Promise<string[]>} origins the page's form may send to */
  async #sites(record, seen) {
    const origins = [];
    for (const action of seen.actions) {
      const url = webPage(action);
      if (!url || url.origin === seen.url.origin) continue;
      // Nobody was asked about that host, so only a close match will do.
      const matches = await this.#parts.table.find(action);
      if (matches.some((match) => match.record === record && (match.close || match.asks))) origins.push(url.origin);
    }
    return origins;
  }

  /** @param {string} record @param {URL} page */
  #isConfirmed(record, page) {
    return (this.#parts.store.get("confirmed") ?? []).includes(`${record} ${page.host}`);
  }

  /** @param {string} record @param {URL} page */
  #confirm(record, page) {
    const confirmed = this.#parts.store.get("confirmed") ?? [];
    return this.#parts.store.set("confirmed", [...confirmed, `${record} ${page.host}`]);
  }
}

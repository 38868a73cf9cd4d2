// The match table: which records a page may be filled from, without a secret in it. Kept here: the newest table that
// the service gave, when it was last asked, and the rule that many askers cause one request.

import { InvalidTable, InvalidUrl, MatchTable } from "../shared/match.js";
import { merged } from "../shared/merge.js";
import { Refused, ServiceAway, SignedOut } from "./service.js";

/** An unmatched login page asks the service at most this often, in milliseconds (DESIGN section 3). */
const UNMATCHED_PAUSE = 5_000;
/** The first and the longest pause after the service was away, in milliseconds. */
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 120_000;

/**
 * @typedef {{ record: string, link: { url: string, strategy: string }, strength: string, close: boolean, reason: string }} Found
 * @typedef {Found & { title: string, username: string, mayEdit: boolean, asks?: boolean, frame?: string }} Match `asks`: the person wants
 *   to be asked on this site each time; `frame`: the host of the frame in which the login is
 * @typedef {{ title: string, username: string, may_edit: boolean, pins?: { page: string, pins: import("./recognition/pins.js").Pin[] }[] }} RecordCard
 * @typedef {{ revision: number, table: MatchTable, records: Record<string, RecordCard> }} Loaded
 * @typedef {{ revision: number, etag: string | null, checkedAt: number, askedAt: number, unmatchedAt: number,
 *   failures: number, away: boolean, announced: number, heldUntil: number, nextAt: number }} Status `heldUntil`: the service asked to be left
 *   alone until then; `nextAt`: nobody asks by itself before
 */

/** @type {Status} */
const NEVER = { revision: 0, etag: null, checkedAt: 0, askedAt: 0, unmatchedAt: 0, failures: 0, away: false, announced: 0, heldUntil: 0, nextAt: 0 };

export class Table {
  /** @type {import("./store.js").Store} */ #store;
  /** @type {import("./session.js").Session} */ #session;
  /** @type {() => number} */ #now;
  /** @type {(address: string, matches: Match[]) => Match[] | Promise<Match[]>} */ #permit;
  /** @type {Loaded | null} */ #loaded = null;
  /** @type {Promise<boolean> | null} */ #running = null;
  /** @type {() => Promise<void>} called when a refresh brought something new */
  onChange = async () => {};

  /**
   * @param {{ store: import("./store.js").Store, session: import("./session.js").Session, now: () => number,
   *   permit?: (address: string, matches: Match[]) => Match[] | Promise<Match[]> }} parts `permit`: what the person's own list of sites leaves of
   *   the matches of an address; everything that fills asks here, so that nothing goes round it
   */
  constructor({ store, session, now, permit = (_, matches) => matches }) {
    this.#store = store;
    this.#session = session;
    this.#now = now;
    this.#permit = permit;
  }

  /** @returns {Status} */
  status() {
    return this.#store.get("table-status") ?? NEVER;
  }

  /** Drops what is kept in this process; the store is wiped by the session. A request under way is shared no more. */
  forget() {
    this.#loaded = null;
    this.#running = null;
  }

  /**
   * Asks the service whether anything changed. Askers that come while a request runs share it.
   * @param {{ atLeast?: number }} [options] `atLeast`: a revision known to exist; a shared answer older than it is asked again
   * @returns {Promise<boolean>} whether the table changed
   * @throws {ServiceAway | SignedOut | Refused}
   */
  async refresh({ atLeast = 0 } = {}) {
    const shared = this.#running !== null;
    let changed = await this.#once();
    if (shared && this.status().revision < atLeast) changed = (await this.#once()) || changed;
    return changed;
  }

  /**
   * For the occasions nobody asked for: keeps away from a service that is away, and never complains.
   * @returns {Promise<boolean>} whether the table changed
   */
  async refreshQuietly() {
    if (this.#now() < this.status().nextAt) return false;
    try {
      return await this.refresh();
    } catch (error) {
      if (error instanceof ServiceAway || error instanceof SignedOut || error instanceof Refused) return false;
      throw error;
    }
  }

  /**
   * For a login page that nothing matches: the answer must be younger than the page's look at it, but the service is
   * asked only once in five seconds, so the second of two quick looks waits for its turn.
   * @returns {Promise<boolean>} whether the table may have changed since the page was looked at
   */
  async refreshForUnmatched() {
    const wait = this.status().unmatchedAt + UNMATCHED_PAUSE - this.#now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(wait, UNMATCHED_PAUSE)));
    const { revision: before, unmatchedAt } = this.status();
    if (this.#now() - unmatchedAt >= UNMATCHED_PAUSE) {
      await this.#note({ unmatchedAt: this.#now() });
      await this.refreshQuietly();
    } else await this.#running?.catch(() => false);
    return this.status().revision !== before || wait > 0;
  }

  /** A page of the console says that this revision exists. @param {number} revision */
  async announce(revision) {
    const status = this.status();
    if (revision <= status.revision || revision <= status.announced) return;
    await this.#note({ announced: revision });
    await this.refresh({ atLeast: revision });
  }

  /** @returns {Promise<Loaded | null>} the table, or null when none was fetched yet */
  async loaded() {
    if (this.#loaded) return this.#loaded;
    const stored = await this.#store.load("table");
    if (!stored || !this.#session.current()) return null;
    this.#loaded = { revision: stored.revision, table: readTable(stored.table), records: stored.records };
    return this.#loaded;
  }

  /**
   * The records for a page, best first. Only a page that a `regex` link may hold is asked of the service.
   * @param {string} address as the browser gives it
   * @returns {Promise<Match[]>}
   */
  async find(address) {
    const loaded = await this.loaded();
    if (!loaded) return [];
    const { matches, undecided } = evaluate(loaded.table, address);
    let found = matches;
    if (undecided.length > 0) {
      try {
        const { body } = await this.#session.ask("POST", "/match", { body: { page_url: address } });
        found = body.matches.map((/** @type {any} */ m) => ({ ...m, record: m.record_id }));
      } catch (error) {
        if (!(error instanceof ServiceAway || error instanceof SignedOut || error instanceof Refused)) throw error;
        // What the table alone can say stays true; the undecided records are withheld.
      }
    }
    const named = found.map((match) => {
      const card = loaded.records[match.record];
      return { ...match, title: card?.title ?? "", username: card?.username ?? "", mayEdit: card?.may_edit ?? false };
    });
    return this.#permit(address, named);
  }

  /**
   * How many records the table alone finds for an address; asks nobody.
   * @param {string} address
   * @returns {Promise<number>}
   */
  async count(address) {
    const loaded = await this.loaded();
    if (!loaded) return 0;
    const found = evaluate(loaded.table, address).matches.map((match) => ({ ...match, title: "", username: "", mayEdit: false }));
    return (await this.#permit(address, found)).length;
  }

  /**
   * The records that may match an address, best first, each with what people pointed at on that page; asks nobody.
   * @param {string} address @param {string} page its origin and path
   * @returns {Promise<{ record: string, pins: import("./recognition/pins.js").Pin[] }[]>}
   */
  async pinned(address, page) {
    const loaded = await this.loaded();
    if (!loaded) return [];
    const { matches, undecided } = evaluate(loaded.table, address);
    return [...matches.map(({ record }) => record), ...undecided].map((record) => {
      const of = loaded.records[record]?.pins?.find((one) => one.page === page);
      return { record, pins: of?.pins ?? [] };
    });
  }

  async #once() {
    if (this.#running) return this.#running;
    const running = this.#ask().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #ask() {
    const session = this.#session.current();
    if (!session) throw new SignedOut("nobody is signed in");
    const status = this.status();
    const held = Math.ceil((status.heldUntil - this.#now()) / 1000);
    if (held > 0) throw new ServiceAway("the service asked to be left alone", held);
    await this.#note({ askedAt: this.#now() });
    let answer;
    let whole;
    try {
      const path = status.etag ? `/match-table?since=${status.revision}` : "/match-table";
      answer = await this.#session.ask("GET", path, { ifNoneMatch: status.etag });
      whole = answer.body?.changes ? putTogether(await this.#store.load("table"), answer.body) : answer.body?.table ? answer.body : null;
      if (whole === "damaged") {
        // What came out is no table: whatever the reason, the whole one puts it right.
        answer = await this.#session.ask("GET", "/match-table");
        whole = answer.body;
      }
    } catch (error) {
      await this.#failed(status.failures, error);
      throw error;
    }
    if (this.#session.current()?.id !== session.id) throw new SignedOut("signed out meanwhile");
    const seen = { checkedAt: this.#now(), failures: 0, away: false, heldUntil: 0, nextAt: 0 };
    if (answer.status === 304) {
      await this.#note(seen);
      return false;
    }
    const { revision, policy } = answer.body;
    if (!whole) {
      // Others' tables changed, this one did not.
      await this.#note({ ...seen, revision, etag: answer.etag });
      return false;
    }
    const { table, records } = whole;
    this.#loaded = { revision, table: readTable(table), records };
    await this.#store.set("table", { revision, table, records });
    await this.#note({ ...seen, revision, etag: answer.etag });
    await this.#session.setPolicy(policy);
    await this.onChange();
    return true;
  }

  /** When to ask again: later each time, and never before the service itself said. @param {number} failures @param {unknown} error */
  async #failed(failures, error) {
    if (!(error instanceof ServiceAway || (error instanceof Refused && error.status === 429))) return;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
    const held = (error.retryAfter ?? 0) * 1000;
    const now = this.#now();
    await this.#note({ failures: failures + 1, away: true, heldUntil: now + held, nextAt: now + Math.max(pause, held) });
  }

  /** @param {Partial<Status>} change */
  async #note(change) {
    if (!this.#session.current()) return;
    await this.#store.set("table-status", { ...this.status(), ...change });
  }
}

/**
 * @param {import("../shared/merge.js").Whole | undefined} before the table that is kept
 * @param {any} answer what the service says has changed of it
 * @returns {import("../shared/merge.js").Whole | "damaged"} the table as it is now
 */
function putTogether(before, answer) {
  try {
    if (!before) return "damaged";
    const made = merged(before, answer);
    MatchTable.fromJSON(made.table);
    return made;
  } catch {
    return "damaged";
  }
}

/** @param {unknown} json @returns {MatchTable} @throws {Refused} a table that this version of the extension cannot read */
function readTable(json) {
  try {
    return MatchTable.fromJSON(json);
  } catch (error) {
    if (error instanceof InvalidTable) throw new Refused("unreadable-table", 0, error.reason);
    throw error;
  }
}

/**
 * @param {MatchTable} table @param {string} address
 * @returns {{ matches: Found[], undecided: string[] }} nothing for what is no page address
 */
function evaluate(table, address) {
  try {
    return table.find(address);
  } catch (error) {
    if (error instanceof InvalidUrl) return { matches: [], undecided: [] };
    throw error;
  }
}

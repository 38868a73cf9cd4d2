// Who is signed in, and the two tokens that prove it. The tokens live in the store (storage.session) alone and are handed
// to nobody but `call`; the server's address is the person's own setting and is read from storage.local at every use, so
// that a session can never be sent to another server than the one it was opened on.

import { Refused, ServiceAway, SignedOut } from "./service.js";

/** A token this close to its end is renewed before use, in milliseconds; covers the request's own time and clock drift. */
const RENEW_BEFORE = 30_000;

/**
 * @typedef {{ get: (name: string) => Promise<Record<string, any>>, set: (values: { server: string }) => Promise<void> }} Setting where the server's address is
 * @typedef {{ refresh_interval: number, continuation: number, observe_chains?: boolean }} Policy seconds
 * @typedef {{ id: string, server: string, access: string, accessUntil: number, refresh: string,
 *   account: { id: string, name: string, administrator: boolean }, policy: Policy }} Current
 */

export class Session {
  /** @type {import("./store.js").Store} */ #store;
  /** @type {Setting} */ #settings;
  /** @type {import("./service.js").Call} */ #call;
  /** @type {() => number} */ #now;
  /** @type {Promise<void> | null} */ #renewing = null;
  /** @type {() => Promise<void>} what has to be done while everything is still known */
  onEnding = async () => {};
  /** @type {() => Promise<void>} what else has to be forgotten when a session ends */
  onEnd = async () => {};

  /**
   * @param {{ store: import("./store.js").Store, settings: Setting,
   *   call: import("./service.js").Call, now: () => number }} parts
   */
  constructor({ store, settings, call, now }) {
    this.#store = store;
    this.#settings = settings;
    this.#call = call;
    this.#now = now;
  }

  /** @returns {Promise<string | null>} the origin of the service */
  async server() {
    const { server } = await this.#settings.get("server");
    return typeof server === "string" ? server : null;
  }

  /** Points the extension at a service; whoever was signed in at another is signed out. @param {string} origin */
  async setServer(origin) {
    if ((await this.server()) === origin) return;
    await this.signOut();
    await this.#settings.set({ server: origin });
  }

  /** @returns {Current | null} */
  current() {
    return this.#store.get("session") ?? null;
  }

  /** @returns {boolean} whether the last session was ended by the service and not by the person */
  endedByService() {
    return this.#store.get("ended") === true;
  }

  /**
   * @param {{ username: string, password: string, device: string, code?: string }} credentials
   * @throws {Refused | ServiceAway}
   */
  async signIn(credentials) {
    const server = await this.server();
    if (!server) throw new SignedOut("no server");
    await this.signOut();
    const { body } = await this.#call(server, "POST", "/session", { body: credentials });
    await this.#keep(server, crypto.randomUUID(), body);
  }

  /** Forgets everything here first, then tells the service; the service being away keeps nobody signed in here. */
  async signOut() {
    const session = this.current();
    await this.#forget(false);
    if (!session) return;
    try {
      await this.#call(session.server, "DELETE", "/session", { token: session.access });
    } catch (error) {
      if (!(error instanceof ServiceAway || error instanceof Refused)) throw error;
      // The tokens are gone from here; the service lets them lapse by itself.
    }
  }

  /**
   * A request in the name of whoever is signed in. An old access token is renewed first, a refused one once.
   * @param {string} method @param {string} path @param {import("./service.js").Options} [options]
   * @returns {Promise<import("./service.js").Answer>}
   * @throws {SignedOut | ServiceAway | Refused}
   */
  async ask(method, path, options = {}) {
    let session = await this.#usable();
    if (session.accessUntil - this.#now() < RENEW_BEFORE) session = await this.#renew(session);
    try {
      return await this.#call(session.server, method, path, { ...options, token: session.access });
    } catch (error) {
      if (!(error instanceof Refused && error.status === 401)) throw error;
    }
    session = await this.#renew(session);
    try {
      return await this.#call(session.server, method, path, { ...options, token: session.access });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return this.#end(session);
      throw error;
    }
  }

  /** @param {Policy} policy as the newest answer of the service says */
  async setPolicy(policy) {
    const session = this.current();
    if (session) await this.#store.set("session", { ...session, policy });
  }

  /** @returns {Promise<Current>} the session, if it belongs to the server that is set now */
  async #usable() {
    const session = this.current();
    if (!session) throw new SignedOut("nobody is signed in");
    if (session.server !== (await this.server())) return this.#end(session);
    return this.current() ?? Promise.reject(new SignedOut("nobody is signed in"));
  }

  /**
   * Single flight: requests that find the token old wait for one renewal, and one that comes late uses its result. What
   * was asked in the name of one session is never asked again in that of the next.
   * @param {Current} old the session as the caller knew it
   * @returns {Promise<Current>}
   */
  async #renew(old) {
    if ((await this.#same(old)).access === old.access) {
      this.#renewing ??= this.#exchange(old).finally(() => (this.#renewing = null));
      await this.#renewing;
    }
    return this.#same(old);
  }

  /** @param {Current} old @returns {Promise<Current>} the same session with the tokens it has now */
  async #same(old) {
    const session = await this.#usable();
    if (session.id !== old.id) throw new SignedOut("signed out meanwhile");
    return session;
  }

  /** @param {Current} session */
  async #exchange(session) {
    const { refresh, server, id } = session;
    let answer;
    try {
      answer = await this.#call(server, "POST", "/session/refresh", { body: { refresh_token: refresh } });
    } catch (error) {
      if (error instanceof Refused && error.slug !== "too-many-attempts") return this.#end(session);
      throw error;
    }
    if (this.current()?.id !== id) throw new SignedOut("signed out meanwhile");
    await this.#keep(server, id, answer.body);
  }

  /** @param {string} server @param {string} id @param {any} body the service's session object */
  async #keep(server, id, body) {
    /** @type {Current} */
    const session = {
      id,
      server,
      access: body.access_token,
      accessUntil: this.#now() + body.access_expires_in * 1000,
      refresh: body.refresh_token,
      account: body.account,
      policy: body.policy,
    };
    await this.#store.set("session", session);
  }

  /** The service no longer knows the session: nothing of it may stay. @param {Current} session @returns {Promise<never>} */
  async #end(session) {
    if (this.current()?.id === session.id) await this.#forget(true);
    throw new SignedOut("the service ended the session");
  }

  /** @param {boolean} byService */
  async #forget(byService) {
    await this.onEnding().catch(() => {}); // Signing out waits for nothing.
    await this.#store.clear();
    await this.#store.set("boot", true);
    if (byService) await this.#store.set("ended", true);
    await this.onEnd();
  }
}

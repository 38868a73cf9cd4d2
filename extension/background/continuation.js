// When a page of a login may be filled without a second click: DESIGN 5.1 as pure functions over the choice that a
// person made. No browser, no clock, no storage here, so that every rule can be tested by itself.

import { stepOf } from "../shared/address.js";

/**
 * A record chosen on one page of a login, in one tab.
 * `from`: the origin of that page; `steps`: what was filled, as `kind address`; `waiting`: the host of a login page that no
 * link matched, the only one that may still be filled; `after`: the password is filled, only a code may follow; `home`: the
 * tab that opened this one, where the login began.
 * @typedef {{ record: string, title: string, from: string, until: number, steps: string[], waiting: string | null,
 *   after?: boolean, home?: number }} Choice
 * @typedef {{ choice: Choice | null, fill: string[] }} Decision
 */

/** How long a code may be asked for after the password, in milliseconds: a code lives for 30 s, and people look around. */
const CODE_TIME = 90_000;

/** Transitions by which a person, and not the page, chose where to go. */
const BY_PERSON = new Set(["typed", "auto_bookmark", "generated", "keyword", "keyword_generated", "start_page", "auto_toplevel"]);

/**
 * @param {{ record: string, title: string }} chosen
 * @param {URL} page where the person chose
 * @param {string[]} filled kinds of field that were filled there
 * @param {number} now milliseconds
 * @param {number} seconds how long the choice lives
 * @returns {Choice | null} null when nothing can follow: the login is done
 */
export function begin({ record, title }, page, filled, now, seconds) {
  return stepped({ record, title, from: page.origin, until: now + seconds * 1000, steps: [], waiting: null }, page, filled, now);
}

/**
 * @param {Choice} choice @param {string} transition @param {string[]} qualifiers as webNavigation.onCommitted gives them
 * @param {number} now
 * @returns {Choice | null}
 */
export function navigated(choice, transition, qualifiers, now) {
  return now >= choice.until || byPerson(transition, qualifiers) ? null : choice;
}

/** Did a person, by address bar, bookmark or history, choose where to go? @param {string} transition @param {string[]} qualifiers */
export function byPerson(transition, qualifiers) {
  if (qualifiers.includes("forward_back")) return true;
  return transition !== "reload" && (BY_PERSON.has(transition) || qualifiers.includes("from_address_bar"));
}

/**
 * A page of the tab has fields of these kinds: what may be filled, and what becomes of the choice?
 * @param {Choice} choice @param {URL} page @param {string[]} kinds
 * @param {boolean} close whether the chosen record matches the page closely
 * @param {number} now
 * @returns {Decision}
 */
export function met(choice, page, kinds, close, now) {
  if (now >= choice.until) return { choice: null, fill: [] };
  if (kinds.length === 0) return { choice, fill: [] };
  const open = kinds.filter((kind) => !choice.steps.includes(`${kind} ${stepOf(page)}`));
  // Whoever asks for more than a code after the password does not go on with the login: it failed, or it is another one.
  if (choice.after && open.some((kind) => kind !== "code")) return { choice: null, fill: [] };
  if (choice.waiting !== null && choice.waiting !== page.host) return { choice: null, fill: [] };
  if (!close) return { choice: { ...choice, waiting: page.host }, fill: [] };
  return { choice, fill: open };
}

/**
 * May the popup offer to link this page to the chosen record? Never an unencrypted page in a login that began on https: it
 * could be anybody's in the network, and a person sees only the host's familiar name.
 * @param {Choice} choice @param {URL} page @param {string[]} kinds of its fields @param {number} now
 * @returns {boolean}
 */
export function mayOffer({ from, until, waiting, after }, page, kinds, now) {
  if (now >= until || (after && (kinds.length === 0 || kinds.some((kind) => kind !== "code"))) || (waiting !== null && waiting !== page.host)) return false;
  return page.protocol === "https:" || !from.startsWith("https:");
}

/**
 * @param {Choice} choice @param {URL} page @param {string[]} filled @param {number} now
 * @returns {Choice | null} null when the login is done
 */
export function stepped(choice, page, filled, now) {
  const after = choice.after || filled.includes("password");
  if (after && filled.includes("code")) return null;
  const steps = [...choice.steps, ...filled.map((kind) => `${kind} ${stepOf(page)}`)];
  const step = { ...choice, waiting: null, steps };
  return after ? { ...step, after, until: Math.min(choice.until, now + CODE_TIME) } : step;
}

/**
 * Does a tab that the page of another one opened go on with the login there? Only for a page that asks for what comes next,
 * and only one such tab: the login moves there.
 * @param {Choice} choice of the tab that opened it @param {number} home that tab @param {URL} page @param {string[]} kinds
 * @param {boolean} close whether the chosen record matches the page closely
 * @param {number} now
 * @returns {Choice | null} the choice for the new tab
 */
export function moved(choice, home, page, kinds, close, now) {
  return close && met(choice, page, kinds, close, now).fill.length > 0 ? { ...choice, home } : null;
}

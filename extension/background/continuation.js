// When a page of a login may be filled without a second click: DESIGN 5.1 as pure functions over the choice that a
// person made. No browser, no clock, no storage here, so that every rule can be tested by itself.

import { stepOf } from "../shared/address.js";

/**
 * A record chosen on one page of a login, in one tab.
 * `from`: the origin of that page; `steps`: what was filled, as `kind address`; `waiting`: the host of a login page that no link matched, the only one
 * that may still be filled.
 * @typedef {{ record: string, title: string, from: string, until: number, steps: string[], waiting: string | null }} Choice
 * @typedef {{ choice: Choice | null, fill: string[] }} Decision
 */

/** Transitions by which a person, and not the page, chose where to go. */
const BY_PERSON = new Set(["typed", "auto_bookmark", "generated", "keyword", "keyword_generated", "start_page", "auto_toplevel"]);

/**
 * @param {{ record: string, title: string }} chosen
 * @param {URL} page where the person chose
 * @param {string[]} filled kinds of field that were filled there
 * @param {number} now milliseconds
 * @param {number} seconds how long the choice lives
 * @returns {Choice | null} null when the password is filled already: the login is done
 */
export function begin({ record, title }, page, filled, now, seconds) {
  if (filled.includes("password")) return null;
  return { record, title, from: page.origin, until: now + seconds * 1000, steps: stepsOf(page, filled), waiting: null };
}

/**
 * @param {Choice} choice @param {string} transition @param {string[]} qualifiers as webNavigation.onCommitted gives them
 * @param {number} now
 * @returns {Choice | null}
 */
export function navigated(choice, transition, qualifiers, now) {
  if (now >= choice.until) return null;
  if (qualifiers.includes("forward_back")) return null;
  if (transition === "reload") return choice;
  return BY_PERSON.has(transition) || qualifiers.includes("from_address_bar") ? null : choice;
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
  if (choice.waiting !== null && choice.waiting !== page.host) return { choice: null, fill: [] };
  if (!close) return { choice: { ...choice, waiting: page.host }, fill: [] };
  return { choice, fill: kinds.filter((kind) => !choice.steps.includes(`${kind} ${stepOf(page)}`)) };
}

/**
 * May the popup offer to link this page to the chosen record? Never an unencrypted page in a login that began on https: it
 * could be anybody's in the network, and a person sees only the host's familiar name.
 * @param {Choice} choice @param {URL} page @param {number} now
 * @returns {boolean}
 */
export function mayOffer({ from, until, waiting }, page, now) {
  if (now >= until || (waiting !== null && waiting !== page.host)) return false;
  return page.protocol === "https:" || !from.startsWith("https:");
}

/**
 * @param {Choice} choice @param {URL} page @param {string[]} filled
 * @returns {Choice | null} null when the login is done
 */
export function stepped(choice, page, filled) {
  if (filled.includes("password")) return null;
  return { ...choice, waiting: null, steps: [...choice.steps, ...stepsOf(page, filled)] };
}

/** @param {URL} page @param {string[]} filled */
function stepsOf(page, filled) {
  return filled.map((kind) => `${kind} ${stepOf(page)}`);
}

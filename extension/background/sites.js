// The person's list of sites: where Wayfill does nothing, where it asks each time, where only links of the very host count.
// Pure functions; the background holds them against every match (table.js), so that no page and no popup can go round.

import { webPage } from "../shared/address.js";

/**
 * `never`: nothing is offered, filled or saved; `ask`: every page is filled on a confirmed act alone, nothing carries on;
 * `host`: no match that was saved for another host.
 * @typedef {"never" | "ask" | "host"} Rule
 */

/** Why an entry was refused; `reason` is the key of a text in _locales. */
export class BadSite extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * The host that a person means by what they typed: a name, or an address of which only the host counts.
 * @param {string} typed
 * @returns {string}
 * @throws {BadSite}
 */
export function siteOf(typed) {
  const text = typed.trim();
  const url = webPage(/^[a-z][a-z0-9+.-]*:(\/\/|[^\d])/i.test(text) ? text : `https://${text}`);
  const host = url?.hostname.replace(/\.$/, "") ?? "";
  if (!url || url.username !== "" || host === "" || host.split(".").includes("") || /[*\s]/.test(text)) throw new BadSite("siteUnreadable");
  return host;
}

/**
 * An entry counts for its host and all hosts below it; the longest wins.
 * @param {Record<string, Rule>} sites @param {string} address
 * @returns {Rule | null}
 */
export function ruleOf(sites, address) {
  const host = webPage(address)?.hostname.replace(/\.$/, "");
  if (!host) return null;
  const labels = host.split(".");
  for (let start = 0; start < labels.length; start++) {
    const name = labels.slice(start).join(".");
    if (Object.hasOwn(sites, name)) return sites[name];
  }
  return null;
}

/**
 * @param {Rule | null} rule @param {import("./table.js").Match[]} matches
 * @returns {import("./table.js").Match[]}
 */
export function permitted(rule, matches) {
  if (rule === "never") return [];
  if (rule === "host") return matches.filter(({ close }) => close);
  // What is not close is confirmed by the person, and never carried on.
  if (rule === "ask") return matches.map((match) => ({ ...match, close: false, asks: match.close }));
  return matches;
}

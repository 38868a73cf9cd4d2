// A match table and what the service says has changed of it, put together. What comes out is only worth something if its
// check sum is right, which whoever reads it finds out (match.js); nothing here decides about a link.

import { BETWEEN_LINES } from "./check.js";

/**
 * @typedef {{ revision: number, links: string, went: string[], suffix_list: string | null, cuts: string[], check: number,
 *   affiliations?: any[], hosts?: string[] }} Changes
 * @typedef {{ table: any, records: Record<string, any> }} Whole
 */

/**
 * @param {Whole} before
 * @param {{ changes: Changes, records: Record<string, any> }} answer
 * @returns {Whole}
 */
export function merged({ table, records }, { changes, records: touched }) {
  const { links, went, ...parts } = changes;
  const gone = new Set([...went, ...Object.keys(touched)]);
  const kept = linesOf(table.links).filter((line) => !gone.has(line.slice(line.lastIndexOf(" ") + 1)));
  const lines = [...kept, ...linesOf(links)].sort(inOrder);
  const left = Object.entries(records).filter(([record]) => !gone.has(record));
  return {
    table: { ...table, ...parts, links: lines.join(BETWEEN_LINES) },
    records: { ...Object.fromEntries(left), ...touched },
  };
}

/** @param {string} links */
function linesOf(links) {
  return links === "" ? [] : links.split(BETWEEN_LINES);
}

/**
 * The service's order is that of characters, the language's own that of their halves: they differ for a few of them.
 * @param {string} one
 * @param {string} other
 */
function inOrder(one, other) {
  if (one === other) return 0;
  const end = Math.min(one.length, other.length);
  for (let at = 0; at < end; at += 1) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a !== b) return (one.codePointAt(at) ?? a) - (other.codePointAt(at) ?? b);
  }
  return one.length - other.length;
}

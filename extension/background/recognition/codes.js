// Which fields ask for a one-time code: one field, or a row of boxes that take one character each. A field is one by its own
// words, or by plainer words in a form that speaks of such codes; codes of vouchers, places and cards are not meant.

import { says } from "./text.js";

const TYPES = new Set(["text", "tel", "number", "password"]);
/** Codes have as many characters (RFC 4226 says six at least; some services send four, some eight). */
const SHORTEST = 4;
const LONGEST = 8;
/** A field that takes more than this is for something longer. */
const ROOM = 64;

/**
 * @param {Box} form @param {Field[]} fields those of the form that can be seen @param {Described["page"]} page
 * @returns {number[]} the fields of the code in their order; empty: none is asked for
 */
export function codeIn(form, fields, page) {
  const about = `${form.heading} ${form.text} ${form.attributes} ${form.buttons}`;
  const spoken = says("once", about) || says("once", page.title) || says("once", page.path);
  const row = boxes(fields);
  if (row.length > 0 && (spoken || row.some((field) => isCode(field, true, false)) || says("number", about))) return row.map(({ index }) => index);
  const one = fields.find((field) => isCode(field, spoken, fields.length === 1));
  return one ? [one.index] : [];
}

/**
 * @param {Field} field
 * @param {boolean} spoken whether the form speaks of one-time codes
 * @param {boolean} alone whether it asks for nothing else
 */
function isCode({ type, autocomplete, names, label, length }, spoken, alone) {
  if (autocomplete.includes("one-time-code")) return true;
  if (!TYPES.has(type) || autocomplete.some((token) => /^(cc-|postal|username|current-password|new-password)/.test(token))) return false;
  if (length > ROOM || (length > 0 && length < SHORTEST)) return false;
  const text = `${names} ${label}`;
  if (says("nocode", text)) return false;
  if (says("once", text)) return true;
  // "Code" is the word for a password in some languages.
  return type === "password" ? spoken && alone && says("number", text) : says("access", text) || (spoken && says("number", text));
}

/** The first row of boxes for one character each, of which the first may take a pasted code. @param {Field[]} fields */
function boxes(fields) {
  let start = 0;
  while (start < fields.length) {
    const { type, length } = fields[start];
    let end = start + 1;
    while (end < fields.length && fields[end].type === type && fields[end].index === fields[end - 1].index + 1 && isBox(fields[end])) end++;
    const count = end - start;
    if (TYPES.has(type) && length <= LONGEST && count >= SHORTEST && count <= LONGEST) return fields.slice(start, end);
    start = end;
  }
  return [];
}

/** @param {Field} field */
function isBox({ length, autocomplete }) {
  return length === 1 || (length === 0 && autocomplete.includes("one-time-code"));
}

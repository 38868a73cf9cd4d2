// A new password in a form that asks for one: what the form says of itself, and putting the password in. Runs in the page
// on demand, beside the content scripts whose eyes and hands it borrows; the background names the document it is for.

import { browser } from "../shared/browser.js";
import * as pages from "./pages.js";

/** @typedef {{ fields: number, username: string, rules: string }} Form `fields`: how many ask for a new password */

/**
 * @param {number} tabId
 * @returns {Promise<Form | null>} null: there is none
 */
export async function look(tabId) {
  const seen = await pages.look(tabId);
  return typeof seen === "string" ? null : run(tabId, seen, null, false);
}

/**
 * Puts a password into the fields of a page that ask for a new one.
 * @param {number} tabId @param {string} page the document that the person saw; empty: the one that is there now
 * @param {string} password
 * @param {{ certificates: import("./certificates.js").Certificates, focused?: boolean }} how `focused`: into the field that has
 *   the focus, whatever it asks for
 * @returns {Promise<number>} how many fields hold it now
 */
export async function put(tabId, page, password, { certificates, focused = false }) {
  const seen = await pages.look(tabId);
  if (typeof seen === "string" || (page !== "" && seen.id !== page) || (await certificates.isBroken(seen.url))) return 0;
  return (await run(tabId, seen, password, focused))?.fields ?? 0;
}

/** @param {number} tabId @param {pages.Seen} seen @param {string | null} password @param {boolean} focused @returns {Promise<Form | null>} */
async function run(tabId, seen, password, focused) {
  try {
    const [answer] = await browser.scripting.executeScript({
      target: { tabId, frameIds: [0] },
      func: inPage,
      args: [seen.id, seen.url.href.split("#")[0], password, focused, seen.logins.map((login) => login.password)],
    });
    return answer?.result ?? null;
  } catch {
    return null; // The page is gone, or lets no extension in.
  }
}

/**
 * Runs in the page's isolated world; names of the content scripts only.
 * @param {string} id @param {string} address @param {string | null} value @param {boolean} focused
 * @param {(number | null)[]} present the fields that ask for a password which exists
 * @returns {Form | null}
 */
function inPage(id, address, value, focused, present) {
  if (id !== page || location.href.split("#")[0] !== address) return null;
  const known = present.map((number) => inputs.get(number ?? 0));
  const here = /** @type {Input | null} */ (document.activeElement);
  const all = focused
    ? [here].filter((field) => field instanceof HTMLInputElement && ["password", "text"].includes(field.type))
    : /** @type {Input[]} */ ([...document.querySelectorAll("input[type=password]")]).filter((field) => field.autocomplete === "new-password" || !known.includes(field));
  const fields = /** @type {Input[]} */ (all).filter((field) => !field.disabled && !field.readOnly && rendered(field));
  if (fields.length === 0) return null;
  const near = fields[0].form ?? document;
  const names = /** @type {Input[]} */ ([...near.querySelectorAll("input[type=email], input[autocomplete~=username], input[type=text], input:not([type])")]);
  const username = names.find((field) => field.value !== "" && rendered(field))?.value ?? "";
  let done = fields.length;
  if (value !== null) {
    done = 0;
    for (const field of fields) {
      if ((field.maxLength >= 0 && value.length > field.maxLength) || !mayReceive(targets(field), []) || !uncovered(field)) continue;
      enter(field);
      type(field, value);
      done++;
    }
  }
  return { fields: done, username: username.slice(0, 500), rules: fields[0].getAttribute("passwordrules")?.slice(0, 1_000) ?? "" };
}

// The one way from the background to a page. What understands forms is brought into a document only here, when it is
// needed; a message goes to one document and to no other: by the browser's document id where it has one, and always by the
// random name that the document gave itself.

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import { isView, loginsOf } from "./recognition/view.js";

/** The kinds of field there are; everything else is dropped. */
export const KINDS = ["username", "password", "code"];
/** In this order, for they are classic scripts of one world; content/watch.js alone is in every page. */
const SCRIPTS = ["visible", "fields", "fill", "page"].map((name) => `content/${name}.js`);
const TOP = 0;

/**
 * @typedef {import("./recognition/view.js").Recognised} Recognised
 * @typedef {{ id: string, kinds: string[], actions: string[], url: URL, logins: Recognised[], view: View }} Seen what a look at a page says
 * @typedef {{ filled: string[], refused: { kind: string, why: string }[], moved?: boolean }} Filled
 * @typedef {{ documentId?: string, frameId?: number }} Document the document of a tab that is meant; without both: the page's own
 */

/** Injections under way, so that two askers bring the scripts once. @type {Map<string, Promise<unknown>>} */
const running = new Map();

/**
 * Looks at the page that a tab shows now, or at one of its frames.
 * @param {number} tabId @param {{ frameId: number, documentId?: string, url: URL }} [frame]
 * @returns {Promise<Seen | "no-page" | "no-script">} `no-page`: nothing that can be filled; `no-script`: reload it first
 */
export async function look(tabId, frame) {
  const tab = await browser.tabs.get(tabId).catch(() => null); // Closed meanwhile.
  const url = frame?.url ?? webPage(tab?.url);
  if (!url) return "no-page";
  const answer = await ask(tabId, { type: "look" }, { frameId: frame?.frameId ?? TOP, documentId: frame?.documentId });
  if (!answer || answer.origin !== url.origin || typeof answer.page !== "string" || !isView(answer.view)) return "no-script";
  return read({ id: answer.page, url, view: answer.view }, loginsOf(answer.view));
}

/** What was seen, as one understands it. @param {Pick<Seen, "id" | "url" | "view">} seen @param {Recognised[]} logins @returns {Seen} */
export function read({ id, url, view }, logins) {
  return { id, kinds: logins[0]?.kinds ?? [], actions: logins[0]?.actions ?? [], url, logins, view };
}

/**
 * Brings the scripts into a page that reported inputs, and a further one where it is wanted.
 * @param {number} tabId @param {Document} [at] @param {string} [script]
 */
export async function equip(tabId, at = {}, script) {
  await ask(tabId, { type: "ping" }, at);
  if (script) await browser.scripting.executeScript({ target: targetOf(tabId, at), files: [script] }).catch(() => []); // Gone, or the browser's own.
}

/** Says something to a document that has the scripts. @param {number} tabId @param {object} message @param {Document} at @returns {Promise<any>} */
export function say(tabId, message, at) {
  const options = at.documentId ? { documentId: at.documentId } : { frameId: at.frameId ?? TOP };
  return browser.tabs.sendMessage(tabId, message, options).catch(() => undefined); // Nobody there to hear it.
}

/** @param {number} tabId @param {Document} at */
function targetOf(tabId, at) {
  return at.documentId ? { tabId, documentIds: [at.documentId] } : { tabId, frameIds: [at.frameId ?? TOP] };
}

/**
 * Asks a document, and brings the scripts there first where they are not.
 * @param {number} tabId @param {object} message @param {Document} at @returns {Promise<any>} undefined: nothing can be asked there
 */
async function ask(tabId, message, at) {
  const answer = await say(tabId, message, at);
  if (answer !== undefined) return answer;
  const key = `${tabId} ${at.documentId ?? at.frameId}`;
  if (!running.has(key)) {
    const bringing = browser.scripting.executeScript({ target: targetOf(tabId, at), files: SCRIPTS }).catch(() => []); // A page of the browser's own.
    running.set(key, bringing.finally(() => running.delete(key)));
  }
  await running.get(key);
  return say(tabId, message, at);
}

/**
 * Hands values to the document they were released for, and drops them. It checks by itself that it is still that document at
 * that address.
 * @param {number} tabId
 * @param {{ id: string, address: string } & Document} page
 * @param {{ values: Record<string, string>, fields: Record<string, number[]>, sites: string[], act: boolean }} order
 *   `fields`: the numbers of the fields for each value; `sites`: origins other than the page's own that its form may send
 *   to; `act`: a person asked for this very page
 * @returns {Promise<Filled>}
 */
export async function fill(tabId, page, order) {
  const target = page.documentId ? { documentId: page.documentId } : { frameId: page.frameId ?? TOP };
  try {
    const message = { type: "fill", page: page.id, address: page.address, ...order };
    return (await browser.tabs.sendMessage(tabId, message, target)) ?? { filled: [], refused: [], moved: true };
  } catch {
    return { filled: [], refused: [], moved: true };
  } finally {
    for (const kind of Object.keys(order.values)) delete order.values[kind];
  }
}

/**
 * Asks the page to keep looking for fields that come later, because a login is under way in this tab.
 * @param {number} tabId @param {number} milliseconds how long
 */
export async function watch(tabId, milliseconds) {
  await ask(tabId, { type: "watch", milliseconds }, {});
}

/** @param {Recognised | undefined} login @param {string[]} kinds @returns {Record<string, number[]>} the numbers of its fields */
export function fieldsOf(login, kinds) {
  if (!login) return {};
  const { username, password, code } = login;
  const all = { username: [username], password: [password], code };
  return Object.fromEntries(kinds.map((kind) => [kind, all[/** @type {keyof typeof all} */ (kind)].flatMap((one) => one ?? [])]));
}

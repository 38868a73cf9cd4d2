// What becomes of a sign-in that a person typed by hand, as pure functions: the pages of a chain put together to one login,
// whether it worked, and which record it belongs to. No browser, no clock, no storage here.

/** How long values wait for a person's answer, in milliseconds. */
export const LIFE = 300_000;

/**
 * `document`: the name of the document that sent it; `pages`: where it was typed, the first page first; `under`: the record that was chosen for this login; `sent` until the
 * page has shown that it worked.
 * @typedef {{ id: string, document: string, username: string, password: string, pages: string[], under: string | null, until: number, state: "typed" | "sent" | "worked" }} Caught
 * @typedef {{ record: string, title: string, username: string, mayEdit: boolean }} Candidate
 */

/**
 * @param {Caught | null} before what the pages before this one gave
 * @param {{ username: string, password: string, document?: string }} values
 * @param {string} page origin and path
 * @param {string | null} under
 * @param {number} now
 * @returns {Caught}
 */
export function caught(before, { username, password, document = "" }, page, under, now) {
  const chain = before && before.state === "typed" && now < before.until ? before : null;
  const pages = [...(chain?.pages ?? []), page];
  return {
    id: crypto.randomUUID(),
    document,
    username: username || (chain?.username ?? ""),
    password,
    pages: pages.filter((one, at) => pages.indexOf(one) === at).slice(-5),
    under: under ?? chain?.under ?? null,
    until: now + LIFE,
    state: password === "" ? "typed" : "sent",
  };
}

/**
 * A page came after the login was sent. It did not work when that page asks for a password on the same host again.
 * @param {Caught} login @param {string} page @param {string[]} kinds of login field on it
 * @returns {boolean}
 */
export function asksAgain({ pages }, page, kinds) {
  return kinds.includes("password") && new URL(page).host === new URL(pages[pages.length - 1]).host;
}

/**
 * The record that a login most likely belongs to: the one under way, the one of that user name, the only one where no user
 * name was typed.
 * @param {Caught} login @param {Candidate[]} candidates records that match its pages
 * @returns {{ offered: boolean, record: string | null, candidates: Candidate[] }} `record` null: a new one. `offered` false: it is a record
 *   that the person may not change
 */
export function meant({ username, under }, candidates) {
  const same = (/** @type {Candidate} */ one) => one.username.toLowerCase() === username.toLowerCase();
  const editable = candidates.filter((one) => one.mayEdit);
  const found =
    candidates.find((one) => one.record === under && (username === "" || same(one))) ??
    (username === "" ? (candidates.length === 1 ? candidates[0] : undefined) : (editable.find(same) ?? candidates.find(same)));
  return { offered: !found || found.mayEdit, record: found?.record ?? null, candidates: editable };
}

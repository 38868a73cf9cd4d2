// Which fields ask for an existing account's username, password and one-time code: pure functions over descriptions, so
// that they run in Node as well. They see no value, and no rule here is for a single site.

import { codeIn } from "./codes.js";
import { pattern, says } from "./text.js";

/** Tokens of `autocomplete` by which a field is something else than a username. */
const OTHER_TOKENS = /^(one-time-code|new-password|cc-|given-name|family-name|name$|street|postal|address|organization|bday|country)/;
/** A form this far from a login that asks for a new password is a sign-up. */
const SIGN_UP = -3;
/** What takes fewer characters is a part of a password at most. */
const SHORTEST = 4;

/** How much a text field looks like a username; below 0 it is something else. @param {Field} field */
function usernameScore({ autocomplete, type, names, label }) {
  if (autocomplete.includes("username") || autocomplete.includes("webauthn")) return 20;
  if (autocomplete.some((token) => OTHER_TOKENS.test(token))) return -20;
  let score = autocomplete.includes("email") ? 8 : autocomplete.some((token) => token.startsWith("tel")) ? 3 : 0;
  if (type === "search") score -= 20;
  if (type === "email") score += 6;
  if (type === "tel") score += 1;
  for (const text of [names, label]) {
    const user = says("username", text);
    const email = says("email", text);
    if (user) score += 6;
    if (email) score += 4;
    if (says("phone", text) && !user && !email) score += 3;
    if (says("search", text)) score -= 10;
    if (says("code", text) && !user) score -= 8;
    if (says("other", text) && !user && !email) score -= 7;
  }
  return score;
}

/** Whether a password field asks for a password that does not exist yet. @param {Field} field @param {boolean} believed its token */
export function isFresh({ autocomplete, names, label }, believed) {
  if (autocomplete.includes("current-password")) return false;
  if (believed && autocomplete.includes("new-password")) return true;
  const text = `${names} ${label}`;
  return says("fresh", text) && !says("current", text);
}

/**
 * What is hidden as it is typed, but is no password of an account. "Code" is the word for one in some languages, and some
 * networks have accounts: a form that is surely a login is believed.
 * @param {Field} field @param {number} score
 */
function isOther({ names, label, length }, score) {
  if (length > 0 && length < SHORTEST) return true;
  const text = `${names} ${label}`;
  return says("secret", text) || (score < 6 && (says("code", names) || says("network", text)));
}

/** Whether buttons are for a login (1) or for making an account (-1); of both, the first counts half. @param {string} buttons */
function leaning(buttons) {
  const each = buttons.split(" , ");
  const [login, signup, next] = /** @type {const} */ (["login", "signup", "next"]).map((name) => each.findIndex((button) => says(name, button)));
  if (signup < 0) return login < 0 ? 0 : 1;
  // What comes after the button that leads on is the other way.
  if (login < 0) return next >= 0 && next < signup ? 0 : -1;
  return Math.sign(signup - login) / 2;
}

/** For and against a form being a login, from its words and its shape. @param {Box} form @param {Field[]} fields @param {Described["page"]} page */
function judge(form, fields, page) {
  const passwords = fields.filter((field) => field.type === "password");
  const buttons = form.buttons.replace(pattern("social"), "");
  let score = 0;
  /** @type {[string, number][]} */
  const places = [[form.heading, 3], [form.attributes, 3], [page.title, 1], [page.path, 2]];
  for (const [text, weight] of places) {
    if (says("login", text)) score += weight;
    if (says("signup", text)) score -= weight;
    if (weight > 1 && says("reset", text)) score -= weight;
    if (weight > 1 && says("newsletter", text)) score -= weight;
  }
  const lean = leaning(buttons);
  score += 4 * lean;
  // A button for a forgotten password stands beside the one field of many a login.
  if (says("reset", buttons) && passwords.length !== 1) score -= 4;
  if (says("newsletter", buttons)) score -= 4;
  if (says("next", buttons)) score += passwords.length > 0 ? 1 : 2;
  if (says("remember", form.text)) score += 4;
  if (says("reset", form.links)) score += 3;
  if (says("terms", form.text)) score -= 3;
  if (says("member", form.text) && !says("login", form.heading)) score -= 3;
  // What is saved or added is a setting or somebody's account, and a new password is told what it must be made of.
  if (says("save", buttons) && !says("login", buttons) && !says("signup", buttons)) score -= 4;
  if (passwords.length > 0 && [form.text, ...passwords.map(({ label }) => label)].some((text) => says("rule", text))) score -= 3;
  if (passwords.some((field) => field.autocomplete.includes("current-password"))) score += lean < 0 ? 2 : 8;
  if (fields.some((field) => field.autocomplete.includes("username"))) score += 2;
  if (passwords.length > 1) score -= 4;
  if (form.choices > 1) score -= 3;
  score -= 2 * fields.filter((field) => field.type !== "password" && usernameScore(field) < 0).length;
  // Many a login calls its only password "new" to keep the browser's own manager away.
  let believed = !(passwords.length === 1 && says("login", buttons) && !says("signup", buttons));
  if (passwords.some((field) => isFresh(field, believed))) score -= 6;
  if (score < 6) believed = true;
  const old = passwords.filter((field) => !isFresh(field, believed));
  return { score, passwords, old, usable: old.filter((field) => !isOther(field, score)) };
}

/** The likeliest username; of equals the one nearest to the password. @param {Field[]} fields @param {number} end */
function best(fields, end) {
  /** @type {Field | null} */
  let winner = null;
  // The one field before a password in its form is its username, whatever it is called.
  let top = fields.length === 1 ? -9 : -5;
  for (const field of fields) {
    const score = usernameScore(field) - (end - field.index > 6 ? 2 : 0);
    if (score >= top) [winner, top] = [field, score];
  }
  return winner;
}

/**
 * Login forms, the likeliest first. One beside a form in which an account is made is `doubtful`, unless its page or its
 * password says which is which: which of the two a person has in mind, only the person knows.
 * @param {Described} described @returns {Login<number>[]}
 */
export function recognise({ page, forms, fields }) {
  /** @type {(Login<number> & { score: number })[]} */
  const found = [];
  let signUps = 0;
  forms.forEach((form, number) => {
    const every = fields.filter((field) => field.form === number && field.seen);
    const code = codeIn(form, every, page);
    const own = every.filter((field) => !code.includes(field.index));
    if (every.length === 0) return;
    if (own.length === 0) return void found.push({ username: null, password: null, code, doubtful: true, score: 12 });
    const { score, passwords, old, usable } = judge(form, own, page);
    if (score < SIGN_UP && passwords.some((field) => isFresh(field, true))) signUps++;
    // What a form is sure to be no login for, needs no code of an account either.
    if (score < SIGN_UP) code.length = 0;
    const password = usable.find((field) => field.autocomplete.includes("current-password")) ?? usable[0];
    const texts = own.filter((field) => field.type !== "password");
    if (password) {
      // Where nothing is said, a form is a login: most sign-ups say what they are.
      if (score < 0) return;
      const before = texts.filter((field) => field.index < password.index);
      const username = best(before.length > 0 ? before : texts, password.index);
      const sure = password.autocomplete.includes("current-password");
      found.push({ username: username?.index ?? null, password: password.index, code, doubtful: !sure, score: score + 20 });
    } else if (passwords.length === old.length) {
      const username = best(texts, Infinity);
      if (username && usernameScore(username) >= 4 && score >= 2 && texts.filter((field) => usernameScore(field) >= 0).length <= 3) {
        found.push({ username: username.index, password: null, code, doubtful: true, score: score + usernameScore(username) / 2 });
      } else if (code.length > 0) found.push({ username: null, password: null, code, doubtful: true, score: 10 });
    }
  });
  const signIn = [page.title, page.path].some((text) => says("login", text) || says("account", text));
  return found
    .sort((a, b) => b.score - a.score)
    .map(({ score: _, ...login }) => ({ ...login, doubtful: login.doubtful && signUps > 0 && !signIn }));
}

// Which fields of a page ask for the username and the password of an existing account. Pure functions over plain
// descriptions of inputs and their forms (fields.js makes them), so that they run in Node as well; they see no value.
"use strict";

(() => {
  const wayfill = (globalThis.wayfill ??= {});
  /** Letters of scripts that put no spaces between words. */
  const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

  /** @type {Record<string, RegExp>} */
  const WORDS = {};
  for (const [name, list] of Object.entries(/** @type {Record<string, string>} */ (wayfill.words))) {
    const parts = list.split(/\|(?![^(]*\))/);
    const loose = parts.filter((part) => UNSPACED.test(part));
    const strict = parts.filter((part) => !UNSPACED.test(part));
    WORDS[name] = new RegExp(`(?<![\\p{L}])(?:${strict.join("|")})(?![\\p{L}])${loose.map((part) => `|${part}`).join("")}`, "u");
  }

  /** Text as the word lists are written: camelCase and separators opened, no accents, lower case. @param {string} text */
  function plain(text) {
    return text
      .slice(0, 400)
      .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .normalize("NFC")
      .toLowerCase()
      .replace(/[_\-.:[\]/'’+]+/g, " ");
  }

  /** @param {string} name @param {string} text @returns {boolean} */
  const says = (name, text) => WORDS[name].test(text);

  /** What a text field looks like as a username: the higher the better, below 0 it is something else. */
  function usernameScore(/** @type {any} */ field) {
    const tokens = field.autocomplete;
    if (tokens.includes("username") || tokens.includes("webauthn")) return 20;
    if (tokens.some((/** @type {string} */ t) => /^(one-time-code|new-password|cc-|given-name|family-name|name$|street|postal|address|organization|bday|country)/.test(t))) return -20;
    let score = tokens.includes("email") ? 8 : tokens.some((/** @type {string} */ t) => t.startsWith("tel")) ? 3 : 0;
    if (field.type === "search") score -= 20;
    if (field.type === "email") score += 6;
    if (field.type === "tel") score += 1;
    for (const [text, weight] of /** @type {[string, number][]} */ ([[field.names, 1], [field.label, 1]])) {
      if (says("username", text)) score += 6 * weight;
      if (says("email", text)) score += 4 * weight;
      if (says("phone", text)) score += 2 * weight;
      if (says("code", text) && !says("username", text)) score -= 8;
      if (says("search", text)) score -= 10;
      if (says("other", text) && !says("username", text) && !says("email", text)) score -= 7;
    }
    return score;
  }

  /** Whether a password field asks for a password that does not exist yet. */
  function isFresh(/** @type {any} */ field) {
    if (field.autocomplete.includes("current-password")) return false;
    if (field.autocomplete.includes("new-password")) return true;
    const text = `${field.names} ${field.label}`;
    return says("fresh", text) && !says("current", text);
  }

  /** For and against a form being a login, from its words and its shape. */
  function loginScore(/** @type {any} */ form, /** @type {any[]} */ fields, /** @type {any} */ page) {
    let login = 0;
    let other = 0;
    /** @type {[string, number][]} */
    const places = [[form.buttons, 4], [form.heading, 3], [form.attributes, 3], [page.title, 1], [page.path, 2]];
    for (const [text, weight] of places) {
      const register = says("signup", text);
      const reset = says("reset", text);
      if (says("login", text)) login += weight;
      if (register) other += weight;
      if (reset && weight > 1) other += weight;
      if (says("newsletter", text) && weight > 1) other += weight;
    }
    if (says("next", form.buttons)) login += 1;
    if (says("remember", form.text)) login += 4;
    if (says("reset", form.links)) login += 3;
    if (says("terms", form.text)) other += 3;
    const passwords = fields.filter((field) => field.type === "password");
    const fresh = passwords.filter(isFresh).length;
    if (passwords.some((field) => field.autocomplete.includes("current-password"))) login += 8;
    if (fields.some((field) => field.autocomplete.includes("username"))) login += 2;
    if (fresh > 0) other += 6;
    if (passwords.length > 1) other += 4;
    const extra = fields.filter((field) => field.type !== "password" && usernameScore(field) < 0).length;
    other += 2 * extra + (form.choices > 1 ? 3 : 0);
    return login - other;
  }

  /**
   * @param {{ page: { title: string, path: string }, forms: any[], fields: any[] }} described fields in page order, each with
   *   the number of its form; texts already `plain`
   * @returns {{ username: number | null, password: number | null }[]} login forms, the likeliest first; numbers of fields
   */
  function recognise({ page, forms, fields }) {
    /** @type {{ username: number | null, password: number | null, score: number }[]} */
    const found = [];
    forms.forEach((form, number) => {
      const own = fields.filter((field) => field.form === number && field.seen);
      if (own.length === 0) return;
      const score = loginScore(form, own, page);
      const passwords = own.filter((field) => field.type === "password");
      const usable = passwords.filter((field) => !isFresh(field) && !says("code", field.names));
      const password = usable.find((field) => field.autocomplete.includes("current-password")) ?? usable[0];
      const texts = own.filter((field) => field.type !== "password");
      if (password) {
        // With one password field and nothing said, a form is a login; two or more have to say so.
        if (score < (passwords.length > 1 ? 0 : -5)) return;
        const before = texts.filter((field) => field.index < password.index);
        const username = best(before.length > 0 ? before : texts, password.index);
        found.push({ username: username?.index ?? null, password: password.index, score: score + 20 });
      } else if (passwords.length === 0) {
        const username = best(texts, Infinity);
        if (!username) return;
        const points = usernameScore(username);
        if (points < 4 || score < 2 || texts.length > 3) return;
        found.push({ username: username.index, password: null, score: score + points / 2 });
      }
    });
    return found.sort((a, b) => b.score - a.score).map(({ username, password }) => ({ username, password }));
  }

  /** The likeliest username among text fields; of equals the one nearest to the password. */
  function best(/** @type {any[]} */ fields, /** @type {number} */ end) {
    let winner = null;
    let top = -5;
    for (const field of fields) {
      const score = usernameScore(field) - (end - field.index > 6 ? 2 : 0);
      if (score >= top) [winner, top] = [field, score];
    }
    return winner;
  }

  Object.assign(wayfill, { recognise, plain });
})();

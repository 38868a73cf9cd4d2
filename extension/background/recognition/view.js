// What a page says it looks like, held against the form that such a description must have, and what is made of it. A page's
// process may be anybody's: nothing it says is taken beyond these bounds, and nothing it says decides where a value goes
// but among its own fields.

import { recognise } from "./recognise.js";
import { plain } from "./text.js";

/** More than content/fields.js ever sends. */
const MOST = 200;
const LONGEST = 4_096;

/**
 * The kinds of a login with the numbers of their fields; `locked` ones are left out.
 * @typedef {{ username: number | null, password: number | null, code: number[], doubtful: boolean, kinds: string[], actions: string[] }} Recognised
 */

/** @param {unknown} value @returns {value is View} */
export function isView(value) {
  if (!isObject(value) || !isObject(value.page) || !Array.isArray(value.forms) || !Array.isArray(value.fields)) return false;
  if (value.forms.length > MOST || value.fields.length > MOST) return false;
  const { forms } = value;
  return (
    hasTexts(value.page, ["title", "path"]) &&
    forms.every((form) => isObject(form) && hasTexts(form, ["attributes", "heading", "buttons", "links", "text"]) && isCount(form.choices) && areTexts(form.actions)) &&
    value.fields.every(
      (field) =>
        isObject(field) &&
        hasTexts(field, ["type", "autocomplete", "names", "label"]) &&
        [field.id, field.form, field.length].every(isCount) &&
        field.form < forms.length &&
        [field.seen, field.locked, field.focused].every((one) => typeof one === "boolean"),
    )
  );
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {Record<string, any>} value @param {string[]} names */
const hasTexts = (value, names) => names.every((name) => typeof value[name] === "string" && value[name].length <= LONGEST);

/** @param {unknown} value */
const areTexts = (value) => Array.isArray(value) && value.length <= 20 && value.every((one) => typeof one === "string" && one.length <= LONGEST);

/** @param {unknown} value @returns {value is number} */
const isCount = (value) => Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;

/**
 * The logins of a page, the likeliest first; the one in which the person is comes before all.
 * @param {View} view @returns {Recognised[]}
 */
export function loginsOf(view) {
  const { page, forms, fields } = view;
  const described = {
    page: { title: plain(page.title), path: plain(page.path) },
    forms: forms.map((form) => ({
      ...form,
      attributes: plain(form.attributes),
      heading: plain(form.heading),
      buttons: plain(form.buttons),
      links: plain(form.links),
      text: plain(form.text),
    })),
    fields: fields.map((field, index) => ({
      ...field,
      index,
      autocomplete: field.autocomplete.toLowerCase().split(/\s+/).filter(Boolean),
      names: plain(field.names),
      label: plain(field.label),
    })),
  };
  const found = recognise(described).map((login) => withNumbers(view, login));
  const at = found.findIndex(({ in: places }) => places.some((place) => fields[place].focused));
  if (at > 0) found.unshift(...found.splice(at, 1));
  return found.map(({ in: _, ...login }, place) => (place === 0 && at >= 0 ? { ...login, doubtful: false } : login));
}

/** @param {View} view @param {Login<number>} login places among the view's fields */
function withNumbers({ forms, fields }, { username, password, code, doubtful }) {
  const numbers = (/** @type {(number | null)[]} */ places) => places.flatMap((place) => (place === null ? [] : fields[place].id));
  const open = (/** @type {(number | null)[]} */ places) => places.some((place) => place !== null && !fields[place].locked);
  const kinds = [open([username]) ? "username" : "", open([password]) ? "password" : "", open(code) ? "code" : ""].filter(Boolean);
  const places = [username, password, ...code].filter((place) => place !== null);
  return {
    username: numbers([username])[0] ?? null,
    password: numbers([password])[0] ?? null,
    code: numbers(code),
    doubtful,
    kinds,
    actions: places.length > 0 ? forms[fields[places[0]].form].actions : [],
    in: places,
  };
}

// What a page says it looks like, held against the form that such a description must have, and what is made of it. A page's
// process may be anybody's: nothing it says is taken beyond these bounds, and nothing it says decides where a value goes
// but among its own fields.

import { objection, placeOf } from "./pins.js";
import { isFresh, recognise } from "./recognise.js";
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
 * @param {View} view @param {import("./pins.js").Pin[]} [pins] what a person pointed at here
 * @returns {Recognised[]}
 */
export function loginsOf(view, pins = []) {
  const { fields } = view;
  const described = plainly(view);
  const found = pinned(view, described, recognise(described), pins).map((login) => withNumbers(view, login));
  const at = found.findIndex(({ in: places }) => places.some((place) => fields[place].focused));
  if (at > 0) found.unshift(...found.splice(at, 1));
  return found.map(({ in: _, ...login }, place) => (place === 0 && at >= 0 ? { ...login, doubtful: false } : login));
}

/** @param {View} view @returns {Described} */
function plainly({ page, forms, fields }) {
  return {
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
}

/**
 * May a person pin this field as such a one?
 * @param {View} view @param {number} place @param {Kind} kind
 */
export function objectionTo(view, place, kind) {
  const field = plainly(view).fields[place];
  return objection(field, kind, isFresh(field, true));
}

/**
 * What was pointed at is a login before all others; recognition adds what it finds in the same form.
 * @param {View} view @param {Described} described @param {Login<number>[]} found @param {import("./pins.js").Pin[]} pins
 * @returns {Login<number>[]}
 */
function pinned({ fields }, described, found, pins) {
  /** @type {Partial<Record<Kind, number>>} */
  const places = {};
  for (const { kind, field } of pins) {
    const place = placeOf(fields, field);
    const taken = Object.values(places).includes(place);
    if (place >= 0 && !taken && objection(described.fields[place], kind, isFresh(described.fields[place], true)) === null) places[kind] = place;
  }
  const own = Object.values(places);
  if (own.length === 0) return found;
  const forms = own.map((place) => fields[place].form);
  /** @param {Login<number>} login */
  const partsOf = ({ username, password, code }) => [username, password, ...code].filter((place) => place !== null);
  const base = found.find((login) => partsOf(login).some((place) => forms.includes(fields[place].form)));
  /** @param {number | null | undefined} place */
  const left = (place) => (place === null || place === undefined || own.includes(place) ? null : place);
  const login = {
    username: places.username ?? left(base?.username),
    password: places.password ?? left(base?.password),
    code: places.code !== undefined ? [places.code] : (base?.code ?? []).filter((place) => !own.includes(place)),
    doubtful: false,
  };
  return [login, ...found.filter((one) => one !== base)];
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
    actions: [...new Set(places.flatMap((place) => forms[fields[place].form].actions))],
    in: places,
  };
}

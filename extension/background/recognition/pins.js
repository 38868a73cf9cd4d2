// Fields that a person pointed at: how one is described so that it is found again, which field of a page a description
// means, and what may not be pointed at. Pure, like all of recognition; sees no value.

/** Longer words of a field are cut; the service takes no more. */
const LONGEST = 200;
const CODE_TYPES = new Set(["text", "tel", "number", "password"]);

/**
 * `nth`: among the fields that look the same; `place`, `total`: among all fields of the page.
 * @typedef {{ names: string, type: string, autocomplete: string, label: string, nth: number, place: number, total: number }} PinnedField
 * @typedef {{ kind: Kind, field: PinnedField }} Pin
 * @typedef {Pick<ViewField, "names" | "type" | "autocomplete" | "label">} Looks
 */

/** @param {Looks} field */
const looks = ({ names, type, autocomplete, label }) => [names, type, autocomplete, label].map((word) => word.slice(0, LONGEST));

/** @param {Looks} one @param {Looks} other @param {number[]} parts of what `looks` gives */
function alike(one, other, parts = [0, 1, 2, 3]) {
  const [mine, theirs] = [looks(one), looks(other)];
  return parts.every((part) => mine[part] === theirs[part]);
}

/** @param {ViewField[]} fields @param {number} place @returns {PinnedField} */
export function describe(fields, place) {
  const [names, type, autocomplete, label] = looks(fields[place]);
  const same = fields.filter((one) => alike(one, fields[place]));
  return { names, type, autocomplete, label, nth: same.indexOf(fields[place]), place, total: fields.length };
}

/**
 * Where a described field is now: by all its words; else by its names, for a page speaks many languages; else by its place, for
 * some pages make up names anew each time.
 * @param {ViewField[]} fields @param {PinnedField} wanted @returns {number} -1: nowhere, or nobody can tell
 */
export function placeOf(fields, wanted) {
  const named = wanted.names.trim() !== "";
  if (named || wanted.label.trim() !== "") {
    const same = fields.filter((one) => alike(one, wanted));
    if (same.length > 0) return wanted.nth < same.length ? fields.indexOf(same[wanted.nth]) : -1;
  }
  const byName = named ? fields.filter((one) => alike(one, wanted, [0, 1])) : [];
  if (byName.length > 0) return byName.length === 1 ? fields.indexOf(byName[0]) : -1;
  const there = fields[wanted.place];
  return fields.length === wanted.total && there && alike(there, wanted, [1, 2, 3]) ? wanted.place : -1;
}

/**
 * Why a field cannot be for such a value, or null.
 * @param {Field} field @param {Kind} kind @param {boolean} fresh whether it asks for a password that does not exist yet
 * @returns {"kind" | "fresh" | "unseen" | null}
 */
export function objection({ type, seen }, kind, fresh) {
  if (!seen) return "unseen";
  if (kind === "code") return CODE_TYPES.has(type) ? null : "kind";
  if ((kind === "password") !== (type === "password")) return "kind";
  return kind === "password" && fresh ? "fresh" : null;
}

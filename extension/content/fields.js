// Describes a page's fields, for the background to say which is what, and gives back the inputs by their numbers. Looks
// into shadow roots; reads no value.
"use strict";

const TEXT = new Set(["text", "email", "tel", "password", "search", "number", "url"]);
const BUTTONS = "button, [type=submit], [type=button], [type=image], [role=button], a[class*=btn], a[class*=button]";
const HEADINGS = "h1, h2, h3, legend, [role=heading]";
/** How far out a box without a form reaches, and how many fields a page may have. */
const FARTHEST = 8;
const MOST = 200;

/** Each input keeps its number as long as it lives. @type {WeakMap<Input, number>} */
const numbers = new WeakMap();
let last = 0;
/** The inputs of the newest look. @type {Map<number, Input>} */
const inputs = new Map();

/**
 * What may hold a shadow root without a look at every element: custom elements, and others with nothing of their own in them
 * or with children that are placed by name.
 */
const HOSTS = "//*[contains(local-name(), '-') or *[@slot] or (not(*) and normalize-space() = '' and (self::div or self::span or self::section or self::main))]";

/** Closed roots too, where the browser lets an extension in. @param {Element} element @returns {ShadowRoot | null} */
function shadowOf(element) {
  const { localName } = element;
  const likely = localName.includes("-") || (!element.firstElementChild && /^(div|span|section|main)$/.test(localName));
  if (!likely || !(element instanceof HTMLElement)) return element.shadowRoot;
  return /** @type {any} */ (element).openOrClosedShadowRoot ?? globalThis.chrome?.dom?.openOrClosedShadowRoot?.(element) ?? element.shadowRoot;
}

/** @param {Document | ShadowRoot} root @param {ShadowRoot[]} roots collects the roots seen @returns {Input[]} */
function inputsIn(root, roots) {
  /** @type {Input[]} */
  const found = [];
  for (const element of root.querySelectorAll("*")) {
    if (element.localName === "input") found.push(/** @type {Input} */ (element));
    const inner = shadowOf(element);
    if (!inner) continue;
    roots.push(inner);
    found.push(...inputsIn(inner, roots));
  }
  return found;
}

/** Every element is looked at only where there is a shadow root, or no password outside of them. @param {ShadowRoot[]} roots @returns {Input[]} */
function allInputs(roots) {
  const plain = [...document.querySelectorAll("input")];
  if (!plain.some(({ type }) => type === "password")) return inputsIn(document, roots);
  const hosts = document.evaluate(HOSTS, document, null, XPathResult.UNORDERED_NODE_ITERATOR_TYPE);
  for (let host; (host = hosts.iterateNext()); ) if (shadowOf(/** @type {Element} */ (host))) return inputsIn(document, roots);
  return plain;
}

/** Of the prototype, for a field may be named "getAttribute". @param {Element} element @param {string} name */
const attribute = (element, name) => Element.prototype.getAttribute.call(element, name) ?? "";

/** @param {string} text */
const short = (text) => text.slice(0, 400);

/** @param {Element | null | undefined} element */
const textOf = (element) => (element?.textContent ?? "").slice(0, 4_000).replace(/\s+/g, " ").trim();

/** What the page calls a field. @param {Input} input */
function labelOf(input) {
  const labels = [...(input.labels ?? []), ...(input.ariaLabelledByElements ?? [])];
  const parts = [input.placeholder, input.ariaLabel ?? "", input.title, ...labels.map(textOf)];
  let at = /** @type {Element | null} */ (input);
  for (let steps = 0; at && steps < 3 && !parts.some(Boolean); steps++, at = at.parentElement) {
    const before = at.previousElementSibling;
    if (before?.querySelector("input")) break;
    parts.push(textOf(before).slice(0, 60));
  }
  return parts.join(" ");
}

/** The form of a field, or the nearest box that also holds a button. @param {Input} input @returns {Element} */
function boxOf(input) {
  if (input.form) return input.form;
  const secret = input.type === "password";
  let at = input.parentElement;
  for (let steps = 0; at?.parentElement && steps < FARTHEST; steps++, at = at.parentElement) {
    const complete = !secret || [...at.querySelectorAll("input")].some(({ type }) => TEXT.has(type) && type !== "password");
    if (complete && at.querySelector(BUTTONS)) return at;
  }
  return (secret ? at : input.parentElement) ?? input;
}

/** @param {Element} box @param {string} selector @param {number} most */
function texts(box, selector, most) {
  const all = [...box.querySelectorAll(selector)].slice(0, most);
  return short(all.map((one) => `${one instanceof HTMLInputElement ? one.value + one.alt : textOf(one)} ${one.ariaLabel ?? ""}`.slice(0, 60)).join(" , "));
}

/** @param {Element} box @param {Input} field one of its fields @returns {Box} */
function describe(box, field) {
  const [id, name, style, label, action] = ["id", "name", "class", "aria-label", "action"].map((one) => attribute(box, one));
  const path = action.replace(/[?#].*$/, "").replace(/^https?:\/\/[^/]*/i, "");
  let heading = box.querySelector(HEADINGS);
  for (let at = box.parentElement, steps = 0; !heading && at && at !== document.body && steps < 3; at = at.parentElement, steps++) {
    heading = at.querySelector(HEADINGS);
  }
  return {
    attributes: short([id, name, style, label, path].join(" ")),
    heading: textOf(heading).slice(0, 80),
    buttons: texts(box, BUTTONS, 6),
    links: texts(box, "a, button", 12),
    text: short(textOf(box)),
    choices: box.querySelectorAll("select, textarea").length,
    actions: targets(field).flatMap((url) => (url ? [(url.origin + url.pathname).slice(0, 2_000)] : [])).slice(0, 20),
  };
}

/** @param {Input} input */
function numberOf(input) {
  if (!numbers.has(input)) numbers.set(input, ++last);
  return numbers.get(input) ?? 0;
}

/** What the page looks like now. @param {ShadowRoot[]} [roots] collects the shadow roots seen @returns {View} */
function viewOf(roots = []) {
  const found = allInputs(roots).filter(({ type }) => TEXT.has(type));
  const page = { title: short(document.title), path: short(location.pathname) };
  inputs.clear();
  if (found.length === 0 || found.length > MOST) return { page, forms: [], fields: [] };
  // A box without a form inside another such box is a part of it: two halves of one sign-up are not a login each.
  const own = found.map(boxOf);
  const loose = [...new Set(own)].filter((box) => box.localName !== "form");
  const homes = own.map((box) => (box.localName !== "form" && loose.find((other) => other !== box && other.contains(box))) || box);
  const boxes = [...new Set(homes)];
  const fields = found.map((input, place) => {
    const id = numberOf(input);
    inputs.set(id, input);
    return {
      id,
      form: boxes.indexOf(homes[place]),
      type: input.type,
      autocomplete: short(attribute(input, "autocomplete")),
      names: short(`${input.id} ${input.name}`),
      label: short(labelOf(input)),
      length: Math.max(input.maxLength, 0),
      seen: rendered(input),
      locked: input.disabled || (input.readOnly && input.value !== ""),
      focused: input.matches(":focus"),
    };
  });
  return { page, forms: boxes.map((box) => describe(box, found[homes.indexOf(box)])), fields };
}

// Reads a page into the descriptions that recognise.js judges, and gives back the inputs it chose. Looks into shadow
// roots; reads no value that a person typed.
"use strict";

const TEXT = new Set(["text", "email", "tel", "password", "search", "number", "url"]);
const BUTTONS = "button, [type=submit], [type=button], [type=image], [role=button], a[class*=btn], a[class*=button]";
const HEADINGS = "h1, h2, h3, legend, [role=heading]";
/** How far out a box without a form reaches, and how many fields a page may have. */
const FARTHEST = 8;
const MOST = 200;

/** Closed roots too, where the browser lets an extension in. @param {Element} element @returns {ShadowRoot | null} */
function shadowOf(element) {
  if (!(element instanceof HTMLElement)) return null;
  if (!element.localName.includes("-")) return element.shadowRoot;
  return /** @type {any} */ (element).openOrClosedShadowRoot ?? globalThis.chrome?.dom?.openOrClosedShadowRoot?.(element) ?? element.shadowRoot;
}

/** @param {Document | ShadowRoot} root @param {ShadowRoot[]} roots collects the roots seen @returns {Input[]} */
function inputsIn(root, roots) {
  /** @type {Input[]} */
  const found = [];
  for (const element of root.querySelectorAll("*")) {
    if (element instanceof HTMLInputElement) found.push(element);
    const inner = shadowOf(element);
    if (!inner) continue;
    roots.push(inner);
    found.push(...inputsIn(inner, roots));
  }
  return found;
}

/** Of the prototype, for a field may be named "getAttribute". @param {Element} element @param {string} name */
const attribute = (element, name) => Element.prototype.getAttribute.call(element, name) ?? "";

/** @param {Element | null | undefined} element */
const textOf = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();

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
  return plain(all.map((one) => `${one instanceof HTMLInputElement ? one.value + one.alt : textOf(one)} ${one.ariaLabel ?? ""}`.slice(0, 60)).join(" , "));
}

/** @param {Element} box @returns {Box} */
function describe(box) {
  const [id, name, style, label, action] = ["id", "name", "class", "aria-label", "action"].map((one) => attribute(box, one));
  const path = action.replace(/[?#].*$/, "").replace(/^https?:\/\/[^/]*/i, "");
  let heading = box.querySelector(HEADINGS);
  for (let at = box.parentElement, steps = 0; !heading && at && at !== document.body && steps < 3; at = at.parentElement, steps++) {
    heading = at.querySelector(HEADINGS);
  }
  return {
    attributes: plain([id, name, style, label, path].join(" ")),
    heading: plain(textOf(heading).slice(0, 80)),
    buttons: texts(box, BUTTONS, 6),
    links: texts(box, "a, button", 12),
    text: plain(textOf(box)),
    choices: box.querySelectorAll("select, textarea").length,
  };
}

/** Login forms, the likeliest first. */
function findLogins() {
  /** @type {ShadowRoot[]} */
  const roots = [];
  const inputs = inputsIn(document, roots).filter((input) => TEXT.has(input.type));
  if (inputs.length === 0 || inputs.length > MOST) return { logins: [], roots, inputs: inputs.length };
  // A box without a form inside another such box is a part of it: two halves of one sign-up are not a login each.
  const own = inputs.map(boxOf);
  const loose = [...new Set(own)].filter((box) => box.localName !== "form");
  const homes = own.map((box) => (box.localName !== "form" && loose.find((other) => other !== box && other.contains(box))) || box);
  const boxes = [...new Set(homes)];
  const fields = inputs.map((input, index) => ({
    index,
    form: boxes.indexOf(homes[index]),
    type: input.type,
    autocomplete: attribute(input, "autocomplete").toLowerCase().split(/\s+/).filter(Boolean),
    names: plain(`${input.id} ${input.name}`),
    label: plain(labelOf(input)),
    seen: !input.disabled && rendered(input),
  }));
  const page = { title: plain(document.title), path: plain(location.pathname) };
  const logins = recognise({ page, forms: boxes.map(describe), fields }).map(({ username, password }) => ({
    username: inputs[username ?? -1] ?? null,
    password: inputs[password ?? -1] ?? null,
  }));
  return { logins, roots, inputs: inputs.length };
}

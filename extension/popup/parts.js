// What every part of the popup uses: finding and making elements, and the stage on which an act of the person runs. Made of
// text nodes alone; no part keeps a value longer than it is shown.

import { text } from "../shared/texts.js";

/**
 * @typedef {import("../background/view.js").PopupView} View
 * @typedef {"first" | "detail" | "editor"} Screen
 * @typedef {{ tab: () => number, view: () => View, say: (words: string, good: boolean) => void, show: (screen: Screen) => void,
 *   look: () => Promise<void>, run: (work: () => Promise<string | null>) => Promise<boolean>,
 *   choose: (record: string, confirmed: boolean, link: boolean) => Promise<void> }} Stage
 *   `run`: does one act of the person with everything locked, and says what it answers, or what went wrong (false)
 */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
export const part = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {string} name @param {string} [className] @param {string} [content] @returns {HTMLElement} */
export function element(name, className = "", content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

/** @param {string} key of _locales @param {() => unknown} pressed @param {string} [className] @returns {HTMLButtonElement} */
export function button(key, pressed, className = "button") {
  const made = /** @type {HTMLButtonElement} */ (element("button", className, text(key)));
  made.type = "button";
  made.addEventListener("click", pressed);
  return made;
}

/**
 * A field with its label.
 * @param {string} key of the label @param {string} value @param {{ type?: string, id: string, most?: number }} options
 * @returns {{ label: HTMLLabelElement, input: HTMLInputElement }}
 */
export function field(key, value, { type = "text", id, most = 500 }) {
  const label = /** @type {HTMLLabelElement} */ (element("label", "labelled", text(key)));
  const input = document.createElement("input");
  Object.assign(input, { id, type, value, className: "field", maxLength: most, spellcheck: false, autocomplete: "off" });
  label.append(input);
  return { label, input };
}

/** @param {string} path of the picture */
export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "go");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** @param {string} title @returns {HTMLElement} a record's first letter */
export function letter(title) {
  const made = element("span", "letter", [...title.trim()][0]?.toUpperCase() ?? "?");
  made.setAttribute("aria-hidden", "true");
  return made;
}

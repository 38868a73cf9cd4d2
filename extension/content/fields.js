// Reads a page into the plain descriptions that recognise.js judges, and gives back the inputs it chose. Looks into
// shadow roots; reads no value of a field that a person types into.
"use strict";

(() => {
  const wayfill = (globalThis.wayfill ??= /** @type {Wayfill} */ ({}));
  const TEXT = new Set(["text", "email", "tel", "password", "search", "number", "url"]);
  const BUTTONS = "button, [type=submit], [type=button], [type=image], [role=button], a[class*=btn], a[class*=button]";
  const HEADINGS = "h1, h2, h3, legend, [role=heading]";
  /** A box without a form reaches at most this far out from its field. */
  const FARTHEST = 8;
  /** A page with more fields is a spreadsheet. */
  const MOST = 200;

  /** Closed roots too, where the browser lets an extension in. @type {Wayfill["shadowOf"]} */
  function shadowOf(element) {
    if (!(element instanceof HTMLElement)) return null;
    if (!element.localName.includes("-")) return element.shadowRoot;
    const any = /** @type {any} */ (element);
    return any.openOrClosedShadowRoot ?? globalThis.chrome?.dom?.openOrClosedShadowRoot?.(element) ?? element.shadowRoot;
  }

  /** @param {Document | ShadowRoot} root @param {ShadowRoot[]} roots collects the roots seen @returns {HTMLInputElement[]} */
  function inputsIn(root, roots) {
    /** @type {HTMLInputElement[]} */
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

  /** @param {Element | null | undefined} element */
  const textOf = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();

  /** What the page calls a field. @param {HTMLInputElement} input */
  function labelOf(input) {
    const root = /** @type {Document | ShadowRoot} */ (input.getRootNode());
    const parts = [input.placeholder, input.ariaLabel ?? "", input.title, ...[...(input.labels ?? [])].map(textOf)];
    for (const id of (input.getAttribute("aria-labelledby") ?? "").split(/\s+/)) {
      if (id) parts.push(textOf(root.getElementById?.(id)));
    }
    let at = /** @type {Element | null} */ (input);
    for (let steps = 0; at && steps < 3 && !parts.some(Boolean); steps++, at = at.parentElement) {
      const before = at.previousElementSibling;
      if (before?.querySelector("input")) break;
      parts.push(textOf(before).slice(0, 60));
    }
    return parts.join(" ");
  }

  /** The form of a field, or the nearest box that also holds a button. @param {HTMLInputElement} input @returns {Element} */
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
    const words = all.map((one) => (one instanceof HTMLInputElement ? `${one.value} ${one.alt}` : `${textOf(one)} ${one.ariaLabel ?? ""}`).slice(0, 60));
    return wayfill.plain(words.join(" , "));
  }

  /** @param {Element} box @returns {Box} */
  function describe(box) {
    const [id, name, style, label, action] = ["id", "name", "class", "aria-label", "action"].map((one) => box.getAttribute(one) ?? "");
    const path = action.replace(/[?#].*$/, "").replace(/^https?:\/\/[^/]*/i, "");
    let heading = box.querySelector(HEADINGS);
    for (let at = box.parentElement, steps = 0; !heading && at && at !== document.body && steps < 3; at = at.parentElement, steps++) {
      heading = at.querySelector(HEADINGS);
    }
    return {
      attributes: wayfill.plain([id, name, style, label, path].join(" ")),
      heading: wayfill.plain(textOf(heading).slice(0, 80)),
      buttons: texts(box, BUTTONS, 6),
      links: texts(box, "a, button", 12),
      text: wayfill.plain(textOf(box)),
      choices: box.querySelectorAll("select, textarea").length,
    };
  }

  /** Login forms, the likeliest first. @type {Wayfill["findLogins"]} */
  function findLogins() {
    /** @type {ShadowRoot[]} */
    const roots = [];
    const inputs = inputsIn(document, roots).filter((input) => TEXT.has(input.type));
    if (inputs.length === 0 || inputs.length > MOST) return { logins: [], roots, inputs: inputs.length };
    // A box without a form inside another such box is a part of it: two halves of one sign-up are not a login each.
    const own = inputs.map(boxOf);
    const loose = [...new Set(own)].filter((box) => box.localName !== "form");
    const boxes = [...new Set(own.map((box) => (box.localName === "form" ? box : loose.find((other) => other !== box && other.contains(box)) ?? box)))];
    const fields = inputs.map((input, index) => ({
      index,
      form: boxes.findIndex((box) => box === own[index] || (!input.form && box.localName !== "form" && box.contains(own[index]))),
      type: input.type,
      autocomplete: (input.getAttribute("autocomplete") ?? "").toLowerCase().split(/\s+/).filter(Boolean),
      names: wayfill.plain(`${input.id} ${input.name}`),
      label: wayfill.plain(labelOf(input)),
      seen: !input.disabled && wayfill.rendered(input),
    }));
    const page = { title: wayfill.plain(document.title), path: wayfill.plain(location.pathname) };
    const input = (/** @type {number | null} */ index) => (index === null ? null : inputs[index]);
    const logins = wayfill.recognise({ page, forms: boxes.map(describe), fields });
    return { logins: logins.map(({ username, password }) => ({ username: input(username), password: input(password) })), roots, inputs: inputs.length };
  }

  Object.assign(wayfill, { findLogins, shadowOf });
})();

// Reads a page into the plain descriptions that recognise.js judges, and gives back the inputs it chose. Looks into
// shadow roots; reads no value except whether a field is empty.
"use strict";

(() => {
  const wayfill = (globalThis.wayfill ??= {});
  const TEXT = new Set(["text", "email", "tel", "password", "search", "number", "url"]);
  const BUTTONS = "button, input[type=submit], input[type=button], input[type=image], [role=button], a[class*=btn], a[class*=button]";
  /** A formless group reaches at most this far out from its field. */
  const FARTHEST = 8;
  /** No page has more login fields than this; a longer one is a spreadsheet. */
  const MOST = 200;

  /** Closed roots too, where the browser lets an extension in. @param {Element} element @returns {ShadowRoot | null} */
  function shadowOf(element) {
    if (!(element instanceof HTMLElement)) return null;
    const any = /** @type {any} */ (element);
    return any.openOrClosedShadowRoot ?? globalThis.chrome?.dom?.openOrClosedShadowRoot?.(element) ?? element.shadowRoot;
  }

  /** @param {Document | ShadowRoot} root @param {ShadowRoot[]} roots collects the roots that were seen @returns {HTMLInputElement[]} */
  function inputsIn(root, roots) {
    const found = [...root.querySelectorAll("input")];
    for (const element of root.querySelectorAll("*")) {
      if (!element.localName.includes("-") && element.localName !== "div") continue;
      const inner = shadowOf(element);
      if (!inner) continue;
      roots.push(inner);
      found.push(...inputsIn(inner, roots));
    }
    return found;
  }

  /** @param {Element | null | undefined} element @returns {string} */
  const textOf = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();

  /** @param {HTMLInputElement} input @returns {string} what the page calls the field */
  function labelOf(input) {
    const root = /** @type {Document | ShadowRoot} */ (input.getRootNode());
    const ids = (input.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
    const parts = [input.placeholder, input.getAttribute("aria-label") ?? "", input.title];
    for (const label of input.labels ?? []) parts.push(textOf(label));
    for (const id of ids) parts.push(textOf(root.getElementById?.(id)));
    if (parts.every((part) => !part)) {
      let at = /** @type {Element} */ (input);
      for (let steps = 0; steps < 3 && !parts.some(Boolean); steps++) {
        const before = at.previousElementSibling;
        if (before && !before.querySelector("input")) parts.push(textOf(before).slice(0, 60));
        else if (before) break;
        if (!at.parentElement) break;
        at = at.parentElement;
      }
    }
    return parts.join(" ");
  }

  /** The form of a field, or for a formless one the nearest box that also holds a button. @param {HTMLInputElement} input */
  function boxOf(input) {
    if (input.form) return input.form;
    let at = input.parentElement;
    for (let steps = 0; at?.parentElement && steps < FARTHEST; steps++) {
      const enough = input.type !== "password" || [...at.querySelectorAll("input")].some((other) => other !== input && TEXT.has(other.type) && other.type !== "password");
      if (enough && at.querySelector(BUTTONS)) return at;
      at = at.parentElement;
    }
    return input.type === "password" ? at ?? input : input.parentElement ?? input;
  }

  /** @param {Element} box @param {string} selector @param {number} most */
  const texts = (box, selector, most) => {
    const all = [...box.querySelectorAll(selector)].slice(0, most);
    return wayfill.plain(all.map((one) => (one instanceof HTMLInputElement ? `${one.value} ${one.alt}` : `${textOf(one)} ${one.getAttribute("aria-label") ?? ""}`).slice(0, 60)).join(" , "));
  };

  /** @param {Element} box */
  function describeBox(box) {
    const attribute = (/** @type {string} */ name) => box.getAttribute(name) ?? "";
    let action = attribute("action").replace(/[?#].*$/, "").replace(/^https?:\/\/[^/]*/i, "");
    let heading = box.querySelector("h1, h2, h3, legend, [role=heading]");
    for (let at = box.parentElement, steps = 0; !heading && at && at !== document.body && steps < 3; at = at.parentElement, steps++) {
      heading = at.querySelector("h1, h2, h3, [role=heading]");
    }
    return {
      attributes: wayfill.plain([attribute("id"), attribute("name"), attribute("class"), attribute("aria-label"), action].join(" ")),
      heading: wayfill.plain(textOf(heading).slice(0, 80)),
      buttons: texts(box, "button:not([type=button]), input[type=submit], input[type=image], [type=button], [role=button], a[class*=btn]", 6),
      links: texts(box, "a, button", 12),
      text: wayfill.plain(textOf(box)),
      choices: box.querySelectorAll("select, textarea").length,
    };
  }

  /**
   * @returns {{ logins: { username: HTMLInputElement | null, password: HTMLInputElement | null }[], roots: ShadowRoot[], inputs: number }}
   *   login forms, the likeliest first
   */
  function findLogins() {
    /** @type {ShadowRoot[]} */
    const roots = [];
    const inputs = inputsIn(document, roots).filter((input) => TEXT.has(input.type));
    if (inputs.length === 0 || inputs.length > MOST) return { logins: [], roots, inputs: inputs.length };
    /** @type {Element[]} */
    const boxes = [];
    const fields = inputs.map((input, index) => {
      const box = boxOf(input);
      if (!boxes.includes(box)) boxes.push(box);
      return {
        index,
        form: boxes.indexOf(box),
        type: input.type,
        autocomplete: (input.getAttribute("autocomplete") ?? "").toLowerCase().split(/\s+/).filter(Boolean),
        names: wayfill.plain(`${input.id} ${input.name}`),
        label: wayfill.plain(labelOf(input)),
        seen: !input.disabled && wayfill.rendered(input),
      };
    });
    const page = { title: wayfill.plain(document.title), path: wayfill.plain(location.pathname) };
    const logins = wayfill.recognise({ page, forms: boxes.map(describeBox), fields });
    const input = (/** @type {number | null} */ index) => (index === null ? null : inputs[index]);
    return {
      logins: logins.map((/** @type {any} */ login) => ({ username: input(login.username), password: input(login.password) })),
      roots,
      inputs: inputs.length,
    };
  }

  Object.assign(wayfill, { findLogins, shadowOf });
})();

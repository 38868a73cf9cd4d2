// Whether a person can see a field. A page may hide a field from eyes and not from scripts; what cannot be seen is never
// filled (DESIGN 5.4). `rendered` is cheap and for every look, `uncovered` is asked just before a value is set.
"use strict";

(() => {
  const wayfill = (globalThis.wayfill ??= {});
  /** Below this a field counts as hidden; a disabled-looking form is drawn at half. */
  const FAINTEST = 0.3;
  const SMALLEST = { width: 16, height: 8 };

  /** The next element outwards, out of shadow roots too. @param {Element} element @returns {Element | null} */
  function outer(element) {
    const slot = element.assignedSlot;
    if (slot) return slot;
    if (element.parentElement) return element.parentElement;
    const root = element.getRootNode();
    return root instanceof ShadowRoot ? root.host : null;
  }

  /** @param {CSSStyleDeclaration} style @returns {number} opacity by property and by filter */
  function opacity(style) {
    const filter = /opacity\(\s*([\d.]+)(%?)\s*\)/.exec(style.filter);
    return Number(style.opacity) * (filter ? Number(filter[1]) / (filter[2] ? 100 : 1) : 1);
  }

  /** Drawn, large enough, not faint, inside the page. @param {Element} element @returns {boolean} */
  function rendered(element) {
    const box = element.getBoundingClientRect();
    if (box.width < SMALLEST.width || box.height < SMALLEST.height) return false;
    const root = document.documentElement;
    const width = Math.max(root.scrollWidth, innerWidth);
    if (box.right + scrollX <= 4 || box.bottom + scrollY <= 4 || box.left + scrollX >= width - 4) return false;
    if (getComputedStyle(element).visibility !== "visible") return false;
    let seen = 1;
    for (let at = /** @type {Element | null} */ (element); at; at = outer(at)) {
      seen *= opacity(getComputedStyle(at));
      if (seen < FAINTEST) return false;
    }
    return true;
  }

  /** What a person would hit at a point, inside shadow roots too. @param {number} x @param {number} y */
  function hit(x, y) {
    let found = document.elementFromPoint(x, y);
    while (found) {
      const root = wayfill.shadowOf(found);
      const inner = root?.elementFromPoint(x, y);
      if (!inner || inner === found) break;
      found = inner;
    }
    return found;
  }

  /** Five points of a field: whether most of them reach the field itself, or a label of it. @param {HTMLInputElement} field */
  function reachable(field) {
    const { left, top, width, height } = field.getBoundingClientRect();
    const points = [[0.5, 0.5], [0.15, 0.5], [0.85, 0.5], [0.3, 0.25], [0.7, 0.75]];
    const reached = points.filter(([x, y]) => {
      const element = hit(left + width * x, top + height * y);
      return element === field || (element && [...(field.labels ?? [])].some((label) => label.contains(element)));
    });
    return reached.length >= 3;
  }

  /**
   * Elements that a pointer passes through may cover a field all the same. Those that lie over it and are painted are made
   * solid for one synchronous moment, and the field is tried again.
   * @param {HTMLInputElement} field
   */
  function veiled(field) {
    const box = field.getBoundingClientRect();
    /** @type {[HTMLElement, string, string][]} */
    const changed = [];
    for (const element of document.querySelectorAll("body *")) {
      if (element === field || element.contains(field) || !(element instanceof HTMLElement || element instanceof SVGElement)) continue;
      const other = element.getBoundingClientRect();
      if (other.left > box.left + 4 || other.right < box.right - 4 || other.top > box.top + 4 || other.bottom < box.bottom - 4) continue;
      const style = getComputedStyle(element);
      if (style.pointerEvents !== "none" || !paints(element, style)) continue;
      const own = /** @type {HTMLElement} */ (element).style;
      changed.push([/** @type {HTMLElement} */ (element), own.getPropertyValue("pointer-events"), own.getPropertyPriority("pointer-events")]);
    }
    try {
      for (const [element] of changed) element.style.setProperty("pointer-events", "auto", "important");
      return changed.length > 0 && !reachable(field);
    } finally {
      for (const [element, value, priority] of changed) element.style.setProperty("pointer-events", value, priority);
    }
  }

  /** @param {Element} element @param {CSSStyleDeclaration} style @returns {boolean} whether it hides what is below */
  function paints(element, style) {
    if (opacity(style) < FAINTEST || style.visibility !== "visible") return false;
    if (element.matches("img, video, canvas, iframe, svg, object, embed") || style.backgroundImage !== "none") return true;
    const alpha = /rgba\(.*,\s*([\d.]+)\)$/.exec(style.backgroundColor);
    return alpha ? Number(alpha[1]) > FAINTEST : style.backgroundColor !== "transparent";
  }

  /** Brings a field into view and says whether nothing lies over it. @param {HTMLInputElement} field @returns {boolean} */
  function uncovered(field) {
    const { top, bottom, left, right } = field.getBoundingClientRect();
    if (top < 0 || left < 0 || bottom > innerHeight || right > innerWidth) {
      field.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    }
    return reachable(field) && !veiled(field);
  }

  Object.assign(wayfill, { rendered, uncovered });
})();

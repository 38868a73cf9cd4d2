// Whether a person can see a field: what is hidden from eyes is never filled. `rendered` is cheap and for every look,
// `uncovered` is asked just before a value is set.
"use strict";

/** Below this a field counts as hidden; a disabled-looking form is drawn at half. */
const FAINTEST = 0.3;
const POINTS = [[0.5, 0.5], [0.15, 0.5], [0.85, 0.5], [0.3, 0.25], [0.7, 0.75]];

/** The next element outwards, out of shadow roots too. @param {Element} element @returns {Element | null | undefined} */
const outer = (element) => element.assignedSlot ?? element.parentElement ?? /** @type {any} */ (element.getRootNode()).host;

/** @param {CSSStyleDeclaration} style */
function opacity({ opacity, filter }) {
  const [, amount, percent] = /opacity\(([\d.]+)(%?)\)/.exec(filter) ?? [];
  return Number(opacity) * (amount ? Number(amount) / (percent ? 100 : 1) : 1);
}

/** Drawn, large enough, not faint, inside the page. @param {Element} element */
function rendered(element) {
  const { width, height, left, right, bottom } = element.getBoundingClientRect();
  const page = Math.max(document.documentElement.scrollWidth, innerWidth);
  if (width < 16 || height < 8 || right + scrollX < 4 || bottom + scrollY < 4 || left + scrollX > page - 4) return false;
  if (getComputedStyle(element).visibility !== "visible") return false;
  let seen = 1;
  for (let at = /** @type {ReturnType<typeof outer>} */ (element); at && seen >= FAINTEST; at = outer(at)) {
    const style = getComputedStyle(at);
    // What a mask leaves cannot be told.
    seen *= style.maskImage === "none" ? opacity(style) : 0;
  }
  return seen >= FAINTEST;
}

/**
 * Whether most points of a field reach the field itself or a label of it.
 * @param {Input | HTMLIFrameElement} field @param {Spot} [spot] the part of a frame that is meant
 */
function reachable(field, spot = field.getBoundingClientRect()) {
  const { left, top, width, height } = spot;
  const root = /** @type {Document | ShadowRoot} */ (field.getRootNode());
  const reached = POINTS.filter(([x, y]) => {
    const point = /** @type {const} */ ([left + width * x, top + height * y]);
    const hit = root.elementFromPoint(...point);
    const own = hit === field || [...("labels" in field ? field.labels ?? [] : [])].some((label) => label.contains(hit));
    // A shadow root does not see what lies above it outside.
    return own && (root === document || document.elementFromPoint(...point) === hostIn(field));
  });
  return reached.length >= 3;
}

/** The element of the document itself that holds a field. @param {Element} field @returns {Element} */
function hostIn(field) {
  const root = field.getRootNode();
  return root instanceof ShadowRoot ? hostIn(root.host) : field;
}

/** @param {Element} element @param {CSSStyleDeclaration} style */
function paints(element, style) {
  if (opacity(style) < FAINTEST || style.visibility !== "visible") return false;
  if (style.backgroundImage !== "none" || element.matches("img, video, canvas, iframe, svg, object, embed")) return true;
  return Number(/rgba\(.*,\s*([\d.]+)\)/.exec(style.backgroundColor)?.[1] ?? 1) > FAINTEST;
}

/**
 * What a pointer passes through may cover a field all the same: painted elements over it are made solid for one
 * synchronous moment, and the field is tried again. @param {Input | HTMLIFrameElement} field @param {Spot} [spot]
 */
function veiled(field, spot = field.getBoundingClientRect()) {
  const { left, top, width, height } = spot;
  const [right, bottom] = [left + width, top + height];
  /** @type {[CSSStyleDeclaration, string, string][]} */
  const changed = [];
  for (const element of document.querySelectorAll("body *")) {
    const other = element.getBoundingClientRect();
    if (other.left > right || other.right < left || other.top > bottom || other.bottom < top) continue;
    const computed = getComputedStyle(element);
    if (computed.pointerEvents !== "none" || element.contains(hostIn(field)) || !paints(element, computed)) continue;
    const { style } = /** @type {HTMLElement} */ (element);
    changed.push([style, style.getPropertyValue("pointer-events"), style.getPropertyPriority("pointer-events")]);
    style.setProperty("pointer-events", "auto", "important");
  }
  const covered = changed.length > 0 && !reachable(field, spot);
  for (const [style, value, priority] of changed) style.setProperty("pointer-events", value, priority);
  return covered;
}

/** Brings a field into view and says whether nothing lies over it. @param {Input} field */
function uncovered(field) {
  const { top, bottom, left, right } = field.getBoundingClientRect();
  if (top < 0 || left < 0 || bottom > innerHeight || right > innerWidth) {
    field.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  }
  return reachable(field) && !veiled(field);
}

// Given to a page when a person wants to point at a field of it: tells the background the number of the field that they
// press, by mouse, finger or keyboard. It hears trusted events alone, changes nothing of the page, and ends after one field,
// Escape or a minute.
"use strict";

(() => {
  const world = /** @type {{ endPicking?: () => void }} */ (globalThis);
  world.endPicking?.();
  /** In milliseconds; the background takes no answer after it. */
  const PATIENCE = 60_000;
  const ending = new AbortController();
  const options = { capture: true, signal: ending.signal };
  let chosen = 0;

  world.endPicking = () => ending.abort();
  setTimeout(() => ending.abort(), PATIENCE);

  /** @param {number} field */
  function end(field) {
    ending.abort();
    tell({ type: "page:picked", page, field });
  }

  /** @param {Input} input @param {MouseEvent} event */
  function under(input, { clientX: x, clientY: y }) {
    const { left, top, right, bottom } = input.getBoundingClientRect();
    return x >= left && x <= right && y >= top && y <= bottom && rendered(input);
  }

  /** The number of the field that is meant; one in a closed shadow root is known by its place alone. @param {MouseEvent} event */
  function at(event) {
    viewOf();
    const [target] = event.composedPath();
    const all = [...inputs];
    const meant = target instanceof Element ? (target.closest("label")?.control ?? target) : null;
    return (all.find(([, input]) => input === meant) ?? all.find(([, input]) => under(input, event)))?.[0] ?? 0;
  }

  /** Keeps the press of a field from the page. @param {Event} event */
  const swallow = (event) => {
    if (!event.isTrusted || chosen === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === "click") end(chosen);
  };

  addEventListener("pointerdown", (event) => {
    if (event.isTrusted) chosen = at(event);
    swallow(event);
  }, options);
  for (const name of ["mousedown", "pointerup", "mouseup", "click"]) addEventListener(name, swallow, options);
  addEventListener("keydown", (event) => {
    if (!event.isTrusted || (event.key !== "Enter" && event.key !== "Escape")) return;
    if (event.key === "Enter") viewOf();
    const field = event.key === "Escape" ? 0 : ([...inputs].find(([, input]) => input.matches(":focus"))?.[0] ?? 0);
    if (event.key === "Enter" && field === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    end(field);
  }, options);
})();

// Says where a frame's fields lie in the page around it, and whether a person can see them there: a frame cannot tell by
// itself, for its page may fade, cover or shrink it. Brought in only when a person chose a record for a login in a frame.
"use strict";

{
  /** Frames that called, by the name that the background gave them. @type {Map<string, MessageEventSource | null>} */
  const callers = new Map();
  /** How long a call may take, in milliseconds. */
  const PATIENCE = 1_000;

  /** Nobody knows a name before its frame calls, so that the first to say it is the frame. @param {MessageEvent} event */
  function hear({ isTrusted, data, source }) {
    if (isTrusted && callers.get(data) === null) callers.set(data, source);
  }

  /** @param {number[]} fields @returns {Spot[]} in this document's viewport */
  function spots(fields) {
    const found = fields.flatMap((number) => inputs.get(number) ?? []);
    if (found.some((field) => !within(spotOf(field)))) found[0]?.scrollIntoView({ block: "center", behavior: "instant" });
    return found.map(spotOf);
  }

  /** @param {Element} element @returns {Spot} */
  function spotOf(element) {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { left, top, width, height };
  }

  /** @param {Spot} spot */
  const within = ({ left, top, width, height }) => left >= 0 && top >= 0 && left + width <= innerWidth && top + height <= innerHeight;

  /** @param {string} name @param {Spot[]} inner @returns {Promise<Spot[] | null>} null: not to be seen, or kept apart by its page */
  async function around(name, inner) {
    for (const end = Date.now() + PATIENCE; !callers.get(name) && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 5));
    const caller = callers.get(name);
    callers.delete(name);
    const frame = caller && [...document.querySelectorAll("iframe")].find(({ contentWindow }) => contentWindow === caller);
    if (!frame || frame.hasAttribute("sandbox") || frame.hasAttribute("credentialless")) return null;
    const place = () => {
      const { left, top, width } = frame.getBoundingClientRect();
      const scale = width / (frame.offsetWidth || 1);
      const [x, y] = [left + frame.clientLeft * scale, top + frame.clientTop * scale];
      return inner.map((spot) => ({ left: x + spot.left * scale, top: y + spot.top * scale, width: spot.width * scale, height: spot.height * scale }));
    };
    if (!place().every(within)) scrollBy({ top: place()[0].top - innerHeight / 3, behavior: "instant" });
    const placed = place();
    const seen = rendered(frame) && placed.every((spot) => spot.width >= 16 && spot.height >= 8 && within(spot) && reachable(frame, spot) && !veiled(frame, spot));
    return seen ? placed : null;
  }

  if (!(/** @type {any} */ (globalThis).hearsFrames)) {
    /** @type {any} */ (globalThis).hearsFrames = true;
    addEventListener("message", hear, true);
    runtime.onMessage.addListener((message, sender, respond) => {
      if (sender.id !== runtime.id || sender.tab) return false;
      if (message.type === "spots") respond(spots(message.fields));
      else if (message.type === "listen") {
        callers.set(message.name, null);
        respond(true);
      } else if (message.type === "call") {
        parent.postMessage(message.name, "*");
        respond(true);
      } else if (message.type === "around") {
        around(message.name, message.spots).then(respond);
        return true;
      }
      return false;
    });
  }
}

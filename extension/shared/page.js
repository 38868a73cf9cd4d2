// Admission of a page's address in the extension: the browser's own parser, and the same refusals as `matcher.admit`.
// Nothing here compares addresses, and nothing else in the evaluator may parse one.

const MAX_ADDRESS = 8192;

/** @typedef {import("./links.js").Page} Page */

/** The text is no page address. */
export class InvalidUrl extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.name = "InvalidUrl";
    this.reason = reason;
  }
}

/**
 * Take a page's address, as `matcher.admit` does.
 * @param {string} raw
 * @returns {Page}
 */
export function admit(raw) {
  if (typeof raw !== "string") throw new InvalidUrl("an address is text");
  if (raw.length > MAX_ADDRESS && (raw.length > 2 * MAX_ADDRESS || [...raw].length > MAX_ADDRESS)) {
    throw new InvalidUrl(`the address is longer than ${MAX_ADDRESS} characters`);
  }
  let parsed;
  try {
    parsed = new URL(raw);
  } catch {
    throw new InvalidUrl("this is no address that a browser would open");
  }
  const scheme = parsed.protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https") {
    throw new InvalidUrl(`only http and https addresses are served, not ${parsed.protocol.slice(0, 40)}`);
  }
  const host = parsed.hostname.endsWith(".") ? parsed.hostname.slice(0, -1) : parsed.hostname;
  if (host === "" || host.startsWith(".") || host.endsWith(".") || host.includes("..")) {
    throw new InvalidUrl("the host has an empty label");
  }
  const { href } = parsed;
  const tail = href.slice(href.indexOf("/", scheme.length + 3));
  const hash = tail.indexOf("#");
  return {
    scheme,
    host,
    port: parsed.port,
    path: parsed.pathname,
    resource: hash < 0 ? tail : tail.slice(0, hash),
    fragment: hash < 0 ? "" : tail.slice(hash + 1),
  };
}

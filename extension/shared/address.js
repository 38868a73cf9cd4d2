// Addresses as the extension needs them: the service's own, and the names of pages. Everything goes through the
// browser's URL parser; nothing here compares addresses as text, and nothing here decides what matches (match.js does).

/** Why a service address was refused; `reason` is the key of a text in _locales. */
export class BadServerAddress extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * The origin of the service a person typed. `https` anywhere; `http` only where the packets stay on this machine.
 * The content security policy of the extension's pages allows the same names and no others.
 * @param {string} typed as written, with or without a scheme
 * @returns {string} an origin, such as `https://wayfill.example.com`
 * @throws {BadServerAddress}
 */
export function serverOrigin(typed) {
  const text = typed.trim();
  if (text === "") throw new BadServerAddress("serverMissing");
  let url;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  } catch {
    throw new BadServerAddress("serverUnreadable");
  }
  if (url.username !== "" || url.password !== "") throw new BadServerAddress("serverUserInfo");
  if (url.protocol === "https:") return url.origin;
  if (url.protocol !== "http:") throw new BadServerAddress("serverScheme");
  if (!isLoopbackName(url.hostname)) throw new BadServerAddress("serverNotEncrypted");
  return url.origin;
}

/**
 * @param {string} host as a URL's `hostname`
 * @returns {boolean} whether the name never leaves this machine
 */
function isLoopbackName(host) {
  return host === "localhost" || host.endsWith(".localhost") || host === "127.0.0.1";
}

/**
 * @param {string | undefined} address
 * @returns {URL | null} the address of an ordinary web page, or null for anything else
 */
export function webPage(address) {
  if (!address) return null;
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

/**
 * The address of a page as continuation counts it: without query and fragment, so that a page cannot become a new one
 * by counting up a parameter.
 * @param {URL} url
 * @returns {string}
 */
export function stepOf(url) {
  return url.origin + url.pathname;
}

// One request to the Wayfill service: the way out of the extension, and the only file that calls fetch. No cookies, no
// redirects, no referrer, a time limit; an answer is a value, a refusal with the service's own words, or "away".

/** How long one request may take, in milliseconds; a fill has to feel immediate and a table may be large. */
const TIME_LIMIT = 15_000;

/** A service that asks for longer than this is asked again all the same, in seconds. */
const LONGEST_WAIT = 3_600;

/** The service cannot be reached, or what answers there is no Wayfill service. */
export class ServiceAway extends Error {
  /** @param {string} message @param {number} [retryAfter] seconds that the service asked for (RFC 9110 section 10.2.3) */
  constructor(message, retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** Nobody is signed in, or the service ended the session. */
export class SignedOut extends Error {}

/** The service understood and said no; `slug` is the last part of the problem's type. */
export class Refused extends Error {
  /** @param {string} slug @param {number} status @param {string} detail @param {number} [retryAfter] seconds */
  constructor(slug, status, detail, retryAfter) {
    super(`${slug}: ${detail}`);
    this.slug = slug;
    this.status = status;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/**
 * @typedef {{ status: number, etag: string | null, body: any }} Answer
 * @typedef {{ token?: string, body?: unknown, ifNoneMatch?: string | null, ifMatch?: string, signal?: AbortSignal }} Options
 * @typedef {(server: string, method: string, path: string, options?: Options) => Promise<Answer>} Call
 */

/**
 * Asks the service.
 * @type {Call}
 * @throws {ServiceAway} no connection, time over, 5xx, or an answer that is not the service's
 * @throws {Refused} any other 4xx
 */
export async function call(server, method, path, { token, body, ifNoneMatch, ifMatch, signal } = {}) {
  const headers = new Headers({ Accept: "application/json" });
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (ifNoneMatch) headers.set("If-None-Match", ifNoneMatch);
  if (ifMatch) headers.set("If-Match", ifMatch);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const limit = AbortSignal.timeout(TIME_LIMIT);
  let response;
  let text;
  try {
    response = await fetch(`${server}/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
    text = await response.text();
  } catch (error) {
    throw new ServiceAway(error instanceof Error ? error.message : String(error));
  }
  const { status } = response;
  if (status === 304 || status === 204) return { status, etag: response.headers.get("ETag"), body: null };
  const value = parsed(text);
  if (status >= 200 && status < 300 && value !== null) {
    return { status, etag: response.headers.get("ETag"), body: value };
  }
  const retryAfter = waitOf(response.headers.get("Retry-After"));
  if (status >= 400 && status < 500 && typeof value?.type === "string") {
    const slug = value.type.split(":").pop() ?? "";
    throw new Refused(slug, status, String(value.detail ?? value.title ?? ""), retryAfter);
  }
  throw new ServiceAway(`unexpected answer ${status}`, retryAfter);
}

/** @param {string | null} header seconds or a date @returns {number | undefined} seconds */
function waitOf(header) {
  if (!header) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return seconds > 0 ? Math.min(seconds, LONGEST_WAIT) : undefined;
}

/** @param {string} text @returns {any} the JSON object, or null */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

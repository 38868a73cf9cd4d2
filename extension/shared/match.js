// The extension's evaluator of a match table: the same answers as the service's matcher, without a suffix list.
// It only reads a table that the service compiled (matcher/table.schema.json describes it) and may never decide what a
// link means: where the two could differ, a record is called undecided and the service is asked.

import { InvalidUrl, admit } from "./page.js";
import { BETWEEN_LINES, checkSum } from "./check.js";
import { STRATEGIES, baseOf, considerOnHost, considerOnName, hostOf, splitUrl, unpack } from "./links.js";

export { InvalidUrl };

const FORMAT = "wayfill match table";
const VERSION = 1;
/** @type {Record<string, number>} */
const RANKS = {
  exact: 8,
  path: 7,
  host: 6,
  pattern: 5,
  regex: 4,
  "domain on the same host": 3,
  "domain on another host": 2,
  affiliated: 1,
};
const CLOSE = 3;
/**
 * @typedef {{record: string, link: {url: string, strategy: string}, strength: string, close: boolean, reason: string}} Match
 * @typedef {import("./links.js").Page} Page
 * @typedef {import("./links.js").Packed} Packed
 * @typedef {import("./links.js").Hit} Hit
 * @typedef {{shared?: string[], from?: string[], to?: string[], only?: string[], except?: string[]}} Group
 * @typedef {{records: Set<string>, only: boolean}} Limit the records that a group holds for: these alone, or all others
 */

/** The match table is damaged, of another version, or no match table at all. */
export class InvalidTable extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.name = "InvalidTable";
    this.reason = reason;
  }
}

/** A person's links, compiled by the service. */
export class MatchTable {
  /** @type {string} */ #lines;
  /** @type {Set<string>} */ #cuts;
  /** @type {Map<string, Map<string, Limit | null>> | null} */ #sources = null;
  /** @type {Set<string>} */ #alone;
  /** @type {Group[]} */ #groups;
  /** @type {boolean} */ #hasPaths;
  /** @type {number} */ revision;
  /** @type {string | null} */ suffixList;

  /** @param {any} body a checked table */
  constructor(body) {
    this.#lines = body.links;
    this.#cuts = new Set(body.cuts);
    this.#alone = new Set(body.hosts);
    this.#groups = body.affiliations;
    this.revision = body.revision;
    this.suffixList = body.suffix_list;
    this.#hasPaths = this.#lines.startsWith("/", this.#firstAt("/"));
  }

  /**
   * Take a table as parsed from the service's JSON.
   * @param {any} body
   * @returns {MatchTable}
   * @throws {InvalidTable} damaged, of another version, or no match table; nothing of it is read then
   */
  static fromJSON(body) {
    if (body === null || typeof body !== "object" || body.format !== FORMAT) {
      throw new InvalidTable("this is no match table");
    }
    if (body.version !== VERSION) throw new InvalidTable(`the match table is of another version than ${VERSION}`);
    if (!Number.isSafeInteger(body.revision) || (body.suffix_list !== null && typeof body.suffix_list !== "string")) {
      throw new InvalidTable("the match table is damaged: a part is missing");
    }
    for (const part of [body.cuts, body.hosts, body.affiliations]) {
      if (!Array.isArray(part)) throw new InvalidTable("the match table is damaged: a part is missing");
    }
    if (typeof body.links !== "string") throw new InvalidTable("the match table is damaged: a part is missing");
    if (checkSum(body) !== body.check) {
      throw new InvalidTable("the match table is damaged: its check sum is another");
    }
    return new MatchTable(body);
  }

  /**
   * Find the records for a page, best first. A record with a regex link on the page's site is undecided: the service is
   * to be asked about it.
   * @param {string} address
   * @returns {{matches: Match[], undecided: string[]}}
   * @throws {InvalidUrl} this is no page address
   */
  find(address) {
    const page = admit(address);
    /** @type {Hit[]} */ const hits = [];
    /** @type {Set<string>} */ const undecided = new Set();
    this.#onHost(page, hits, undecided);
    this.#onNames(page, hits, undecided);
    return { matches: settle(hits, undecided, page.host), undecided: [...undecided].sort() };
  }

  /**
   * Links under the page's own host.
   * @param {Page} page
   * @param {Hit[]} hits
   * @param {Set<string>} undecided
   */
  #onHost(page, hits, undecided) {
    const key = page.port ? `${page.host}:${page.port}` : page.host;
    for (const link of this.#under(`=${key}`, page.host)) considerOnHost(link, page, hits, undecided);
    for (const link of this.#under(`!${key}${page.resource}`, page.host)) considerOnHost(link, page, hits, undecided);
    if (this.#hasPaths) this.#onPaths(`/${key}`, page, hits, undecided);
    // Links whose port is the page's by number only: each is the other scheme's default.
    for (const link of this.#under(`=${page.host}:!`, page.host)) considerOnHost(link, page, hits, undecided, true);
    if (page.port === "80" || page.port === "443") {
      for (const space of ["=", "!", "/"]) {
        for (const link of this.#startingWith(space, page.host)) {
          considerOnHost(link, page, hits, undecided, true);
        }
      }
    }
  }

  /**
   * @param {string} key
   * @param {Page} page
   * @param {Hit[]} hits
   * @param {Set<string>} undecided
   */
  #onPaths(key, page, hits, undecided) {
    if (!this.#lines.startsWith(key, this.#firstAt(key))) return;
    const { path } = page;
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      for (const link of this.#under(key + path.slice(0, end), page.host)) considerOnHost(link, page, hits, undecided);
    }
    for (const link of this.#under(key + path, page.host)) considerOnHost(link, page, hits, undecided);
  }

  /**
   * Links under the page's registrable domain, found by walking up its labels until a public suffix is met.
   * @param {Page} page
   * @param {Hit[]} hits
   * @param {Set<string>} undecided
   */
  #onNames(page, hits, undecided) {
    for (const name of ancestry(page.host)) {
      if (this.#isCut(name, page.host)) return;
      let own = false;
      for (const link of this.#under(`@${name}`, name)) {
        own = true;
        considerOnName(link, page, hits, undecided);
      }
      const sources = this.#sourcesOf(name);
      if (sources && (name === page.host || !this.#alone.has(name))) this.#affiliated(sources, page, hits);
      if (own) return;
    }
  }

  /**
   * @param {string} name
   * @param {string} host the name where the walk began
   */
  #isCut(name, host) {
    return this.#cuts.size > 0 && (this.#cuts.has(name) || (name !== host && this.#cuts.has(`*.${name}`)));
  }

  /**
   * @param {Map<string, Limit | null>} sources
   * @param {Page} page
   * @param {Hit[]} hits
   */
  #affiliated(sources, page, hits) {
    for (const [source, limit] of sources) {
      for (const link of this.#domainLinks(source)) {
        if (limit && limit.records.has(link.record) !== limit.only) continue;
        if (!link.veto && (page.scheme === "https" || !link.url.startsWith("https:"))) {
          hits.push({ link, strength: "affiliated" });
        }
      }
    }
  }

  /**
   * The domain links that a member of an affiliation stands for: its own, or those on that one host.
   * @param {string} member
   * @returns {Packed[]}
   */
  #domainLinks(member) {
    for (const name of ancestry(member)) {
      if (this.#isCut(name, member)) return [];
      const links = this.#under(`@${name}`, name).filter((link) => link.kind === "d");
      if (links.length) return name === member ? links : links.filter((link) => hostOf(link.url) === member);
    }
    return [];
  }

  /** @param {string} name */
  #sourcesOf(name) {
    if (this.#sources === null) {
      this.#sources = new Map();
      for (const group of this.#groups) {
        const savedFor = group.shared ?? group.from ?? [];
        const records = group.only ?? group.except;
        const limit = records ? { records: new Set(records), only: group.only !== undefined } : null;
        for (const target of group.shared ?? group.to ?? []) {
          const known = this.#sources.get(target) ?? new Map();
          for (const source of savedFor) {
            if (source !== target) known.set(source, known.has(source) ? joined(known.get(source), limit) : limit);
          }
          this.#sources.set(target, known);
        }
      }
    }
    return this.#sources.get(name);
  }

  /**
   * The links whose key is this one.
   * @param {string} key
   * @param {string} name the site or the host that the key names
   * @returns {Packed[]}
   */
  #under(key, name) {
    const start = `${key} `;
    return [...this.#beginningWith(start)].map((line) => unpack(line.slice(start.length), name));
  }

  /**
   * The links whose key begins with a host: that very host's, on the port that its scheme has by itself.
   * @param {string} sign
   * @param {string} host
   * @returns {Packed[]}
   */
  #startingWith(sign, host) {
    const key = sign + host;
    return [...this.#beginningWith(key)]
      .filter((line) => line[key.length] === " " || line[key.length] === "/")
      .map((line) => unpack(line.slice(line.indexOf(" ") + 1), host));
  }

  /**
   * The lines that begin with a text.
   * @param {string} start
   */
  *#beginningWith(start) {
    const lines = this.#lines;
    for (let at = this.#firstAt(start); lines.startsWith(start, at); ) {
      const end = lines.indexOf(BETWEEN_LINES, at);
      yield end < 0 ? lines.slice(at) : lines.slice(at, end);
      if (end < 0) return;
      at = end + 1;
    }
  }

  /**
   * Where the first line begins that is not before the text. The lines are in order of their code units, and none is a
   * beginning of a text that is looked for: each has a space behind its key and more behind that.
   * @param {string} text
   */
  #firstAt(text) {
    const lines = this.#lines;
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = middle === 0 ? 0 : lines.lastIndexOf(BETWEEN_LINES, middle - 1) + 1;
      if (lines.slice(start, start + text.length) < text) {
        const end = lines.indexOf(BETWEEN_LINES, middle);
        low = end < 0 ? lines.length : end + 1;
      } else high = start;
    }
    return low;
  }
}

/**
 * The records that either of two groups holds for.
 * @param {Limit | null} one
 * @param {Limit | null} other
 * @returns {Limit | null}
 */
function joined(one, other) {
  if (!one || !other) return null;
  if (one.only && other.only) return { records: new Set([...one.records, ...other.records]), only: true };
  const [named, but] = one.only ? [one, other] : [other, one];
  return { records: new Set([...but.records].filter((record) => named.records.has(record) !== named.only)), only: false };
}

/**
 * A host and every name above it, deepest first.
 * @param {string} host
 */
function* ancestry(host) {
  let name = host;
  for (;;) {
    yield name;
    const dot = name.indexOf(".");
    if (dot < 0) return;
    name = name.slice(dot + 1);
  }
}

/** @param {string} one @param {string} other */
function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}

/**
 * Drop vetoed and undecided records, keep each record's strongest link, and put the best first.
 * @param {Hit[]} hits
 * @param {Set<string>} undecided
 * @param {string} host
 * @returns {Match[]}
 */
function settle(hits, undecided, host) {
  const withheld = new Set(undecided);
  for (const { link } of hits) if (link.veto) withheld.add(link.record);
  const length = (/** @type {Hit} */ hit) =>
    hit.strength === "path" ? baseOf(splitUrl(hit.link.url).tail ?? "/").length : 0;
  const best = hits
    .filter(({ link }) => !withheld.has(link.record))
    .map((hit) => ({ ...hit, rank: RANKS[hit.strength], length: length(hit) }))
    .sort((a, b) => b.rank - a.rank || b.length - a.length || a.link.order - b.link.order || compare(a.link.record, b.link.record));
  /** @type {Match[]} */ const matches = [];
  for (const { link, strength, rank } of best) {
    if (withheld.has(link.record)) continue;
    withheld.add(link.record);
    matches.push({
      record: link.record,
      link: { url: link.url, strategy: STRATEGIES[link.kind] },
      strength,
      close: rank >= CLOSE,
      reason: reasonOf(strength, link.url, host),
    });
  }
  return matches;
}

/**
 * Say why a link matches, in the service's own sentences (matcher/words.py).
 * @param {string} strength
 * @param {string} url
 * @param {string} host
 */
function reasonOf(strength, url, host) {
  switch (strength) {
    case "exact":
      return `the address is the linked one, ${url}`;
    case "path":
      return `the page is the linked one, or lies below it: ${url}`;
    case "host":
      return `the page is on the linked host, ${host}`;
    case "pattern":
      return `the address fits the pattern ${url}`;
    case "domain on the same host":
      return `the page is on the host saved with the record, ${host}`;
    case "domain on another host":
      return `${host} belongs to the same site as ${hostOf(url)}, the host saved with the record`;
    default:
      return `${host} shares its logins with ${hostOf(url)}, the host saved with the record`;
  }
}

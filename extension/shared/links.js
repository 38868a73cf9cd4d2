// One packed link and one page: what the link says, and whether it holds for the page.
// The table has led to the link already (match.js); nothing here may look for links, nor weigh one against another.

/** @type {Record<string, number>} */
const DEFAULT_PORTS = { http: 80, https: 443 };
/** @type {Record<string, string>} */
export const STRATEGIES = {
  d: "domain",
  s: "domain",
  h: "host",
  p: "path",
  e: "exact",
  g: "pattern",
  r: "regex",
  q: "regex",
};

/**
 * @typedef {{scheme: string, host: string, port: string, path: string, resource: string, fragment: string}} Page
 * @typedef {{kind: string, veto: boolean, url: string, order: number, record: string}} Packed
 * @typedef {{link: Packed, strength: string}} Hit
 */

/**
 * Take a packed link apart (matcher/packed.py, shortened as matcher/wire.py says).
 * @param {string} line what stands behind the key: perhaps a number, which is for the service alone, and the link
 * @param {string} name the site or the host that the key names, `>` in the link
 * @returns {Packed}
 */
export function unpack(line, name) {
  const text = line.replace(/^[0-9]+/, "");
  const kind = text[0].toLowerCase();
  const first = text.indexOf(" ");
  const second = text.indexOf(" ", first + 1);
  const third = kind === "r" || kind === "q" ? text.indexOf(" ", second + 1) : second;
  const hole = text.indexOf(">");
  const start = text[1] === "<" ? `https://${text.slice(2, hole)}` : text.slice(1, hole);
  return {
    kind,
    veto: kind !== text[0],
    url: start + name + text.slice(hole + 1, first),
    order: Number(text.slice(first + 1, second)),
    record: plain(text.slice(third + 1)),
  };
}

/** @param {string} text the record's name as the table's line has it */
function plain(text) {
  return text.includes("%") ? text.replaceAll("%7F", "\x7f").replaceAll("%25", "%") : text;
}

/** @param {string} url */
export function splitUrl(url) {
  const colons = url.indexOf("://");
  const rest = url.slice(colons + 3);
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const colon = authority.indexOf(":", authority.lastIndexOf("]") + 1);
  return {
    scheme: url.slice(0, colons),
    host: colon < 0 ? authority : authority.slice(0, colon),
    port: colon < 0 ? "" : authority.slice(colon + 1),
    tail: slash < 0 ? null : rest.slice(slash),
  };
}

/** @param {string} url */
export function hostOf(url) {
  return splitUrl(url).host;
}

/** @param {string} tail */
export function baseOf(tail) {
  const path = tail.split("#", 1)[0].split("?", 1)[0];
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/**
 * Whether two ports are the same: their numbers are, or each is its own scheme's default.
 * @param {string} scheme
 * @param {string} port
 * @param {Page} page
 */
function samePort(scheme, port, page) {
  if (port === "" && page.port === "") return true;
  const number = port === "" ? DEFAULT_PORTS[scheme] : Number(port);
  return number === (page.port === "" ? DEFAULT_PORTS[page.scheme] : Number(page.port));
}

/**
 * Add a link that stands under the page's host, if it holds.
 * @param {Packed} link
 * @param {Page} page
 * @param {Hit[]} hits
 * @param {Set<string>} undecided
 * @param {boolean} portsDiffer whether the port is still to be compared
 */
export function considerOnHost(link, page, hits, undecided, portsDiffer = false) {
  const { scheme, port, tail } = splitUrl(link.url);
  if (link.kind === "g") {
    if (!portsDiffer || samePort(scheme, port, page)) considerPattern(link, page, hits, true);
    return;
  }
  if (!link.veto && scheme !== page.scheme && (link.kind === "e" || scheme === "https")) return;
  if (portsDiffer && !samePort(scheme, port, page)) return;
  const rest = tail ?? "/";
  if (link.kind === "p") {
    const base = baseOf(rest);
    if (page.path !== base && !page.path.startsWith(`${base}/`)) return;
  } else if (link.kind === "e") {
    const hash = rest.indexOf("#");
    if ((hash < 0 ? rest : rest.slice(0, hash)) !== page.resource) return;
    if (hash >= 0 && hash + 1 < rest.length && rest.slice(hash + 1) !== page.fragment) return;
  } else if (link.kind === "q") {
    undecided.add(link.record);
    return;
  }
  hits.push({ link, strength: link.kind === "s" ? "domain on the same host" : STRATEGIES[link.kind] });
}

/**
 * Add a link that stands under the page's registrable domain, if it holds.
 * @param {Packed} link
 * @param {Page} page
 * @param {Hit[]} hits
 * @param {Set<string>} undecided
 */
export function considerOnName(link, page, hits, undecided) {
  const served = link.veto || page.scheme === "https" || !link.url.startsWith("https:");
  if (link.kind === "d") {
    if (!served) return;
    const same = hostOf(link.url) === page.host;
    hits.push({ link, strength: same ? "domain on the same host" : "domain on another host" });
  } else if (link.kind === "g") {
    const { scheme, port } = splitUrl(link.url);
    if (port === "*" || samePort(scheme, port, page)) considerPattern(link, page, hits, false);
  } else if (served) {
    undecided.add(link.record);
  }
}

/**
 * @param {Packed} link
 * @param {Page} page
 * @param {Hit[]} hits
 * @param {boolean} hostIsSame
 */
function considerPattern(link, page, hits, hostIsSame) {
  const { scheme, host, tail } = splitUrl(link.url);
  if (!link.veto && scheme !== "*" && scheme !== page.scheme) return;
  if (!hostIsSame && !hostFits(host, page.host)) return;
  if (tail !== null && !resourceFits(tail, page.resource)) return;
  hits.push({ link, strength: "pattern" });
}

/**
 * @param {string} pattern
 * @param {string} host
 */
function hostFits(pattern, host) {
  const open = pattern.startsWith("**.");
  const wanted = (open ? pattern.slice(3) : pattern).split(".");
  const labels = host.split(".");
  if (open ? labels.length < wanted.length : labels.length !== wanted.length) return false;
  const skip = labels.length - wanted.length;
  return wanted.every((label, at) => piecesFit(label, labels[skip + at], 1));
}

/**
 * @param {string} pattern
 * @param {string} resource
 */
function resourceFits(pattern, resource) {
  return piecesFit(pattern, pattern.includes("?") ? resource : resource.split("?", 1)[0], 0);
}

/**
 * Whether a text fits a pattern whose stars stand for at least so many characters each.
 * @param {string} pattern
 * @param {string} text
 * @param {number} least
 */
function piecesFit(pattern, text, least) {
  if (!pattern.includes("*")) return pattern === text;
  const pieces = pattern.split("*");
  const first = pieces[0];
  const last = pieces[pieces.length - 1];
  const end = text.length - last.length;
  let at = first.length;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at + least);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return at + least <= end;
}

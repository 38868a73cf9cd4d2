// The way that a tab went from the page of a record: scheme, host, port and path of each page, as the browser told them,
// and nothing of their queries. Pure functions over a value that belongs to the tab; who calls them says for which tabs.

/**
 * `record`: the one that was chosen where the way begins; `hops`: in their order; `begun`: where the navigation under way
 * began; `told`: what the service said of the page that is shown.
 * @typedef {{ record: string, hops: string[], begun: string | null, told: Told | null }} Trail
 * @typedef {{ origin: string, id: string | null, warnings: string[], asked: boolean, frame?: string }} Told `id`: of the proposal; null: there is none;
 *   `frame`: the host of the frame that it is about
 */

/** As many hops as the service takes; a login has fewer. */
export const MOST = 20;
/** Characters of a path; the service keeps no more. */
const LONGEST_PATH = 300;

/** A page as it is told: without user-info, query and fragment. @param {URL} url */
export const hopOf = (url) => url.origin + url.pathname.slice(0, LONGEST_PATH);

/** @param {string} record @param {URL} page where it was chosen @returns {Trail} */
export function begun(record, page) {
  return { record, hops: [hopOf(page)], begun: null, told: null };
}

/** A navigation begins; whether it comes to anything is not known. @param {Trail} trail @param {URL} url @returns {Trail} */
export function leaving(trail, url) {
  return { ...trail, begun: hopOf(url) };
}

/**
 * Another page is there.
 * @param {Trail} trail @param {URL} url @param {string[]} qualifiers as webNavigation.onCommitted gives them; only a redirect by
 *   the server makes the address that was left for one that was passed
 * @returns {Trail}
 */
export function arrived(trail, url, qualifiers) {
  const passed = trail.begun !== null && qualifiers.includes("server_redirect") ? [trail.begun] : [];
  return { ...trail, hops: joined(trail.hops, [...passed, hopOf(url)]), begun: null, told: null };
}

/**
 * What is told of the way to a page: from the last page of the record before it.
 * @param {string[]} hops @param {URL} page @param {(address: string) => Promise<boolean>} isRecords whether the record matches an address
 * @returns {Promise<string[]>} empty: there is nothing to tell
 */
export async function wayTo(hops, page, isRecords) {
  const all = joined(hops, [hopOf(page)]);
  for (let at = all.length - 2; at >= 0; at--) {
    if (await isRecords(all[at])) return all.length - at > MOST ? [] : all.slice(at);
  }
  return [];
}

/** @param {string[]} hops @param {string[]} more @returns {string[]} each page once where it follows itself; of very many the last, which then begin nowhere */
export function joined(hops, more) {
  return [...hops, ...more].filter((hop, at, all) => hop !== all[at - 1]).slice(-MOST - 1);
}

// Says which kinds of login field a page has, and fills on the background's word. It listens to the extension alone, puts
// nothing into the page but values a person asked for, and on a page without inputs observes nothing.
"use strict";

const { runtime } = globalThis.browser ?? globalThis.chrome;
/** This document's name, so that an answer meant for it reaches no other. */
const page = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
/** Further looks at a page without inputs, the second into shadow roots too; milliseconds. */
const LATER = [300, 1_000, 3_000, 8_000];
/** A busy page is looked at no oftener. */
const PAUSE = 250;

let reported = "";
/** @type {MutationObserver | undefined} */
let observer;
let pending = false;

/** @param {object} message */
async function tell(message) {
  try {
    await runtime.sendMessage(message);
  } catch {
    if (!runtime.id) observer?.disconnect(); // The extension was updated or removed.
  }
}

/** @param {Login<Input> | undefined} login */
const kindsOf = (login) => KINDS.filter((kind) => login?.[kind] && !login[kind].readOnly);

/** The login form a person means: with the focus, else the likeliest. @param {Login<Input>[]} logins @returns {Login<Input> | undefined} */
function meant(logins) {
  return logins.find(({ username, password }) => [username, password].includes(/** @type {any} */ (document.activeElement ?? 0))) ?? logins[0];
}

/** @param {boolean} [always] report even when nothing changed */
function lookAround(always) {
  const { logins, roots, inputs } = findLogins();
  if (inputs > 0) observe(roots);
  const kinds = kindsOf(meant(logins));
  const report = `${kinds.join()} ${location.origin}${location.pathname}`;
  if (kinds.length === 0 && reported === "") return;
  if (always || report !== reported) tell({ type: "page:fields", page, kinds });
  reported = report;
}

function soon() {
  if (pending) return;
  pending = true;
  setTimeout(() => {
    pending = false;
    if (document.visibilityState === "visible") lookAround();
  }, PAUSE);
}

/** @param {ShadowRoot[]} roots */
function observe(roots) {
  observer ??= new MutationObserver(soon);
  for (const root of [document, ...roots]) {
    observer.observe(root, { childList: true, subtree: true, attributeFilter: ["type", "class", "style", "hidden", "disabled", "readonly"] });
  }
}

function look() {
  const login = meant(findLogins().logins);
  const field = login?.password ?? login?.username;
  const actions = field ? targets(field).map((url) => url && url.origin + url.pathname).filter(Boolean) : [];
  return { page, origin: location.origin, kinds: kindsOf(login), actions };
}

/** @param {{ page: string, address: string, values: Values, sites: string[], act: boolean }} order */
function fill({ page: id, address, values, sites, act }) {
  const here = id === page && address.split("#")[0] === location.href.split("#")[0];
  const login = here && meant(findLogins().logins);
  if (login) return fillLogin(login, values, { sites, act, onGuard: () => tell({ type: "page:guarded", page }) });
  for (const kind of KINDS) delete values[kind];
  return { filled: [], refused: [], moved: true };
}

runtime.onMessage.addListener((message, sender, respond) => {
  if (sender.id !== runtime.id || sender.tab) return;
  if (message.type === "look") respond(look());
  else if (message.type === "fill") respond(fill(message));
  else if (message.type === "watch") {
    observe([]);
    soon();
  }
});

function start() {
  // A console page says which revision exists; the background checks that it is the service's own.
  const revision = document.querySelector("meta[name=wayfill-revision]")?.getAttribute("content") ?? "";
  if (/^\d{1,15}$/.test(revision)) tell({ type: "page:revision", revision: Number(revision) });
  lookAround();
  const inputs = document.getElementsByTagName("input");
  for (const delay of LATER) setTimeout(() => observer || ((inputs.length > 0 || delay === LATER[1]) && lookAround()), delay);
  addEventListener("focusin", (event) => event.isTrusted && !observer && event.composedPath()[0] instanceof HTMLInputElement && soon(), true);
  addEventListener("pageshow", (event) => event.isTrusted && event.persisted && lookAround(true));
  document.addEventListener("visibilitychange", (event) => event.isTrusted && document.visibilityState === "visible" && lookAround(true));
}

if (self.origin !== "null" && self === top) {
  if (/** @type {any} */ (document).prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
}

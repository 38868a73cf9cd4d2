// Tells the background what the page looks like, and fills on its word. It listens to the extension alone, decides nothing,
// puts nothing into the page but values a person asked for, and observes changes only as long as the background wants it.
"use strict";

const { runtime } = globalThis.browser ?? globalThis.chrome;
/** This document's name, so that an answer meant for it reaches no other. */
const page = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
/** A page is looked at no oftener than this (milliseconds), nor for more than a part of its time. */
const PAUSE = 250;
const PART = 20;

let told = "";
/** Until when changes are observed; milliseconds since the epoch. */
let until = 0;
/** @type {MutationObserver | undefined} */
let observer;
let pending = false;
let cost = 0;
/** What the background made of the newest view. @type {Login<Input>[]} */
let recognised = [];

/** @param {object} message @returns {Promise<any>} */
async function tell(message) {
  try {
    return (await runtime.sendMessage(message))?.value;
  } catch {
    if (!runtime.id) rest(); // The extension was updated or removed.
  }
}

/** @param {boolean} [always] tell even when nothing changed */
async function lookAround(always) {
  const started = performance.now();
  /** @type {ShadowRoot[]} */
  const roots = [];
  const view = viewOf(roots);
  if (observer) for (const root of roots) observe(root);
  const now = JSON.stringify([view, location.href]);
  cost = performance.now() - started;
  if (now === told && !always) return;
  const had = told;
  told = now;
  if (view.fields.length === 0 && !always && !had) return;
  const answer = await tell({ type: "page:fields", page, view });
  if (!answer || told !== now) return;
  const [username, password] = ["username", "password"].map((kind) => (/** @type {any} */ login) => inputs.get(login[kind]) ?? null);
  recognised = answer.logins.map((/** @type {any} */ login) => ({ username: username(login), password: password(login) }));
  if (answer.watch > 0) watch(answer.watch);
  else rest();
}

/** The logins of the newest look. @returns {{ logins: Login<Input>[] }} */
const findLogins = () => ({ logins: recognised });

function soon() {
  if (Date.now() > until) rest();
  if (pending) return;
  pending = true;
  setTimeout(() => {
    pending = false;
    if (document.visibilityState === "visible") lookAround();
  }, Math.max(PAUSE, cost * PART));
}

/** @param {Node} root */
function observe(root) {
  observer?.observe(root, { childList: true, subtree: true, attributeFilter: ["type", "class", "style", "hidden", "disabled", "readonly"] });
}

/** @param {number} milliseconds how long changes are of interest */
function watch(milliseconds) {
  until = Date.now() + milliseconds;
  if (observer) return;
  observer = new MutationObserver(soon);
  observe(document);
}

function rest() {
  observer?.disconnect();
  observer = undefined;
}

/** @param {{ page: string, address: string, fields: Partial<Record<Kind, number[]>>, values: Values, sites: string[], act: boolean }} order */
function fill({ page: id, address, fields, values, sites, act }) {
  if (id === page && address.split("#")[0] === location.href.split("#")[0]) {
    const login = Object.fromEntries(KINDS.map((kind) => [kind, (fields[kind] ?? []).flatMap((number) => inputs.get(number) ?? [])]));
    return fillLogin(login, values, { sites, act, onGuard: () => tell({ type: "page:guarded", page }) });
  }
  for (const kind of KINDS) delete values[kind];
  return { filled: [], refused: [], moved: true };
}

// A document with a name of nobody's gets nothing; nor does a frame that its page keeps apart.
if (self.origin !== "null" && !(/** @type {any} */ (self).credentialless)) {
  runtime.onMessage.addListener((message, sender, respond) => {
    if (sender.id !== runtime.id || sender.tab) return;
    if (message.type === "look") respond({ page, origin: location.origin, view: viewOf() });
    else if (message.type === "fill") respond(fill(message));
    else if (message.type === "watch") {
      watch(message.milliseconds);
      soon();
      respond(true);
    } else if (message.type === "ping") respond(true);
  });
  if (self === top) {
    lookAround();
    addEventListener("focusin", (event) => event.isTrusted && !observer && soon(), true);
    addEventListener("pageshow", (event) => event.isTrusted && event.persisted && lookAround(true));
    document.addEventListener("visibilitychange", (event) => event.isTrusted && document.visibilityState === "visible" && lookAround(true));
  }
}

// What runs in a page: says which kinds of login field are there, and fills on the background's word. It listens to the
// extension alone, never to the page; puts nothing into the page but the values a person asked for; and on a page without
// inputs it observes nothing.
"use strict";

(() => {
  const wayfill = globalThis.wayfill;
  const runtime = (globalThis.browser ?? globalThis.chrome).runtime;
  /** This document's name for the background, so that an answer meant for it reaches no other. */
  const page = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  /** Looks at a page that had no inputs at first, in milliseconds after the script started. */
  const LATER = [300, 1_000, 3_000, 8_000];
  /** A busy page is looked at no oftener than this. */
  const PAUSE = 250;

  let reported = "";
  /** @type {MutationObserver | null} */
  let observer = null;
  let pending = false;

  /** @param {object} message */
  function tell(message) {
    try {
      runtime.sendMessage(message).catch(stop);
    } catch {
      stop(); // The extension was updated or removed: this script belongs to nobody.
    }
  }

  function stop() {
    if (runtime.id) return;
    observer?.disconnect();
    observer = null;
  }

  /** @param {{ username: HTMLInputElement | null, password: HTMLInputElement | null } | undefined} login */
  function kindsOf(login) {
    const kinds = [];
    if (login?.username && !login.username.readOnly) kinds.push("username");
    if (login?.password && !login.password.readOnly) kinds.push("password");
    return kinds;
  }

  /** The login form a person means: the one with the focus, else the likeliest. @param {{ username: HTMLInputElement | null, password: HTMLInputElement | null }[]} logins */
  function meant(logins) {
    const active = document.activeElement;
    return logins.find(({ username, password }) => active && (username === active || password === active)) ?? logins[0];
  }

  /** @param {boolean} always report even when nothing changed */
  function lookAround(always) {
    const { logins, roots, inputs } = wayfill.findLogins();
    if (inputs > 0) observe(roots);
    const kinds = kindsOf(meant(logins));
    const report = `${kinds.join()} ${location.origin}${location.pathname}`;
    if (kinds.length === 0 ? reported !== "" && report !== reported : always || report !== reported) {
      tell({ type: "page:fields", page, kinds });
      reported = report;
    }
  }

  function soon() {
    if (pending) return;
    pending = true;
    setTimeout(() => {
      pending = false;
      if (document.visibilityState === "visible") lookAround(false);
    }, PAUSE);
  }

  /** @param {ShadowRoot[]} roots */
  function observe(roots) {
    observer ??= new MutationObserver(soon);
    const what = { childList: true, subtree: true, attributes: true, attributeFilter: ["type", "class", "style", "hidden", "disabled", "readonly"] };
    for (const root of [document, ...roots]) observer.observe(root, what);
  }

  function look() {
    const login = meant(wayfill.findLogins().logins);
    const field = login?.password ?? login?.username;
    const actions = field ? wayfill.targets(field).filter(Boolean).map((/** @type {URL} */ url) => url.origin + url.pathname) : [];
    return { page, origin: location.origin, kinds: kindsOf(login), actions: [...new Set(actions)] };
  }

  /** @param {{ page: string, address: string, values: Record<string, string>, sites: string[], act: boolean }} order */
  function fill(order) {
    const meantFor = new URL(order.address);
    const here = order.page === page && meantFor.origin === location.origin && meantFor.pathname === location.pathname && meantFor.search === location.search;
    const login = here ? meant(wayfill.findLogins().logins) : undefined;
    if (!login) {
      for (const kind of Object.keys(order.values)) delete order.values[kind];
      return { filled: [], refused: [], moved: true };
    }
    return wayfill.fillLogin(login, order.values, order.sites, order.act, () => tell({ type: "page:guarded", page }));
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

  /** A page of the service's console says which revision it has seen; the background checks that it is that service. */
  function announce() {
    const content = document.querySelector("meta[name=wayfill-revision]")?.getAttribute("content") ?? "";
    if (/^\d{1,15}$/.test(content)) tell({ type: "page:revision", revision: Number(content) });
  }

  function start() {
    announce();
    lookAround(false);
    const inputs = document.getElementsByTagName("input");
    for (const delay of LATER) setTimeout(() => observer || (inputs.length > 0 && lookAround(false)), delay);
    addEventListener("focusin", (event) => event.isTrusted && !observer && event.composedPath()[0] instanceof HTMLInputElement && soon(), true);
    document.addEventListener("visibilitychange", (event) => event.isTrusted && document.visibilityState === "visible" && lookAround(true));
    addEventListener("pageshow", (event) => event.isTrusted && event.persisted && lookAround(true));
  }

  if (self.origin === "null" || self !== top) return;
  if (/** @type {any} */ (document).prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
})();

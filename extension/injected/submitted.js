// Given to a page that has login fields, on demand, while somebody is signed in: tells the background what is typed by hand
// into a login that is sent. It hears trusted events alone, speaks to the extension alone and keeps nothing. What Wayfill
// filled is never told. While something typed may be sent, a line that says nothing keeps the background awake: what a page
// tells a sleeping one as it goes is lost with the page.
"use strict";

(() => {
  const MARK = Symbol.for("wayfill:submitted");
  const world = /** @type {any} */ (globalThis);
  if (world[MARK]) return;
  world[MARK] = true;
  /** Fields that a person has typed into; what stood there before this script came is theirs unless Wayfill filled it. @type {WeakSet<EventTarget>} */
  const typed = new WeakSet([...document.querySelectorAll("input")].filter((field) => field.value !== "" && !guarded.has(field)));

  /** How long after the last key the background is kept awake, in milliseconds, and how often it is woken for that. */
  const AWAKE = 300_000;
  const MOST = 20;
  let until = 0;
  let woken = 0;
  /** @type {chrome.runtime.Port | null} */
  let line = null;

  function keepAwake() {
    if (line || Date.now() > until || woken++ >= MOST || !runtime.id) return;
    line = runtime.connect({ name: "typing" });
    line.onDisconnect.addListener(() => {
      line = null;
      setTimeout(keepAwake, 50);
    });
  }

  /** @param {EventTarget} field */
  function noted(field) {
    typed.add(field);
    until = Date.now() + AWAKE;
    keepAwake();
  }

  /** @param {Element | null} near the form, or an element of the login that is sent */
  function report(near) {
    // A click that a script made sends a form by an event that is trusted.
    if (!navigator.userActivation.isActive) return;
    const { logins } = findLogins();
    const of = (/** @type {Login<Input>} */ { username, password }) => [username, password].some((field) => field && near?.contains(field));
    const login = logins.find(of) ?? (near?.localName === "form" ? undefined : logins[0]);
    if (!login) return;
    const { username, password } = login;
    const byHand = password !== null && password.value !== "" && typed.has(password);
    if (!byHand && !(username?.value && !password)) return void (password?.value && tell({ type: "page:submitted", page, username: "", password: "", own: true }));
    tell({ type: "page:submitted", page, username: username?.value ?? "", password: byHand ? password.value : "", own: false });
  }

  /** @param {Event} event */
  const from = (event) => /** @type {Element} */ (event.composedPath()[0]);
  addEventListener("input", (event) => event.isTrusted && noted(from(event)), true);
  addEventListener("submit", (event) => event.isTrusted && report(from(event)), true);
  addEventListener("keydown", (event) => event.isTrusted && event.key === "Enter" && from(event) instanceof HTMLInputElement && report(from(event)), true);
  addEventListener("click", (event) => event.isTrusted && from(event).closest?.("button, [type=submit], [type=image], [role=button]") && report(from(event).closest("form")), true);
})();

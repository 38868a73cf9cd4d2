// In every page: tells the background once that there are inputs, and of which look. It reads no value and no text, holds
// no word list, observes nothing and puts nothing into the page; what understands forms is brought only where it is needed.
"use strict";

{
  const { runtime } = globalThis.browser ?? globalThis.chrome;
  /** Further looks at a page, in milliseconds after the first; the focus of a person is one more. */
  const LATER = [300, 1_000, 3_000, 8_000];
  /** A hint, no recognition: errs on the side of a login. */
  const LIKE_A_LOGIN = /pass|pwd|user|log.?in|sign.?in|e.?mail|account|otp|one.?time|webauthn/i;
  const inputs = document.getElementsByTagName("input");
  let said = "";

  /** @param {object} message */
  const tell = (message) => runtime.id && runtime.sendMessage(message).catch(() => {});

  /** @param {HTMLInputElement[]} some */
  function look(some) {
    if (said === "login") return;
    /** @param {HTMLInputElement} input */
    const like = ({ type, name, id, autocomplete }) => type !== "hidden" && LIKE_A_LOGIN.test([type, name, id, autocomplete].join());
    const hint = some.some(like) ? "login" : some.some(({ type }) => /^(text|tel|number|search)$/.test(type)) ? "other" : "";
    if (hint === said || hint === "") return;
    said = hint;
    tell({ type: "page:inputs", hint });
  }

  const lookAtAll = () => inputs.length > 0 && look([...inputs].slice(0, 200));
  const again = () => {
    said = "";
    lookAtAll();
  };

  /** An input in a shadow root is heard of when a person goes there. @param {FocusEvent} event */
  function focused(event) {
    const [target] = event.composedPath();
    if (!event.isTrusted || !(target instanceof Element)) return;
    if (target instanceof HTMLInputElement) look([target]);
    else if (target.localName.includes("-") && said !== "login") tell({ type: "page:inputs", hint: (said = "login") });
  }

  function start() {
    // A console page says which revision exists; the background checks that it is the service's own.
    const revision = document.querySelector("meta[name=wayfill-revision]")?.getAttribute("content") ?? "";
    if (/^\d{1,15}$/.test(revision)) tell({ type: "page:revision", revision: Number(revision) });
    lookAtAll();
    for (const delay of LATER) setTimeout(lookAtAll, delay);
    addEventListener("focusin", focused, true);
    addEventListener("pageshow", (event) => event.isTrusted && event.persisted && again(), true);
    document.addEventListener("visibilitychange", (event) => event.isTrusted && document.visibilityState === "visible" && again());
  }

  if (self.origin !== "null" && self === top) {
    if (/** @type {any} */ (document).prerendering) document.addEventListener("prerenderingchange", start, { once: true });
    else start();
  }
}

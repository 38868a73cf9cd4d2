// Sets values as a person would, and stands guard until they are sent: a form that turns to another site after the fill
// gets its values taken back. Values are arguments here and are kept in no variable that outlives the call.
"use strict";

(() => {
  const wayfill = (globalThis.wayfill ??= {});
  const setValue = /** @type {(value: string) => void} */ (Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set);

  /** Where a form would send its values. @param {HTMLInputElement} field @param {Element | null} [submitter] @returns {URL | null} */
  function target(field, submitter) {
    const { form } = field;
    if (!form) return null;
    const chosen = submitter?.getAttribute("formaction");
    const written = chosen ?? form.getAttribute("action");
    try {
      return new URL(written || location.href, document.baseURI);
    } catch {
      return new URL("about:blank");
    }
  }

  /** @param {URL | null} url @param {string[]} sites origins that the record's links hold @returns {boolean} */
  function mayReceive(url, sites) {
    if (!url || url.protocol === "javascript:") return true; // Sent by the page's own script, if at all.
    if (url.protocol !== "https:" && url.protocol !== location.protocol) return false;
    return url.host === location.host || sites.includes(url.origin);
  }

  /** Every place a form may send to, its buttons' own included. @param {HTMLInputElement} field @returns {(URL | null)[]} */
  function targets(field) {
    const buttons = field.form ? [...field.form.elements].filter((one) => one.hasAttribute("formaction")) : [];
    return [target(field), ...buttons.map((button) => target(field, button))];
  }

  /** @param {HTMLInputElement} field @param {string} value */
  function type(field, value) {
    const about = { bubbles: true, composed: true };
    field.focus({ preventScroll: true });
    if (!document.hasFocus()) {
      field.dispatchEvent(new FocusEvent("focus", { composed: true }));
      field.dispatchEvent(new FocusEvent("focusin", about));
    }
    field.dispatchEvent(new KeyboardEvent("keydown", { ...about, key: "Unidentified" }));
    setValue.call(field, value);
    field.dispatchEvent(new InputEvent("input", { ...about, inputType: "insertText" }));
    field.dispatchEvent(new KeyboardEvent("keyup", { ...about, key: "Unidentified" }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Why a field is left alone, or null. @param {HTMLInputElement} field @param {string} kind @param {string} value @param {string[]} sites @param {boolean} act */
  function objection(field, kind, value, sites, act) {
    if (!field.isConnected || field.disabled || field.readOnly) return "locked";
    if (kind === "password" && field.type !== "password") return "changed";
    if (field.maxLength >= 0 && value.length > field.maxLength) return "too-long";
    if (!act && kind === "username" && field.value !== "") return "not-empty";
    if (!targets(field).every((url) => mayReceive(url, sites))) return "sends-elsewhere";
    return wayfill.rendered(field) && wayfill.uncovered(field) ? null : "unseen";
  }

  /**
   * Fills one login form, in page order; values are dropped from `values` as they are used.
   * @param {{ username: HTMLInputElement | null, password: HTMLInputElement | null }} login
   * @param {Record<string, string>} values @param {string[]} sites @param {boolean} act
   * @param {() => void} onGuard called when a filled value had to be taken back
   * @returns {{ filled: string[], refused: { kind: string, why: string }[] }}
   */
  function fillLogin(login, values, sites, act, onGuard) {
    /** @type {string[]} */
    const filled = [];
    /** @type {{ kind: string, why: string }[]} */
    const refused = [];
    for (const kind of /** @type {("username" | "password")[]} */ (["username", "password"])) {
      const value = values[kind];
      delete values[kind];
      const field = login[kind];
      if (value === undefined) continue;
      const why = field ? objection(field, kind, value, sites, act) : "gone";
      if (why || !field) {
        refused.push({ kind, why: why ?? "gone" });
        continue;
      }
      guard(field, sites, onGuard);
      type(field, value);
      filled.push(kind);
    }
    return { filled, refused };
  }

  /** Fields under guard, with the origins their form may send to. @type {Map<HTMLInputElement, { sites: string[], onGuard: () => void }>} */
  const guarded = new Map();
  /** @type {MutationObserver | null} */
  let watching = null;

  /** @param {HTMLInputElement} field @param {string[]} sites @param {() => void} onGuard */
  function guard(field, sites, onGuard) {
    guarded.set(field, { sites, onGuard });
    if (!watching) {
      watching = new MutationObserver(() => check(null));
      addEventListener("submit", onSubmit, true);
      addEventListener("formdata", onFormData, true);
    }
    const root = field.form ?? field;
    watching.observe(root, { subtree: true, attributes: true, attributeFilter: ["action", "formaction", "type"] });
  }

  /** Takes back the values of fields whose form now sends elsewhere. @param {Element | null} submitter @returns {HTMLInputElement[]} */
  function check(submitter) {
    const taken = [];
    for (const [field, { sites, onGuard }] of guarded) {
      const all = submitter && field.form ? [target(field, submitter)] : targets(field);
      if (all.every((url) => mayReceive(url, sites))) continue;
      guarded.delete(field);
      setValue.call(field, "");
      field.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "deleteContent" }));
      taken.push(field);
      onGuard();
    }
    return taken;
  }

  /** @param {SubmitEvent} event */
  function onSubmit(event) {
    const taken = check(event.submitter);
    if (!taken.some((field) => field.form === event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Also for `form.submit()`, which sends no submit event. @param {FormDataEvent} event */
  function onFormData(event) {
    for (const field of check(null)) if (field.form === event.target && field.name) event.formData.delete(field.name);
  }

  Object.assign(wayfill, { fillLogin, targets });
})();

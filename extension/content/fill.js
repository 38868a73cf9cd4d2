// Sets values as a person would, and stands guard until they are sent: a form that turns to another site after the fill
// gets its values taken back. Values are arguments here and are kept in no variable that outlives the call.
"use strict";

(() => {
  const wayfill = (globalThis.wayfill ??= /** @type {Wayfill} */ ({}));
  const setValue = /** @type {(value: string) => void} */ (Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set);
  const LOUD = { bubbles: true, composed: true };

  /** @typedef {HTMLInputElement} Input */

  /** Where a form would send its values. @param {Input} field @param {Element | null} [submitter] @returns {URL | null} */
  function target({ form }, submitter) {
    if (!form) return null;
    const written = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    return URL.parse(written || location.href, document.baseURI) ?? new URL("about:invalid");
  }

  /** Every place a form may send to, its buttons' own included. @type {Wayfill["targets"]} */
  function targets(field) {
    const buttons = [...(field.form?.elements ?? [])].filter((one) => one.hasAttribute("formaction"));
    return [target(field), ...buttons.map((button) => target(field, button))];
  }

  /** @param {(URL | null)[]} urls @param {string[]} sites origins that the record's links hold */
  function mayReceive(urls, sites) {
    return urls.every((url) => {
      if (!url || url.protocol === "javascript:") return true; // Sent by the page's own script, if at all.
      if (url.protocol !== "https:" && url.protocol !== location.protocol) return false;
      return url.host === location.host || sites.includes(url.origin);
    });
  }

  /** @param {Input} field @param {string} value */
  function type(field, value) {
    field.focus({ preventScroll: true });
    if (!document.hasFocus()) for (const name of ["focus", "focusin"]) field.dispatchEvent(new FocusEvent(name, { ...LOUD, bubbles: name === "focusin" }));
    field.dispatchEvent(new KeyboardEvent("keydown", { ...LOUD, key: "Unidentified" }));
    set(field, value);
    field.dispatchEvent(new KeyboardEvent("keyup", { ...LOUD, key: "Unidentified" }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** @param {Input} field @param {string} value */
  function set(field, value) {
    setValue.call(field, value);
    field.dispatchEvent(new InputEvent("input", { ...LOUD, inputType: value ? "insertText" : "deleteContent" }));
  }

  /** Why a field is left alone, or null. @param {Input | null} field @param {Kind} kind @param {string} value @param {string[]} sites @param {boolean} act */
  function objection(field, kind, value, sites, act) {
    if (!field?.isConnected) return "gone";
    if (field.disabled || field.readOnly) return "locked";
    if (kind === "password" && field.type !== "password") return "changed";
    if (field.maxLength >= 0 && value.length > field.maxLength) return "too-long";
    if (!act && kind === "username" && field.value !== "") return "not-empty";
    if (!mayReceive(targets(field), sites)) return "sends-elsewhere";
    return wayfill.rendered(field) && wayfill.uncovered(field) ? null : "unseen";
  }

  /** Fills one login form, in page order; a value is dropped from `values` as it is used. @type {Wayfill["fillLogin"]} */
  function fillLogin(login, values, sites, act, onGuard) {
    /** @type {Filled} */
    const done = { filled: [], refused: [] };
    for (const kind of /** @type {Kind[]} */ (["username", "password"])) {
      const value = values[kind];
      const field = login[kind];
      delete values[kind];
      if (value === undefined) continue;
      const why = objection(field, kind, value, sites, act);
      if (why || !field) {
        done.refused.push({ kind, why: why ?? "gone" });
        continue;
      }
      guard(field, sites, onGuard);
      type(field, value);
      done.filled.push(kind);
    }
    return done;
  }

  /** Filled fields, with the origins their form may send to. @type {Map<Input, { sites: string[], onGuard: () => void }>} */
  const guarded = new Map();
  /** @type {MutationObserver | undefined} */
  let watching;

  /** @param {Input} field @param {string[]} sites @param {() => void} onGuard */
  function guard(field, sites, onGuard) {
    guarded.set(field, { sites, onGuard });
    if (!watching) {
      watching = new MutationObserver(() => check());
      addEventListener("submit", onSubmit, true);
      addEventListener("formdata", onFormData, true);
    }
    watching.observe(field.form ?? field, { subtree: true, attributes: true, attributeFilter: ["action", "formaction", "type"] });
  }

  /** Takes back the values of fields whose form now sends elsewhere. @param {Element | null} [submitter] */
  function check(submitter) {
    /** @type {Input[]} */
    const taken = [];
    for (const [field, { sites, onGuard }] of guarded) {
      if (mayReceive(submitter ? [target(field, submitter)] : targets(field), sites)) continue;
      guarded.delete(field);
      set(field, "");
      taken.push(field);
      onGuard();
    }
    return taken;
  }

  /** @param {SubmitEvent} event */
  function onSubmit(event) {
    if (!check(event.submitter).some(({ form }) => form === event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Also for `form.submit()`, which sends no submit event. @param {FormDataEvent} event */
  function onFormData(event) {
    for (const { form, name } of check()) if (form === event.target) event.formData.delete(name);
  }

  Object.assign(wayfill, { fillLogin, targets });
})();

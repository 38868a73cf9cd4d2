// Sets values as a person would, and stands guard until they are sent: a form that turns to another site gets its values
// taken back. No value is kept in a variable that outlives the call.
"use strict";

const setValue = /** @type {(value: string) => void} */ (Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set);
/** @type {Kind[]} */
const KINDS = ["username", "password", "code"];
const LOUD = { bubbles: true, composed: true };

/** Where a form would send its values. @param {Input} field @param {Element | null} [submitter] @returns {URL | null} */
function target({ form }, submitter) {
  if (!form) return null;
  const written = submitter?.hasAttribute("formaction") ? attribute(submitter, "formaction") : attribute(form, "action");
  return URL.parse(written || location.href, document.baseURI) ?? new URL("about:invalid");
}

/** Every place a form may send to, its buttons' own included. @param {Input} field */
function targets(field) {
  const buttons = /** @type {HTMLButtonElement[]} */ ([.../** @type {ParentNode} */ (field.getRootNode()).querySelectorAll("[formaction]")]);
  return [target(field), ...buttons.filter(({ form }) => form === field.form).map((button) => target(field, button))];
}

/** @param {(URL | null)[]} urls @param {string[]} sites origins that the record's links hold */
function mayReceive(urls, sites) {
  return urls.every((url) => {
    if (!url || url.protocol === "javascript:") return true; // Sent by script, if at all.
    if (url.protocol !== "https:" && url.protocol !== location.protocol) return false;
    return url.host === location.host || sites.includes(url.origin);
  });
}

/** @param {Input} field */
function enter(field) {
  field.focus({ preventScroll: true });
  // In a window that is not in front the browser says nothing of it.
  if (!document.hasFocus()) for (const name of ["focus", "focusin"]) field.dispatchEvent(new FocusEvent(name, { composed: true, bubbles: name === "focusin" }));
}

/** @param {Input} field @param {string} value */
function type(field, value) {
  const key = { ...LOUD, key: value.length === 1 ? value : "Unidentified" };
  field.dispatchEvent(new KeyboardEvent("keydown", key));
  set(field, value);
  field.dispatchEvent(new KeyboardEvent("keyup", key));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** The setter of the prototype: frameworks put their own before it and would take the change for theirs. @param {Input} field @param {string} value */
function set(field, value) {
  setValue.call(field, value);
  field.dispatchEvent(new InputEvent("input", { ...LOUD, data: value, inputType: value ? "insertText" : "deleteContent" }));
}

/** Why a field is left alone, or null. @param {Input | undefined} field @param {Kind} kind @param {string} value @param {Order} order */
function objection(field, kind, value, order) {
  const why = flaw(field, kind, value, order);
  if (why || !field) return why;
  enter(field);
  // A page may turn or hide the field just then; and some open only under a person's hands.
  return flaw(field, kind, value, order) ?? (field.readOnly ? "locked" : null);
}

/** @param {Input | undefined} field @param {Kind} kind @param {string} value @param {Order} order */
function flaw(field, kind, value, { sites, act }) {
  if (!field?.isConnected) return "gone";
  if (field.disabled) return "locked";
  if (kind === "password" && field.type !== "password") return "changed";
  if (field.maxLength >= 0 && value.length > field.maxLength) return "too-long";
  if (field.type === "number" && !/^\d+$/.test(value)) return "unfit";
  if (!act && kind === "username" && field.value !== "") return "not-empty";
  if (!mayReceive(targets(field), sites)) return "sends-elsewhere";
  return rendered(field) && uncovered(field) ? null : "unseen";
}

/** One character a box where a code has several. @param {Input[]} fields @param {string} value */
const parted = (fields, value) => (fields.length > 1 ? [...value] : [value]);

/** Fills one login form, in page order. @param {Partial<Record<Kind, Input[]>>} login @param {Values} values emptied @param {Order} order */
function fillLogin(login, values, order) {
  /** @type {Filled} */
  const done = { filled: [], refused: [] };
  for (const kind of KINDS) {
    const value = values[kind];
    const fields = login[kind] ?? [];
    delete values[kind];
    if (value === undefined) continue;
    const parts = parted(fields, value);
    let why = fields.length === 0 ? "gone" : parts.length > fields.length ? "too-long" : null;
    for (let place = 0; place < parts.length && !why; place++) {
      why = objection(fields[place], kind, parts[place], order);
      if (why) continue;
      guard(fields[place], order);
      type(fields[place], parts[place]);
    }
    if (why) done.refused.push({ kind, why });
    else done.filled.push(kind);
  }
  return done;
}

/** Filled fields, with the origins their form may send to. @type {Map<Input, Order>} */
const guarded = new Map();
/** @type {MutationObserver | undefined} */
let watching;

/** @param {Input} field @param {Order} order */
function guard(field, order) {
  guarded.set(field, order);
  if (!watching) {
    watching = new MutationObserver(() => check());
    addEventListener("submit", onSubmit, true);
    addEventListener("formdata", onFormData, true);
  }
  watching.observe(field.form ?? field, { subtree: true, attributes: true, attributeFilter: ["action", "formaction", "type"] });
}

/** Takes back the values of fields whose form now sends elsewhere. @param {any} [submitter] */
function check(submitter) {
  /** @type {Input[]} */
  const taken = [];
  for (const [field, { sites, onGuard }] of guarded) {
    if (mayReceive(submitter?.form === field.form ? [target(field, submitter)] : targets(field), sites)) continue;
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

// The one place that says which global holds the WebExtension API. Firefox and Chromium both answer with promises under
// Manifest V3, so nothing else may ask which browser this is.

/** @type {typeof chrome} */
export const browser = /** @type {any} */ (globalThis).browser ?? globalThis.chrome;

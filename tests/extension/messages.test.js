import assert from "node:assert/strict";
import { test } from "node:test";

const ID = "wayfillwayfillwayfillwayfillwayf";
/** @type {any} */ (globalThis).chrome = { runtime: { id: ID, getURL: (/** @type {string} */ path) => `chrome-extension://${ID}/${path}` } };
const { admit } = await import("../../extension/background/messages.js");

/** @type {Record<string, import("../../extension/background/messages.js").Entry>} */
const TABLE = {
  "page:fields": { from: "page", takes: { page: "string", view: "view" }, answer: async (message, from) => ({ message, from }) },
  "popup:fill": { from: "popup", takes: { tab: "number", record: "string", confirmed: "boolean" }, answer: async (message) => message },
  "options:sign-in": { from: "options", takes: {}, answer: async () => "signed in" },
};
const ADDRESS = "https://login.example.test/password?x=1";
/** @param {object} [change] @returns {any} */
const page = (change) => ({ id: ID, frameId: 0, url: ADDRESS, origin: "https://login.example.test", documentId: "D", documentLifecycle: "active", tab: { id: 7, url: ADDRESS }, ...change });
const own = (/** @type {string} */ path) => /** @type {any} */ ({ id: ID, url: `chrome-extension://${ID}/${path}` });
const report = { type: "page:fields", page: "p", view: { page: { title: "", path: "/" }, forms: [], fields: [] } };
const fill = { type: "popup:fill", tab: 7, record: "ads", confirmed: false };

test("a content script in the top frame is heard, at the address the browser knows", async () => {
  const answer = admit(report, page(), TABLE);
  assert.ok(answer);
  const { from } = /** @type {any} */ (await answer());
  assert.deepEqual([from.tabId, from.url.href, from.documentId], [7, ADDRESS, "D"]);
});

test("a page that pushed another address since is taken at its tab's", async () => {
  const answer = admit(report, page({ tab: { id: 7, url: "https://login.example.test/later" } }), TABLE);
  assert.equal(/** @type {any} */ (await answer?.()).from.url.pathname, "/later");
});

for (const [what, change] of /** @type {[string, object][]} */ ([
  ["another extension", { id: "otherotherotherotherotherotherot" }],
  ["a page of the web itself", { id: undefined }],
  ["a frame inside the page", { frameId: 3 }],
  ["no frame at all", { frameId: undefined }],
  ["no tab", { tab: undefined }],
  ["a page not shown yet", { documentLifecycle: "prerender" }],
  ["a page put away", { documentLifecycle: "cached" }],
  ["a tab that has gone elsewhere meanwhile", { tab: { id: 7, url: "https://other.example.test/" } }],
  ["such a tab in a browser that names no origin", { origin: undefined, tab: { id: 7, url: "https://other.example.test/" } }],
  ["a sandboxed document", { origin: "null" }],
  ["a data: document", { url: "data:text/html,x", tab: { id: 7, url: "data:text/html,x" } }],
  ["an extension page", { url: `chrome-extension://${ID}/popup/popup.html`, tab: { id: 7, url: `chrome-extension://${ID}/popup/popup.html` } }],
])) {
  test(`no report is taken from ${what}`, () => assert.equal(admit(report, page(change), TABLE), null));
}

test("the popup may fill, whatever stands behind its address", async () => {
  assert.deepEqual(await admit(fill, own("popup/popup.html"), TABLE)?.(), { tab: 7, record: "ads", confirmed: false });
  assert.ok(admit(fill, own("popup/popup.html?x#y"), TABLE));
});

for (const [what, sender] of /** @type {[string, any][]} */ ([
  ["a content script", page()],
  ["the options page", own("options/options.html")],
  ["a page beside the popup", own("popup/popup.html/x")],
  ["another extension with such a page", { id: "other", url: "chrome-extension://other/popup/popup.html" }],
  ["another extension that claims the address", { id: "other", url: `chrome-extension://${ID}/popup/popup.html` }],
  ["a web page of that path", { id: ID, url: "https://evil.example.test/popup/popup.html" }],
  ["nobody", {}],
])) {
  test(`no fill is taken from ${what}`, () => assert.equal(admit(fill, sender, TABLE), null));
}

for (const [what, message] of /** @type {[string, unknown][]} */ ([
  ["nothing", null],
  ["a text", "popup:fill"],
  ["no type", { tab: 7 }],
  ["an unknown type", { ...fill, type: "popup:everything" }],
  ["a name of every object", { type: "constructor" }],
  ["a missing part", { type: "popup:fill", tab: 7, record: "ads" }],
  ["one part too many", { ...fill, url: "https://evil.example.test/" }],
  ["a part of another kind", { ...fill, tab: "7" }],
  ["a broken number", { ...fill, tab: 7.5 }],
  ["a text without end", { ...fill, record: "x".repeat(9_000) }],
  ["a part from the prototype", { type: "popup:fill", tab: 7, record: "ads", toString: true }],
])) {
  test(`a message of ${what} is refused`, () => assert.equal(admit(message, own("popup/popup.html"), TABLE), null));
}

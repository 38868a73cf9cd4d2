// Fields that a person pointed at: found again or not at all, never for what they cannot be, and kept where they belong.
// The service is a real one over HTTP; only the tab is made up.

import assert from "node:assert/strict";
import { test } from "node:test";

/** A page that recognition makes nothing of. @type {View} */
const VIEW = {
  page: { title: "Depot", path: "/enter" },
  forms: [{ attributes: "", heading: "Depot", buttons: "Open", links: "", text: "", choices: 0, actions: ["https://login.example.test/a"] }],
  fields: ["text", "text"].map((type, at) => ({ id: at + 11, form: 0, type, autocomplete: "", names: `q${at} q${at}`, label: `Depot ${at}`, length: 0, seen: true, locked: false, focused: false })),
};
/** @param {Partial<ViewField>[]} changes of the fields @returns {View} */
const changed = (...changes) => ({ ...VIEW, fields: [...VIEW.fields, ...changes.slice(VIEW.fields.length).map(() => VIEW.fields[0])].map((field, at) => ({ ...field, ...changes[at] })) });

const tab = { id: "a document", url: "https://login.example.test/enter?x=1", view: VIEW, styled: 0 };
/** @type {any} */ (globalThis).chrome = {
  runtime: { id: "wayfill" },
  tabs: {
    get: async () => ({ url: tab.url }),
    sendMessage: async (/** @type {number} */ _, /** @type {any} */ message) => (message.type === "look" ? { page: tab.id, origin: new URL(tab.url).origin, view: tab.view } : true),
  },
  scripting: { insertCSS: async () => void tab.styled++, removeCSS: async () => void tab.styled--, executeScript: async () => [] },
};
const { Pins } = await import("../../extension/background/pins.js");
const { describe, placeOf } = await import("../../extension/background/recognition/pins.js");
const { loginsOf } = await import("../../extension/background/recognition/view.js");
const { call } = await import("../../extension/background/service.js");
const { Session } = await import("../../extension/background/session.js");
const { Store } = await import("../../extension/background/store.js");
const { Table } = await import("../../extension/background/table.js");
const { Vault } = await import("../../extension/background/vault.js");
const { loopback, sessionBody } = await import("./loopback.js");
const { memoryArea } = await import("./memory.js");

const TABLE = JSON.parse(process.env.WAYFILL_LOGIN_TABLE ?? "null");
/** @param {Kind} kind @param {number} place @param {View} [view] @returns {any} */
const pin = (kind, place, view = VIEW) => ({ kind, field: describe(view.fields, place) });

test("a field is found by its words, its names or its place, and else not", () => {
  const { field } = pin("username", 1);
  const found = (/** @type {View} */ { fields }) => placeOf(fields, field);
  assert.equal(found(VIEW), 1);
  assert.equal(found({ ...VIEW, fields: [...VIEW.fields].reverse() }), 0);
  assert.equal(found(changed({}, { label: "Dépôt 1" })), 1, "another language");
  assert.equal(found(changed({ names: "a" }, { names: "b" })), 1, "names made up anew");
  assert.equal(found(changed({ names: "a" }, { names: "b", label: "Other" })), -1);
  assert.equal(found(changed({}, { type: "password" })), -1, "turned into another kind");
  assert.equal(found(changed({ names: "a" }, { names: "b" }, {})), -1, "one field more and no name: nobody can tell");
  const bare = changed({ names: " ", label: "" }, { names: " ", label: "" });
  assert.equal(placeOf(bare.fields, pin("username", 1, bare).field), 1);
  assert.equal(placeOf([...bare.fields, bare.fields[0]], pin("username", 1, bare).field), -1);
});

test("what is pointed at is a login before all others", () => {
  assert.deepEqual(loginsOf(VIEW), []);
  const [login] = loginsOf(VIEW, [pin("username", 0), pin("code", 1)]);
  assert.deepEqual([login.username, login.password, login.code, login.kinds], [11, null, [12], ["username", "code"]]);
  assert.deepEqual(login.actions, ["https://login.example.test/a"]);
  // Recognition adds what it finds in the same form, and nothing of another.
  const password = changed({}, { type: "password", autocomplete: "current-password" });
  assert.equal(loginsOf(password, [pin("username", 0, password)])[0].password, 12);
  const apart = { ...password, forms: [VIEW.forms[0], VIEW.forms[0]], fields: [password.fields[0], { ...password.fields[1], form: 1 }] };
  const [first, second] = loginsOf(apart, [pin("username", 0, apart)]);
  assert.deepEqual([first.password, second.password], [null, 12]);
});

for (const [what, kind, change] of /** @type {[string, Kind, Partial<ViewField>][]} */ ([
  ["a password where everybody can read it", "password", {}],
  ["a username where the browser hides it", "username", { type: "password" }],
  ["what cannot be seen", "username", { seen: false }],
  ["a field for a new password", "password", { type: "password", autocomplete: "new-password" }],
  ["a field whose words ask for a new password", "password", { type: "password", label: "Repeat new password" }],
  ["a code in an address", "code", { type: "email" }],
])) {
  test(`no pin makes ${what}`, () => {
    const view = changed(change);
    const without = loginsOf(view);
    assert.deepEqual(loginsOf(view, [pin(kind, 0, view)]), without);
    assert.notEqual(without[0]?.[kind === "code" ? "password" : kind], view.fields[0].id);
  });
}

/** @param {boolean} mayEdit */
async function setUp(mayEdit) {
  /** @type {any[]} */
  const told = [];
  const record = () => ({ title: "Ads", username: "a", may_edit: mayEdit, ...(told.length > 0 && { pins: [{ page: told.at(-1).page_url, pins: told.at(-1).pins }] }) });
  const service = await loopback(async ({ path, body }) => {
    if (path === "/api/v1/session") return { status: 201, body: sessionBody("a", "r") };
    if (path === "/api/v1/records/ads/pins") told.push(body);
    return { status: 200, body: { revision: 1 + told.length, table: TABLE, records: { ads: record() }, policy: { refresh_interval: 60, continuation: 300 } } };
  });
  const clock = { now: 1_000_000 };
  const store = new Store(memoryArea(), ["session", "ended", "table-status", "tabs", "pins", "picks"]);
  await store.ready();
  const now = () => clock.now;
  const session = new Session({ store, settings: memoryArea(), call, now });
  await session.setServer(service.origin);
  await session.signIn({ username: "alice", password: "correct", device: "test" });
  const table = new Table({ store, session, now });
  await table.refresh();
  const kept = memoryArea();
  Object.assign(tab, { id: "a document", view: VIEW, styled: 0 });
  return { told, clock, store, kept, pins: new Pins({ kept, store, table, vault: new Vault({ session, now }), now }), service };
}

test("who may edit keeps it at the service, for all; without query, values or more than one field", async () => {
  const { pins, told, kept, service } = await setUp(true);
  assert.equal(await pins.begin(1, "a document", "ads", "username"), "picking");
  assert.equal(tab.styled, 1);
  assert.equal(await pins.picked(1, "a document", 12, false), true);
  assert.equal(tab.styled, 0);
  assert.deepEqual(told, [{ page_url: "https://login.example.test/enter", pins: [pin("username", 1)] }]);
  assert.deepEqual(kept.content.pins, []);
  assert.deepEqual(await pins.outcome(1, "a document"), { kind: "username", came: "kept" });
  assert.equal(await pins.outcome(1, "a document"), null, "told once");
  const seen = /** @type {any} */ (await pins.look(1, "ads"));
  assert.deepEqual([seen.kinds, seen.logins[0].username], [["username"], 12]);
  assert.deepEqual(/** @type {any} */ (await pins.look(1, "shop")).kinds, [], "of one record, not of the others");
  assert.deepEqual(await pins.of("https://login.example.test/elsewhere"), []);
  await pins.forget(tab.url, "ads");
  assert.deepEqual(told.at(-1)?.pins, []);
  assert.deepEqual(await pins.records(tab.url), []);
  service.close();
});

test("who may not edit keeps it in this browser, of a private window in its memory alone", async () => {
  for (const isPrivate of [false, true]) {
    const { pins, told, kept, store, service } = await setUp(false);
    await pins.begin(1, "a document", "ads", "username");
    await pins.picked(1, "a document", 11, isPrivate);
    assert.deepEqual(await pins.outcome(1, "a document"), { kind: "username", came: "kept-here" });
    assert.deepEqual(told, []);
    assert.equal(kept.content.pins.length, isPrivate ? 0 : 1);
    assert.equal(store.get("pins").length, isPrivate ? 1 : 0);
    assert.deepEqual(await pins.of(tab.url, "ads"), [pin("username", 0)]);
    await pins.forget(tab.url, "ads");
    assert.deepEqual(await pins.records(tab.url), []);
    service.close();
  }
});

test("nothing is kept that nobody asked for", async () => {
  const { pins, told, clock, service } = await setUp(true);
  assert.equal(await pins.picked(1, "a document", 11, false), false, "no one points");
  assert.equal(await pins.begin(1, "another document", "ads", "username"), "moved");
  assert.equal(await pins.begin(1, "a document", "unknown", "username"), "not-linked");
  await pins.begin(1, "a document", "ads", "username");
  assert.equal(await pins.picked(1, "another document", 11, false), false);
  assert.equal(await pins.picked(2, "a document", 11, false), false, "in another tab");
  assert.equal(await pins.picked(1, "a document", 0, false), false, "Escape");
  assert.equal(await pins.picked(1, "a document", 11, false), false, "after Escape");
  await pins.begin(1, "a document", "ads", "username");
  clock.now += 60_001;
  assert.equal(await pins.picked(1, "a document", 11, false), false, "too late");
  await pins.begin(1, "a document", "ads", "username");
  await pins.left(1);
  assert.equal(await pins.picked(1, "a document", 11, false), false, "the page has gone");
  await pins.begin(1, "a document", "ads", "password");
  await pins.picked(1, "a document", 11, false);
  assert.deepEqual(await pins.outcome(1, "a document"), { kind: "password", came: "kind" });
  await pins.begin(1, "a document", "ads", "username");
  await pins.picked(1, "a document", 99, false);
  assert.deepEqual(await pins.outcome(1, "a document"), { kind: "username", came: "gone" });
  assert.deepEqual(told, []);
  service.close();
});

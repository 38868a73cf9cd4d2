// A person's choice and what it leads to, with the real session, table and store over real HTTP; only the tab is made up,
// so that a page can go away, or a person sign out, at the very moment that a test is about.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

// The tab that a browser would show: its document, and what it was told to fill.
const tab = { id: "first document", url: "https://login.example.test/", kinds: ["username"] };
/** @type {any[]} */
let fills = [];
/** A page with one form for these kinds of field. @param {string[]} kinds @returns {View} */
const viewOf = (kinds) => ({
  page: { title: "Sign in", path: "/" },
  forms: [{ attributes: "", heading: "", buttons: "Sign in", links: "", text: "", choices: 0, actions: [] }],
  fields: kinds.map((kind, at) => ({
    ...{ id: at + 1, form: 0, type: kind === "password" ? "password" : "text", names: "", label: "", length: 0 },
    ...{ autocomplete: { username: "username", password: "current-password", code: "one-time-code" }[kind] ?? "", seen: true, locked: false, focused: false },
  })),
});
/** @type {any} */ (globalThis).chrome = {
  runtime: { id: "wayfill" },
  tabs: {
    get: async (/** @type {number} */ id) => (id === TAB ? { url: tab.url } : Promise.reject(new Error("No tab with that id"))),
    sendMessage: async (/** @type {number} */ _, /** @type {any} */ message) => {
      if (message.type === "look") return { page: tab.id, origin: new URL(tab.url).origin, view: viewOf(tab.kinds) };
      if (message.type !== "fill") return true;
      if (message.page !== tab.id) return { filled: [], refused: [], moved: true };
      fills.push({ ...message, values: { ...message.values } });
      return { filled: Object.keys(message.values), refused: [] };
    },
  },
};
const { Certificates } = await import("../../extension/background/certificates.js");
const { Filling } = await import("../../extension/background/filling.js");
const { Pins } = await import("../../extension/background/pins.js");
const { call } = await import("../../extension/background/service.js");
const { Session } = await import("../../extension/background/session.js");
const { Store } = await import("../../extension/background/store.js");
const { Table } = await import("../../extension/background/table.js");
const { Tabs } = await import("../../extension/background/tabs.js");
const { Vault } = await import("../../extension/background/vault.js");
const { loopback, sessionBody } = await import("./loopback.js");
const { memoryArea } = await import("./memory.js");

// Compiled by the service's matcher: "ads" and "shop" are linked to the host login.example.test.
const TABLE = JSON.parse(process.env.WAYFILL_LOGIN_TABLE ?? "null");
// "ads" is linked to the site example.test, which shares its logins with office.test.
const AFFILIATED = JSON.parse(process.env.WAYFILL_AFFILIATED_TABLE ?? "null");
const TAB = 7;

/** @type {Awaited<ReturnType<typeof loopback>>} */
let service;
/** @type {() => void} */
let release;
/** @type {any} */
let given;
beforeEach(async () => {
  assert.ok(TABLE, "run through pytest, which compiles the table");
  fills = [];
  Object.assign(tab, { id: "first document", url: "https://login.example.test/", kinds: ["username"] });
  given = TABLE;
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  service = await loopback(async ({ method, path, body }) => {
    if (method === "DELETE") return { status: 204 };
    if (path === "/api/v1/session") return { status: 201, body: sessionBody("a", "r") };
    if (path.startsWith("/api/v1/match-table")) return { status: 200, body: { revision: 1, table: given, records: {}, policy: { refresh_interval: 60, continuation: 300 } } };
    if (body.record_id === "ads") await held;
    return { status: 200, body: { record_id: body.record_id, values: Object.fromEntries(body.fields.map((/** @type {string} */ kind) => [kind, `${kind} of ${body.record_id}`])) } };
  });
});
afterEach(() => service.close());

async function setUp() {
  const clock = { now: 1_000_000 };
  const store = new Store(memoryArea(), ["session", "ended", "table-status", "tabs", "confirmed"]);
  await store.ready();
  const now = () => clock.now;
  const session = new Session({ store, settings: memoryArea(), call, now });
  await session.setServer(service.origin);
  const credentials = { username: "alice", password: "correct", device: "test" };
  await session.signIn(credentials);
  const table = new Table({ store, session, now });
  await table.refresh();
  const tabs = new Tabs(store);
  const certificates = new Certificates({ kept: memoryArea(), store });
  const pins = new Pins({ kept: memoryArea(), store, table, vault: new Vault({ session, now }), now });
  const filling = new Filling({ store, tabs, table, session, certificates, pins, now, onMatches: () => {}, onUnlinked: () => {} });
  const asked = async () => {
    while (!service.asked.some(({ path }) => path === "/api/v1/fill")) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { clock, session, tabs, filling, asked, credentials };
}

/** What main.js does when the tab shows another page to which the person went. @param {Awaited<ReturnType<typeof setUp>>} parts */
async function typedAddress({ filling, tabs }) {
  filling.abandon(TAB);
  await tabs.set(TAB, { page: null, choice: null });
}

test("a person's choice fills the page and is kept for the next one", async () => {
  const { filling, tabs } = await setUp();
  release();
  assert.equal((await filling.choose(TAB, "ads")).outcome, "filled");
  assert.deepEqual(fills.map(({ values }) => values), [{ username: "username of ads" }]);
  assert.equal(tabs.get(TAB).choice?.record, "ads");
});

test("a choice is not kept when the person went elsewhere before the service answered", async () => {
  const parts = await setUp();
  const choosing = parts.filling.choose(TAB, "ads");
  await parts.asked();
  await typedAddress(parts);
  release();
  assert.equal((await choosing).outcome, "moved");
  assert.deepEqual([fills, parts.tabs.get(TAB).choice], [[], null]);
});

test("values of one session are not filled, and no choice kept, in the next one", async () => {
  const { session, filling, tabs, asked, credentials } = await setUp();
  const choosing = filling.choose(TAB, "ads");
  await asked();
  await session.signIn({ ...credentials, username: "bob" });
  release();
  assert.equal((await choosing).outcome, "moved");
  assert.deepEqual([fills, tabs.get(TAB).choice], [[], null]);
});

test("the login under way stops when another record is chosen, even before that one is filled", async () => {
  const { filling, tabs, asked } = await setUp();
  const under = { record: "shop", title: "", from: "https://login.example.test", until: 2_000_000, steps: [], waiting: null };
  await tabs.set(TAB, { choice: under, page: { id: tab.id, address: tab.url, kinds: tab.kinds } });
  const choosing = filling.choose(TAB, "ads");
  await asked();
  await filling.meet(TAB);
  await new Promise((resolve) => setTimeout(resolve, 50));
  release();
  assert.equal((await choosing).outcome, "filled");
  assert.deepEqual(fills.map(({ values }) => values), [{ username: "username of ads" }]);
});

test("an answer that comes after the five minutes is not filled by itself", async () => {
  const { clock, filling, tabs, asked } = await setUp();
  const under = { record: "ads", title: "", from: "https://login.example.test", until: clock.now + 1_000, steps: [], waiting: null };
  await tabs.set(TAB, { choice: under, page: { id: tab.id, address: tab.url, kinds: tab.kinds } });
  await filling.meet(TAB);
  await asked();
  clock.now += 1_000;
  release();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(fills, []);
});

test("a page that was there before the sign-in is known once it is filled, so that its warning is heard", async () => {
  const { filling, tabs } = await setUp();
  release();
  await filling.choose(TAB, "ads");
  assert.equal(tabs.get(TAB).page?.id, tab.id);
});

test("a tab that was closed meanwhile is a page that cannot be filled, and no error", async () => {
  const { filling } = await setUp();
  assert.deepEqual(await filling.choose(TAB + 1, "ads"), { outcome: "no-page" });
});

test("of two tabs that a page opened at once, one goes on with the login", async () => {
  const { filling, tabs } = await setUp();
  const under = { record: "shop", title: "", from: "https://login.example.test", until: 2_000_000, steps: [], waiting: null };
  await tabs.set(TAB, { choice: under });
  for (const id of [8, 9]) {
    await tabs.set(id, { opener: TAB, page: { id: `page of ${id}`, address: "https://login.example.test/next", kinds: ["password"] } });
  }
  await Promise.all([filling.meet(8), filling.meet(9)]);
  assert.deepEqual([TAB, 8, 9].map((id) => tabs.get(id).choice?.record), [undefined, "shop", undefined]);
});

test("a record is offered on a site that shares its login: asked once there, never by the key, never carried on", async () => {
  given = AFFILIATED;
  const { filling, tabs } = await setUp();
  release();
  await filling.choose(TAB, "ads");
  assert.equal(tabs.get(TAB).choice?.record, "ads");
  fills = [];
  Object.assign(tab, { id: "second document", url: "https://portal.office.test/in", kinds: ["password"] });
  await tabs.set(TAB, { page: { id: tab.id, address: tab.url, kinds: tab.kinds } });
  await filling.meet(TAB);
  assert.equal((await filling.best(TAB)).outcome, "confirm");
  const { outcome, match } = await filling.choose(TAB, "ads");
  assert.deepEqual([outcome, match?.strength, match?.close, match?.link.url, fills], ["confirm", "affiliated", false, "https://login.example.test/", []]);
  assert.equal((await filling.choose(TAB, "ads", { confirmed: true })).outcome, "filled");
  assert.deepEqual(fills.map(({ values }) => values), [{ password: "password of ads" }]);
  Object.assign(tab, { id: "third document", kinds: ["username"] });
  assert.equal((await filling.choose(TAB, "ads")).outcome, "filled", "asked at the first use on a host alone");
  Object.assign(tab, { id: "fourth document", url: "https://login.office.test/" });
  assert.equal((await filling.choose(TAB, "ads")).outcome, "confirm", "another host is asked about anew");
});

// What a browser tells of a login's way, to a service over real HTTP: which pages, from where on, and when nothing at all.
// Only the tabs are made up.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

const tab = { incognito: false };
/** @type {any} */ (globalThis).chrome = { runtime: { id: "wayfill" }, tabs: { get: async () => tab } };
const { begin } = await import("../../extension/background/continuation.js");
const { Observing } = await import("../../extension/background/observing.js");
const { call } = await import("../../extension/background/service.js");
const { Session } = await import("../../extension/background/session.js");
const { Settings } = await import("../../extension/background/settings.js");
const { Store } = await import("../../extension/background/store.js");
const { Table } = await import("../../extension/background/table.js");
const { Tabs } = await import("../../extension/background/tabs.js");
const trails = await import("../../extension/background/trail.js");
const { loopback, refusal, sessionBody } = await import("./loopback.js");
const { memoryArea } = await import("./memory.js");

// Compiled by the service's matcher: "ads" is linked to the host login.example.test.
const TABLE = JSON.parse(process.env.WAYFILL_LOGIN_TABLE ?? "null");
const [TAB, OTHER] = [7, 8];
const FIRST = "https://login.example.test/start?who=alice";
const LAST = "https://id.example.net:8443/step/password?session=secret#top";
const TOLD = { id: "p1", address: "https://id.example.net:8443", warnings: ["other-domain", "young"] };

/** @type {Awaited<ReturnType<typeof loopback>>} */
let service;
/** @type {import("./loopback.js").Told} */
let answer;
/** @type {boolean | undefined} */
let observe;
beforeEach(async () => {
  assert.ok(TABLE, "run through pytest, which compiles the table");
  tab.incognito = false;
  observe = true;
  answer = { status: 200, body: { proposals: [TOLD], next: null } };
  service = await loopback(async ({ path }) => {
    const policy = { refresh_interval: 60, continuation: 300, observe_chains: observe };
    if (path === "/api/v1/session") return { status: 201, body: { .../** @type {any} */ (sessionBody("a", "r")), policy } };
    if (path.startsWith("/api/v1/match-table")) return { status: 200, body: { revision: 1, table: TABLE, records: {}, policy } };
    return answer;
  });
});
afterEach(() => service.close());

/** @param {{ own?: Record<string, unknown>, policy?: Record<string, unknown> }} [set] */
async function setUp({ own = {}, policy } = {}) {
  const [area, kept, managed] = [memoryArea(), memoryArea(), memoryArea()];
  await kept.set(own);
  await managed.set(policy ?? {});
  const clock = { now: 1_000_000 };
  const now = () => clock.now;
  const settings = new Settings({ own: kept, managed: policy && { get: async () => managed.content } });
  async function background() {
    const store = new Store(area, ["session", "ended", "table-status", "tabs"]);
    await store.ready();
    const session = new Session({ store, settings: kept, call, now });
    const table = new Table({ store, session, now });
    const tabs = new Tabs(store);
    return { store, session, table, tabs, observing: new Observing({ tabs, table, session, settings, now }) };
  }
  const first = await background();
  await first.session.setServer(service.origin);
  await first.session.signIn({ username: "alice", password: "correct", device: "test" });
  await first.table.refresh();
  return { ...first, background, clock };
}

/** @param {Awaited<ReturnType<typeof setUp>>} parts @param {string} [record] */
async function choose({ tabs, clock }, record = "ads") {
  const choice = begin({ record, title: "Ads" }, new URL(FIRST), ["username"], clock.now, 300);
  await tabs.set(TAB, { choice, trail: trails.begun(record, new URL(FIRST)) });
}

/** @param {Pick<Awaited<ReturnType<typeof setUp>>, "tabs" | "observing">} parts @param {string} address @param {{ tab?: number, kinds?: string[], from?: string }} [how] */
async function go({ tabs, observing }, address, { tab: at = TAB, kinds = ["password"], from = address } = {}) {
  await observing.leaving(at, from);
  await tabs.set(at, { page: null });
  await observing.arrived(at, address, from === address ? [] : ["server_redirect"]);
  await tabs.set(at, { page: { id: `document of ${address}`, address, kinds } });
  await observing.tell(at);
}

const told = () => service.asked.filter(({ path }) => path === "/api/v1/chains").map(({ body }) => body);
const asked = () => service.asked.filter(({ path }) => path.startsWith("/api/v1/proposals")).map(({ path }) => path);

test("the way is told from the record's page to the page that asks, without a query, once", async () => {
  const parts = await setUp();
  await choose(parts);
  await go(parts, "https://login.example.test/who?again=1", { kinds: ["username"] });
  await go(parts, "https://between.example.org/wait?token=secret", { kinds: [] });
  assert.deepEqual(told(), [], "no page so far asks for what nobody can give");
  await go(parts, LAST, { from: "https://sso.example.org/saml?SAMLRequest=secret" });
  await parts.observing.tell(TAB);
  assert.deepEqual(told(), [{
    record_id: "ads",
    hops: ["https://login.example.test/who", "https://between.example.org/wait", "https://sso.example.org/saml", "https://id.example.net:8443/step/password"],
  }]);
  assert.deepEqual(parts.observing.told(TAB, new URL(LAST)), { origin: TOLD.address, id: "p1", warnings: TOLD.warnings, asked: false });
  assert.equal(parts.observing.told(TAB, new URL("https://id.example.net/")), null, "another port is another page");
});

test("nothing is kept and nothing told where no record was chosen", async () => {
  const parts = await setUp();
  await go(parts, FIRST);
  await go(parts, LAST);
  assert.deepEqual([told(), asked()], [[], []]);
  assert.equal(parts.tabs.get(TAB).trail, undefined);
  await choose(parts);
  await go(parts, LAST, { tab: OTHER });
  assert.deepEqual([told(), parts.tabs.get(OTHER).trail], [[], undefined], "another tab is not that login's");
});

test("with the choice the way is forgotten", async () => {
  const parts = await setUp();
  await choose(parts);
  await parts.tabs.set(TAB, { choice: null }); // As after an address that a person typed.
  await go(parts, LAST);
  assert.deepEqual([told(), parts.tabs.get(TAB).trail], [[], undefined]);
  await choose(parts);
  parts.clock.now += 300_000;
  await go(parts, LAST);
  assert.deepEqual([told(), parts.tabs.get(TAB).trail], [[], undefined]);
});

test("an address that was left for nothing is not told", async () => {
  const parts = await setUp();
  await choose(parts);
  await parts.observing.leaving(TAB, "https://private.example.com/");
  await parts.observing.arrived(TAB, "https://between.example.org/", []);
  await go(parts, LAST);
  assert.equal(JSON.stringify(told()).includes("private"), false);
});

for (const [name, set] of /** @type {[string, any][]} */ ([
  ["the person", { own: { observeChains: false } }],
  ["a managed setting", { own: { observeChains: true }, policy: { observeChains: false } }],
  ["the service's policy", { service: false }],
  ["a private window", { incognito: true }],
])) {
  test(`switched off by ${name}, nothing is told; what is known already is asked`, async () => {
    observe = set.service ?? true;
    tab.incognito = set.incognito ?? false;
    const parts = await setUp(set);
    await choose(parts);
    await go(parts, LAST);
    assert.deepEqual([told(), asked()], [[], ["/api/v1/proposals?record=ads&limit=100"]]);
    assert.equal(parts.observing.told(TAB, new URL(LAST))?.id, "p1");
  });
}

test("a site where the person wants nothing is not told", async () => {
  const parts = await setUp({ own: { sites: { "example.net": "never" } } });
  await choose(parts);
  await go(parts, LAST);
  assert.deepEqual([told(), asked()], [[], []]);
});

test("it outlives a background that is stopped", async () => {
  const parts = await setUp();
  await choose(parts);
  await go(parts, "https://between.example.org/", { kinds: [] });
  const later = await parts.background();
  await go(later, LAST);
  assert.deepEqual(told()[0].hops, ["https://login.example.test/start", "https://between.example.org/", "https://id.example.net:8443/step/password"]);
  const last = await parts.background();
  await last.observing.tell(TAB);
  assert.equal(told().length, 1);
});

test("a tab that the login's page opened goes on with its way", async () => {
  const parts = await setUp();
  await choose(parts);
  await parts.tabs.set(OTHER, { opener: TAB });
  await go(parts, LAST, { tab: OTHER });
  assert.deepEqual(told(), [{ record_id: "ads", hops: ["https://login.example.test/start", "https://id.example.net:8443/step/password"] }]);
  assert.equal(parts.observing.told(OTHER, new URL(LAST))?.id, "p1");
});

test("a login page on http is not told, nor a page that the record matches", async () => {
  const parts = await setUp();
  await choose(parts);
  await go(parts, "https://login.example.test/password");
  await go(parts, "http://id.example.net/password");
  assert.deepEqual(told(), []);
});

test("what the service refuses or does not propose is no offer", async () => {
  const parts = await setUp();
  await choose(parts);
  assert.equal(parts.observing.isPending(TAB), true);
  answer = refusal(403, "page-not-linked");
  await go(parts, LAST);
  assert.deepEqual([parts.observing.told(TAB, new URL(LAST)), parts.observing.isPending(TAB)], [null, false]);
  answer = { status: 200, body: { proposals: [], next: null } };
  await choose(parts);
  await go(parts, `${LAST}2`);
  assert.equal(parts.observing.told(TAB, new URL(LAST))?.id, null);
});

test("a way without end is told from nowhere", async () => {
  let trail = trails.begun("ads", new URL(FIRST));
  for (let hop = 0; hop < 60; hop++) trail = trails.arrived(trail, new URL(`https://h${hop}.example.org/`), []);
  assert.ok(trail.hops.length < 30);
  const isRecords = async (/** @type {string} */ address) => address.includes("login.example.test");
  assert.deepEqual(await trails.wayTo(trail.hops, new URL(LAST), isRecords), []);
  assert.equal(trails.hopOf(new URL(`https://alice:secret@x.test/${"y".repeat(900)}?q#f`)).length, 314);
});

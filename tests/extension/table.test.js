import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Refused, ServiceAway, call } from "../../extension/background/service.js";
import { Session } from "../../extension/background/session.js";
import { Store } from "../../extension/background/store.js";
import { Table } from "../../extension/background/table.js";
import { loopback, sessionBody } from "./loopback.js";
import { memoryArea } from "./memory.js";

// The table that `MatchTable.compile` writes for no links at all; what a table finds is tests/contract's business.
const EMPTY = JSON.parse(process.env.WAYFILL_EMPTY_TABLE ?? "null");
const POLICY = { refresh_interval: 60, continuation: 300 };

/** @type {Awaited<ReturnType<typeof loopback>>} */
let service;
const state = { revision: 1, table: EMPTY, answer: /** @type {unknown} */ (null), away: false, takes: 20, wait: "" };
beforeEach(async () => {
  assert.ok(EMPTY, "run through pytest, which compiles the table");
  Object.assign(state, { revision: 1, table: EMPTY, answer: null, away: false, takes: 20, wait: "" });
  service = await loopback(async ({ method, path, headers }) => {
    if (method === "POST") return { status: 201, body: sessionBody("a", "r") };
    if (method === "DELETE") return { status: 204 };
    if (state.away) return { status: 503, body: "", headers: /** @type {Record<string, string>} */ (state.wait ? { "Retry-After": state.wait } : {}) };
    const ETag = `"${state.revision}"`;
    if (headers["if-none-match"] === ETag) return { status: 304 };
    if (state.answer && path.includes("since=")) return { status: 200, headers: { ETag }, body: state.answer };
    const { revision, table } = state;
    await new Promise((resolve) => setTimeout(resolve, state.takes));
    return { status: 200, headers: { ETag }, body: { revision, table, records: { ads: { title: "Ads", username: "a", may_edit: true } }, policy: POLICY } };
  });
});
afterEach(async () => {
  mock.timers.reset();
  await service.close();
});

async function setUp() {
  const clock = { now: 1_000_000 };
  const area = memoryArea();
  const store = new Store(area, ["session", "ended", "table-status", "tabs"]);
  await store.ready();
  const now = () => clock.now;
  const session = new Session({ store, settings: memoryArea(), call, now });
  await session.setServer(service.origin);
  await session.signIn({ username: "alice", password: "correct", device: "test" });
  return { clock, area, session, table: new Table({ store, session, now }) };
}

const asks = () => service.asked.filter(({ path }) => path.startsWith("/api/v1/match-table")).length;

test("a table is fetched once and then only asked about", async () => {
  const { table } = await setUp();
  assert.equal(await table.refresh(), true);
  assert.equal(await table.refresh(), false);
  assert.equal(service.asked.at(-1)?.headers["if-none-match"], '"1"');
  assert.equal((await table.loaded())?.records.ads.title, "Ads");
});

/** @param {any} table @param {Partial<{ check: number, links: string }>} [wrong] what makes LOGIN of a table without links */
const changesTo = ({ revision, links, suffix_list, cuts, check }, wrong = {}) => ({ revision, links, went: [], suffix_list, cuts, check, ...wrong });

test("changes are put into the table that is kept, and the record is found", async () => {
  const { table, session, area } = await setUp();
  await table.refresh();
  const login = JSON.parse(process.env.WAYFILL_LOGIN_TABLE ?? "null");
  Object.assign(state, { revision: 2, answer: { revision: 2, records: { ads: { title: "New", username: "b", may_edit: false } }, policy: POLICY, changes: changesTo(login) } });
  assert.equal(await table.refresh(), true);
  assert.equal(service.asked.at(-1)?.path, "/api/v1/match-table?since=1");
  assert.deepEqual((await table.find("https://login.example.test/")).map(({ title }) => title), ["New", ""]);
  assert.deepEqual([table.status().revision, table.status().etag], [2, '"2"']);
  const store = new Store(area, ["session", "ended", "table-status"]);
  await store.ready();
  const woken = new Table({ store, session, now: Date.now });
  assert.equal((await woken.find("https://login.example.test/")).length, 2, "what a background that was stopped finds");
});

test("of changes that leave another check sum the whole table is asked for", async () => {
  for (const wrong of [{ check: 1 }, { links: "" }]) {
    const { table } = await setUp();
    await table.refresh();
    const login = JSON.parse(process.env.WAYFILL_LOGIN_TABLE ?? "null");
    Object.assign(state, { revision: state.revision + 1, table: login, answer: { revision: 9, records: {}, policy: POLICY, changes: changesTo(login, wrong) } });
    const before = asks();
    assert.equal(await table.refresh(), true);
    assert.equal(asks(), before + 2);
    assert.deepEqual([service.asked.at(-1)?.path, service.asked.at(-1)?.headers["if-none-match"]], ["/api/v1/match-table", undefined]);
    assert.equal((await table.find("https://login.example.test/")).length, 2);
    Object.assign(state, { table: EMPTY, answer: null });
  }
});

test("a change of others' tables is a new number and nothing else", async () => {
  const { table } = await setUp();
  await table.refresh();
  let changed = 0;
  table.onChange = async () => void (changed += 1);
  Object.assign(state, { revision: 5, answer: { revision: 5, records: {}, policy: POLICY } });
  assert.equal(await table.refresh(), false);
  assert.deepEqual([changed, table.status().revision, table.status().etag], [0, 5, '"5"']);
  await table.refresh();
  assert.equal(service.asked.at(-1)?.path, "/api/v1/match-table?since=5");
  assert.equal((await table.loaded())?.records.ads.title, "Ads");
});

test("many askers cause one request", async () => {
  const { table } = await setUp();
  await Promise.all(Array.from({ length: 8 }, () => table.refresh()));
  assert.equal(asks(), 1);
});

test("an asker who knows of a newer revision is not content with a shared older answer", async () => {
  const { table } = await setUp();
  const first = table.refresh();
  await new Promise((resolve) => setTimeout(resolve, 10));
  state.revision = 2;
  await table.refresh({ atLeast: 2 });
  await first;
  assert.equal(table.status().revision, 2);
});

test("a console page's revision is asked for once", async () => {
  const { table } = await setUp();
  await table.refresh();
  await table.announce(1);
  assert.equal(asks(), 1);
  await table.announce(7);
  await table.announce(7);
  assert.equal(asks(), 2);
});

test("an unmatched page asks at most once in five seconds, and the second look waits its turn", async () => {
  const { table, clock } = await setUp();
  await table.refresh();
  await table.refreshForUnmatched();
  assert.equal(asks(), 2);
  mock.timers.enable({ apis: ["setTimeout"] });
  clock.now += 2_000;
  let done = false;
  const second = table.refreshForUnmatched().then(() => (done = true));
  mock.timers.tick(2_999);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(done, false);
  clock.now += 3_000;
  mock.timers.tick(1);
  mock.timers.reset();
  await second;
  assert.equal(asks(), 3);
});

test("a service that is away is left alone for longer and longer, and says so", async () => {
  const { table, clock } = await setUp();
  state.away = true;
  await assert.rejects(table.refresh(), ServiceAway);
  assert.equal(table.status().away, true);
  await table.refreshQuietly();
  assert.equal(asks(), 1);
  clock.now += 2_000;
  await table.refreshQuietly();
  assert.equal(asks(), 2);
  clock.now += 2_000;
  await table.refreshQuietly();
  assert.equal(asks(), 2);
  clock.now += 2_000;
  state.away = false;
  await table.refreshQuietly();
  assert.equal(asks(), 3);
  assert.deepEqual([table.status().away, table.status().failures], [false, 0]);
});

test("a service that names a time is left alone until then, even by the person", async () => {
  const { table, clock } = await setUp();
  Object.assign(state, { away: true, wait: "40" });
  await assert.rejects(table.refresh(), (error) => error instanceof ServiceAway && error.retryAfter === 40);
  assert.equal(table.status().nextAt, clock.now + 40_000);
  state.away = false;
  clock.now += 39_000;
  await assert.rejects(table.refresh(), (error) => error instanceof ServiceAway && error.retryAfter === 1);
  await table.refreshQuietly();
  assert.equal(asks(), 1);
  clock.now += 1_000;
  assert.equal(await table.refresh(), true);
  assert.deepEqual([table.status().away, table.status().nextAt], [false, 0]);
});

test("a date says the same as seconds", async () => {
  const { table } = await setUp();
  Object.assign(state, { away: true, wait: new Date(Date.now() + 20_000).toUTCString() });
  await assert.rejects(table.refresh(), (error) => error instanceof ServiceAway && (error.retryAfter ?? 0) > 15 && (error.retryAfter ?? 0) <= 20);
});

test("what the list of sites takes away is not found", async () => {
  const { session, area } = await setUp();
  const store = new Store(area, ["session", "ended", "table-status"]);
  await store.ready();
  state.table = JSON.parse(process.env.WAYFILL_LOGIN_TABLE ?? "null");
  const open = new Table({ store, session, now: Date.now });
  await open.refresh();
  const closed = new Table({ store, session, now: Date.now, permit: () => [] });
  assert.equal((await open.find("https://login.example.test/")).length, 2);
  assert.deepEqual([await closed.find("https://login.example.test/"), await closed.count("https://login.example.test/")], [[], 0]);
});

test("a table that cannot be read is a clear refusal, and the one before it stays", async () => {
  const { table } = await setUp();
  await table.refresh();
  Object.assign(state, { revision: 2, table: { format: "something else" } });
  await assert.rejects(table.refresh(), (error) => error instanceof Refused && error.slug === "unreadable-table");
  assert.equal((await table.loaded())?.revision, 1);
});

test("what is no page address has no records", async () => {
  const { table } = await setUp();
  await table.refresh();
  for (const address of ["about:blank", "chrome://settings", "", "https://"]) assert.deepEqual(await table.find(address), []);
});

test("a table that arrives after signing out is not kept", async () => {
  const { table, session, area } = await setUp();
  const late = assert.rejects(table.refresh());
  await new Promise((resolve) => setTimeout(resolve, 10));
  await session.signOut();
  table.forget();
  await late;
  assert.deepEqual(area.content, { boot: true });
  assert.equal(await table.loaded(), null);
});

test("whoever signs in next does not share the request of the one before", async () => {
  const { table, session } = await setUp();
  state.takes = 300;
  session.onEnd = async () => table.forget();
  const late = assert.rejects(table.refresh());
  await new Promise((resolve) => setTimeout(resolve, 5));
  await session.signIn({ username: "bob", password: "correct", device: "test" });
  assert.equal(await table.refresh(), true);
  await late;
  assert.equal(asks(), 2);
  assert.equal((await table.loaded())?.revision, 1);
});

test("of two unmatched pages that waited, the second goes on with the answer that the first one got", async () => {
  const { table, clock } = await setUp();
  await table.refresh();
  await table.refreshForUnmatched();
  clock.now += 4_980;
  const first = table.refreshForUnmatched();
  const second = table.refreshForUnmatched().then(() => table.status().revision);
  clock.now += 20;
  state.revision = 2;
  await first;
  assert.equal(await second, 2);
  assert.equal(asks(), 3);
});

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { Refused, ServiceAway, SignedOut, call } from "../../extension/background/service.js";
import { Session } from "../../extension/background/session.js";
import { Store } from "../../extension/background/store.js";
import { loopback, refusal, sessionBody } from "./loopback.js";
import { memoryArea } from "./memory.js";

/** @type {Awaited<ReturnType<typeof loopback>>[]} */
const running = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

/** @param {Parameters<typeof loopback>[0]} answer */
async function setUp(answer) {
  const service = await loopback(answer);
  running.push(service);
  const area = memoryArea();
  const settings = memoryArea();
  const clock = { now: 1_000_000 };
  const store = new Store(area, ["session", "ended", "tabs"]);
  await store.ready();
  const session = new Session({ store, settings, call, now: () => clock.now });
  await session.setServer(service.origin);
  return { service, area, settings, clock, store, session };
}

const ALICE = { username: "alice", password: "correct", device: "test" };

/** A service with one session whose tokens can be made old or void. */
function tokens() {
  let number = 1;
  const state = { valid: "access-1", refresh: "refresh-1", renewals: 0, ended: false };
  /** @param {import("./loopback.js").Asked} asked */
  const answer = ({ method, path, token, body }) => {
    if (path === "/api/v1/session" && method === "POST") {
      return body.password === "correct" ? { status: 201, body: sessionBody(state.valid, state.refresh) } : refusal(401, "wrong-credentials");
    }
    if (path === "/api/v1/session/refresh") {
      state.renewals++;
      if (state.ended || body.refresh_token !== state.refresh) return refusal(401, "not-authenticated");
      number++;
      [state.valid, state.refresh] = [`access-${number}`, `refresh-${number}`];
      return { status: 200, body: sessionBody(state.valid, state.refresh) };
    }
    if (token !== state.valid) return refusal(401, "not-authenticated");
    return method === "DELETE" ? { status: 204 } : { status: 200, body: { ok: true } };
  };
  return { state, answer };
}

test("tokens are kept in the session's store and nowhere else", async () => {
  const { session, area, settings } = await setUp(tokens().answer);
  await session.signIn(ALICE);
  assert.equal(area.content.session.access, "access-1");
  assert.deepEqual(Object.keys(settings.content), ["server"]);
  assert.ok(!JSON.stringify(area.content).includes("correct"));
});

test("a wrong password signs nobody in", async () => {
  const { session } = await setUp(tokens().answer);
  await assert.rejects(session.signIn({ ...ALICE, password: "wrong" }), (error) => error instanceof Refused && error.slug === "wrong-credentials");
  assert.equal(session.current(), null);
  await assert.rejects(session.ask("GET", "/match-table"), SignedOut);
});

test("a token near its end is renewed once for many requests", async () => {
  const { state, answer } = tokens();
  const { session, clock } = await setUp(answer);
  await session.signIn(ALICE);
  clock.now += 280_000;
  await Promise.all(Array.from({ length: 5 }, () => session.ask("GET", "/match-table")));
  assert.equal(state.renewals, 1);
  assert.equal(session.current()?.access, "access-2");
});

test("a refused token is renewed once and the request repeated", async () => {
  const { state, answer } = tokens();
  const { session } = await setUp(answer);
  await session.signIn(ALICE);
  state.valid = "revoked";
  const answers = await Promise.all([session.ask("GET", "/a"), session.ask("GET", "/b")]);
  assert.deepEqual(answers.map(({ body }) => body.ok), [true, true]);
  assert.equal(state.renewals, 1);
});

test("a refusal that comes late uses the token that was renewed meanwhile", async () => {
  const { state, answer } = tokens();
  const { session } = await setUp(async (asked) => {
    if (asked.path === "/api/v1/slow" && asked.token === "access-1") while (state.renewals === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return answer(asked);
  });
  await session.signIn(ALICE);
  state.valid = "revoked";
  const slow = session.ask("GET", "/slow");
  await session.ask("GET", "/quick");
  await slow;
  assert.equal(state.renewals, 1);
});

test("when the service no longer knows the session, nothing of it stays", async () => {
  const { state, answer } = tokens();
  const { session, area, store } = await setUp(answer);
  await session.signIn(ALICE);
  await store.set("tabs", { 1: "a choice" });
  await store.set("table", "not mirrored, and wiped too");
  let told = 0;
  session.onEnd = async () => void told++;
  Object.assign(state, { valid: "revoked", ended: true });
  await assert.rejects(session.ask("GET", "/match-table"), SignedOut);
  assert.deepEqual(area.content, { boot: true, ended: true });
  assert.equal(session.endedByService(), true);
  assert.equal(told, 1);
});

test("a service that is away ends nothing", async () => {
  const { state, answer } = tokens();
  const { session, service, clock } = await setUp(answer);
  await session.signIn(ALICE);
  clock.now += 290_000;
  await service.close();
  await assert.rejects(session.ask("GET", "/match-table"), ServiceAway);
  assert.equal(session.current()?.refresh, state.refresh);
});

test("an answer that is not the service's own counts as away", async () => {
  for (const told of [{ status: 200, body: "<html>a hotel's login</html>" }, { status: 502, body: "bad gateway" }, { status: 404, body: "nothing" }]) {
    const { session } = await setUp(({ method }) => (method === "POST" ? { status: 201, body: sessionBody("a", "r") } : told));
    await session.signIn(ALICE);
    await assert.rejects(session.ask("GET", "/match-table"), ServiceAway);
    assert.ok(session.current());
  }
});

test("a redirect is not followed", async () => {
  const other = await loopback(() => ({ status: 200, body: {} }));
  running.push(other);
  const { session } = await setUp(({ method }) => (method === "POST" ? { status: 201, body: sessionBody("a", "r") } : { status: 307, headers: { Location: other.origin } }));
  await session.signIn(ALICE);
  await assert.rejects(session.ask("GET", "/match-table"), ServiceAway);
  assert.deepEqual(other.asked, []);
});

test("signing out forgets at once, the service being away or not", async () => {
  const { session, area, service } = await setUp(tokens().answer);
  await session.signIn(ALICE);
  await service.close();
  await session.signOut();
  assert.deepEqual(area.content, { boot: true });
});

test("signing out tells the service which session it was", async () => {
  const { session, service } = await setUp(tokens().answer);
  await session.signIn(ALICE);
  await session.signOut();
  const last = service.asked.at(-1);
  assert.deepEqual([last?.method, last?.path, last?.token], ["DELETE", "/api/v1/session", "access-1"]);
});

test("an answer that comes after signing out is not kept", async () => {
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  const { session, service, clock, area } = await setUp(async ({ path }) => {
    if (path !== "/api/v1/session/refresh") return { status: 201, body: sessionBody("a", "r") };
    await held;
    return { status: 200, body: sessionBody("late", "late") };
  });
  await session.signIn(ALICE);
  clock.now += 290_000;
  const asking = assert.rejects(session.ask("GET", "/match-table"), SignedOut);
  while (service.asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await session.signOut();
  release();
  await asking;
  assert.deepEqual(area.content, { boot: true });
});

test("a token is never sent to another server than its own", async () => {
  const { session, settings } = await setUp(tokens().answer);
  const other = await loopback(() => ({ status: 200, body: {} }));
  running.push(other);
  await session.signIn(ALICE);
  await settings.set({ server: other.origin });
  await assert.rejects(session.ask("GET", "/match-table"), SignedOut);
  assert.deepEqual(other.asked, []);
});

test("another server means signing out of the first", async () => {
  const { session, service } = await setUp(tokens().answer);
  await session.signIn(ALICE);
  await session.setServer("https://other.example.test");
  assert.equal(session.current(), null);
  assert.equal(service.asked.at(-1)?.method, "DELETE");
});

test("no cookies, no referrer, no redirect followed", async () => {
  const { session, service } = await setUp(tokens().answer);
  await session.signIn(ALICE);
  await session.ask("GET", "/match-table");
  const headers = service.asked.at(-1)?.headers ?? {};
  assert.equal(headers.cookie, undefined);
  assert.equal(headers.referer, undefined);
});

test("a request of a session that ended is not repeated in the name of the next one", async () => {
  /** @type {(() => void)[]} */
  const held = [];
  let signedIn = 0;
  const { session, service } = await setUp(async ({ method, token, path }) => {
    if (method === "DELETE") return { status: 204 };
    if (path === "/api/v1/session") return { status: 201, body: sessionBody(`access-${++signedIn}`, `refresh-${signedIn}`) };
    if (token === "access-2") return { status: 200, body: { ok: true } };
    await new Promise((resolve) => held.push(() => resolve(undefined)));
    return refusal(401, "not-authenticated");
  });
  await session.signIn(ALICE);
  const late = assert.rejects(session.ask("POST", "/fill", { body: {} }), SignedOut);
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await session.signIn({ ...ALICE, username: "bob" });
  held[0]();
  await late;
  assert.deepEqual(service.asked.filter(({ path }) => path.endsWith("/fill")).map(({ token }) => token), ["access-1"]);
  assert.equal(session.current()?.access, "access-2");
});

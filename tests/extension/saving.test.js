import assert from "node:assert/strict";
import { test } from "node:test";

import { LIFE, asksAgain, caught, meant } from "../../extension/background/saving_rules.js";

/** @type {any} */ (globalThis).chrome = { runtime: { id: "wayfill" } };
const { Saving } = await import("../../extension/background/saving.js");
const { call } = await import("../../extension/background/service.js");
const { Session } = await import("../../extension/background/session.js");
const { Settings } = await import("../../extension/background/settings.js");
const { Store } = await import("../../extension/background/store.js");
const { loopback, sessionBody } = await import("./loopback.js");
const { memoryArea } = await import("./memory.js");

const FIRST = "https://ads.example.test/";
const SECOND = "https://login.example.test/password";
const named = { username: "anna", password: "" };
const secret = { username: "", password: "typed-by-hand" };
const RECORDS = [
  { record: "1", title: "Mine", username: "Anna", mayEdit: true },
  { record: "2", title: "Theirs", username: "bert", mayEdit: false },
];

test("a chain is one login: the name from its first page, the password from its second", () => {
  const login = caught(caught(null, named, FIRST, null, 0), secret, SECOND, null, 1_000);
  assert.deepEqual([login.username, login.password, login.pages, login.state], ["anna", "typed-by-hand", [FIRST, SECOND], "sent"]);
  assert.equal(login.until, 1_000 + LIFE);
});

test("a name that was typed long ago, or for a login that was sent, belongs to no other", () => {
  const old = caught(null, named, FIRST, null, 0);
  assert.equal(caught(old, secret, SECOND, null, LIFE).username, "");
  const sent = caught(null, { ...named, password: "x" }, FIRST, null, 0);
  assert.deepEqual(caught(sent, secret, SECOND, null, 1).pages, [SECOND]);
});

test("a login did not work when its host asks for the password again", () => {
  const login = caught(caught(null, named, FIRST, null, 0), secret, SECOND, null, 0);
  assert.equal(asksAgain(login, "https://login.example.test/failed", ["username", "password"]), true);
  assert.equal(asksAgain(login, "https://login.example.test/code", ["code"]), false);
  assert.equal(asksAgain(login, "https://elsewhere.example.test/", ["password"]), false);
});

test("it belongs to the record of its name, whatever the case of the letters", () => {
  const login = caught(null, { username: "ANNA", password: "x" }, FIRST, null, 0);
  assert.deepEqual(meant(login, RECORDS), { offered: true, record: "1", candidates: [RECORDS[0]] });
});

test("it belongs to the record under way, unless another name was typed", () => {
  assert.equal(meant(caught(null, secret, FIRST, "1", 0), RECORDS).record, "1");
  assert.equal(meant(caught(null, { username: "carl", password: "x" }, FIRST, "1", 0), RECORDS).record, null);
});

test("without a name it belongs to the only record there is, and to none of several", () => {
  assert.equal(meant(caught(null, secret, FIRST, null, 0), [RECORDS[0]]).record, "1");
  assert.equal(meant(caught(null, secret, FIRST, null, 0), RECORDS).record, null);
});

test("nothing is offered for a record that the person may not change", () => {
  assert.equal(meant(caught(null, { username: "bert", password: "x" }, FIRST, null, 0), RECORDS).offered, false);
});

test("nothing is taken from a private window unless the person says so, nor from a listed site, nor while nobody is signed in", async () => {
  const service = await loopback(() => ({ status: 201, body: sessionBody("a", "r") }));
  const store = new Store(memoryArea(), ["session", "ended"]);
  await store.ready();
  const settings = new Settings({ own: memoryArea() });
  const session = new Session({ store, settings: memoryArea(), call, now: Date.now });
  const saving = new Saving(/** @type {any} */ ({ session, settings, store }));
  const page = "https://shop.example.test/sign-in";
  await session.setServer(service.origin);
  assert.equal(await saving.listens(page, false), false);
  await session.signIn({ username: "alice", password: "correct", device: "test" });
  assert.deepEqual([await saving.listens(page, false), await saving.listens(page, true)], [true, false]);
  await settings.set({ offerInPrivate: true });
  assert.equal(await saving.listens(page, true), true);
  await settings.setSite("example.test", "never");
  assert.deepEqual([await saving.listens(page, false), await saving.listens(page, true)], [false, false]);
  await settings.setSite("example.test", null);
  await settings.set({ offerToSave: false });
  assert.deepEqual([await saving.listens(page, false), await saving.listens(page, true)], [false, false]);
  await service.close();
});

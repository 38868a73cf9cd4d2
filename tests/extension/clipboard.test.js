import assert from "node:assert/strict";
import { mock, test } from "node:test";

/** @type {any} */ (globalThis).chrome = {};
const { Clipboard } = await import("../../extension/background/clipboard.js");
import { Store } from "../../extension/background/store.js";
import { memoryArea } from "./memory.js";

function setUp() {
  const clock = { now: 1_000_000 };
  const board = { text: "", read: async () => board.text, write: async (/** @type {string} */ text) => void (board.text = text) };
  const area = memoryArea();
  /** @type {any} */
  const alarms = { create: mock.fn(async () => {}), clear: mock.fn(async () => true) };
  const make = () => new Clipboard({ store: new Store(area, ["clipboard"]), board, alarms, now: () => clock.now });
  mock.timers.enable({ apis: ["setTimeout"] });
  return { clock, board, area, alarms, make };
}

test("a copied value goes when its time is over, and not before", async (t) => {
  const { clock, board, make } = setUp();
  t.after(() => mock.timers.reset());
  const clipboard = make();
  await clipboard.copy("the-secret", 30);
  clock.now += 29_000;
  await clipboard.clear();
  assert.equal(board.text, "the-secret");
  clock.now += 1_000;
  await clipboard.clear();
  assert.equal(board.text, "");
});

test("what the person copied since stays", async (t) => {
  const { clock, board, make } = setUp();
  t.after(() => mock.timers.reset());
  const clipboard = make();
  await clipboard.copy("the-secret", 30);
  board.text = "a recipe";
  clock.now += 30_000;
  await clipboard.clear();
  assert.equal(board.text, "a recipe");
});

test("the value is kept nowhere, and the alarm of a stopped background still clears it", async (t) => {
  const { clock, board, area, alarms, make } = setUp();
  t.after(() => mock.timers.reset());
  await make().copy("the-secret", 30);
  assert.ok(!JSON.stringify(area.content).includes("the-secret"));
  assert.equal(alarms.create.mock.calls[0].arguments[1].when, clock.now + 30_000);
  clock.now += 30_000;
  const store = new Store(area, ["clipboard"]);
  await store.ready();
  await new Clipboard({ store, board, alarms, now: () => clock.now }).clear();
  assert.equal(board.text, "");
});

test("signing out does not wait for the time", async (t) => {
  const { board, make } = setUp();
  t.after(() => mock.timers.reset());
  const clipboard = make();
  await clipboard.copy("the-secret", 600);
  await clipboard.clearNow();
  assert.equal(board.text, "");
});

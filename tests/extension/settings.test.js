import assert from "node:assert/strict";
import { test } from "node:test";

import { Managed, Settings } from "../../extension/background/settings.js";
import { memoryArea } from "./memory.js";

/** @param {Record<string, unknown>} own @param {Record<string, unknown>} [policy] */
async function setUp(own, policy) {
  const [area, managed] = [memoryArea(), memoryArea()];
  await area.set(own);
  if (policy) await managed.set(policy);
  return { area, settings: new Settings({ own: area, managed: policy && { get: async () => managed.content } }) };
}

test("without anything set there are defaults, and no server", async () => {
  const { settings } = await setUp({});
  const { server, clipboardSeconds, offerToSave, offerInPrivate, signInDialogs, observeChains } = await settings.all();
  assert.deepEqual([server, clipboardSeconds, offerToSave, offerInPrivate, signInDialogs, observeChains], [null, 30, true, false, false, true]);
  assert.deepEqual(await settings.get("server"), {});
});

test("a managed value wins and cannot be set", async () => {
  const { settings, area } = await setUp({ server: "https://mine.test", offerToSave: true }, { server: "https://ours.test/", offerToSave: false, refreshInterval: 90 });
  const { server, offerToSave, refreshInterval } = await settings.all();
  assert.deepEqual([server, offerToSave, refreshInterval], ["https://ours.test", false, 90]);
  await assert.rejects(settings.set({ offerToSave: true }), Managed);
  await assert.rejects(settings.set({ server: "https://mine.test" }), Managed);
  assert.equal(area.content.offerToSave, true);
});

test("a managed address that cannot be used is none, not the person's own", async () => {
  for (const server of ["http://plain.test", "ftp://x", "https://user@x.test", 7]) {
    const { settings } = await setUp({ server: "https://mine.test" }, { server });
    assert.deepEqual(await settings.get("server"), {}, String(server));
  }
});

test("numbers are kept in their bounds, and what is none is not taken", async () => {
  const { settings } = await setUp({}, { refreshInterval: 1, clipboardSeconds: 9_999, offerToSave: "yes" });
  const { refreshInterval, clipboardSeconds, offerToSave } = await settings.all();
  assert.deepEqual([refreshInterval, clipboardSeconds, offerToSave], [30, 600, true]);
  await assert.rejects(settings.set(/** @type {any} */ ({ unknown: true })), TypeError);
  await assert.rejects(settings.set(/** @type {any} */ ({ offerInPrivate: "yes" })), TypeError);
});

test("the list of sites is the person's and the administrator's together", async () => {
  const { settings } = await setUp({ sites: { "a.test": "ask", "b.test": "wrong" } }, { sites: { "c.test": "never" } });
  assert.deepEqual((await settings.all()).sites, { "a.test": "ask", "c.test": "never" });
  await settings.setSite("d.test", "host");
  await settings.setSite("a.test", null);
  assert.deepEqual((await settings.all()).sites, { "d.test": "host", "c.test": "never" });
  await assert.rejects(settings.setSite("c.test", null), Managed);
  await assert.rejects(settings.setSite("e.test", /** @type {any} */ ("always")), TypeError);
});

test("a browser without a policy refuses to be asked for one", async () => {
  const settings = new Settings({ own: memoryArea(), managed: { get: () => Promise.reject(new Error("no manifest")) } });
  assert.deepEqual(await settings.managed(), {});
});

// Hosts that the browser warned of: nothing is filled there until a good certificate was seen, also in the browser's next life.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Certificates, isOfCertificate } from "../../extension/background/certificates.js";
import { Store } from "../../extension/background/store.js";
import { memoryArea } from "./memory.js";

const SITE = new URL("https://login.example.test:8443/in");

/** @param {{ kept?: any, isGood?: boolean }} [parts] */
function world({ kept = memoryArea(), isGood = false } = {}) {
  const state = { isGood, asked: 0 };
  const store = new Store(memoryArea(), ["warned"]);
  const ask = async () => (state.asked++, state.isGood);
  return { state, kept, certificates: new Certificates({ kept, store, isGood: ask }) };
}

test("a host that nobody was warned of is not asked", async () => {
  const { state, certificates } = world();
  assert.equal(await certificates.isBroken(SITE), false);
  assert.equal(state.asked, 0);
});

test("a host stays warned of, on every path and in the browser's next life, until its certificate is good", async () => {
  const { state, kept, certificates } = world();
  await certificates.warned(SITE, false);
  assert.equal(await certificates.isBroken(new URL("https://login.example.test:8443/other")), true);
  assert.equal(await certificates.isBroken(new URL("https://login.example.test/other")), false);
  const later = world({ kept });
  assert.equal(await later.certificates.isBroken(SITE), true);
  state.isGood = true;
  assert.equal(await certificates.isBroken(SITE), false);
  assert.equal(state.asked, 2);
  assert.equal(await certificates.isBroken(SITE), false);
  assert.equal(state.asked, 2);
});

test("what happened in a private window is not kept", async () => {
  const { kept, certificates } = world();
  await certificates.warned(SITE, true);
  assert.equal(await certificates.isBroken(SITE), true);
  assert.deepEqual(await kept.get("warned"), {});
});

test("the newest two hundred are kept", async () => {
  const { kept, certificates } = world();
  for (let number = 0; number < 210; number++) await certificates.warned(new URL(`https://${number}.test/`), false);
  const { warned } = await kept.get("warned");
  assert.deepEqual([warned.length, warned[0], warned.at(-1)], [200, "10.test", "209.test"]);
});

test("errors of certificates are told from others", () => {
  for (const error of ["net::ERR_CERT_AUTHORITY_INVALID", "net::ERR_CERT_DATE_INVALID", "net::ERR_SSL_PROTOCOL_ERROR", "Error code 2153390070", "Error code 2153398258"]) {
    assert.ok(isOfCertificate(error), error);
  }
  for (const error of ["net::ERR_ABORTED", "net::ERR_NAME_NOT_RESOLVED", "Error code 2152398850", "Error code 2152398878", ""]) {
    assert.ok(!isOfCertificate(error), error);
  }
});

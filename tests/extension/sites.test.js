import assert from "node:assert/strict";
import { test } from "node:test";

import { permitted, ruleOf, siteOf } from "../../extension/background/sites.js";

const CLOSE = /** @type {any} */ ({ record: "a", close: true });
const LOOSE = /** @type {any} */ ({ record: "b", close: false });

test("an entry counts for its host and those below it, and the longest wins", () => {
  const sites = /** @type {const} */ ({ "example.test": "ask", "ads.example.test": "never", "192.0.2.7": "host" });
  assert.equal(ruleOf(sites, "https://example.test/x"), "ask");
  assert.equal(ruleOf(sites, "https://login.example.test:8443/"), "ask");
  assert.equal(ruleOf(sites, "https://deep.ads.example.test./"), "never");
  assert.equal(ruleOf(sites, "http://192.0.2.7/"), "host");
  for (const stranger of ["https://notexample.test/", "https://example.test.evil.test/", "https://evil.test/example.test", "about:blank", "data:text/html,example.test"]) {
    assert.equal(ruleOf(sites, stranger), null, stranger);
  }
});

test("a name of every object is no entry", () => assert.equal(ruleOf({}, "https://constructor/"), null));

test("never leaves nothing, host only leaves what is close, ask leaves nothing that goes on by itself", () => {
  assert.deepEqual(permitted("never", [CLOSE, LOOSE]), []);
  assert.deepEqual(permitted("host", [CLOSE, LOOSE]), [CLOSE]);
  assert.deepEqual(permitted("ask", [CLOSE, LOOSE]).map(({ close, asks }) => [close, asks]), [[false, true], [false, false]]);
  assert.deepEqual(permitted(null, [CLOSE, LOOSE]), [CLOSE, LOOSE]);
});

for (const [typed, host] of [["Example.TEST", "example.test"], [" https://ads.example.test:8443/x?y ", "ads.example.test"], ["bücher.test", "xn--bcher-kva.test"], ["example.test.", "example.test"]]) {
  test(`"${typed}" means ${host}`, () => assert.equal(siteOf(typed), host));
}
for (const typed of ["", "*.example.test", "ftp://example.test", "user@example.test", "two words", "a..b", "javascript:alert(1)"]) {
  test(`"${typed}" is no site`, () => assert.throws(() => siteOf(typed), { reason: "siteUnreadable" }));
}

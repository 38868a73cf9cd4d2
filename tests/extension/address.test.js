import assert from "node:assert/strict";
import { test } from "node:test";

import { BadServerAddress, serverOrigin, stepOf, webPage } from "../../extension/shared/address.js";

for (const [typed, origin] of [
  ["https://wayfill.example.com", "https://wayfill.example.com"],
  ["  wayfill.example.com/console/records?x=1#y ", "https://wayfill.example.com"],
  ["https://WAYFILL.example.com:8443/", "https://wayfill.example.com:8443"],
  ["https://wayfill.example.com:443", "https://wayfill.example.com"],
  ["http://localhost:7845", "http://localhost:7845"],
  ["http://wayfill.localhost:7845/", "http://wayfill.localhost:7845"],
  ["http://127.0.0.1:7845", "http://127.0.0.1:7845"],
  ["https://[2001:db8::1]:7845", "https://[2001:db8::1]:7845"],
]) {
  test(`the server may be ${typed}`, () => assert.equal(serverOrigin(typed), origin));
}

for (const [typed, reason] of [
  ["", "serverMissing"],
  ["   ", "serverMissing"],
  ["https://", "serverUnreadable"],
  ["https://exa mple.com", "serverUnreadable"],
  ["http://wayfill.example.com", "serverNotEncrypted"],
  ["http://localhost.example.com", "serverNotEncrypted"],
  ["http://evillocalhost", "serverNotEncrypted"],
  ["http://127.0.0.1.example.com", "serverNotEncrypted"],
  ["http://10.0.0.1", "serverNotEncrypted"],
  ["ftp://wayfill.example.com", "serverScheme"],
  ["file:///etc/passwd", "serverScheme"],
  ["https://alice:secret@wayfill.example.com", "serverUserInfo"],
  ["https://wayfill.example.com@evil.example.net", "serverUserInfo"],
]) {
  test(`the server may not be ${typed || "nothing"}`, () => {
    assert.throws(() => serverOrigin(typed), (error) => error instanceof BadServerAddress && error.reason === reason);
  });
}

test("only http and https addresses are web pages", () => {
  assert.equal(webPage("https://a.example/x")?.host, "a.example");
  for (const address of [undefined, "", "about:blank", "data:text/html,x", "chrome://settings", "blob:https://a.example/1", "no address"]) {
    assert.equal(webPage(address), null);
  }
});

test("a page that counts up a parameter stays the same step", () => {
  assert.equal(stepOf(new URL("https://a.example/login?n=1#x")), stepOf(new URL("https://a.example/login?n=2")));
  assert.notEqual(stepOf(new URL("https://a.example/login")), stepOf(new URL("https://a.example/login/2")));
});

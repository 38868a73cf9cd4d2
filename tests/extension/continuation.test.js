import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, mayOffer, met, moved, navigated, stepped } from "../../extension/background/continuation.js";

const FIRST = new URL("https://ads.example-one.test/");
const SECOND = new URL("https://login.example-two.test/password?login=alice");
const NOW = 1_000_000;
const chosen = { record: "ads", title: "Ads account" };

/** @param {string[]} filled */
function choice(filled = ["username"]) {
  const made = begin(chosen, FIRST, filled, NOW, 300);
  assert.ok(made);
  return made;
}

test("the next page of the login is filled, for a page that the record matches closely", () => {
  assert.deepEqual(met(choice(), SECOND, ["password"], true, NOW + 1000), { choice: choice(), fill: ["password"] });
});

const CODE = new URL("https://login.example-two.test/code");

test("after the password only a code is filled, once, where the record matches closely, and soon", () => {
  for (const after of [choice(["username", "password"]), stepped(choice(), SECOND, ["password"], NOW)]) {
    assert.ok(after);
    assert.deepEqual(met(after, CODE, ["code"], true, NOW + 89_000).fill, ["code"]);
    assert.deepEqual(met(after, CODE, ["code"], true, NOW + 90_000), { choice: null, fill: [] });
    assert.deepEqual(met(after, CODE, ["code"], false, NOW), { choice: { ...after, waiting: CODE.host }, fill: [] });
    assert.deepEqual(met(after, CODE, ["username", "password"], true, NOW), { choice: null, fill: [] });
    assert.deepEqual(met(after, CODE, [], false, NOW).choice, after);
    assert.equal(stepped(after, CODE, ["code"], NOW), null);
    for (const kinds of [["code"], [], ["username"], ["password", "code"]]) {
      assert.equal(mayOffer(after, CODE, kinds, NOW), kinds.join() === "code", "only a page that asks for a code alone may be linked then");
    }
  }
});

test("the page whose password was filled may show its fields until it is sent", () => {
  const after = choice(["username", "password"]);
  assert.deepEqual(met(after, FIRST, ["username", "password"], true, NOW), { choice: after, fill: [] });
});

test("a login with its code on the same page is done at once", () => {
  assert.equal(begin(chosen, FIRST, ["username", "password", "code"], NOW, 300), null);
});

test("a login moves to a tab that its page opened only for what comes next there", () => {
  assert.deepEqual(moved(choice(), 7, SECOND, ["password"], true, NOW), { ...choice(), home: 7 });
  assert.equal(moved(choice(), 7, SECOND, ["password"], false, NOW), null);
  assert.equal(moved(choice(), 7, SECOND, [], true, NOW), null);
  assert.equal(moved(choice(), 7, FIRST, ["username"], true, NOW), null);
  assert.equal(moved(choice(), 7, SECOND, ["password"], true, NOW + 300_000), null);
});

test("a choice ends after its time", () => {
  assert.deepEqual(met(choice(), SECOND, ["password"], true, NOW + 299_999).fill, ["password"]);
  assert.deepEqual(met(choice(), SECOND, ["password"], true, NOW + 300_000), { choice: null, fill: [] });
  assert.equal(navigated(choice(), "link", [], NOW + 300_000), null);
});

test("a page without a login field lets it live on", () => {
  assert.deepEqual(met(choice(), new URL("https://between.example.net/"), [], false, NOW), { choice: choice(), fill: [] });
});

test("an unmatched login page ends it for every page but its own host", () => {
  const waiting = met(choice(), SECOND, ["password"], false, NOW).choice;
  assert.ok(waiting);
  assert.equal(waiting.waiting, "login.example-two.test");
  assert.deepEqual(met(waiting, SECOND, ["password"], true, NOW).fill, ["password"]);
  assert.deepEqual(met(waiting, FIRST, ["username", "password"], true, NOW), { choice: null, fill: [] });
});

test("each kind of field is filled once at an address", () => {
  const twice = met(choice(), FIRST, ["username", "password"], true, NOW);
  assert.deepEqual(twice.fill, ["password"]);
  const after = stepped(choice([]), SECOND, ["username"], NOW);
  assert.ok(after);
  assert.deepEqual(met(after, new URL("https://login.example-two.test/password?login=bob"), ["username"], true, NOW).fill, []);
});

test("a fill on the awaited host ends the waiting", () => {
  const waiting = met(choice(), SECOND, ["username"], false, NOW).choice;
  assert.ok(waiting);
  assert.equal(stepped(waiting, SECOND, ["username"], NOW)?.waiting, null);
});

for (const [address, offered] of /** @type {[string, boolean][]} */ ([
  ["https://login.example-two.test/", true],
  ["http://ads.example-one.test/", false],
  ["http://login.example-two.test/", false],
])) {
  test(`after a choice on an https page, linking ${address} is ${offered ? "" : "not "}offered`, () => {
    assert.equal(mayOffer(choice(), new URL(address), ["password"], NOW), offered);
  });
}

test("a link is offered on http to a login that began there, and only on the host that waits, and in time", () => {
  const plain = begin(chosen, new URL("http://intranet.example.test/"), [], NOW, 300);
  assert.ok(plain);
  const other = new URL("http://login.example.test/");
  assert.equal(mayOffer(plain, other, ["password"], NOW), true);
  assert.equal(mayOffer({ ...plain, waiting: other.host }, other, ["password"], NOW), true);
  assert.equal(mayOffer({ ...plain, waiting: "elsewhere.example.test" }, other, ["password"], NOW), false);
  assert.equal(mayOffer(plain, other, ["password"], NOW + 300_000), false);
});

for (const [transition, qualifiers, lives] of /** @type {[string, string[], boolean][]} */ ([
  ["link", [], true],
  ["form_submit", ["server_redirect"], true],
  ["link", ["client_redirect"], true],
  ["reload", [], true],
  ["typed", [], false],
  ["typed", ["server_redirect"], false],
  ["auto_bookmark", [], false],
  ["generated", [], false],
  ["keyword", [], false],
  ["start_page", [], false],
  ["link", ["from_address_bar"], false],
  ["link", ["forward_back"], false],
  ["reload", ["forward_back"], false],
])) {
  test(`a navigation by ${transition} [${qualifiers}] ${lives ? "goes on" : "ends"} with the login`, () => {
    assert.equal(navigated(choice(), transition, qualifiers, NOW) !== null, lives);
  });
}

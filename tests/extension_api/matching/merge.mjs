// Puts each step's changes into the table before it, as the extension does, and holds what comes out against the whole.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { MatchTable } from "../../../extension/shared/match.js";
import { merged } from "../../../extension/shared/merge.js";

const steps = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const { before, answer, after } of steps) {
  const found = merged(before, answer);
  assert.deepEqual(found, after);
  MatchTable.fromJSON(found.table);
}
console.log(`${steps.length} merged`);

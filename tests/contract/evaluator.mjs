// The extension's evaluator behind a pipe, for tests: one JSON request a line in, one JSON answer a line out.
// It holds the last table that it was given; nothing here may correct or fill in what the evaluator answers.

import { createInterface } from "node:readline";
import { InvalidTable, InvalidUrl, MatchTable } from "../../extension/shared/match.js";

/** @type {MatchTable | undefined} */
let table;

/** @param {string} address */
function find(address) {
  try {
    return table.find(address);
  } catch (error) {
    if (error instanceof InvalidUrl) return { invalid: error.reason };
    throw error;
  }
}

/** @param {string} address */
function parse(address) {
  try {
    const { protocol, hostname, port, pathname, search, href } = new URL(address);
    return { protocol, hostname, port, pathname, search, href };
  } catch {
    return null;
  }
}

/** @param {any} request */
function answer(request) {
  if (request.table !== undefined) {
    try {
      table = MatchTable.fromJSON(request.table);
    } catch (error) {
      if (error instanceof InvalidTable) return { refused: error.reason };
      throw error;
    }
  }
  if (request.pages) return request.pages.map(find);
  if (request.addresses) return request.addresses.map(parse);
  return { revision: table?.revision };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}

// How the extension's own pages talk to the background: one question, one answer, or a problem to be shown.

import { browser } from "./browser.js";

/** What the background tells an open popup: what there is to say of a tab is another thing now. */
export const CHANGED = "popup:changed";

/** A question the background could not answer; `problem` is for `problemText`. */
export class Problem extends Error {
  /** @param {{ code: string, detail: string, retryAfter?: number }} problem */
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/**
 * @param {string} type
 * @param {Record<string, unknown>} [content]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function ask(type, content = {}) {
  const answer = await browser.runtime.sendMessage({ type, ...content });
  if (!answer) throw new Problem({ code: "internal", detail: "" });
  if (answer.problem) throw new Problem(answer.problem);
  return answer.value;
}

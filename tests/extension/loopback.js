// A service on the loopback that answers what a test tells it to, over real HTTP, and remembers what it was asked. It
// stands in for the service only where a test needs an answer that the real one gives rarely, or not on demand.

import { createServer } from "node:http";

/**
 * @typedef {{ method: string, path: string, token: string, headers: Record<string, any>, body: any }} Asked
 * @typedef {{ status: number, body?: unknown, headers?: Record<string, string> }} Told
 */

/**
 * @param {(asked: Asked) => Told | Promise<Told>} answer
 * @returns {Promise<{ origin: string, asked: Asked[], close: () => Promise<void> }>}
 */
export async function loopback(answer) {
  /** @type {Asked[]} */
  const log = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const asked = {
      method: request.method ?? "",
      path: request.url ?? "",
      token: (request.headers.authorization ?? "").replace("Bearer ", ""),
      headers: request.headers,
      body: text === "" ? null : JSON.parse(text),
    };
    log.push(asked);
    const { status, body, headers = {} } = await answer(asked);
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${address.port}`,
    asked: log,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @param {number} status @param {string} slug @returns {Told} */
export const refusal = (status, slug) => ({
  status,
  body: { type: `urn:wayfill:problem:${slug}`, title: slug, status, detail: `about ${slug}` },
});

/** @param {string} access @param {string} refresh @returns {unknown} what signing in or renewing answers */
export const sessionBody = (access, refresh) => ({
  access_token: access,
  access_expires_in: 300,
  refresh_token: refresh,
  account: { id: "a1", name: "alice", administrator: false },
  policy: { refresh_interval: 60, continuation: 300 },
  revision: 1,
});

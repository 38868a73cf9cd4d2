// storage.session without a browser: the same three calls over a plain object, values copied as the browser copies them.

/** @returns {any} a storage area; `content` is what it holds */
export function memoryArea() {
  /** @type {Record<string, any>} */
  const content = {};
  return {
    content,
    /** @param {string | string[] | null} names */
    async get(names) {
      const wanted = names === null ? Object.keys(content) : [names].flat();
      return Object.fromEntries(wanted.filter((name) => name in content).map((name) => [name, structuredClone(content[name])]));
    },
    /** @param {Record<string, unknown>} values */
    async set(values) {
      Object.assign(content, structuredClone(values));
    },
    async clear() {
      for (const name of Object.keys(content)) delete content[name];
    },
  };
}

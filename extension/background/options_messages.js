// What the options page may ask: the service's address, signing in and out, and the settings. No other page may, and what an
// administrator manages is refused here as well as locked there.

import { serverOrigin } from "../shared/address.js";
import { siteOf } from "./sites.js";
import { switchSaver, saver } from "./saver.js";
import { accountView, problemOf } from "./view.js";

/** @typedef {{ values: import("./settings.js").Values, managed: string[], managedSites: string[], saver: import("./saver.js").Saver, dialogsKnown: boolean }} SettingsView */

/** @param {import("./main.js").Parts} parts @returns {Record<string, import("./messages.js").Entry>} */
export function optionsMessages(parts) {
  const { session, table, settings, dialogsKnown } = parts;

  /** @returns {Promise<SettingsView>} */
  async function settingsView() {
    const managed = await settings.managed();
    return {
      values: await settings.all(),
      managed: Object.keys(managed).filter((name) => name !== "sites"),
      managedSites: Object.keys(managed.sites ?? {}),
      saver: await saver(),
      dialogsKnown: dialogsKnown(),
    };
  }

  return {
    "options:look": {
      from: "options",
      takes: {},
      answer: () => accountView(parts),
    },
    "options:server": {
      from: "options",
      takes: { address: "string" },
      async answer({ address }) {
        await session.setServer(serverOrigin(address));
        return accountView(parts);
      },
    },
    "options:sign-in": {
      from: "options",
      takes: { username: "string", password: "string", code: "string" },
      async answer({ username, password, code }) {
        const { device } = await accountView(parts);
        await session.signIn({ username, password, device, ...(code && { code }) });
        await parts.schedule();
        try {
          await table.refresh();
        } catch (error) {
          // The person is signed in all the same; the table comes with the next look.
          return { ...(await accountView(parts)), late: problemOf(error) };
        }
        return accountView(parts);
      },
    },
    "options:sign-out": {
      from: "options",
      takes: {},
      async answer() {
        await session.signOut();
        return accountView(parts);
      },
    },
    "options:settings": {
      from: "options",
      takes: {},
      answer: settingsView,
    },
    "options:switch": {
      from: "options",
      takes: { name: "string", on: "boolean" },
      async answer({ name, on }) {
        await settings.set({ [name]: on });
        return settingsView();
      },
    },
    "options:clipboard": {
      from: "options",
      takes: { seconds: "number" },
      async answer({ seconds }) {
        await settings.set({ clipboardSeconds: seconds });
        return settingsView();
      },
    },
    "options:site": {
      from: "options",
      takes: { site: "string", rule: "string" },
      async answer({ site, rule }) {
        await settings.setSite(rule === "" ? site : siteOf(site), rule === "" ? null : rule);
        await parts.recount();
        return settingsView();
      },
    },
    "options:saver": {
      from: "options",
      takes: { off: "boolean" },
      async answer({ off }) {
        await switchSaver(off);
        return settingsView();
      },
    },
  };
}

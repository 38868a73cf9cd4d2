// The offer to keep a login that the person has just typed: as a new record, or as the new password of one that is there.
// The password itself is not here; it waits in the background and goes with the answer.

import { Problem, ask } from "../shared/ask.js";
import { phrase, strong, text } from "../shared/texts.js";
import { button, element, field, part } from "./parts.js";

/** @typedef {import("./parts.js").Stage} Stage */

/** The offer that is drawn. */
let drawn = "";
/** The state of the chosen record as the person saw it, by record. @type {Map<string, string>} */
const seen = new Map();

/** @param {Stage} stage */
export function drawSaving(stage) {
  const { saving, site } = stage.view();
  const box = /** @type {HTMLFormElement} */ (/** @type {unknown} */ (part("saving")));
  box.hidden = saving === null;
  if (saving === null || drawn === saving.id) return;
  drawn = saving.id;
  const tab = stage.tab();
  const title = field("titleLabel", saving.from.replace(/^www\./, ""), { id: "saving-title", most: 200 });
  const username = field("usernameLabel", saving.username, { id: "saving-username" });
  const into = element("select", "field");
  into.id = "saving-into";
  into.append(new Option(text("asNewLogin"), ""));
  for (const { record, title, username: name } of saving.candidates) into.append(new Option(text("asUpdateOf", title, name), record));
  const select = /** @type {HTMLSelectElement} */ (into);
  select.value = saving.record ?? "";
  const choice = element("label", "labelled", text("saveInto"));
  choice.append(select);
  const save = button("saveLogin", () => {}, "button primary");
  save.type = "submit";
  save.id = "saving-save";

  async function chosen() {
    title.label.hidden = select.value !== "";
    save.textContent = text(select.value === "" ? "saveLogin" : "updateLogin");
    await see(select.value);
  }

  box.onsubmit = (event) => {
    event.preventDefault();
    stage.run(async () => {
      const record = select.value;
      const content = { title: title.input.value.trim() || saving.from, username: username.input.value.trim() };
      try {
        const done = await ask("popup:save", { tab, offer: saving.id, record, etag: seen.get(record) ?? "", ...content });
        await stage.look();
        return text(`saving_${done}`);
      } catch (error) {
        // Somebody changed it: the person is told, and may save over what is there now.
        if (error instanceof Problem && error.problem.code === "changed-meanwhile") await see(record, true);
        throw error;
      }
    });
  };
  select.addEventListener("change", () => stage.run(async () => (await chosen(), null)));
  const row = element("div", "row");
  const later = button("notNow", () => stage.run(async () => (await ask("popup:dismiss", { tab }), await stage.look(), null)));
  later.id = "saving-dismiss";
  const never = button("neverHere", () =>
    stage.run(async () => {
      await ask("popup:dismiss", { tab });
      if (site) await ask("popup:site", { site: site.name, rule: "never" });
      await stage.look();
      return text("neverDone", site?.name ?? "");
    }),
  );
  row.append(save, later, never);
  const words = element("p");
  words.append(saving.host === saving.from ? phrase("savingAsk", strong(saving.host)) : phrase("savingAskChain", strong(saving.from), strong(saving.host)));
  box.replaceChildren(element("h2", "", text("savingTitle")), words, choice, title.label, username.label, row);
  chosen().catch(() => {}); // Without the state of the record the service refuses; the person is told then.
}

/** @param {string} record @param {boolean} [again] */
async function see(record, again = false) {
  if (record !== "" && (again || !seen.has(record))) seen.set(record, (await ask("popup:record", { record })).etag);
}

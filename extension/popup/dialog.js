// The browser's own sign-in dialog, which waits for a record or for being left alone.

import { ask } from "../shared/ask.js";
import { phrase, strong, text } from "../shared/texts.js";
import { button, element, part } from "./parts.js";
import { cardItem } from "./record.js";

/** @param {import("./parts.js").Stage} stage @param {() => void} done */
export function drawDialog(stage, done) {
  const { dialog } = stage.view();
  const box = part("dialog");
  const same = box.dataset.dialog === (dialog?.id ?? "");
  box.hidden = dialog === null;
  box.dataset.dialog = dialog?.id ?? "";
  if (dialog === null || same) return;
  const words = element("p");
  words.append(phrase("dialogAsk", strong(dialog.host)));
  box.replaceChildren(element("h2", "", text("dialogTitle")), words);
  // What the server says of itself is shown as its words, not as ours.
  if (dialog.realm) box.append(element("p", "quiet", text("dialogRealm", dialog.realm.slice(0, 100))));
  if (!dialog.encrypted) box.append(element("p", "notice warn", text("notEncrypted")));
  const list = element("ul", "choices");
  /** @param {string} record */
  const answer = (record) =>
    stage.run(async () => {
      const { outcome } = await ask("popup:dialog", { dialog: dialog.id, record });
      if (outcome === "refused") return text("refused_certificate"); // The browser's own dialog still waits.
      done();
      return outcome === "moved" ? text("dialogGone") : null;
    });
  for (const { record, title, username, link } of dialog.matches) list.append(cardItem({ id: record, title, username, url: link.url, mayEdit: false }, answer));
  box.append(list, button("dialogOwn", () => answer("")));
}

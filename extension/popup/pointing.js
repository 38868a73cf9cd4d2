// Pointing at a field of the page where recognition fails: begun here, done in the page, and what came of it told when the
// popup opens again.

import { ask } from "../shared/ask.js";
import { problemText, text } from "../shared/texts.js";
import { button, element } from "./parts.js";

/** @typedef {import("./parts.js").Stage} Stage */

/** @param {Stage} stage @param {string} record @returns {HTMLElement} */
export function pointing(stage, record) {
  const { page, pinned } = stage.view();
  const tab = stage.tab();
  const box = element("details", "point");
  const row = element("div", "row");
  for (const kind of ["username", "password", "code"]) {
    const made = button(`point_${kind}`, () =>
      stage.run(async () => {
        const begun = await ask("popup:pick", { tab, page: page.id, record, kind });
        if (begun === "picking") window.close();
        return text(begun === "picking" ? "pointNow" : `outcome_${begun.replace("-", "_")}`);
      }),
    );
    made.dataset.kind = kind;
    row.append(made);
  }
  box.append(element("summary", "", text("pointAt")), element("p", "hint", text("pointHow")), row);
  if (pinned.includes(record)) {
    const forget = button("pointForget", () =>
      stage.run(async () => {
        await ask("popup:unpin", { tab, page: page.id, record });
        forget.remove();
        await stage.look();
        return text("pointForgotten");
      }),
    );
    forget.dataset.act = "unpin";
    row.append(forget);
  }
  return box;
}

/** @param {Stage} stage */
export function drawPicked(stage) {
  const { pick } = stage.view();
  if (pick === null) return;
  const key = `pick_${pick.came.replace(/-/g, "_")}`;
  const words = text(key, text(`field_${pick.kind}`));
  stage.say(words === key ? problemText({ code: pick.came, detail: "" }) : words, pick.came.startsWith("kept"));
}

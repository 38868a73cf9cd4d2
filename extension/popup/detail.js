// All of one record: its fields to copy or see, its pages to open, and what the page in front has to do with it. A value that
// is shown is on record at the service, and goes from here by itself.

import { ask } from "../shared/ask.js";
import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import { phrase, strong, text } from "../shared/texts.js";
import { button, element, letter, part } from "./parts.js";
import { pointing } from "./pointing.js";

/** How long a value stays in sight, in milliseconds. */
const IN_SIGHT = 30_000;

/** @typedef {import("../background/vault.js").Detail} Detail */
/** @typedef {import("./parts.js").Stage} Stage */

/** @param {Stage} stage @param {string} record */
export async function showDetail(stage, record) {
  await stage.run(async () => {
    const detail = /** @type {Detail} */ (await ask("popup:record", { record }));
    const head = element("div", "head");
    const words = element("div", "text");
    words.append(element("h2", "title", detail.title), element("span", "username", detail.username || text("noUsername")));
    head.append(letter(detail.title), words);
    part("detail").replaceChildren(head, here(stage, detail), fields(stage, detail), addresses(detail));
    stage.show("detail");
    return null;
  });
}

/** What may be done with the record on the page in front. @param {Stage} stage @param {Detail} detail */
function here(stage, { id, title, mayEdit }) {
  const { page, matches } = stage.view();
  const box = element("div", "here");
  if (page.state !== "ready") return box;
  const match = matches.find((one) => one.record === id);
  if (match) {
    box.append(button("fillHere", () => stage.choose(id, true, false), "button primary"));
    // Fills of another host are confirmed with that host in sight.
    if (!match.frame) box.append(pointing(stage, id));
    if (!match.close) box.prepend(line(match.asks ? phrase("askHere", strong(page.host)) : phrase("looseAsk", strong(match.link.url), strong(page.host))));
  } else if (mayEdit) {
    box.append(line(phrase("linkHere", strong(page.host), strong(title))), button("offerLink", () => stage.choose(id, true, true)));
  } else {
    box.append(line(phrase("linkAsk", strong(page.host), strong(title))));
    box.append(
      button("copyAddress", () =>
        stage.run(async () => {
          await navigator.clipboard.writeText(page.origin);
          return text("copied");
        }),
      ),
    );
  }
  return box;
}

/** @param {Stage} stage @param {Detail} detail */
function fields(stage, { id, username, fields, mayView }) {
  const list = element("dl", "fields");
  const names = [["username", username !== ""], ["password", fields.includes("password")], ["code", fields.includes("one_time_secret")], ["notes", fields.includes("notes")]];
  for (const [name, there] of names) if (there) list.append(row(stage, id, String(name), text(`field_${name}`), mayView));
  for (const name of fields) if (name.startsWith("extra:")) list.append(row(stage, id, name, name.slice(6), mayView));
  const box = element("div");
  box.append(list);
  if (!mayView) box.append(element("p", "hint", text("mayOnlyFill")));
  return box;
}

/** @param {Stage} stage @param {string} record @param {string} name @param {string} label @param {boolean} mayView */
function row(stage, record, name, label, mayView) {
  const line = element("div", "line");
  const value = element("dd");
  const shown = element("output", "value");
  shown.hidden = true;
  const copied = button("copy", () =>
    stage.run(async () => {
      const { seconds } = await ask("popup:copy", { record, field: name });
      return text("copiedFor", label, String(seconds));
    }),
  );
  const seen = button("reveal", () => (shown.hidden ? reveal() : hide()));
  const hide = () => {
    shown.textContent = "";
    shown.hidden = true;
    seen.textContent = text("reveal");
  };
  const reveal = () =>
    stage.run(async () => {
      shown.textContent = await ask("popup:reveal", { record, field: name });
      shown.hidden = false;
      seen.textContent = text("conceal");
      setTimeout(hide, IN_SIGHT);
      return null;
    });
  for (const one of [copied, seen]) {
    one.disabled = !mayView;
    one.dataset.field = name;
    one.setAttribute("aria-label", `${one.textContent}: ${label}`);
  }
  copied.dataset.act = "copy";
  seen.dataset.act = "reveal";
  value.append(copied, seen);
  line.append(element("dt", "", label), value, shown);
  return line;
}

/** @param {Detail} detail */
function addresses({ links }) {
  const list = element("ul", "addresses");
  for (const { url, veto } of links) {
    const item = element("li");
    item.append(element("bdi", veto ? "veto" : "", url.replace(/^https:\/\/|\/$/g, "")));
    // A pattern is no address that could be opened.
    if (!veto && webPage(url) && !url.includes("*")) item.append(button("open", () => browser.tabs.create({ url }), "text-button"));
    list.append(item);
  }
  const box = element("div");
  box.append(element("h3", "", text("addresses")), links.length > 0 ? list : element("p", "hint", text("noAddresses")));
  return box;
}

/** @param {DocumentFragment} words */
function line(words) {
  const made = element("p");
  made.append(words);
  return made;
}

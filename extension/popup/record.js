// One record in the popup: whose login it is, and by which link it is here. A record that was saved for another host says
// so before it may be used.

import { phrase, strong, text } from "../shared/texts.js";
import { button, element, icon, letter } from "./parts.js";

const ARROW = "M5 12h14M13 6l6 6-6 6";
const MORE = "M5 12h.01M12 12h.01M19 12h.01";

/** @typedef {import("../background/table.js").Match} Match */
/** @typedef {import("../background/vault.js").Card} Card */

/**
 * @param {Match} match
 * @param {{ under: boolean, host: string, choose: (record: string, confirmed: boolean, link: boolean) => void, more: (record: string) => void }} options
 *   `under`: the record of the login under way; `host`: the page's; `more`: shows all of the record
 * @returns {HTMLLIElement}
 */
export function recordItem(match, { under, host, choose, more }) {
  const item = /** @type {HTMLLIElement} */ (element("li", "item"));
  const use = recordButton(match);
  const reason = element("span", "reason");
  const chip = element("span", "chip", strengthText(match));
  if (!match.close && !match.frame) chip.classList.add("loose");
  const near = match.close || match.asks || match.frame;
  const link = element("span", "link", near ? match.link.url.replace(/^https:\/\/|\/$/g, "") : text("savedFor", hostOf(match.link.url)));
  link.title = match.reason;
  reason.append(chip, link);
  if (under) reason.append(element("span", "chip under", text("underWay")));
  use.append(icon(ARROW), reason);
  const all = button("more", () => more(match.record), "icon-button");
  all.setAttribute("aria-label", text("moreOf", match.title));
  all.replaceChildren(icon(MORE));
  item.append(use, all);
  use.addEventListener("click", () => {
    if (match.close) choose(match.record, false, false);
    else if (item.children.length === 2) item.append(question(match, host, choose));
  });
  return item;
}

/** A record that was searched for. @param {Card} card @param {(record: string) => void} more @returns {HTMLLIElement} */
export function cardItem(card, more) {
  const item = /** @type {HTMLLIElement} */ (element("li"));
  const all = recordButton({ record: card.id, ...card });
  if (card.url) all.append(element("span", "reason", card.url.replace(/^https:\/\/|\/$/g, "")));
  all.addEventListener("click", () => more(card.id));
  item.append(all);
  return item;
}

/** @param {{ record: string, title: string, username: string }} record */
function recordButton({ record, title, username }) {
  const made = /** @type {HTMLButtonElement} */ (element("button", "record"));
  made.type = "button";
  made.dataset.record = record;
  const words = element("span", "text");
  words.append(element("span", "title", title), element("span", "username", username || text("noUsername")));
  made.append(letter(title), words);
  return made;
}

/** @param {Match} match @param {string} host @param {(record: string, confirmed: boolean, link: boolean) => void} choose */
function question(match, host, choose) {
  const box = element("div", "ask");
  const words = element("p");
  words.append(match.frame ? phrase("askFrame", strong(match.frame), strong(host)) : match.asks ? phrase("askHere", strong(host)) : phrase("looseAsk", strong(hostOf(match.link.url)), strong(host)));
  const row = element("div", "row");
  row.append(button("looseOnce", () => choose(match.record, true, false)));
  if (match.mayEdit && !match.asks && !match.frame) row.prepend(button("looseLink", () => choose(match.record, true, true), "button primary"));
  box.append(words, row);
  queueMicrotask(() => {
    /** @type {HTMLElement} */ (row.firstElementChild).focus();
    box.scrollIntoView({ block: "nearest" });
  });
  return box;
}

/** @param {Match} match @returns {string} the strength in the person's language, else the matcher's own word */
function strengthText(match) {
  const key = `strength_${match.strength.toLowerCase().replace(/[^a-z]+/g, "_")}`;
  const words = text(key);
  return words === key ? match.strength : words;
}

/** @param {string} address a link's: an address or a pattern @returns {string} */
function hostOf(address) {
  return URL.canParse(address) ? new URL(address).host : address;
}

// One record in the popup: whose login it is, and by which link it is here. A record that was saved for another host says
// so before it may be used.

import { phrase, strong, text } from "../shared/texts.js";

/** @typedef {import("../background/table.js").Match} Match */

/**
 * @param {Match} match
 * @param {{ under: boolean, host: string, choose: (record: string, confirmed: boolean, link: boolean) => void }} options
 *   `under`: the record of the login under way; `host`: the page's
 * @returns {HTMLLIElement}
 */
export function recordItem(match, { under, host, choose }) {
  const item = document.createElement("li");
  const button = element("button", "record");
  button.setAttribute("type", "button");
  button.dataset.record = match.record;
  const letter = element("span", "letter", [...match.title.trim()][0]?.toUpperCase() ?? "?");
  letter.setAttribute("aria-hidden", "true");
  const words = element("span", "text");
  words.append(element("span", "title", match.title), element("span", "username", match.username || text("noUsername")));
  const reason = element("span", "reason");
  const chip = element("span", "chip", strengthText(match));
  if (!match.close) chip.classList.add("loose");
  const link = element("span", "link", match.close ? match.link.url.replace(/^https:\/\/|\/$/g, "") : text("savedFor", hostOf(match.link.url)));
  link.title = match.reason;
  reason.append(chip, link);
  if (under) reason.append(element("span", "chip under", text("underWay")));
  button.append(letter, words, arrow(), reason);
  item.append(button);
  button.addEventListener("click", () => {
    if (match.close) choose(match.record, false, false);
    else if (item.children.length === 1) item.append(question(match, host, choose));
  });
  return item;
}

/** @param {Match} match @param {string} host @param {(record: string, confirmed: boolean, link: boolean) => void} choose */
function question(match, host, choose) {
  const box = element("div", "ask");
  const words = element("p", "");
  words.append(phrase("looseAsk", strong(hostOf(match.link.url)), strong(host)));
  const row = element("div", "row");
  const once = element("button", "button", text("looseOnce"));
  once.addEventListener("click", () => choose(match.record, true, false));
  row.append(once);
  if (match.mayEdit) {
    const always = element("button", "button primary", text("looseLink"));
    always.addEventListener("click", () => choose(match.record, true, true));
    row.prepend(always);
  }
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

function arrow() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "go");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M5 12h14M13 6l6 6-6 6");
  svg.append(path);
  return svg;
}

/** @param {string} name @param {string} className @param {string} [content] */
function element(name, className, content) {
  const made = document.createElement(name);
  made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}
